"""Generators: iterated, sent to, thrown into, closed, nested."""

import inspect
import itertools
import sys
from common import N, attempt, report


def count(n):
    for i in range(n):
        yield i


def squares(source):
    for x in source:
        yield x * x


def case_for_over_generators():
    total = 0
    for x in count(N):
        total += x
    for x in squares(count(N)):
        total ^= x
    for x in squares(squares(x for x in count(N) if x % 3)):
        total = (total + x) % 2**61
    print(total)
    short = 0
    for i in range(N):
        for x in count(i % 4):
            short += x + 1
    print(short)


def case_generators_interleaved():
    gens = [count(400), squares(count(300)), (x for x in "ab" * 100), count(0)]
    out = []
    while gens:
        for g in list(gens):
            try:
                out.append(next(g))
            except StopIteration:
                gens.remove(g)
    print(len(out), out[:10], out[-5:])


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


def case_yield_from():
    print(list(tree(9))[-20:], sum(tree(9)))

    def inner(n):
        got = 0
        for i in range(n):
            got += (yield i) or 0
        return got

    def outer(n):
        while True:
            result = yield from inner(n)
            yield ("inner returned", result)
            if result > 1000:
                return result
    g = outer(50)
    out = [next(g)]
    try:
        for i in range(N):
            out.append(g.send(i))
    except StopIteration as exc:
        out.append(exc.value)
    print(len(out), [x for x in out if type(x) is tuple], out[-3:])

    def delegating():
        yield from [1, 2]
        yield from range(300)
        yield from "ab"
        r = yield from iter(())
        yield r
        yield from 5
    attempt(list, delegating())


def averager():
    total = n = 0
    average = None
    while True:
        value = yield average
        total += value
        n += 1
        average = total / n


def case_send():
    a = averager()
    next(a)
    out = [a.send(i) for i in range(N)]
    print(out[-3:], sum(out))
    attempt(a.send, "x")
    attempt(a.send, 1)
    attempt(count(3).send, 1)


def resilient():
    log = []
    i = 0
    while True:
        try:
            yield i
            i += 1
        except ValueError as exc:
            log.append(exc.args)
            i -= 1
        except KeyError:
            i += len(log)
        finally:
            i += 10


def case_throw():
    g = resilient()
    out = [next(g)]
    for k in range(N):
        if k % 3 == 0:
            out.append(g.throw(ValueError(k)))
        elif k % 50 == 1:
            out.append(g.throw(KeyError))
        else:
            out.append(next(g))
    print(out[-5:], len(out), sum(out))
    attempt(g.throw, OSError("out"))
    attempt(next, g)
    attempt(count(3).throw, ValueError("not started"))

    def outer():
        try:
            yield from resilient()
        except OSError as exc:
            yield exc.args
    g = outer()
    out = [next(g) for _ in range(600)]
    print(out[-1], g.throw(ValueError(1)), g.throw(OSError("through")))


def cleanup(log, n):
    try:
        for i in range(n):
            yield i
    except GeneratorExit:
        log.append("exit %d" % i)
        raise
    finally:
        log.append("finally")


def case_close():
    log = []
    for k in range(400):
        g = cleanup(log, 100)
        for x in g:
            if x == k % 30:
                break
        g.close()
        g.close()
    print(len(log), log[-4:])

    def stubborn():
        refusals = 0
        while refusals < 3:
            try:
                yield refusals
            except GeneratorExit:
                refusals += 1
    g = stubborn()
    for _ in range(400):
        next(g)
    attempt(g.close)
    attempt(g.close)
    attempt(g.close)

    def returns():
        try:
            while True:
                yield
        except GeneratorExit:
            return "value"
    g = returns()
    for _ in range(400):
        next(g)
    attempt(g.close)


def case_dropped_generators_clean_up():
    log = []

    def run(n):
        for k in range(n):
            for x in cleanup(log, 50):
                if x == k % 20:
                    break
            log.append(k)
    run(300)
    print(log[:12], len(log), log[-6:])
    for x in cleanup(log, 1000):
        if x == 900:
            break
    print(log[-1])
    del x


def case_return_values():
    def f(n):
        yield n
        return n * 2
    total = 0
    for i in range(N):
        g = f(i)
        total += next(g)
        try:
            next(g)
        except StopIteration as exc:
            total += exc.value
    print(total)


def case_errors_in_generators():
    def bad(n):
        for i in range(n):
            if i == 900:
                raise ValueError("inside")
            yield i

    def consume(n):
        t = 0
        for x in squares(bad(n)):
            t += x
        return t
    attempt(consume, 800)
    attempt(consume, N)
    attempt(consume, N)

    def stop(n):
        for i in range(n):
            if i == 900:
                raise StopIteration(i)
            yield i
    attempt(lambda: sum(stop(800)))
    attempt(lambda: sum(stop(N)))

    def caller_raises(n):
        for x in count(n):
            if x == 1000:
                raise LookupError(x)
    attempt(caller_raises, N)


