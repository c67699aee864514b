"""Pairs that a for loop takes apart at once: enumerate(), zip(), dict.items(); what keeps the items alive, and who sees them go."""

import gc
import sys
import weakref

from common import N, anew, attempt, report, show


class Item:
    """Can be referred to weakly, and calls a function when it goes."""

    def __init__(self, name, function=None):
        self.name, self.function = name, function

    def __repr__(self):
        return f"<{self.name}>"

    def __del__(self):
        if self.function is not None:
            self.function(self.name)


def pairs_of(pairs):
    total, count = 0, 0
    for a, b in pairs:
        total = (total * 3 + (len(a) if type(a) is str else hash(a)) + hash(b)) & 0xffffff
        count += 1
    return total, count


def case_kinds():
    numbers, keys = list(range(300, 300 + N)), dict.fromkeys(range(N), 1.5)
    kinds = [
        lambda: enumerate(numbers), lambda: enumerate(tuple(numbers)), lambda: enumerate(range(N)), lambda: enumerate(keys),
        lambda: enumerate(numbers, -7), lambda: enumerate(numbers, 2**30 - 50), lambda: enumerate(numbers, -2**30 - 50),
        lambda: enumerate(numbers, sys.maxsize - 70), lambda: enumerate(numbers, 2**70), lambda: enumerate(x for x in numbers),
        lambda: zip(numbers, numbers), lambda: zip(tuple(numbers), range(N)), lambda: zip(numbers, keys), lambda: zip(keys, numbers),
        lambda: zip(numbers, numbers, strict=True), lambda: zip(range(2**60, 2**60 + N), numbers), lambda: zip(*[iter(numbers)] * 2),
        lambda: zip(numbers, (x for x in numbers)), lambda: keys.items(), lambda: {str(k): k for k in numbers}.items(),
        lambda: {(1, k): k for k in numbers}.items(), lambda: reversed(keys.items()), lambda: zip(numbers, enumerate(numbers)),
        lambda: enumerate(zip(numbers, keys)), lambda: enumerate(zip(numbers, tuple(numbers))), lambda: enumerate(enumerate(numbers)),
    ]
    for kind in kinds:
        attempt(anew(pairs_of), kind())
    for first in kinds[::5]:
        run = anew(pairs_of)
        for kind in [first, first, *kinds]:
            show([run(kind())])


def case_subclasses():
    class Enumerate(enumerate):
        def __next__(self):
            return super().__next__()[::-1]

    class Zip(zip):
        def __next__(self):
            return super().__next__()[0], 5

    run = anew(pairs_of)
    for kind in (enumerate, Enumerate):
        attempt(run, kind(range(N)))
    run = anew(pairs_of)
    for kind in (zip, Zip):
        attempt(run, kind(range(N), range(N)))


def case_ends():
    def run(iterator):
        a = b = None
        try:
            for a, b in iterator:
                pass
            else:
                print("else", a, b)
        except (ValueError, RuntimeError) as exc:
            report(exc)
        return a, b, list(iterator)

    for short, long in [(N, N), (N, N + 1), (N + 1, N), (0, 3), (3, 0)]:
        first, second = iter(list(range(short))), iter(list(range(long)))
        attempt(anew(run), zip(first, second))
        print(list(first), list(second))
        first, second = iter(list(range(short))), iter(tuple(range(long)))
        attempt(anew(run), zip(first, second, strict=True))
        print(list(first), list(second))
        attempt(anew(run), enumerate(zip(range(short), range(long))))


def case_containers_change():
    def growing(a):
        for i, x in enumerate(a):
            if i < N:
                a.append(x + i)
        return i, len(a)

    def shrinking(a):
        count = 0
        for x, y in zip(a, a):
            a.pop()
            count += x == y
        return count, len(a)

    def resized(d):
        for k, v in d.items():
            if k == N - 10:
                d[-1] = v
        return k, v

    def replaced(d):
        for k, v in d.items():
            if k == N - 10:
                del d[k], d[k + 1]
                d[-1] = d[-2] = v
        return k, v

    def values(d):
        total = 0
        for k, v in d.items():
            total += v
            d[k] = total
        return total

    attempt(growing, [1])
    attempt(shrinking, list(range(N * 2)))
    attempt(resized, dict.fromkeys(range(N), 2))
    attempt(replaced, dict.fromkeys(range(N), 2))
    attempt(values, dict.fromkeys(range(N), 2))
    d = dict.fromkeys(range(N * 2), 2)
    for k in range(0, N, 3):
        del d[k]
    attempt(values, d)


def case_split_dicts():
    class C:
        def __init__(self, i):
            self.a, self.b, self.c = i, i + 1, i + 2

    def run(objects):
        total = 0
        for o in objects:
            for k, v in vars(o).items():
                total += v * (k != "b")
        return total
    attempt(run, [C(i) for i in range(N)])


