"""More values than there are registers, at exits that must find all of them."""

NAMES = "abcdefghijklmn"


class Slots:
    __slots__ = tuple(NAMES)


class Left:
    __slots__ = ("p",)


class Right:
    __slots__ = ("z", "p")


def filled():
    slots = Slots()
    for i, name in enumerate(NAMES):
        setattr(slots, name, ("object", i, name))
    return slots


def function(*lines):
    """A function of slots, rows, log: for each row, the lines."""
    body = "".join(f"        {line}\n" for line in lines)
    namespace = {}
    exec(f"def f(slots, rows, log):\n    for row in rows:\n{body}", namespace)
    return namespace["f"]


def case_product_that_overflows():
    # What the exit needs is moved away to keep an operand.
    def f(data):
        for y in data:
            z = y * y
            w = z * y
            print((y * 3, y * 5, y * 7, y * 11, y * 13, y * 17, y * 19, y * 23, y * 29, y * 31, w * z, w * w, w * y, w))
    f([5 + i % 3 for i in range(200)] + [2**20] * 3)


def case_bridge_from_what_is_spilled():
    # More attributes are remembered than there are registers; a bridge begins with one of them on the stack.
    f = function(
        "hits = 0",
        *(f"x{i} = row[{i}]" for i in range(len(NAMES))),
        *(f"if slots.{name} is None: hits = 1" for name in NAMES),
        *(f"if slots.{name} is x{i}.p: hits = {i + 1}" for i, name in enumerate(NAMES)),
        "log.append(hits)",
    )
    slots, rows, log = filled(), [], []

    def holder(cls, value):
        made = cls()
        made.p = value
        return made

    for k in range(400):
        row = [holder(Left, 5) for _ in NAMES]
        if k > 60 and k % 3 == 0:
            at = k // 3 % len(NAMES)
            row[at] = holder(Right, getattr(slots, NAMES[at]))
        rows.append(tuple(row))
    f(slots, rows, log)
    print(log)


def case_guard_that_makes_room():
    # The register for what a guard loads is another value's, which goes to memory before the guard.
    for n in range(2, len(NAMES)):
        f = function(
            "x, y = row.pop(), row.pop()",
            *(f"if slots.{name} is None: pass" for name in NAMES[:n]),
            "s = x + y",
            *(f"if slots.{name} is s: pass" for name in NAMES[:n]),
            "log.append(s)",
        )
        log = []
        rows = [[k + 1000, 2000 + k] for k in range(100)]
        f(filled(), rows + [[2**70, 5000], [2**70 + 1, 5001], [5000, 2**70], [5001, 2**70 + 1]], log)
        print(n, log[-5:])


def case_attributes_across_stores_of_items():
    slots, items = filled(), [5000, 6]
    slots.a, slots.b = 1.5, 2.5
    for i in range(200):
        s = slots.a + 1.0
        items[0] = 2000 + i
        s = slots.a * slots.b
    print(s, items)
