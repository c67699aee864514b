"""Sequences unpacked into local variables, which lose what they held; who sees it."""

import sys

from common import N, attempt, report


class Loud:
    """Says where the frame that lets it go is, and what is in its variables."""

    seen = {}

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"<{self.name}>"

    def __del__(self):
        frame = sys._getframe(1)
        variables = [(k, str(v)) for k, v in frame.f_locals.items() if len(k) == 1]
        key = (self.name, frame.f_lineno - frame.f_code.co_firstlineno, frame.f_lasti, str(variables))
        self.seen[key] = self.seen.get(key, 0) + 1


def case_in_a_row():
    def three(rows):
        total = 0
        for row in rows:
            a, b, c = row
            total = total * 3 + a - b + c & 0xffffff
        return total, a, b, c

    def five(rows):
        for row in rows:
            a, b, c, d, e = row
            e, d, c, b, a = a, b, c, d, e
        return a, b, c, d, e

    attempt(three, [(1, 2, 3)] * N)
    attempt(three, [[1, 2, 3]] * N)
    attempt(three, [(1, 2, 3), [4, 5, 6]] * N)
    attempt(three, [(i, str(i).count("1"), -i) for i in range(N)])
    attempt(five, [tuple("abcde"), list("vwxyz"), "12345", range(5)] * N)
    attempt(three, [(1, 2, 3)] * N + [(1, 2)])
    attempt(three, [[1, 2, 3]] * N + [[1, 2, 3, 4]])
    attempt(three, [[1, 2, 3]] * N + [None])


def case_subclasses():
    class Row(tuple):
        def __iter__(self):
            return iter(("over", "ridden", "!"))

    def run(rows):
        out = []
        for row in rows:
            a, b, c = row
            out.append((c, b, a))
        return len(out), out[0], out[-1], len(set(out))
    attempt(run, [(1, 2, 3)] * N + [Row((1, 2, 3))] * 3)
    attempt(run, [Row((1, 2, 3)), [4, 5, 6]] * N)


def case_other_orders():
    def run(rows):
        a = b = c = 0
        for row in rows:
            c, a, b = row
            a, b, a = row
            x, y, z = z, x, y = row
            b, c, x = a, b, c
        return a, b, c, x, y, z
    attempt(run, [(i, i + 1, i + 2) for i in range(N)])

    def nested(rows):
        for row in rows:
            (a, b, c), d, (e, f, g, h) = row
            i, (j, k, l) = d, row[0]
        return a, b, c, d, e, f, g, h, i, j, k, l
    attempt(nested, [((i, 2, 3), i, (4, 5, 6, i)) for i in range(N)])

    def used_at_once(rows):
        total = 0
        for row in rows:
            a, b, c = row
            total += c - a * b
            d, e, f = row
            f += d
        return total, f
    attempt(used_at_once, [(i, i + 1, i + 2) for i in range(N)])


def case_source_is_a_target():
    def run(n):
        for i in range(n):
            a = (i, [i, i + 1, i + 2], 3)
            a, b, c = a
            b, c, d = b
            c = [c, d, b]
            c, d, e = c
        return a, b, c, d, e
    attempt(run, N)


def case_many():
    names = [f"v{i}" for i in range(40)]
    for n in (3, 29, 30, 31, 40):
        space = {}
        exec(f"def run(rows):\n"
             f"    for row in rows:\n"
             f"        {', '.join(names[:n])} = row\n"
             f"    return {', '.join(names[:n])}\n", space)
        attempt(space["run"], [list(range(i, i + n)) for i in range(N)])
        attempt(space["run"], [tuple(range(i, i + n)) for i in range(N)] + [range(n + 1)])
    others = "\n".join(f"    w{i} = 0" for i in range(250))
    space = {}
    exec(f"def run(rows):\n{others}\n"
         f"    for row in rows:\n"
         f"        {', '.join(names[:12])} = row\n"
         f"    return {', '.join(names[:12])}\n", space)
    attempt(space["run"], [list(range(i, i + 12)) for i in range(N)])


def case_deleted_before():
    def run(rows):
        a = b = c = None
        total = 0
        for i, row in enumerate(rows):
            if i % 7 == 0:
                del b
            a, b, c = row
            total += b
            if i % 5 == 0:
                del a, c
        return total
    attempt(run, [(1, i, 3) for i in range(N)])