def case_running_generator():
    def me(n):
        for i in range(n):
            if i == 900:
                next(g)
            yield i
    g = me(N)
    attempt(lambda: sum(g))
    attempt(lambda: sum(g))


def case_generator_expressions():
    print(sum(x * 2 for x in range(N)), max((x % 7, x) for x in range(N)),
          any(x > 1400 for x in range(N)), all(x < 1400 for x in range(N)),
          "".join(str(x % 10) for x in range(300))[-20:],
          len(set(x % 11 for x in range(N))), dict((x, x * x) for x in range(400))[399],
          sorted((x * 7 % 50 for x in range(400)))[:9], tuple(y for x in range(20) for y in range(x))[-4:])
    a, *b = (x for x in range(500))
    print(a, len(b), [*(x for x in range(300))][-1])


def case_itertools_over_generators():
    print(list(itertools.islice(squares(itertools.count()), 300))[-1],
          sum(itertools.chain.from_iterable(count(i) for i in range(60))),
          list(itertools.takewhile(lambda x: x < 600, count(N)))[-1],
          [len(list(g)) for k, g in itertools.groupby(count(N), lambda x: x // 400)],
          sum(a * b for a, b in zip(count(N), squares(count(500)))),
          len(list(itertools.product(count(12), count(13)))))
    a, b = itertools.tee(count(600))
    print(sum(x - y for x, y in zip(a, b)))


def case_many_users_of_one_generator():
    g = count(4 * N)

    def take(n):
        total = 0
        for x in g:
            total += x
            n -= 1
            if n == 0:
                return total
        return -1

    def take_next(n):
        return sum(next(g) for _ in range(n))
    print([take(300), take_next(300), take(300), take_next(10), take(N), take(10 * N), take(3)])


def case_generator_state():
    g = count(N)
    lines = set()
    for x in g:
        lines.add((g.gi_frame.f_lineno, g.gi_running, g.gi_frame.f_lasti))
        if x % 500 == 0:
            print(inspect.getgeneratorstate(g), inspect.getgeneratorlocals(g))
    print(lines, g.gi_frame, inspect.getgeneratorstate(g))

    def delegates():
        yield from count(400)
    d = delegates()
    kinds = set()
    for x in d:
        kinds.add(d.gi_yieldfrom.__name__)
    print(kinds)


def case_frames_seen_from_generators():
    def names():
        f = sys._getframe(1)
        return [f.f_code.co_name, f.f_lineno, f.f_back.f_code.co_name, f.f_back.f_lineno]

    def g(n):
        for i in range(n):
            yield names()

    def user(n):
        seen = []
        for x in g(n):
            if x not in seen:
                seen.append(x)
        it = g(n)
        for _ in range(n):
            x = next(it)
            if x not in seen:
                seen.append(x)
        return seen
    print(user(600))


def case_coroutine_style_pipeline():
    def sink(out):
        while True:
            out.append((yield))

    def double(target):
        while True:
            x = yield
            target.send(x * 2)

    def only_even(target):
        while True:
            x = yield
            if x % 2 == 0:
                target.send(x)

    def start(g):
        next(g)
        return g
    out = []
    head = start(only_even(start(double(start(sink(out))))))
    for i in range(N):
        head.send(i)
    print(len(out), sum(out), out[-3:])


def case_deep_yield_from():
    def deep(n, k):
        if n == 0:
            for i in range(k):
                yield i
        else:
            yield from deep(n - 1, k)
    for depth in (1, 5, 15, 40, 150):
        print(depth, sum(deep(depth, 300)))


def case_generator_methods_of_a_class():
    class Tree:
        def __init__(self, v, left=None, right=None):
            self.v, self.left, self.right = v, left, right

        def __iter__(self):
            if self.left:
                yield from self.left
            yield self.v
            if self.right:
                for x in self.right:
                    yield x

    def build(lo, hi):
        if lo >= hi:
            return None
        mid = (lo + hi) // 2
        return Tree(mid, build(lo, mid), build(mid + 1, hi))
    t = build(0, 600)
    print(sum(t), list(t) == list(range(600)), [x for x in t if x % 200 == 1])


def case_generator_with_context_manager():
    from contextlib import contextmanager, ExitStack
    log = []

    @contextmanager
    def manager(n):
        log.append(n)
        try:
            yield n * 2
        except ValueError:
            log.append("swallowed")
        finally:
            log.append(-n)
    total = 0
    for i in range(500):
        with manager(i) as x, ExitStack() as stack:
            stack.callback(log.append, "cb")
            total += x
            if i % 10 == 0:
                raise ValueError
    print(total, len(log), log[:8], log[-6:])
