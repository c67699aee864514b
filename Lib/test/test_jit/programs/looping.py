"""Loops and branches: every way in, round and out."""

import itertools
from common import N, attempt, report


def case_ranges():
    for r in (range(N), range(N, 0, -1), range(5, N, 7), range(2**62, 2**62 + N),
              range(-N, N), range(0), range(10**20, 10**20 + 300)):
        total = count = 0
        for i in r:
            total += i
            count += 1
        print(total, count)


def iterate(iterable):
    total = []
    for x in iterable:
        total.append(x)
    return len(total), total[0], total[-1]


def case_polymorphic_iterables():
    for _ in range(3):
        for iterable in (list(range(N)), tuple(range(N)), range(N), dict.fromkeys(range(N)),
                         set(range(300)), "ab" * 300, bytes(300), (x for x in range(N)),
                         iter([1] * 300), map(str, range(300)), zip(range(300), "x" * 300),
                         enumerate("y" * 300), reversed([1, 2] * 200),
                         itertools.chain([1] * 200, (2,) * 200), filter(None, range(300)),
                         {1: 2, 3: 4}.items()):
            print(type(iterable).__name__, iterate(iterable))
    attempt(iterate, 5)
    attempt(iterate, None)


class Countdown:
    def __init__(self, n, error=None):
        self.n = n
        self.error = error

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            if self.error is not None:
                raise self.error
            raise StopIteration
        self.n -= 1
        return self.n


