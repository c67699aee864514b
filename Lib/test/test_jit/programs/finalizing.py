"""When objects die: finalizers, weak references, reference counts, gc."""

import gc
import sys
import weakref
from common import N, attempt, report


class Noisy:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        self.log.append(self.name)


def show():
    print(len(Noisy.log), Noisy.log[:6], Noisy.log[-6:], hash(tuple(map(str, Noisy.log))))
    Noisy.log.clear()


def case_rebinding():
    for i in range(N):
        x = Noisy(i)
        Noisy.log.append(("bound", i))
    show()
    del x
    show()


def case_temporaries_in_expressions():
    def pair(a, b):
        Noisy.log.append("called")
        return 1
    for i in range(400):
        pair(Noisy(("a", i)), Noisy(("b", i)))
        [Noisy(("list", i)), Noisy(("list2", i))][0].name
        Noisy(("attr", i)).name
        Noisy(("x", i)).missing if i < 0 else None
        (Noisy(("tuple", i)), 1)[1]
        {Noisy(("key", i)): Noisy(("value", i))}
        Noisy(("and", i)) and 1
        Noisy.log.append(("line", i))
    show()


def case_locals_of_inlined_calls():
    def inner(i, b):
        a = Noisy(("a", i))
        c = Noisy(("c", i))
        d = b
        Noisy.log.append(("body", i))
        return a.name

    def outer(i):
        r = inner(i, Noisy(("b", i)))
        Noisy.log.append(("returned", i))
        return r
    for i in range(500):
        outer(i)
    show()


def case_exceptions_unwinding():
    def inner(i):
        a = Noisy(("inner", i))
        raise ValueError(i)

    def outer(i):
        b = Noisy(("outer", i))
        inner(i)
    for i in range(500):
        try:
            outer(i)
        except ValueError as exc:
            Noisy.log.append(("caught", exc.args))
        Noisy.log.append(("after", i))
    show()


def case_overwritten_in_place():
    class Holder:
        __slots__ = "slot", "__dict__"
    h = Holder()
    items = [None]
    table = {}
    cell = None

    def get():
        return cell
    for i in range(500):
        h.slot = Noisy(("slot", i))
        h.attr = Noisy(("attr", i))
        items[0] = Noisy(("item", i))
        table["k"] = Noisy(("table", i))
        cell = Noisy(("cell", i))
        globals()["GLOBAL"] = Noisy(("global", i))
        Noisy.log.append(i)
    h.slot = h.attr = items[0] = table["k"] = cell = globals()["GLOBAL"] = None
    show()


def case_generator_locals():
    def gen(n):
        x = Noisy(("gen", n))
        for i in range(n):
            y = Noisy(("y", n, i))
            yield i
    for k in range(300):
        for v in gen(5):
            if v == k % 6:
                break
        Noisy.log.append(k)
    show()
    del v


def case_iterators_and_loop_sources():
    class Source(list, Noisy):
        def __init__(self, name, items):
            list.__init__(self, items)
            self.name = name
    for i in range(500):
        for x in Source(("source", i), [1, 2]):
            Noisy.log.append(x)
            if i % 2:
                break
        Noisy.log.append(("end", i))
    show()


class Writer:
    """Writes into its creator's locals when it dies."""

    def __init__(self, frame, value):
        self.frame = frame
        self.value = value

    def __del__(self):
        self.frame.f_locals["x"] = self.value
        self.frame.f_locals["new"] = self.value * 2


def case_finalizer_writes_into_locals():
    def run(n):
        x = 0
        total = 0
        frame = sys._getframe()
        for i in range(n):
            x = i
            Writer(frame, i * 10)
            total += x
            x = x + 1
        return total, x, frame.f_locals.get("new")
    attempt(run, 300)
    attempt(run, N)

    def changes_type(n):
        x = 1
        frame = sys._getframe()
        for i in range(n):
            if i == 900:
                Writer(frame, "text")
                x += "more"
                break
            x += 1
        return x
    attempt(changes_type, N)


