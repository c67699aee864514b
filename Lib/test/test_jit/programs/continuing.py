"""Returns, yields and awaits that lead to ever other places."""

import contextlib
import inspect
import sys
import types
from common import N, attempt


def ahead(n):
    for i in range(n):
        yield i


def through(source):
    for x in source:
        yield x


def delegate(source):
    return (yield from source)


@types.coroutine
def pause(value):
    return (yield value)


def drive(coroutine):
    """Runs a coroutine; sends what it yields back to it, plus one."""
    yielded = 0
    value = None
    while True:
        try:
            value = coroutine.send(value) + 1
            yielded += 1
        except StopIteration as exc:
            return yielded, exc.value


def case_returns_to_many_callers():
    def leaf(x):
        if x % 3:
            return x
        return -x

    def a(x):
        return leaf(x) + 1

    def b(x):
        return 2 * leaf(leaf(x))

    def c(x):
        return [leaf(x), a(x), b(x)][x % 3]

    def d(x):
        return sum(map(leaf, (x, x + 1))) + max(c(x), b(x), key=leaf)

    def e(x):
        return f"{leaf(x)}{leaf(x + 1)!r}{leaf(x):>4}".count("1") if leaf(x) else c(x)
    total = 0
    for i in range(N):
        for f in (a, b, c, d, e, leaf):
            total += f(i)
    print(total)
    print([sorted(range(40), key=f)[:7] for f in (a, b, c, d, e)])


def case_returns_at_every_depth_of_the_stack():
    def one():
        return 1

    def add(*args, **kwargs):
        return sum(args) + sum(kwargs.values())

    def run(n):
        t = 0
        for _ in range(n):
            t += one()
            t += (t & 1) + one()
            t += add(1, 2, one())
            t += add(1, one(), *[one(), 3], k=one(), **{"l": one()})
            t += len([1, 2, 3, 4, one(), (one(), [one()])])
            t += {one(): one()}[one()] + (one() if one() else -one())
            t += [x + one() for x in (one(), one())][one()]
        return t
    print(run(400), run(400))

    def user():
        got = []
        while True:
            got.append([1, (yield len(got)), add(2, (yield "a"), k=(yield "b")), [(yield "c"), (yield "d")]])
            if (yield "e") == 30:
                return got
    for rounds in range(60):
        g = user()
        sent = [next(g)]
        try:
            for i in range(1000):
                sent.append(g.send(i % 31))
        except StopIteration as exc:
            print(len(exc.value), exc.value[-1], sent[-3:]) if rounds % 20 == 0 else None


def case_init_returns_to_many_callers():
    class A:
        def __init__(self, x):
            self.x = x

    class B(A):
        def __init__(self, x, y=2):
            super().__init__(x)
            self.y = y
            if x == 1001:
                return 5

    def f(i):
        return A(i).x

    def g(i):
        return B(i, i).y + B(i).y
    total = 0
    for i in range(1000):
        total += f(i) + g(i) + A(i).x + B(i, 1).y
    print(total)
    for make in (A, B, f, g):
        attempt(make, None) if make in (f, g) else attempt(lambda: make(1001).x)


def case_generators_that_finish_in_turn():
    def gen(n):
        try:
            for i in range(n):
                yield i
        finally:
            ended.append(n)
        return n * 10

    def first(n):
        for x in gen(n):
            pass
        else:
            return n
        return -1

    def second(n):
        total = 0
        for x in gen(n):
            for y in gen(x % 3):
                total += y
            total += x
        return total

    def third(n):
        return (yield from gen(n)) + (yield from gen(n % 2))
    ended = []
    print([sum(f(i % 5) for i in range(N)) for f in (first, second)])
    results = []
    for i in range(N):
        g = third(i % 5)
        for x in g:
            pass
        g = third(i % 4)
        try:
            while True:
                next(g)
        except StopIteration as exc:
            results.append(exc.value)
    print(sum(results), len(ended), sum(ended))


