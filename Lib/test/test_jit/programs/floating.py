"""Floats that are numbers in registers: expressions of all shapes, and what may leave in the middle of one."""

import math
import sys
import zlib

from common import N, plain, show, where

VALUES = [0.0, -0.0, 1.0, -1.5, 2.5e-300, 1e308, -1e308, 5e-324, 0.1, math.inf, -math.inf, 2.0 ** 53, 3.0]


class Half(float):
    def __add__(self, other):
        return ("added", float(self), float(other))

    def __rmul__(self, other):
        return ("multiplied", float(other), float(self))

    def __lt__(self, other):
        return "less"


def case_chains():
    def chain(a, b, c, d):
        return a * b + c - d, (a + b) * (c - d), a - b - c - d, -(a * b) - -c, a * a * b + a * a

    results = []
    for k in range(N):
        a, b = VALUES[k % 13], VALUES[k * 5 % 13]
        results.append(chain(a, b, VALUES[k * 7 % 13], k * 0.25))
    show(results)
    total = 0.0
    for row in results:
        for x in row:
            if x - x == 0.0:
                total += x * 0.5
    show(total)


def case_loops():
    total, square, n = 0.0, 1.0, 0
    x = 0.25
    while x < 40.0:
        x += 0.25
        total = total + x * x
        square = square * 1.01 - x / 1000.0
        n += 1
        if total > 9000.0:
            total -= 9000.0
    show(total, square, n)


def case_comparisons():
    nan = math.nan
    counts = [0] * 14
    for k in range(N):
        x, y = VALUES[k % 13], VALUES[k * 3 % 13]
        if k % 11 == 0:
            x = nan
        if k % 17 == 0:
            y = nan
        if x < y:
            counts[0] += 1
        if x <= y:
            counts[1] += 1
        if x == y:
            counts[2] += 1
        if x != y:
            counts[3] += 1
        if x > y:
            counts[4] += 1
        if x >= y:
            counts[5] += 1
        if not x < y:
            counts[6] += 1
        if not x <= y:
            counts[7] += 1
        if not x == y:
            counts[8] += 1
        if not x >= y:
            counts[9] += 1
        counts[10] += x < y
        counts[11] += (x == y) + (x != y)
        if x * 2.0 < y * 2.0 or x - 1.0 > y:
            counts[12] += 1
        counts[13] += 1 if x < y < 100.0 else 0
    print(counts)


def case_always_nan():
    less = other = 0
    for k in range(N):
        x = math.nan
        if x < 1.0:
            less += 1
        else:
            other += 1
        if not x > 1.0:
            other += 1
    print(less, other)


def case_exits_in_the_middle():
    out = []
    for k in range(N):
        a, b = k * 0.5, 3.0 - k
        out.append(a * b + (a if k % 7 else b) * (a - b if k % 5 else 0.5))
        out.append((a + b, a - b, a * (1.5 if k % 3 == 0 else b)))
    show(out)