def case_finalizer_writes_into_a_local_before_it_is_used():
    class Writer:
        def __init__(self, value):
            self.value = value

        def __del__(self):
            if self.value is not None:
                sys._getframe(1).f_locals["x"] = self.value

    def integers(n, y):
        out = []
        for i in range(n):
            x = i + 1000
            w = Writer({700: 2.5, 800: "text", 900: [1], 1000: 10**30}.get(i))
            w = None
            try:
                out.append(x + y)
            except TypeError as exc:
                out.append(str(exc))
        return [out[k] for k in (699, 700, 701, 800, 900, 1000, 1001)]
    print(integers(N, 1000), integers(N, 2.5))

    def floats(n, y):
        out = []
        for i in range(n):
            x = 0.5 * 0.25
            w = Writer({700: 25, 800: "text", 900: [1]}.get(i))
            w = None
            try:
                out.append(y * x)
            except TypeError as exc:
                out.append(str(exc))
        return [out[k] for k in (699, 700, 701, 800, 900, 901)]
    print(floats(N, 1.5), floats(N, 2))


def case_finalizer_raises():
    class Bad:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            if self.n % 300 == 299:
                raise ValueError(self.n)
    unraisable = []
    old = sys.unraisablehook
    sys.unraisablehook = lambda u: unraisable.append((type(u.exc_value).__name__, u.exc_value.args))
    try:
        total = 0
        for i in range(N):
            Bad(i)
            b = Bad(i)
            total += b.n
        del b
    finally:
        sys.unraisablehook = old
    print(total, unraisable)


def case_resurrection():
    saved = []

    class Phoenix:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            saved.append(self)
    for i in range(N):
        Phoenix(i)
        if len(saved) > 10:
            saved.pop(0)
    print(len(saved), [p.n for p in saved])
    saved.clear()
    print(len(saved))


def case_weak_references():
    class O:
        pass
    log = []
    refs = weakref.WeakValueDictionary()
    for i in range(N):
        o = O()
        r = weakref.ref(o, lambda ref, i=i: log.append(i))
        refs[i] = o
        log.append(r() is o)
        log.append(len(refs))
    print(len(log), log[:8], log[-4:], r() is o)
    del o
    print(r(), len(refs), log[-1])
    proxies = 0
    for i in range(400):
        o = O()
        o.v = i
        p = weakref.proxy(o)
        proxies += p.v
        if i == 390:
            del o
            attempt(lambda: p.v)
    print(proxies)


def counts(objects):
    return [sys.getrefcount(o) for o in objects]


class Thing:
    def __init__(self, v):
        self.v = v

    def get(self):
        return self.v

    def swap(self, other):
        old, self.v = self.v, other
        return old


def case_reference_counts():
    objects = [object(), "text" * 3, 10**30, 2.5e10, [1], (1, 2, []), {}, Thing(1), len, Thing]

    def handle(n):
        a, b, c, d, e, f, g, h, i, j = objects
        t = Thing(a)
        kept = None
        for k in range(n):
            x = objects[k % 10]
            y = (x, a, [b, c])
            z, w, (v, u) = y
            t.v = x
            kept = t.get()
            kept = t.swap(e)
            g["k"] = y
            r = h.get()
            s = x if k % 3 else d
            m = {1: x, "k": s}
            q = [o for o in (a, b, c) if o is not x]
            p = (lambda: (x, e))()
            try:
                if k % 5 == 0:
                    raise ValueError(x, y)
                f[2].append(x)
            except ValueError as exc:
                n = exc.args
            f[2].clear()
            str(b) + b
            c + k
            d * 2.0
            max(d, d)
            isinstance(t, Thing)
            for l in e:
                pass
        g.clear()
    before = counts(objects)
    handle(30)
    first = counts(objects)
    for n in (100, 1000, 3000):
        handle(n)
        print([b - a for a, b in zip(before, counts(objects))],
              [b - a for a, b in zip(first, counts(objects))])
    none, true = sys.getrefcount(None), sys.getrefcount(True)
    handle(2000)
    print(sys.getrefcount(None) - none, sys.getrefcount(True) - true)


