"""Match statements."""

import dataclasses
from common import N, attempt


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Plain:
    def __init__(self, v):
        self.v = v


class BadArgs:
    __match_args__ = "v"
    v = 1


VALUES = [0, 1, 5, -3, 2.0, True, None, "one", "two", b"x", (), (1,), (1, 2), [1, 2, 3], [1, [2, 3]],
          ("add", 1, 2), ("neg", 4), {"kind": "a", "n": 1}, {"kind": "b"}, {}, {"n": 3, "z": 4},
          Point(0, 0), Point(0, 5), Point(3, 3), Point(1, 2), Plain(1), Plain("x"), range(3), {1, 2}]


def kind(v):
    match v:
        case 0 | 1:
            return "small"
        case True:
            return "never"
        case int(n) if n > 3:
            return f"int {n}"
        case int() | float():
            return "number"
        case None:
            return "none"
        case "one" | "two" as s:
            return s
        case str() | bytes():
            return "text"
        case ():
            return "empty"
        case (x,):
            return f"single {x}"
        case ("add", a, b):
            return a + b
        case ("neg", a):
            return -a
        case [a, [b, *rest]]:
            return (a, b, rest)
        case [a, b]:
            return (a, b)
        case [first, *_, last]:
            return (first, last)
        case {"kind": "a", "n": n}:
            return ("a", n)
        case {"kind": k, **rest}:
            return (k, rest)
        case {"n": 3, **others}:
            return others
        case {}:
            return "mapping"
        case Point(0, 0):
            return "origin"
        case Point(x=0, y=y):
            return f"y={y}"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case Point(x=x):
            return f"x={x}"
        case Plain(v=1):
            return "plain one"
        case Plain(v=str(text)):
            return text
        case _:
            return type(v).__name__


def case_all_patterns():
    for v in VALUES:
        print(repr(v), repr(kind(v))) if not isinstance(v, Plain) else print(repr(kind(v)))
    counts = {}
    for i in range(3000):
        r = repr(kind(VALUES[i * i % len(VALUES)]))
        counts[r] = counts.get(r, 0) + 1
    print(counts)


def case_one_subject_type_at_a_time():
    for v in VALUES:
        out = {repr(kind(v)) for _ in range(300)}
        print(len(out))


def case_interpreter():
    program = [("push", 0), ("push", N), ("label", 2), ("dup",), ("jz", 9), ("dec",), ("over",),
               ("addto", 0), ("jump", 2), ("end",)]
    stack, registers, pc, steps = [], {0: 0}, 0, 0
    while True:
        steps += 1
        match program[pc]:
            case ("push", n):
                stack.append(n)
            case ("label", _) | ("over",):
                pass
            case ("dup",):
                stack.append(stack[-1])
            case ("jz", target):
                if not stack.pop():
                    pc = target
                    continue
            case ("dec",):
                stack[-1] -= 1
            case ("addto", r):
                registers[r] += stack[-1]
            case ("jump", target):
                pc = target
                continue
            case ("end",):
                break
        pc += 1
    print(stack, registers, steps)


def case_failing_patterns():
    def many(n):
        for i in range(n):
            match Point(1, 2) if i == 900 else 3:
                case Point(1, 2, 3):
                    pass
    attempt(many, N)

    def bad_args(n):
        for i in range(n):
            match BadArgs() if i == 900 else 3:
                case BadArgs(1):
                    pass
    attempt(bad_args, N)

    def guard(n):
        hits = 0
        for i in range(n):
            match i:
                case x if 10 // (900 - x):
                    hits += 1
        return hits
    attempt(guard, 800)
    attempt(guard, N)

    def not_class(n):
        cls = int
        for i in range(n):
            if i == 900:
                cls = 5
            match i:
                case cls():
                    pass
    attempt(not_class, N)


def case_captures_survive():
    x = y = rest = None
    for i in range(N):
        match (i, i % 3, [i, i + 1]):
            case (x, 0, [y, *rest]):
                pass
            case (x, 1, _):
                y = -x
            case _:
                rest = "other"
    print(x, y, rest)


def case_mapping_and_sequence_lookalikes():
    import collections
    values = [collections.OrderedDict(k=1), collections.deque([1, 2]), collections.UserDict(k=2),
              collections.UserList([3, 4]), collections.ChainMap({"k": 3}), memoryview(b"ab"),
              bytearray(b"ab"), "ab", range(2), iter([1, 2])]
    out = []
    for i in range(600):
        match values[i % len(values)]:
            case {"k": v}:
                out.append(("map", v))
            case [a, b]:
                out.append(("seq", a, b))
            case other:
                out.append(type(other).__name__)
    print(out[:10], hash(tuple(map(str, out[10:]))) == hash(tuple(map(str, out[10:]))), len(out))
