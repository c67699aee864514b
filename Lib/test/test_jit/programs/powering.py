"""Powers of floats, which are calls of C in the middle of numbers in registers."""

import math
import sys

from common import N, plain, show, where

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 1.5, -1.5, math.inf, -math.inf, math.nan, 5e-324, -5e-324,
           2.2250738585072014e-308, 1e-200, 1e200, -1e200, 1.7976931348623157e308, 0.1, 1 / 3, 2.0 ** 52 + 1, -(2.0 ** 53), 1023.0,
           1024.0, -1074.0, -1075.0, 1e18, 0.9999999999999999]
OTHERS = [0, 1, -1, 2, -2, 3, -3, 1000, -1000, 2 ** 30, -(2 ** 30), 2 ** 53 + 1, 2 ** 62, 2 ** 63, 2 ** 64, 10 ** 30, 10 ** 400, True, False,
          0.5 + 1j]


class Other(float):
    """With an operation of its own."""

    def __pow__(self, exponent, modulus=None):
        return "pow", float(self), exponent, modulus

    def __rpow__(self, base, modulus=None):
        return "rpow", base, float(self), modulus


class Plain(float):
    """Without."""


def power(x, y):
    return x ** y


def in_place(x, y):
    x **= y
    return x


def raised(function, x, y):
    """Its result, or its exception with the lines that it came through."""
    try:
        return function(x, y)
    except Exception as exc:
        return type(exc).__name__, str(exc), where(exc)


def case_all_pairs():
    values = [*SPECIAL, *OTHERS]
    out = []
    for _ in range(3):
        for x in values:
            for y in values:
                if type(x) is int and type(y) is int:
                    continue
                out.append(raised(power, x, y))
    show(out)


def case_of_each_with_each_while_hot():
    def loop(pairs):
        out = []
        for x, y in pairs:
            try:
                out.append(x ** y)
            except (ZeroDivisionError, OverflowError) as exc:
                out.append((str(exc), where(exc)))
        return out

    for y in SPECIAL:
        show(loop([(1.5 + k * 0.25, y) for k in range(30)] + [(x, y) for x in SPECIAL]))
        show(loop([(y, 1.5 + k % 7) for k in range(30)] + [(y, x) for x in SPECIAL]))


def case_in_place():
    out = []
    for k in range(N):
        x = 1.0 + k * 0.001
        y = x
        x **= 1.5
        y **= 2
        k **= 0.5
        out.append((x, y, k, raised(in_place, x - 2.0, y)))
    show(out)


def case_other_types_in_between():
    items = [2.0, 3, True, Other(2.0), Plain(2.0), 10 ** 400, -1.5, 1j, None, "s"]
    out = []
    for k in range(N):
        item = items[0 if k % 20 else k // 20 % len(items)]
        base = 1.5 if k % 3 else 2.0
        out.append(raised(power, base, item))
        out.append(raised(power, item, base))
        try:
            out.append(base * 2.0 + item ** base)
        except (TypeError, OverflowError) as exc:
            out.append((type(exc).__name__, str(exc), where(exc)))
    show(out)


def case_with_a_modulus():
    out = []
    for k in range(N // 4):
        out.append(pow(k + 0.5, 2.0))
        out.append(pow(k, 3, 7))
        try:
            pow(k + 0.5, 2.0, 3)
        except TypeError as exc:
            out.append(str(exc))
    show(out)


def case_to_complex():
    out = []
    for k in range(N):
        x = 2.0 if k % 10 else -2.0
        z = x ** 0.5
        out.append((type(z).__name__, str(z)))
    print(out[::150])


def case_in_the_middle_of_many():
    def deep(a, b, c, d):
        return (a * b + (b * c + (c * d + (d * a + (a + b + (b - c + (c * c + (d * d + (a * c + (b ** d
                + (a - d + (b * b + (a * a + (c - d) ** 2)))))))))))))

    def wide(a, b, c, d, j):
        e, f, g, h = a * b, b * c, c * d, d * a
        i, k, m, n = a - b, b - c, c - d, d - a
        p, q, r = j + 1, j * 3, j ^ 5
        s = (b ** c) * e + f - g * h
        t = (i ** 2 + k ** 2 + m ** 2 + n ** 2) ** 0.5
        return s, t, e, f, g, h, i, k, m, n, p, q, r, p * q - r, e * f + g * h

    out = []
    for k in range(N):
        x = k * 0.125 + 0.5
        out.append(deep(x, 1.5, 2.0 - x, 0.5))
        out.append(wide(x, 1.5, 2.0 - x, 0.5, k))
    show(out)


def case_both_kinds_of_registers():
    out = []
    items = [k * 3 for k in range(20)]
    for k in range(N):
        a, b, c, d = k + 1, k * 2, k - 7, k & 15
        x, y = k * 0.5, 1.25
        out.append(a * b + int(x ** y) + (c - d) * items[d] + a + (b if x ** 0.5 < 12.0 else c))
        out.append(x * y + x ** 2 * a - y ** d + b)
    show(out)


def case_carried():
    x, y, z, n = 1.0, 2.0, 0.5, 0
    for k in range(N):
        x = (x * x + k) ** 0.5
        y = y + x ** 0.25 * z
        z = z * 0.5 + (y / (1.0 + k + y)) ** 2
        n += k ^ 3
        if k % 300 == 299:
            show(x, y, z, n)
    s = 0.0
    for k in range(1, N):
        s += 1.0 / k ** 2.0
        s -= (k & 7) ** -1.5 if k & 7 else 0.0
    show(s)


def case_twice_the_same():
    x = 1.0
    for k in range(N):
        x = (1.0 + x / (k + 2)) ** 1.0
        y = x ** x
        z = x ** x + y ** y
        y = y ** y
        if k % 200 == 0:
            show(x, y, z)


def case_overflow_at_last():
    def grow(x, n):
        out = []
        for k in range(n):
            out.append(x ** k)
        return out

    for x in (2.0, 1e10, 10.0, 0.01, -3.0, 1.0000001):
        try:
            show(grow(x, N))
        except OverflowError as exc:
            print(str(exc), where(exc))


def case_division_by_zero():
    def inverse(values):
        out = []
        for v in values:
            out.append(v ** -1.0)
        return out

    for zero in (0.0, -0.0):
        try:
            inverse([1.0 + k for k in range(90)] + [zero])
        except ZeroDivisionError as exc:
            print(str(exc), where(exc))


def case_objects_are_not_changed():
    kept = []
    x = y = 1.5
    for k in range(N):
        before = x
        x = x ** 1.01
        y = x
        kept.append((before, x))
        x **= 0.5
        kept.append(y)
        if x > 100.0:
            x = 1.5
    show(kept, x, y)


def case_what_is_seen_from_a_finalizer():
    seen = []

    class Loud:
        def __del__(self):
            frame = sys._getframe(1)
            seen.append((frame.f_lineno - frame.f_code.co_firstlineno,
                         [plain(frame.f_locals.get(name, "unset")) for name in ("x", "y", "k")]))

    def loop(n):
        x, y = 1.5, 2.0
        for k in range(n):
            x = x ** 0.5 + 1.0
            loud = Loud() if k % 50 == 0 else None
            y = x ** y * 0.001 + 1.0
            loud = None
            x = y ** 2.0 + x
        return x, y

    show(loop(N))
    print(len(seen), seen[:3], seen[-1])