def case_returns_out_of_loops_over_generators():
    log = []

    def gen(n):
        try:
            yield from range(n)
        except GeneratorExit:
            log.append("exit")
            raise
        finally:
            log.append(n)

    def find(n, x):
        for y in gen(n):
            if y == x:
                return y
        return None

    def find_in_both(n, x):
        for y in gen(n):
            for z in through(gen(n)):
                if y * z == x:
                    return y, z

    def outer(n):
        for i in range(n):
            found = find(5, i % 8)
            if found is not None:
                yield found

    def leave(n):
        for x in outer(n):
            if x == 3:
                return x
    for i in range(600):
        find(6, i % 9)
        find_in_both(4, i % 12)
        leave(6)
    print(len(log), log.count("exit"), log[-12:], sum(outer(N)))


def case_throw_into_suspended():
    log = []

    def inner(n):
        i = 0
        while i < n:
            try:
                got = yield i
                if got:
                    log.append(got)
            except ValueError as exc:
                log.append(("inner", i, exc.args))
                yield "caught"
            i += 1
        return "done"

    def outer(n):
        while True:
            try:
                result = yield from inner(n)
                log.append(result)
            except KeyError as exc:
                log.append(("outer", exc.args, sys.exception() is exc))
                yield from ahead(2)
            finally:
                log.append("finally")

    for kind in (inner, outer):
        g = kind(10 ** 6)
        next(g)
        for i in range(N):
            if i % 50 == 20:
                log.append(g.throw(ValueError(i)))
            elif i % 50 == 40 and kind is outer:
                log.append(g.throw(KeyError, KeyError(i)))
            else:
                g.send(i % 10 == 0 and i)
        for x in g:
            if x == 100:
                break
        attempt(g.throw, LookupError("unknown"))
        attempt(next, g, "ended")
        print(len(log), log[-9:], hash(tuple(map(str, log))))


def case_close_suspended():
    log = []

    def inner(k):
        try:
            while True:
                yield k
        finally:
            log.append(("inner", k, sys.exc_info()[0]))

    def stubborn(k):
        while True:
            try:
                yield from inner(k)
            except GeneratorExit:
                if k % 3 == 0:
                    raise
                if k % 3 == 1:
                    return "closed"
                yield "refused"
                return
    answers = []
    for k in range(600):
        g = through(stubborn(k)) if k % 2 and k % 3 != 2 else stubborn(k)
        for x, _ in zip(g, range(k % 4)):
            pass
        try:
            answers.append(g.close())
        except RuntimeError as exc:
            answers.append(exc.args)
            answers.append(next(g, "ended"))
        del g
    kinds = {}
    for a in answers:
        kinds[str(a)] = kinds.get(str(a), 0) + 1
    print(kinds, len(log), log[-4:])


def case_errors_inside():
    def source(n, bad):
        for i in range(n):
            if i == bad:
                raise ValueError(i)
            yield i

    def loop(n, bad):
        total = 0
        for x in through(source(n, bad)):
            total += x
        return total

    def by_delegation(n, bad):
        total = 0
        for x in delegate(delegate(source(n, bad))):
            total += x
        return total

    def caught(n, bad):
        total = 0
        for k in range(n):
            try:
                for x in through(source(8, k % 12)):
                    total += x
            except ValueError as exc:
                total += exc.args[0] * 1000
                tb = exc.__traceback__
                while tb.tb_next:
                    tb = tb.tb_next
                total += tb.tb_lineno - source.__code__.co_firstlineno
        return total

    def while_handling(n):
        out = []
        for k in range(n):
            try:
                raise KeyError(k)
            except KeyError:
                for x in source(3, 9):
                    out.append(sys.exception().args[0])
                out.append(str(sys.exc_info()[1]))
            out.append(sys.exception())
        return len(out), out[-5:]
    for f in (loop, by_delegation):
        attempt(f, 700, -1)
        attempt(f, 700, 650)
        attempt(f, 20, 3)
    attempt(caught, N, 0)
    attempt(while_handling, 500)


