"""What loops hand from one iteration to the next: numbers in registers, types that are known, and what changes them."""

import math
import sys

from common import N, plain, show


def case_counting():
    def count(n, step):
        i, total, product = 0, 0, 1
        while i < n:
            total += i
            product = product * 3 % 1000003
            i += step
        return i, total, product

    show([count(N, step) for step in (1, 2, 3, 7)], count(0, 1), count(1, 1))


def case_floats():
    def orbit(cr, ci, limit):
        zr = zi = 0.0
        n = 0
        while n < limit:
            t = zr * zr - zi * zi + cr
            zi = 2.0 * zr * zi + ci
            zr = t
            if zr * zr + zi * zi > 4.0:
                break
            n += 1
        return n, zr, zi

    show([orbit(r / 8 - 1.5, i / 8 - 0.5, N) for r in range(12) for i in range(8)])


def case_sign_of_zero_and_nan():
    def run(x, y):
        signs = []
        for _ in range(N):
            x = x * y
            y = -y
            signs.append(math.copysign(1.0, x))
        return sum(signs), plain(x), plain(y)

    def products(x, y):
        signs = []
        for _ in range(N):
            z = x * y
            y = -y
            signs.append(math.copysign(1.0, z))
        return sum(signs), plain(z), plain(y)

    # Of two NaNs, which one their product is depends on how a compiler orders the operands, so they do not meet.
    show([run(x, y) for x in (0.0, -0.0, 1.0, math.nan, math.inf) for y in (1.0, -1.0, 0.0)])
    show([products(x, math.nan) for x in (0.0, -0.0, 1.0, math.inf)])


def case_cycles():
    def two(x, y):
        for _ in range(N + 1):
            x, y = y, x
            x += 1
            y -= 1
        return x, y

    def three(x, y, z):
        i = 0
        while i < N + 1:
            x, y, z = y, z, x
            x = x * 1.5
            y = y + 0.5
            z = z - 0.25
            i += 1
        return x, y, z

    def fibonacci(n):
        a, b = 0, 1
        while n:
            a, b = b, a + b
            n -= 1
        return a, b

    show(two(1, 2), two(1.0, 2.0), two(1, 2.5), three(1.0, 2.0, 3.0), [fibonacci(n) for n in (5, 60, 89, 90, 91, 92, 93, 94, 200)])


def case_same_value_twice():
    x = y = 1.0
    i = j = 0
    while i < N:
        z = x + 0.5
        x = z
        y = z
        i += 1
        j = i
    show(x, y, i, j, x is y, i is j)


def case_more_than_there_are_registers():
    a = b = c = d = e = f = g = h = k = m = 1.5
    p = q = r = s = t = u = v = w = 1
    for i in range(N):
        a += b * 0.5
        b += c * 0.25
        c += d * 0.125
        d = e - a
        e = f * 0.5
        f = g + 1.0
        g = h - 0.5
        h = k * 1.25
        k = m / 1.5
        m = a * 0.001
        p += q
        q = r - i
        r = s ^ 5
        s = t + 3
        t = u * 2 % 1009
        u = v + w
        v = w % 17
        w = i & 31
    show(a, b, c, d, e, f, g, h, k, m, p, q, r, s, t, u, v, w)


def case_growing():
    def grow(x, factor, n):
        seen = []
        i = 0
        while i < n:
            x = x * factor + i
            if i % 5 == 0:
                seen.append(x)
            i += 1
        return seen

    show(grow(1, 3, N), grow(-1, 2, N), grow(2 ** 29, 1, N), grow(2 ** 60, 2, 20), grow(0, 2 ** 31, 9), grow(True, 2, 70))


def case_around_the_limits():
    def around(x, step, n):
        low = high = x
        i = 0
        while i < n:
            x += step
            step = -step
            if x > high:
                high = x
            if x < low:
                low = x
            i += 1
        return x, low, high

    for limit in (30, 31, 32, 59, 60, 61, 62, 63, 64, 65):
        for off in (-2, -1, 0, 1):
            show([around(sign * 2 ** limit + off, step, 150) for sign in (1, -1) for step in (1, 3)])


