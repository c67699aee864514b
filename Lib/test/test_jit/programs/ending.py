"""Loops that end where they are traced: over whatever can be iterated."""

from common import N, attempt, where


class Countdown:
    def __init__(self, n, error=None):
        self.n = n
        self.error = error

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise self.error or StopIteration
        return self.n


def case_kinds():
    def total(items):
        t = 0
        for x in items:
            t += x
        return t

    sources = [lambda: {1: 2, 3: 4}, lambda: {5, 6}, lambda: {1: 2}.values(), lambda: map(int, "12"),
               lambda: zip(), lambda: b"ab", lambda: Countdown(3), lambda: (), lambda: [], lambda: range(0),
               lambda: filter(None, [0, 1, 2]), lambda: reversed([1, 2]), lambda: frozenset()]
    out = []
    for i in range(N):
        out.append(total(sources[i % len(sources)]()) if i % 13 != 4 else 0)
    print(out[:26], sum(out))


def case_ends_and_goes_on():
    # The trace is of the end; then there is another item after all.
    def first(items):
        for k, v in items:
            return k, v
        return None

    out = [first({}.items()) for _ in range(N)]
    out += [first({i: -i}.items()) for i in range(N)]
    out += [first(zip("ab", [i, 2])) for i in range(N)]
    print(out[0], out[N], out[-1], sum(1 for x in out if x is None))


def case_nested():
    table = {i: {j: i * j for j in range(i % 4)} for i in range(12)}
    total = rows = 0
    for _ in range(N // 10):
        for key, row in table.items():
            for k, v in row.items():
                total += k * v
            rows += 1
    print(total, rows)


def case_raises_at_the_end():
    def consume(items):
        n = 0
        for x in items:
            n += x
        return n

    caught = 0
    for i in range(N):
        try:
            consume(Countdown(i % 3, KeyError(i) if i % 50 == 0 else None))
        except KeyError as exc:
            caught += 1
            if i % 500 == 0:
                print(exc.args, where(exc))
    print(caught)
    for i in range(N):
        d = {1: 1}
        try:
            for k in d:
                d[i] = i
        except RuntimeError as exc:
            if i == N - 1:
                print(exc.args, where(exc))


def case_dies_with_the_loop():
    # What the iterator holds is released where the loop ends.
    log = []

    class Noisy:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return iter({self.n: self}.values())

        def __del__(self):
            log.append(self.n)

    def run(n):
        x = None
        for x in map(lambda y: y.n, Noisy(n)):
            pass
        log.append("ended")
        for x in Countdown(0):
            pass
        return x

    total = sum(run(i) for i in range(N))
    print(total, log[:6], len(log))


def case_stop_iteration_from_within():
    def inner():
        raise StopIteration(7)

    class Odd:
        def __iter__(self):
            return self

        def __next__(self):
            return inner()

    def run():
        for x in Odd():
            return x
        return "over"

    print({run() for _ in range(N)})
    attempt(lambda: [run() for _ in range(5)])