def case_exceptions_of_generators_are_their_own():
    def gen():
        while True:
            seen = sys.exception()
            try:
                raise ValueError(repr(seen))
            except ValueError as exc:
                yield sys.exception() is exc, seen
            yield sys.exception() is seen, seen

    def users(n):
        g = gen()
        out = []
        kept = []
        for k in range(n):
            out.append(next(g))
            try:
                raise KeyError(k)
            except KeyError:
                for x in g:
                    out.append(x)
                    break
                d = delegate(g)
                out.append(next(d))
                out.append(sys.exception())
                kept.append(d)
            out.append(sys.exception())
        return out
    out = users(400)
    kinds = {}
    for x in out:
        kinds[str(x)[:14]] = kinds.get(str(x)[:14], 0) + 1
    print(kinds)


def case_recursion_limit():
    def nest(n):
        g = ahead(3)
        for _ in range(n):
            g = delegate(g)
        return g

    def recursive(n):
        if n:
            yield from recursive(n - 1)
        yield n

    def looped(n):
        if n:
            for x in looped(n - 1):
                yield x
        yield n

    def endless(n):
        yield n
        for x in endless(n + 1):
            yield x

    def endless_delegation(n):
        yield n
        yield from endless_delegation(n + 1)

    def call(n):
        return 0 if n == 0 else 1 + call(n - 1)

    async def wait(n):
        return await pause(1) if n == 0 else 1 + await wait(n - 1)

    # (200 deep: in C, should nothing have specialized, where a debug build allows 250.)
    for f in (recursive, looped):
        print(sum(sum(f(k % 40)) for k in range(200)), sum(f(200)))
    print(sum(sum(nest(k % 50)) for k in range(300)), sum(nest(200)))
    print(sum(drive(wait(k % 40))[1] for k in range(200)), drive(wait(200)))
    for k in range(3):
        for f in (endless, endless_delegation):
            n = 0
            try:
                for n in f(0):
                    pass
            except RecursionError as exc:
                print(n > 100, type(exc).__name__)
        try:
            call(10 ** 6)
        except RecursionError:
            print("call")
        try:
            drive(wait(10 ** 6))
        except RecursionError:
            print("wait")
        print(call(200), sum(recursive(200)))


def case_recursion_limit_is_exact():
    # What is left of the recursion limit is the same after all of this.
    def depth():
        n = 0

        def down():
            nonlocal n
            n += 1
            down()
        try:
            down()
        except RecursionError:
            return n

    def raises(n):
        yield from ahead(n)
        raise ValueError

    async def agen(n):
        for i in range(n):
            await pause(i)
            yield i

    async def main(n):
        return [x async for x in agen(n)]
    before = depth()
    for k in range(300):
        sum(through(delegate(ahead(20))))
        with contextlib.suppress(ValueError):
            sum(through(raises(k % 30)))
        g = delegate(ahead(100))
        for x in g:
            if x == 9:
                break
        g.close()
        drive(main(9))
    print(depth() == before, depth() - before)


def case_generators_already_running():
    def gen(n):
        for i in range(n):
            if i % 100 == 50:
                try:
                    next(me)
                except ValueError as exc:
                    yield str(exc)
                try:
                    for x in me:
                        yield "impossible"
                except ValueError as exc:
                    yield str(exc)
            yield i
    me = gen(700)
    texts = []
    for x in me:
        if type(x) is str:
            texts.append(x)
    print(len(texts), set(texts))

    def loops_over_itself():
        yield 1
        yield from other
    other = None
    for k in range(300):
        other = loops_over_itself()
        try:
            for x in other:
                pass
        except ValueError as exc:
            text = str(exc)
    print(text)


def case_await_chains():
    async def leaf(i):
        if i % 7 == 0:
            return await pause(i)
        if i % 11 == 0:
            raise KeyError(i)
        return i

    async def chain(n, i):
        if n == 0:
            return await leaf(i)
        try:
            return await chain(n - 1, i) + 1
        except KeyError:
            if n == 3:
                return -1
            raise
        finally:
            counts[n] = counts.get(n, 0) + 1

    async def main(n):
        total = 0
        for i in range(n):
            total += await chain(i % 6 + 3, i)
        return total
    counts = {}
    print(drive(main(N)), counts)

    async def fails(n):
        for i in range(n):
            await chain(2, i % 7 + (i == n - 2))
    attempt(drive, fails(400))