def case_types_change():
    class Odd(int):
        pass

    values = [1, 2.5, True, 2 ** 40, "a", None, Odd(3), 1 + 2j, 2 ** 70, [1]]

    def mix(n, x):
        kinds = []
        i = 0
        while i < n:
            y = x
            try:
                x = x * 2
                x = x + 1
            except TypeError as e:
                kinds.append(str(e))
                x = y
            if i % 40 == 39:
                x = values[i // 40 % len(values)]
            kinds.append((type(x).__name__, type(y).__name__))
            i += 1
        return kinds[::7], plain(x)

    show([mix(N * 4, 1), mix(N * 4, 1.5)])


def case_none_at_first():
    def best(values):
        found = None
        where = None
        for i in range(len(values)):
            if found is None or values[i] > found:
                found = values[i]
                where = i
        return found, where

    rows = [[(k * 37 + j * 11) % 101 for k in range(N)] for j in range(6)]
    show([best(row) for row in rows], best([float(v) for v in rows[0]]), best([]))


def case_deleted_and_unset():
    def run(n):
        events = []
        i = 0
        x = 1
        while i < n:
            x += 1
            if i % 9 == 4:
                del x
                try:
                    x += 1
                except UnboundLocalError as e:
                    events.append(str(e))
                x = i * 1.5 if i % 2 else i
            i += 1
        return events[:2], len(events), x

    def late(n):
        i = 0
        while i < n:
            if i > n // 2:
                y += i
            else:
                y = i
            i += 1
        return y

    show(run(N), late(N), late(N * 3))


def case_nested():
    def matrix(n):
        total = 0
        scale = 1.0
        for i in range(n):
            row = 0
            for j in range(n):
                row += i * j
                scale *= 1.0001
            k = 0
            while k < i:
                total -= k
                k += 2
            total += row
        return total, scale

    show([matrix(n) for n in (1, 2, 5, 20)])


def case_branches():
    def collatz(limit):
        longest = best = 0
        n = 1
        while n < limit:
            x, steps = n, 0
            while x != 1:
                if x % 2:
                    x = 3 * x + 1
                else:
                    x //= 2
                steps += 1
            if steps > longest:
                longest, best = steps, n
            n += 1
        return best, longest

    show(collatz(600), collatz(97))


def case_calls_between():
    def half(x):
        return x * 0.5

    def run(n):
        x, total, i = 1024.0, 0.0, 0
        while i < n:
            x = half(x) + 1.0
            total += x
            i += 1
            if i % 16 == 0:
                x = float(sum([i, 1]))
        return x, total, i

    show(run(N), run(N * 3))


def case_finalizer_writes_to_the_loop():
    class Writer:
        def __init__(self, frame, name, value):
            self.what = frame, name, value

        def __del__(self):
            frame, name, value = self.what
            frame.f_locals[name] = value

    def run(n):
        x, i = 1.5, 0
        seen = []
        frame = sys._getframe()
        while i < n:
            x = x + 0.5
            if i % 25 == 24:
                w = Writer(frame, "x", [7, 2.5, -3][i // 25 % 3])
                w = None
            i += 1
            seen.append(x)
        del frame
        return seen[::5], x, i

    show(run(N * 3))


def case_trace_function_writes_to_the_loop():
    def run(n, tracer):
        x, i = 1, 0
        while i < n:
            x += i
            if i == n // 2:
                sys.settrace(tracer)
                sys._getframe().f_trace = tracer
            i += 1
        sys.settrace(None)
        return x, i

    lines = []

    def tracer(frame, event, arg):
        if frame.f_code is run.__code__ and event == "line":
            lines.append(frame.f_lineno - run.__code__.co_firstlineno)
            if len(lines) == 5:
                frame.f_locals["x"] = 0.5
        return tracer

    before = sys.gettrace()
    try:
        result = run(N * 2, tracer)
    finally:
        sys.settrace(before)
    show(result, len(lines), lines[:12])


def case_exception_in_the_middle():
    def run(values):
        total, i, errors = 0, 0, 0
        while i < len(values):
            try:
                total += 100 // values[i]
            except ZeroDivisionError:
                errors += 1
                total = total * 2 % 10007
            i += 1
        return total, errors

    def escape(values):
        total = 1.0
        i = 0
        try:
            while True:
                total = total + 1.0 / values[i]
                i += 1
        except ZeroDivisionError:
            return "divided", total, i
        except IndexError:
            return "over", total, i

    show(run([(k * 7) % 11 - 3 for k in range(N * 2)]), escape([1.0 + k for k in range(N)]),
         escape([N - 1.0 - k for k in range(N * 2)]))


def case_yields():
    def walk(n):
        x, i = 0.5, 0
        while i < n:
            x = x * 1.01 + i
            if i % 3 == 0:
                got = yield x
                if got is not None:
                    x = got
            i += 1
        return x

    def drive(n):
        g = walk(n)
        out = [next(g)]
        try:
            while True:
                out.append(g.send(None if len(out) % 4 else [1, 2.5, 2 ** 65][len(out) // 4 % 3]))
        except StopIteration as e:
            return out[::6], e.value

    show(drive(N * 2))


def case_identity_and_references():
    def run(n):
        x = 0.5
        i = 1000
        kept = []
        while i < 1000 + n:
            x = x + 0.25
            i += 1
            if i % 20 == 0:
                kept.append(x)
                kept.append(i)
        return kept, sys.getrefcount(x) - sys.getrefcount(0.5 + x), kept[-1] is i

    show(run(N))