def case_seen_by_finalizers():
    def run(n):
        for i in range(n):
            if i % 50 == 0:
                a, b, c, d, e = Loud("A"), Loud("B"), Loud("C"), Loud("D"), Loud("E")
            row = [1, Loud("in"), 3, 4, 5]
            a, b, c, d, e = row
            row = (
                Loud("tuple"), 2, 3,
                i, Loud("last"),
            )
            (a, b,
             c,
             d, e) = row
        row = a = b = c = d = e = None
    run(N)
    total = 0
    for key, count in Loud.seen.items():
        total += count
    print(total)
    for key in sorted({(k[0], k[1], k[2]) for k in Loud.seen}):
        print(key, sum(c for k, c in Loud.seen.items() if k[:3] == key))
    print(len(Loud.seen), max(Loud.seen))
    Loud.seen.clear()


def case_seen_in_a_match():
    def run(n):
        for i in range(n):
            a = b = c = None
            if i % 50 == 0:
                a, b, c = Loud("A"), Loud("B"), Loud("C")
            match (1, i, 3):
                case (
                    a,
                    b,
                    c,
                ):
                    pass
        return a, b, c
    attempt(run, N)
    for key in sorted({k[:3] for k in Loud.seen}):
        print(key, sum(c for k, c in Loud.seen.items() if k[:3] == key))
    Loud.seen.clear()


def case_in_generators():
    def gen(rows):
        for row in rows:
            a, b, c = row
            yield c
            a, b, c = (c, a, b)
            yield a
    attempt(lambda: sum(gen([(i, i + 1, i + 2) for i in range(N)])))