def case_coroutines_thrown_into():
    log = []

    async def leaf(i):
        try:
            return await pause(i)
        except ValueError as exc:
            log.append((i, exc.args))
            return -1

    async def middle(i):
        try:
            return await leaf(i)
        finally:
            log.append(i)

    async def main():
        i = 0
        while True:
            i += 1
            if await middle(i) == 777:
                return i
    c = main()
    c.send(None)
    for k in range(900):
        if k % 30 == 7:
            c.throw(ValueError(k))
        else:
            c.send(k * 2)
    print(inspect.getcoroutinestate(c), [f for f in (c.cr_await.cr_code.co_name, c.cr_frame.f_lineno)])
    attempt(c.send, 777)
    print(len(log), log[-5:])
    for k in range(200):
        c = main()
        for j in range(k % 5):
            c.send(None)
        if k % 2:
            c.close()
        del c
    print(len(log), log[-5:])
    attempt(drive, main())


def case_asynchronous_generators():
    log = []

    async def agen(n):
        try:
            for i in range(n):
                if i % 5 == 3:
                    await pause(i)
                try:
                    got = yield i
                    if got:
                        log.append(got)
                except ValueError as exc:
                    log.append(exc.args)
                    yield "caught"
        finally:
            await pause(0)
            log.append(("end", n))

    async def filtered(source):
        async for x in source:
            if x % 3:
                yield x

    async def main(n):
        total = 0
        async for x in filtered(filtered(agen(n))):
            total += x
        for k in range(120):
            g = agen(40)
            async for x in g:
                total += x
                if x == k % 30:
                    break
            if k % 3 == 0:
                await g.aclose()
            elif k % 3 == 1:
                total += await g.athrow(ValueError(k)) == "caught"
                total += await g.asend(k) or 0
                await g.aclose()
            else:
                try:
                    await g.athrow(KeyError(k))
                except KeyError as exc:
                    total += exc.args[0]
        return total, sum([x async for x in agen(30)]), {x async for x in filtered(agen(9))}
    print(drive(main(N)))
    print(len(log), log[-6:])


def case_mixed_kinds_at_one_place():
    class Iterator:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            self.n -= 1
            if self.n < 0:
                raise StopIteration("over")
            return self.n

    async def coroutine(n):
        return n

    @types.coroutine
    def waits(n):
        yield n
        return n + 1

    class Awaitable:
        def __init__(self, n):
            self.n = n

        def __await__(self):
            for x in Iterator(self.n):
                yield x
            return self.n

    async def main(n):
        total = 0
        for i in range(n):
            what = (coroutine, waits, Awaitable, lambda k: pause(k))[i % 4](i % 5)
            result = await what
            total += result if type(result) is int else len(result)
        return total
    print(drive(main(N)))

    def source(i):
        return (ahead(i), Iterator(i), range(i), [1] * i, through(ahead(i)), (1, 2), delegate([3, 4]))
    total = 0
    for i in range(300):
        for s in source(i % 6):
            for x in s:
                total += x
        for s in source(i % 6):
            for x in delegate(s):
                total += x
    print(total)


def case_resumed_by_a_generator_without_room():
    # Stacks are as deep as the compiler says; what is one past them is another object.
    def two():
        while True:
            yield 1
            yield 2

    def outer(source):
        for x in source:
            yield x

    for _ in range(20):
        gens = [outer(two()) for _ in range(20)]
        print(sum(next(g) for i in range(N // 10) for g in gens))


def case_awaits_of_foreign_iterators():
    class Plain:
        def __init__(self, n):
            self.n = n

        def __await__(self):
            return iter(range(self.n))

    async def coroutine(n):
        return n

    async def run(kinds):
        total = 0
        for i in range(N):
            x = i + 1
            r = await kinds[i % len(kinds)](x % 3)
            total += x if r is None else r
        return total

    def all_of(kinds):
        c = run(kinds)
        yielded = 0
        try:
            while True:
                yielded += c.send(None)
        except StopIteration as exc:
            return yielded, exc.value

    attempt(all_of, [coroutine])
    attempt(all_of, [coroutine, coroutine, coroutine, Plain])
    attempt(all_of, [Plain])
    attempt(all_of, [Plain, coroutine])