def case_python_iterators():
    attempt(iterate, Countdown(N))
    attempt(iterate, Countdown(N, StopIteration("value")))
    attempt(iterate, Countdown(N, ValueError("late")))
    attempt(iterate, Countdown(N, KeyError(3)))

    class OldStyle:
        def __getitem__(self, i):
            if i == 900:
                raise IndexError
            return i * 2
    attempt(iterate, OldStyle())
    values = iter(range(10000))
    attempt(iterate, iter(lambda: next(values) // 3, 400))


def case_break_continue_else():
    log = []
    for outer in range(60):
        for i in range(100):
            if i % 3 == 0:
                continue
            if i == outer + 20:
                break
        else:
            log.append(("else", outer))
        n = 0
        while n < outer:
            n += 1
            if n % 2:
                continue
            if n > 40:
                log.append(("break", n))
                break
        else:
            log.append(n)
    print(log)


def case_nested_loops():
    count = 0
    for a in range(25):
        for b in range(a):
            for c in range(b):
                if a * a == b * b + c * c:
                    count += 1000
                count += 1
    print(count)
    i = 0
    total = 0
    while True:
        j = 0
        while True:
            j += 1
            if j * j > i:
                break
            total += j
        i += 1
        if i > 400:
            break
    print(total)


def case_loop_in_both_branches():
    total = 0
    for i in range(200):
        if i % 2:
            for j in range(10):
                total += j
        else:
            k = 10
            while k:
                k -= 1
                total -= k if i % 3 else 1
    print(total)


def case_returns_out_of_nested_loops():
    def find(n, target):
        for i in range(n):
            for j in range(n):
                if i * j == target:
                    return i, j
        return None
    print([find(30, t) for t in range(0, 841, 29)])


def case_branches_that_change_their_mind():
    counts = [0] * 6
    for i in range(4000):
        if i < 1000:
            counts[0] += 1
        elif i < 2000:
            counts[1] += 1
        elif i < 3000:
            if i % 2:
                counts[2] += 1
            else:
                counts[3] += 1
        else:
            counts[4 + i % 2] += i
    print(counts)


def case_branches_by_bits():
    state, histogram = 1, {}
    for _ in range(4000):
        state = (state * 1664525 + 1013904223) & 0xffffffff
        key = 0
        if state & 0x10000:
            key += 1
        if state & 0x20000:
            key += 2
            if state & 0x40000:
                key += 4
        elif state & 0x80000:
            key += 8
        if not state & 0x100000:
            key += 16
        histogram[key] = histogram.get(key, 0) + 1
    print(sorted(histogram.items()))


def case_truth_of_everything():
    class T:
        def __init__(self, v):
            self.v = v

        def __bool__(self):
            return self.v

    class L:
        def __init__(self, n):
            self.n = n

        def __len__(self):
            return self.n
    values = [0, 1, 2**70, 0.0, -0.0, 1.5, "", "x", [], [0], (), (0,), {}, {0: 0}, set(), None,
              True, False, T(True), T(False), L(0), L(3), object, lambda: 0, b"", 0j]
    out = []
    for i in range(N):
        v = values[i % len(values)]
        a = 1 if v else 0
        b = 1 if not v else 0
        c = (v and 1) is not v
        while v:
            a += 2
            break
        out.append((a, b, c, v is None, v is not None, bool(v)))
    print(out[:len(values)], hash(tuple(out)))

    def bad(n):
        class Bad:
            def __bool__(self):
                return 3 if k > 600 else True
        for k in range(n):
            if Bad():
                pass
    attempt(bad, 500)
    attempt(bad, 700)


def case_boolean_operators():
    out = []
    for i in range(N):
        a, b, c = i % 2, i % 3, i % 5
        out.append((a and b or c, a or b and c, not a or not b, a if b else c,
                    (x := a + b) and x * 2, b is None or c is not None))
    print(out[:30], hash(tuple(out)))


def case_none_tests():
    values = [None, 0, None, "a"]
    hits = [0, 0, 0]
    for i in range(N):
        v = values[i % 4] if i > 500 else None
        if v is None:
            hits[0] += 1
        if v is not None:
            hits[1] += 1
        hits[2] += v is v
        if v is values:
            hits[2] += 100
    print(hits)


def case_while_with_changing_condition():
    i = 0
    n = 500
    grown = False
    while i < n:
        i += 1
        if i == 450 and not grown:
            n = 900.5
            grown = True
    print(i, n)
    s = "x"
    while s < "xyz" and len(s) < 600:
        s += "a"
    print(len(s))


def case_many_loops_in_one_function():
    total = 0
    for i in range(300):
        total += i
    for i in range(300):
        total -= i * 2
    for i in [1, 2] * 200:
        total += i
    n = 300
    while n:
        n -= 1
        total ^= n
    for i in (3,) * 300:
        total += i
        for j in (1, 2):
            total += j
    print(total)


def case_loop_variable_after_the_loop():
    for i in range(N):
        pass
    print(i)
    for i in []:
        print("never")
    print(i)
    for a, (b, c) in [(1, (2, 3))] * 300 + [(4, (5, 6))]:
        pass
    print(a, b, c)
    x = [0] * 3
    for x[1] in range(400):
        pass
    print(x)

    class O:
        pass
    o = O()
    for o.attr in range(400):
        pass
    print(o.attr)


def case_shared_iterator():
    it = iter(range(N))
    pairs = 0
    for a in it:
        b = next(it, None)
        pairs += a * (b or 1)
        if a > 1000:
            break
    rest = 0
    for c in it:
        rest += c
    for c in it:
        rest = "not empty"
    print(pairs, rest, next(it, "done"))


def case_exhausted_list_iterator_stays_exhausted():
    x = [1, 2, 3]
    it = iter(x)
    for _ in range(300):
        for v in it:
            pass
        x.append(4)
    print(next(it, "done"), len(x))


def case_one_iteration_loops():
    total = 0
    for i in range(N):
        for j in (i,):
            total += j
        while True:
            total += 1
            break
        for j in ():
            total = None
    print(total)


def case_infinite_iterators():
    total = 0
    for i in itertools.count():
        if i > N:
            break
        total += i
    for i, v in enumerate(itertools.cycle("abc")):
        total += ord(v)
        if i == N:
            break
    print(total)


def case_error_in_the_iterable_after_hot():
    def source(n):
        for i in range(n):
            yield i
        raise LookupError("end")
    total = 0
    try:
        for v in source(N):
            total += v
    except LookupError as exc:
        report(exc)
    print(total)


def case_module_level_loop():
    source = '''
total = 0
for i in range(1000):
    total += i
    if i % 2:
        name = "n%d" % i
        globals()[name] = i
    else:
        total -= 1
del i
print(total, n999, "i" in dir())
class C:
    items = []
    for k in range(600):
        items.append(k)
        last = k
    del k
print(sum(C.items), C.last, hasattr(C, "k"))
'''
    for _ in range(6):
        exec(compile(source, "<module>", "exec"), {"__name__": "m"})
