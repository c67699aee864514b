"""Objects that other variables, fields and lists refer to as well, until they do not: who is released, and when."""

import sys
import weakref

from common import N, attempt

LOG = []


class Loud:
    """Notes when it goes."""

    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


class Holder:
    """Three variables."""

    __slots__ = ("a", "b", "c")


def tell():
    """Prints what was noted, and forgets it."""
    print(len(LOG), LOG[:12], LOG[-12:])
    counts = {}
    for at, name in enumerate(LOG):
        counts[str(name)[:1]] = counts.get(str(name)[:1], 0) * 3 + at & 0xffffff
    print(sorted(counts.items()))
    LOG.clear()


def case_the_last_in_a_local():
    def loop(n):
        for k in range(n):
            x = Loud(k) if k % 7 == 6 else keep
            y = x
            x = None
            LOG.append("-")
            y = keep
            LOG.append("+")

    keep = Loud("keep")
    loop(N)
    tell()


def case_the_last_in_a_field():
    def loop(h, n):
        for k in range(n):
            h.a = keep
            if k % 9 == 8:
                h.a = Loud(k)
            LOG.append("-")
            h.a = keep
            LOG.append("+")

    keep = Loud("keep")
    h = Holder()
    h.a = keep
    loop(h, N)
    tell()


def case_the_last_in_a_list():
    def loop(items, n):
        for k in range(n):
            items[k & 3] = keep
            if k % 9 == 8:
                items[k & 3] = Loud(k)
            LOG.append("-")
            items[k & 3] = keep
            LOG.append("+")

    keep = Loud("keep")
    loop([keep] * 4, N)
    tell()


def case_two_that_are_all():
    """Both references of an object go in one instruction."""
    def loop(n):
        a = b = keep
        for k in range(n):
            if k % 11 == 10:
                a = b = Loud(k)
            LOG.append("-")
            a, b = pair
            LOG.append("+")
        return a, b

    def three(n):
        a = b = c = keep
        for k in range(n):
            if k % 11 == 10:
                a = b = c = Loud(k)
            LOG.append("-")
            a, b, c = triple
            LOG.append("+")

    keep = Loud("keep")
    pair, triple = (keep, keep), [keep] * 3
    loop(N)
    tell()
    three(N)
    tell()


def case_first_a_number():
    """A number and an object are overwritten by one instruction."""
    def loop(n):
        a, b = 0.5, keep
        for k in range(n):
            if k % 8 == 7:
                b = Loud(k)
            if k % 90 == 89:
                a = Loud(-k)
            LOG.append("-")
            a, b = pair
            LOG.append("+")
            a, b = number, keep

    keep, number = Loud("keep"), 2.5
    pair = (1.5, keep)
    loop(N)
    tell()


def case_second_held_by_the_first():
    """The first of two objects that one instruction releases has the other reference to the second."""
    def tuples(n, pair):
        for k in range(n):
            y = Loud(k)
            x = (1, y)
            x, y = pair

    def lists(n, pair):
        for k in range(n):
            y = Loud(k)
            x = [y]
            x, y = pair

    pair = (1.5, Loud("keep"))
    tuples(N, pair)
    tell()
    lists(N, pair)
    tell()


def case_swapped():
    def loop(n):
        a, b = Loud("a"), Loud("b")
        c = 1.5
        for k in range(n):
            a, b = b, a
            if k % 13 == 12:
                a = Loud(k)
                LOG.append("-")
            b, c = c, b
            b, c = c, b
            a = a
        LOG.append("end")

    loop(N)
    tell()


def case_weak_references():
    class Thing:
        pass

    def loop(n):
        alive = 0
        keep = Thing()
        for k in range(n):
            x = y = keep if k % 5 else Thing()
            ref = weakref.ref(x, lambda r: LOG.append("died"))
            x = keep
            alive += ref() is not None
            y = keep
            alive += (ref() is not None) * 1000
            LOG.append("+")
        return alive

    print(loop(N))
    tell()