def case_cells_and_comprehensions():
    def run(rows):
        x = "outer"
        get = lambda: x
        out = 0
        for i in range(len(rows) // 10):
            t = [x + z for x, y, z in rows[i * 10:i * 10 + 10]]
            out += sum(t)
        return out, get()
    attempt(run, [(i, i, 1) for i in range(N)])

    def arguments(a, b, c):
        get = lambda: (a, c)
        for i in range(N):
            a, b, c = (c, a, i)
        return get(), b
    attempt(arguments, 1, 2, 3)


def case_the_last_reference_to_the_sequence():
    class Quiet:
        alive = 0

        def __init__(self):
            Quiet.alive += 1

        def __del__(self):
            Quiet.alive -= 1

    def make(kind):
        return kind((Quiet(), Quiet(), Quiet(), 1))

    def run(n):
        most = 0
        for i in range(n):
            a, b, c, d = make(list)
            most = max(most, Quiet.alive)
            a, b, c, d = make(tuple)
            most = max(most, Quiet.alive)
        return most, d
    attempt(run, N)
    print(Quiet.alive)


def case_changed_meanwhile():
    class Changes:
        def __init__(self, rows, n):
            self.rows = rows
            self.n = n

        def __del__(self):
            if self.n % 3 == 0:
                self.rows[:] = ["x"] * 4
            elif self.n % 3 == 1:
                self.rows.clear()
            else:
                sys._getframe(1).f_locals["c"] = "written"

    def run(n):
        out = []
        for i in range(n):
            row = [i, i + 1, i + 2, i + 3]
            a, b, c, d = Changes(row, i), 2, 3, 4
            a, b, c, d = row
            out.append((a, b, c, d))
        return out[0], out[-1], len(set(out)), sum(map(sum, out))
    attempt(run, N)


def case_traced_from_within():
    events = []

    def trace(frame, event, arg):
        if frame.f_code.co_name != "run":
            return None
        events.append(event)
        return trace

    class Starts:
        def __del__(self):
            frame = sys._getframe(1)
            frame.f_trace = trace
            sys.settrace(trace)

    def run(n):
        for i in range(n):
            a, b, c = i, Starts() if i == n - 5 else None, 1
            a, b, c = (
                1, 2, 3)
        sys.settrace(None)
        return a, b, c
    attempt(run, N)
    print(sorted(set(events)))


def case_failing():
    def run(rows):
        a = b = c = "before"
        try:
            for row in rows:
                a, b, c = row
        except Exception as exc:
            report(exc)
        return a, b, c
    for last in ((1, 2), [1, 2, 3, 4], 5, "xy", iter("abcd")):
        attempt(run, [(i, i, i) for i in range(N)] + [last])



def case_of_other_sizes_and_types():
    def loop(rows):
        out = []
        for row in rows:
            try:
                a, b = row
                out.append((a, b))
            except (ValueError, TypeError) as exc:
                out.append(str(exc))
            try:
                c, d, e = row
                out.append((c, d, e))
            except (ValueError, TypeError) as exc:
                out.append(str(exc))
        return out

    rows = [(1, 2), [3, 4], (5, 6, 7), [8, 9, 10], (), [], (1,), "ab", "abc", {11: 1, 12: 2}, range(2), iter((1, 2)), None, 5]
    for first in (0, 1, 2, 3):
        out = loop([rows[first] if k % 20 else rows[k // 20 % len(rows)] for k in range(N // 2)])
        print(len(out), out[:8], out[-30::7])


def case_of_a_list_that_changes():
    def loop(items, n):
        out = []
        for k in range(n):
            a, b = items
            out.append(a + b)
            items[k & 1] = k
            if k % 60 == 59:
                items.append(k)
                try:
                    a, b = items
                except ValueError as exc:
                    out.append(str(exc))
                del items[0]
            if k % 70 == 69:
                items = tuple(items) if type(items) is list else list(items)
                items = list(items)
            if k % 75 == 74:
                items[:] = [k, 1.5] if k & 1 else [2.5, True]
        return out

    for _ in range(4):
        out = loop([1, 2], N)
    print(len(out), out[::97])


def case_whose_items_only_it_holds():
    def tuples(n):
        for k in range(n):
            a, b = (Loud(f"{k % 3}a"), Loud(f"{k % 3}b")) if k % 5 == 4 else made(k)
            a = b = None

    def lists(n):
        for k in range(n):
            a, b, c, d = [Loud(f"{k % 3}c"), k, k + 1, Loud(f"{k % 3}d")] if k % 5 == 4 else [k, k, *made(k)]
            d = a
            c = None
            b = d

    def made(k):
        return Loud("e"), Loud("f")

    for function in (tuples, lists):
        Loud.seen.clear()
        function(N // 2)
        for key, count in sorted(Loud.seen.items(), key=str):
            print(*key[:2], key[3], count)


def case_nested_and_crossed():
    def loop(rows):
        out = []
        x = (1, 2)
        for row in rows:
            (a, b), (c, [d, e]), f = row
            a, (a, b) = b, (c, a)
            x = (x[0], b)
            x, y = x
            x = (y, a)
            y, x = x, (x, y)
            x, _ = x
            out.append((a, b, c, d, e, f, x, y))
            (a, b), c = (c, d), e
            out.append((a, b, c))
        return out

    rows = [((k, 2), (3, [k + 4, 5.5]), "six") for k in range(N // 2)]
    out = loop(rows)
    print(len(out), out[3::400])
    rows[600:603] = [((1, 2), [3, (4, 5)], 6), ((1.5, "x"), (None, [1, 2]), 3)]
    out = loop(rows)
    print(len(out), out[1198:1206])


def case_to_its_own_variable():
    def loop(n):
        out = []
        for k in range(n):
            x = (k, (Loud("u"), k + 1))
            a, x = x
            x, y = x
            out.append((a, type(x).__name__, y))
            z = [x, [y, a]]
            x = None
            x, z = z
            x = None
            y, z = z
            out.append((y, z))
        return out

    Loud.seen.clear()
    out = loop(N)
    print(len(out), out[2::500])
    for key, count in sorted(Loud.seen.items(), key=str):
        print(*key[:2], key[3][:60] if count < 3 else "", count if count > 3 else "")


def case_a_finalizer_empties_what_is_unpacked():
    class Emptier:
        def __init__(self, items):
            self.items = items

        def __del__(self):
            self.items.clear()
            self.items.extend("pqr")

    def loop(n):
        out = []
        a = None
        for k in range(n):
            items = [[k], [k + 1], [k + 2]]
            if k % 40 == 39:
                a = Emptier(items)
            a, b, c = items
            out.append((a, b, c, items))
            a = None
        return out

    out = loop(N)
    print(len(out), out[37:41], out[-1])


def case_who_looks_in_the_middle():
    class Looker(Loud):
        pass

    def loop(n):
        p = (1, 2, 3)
        a = b = c = 0
        for k in range(n):
            if k % 100 == 99:
                a = Looker("a")
            if k % 150 == 149:
                b = Looker("b")
            if k % 250 == 249:
                c = Looker("c")
            (a,
             b,
             c) = p
            if k % 90 == 89:
                b = Looker("d")
            a, b = p[0], p
            c, b = p[:2]
        return a, b, c

    Loud.seen.clear()
    attempt(loop, N)
    for key, count in sorted(Loud.seen.items(), key=str):
        print(*key[:2], key[3].replace(str(N - 1), "last")[:0], count)
