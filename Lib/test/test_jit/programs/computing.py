"""Functions in C that compute numbers: len(), abs(), int(), float(), math.sqrt(), math.fabs()."""

import builtins
import math
from math import fabs, sqrt

from common import N, report, where

FLOATS = [0.0, -0.0, 1.5, -1.5, 2.0**53 + 2, -(2.0**59), 2.0**60, -(2.0**60), 2.0**63, 1e300, 5e-324, -5e-324,
          float("inf"), float("-inf"), float("nan"), 0.1, 12345.678]
INTS = [0, 1, -1, 255, 257, -6, 2**30 - 1, -2**30, 2**30, 2**53 + 1, -2**53 - 1, 2**60 - 1, -2**60 + 1, 2**60, -2**60,
        2**63 - 1, -2**63, 2**64, 2**1030]


class Number:
    def __abs__(self):
        return "abs"

    def __int__(self):
        return 77

    def __float__(self):
        return 7.5

    def __len__(self):
        return 7


class Int(int):
    def __abs__(self):
        return "int"


class Float(float):
    def __float__(self):
        return 3.25


OTHERS = [True, False, Number(), Int(-5), Float(-2.5), "12", "x", 1j, None]


def attempt_all(f, values):
    """What the function gives for each value alone, often, and then for all in turn."""
    for values in [[each] for each in values] + [values]:
        out = []
        for i in range(N // 4):
            try:
                result = f(values[i % len(values)])
            except Exception as exc:
                result = type(exc).__name__, str(exc), where(exc)[1:]
            if i >= N // 4 - len(values):
                out.append((type(result).__name__, repr(result)))
        print(out)


def case_abs():
    attempt_all(lambda x: abs(x), FLOATS + INTS + OTHERS)


def case_int():
    attempt_all(lambda x: int(x), FLOATS + INTS + OTHERS)


def case_float():
    attempt_all(lambda x: float(x), FLOATS + INTS + OTHERS)


def case_sqrt():
    attempt_all(lambda x: math.sqrt(x), FLOATS + INTS + OTHERS)


def case_fabs():
    attempt_all(lambda x: math.fabs(x), FLOATS + INTS + OTHERS)


def case_in_expressions():
    def f(n, x, k):
        total = count = 0
        for i in range(n):
            total += math.sqrt(abs(x - i)) * fabs(x) + sqrt(i)
            count += int(total) // 3 + abs(k - i) + int(x) + abs(-7)
            x = float(i) - float(x) / 2
        return total, count, x
    print(f(N, 2.5, 700))
    print(f(N, -3.0, 2**40))


def case_len():
    def f(n, *containers):
        total = 0
        for i in range(n):
            for each in containers:
                total += len(each) * (i & 3) + len(each) // 2
        return total
    print(f(N, [1, 2], (1, 2, 3), "abc\u0105", b"x", {1: 2}, "", {1, 2, 3}, range(9), Number()))
    for each in [1, 2, 3], (), "abc\U0001f600", b"xyz", {1: 2, 3: 4}, {5}, range(4), Number():
        print(f(N, each))


def case_len_changes():
    def f(n):
        numbers, names, total = [], {}, 0
        for i in range(n):
            total += len(numbers) + len(names)
            numbers.append(i)
            if len(numbers) > 9:
                numbers.clear()
            names[i & 7] = total
            total -= len(numbers) + 2 * len(names)
            if len(names) == 8:
                names.popitem()
        return total, len(numbers), len(names)
    print(f(N))


def case_identity():
    """What is exactly of the type already is what comes back."""
    def f(n, x, k):
        same = 0
        for i in range(n):
            same += (float(x) is x) + (int(k) is k)
            y, j = x * i, k * i
            same += (float(y) is y) + (int(j) is j)
        return same
    print(f(N, 2.5, 10**6), f(N, 1e300, 10**30))


def case_identity_of_abs():
    def f(values):
        same = 0
        for i in range(N):
            x = values[i % len(values)]
            same += abs(x) is x
            y = x * 3
            same += (abs(y) is y) + (abs(z := y + 1) is z) + (abs(x - 1) is x)
        return same
    for values in [1000], [-1000], [1000, -1000], [7, -7, 2**40, -2**40, 2**59, -2**59], [2.5, -2.5], [True, 10**30, -10**30]:
        print(f(values))


def case_errors_in_the_middle():
    def f(values):
        done = 0
        try:
            for x in values:
                done += math.sqrt(
                    x) + int(
                    x)
        except (ValueError, OverflowError, TypeError) as exc:
            report(exc)
        return done
    good = [1.0, 4.0, 2.25] * N
    for bad in -1.0, float("inf"), float("nan"), float("-inf"), "x", None, 2**2000, -5:
        print(f(good + [bad] + good))
    print(f([4] * N + [-1]))


def case_names_bound_anew():
    def f(n, x):
        total = 0
        for i in range(n):
            total += abs(x) + math.sqrt(4.0) + len("abc") + int(2.5) + float(3)
            if i == n - 100:
                builtins.abs = lambda x: 1000
                math.sqrt = lambda x: 2000
            if i == n - 50:
                builtins.len, builtins.int, builtins.float = (lambda x: 5000), (lambda x: 6000), (lambda x: 7000)
        return total
    kept = abs, math.sqrt, len, int, float
    try:
        print(f(N, -1.5))
    finally:
        builtins.abs, math.sqrt, builtins.len, builtins.int, builtins.float = kept


def case_without_arguments():
    # Nothing is on the stack below the callable.
    def f(n):
        out = 0.0
        while n:
            x = int()
            y = float()
            z = zip()
            n -= 1
            out += x + y + (str() == "") + isinstance(z, zip)
        return out
    print(f(N))


def case_sizes_are_not_truths():
    def f(n, x):
        out = 0
        for i in range(n):
            if len(x):
                out += 1
            if not len(x):
                out += 2
            if len(x) > 2 and len(x) == i % 5:
                out += 4
        return out
    for x in [], [1], "abcd", {1: 2, 3: 4, 5: 6}:
        print(f(N, x))