def case_reference_counts_seen_inside_the_loop():
    def run(n):
        o = object()
        seen = {}
        for i in range(n):
            p = o
            q = [o]
            c = sys.getrefcount(o)
            seen[c] = seen.get(c, 0) + 1
            if i % 2:
                c = sys.getrefcount(q[0])
                seen["item", c] = seen.get(("item", c), 0) + 1
            del p
        return seen
    print(run(N))

    def passed(a):
        return sys.getrefcount(a)

    def deeper(a, b):
        return passed(a) - passed(b)
    x, y = object(), object()
    print({passed(x) for _ in range(N)}, {deeper(x, y) for _ in range(N)},
          {passed(object()) for _ in range(N)})


def case_reference_counts_after_errors():
    o = Thing(3)

    def fails(x, n):
        y = [x, (x, x)]
        for i in range(n):
            z = x
            w = (x, y, {1: x, 2: i // (n - 1 - i)})
        return w

    def unwinds(x, n):
        return [fails(x, n), x]
    before = sys.getrefcount(o)
    for k in range(200):
        try:
            unwinds(o, 20)
        except ZeroDivisionError:
            pass
    print(sys.getrefcount(o) - before)

    def generator(x):
        for i in range(400):
            yield x
    for k in range(20):
        for v in generator(o):
            pass
        g = generator(o)
        for _ in range(390):
            next(g)
    del v, g
    print(sys.getrefcount(o) - before)


def case_collections_in_hot_loops():
    class Node:
        count = 0

        def __init__(self):
            self.me = self

        def __del__(self):
            Node.count += 1
    gc.disable()
    try:
        for i in range(N):
            Node()
            if i % 500 == 499:
                gc.collect()
                print(i, Node.count)
    finally:
        gc.enable()
    old = gc.get_threshold()
    gc.set_threshold(3, 2, 2)
    try:
        keep = []
        for i in range(N):
            n = Node()
            keep.append([n, keep])
            if len(keep) > 20:
                del keep[:15]
        del n
        keep.clear()
    finally:
        gc.set_threshold(*old)
    gc.collect()
    print(Node.count)


def case_gc_callbacks():
    phases = []

    def callback(phase, info):
        phases.append(phase)
    gc.callbacks.append(callback)
    try:
        total = 0
        for i in range(600):
            total += i
            if i % 100 == 0:
                gc.collect()
    finally:
        gc.callbacks.remove(callback)
    print(total, phases.count("start") >= 6, phases.count("start") == phases.count("stop"))


def case_long_chains_die_without_recursion():
    for _ in range(3):
        chain = None
        for i in range(20000):
            chain = (i, chain)
        chain = None
    x = None
    for i in range(3000):
        x = Noisy(i) if x is None else [x]
    x = None
    show()


def case_objects_gc_can_see():
    def kinds(n):
        marker = []
        for i in range(n):
            marker.append(i)
        return sorted({type(o).__name__ for o in gc.get_referrers(marker)})
    print([kinds(n) for n in (10, 1000, 1000)][-1])
    gc.collect()

    def total():
        return len([o for o in gc.get_objects() if type(o) is Thing])
    before = total()
    things = [Thing(i) for i in range(500)]
    print(total() - before)
    del things
    print(total() - before)


class Placed:
    """Notes at which instruction of which function it dies."""
    places = {}

    def __del__(self):
        note_place(sys._getframe(1))


def note_place(frame):
    place = frame.f_code.co_name, frame.f_lasti
    Placed.places[place] = Placed.places.get(place, 0) + 1


def show_places():
    print(Placed.places)
    Placed.places.clear()


class Counting:
    """An iterator that dies when a loop over it has ended."""
    def __init__(self, n):
        self.left = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        return self.left

    def __del__(self):
        note_place(sys._getframe(1))


def case_iterators_end():
    def displays(n):
        for i in range(n):
            for _ in (Placed(), i):
                pass
            for _ in [i, Placed(), i]:
                pass

    def kept(n, kind):
        died = []
        for i in range(n):
            it = iter(kind([Placed(), *range(i % 5 + 20)]))
            for x in it:
                pass
            x = None
            died.append(len(Placed.places))
            Placed.places.clear()
            x = list(it)
        return set(died)

    def generic(n):
        total = 0
        for i in range(n):
            for x in Counting(i % 7):
                total += x
            for x in iter({i: Placed()}.values()):
                total += i
            x = None
        return total

    displays(N)
    show_places()
    print(kept(N, tuple), kept(N, list))
    print(generic(N))
    show_places()
