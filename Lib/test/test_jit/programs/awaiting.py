"""Coroutines: driven by hand and by asyncio."""

import asyncio
import types
from common import N, attempt, report


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


async def add(a, b):
    return a + b


async def step(i):
    if i % 3 == 0:
        return await pause(i)
    return await add(i, 1)


def case_await_by_hand():
    async def main(n):
        total = 0
        for i in range(n):
            total += await step(i)
            total -= await add(i, 2)
        return total
    print(drive(main(N)))


class Ticker:
    def __init__(self, n):
        self.n = n
        self.i = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.i >= self.n:
            raise StopAsyncIteration
        self.i += 1
        if self.i % 5 == 0:
            await pause(0)
        return self.i


async def agen(n):
    for i in range(n):
        if i % 4 == 0:
            await pause(i)
        yield i


def case_async_for():
    async def main(n):
        total = 0
        async for x in Ticker(n):
            total += x
        async for x in agen(n):
            if x % 7 == 0:
                continue
            total -= x
        else:
            total *= 2
        async for x in agen(n):
            if x == 700:
                break
        return total, x
    print(drive(main(N)))


def case_async_comprehensions():
    async def main():
        a = [x async for x in agen(400) if x % 2]
        b = {x: await add(x, 1) async for x in agen(300)}
        c = {await add(x % 7, 1) for x in range(300)}
        d = [y async for y in (x * 2 async for x in agen(300))]
        return sum(a), sum(b.values()), sorted(c), sum(d)
    print(drive(main()))


class Manager:
    log = []

    def __init__(self, n):
        self.n = n

    async def __aenter__(self):
        await pause(1)
        return self.n

    async def __aexit__(self, kind, value, tb):
        self.log.append(kind and kind.__name__)
        if self.n % 3 == 0:
            await pause(2)
        return self.n % 2 == 0


def case_async_with():
    async def main(n):
        total = swallowed = 0
        for i in range(n):
            async with Manager(i) as x:
                total += x
                if i % 10 == 4:
                    swallowed += 1
                    raise ValueError(i)
        return total, swallowed
    Manager.log.clear()
    print(drive(main(600)), len(Manager.log), Manager.log[-7:])

    async def fails(n):
        for i in range(n):
            async with Manager(i):
                if i == 501:
                    raise KeyError(i)
    attempt(drive, fails(600))


def case_errors_through_awaits():
    async def leaf(i):
        if i == 700:
            raise ValueError(i)
        return i

    async def middle(i):
        return await leaf(i) + 1

    async def main(n):
        total = 0
        for i in range(n):
            total += await middle(i)
        return total
    attempt(drive, main(600))
    attempt(drive, main(N))

    async def catches(n):
        caught = 0
        for i in range(n):
            try:
                await middle(700 if i % 3 == 0 else 1)
            except ValueError as exc:
                caught += 1
                last = exc
        report(last)
        return caught
    attempt(drive, catches(600))

    async def not_awaitable(n):
        for i in range(n):
            await (add(1, 2) if i < 600 else 3)
    attempt(drive, not_awaitable(N))


def case_throw_and_close():
    log = []

    async def waits(n):
        i = 0
        try:
            while i < n:
                try:
                    i += await pause(i) > 0
                except ValueError:
                    log.append(i)
                    i += 1
        finally:
            log.append("closed")
    c = waits(10**9)
    c.send(None)
    for k in range(N):
        if k % 5 == 0:
            c.throw(ValueError(k))
        else:
            c.send(k)
    c.close()
    print(len(log), log[:3], log[-2:])

    async def generator_is_closed():
        g = agen(1000)
        out = 0
        async for x in g:
            out += x
            if x == 500:
                break
        await g.aclose()
        h = agen(1000)
        for _ in range(300):
            out += await anext(h)
        try:
            await h.athrow(KeyError("thrown"))
        except KeyError as exc:
            report(exc)
        return out, await anext(h, "default")
    attempt(drive, generator_is_closed())


def case_custom_awaitables():
    class Value:
        def __init__(self, v):
            self.v = v

        def __await__(self):
            if self.v % 4 == 0:
                yield self.v
            return self.v * 2

    class Ready:
        def __await__(self):
            return iter(())

    async def main(n):
        total = 0
        for i in range(n):
            total += await Value(i)
            assert await Ready() is None
        return total
    print(drive(main(N)))


def case_asyncio_tasks():
    async def worker(name, queue, out):
        while True:
            item = await queue.get()
            if item is None:
                return name
            out.append(item * 2)
            if item % 10 == 0:
                await asyncio.sleep(0)

    async def main():
        queue = asyncio.Queue(maxsize=20)
        out = []
        workers = [asyncio.create_task(worker(k, queue, out)) for k in range(3)]
        for i in range(600):
            await queue.put(i)
        for _ in workers:
            await queue.put(None)
        names = await asyncio.gather(*workers)
        return names, len(out), sum(out)
    print(asyncio.run(main()))


def case_asyncio_cancel_and_timeout():
    async def spin(log):
        n = 0
        try:
            while True:
                n += 1
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            log.append(n > 300)
            raise
        finally:
            log.append("done")

    async def main():
        log = []
        task = asyncio.create_task(spin(log))
        for _ in range(400):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log.append("cancelled")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(add(i, 1)) for i in range(200)]
        log.append(sum(t.result() for t in tasks))
        results = await asyncio.gather(add(1, 2), add("a", 1), return_exceptions=True)
        log.append([type(r).__name__ for r in results])
        return log
    print(asyncio.run(main()))


def case_async_recursion():
    async def fib(n):
        if n < 2:
            return n
        return await fib(n - 1) + await fib(n - 2)

    async def deep(n):
        if n == 0:
            return await pause(1)
        return await deep(n - 1) + 1
    print(drive(fib(15)), [drive(deep(k)) for k in (3, 20, 100) * 10][-3:])


def case_never_awaited():
    import warnings
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")

        def run(n):
            for i in range(n):
                add(i, 1)
        run(400)
    print(len(caught), caught[-1].message, caught[-1].lineno == caught[0].lineno)