def case_kept_alive():
    """The tuple that is used again has the last items until the next ones are there."""
    def enumerated(a):
        out = set()
        for i, x in enumerate(a):
            ref = weakref.ref(x)
            a[i] = None
            count = sys.getrefcount(x)
            x = None
            out.add((count, ref() is None))
        return sorted(out), ref() is None

    def zipped(a, b):
        out, k = set(), 0
        for x, y in zip(a, b):
            refs = weakref.ref(x), weakref.ref(y)
            a[k] = b[k] = None
            k += 1
            counts = sys.getrefcount(x), sys.getrefcount(y)
            x = y = None
            out.add((counts, refs[0]() is None, refs[1]() is None))
        return sorted(out)

    def of_dict(d):
        out = set()
        for k, v in d.items():
            ref = weakref.ref(v)
            d[k] = None
            count = sys.getrefcount(v)
            v = None
            out.add((count, ref() is None))
        return sorted(out)

    attempt(enumerated, [Item(k) for k in range(N)])
    attempt(zipped, [Item(k) for k in range(N)], [Item(k) for k in range(N)])
    attempt(of_dict, {k: Item(k) for k in range(N)})


def case_referents():
    def run(iterator, objects):
        out = set()
        for a, b in iterator:
            if a % 300 == 299:
                tuples = [t for t in gc.get_referents(iterator) if type(t) is tuple and len(t) == 2 and t[0] == a]
                out.add((a, len(tuples), tuples[0][1] is b, gc.is_tracked(tuples[0])))
                tuples = None
            if a % 300 == 200:
                gc.collect()
        return sorted(out)
    objects, numbers = [Item(k) for k in range(N)], [str(k) for k in range(N)]
    for values in (objects, numbers):
        attempt(anew(run), enumerate(values), values)
        attempt(anew(run), zip(range(N), values), values)
        attempt(anew(run), iter(dict(enumerate(values)).items()), values)


def case_shared_tuples():
    def run(iterator):
        kept, total = next(iterator), 0
        for a, b in iterator:
            total += a + b
            if a % 400 == 300:
                kept = next(iterator)
                kept = None
            if a % 400 == 200:
                kept = next(iterator)
        return kept, total
    attempt(anew(run), enumerate(range(N * 2)))
    attempt(anew(run), zip(range(N * 2), list(range(N * 2))))
    attempt(anew(run), iter(dict.fromkeys(range(N * 2), 5).items()))


def case_finalizers():
    """Of items of before: when the new ones are there."""
    seen = []

    def gone(name):
        frame = sys._getframe(2)
        if frame.f_code.co_name == "run":
            seen.append((name, frame.f_locals.get("i"), frame.f_lasti, frame.f_lineno - frame.f_code.co_firstlineno))

    def run(items):
        i = 0
        for i, x in enumerate(items):
            items[i] = x = None
        x = None

    items = [Item(k, gone) for k in range(N)]
    attempt(run, items)
    show([len(seen)], seen[:3], seen[-3:], [len({s[2:] for s in seen})])
    seen.clear()
    run = anew(run)
    attempt(run, [Item(k, gone) if k % 100 == 99 else k for k in range(N)])
    show(seen)


def case_finalizers_go_on():
    """A finalizer takes the next items itself, or takes items away."""
    def run(iterator, clear):
        out, k = [], 0
        for x, y in iterator:
            out.append((x.name if isinstance(x, Item) else x, y.name if isinstance(y, Item) else y))
            clear(x, y)
            x = y = None
        return len(out), out[::97], out[-3:]

    for act in (lambda name: next(iterator, None), lambda name: other.clear(), lambda name: items.pop()):
        for first in (True, False):
            items = [Item(k, act if k == N - 100 else None) for k in range(N)]
            other = list(range(N))

            def clear(x, y):
                item = x if isinstance(x, Item) else y
                if item.name < len(items):
                    items[item.name] = Item(item.name)
            iterator = zip(items, other) if first else zip(other, items)
            attempt(anew(run), iterator, clear)
        items = [Item(k, act if k == N - 100 else None) for k in range(N)]
        iterator = enumerate(items)
        attempt(anew(run), iterator, clear)


def case_nested():
    def run(p, q):
        total = 0.0
        for i, (a, b) in enumerate(zip(p, q)):
            total += i * a - b
        return total, i, a, b

    def deep(rows):
        out = []
        for i, row in enumerate(rows):
            for j, x in enumerate(row):
                for k, (a, b) in zip(row, rows[j].items() if j else [(i, j)]):
                    out.append((i, j, k, a, b, x))
        return len(out), out[-5:]

    def comprehensions(p, q):
        return (sum([a * b for a, b in zip(p, q)]), sum(i * b for i, b in enumerate(q)), {i: x for i, x in enumerate(p, 3)}[9],
                len({k for k, v in dict(zip(p, q)).items() if v}))
    p, q = [k * 0.5 for k in range(N)], [k - N // 2 for k in range(N)]
    attempt(run, p, q)
    attempt(deep, [{3: 4, 5: 6, 7: i} for i in range(40)])
    attempt(comprehensions, p, q)


def case_used_indexes():
    def run(a, b):
        for i, x in enumerate(a):
            b[i] = x + b[i - 1]
            a[-i - 1] += 1
            j = i
            i += 1
        return i, j, x, b[-1], sum(a)

    def objects(a):
        kept = []
        for i, x in enumerate(a, 250):
            if i % 50 == 49:
                kept.append(i)
            y = i
            if y is not i:
                kept.append("not the same")
        return kept, i
    attempt(run, list(range(N)), [0.5] * N)
    attempt(objects, [None] * N)