def case_other_types_in_the_middle():
    items = [0.5, 2, True, 10 ** 30, Half(2.0), 1.25, None, "s", 1j]
    out = []
    for k in range(N):
        item = items[k % 2 if k % 20 else k // 20 % 9]
        a, b = k * 0.25, 1.5
        try:
            out.append(a * b + item)
            out.append(a * b - a * item)
            out.append((a - b) * (item + 1.0))
        except TypeError as exc:
            out.append((type(exc).__name__, str(exc), where(exc)))
    show(out)


def case_division():
    out = []
    for k in range(N):
        try:
            out.append(k * 0.5 + 1.0 / (k % 40 - 20.0) - k / 7)
        except ZeroDivisionError as exc:
            out.append((str(exc), where(exc)))
        try:
            x = k * 1.5
            x /= k % 30
            out.append(x)
        except ZeroDivisionError as exc:
            out.append((str(exc), where(exc)))
    show(out)


def case_division_of_ints():
    out = []
    for k in range(N):
        out.append((0 / (k - 5000), -k / 3, (k + 2 ** 29) / 3, k / (k + 1), 1.0 / ((k + 1) * (k + 2) // 2 + 1)))
    for k in range(N):
        big = 2 ** 30 - 800 + k
        out.append((big / 3, big * 0.1, 0.1 + big, -big / 7, 2.5 - big))
    for k in range(N):
        big = (2 ** 53 - 800 + k) if k % 3 else 10 ** 400 * (k % 2)
        try:
            out.append((big / 3, big * 0.5, 0.5 + big, 0.5 - big))
        except OverflowError as exc:
            out.append((str(exc), where(exc)))
    show(out)


def case_negative():
    out = []
    for k in range(N):
        x = VALUES[k % 13]
        out.append((-x, -(-x), -x * 2.0, -(x * -1.0) + 0.0, - -x - x))
    values = [0.0, 1.5, 3, True, Half(1.5)]
    for k in range(N):
        out.append(-values[0 if k % 10 else k // 10 % 5])
    show(out)


def case_many_at_once():
    def deep(a, b, c, d):
        return (a * b + (b * c + (c * d + (d * a + (a + b + (b - c + (c * c + (d * d + (a * c + (b * d
                + (a - d + (b * b + (a * a + (c - d))))))))))))))

    def wide(a, b, c, d):
        e, f, g, h = a * b, b * c, c * d, d * a
        i, j, k, m = a - b, b - c, c - d, d - a
        return (e + f) * (g + h) - (i * j + k * m) + e * i - f * j + g * k - h * m + (a + e) * (b + f) * (c + i)

    out = []
    for k in range(N):
        x = k * 0.125
        out.append(deep(x, 1.5, 2.0 - x, 0.5))
        out.append(wide(x, 1.5, 2.0 - x, 0.5))
        out.append([x * 2.0, x + 1.0, x - 1.0, x * x, [x * 3.0, (x * 4.0, x if k % 9 else "x", x * 5.0)]])
    show(out)


def case_calls_in_the_middle():
    def half(x):
        return x * 0.5

    def twice(x, y):
        return half(x) + half(y) * 2.0 + x * y

    out = []
    for k in range(N):
        x = k * 0.75
        out.append(x * x + half(x * 3.0 + half(x - 1.0)) * twice(x + 1.0, half(x) * 2.0) - x)
        out.append(x * 2.0 + len(out) * 0.5 + max(x * 0.5, 1.0) + abs(-x * x))
    show(out)


def case_errors_in_the_middle():
    def fail(k):
        if k % 10 == 3:
            raise ValueError(k)
        return k * 1.0

    def outer(k):
        x = k * 0.5
        return [x * x, x - 1.0, x * 3.0 + fail(k) * (x + 1.0)]

    out = []
    for k in range(N):
        try:
            out.append(outer(k))
        except ValueError as exc:
            out.append((str(exc), where(exc)))
    show(out)
    print(out[3:5])


def case_in_generators():
    def gen(n):
        x = 0.5
        for k in range(n):
            y = x * 2.0 + (yield x * x - k) * (x + 1.0)
            x = x * 0.9 + y * 0.01

    total = 0.0
    for _ in range(4):
        g = gen(N)
        value = next(g)
        try:
            while True:
                value = g.send(value * 0.001 - 1.0)
                total += value * 0.5
        except StopIteration:
            pass
    show(total)
    show(sum(x * 1.5 - y * y for x in (0.5, 1.5, 2.5) for y in VALUES[:9]))


def case_attributes_and_items():
    class Body:
        def __init__(self, x, v, m):
            self.x, self.v, self.m = x, v, m

    bodies = [Body([k * 1.5, -k * 0.5, 1.0 + k], [0.0, 0.25 * k, -0.5], 1.0 + k * 0.1) for k in range(4)]
    for _ in range(N // 6):
        for i, a in enumerate(bodies):
            for b in bodies[i + 1:]:
                dx, dy, dz = a.x[0] - b.x[0], a.x[1] - b.x[1], a.x[2] - b.x[2]
                mag = 0.01 / (dx * dx + dy * dy + dz * dz + 0.001)
                for n, d in enumerate((dx, dy, dz)):
                    a.v[n] -= d * b.m * mag
                    b.v[n] += d * a.m * mag
        for a in bodies:
            a.x[0] += 0.01 * a.v[0]
            a.x[1] += 0.01 * a.v[1]
            a.x[2] += 0.01 * a.v[2]
            a.m = a.m * 1.001
    show(*[c for b in bodies for c in (*b.x, *b.v, b.m)])


def case_identity():
    same = different = 0
    kept = []
    for k in range(N):
        x = k * 0.5
        y = z = x + 1.0
        same += y is z
        different += (x + 0.0) is not x
        pair = (y, x * 2.0, y)
        same += pair[0] is pair[2] is z
        kept.append(pair[1])
    print(same, different, len(set(map(id, kept))), sum(kept))
    print(sys.getrefcount(kept[5]))


def case_one_object_in_two_places():
    class Holder:
        pass

    holder, items, names = Holder(), [0.0], {}
    x = y = z = w = u = 0.5
    counts = [0] * 7
    for k in range(N):
        items[0] = y = x * 2.0 + k
        counts[0] += items[0] is y
        holder.x = z = x * 0.5 - k
        counts[1] += holder.x is z
        names["a"] = w = y * z
        counts[2] += names["a"] is w
        u = x = w * 0.0 + 0.25
        counts[3] += u is x
        items[0] = y = w * math.nan
        counts[4] += y in items
        counts[5] += [(z := x + k), z][0] is z
        pair = (w := x - k, w)
        counts[6] += pair[0] is pair[1] is w
    print(counts)


def case_many_variables():
    a, b, c, d, e, f, g, h, i, j = (k * 0.5 for k in range(10))
    for k in range(N):
        a = a * 0.5 + j
        b = b * 0.5 + a
        c = c * 0.5 + b
        d = d * 0.5 + c
        e = e * 0.5 + d
        f = f * 0.5 + e
        g = g * 0.5 + f
        h = h * 0.5 + g
        i = i * 0.5 + h
        j = j * 0.001 + i * 0.001 + a * 0.001 + b * 0.001 + c * 0.001 + d * 0.001 + e * 0.001
    show(a, b, c, d, e, f, g, h, i, j)


def case_many_pending():
    out = []
    for k in range(N):
        x, y = k * 0.5, 1.5
        out.append((x * y, x + y, x - y, x * 2.0, y * x, y + 1.0, y - x, x * x, y * y, x + x, x - 1.0, y * 3.0, x * 4.0,
                    x + 4.0, x - 4.0, y + 4.0, y - 4.0, x * 5.0, y * 5.0, x if k % 9 else y, x * 6.0))
    show(out)


def case_seen_by_a_callback():
    seen = []

    def look(k):
        frame = sys._getframe(1)
        variables = {name: plain(v) for name, v in frame.f_locals.items() if not callable(v)}
        seen.append((frame.f_lineno - frame.f_code.co_firstlineno, variables))
        return k * 0.5

    def function(k):
        a = k * 1.5
        b = a * a + look(k) * (a
                               - look(k) * 2.0)
        return a - b

    out = [function(k) for k in range(N)]
    show(out)
    print(seen[0], seen[1], seen[-1], zlib.crc32(repr(seen).encode()))


def case_special_floats():
    half = Half(0.5)
    out = []
    for k in range(N):
        x = half if k % 20 == 0 else 0.5
        out.append((x + 1.0, 2.0 * x, x < 1.0, x - 1.0, -x, 1 if x < 1.0 else 0))
    show(out)


def case_written_over():
    total = 0.0
    for k in range(N):
        x = k * 0.5
        y = x
        x = x * 2.0 + y
        y = x - y * (x := x + 1.0)
        x, y = y * 0.5, x + y
        total += x - y
        del x
    show(total, y)


def case_recursion():
    def area(a, b, n):
        m = (a + b) * 0.5
        if n == 0:
            return (b - a) * (m * m + 1.0)
        return area(a, m, n - 1) + area(m, b, n - 1)

    for n in range(11):
        show(area(0.0, 3.0, n))


def case_traced_in_the_middle():
    events = []

    def tracer(frame, event, arg):
        events.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return tracer

    def switch(k):
        if k == N - 5:
            sys.settrace(tracer)
        return k * 0.5

    def function(k):
        return k * 1.5 + switch(k) * (k
                                      - 0.5)

    out = []
    try:
        for k in range(N):
            out.append(function(k))
    finally:
        sys.settrace(None)
    show(out)
    print(events)


def case_renewed():
    """Objects that get new values: nobody else may see one change."""
    kept, pairs = [], []

    def keep(x):
        kept.append(x)
        return x

    y = z = w = 0.5
    for k in range(N):
        before = y
        y = y * 0.75 + k
        pairs.append((before, y))
        z = z + 1.0
        keep(z)
        z = z * 0.5
        w, y = y - w, w * 0.5
        if k % 50 == 0:
            w = k
        if k % 70 == 0:
            del y
            y = w * 2.0
        both = w + 0.5, (w := w * 0.5), w
        pairs.append(both)
    show(kept, pairs, y, z, w)


def case_renewed_and_seen():
    seen = []

    def look():
        seen.append(sys._getframe(1).f_locals["y"])
        return 0.5

    def function(n):
        y = 1.0
        cell = 1.0

        def inner():
            return cell

        for k in range(n):
            y = y * 0.5 + k
            y = y - look()
            cell = cell * 0.5 + y
            if k % 9 == 0:
                seen.append(inner())
        return y, cell

    show([function(k % 40) for k in range(N // 8)], seen)


def case_renewed_in_generators():
    def running(values):
        total = 0.0
        for x in values:
            total = total * 0.5 + x
            yield total
            total = total - 0.25

    out = []
    for k in range(40):
        out.append(list(running(j * 0.5 for j in range(k + 20))))
    for a, b in zip(running([0.5] * N), running([1.5] * N)):
        out.append(a - b)
    show(out)


def case_renewed_unset():
    def function(n):
        for k in range(n):
            x = k * 0.5
            y = x + 0.25
            if k % 3:
                del y
            else:
                x = y * 2.0
        return x

    show([function(1 + k % 5) for k in range(N)])
