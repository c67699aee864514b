"""Functions of math, which are calls of C in the middle of numbers in registers."""

import math
from math import cos, exp, log, sin

from common import N, show, where

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 0.9999999999999999, -0.9999999999999999, 1.0000000000000002, 2.0, -2.0, 1.5, math.pi,
           math.inf, -math.inf, math.nan, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-200, 1e200, -1e200, 1.7976931348623157e308, 709.7,
           709.8, 710.4, 711.0, -745.0, -746.0, 1023.9999, 1024.0, -1074.0, -1075.0, -1080.0, 26.0, 27.3, 1e16, 1e22]
OTHERS = [0, 1, -1, 2, 3, 1000, -1000, 2 ** 30, -(2 ** 30), 2 ** 53 + 1, 2 ** 62, 2 ** 63, 2 ** 64, 10 ** 30, 10 ** 400, True, False, None,
          "s", 0.5 + 1j]
NAMES = ["acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1", "fabs", "gamma",
         "lgamma", "log", "log10", "log1p", "log2", "sin", "sinh", "sqrt", "tan", "tanh"]


class Floats:
    """Not a float, but with the methods."""

    def __init__(self, value):
        self.value = value

    def __float__(self):
        return self.value


class Plain(float):
    """A float of another type."""


def raised(function, *arguments):
    """Its result, or its exception with the lines that it came through."""
    try:
        return function(*arguments)
    except Exception as exc:
        return type(exc).__name__, str(exc), where(exc)


LOOPS = """
def loop(values):
    out = []
    for x in values:
        try:
            out.append(math.{0}(x))
        except (ValueError, OverflowError, TypeError) as exc:
            out.append((type(exc).__name__, str(exc), where(exc)))
    return out

def bare(values):
    total = 0.0
    for x in values:
        total = total * 0.5 + math.{0}(x * 0.25 + 1.0)
    return total
"""


def made(name):
    """Two loops that call a function of math."""
    namespace = {"math": math, "where": where}
    exec(LOOPS.format(name), namespace)
    return namespace["loop"], namespace["bare"]


def case_each_with_all_values():
    for name in NAMES:
        loop, bare = made(name)
        usual = [0.25 + k / 128 for k in range(60)] if name != "acosh" else [1.25 + k / 128 for k in range(60)]
        print(name)
        show(loop(usual + SPECIAL + OTHERS + [Floats(0.5), Plain(0.5)]))
        show(loop([x for x in SPECIAL for _ in range(30)]))
        show(raised(bare, [k / 64 for k in range(-90, 60)]))
        show(loop([True, 0, 1, 2] * 20 + [2 ** 53 + 1, 2 ** 63, 10 ** 400, -1]))


def case_always_raising():
    def always(x, n):
        count = 0
        for k in range(n):
            try:
                count += log(x)
            except ValueError:
                count += 1
        return count

    for x in (-1.0, 0.0, 2.0, -1, 0, 2):
        show(always(x, N))

    def too_large(x, n):
        count = 0
        for k in range(n):
            try:
                exp(x + k)
            except OverflowError:
                count += 1
        return count

    show(too_large(700.0, N), too_large(-800.0, N))


def case_infinite_and_not_a_number():
    def loop(x, n):
        out = []
        for k in range(n):
            out.append(exp(x) + math.tanh(x))
        return out

    for x in (math.inf, -math.inf, math.nan):
        show(loop(x, N // 4))


def case_in_the_middle_of_many():
    def deep(a, b, c, d):
        return (a * b + (b * c + (c * d + (d * a + (a + b + (b - c + (c * c + (d * d + (a * c + (sin(b)
                + (a - d + (b * b + (a * a + cos(c - d))))))))))))))

    def wide(a, b, c, d, j):
        e, f, g, h = a * b, b * c, c * d, d * a
        i, k, m, n = a - b, b - c, c - d, d - a
        p, q, r = j + 1, j * 3, j ^ 5
        s = exp(-b) * e + f - g * h
        t = log(i ** 2 + k ** 2 + m ** 2 + n ** 2 + 1.0)
        return s, t, e, f, g, h, i, k, m, n, p, q, r, p * q - r, e * f + g * h

    out = []
    for k in range(N):
        x = k * 0.125 + 0.5
        out.append(deep(x, 1.5, 2.0 - x, 0.5))
        out.append(wide(x, 1.5, 2.0 - x, 0.5, k))
    show(out)


def case_carried():
    x, y, z, n = 1.0, 2.0, 0.5, 0
    for k in range(N):
        x = sin(x) * 3.0 + k
        y = y + cos(x) * z
        z = z * 0.5 + exp(-abs(y))
        n += k ^ 3
        if k % 300 == 299:
            show(x, y, z, n)


def case_objects_are_not_changed():
    kept = []
    x = y = 1.5
    for k in range(N):
        before = x
        x = cos(x)
        y = x
        kept.append((before, x))
        x = x + 1.0
        kept.append(y)
    show(kept, x, y)


def case_replaced_while_hot():
    def loop(n):
        total = 0.0
        for k in range(n):
            total += math.sin(k * 0.5)
            if k == n // 2:
                math.sin = lambda x: x
        return total

    original = math.sin
    for _ in range(3):
        try:
            show(loop(N))
        finally:
            math.sin = original


def case_logarithm_with_a_base():
    out = []
    for k in range(1, N):
        out.append(math.log(k))
        out.append(math.log(k, 2))
        out.append(math.log(k + 0.5, 10.0))
        out.append(raised(math.log, k * 1.5, 1.0))
        out.append(raised(math.log, k - 20.0))
    show(out)


def case_attributes():
    class Point:
        def __init__(self, i):
            self.x = x = sin(i)
            self.y = cos(i) * 3
            self.z = (x * x) / 2

        def __repr__(self):
            return f"{self.x!r} {self.y!r} {self.z!r}"

    show([Point(i) for i in range(N)])
