"""What C calls: comparisons, key functions, hooks and generators that C consumes."""

import functools
import sys
from common import N, attempt, where


class Item:
    def __init__(self, key, tag=0):
        self.key = key
        self.tag = tag

    def __lt__(self, other):
        mine, theirs = self.key, other.key
        if mine is theirs:
            return self.tag < other.tag
        return mine < theirs

    def __eq__(self, other):
        if not isinstance(other, Item):
            return NotImplemented
        return self.key == other.key and self.tag == other.tag

    def __hash__(self):
        key = self.key
        return hash((key, self.tag))


def case_comparisons():
    items = [Item(i * 7919 % 311, i % 5) for i in range(N)]
    items.sort()
    print([(item.key, item.tag) for item in items[:20]])
    seen = {}
    for item in items:
        seen[item] = seen.get(item, 0) + 1
    print(len(seen), sum(seen.values()), items.index(items[-1]), items.count(items[3]))
    print(items[0] == 5, items[0] != "x", sorted([3, 1, 2], key=lambda x: -x))


def case_leaves_in_an_inner_frame():
    # The exit is in a frame above the one that C called.
    def inner(x):
        y = x * 3
        return y + 1 if x % 97 else str(y)

    def outer(x):
        a = inner(x)
        b = inner(x + 1)
        return (a, b)

    got = list(map(outer, range(N)))
    print(got[90:100], sum(1 for a, b in got if isinstance(a, str)))


def case_raises():
    def checked(x):
        y = x + 1
        if y % 500 == 0:
            raise ValueError(y)
        z = y * 2
        return z - y

    total = 0
    for i in range(0, N, 100):
        try:
            total += sum(map(checked, range(i, i + 100)))
        except ValueError as exc:
            print(exc.args, where(exc))
    print(total)

    def in_an_inner_frame(x):
        a = checked(x)
        return checked(a + 400)
    attempt(lambda: list(map(in_an_inner_frame, range(N))))


def case_recursion():
    # Each level is C and Python in turn, down to the limit of one of them.
    def down(n):
        if n <= 0:
            return 0
        a, b = n, 1
        for x in map(down, [a - b]):
            return x + 1

    for i in range(N // 10):
        down(10)
    print(down(100))

    def endless(x):
        y = x + 1
        z = y - 1
        return max(map(endless, [y + z]))

    for _ in range(3):
        try:
            endless(1)
        except RecursionError:
            print("RecursionError")
    print(functools.reduce(lambda a, b: a * 3 + b if a < 1000 else a - b, range(N)))


def gen(n, log=None):
    i = 0
    try:
        while i < n:
            got = yield i
            if got is not None:
                i += got
            i += 1
    finally:
        if log is not None:
            log.append(i)


def plain(n):
    for i in range(n):
        yield i


def case_consumed():
    print(sum(gen(N)), len(set(plain(N))), max(x ^ 5 for x in range(N)))
    print(list(zip(gen(5), plain(7))), dict(zip(plain(3), gen(9))))
    for k in range(300):
        any(x > 30 for x in plain(50))
    print([next(g) for g in [gen(5)] * 4], list(map(next, [plain(3)] * 3)))


def case_closed():
    # While an executor may stand where it would be resumed.
    log = []
    for i in range(N):
        g = gen(10, log)
        for _ in range(i % 7 + 1):
            next(g)
        g.close()
        h = plain(10)
        for _ in range(i % 5):
            next(h)
        h.close()
        attempt_next = next(h, "done")
        assert attempt_next == "done"
    print(len(log), log[:10])


def case_sent_and_thrown():
    log = []
    for i in range(N):
        g = gen(1000, log)
        next(g)
        try:
            got = [g.send(k) for k in range(5)]
            g.throw(KeyError(i))
        except KeyError as exc:
            if i % 500 == 0:
                print(got, exc.args, where(exc))
    print(len(log), log[-1])


def case_frames():
    def spy(x):
        frame = sys._getframe()
        y = x + frame.f_lineno
        names = [frame.f_code.co_name, frame.f_back.f_code.co_name]
        return y, names

    got = list(map(spy, range(N)))
    print(got[0], got[-1])


def case_tracing_begins():
    seen = []

    def tracer(frame, event, arg):
        seen.append((frame.f_code.co_name, event))
        return tracer

    def step(x):
        y = x + 1
        if y == N - 3:
            sys.settrace(tracer)
        return y - x

    try:
        print(sum(map(step, range(N))))
    finally:
        sys.settrace(None)
    print(seen[:12])


def case_code_is_replaced():
    def f(x):
        a = x + 1
        b = a * 2
        return b - x

    def g(x):
        a = x - 1
        b = a * 3
        return str(b + x)

    code = g.__code__
    def step(x):
        if x == N // 2:
            f.__code__ = code
        return x
    got = [y for x in map(step, range(N)) for y in map(f, [x])]
    print(got[0], got[N // 2 - 1:N // 2 + 2], got[-1])