def case_held_by_a_list_no_more():
    """A list that is iterated over lets go of its items."""
    def stores(n):
        items = [Loud(k) for k in range(n)]
        i = 0
        for x in items:
            items[i] = None
            i += 1
            x = None
            LOG.append("-")

    def stores_of_shared(n):
        items = [Loud(k) for k in range(n)]
        i = 0
        for x in items:
            items[i] = keep
            i += 1
            y = x
            x = keep
            LOG.append("-")
            y = keep
            LOG.append("+")

    def deletes(n):
        items = [Loud(k) for k in range(n)]
        for x in items:
            del items[0]
            x = None
            LOG.append("-")

    def pops(n):
        items = [Loud(k) for k in range(n)]
        for x in items:
            y = items.pop()
            x = None
            LOG.append("-")
            y = None
            LOG.append("+")

    def clears(n):
        for k in range(n // 4):
            items = [Loud(k), 2]
            for x in items:
                items.clear()
                x = None
                LOG.append("-")

    def of_numbers(n):
        items = [k * 0.5 + 1e6 for k in range(n)]
        i, total = 0, 0.0
        for x in items:
            items[i] = 0.0
            i += 1
            y = x + 1.0
            x = y
            total += x
        return total

    def through_another_name(n):
        items = other = [Loud(k) for k in range(n)]
        i = 0
        for x in items:
            other[i] = 5
            other[-1 - i] = 5
            i += 1
            x = 7
            LOG.append("-")

    keep = Loud("keep")
    for function in (stores, stores_of_shared, deletes, pops, clears, through_another_name):
        function(N // 2)
        tell()
    attempt(of_numbers, N)


def case_a_finalizer_empties_the_list():
    class Emptier(Loud):
        def __del__(self):
            LOG.append(self.name)
            self.items.clear()

    def loop(n):
        for k in range(n // 4):
            items = [Loud((k, 0)), Loud((k, 1)), Loud((k, 2))]
            trigger = Emptier((k, "e")) if k % 6 == 5 else None
            if trigger is not None:
                trigger.items = items
            for x in items:
                trigger = None
                LOG.append("-")
                x = None
                LOG.append("+")

    loop(N)
    tell()


def case_pairs_of_a_list():
    """What is taken apart goes with the list that held it."""
    def loop(n):
        rows = [(Loud((k, "a")), Loud((k, "b"))) for k in range(n)]
        i = 0
        for a, b in rows:
            rows[i] = None
            i += 1
            LOG.append("-")
            b = None
            LOG.append("+")

    def lists(n):
        rows = [[Loud((k, "a")), Loud((k, "b")), k] for k in range(n)]
        i = 0
        for row in rows:
            a, b, c = row
            rows[i] = row[0] = None
            row = a = None
            LOG.append("-")
            b = c
            i += 1
            LOG.append("+")

    loop(N // 2)
    tell()
    lists(N // 2)
    tell()


def case_generators():
    def numbers(n):
        x = keep
        for k in range(n):
            yield x
            x = Loud(k) if k % 6 == 5 else keep

    def loop(n):
        y = None
        for x in numbers(n):
            y = x
            x = keep
            LOG.append("-")
            y = keep
            LOG.append("+")

    keep = Loud("keep")
    loop(N)
    tell()


def case_who_is_seen():
    """What a finalizer sees of the frame that lets it go."""
    seen = []

    class Watcher(Loud):
        def __del__(self):
            frame = sys._getframe(1)
            seen.append((self.name, frame.f_lineno - frame.f_code.co_firstlineno,
                         [str(getattr(frame.f_locals.get(v), "name", frame.f_locals.get(v))) for v in ("a", "b", "k")]))

    def loop(n):
        a = b = keep
        for k in range(n):
            if k % 100 == 99:
                a = Watcher(("a", k))
                b = a if k % 200 == 199 else keep
            a, b = keep, keep
            if k % 70 == 69:
                b = Watcher(("b", k))
            a = b
            b = keep
            a = b

    keep = Loud("keep")
    loop(N)
    print(len(seen), *seen[:5])
    print(seen[-5:])


def case_a_finalizer_writes_to_variables():
    class Writer(Loud):
        def __del__(self):
            sys._getframe(1).f_locals["b"] = "written"

    def loop(n):
        out = []
        a = b = keep
        for k in range(n):
            a = Writer(k) if k % 50 == 49 else keep
            b = keep
            a = keep
            out.append(getattr(b, "name", b))
            b = keep
        return out.count("written"), out[49], out[-1]

    keep = Loud("keep")
    attempt(loop, N)


def case_fields_of_each_other():
    def loop(n):
        h, g = Holder(), Holder()
        h.a = g.a = h.b = g.b = keep
        for k in range(n):
            h.a = g.b
            g.b = h.b
            h.b = g.a
            g.a = Loud(k) if k % 6 == 5 else keep
            LOG.append("-")
        h.c = h
        h.c = g
        return sorted(str(x.name) for x in (h.a, h.b, g.a, g.b))

    keep = Loud("keep")
    print(loop(N))
    tell()


def case_reference_counts():
    def loop(n):
        x = y = keep
        items, h = [keep, keep], Holder()
        h.a = keep
        for k in range(n):
            x = keep
            y = x
            items[0] = y
            items[1] = x
            h.a = items[0]
            for z in items:
                x = z
                z = None
            (p, q), r = (x, y), z
            x, y = y, x
            p = q = None
        return sys.getrefcount(keep)

    keep = object()
    print(loop(5) - loop(N), loop(6) - loop(N - 1))
    print(sys.getrefcount(keep) < 5)
