"""min() and max() of numbers."""

import builtins
import math
import zlib

from common import N, anew, plain, report, show, tried

INTS = [0, 1, -1, 256, 257, -5, -6, 1000, 1000, 2**30 - 1, 2**30, 1 - 2**30, -2**30, 2**60, -2**60, 2**63 - 1, -2**63, 2**64, -2**70]
FLOATS = [0.0, -0.0, 1.5, -1.5, 1e308, 5e-324, math.inf, -math.inf, math.nan, -math.nan, 2.0**53]


class Int(int):
    def __lt__(self, other):
        return "less"

    def __gt__(self, other):
        return ""


class Odd:
    def __lt__(self, other):
        raise ValueError("not comparable")

    __gt__ = __lt__


OTHERS = [True, False, Int(4), Odd(), "x", None, 3, 2.5, 1j, 10**30]


def copy(x):
    """Another object of the number, unless there is one only."""
    return float(repr(x)) if type(x) is float else int(str(x)) if type(x) is int else x


def index_of(result, values):
    """Which of the objects it is, or what it is."""
    return [k for k, x in enumerate(values) if x is result] or plain(result)


def case_which_object():
    """The result is an argument: of equals, the first."""
    def two(a, b):
        return index_of(min(a, b), (a, b)), index_of(max(a, b), (a, b))

    def three(a, b, c):
        return index_of(min(a, b, c), (a, b, c)), index_of(max(a, b, c), (a, b, c))

    def run(two, three, values, n):
        out = []
        for i in range(n):
            a, b, c = (copy(values[i * k % len(values)]) for k in (1, 3, 7))
            out.append(tried(two, a, b))
            out.append(tried(three, a, b, c))
            out.append(tried(two, a, copy(a)))
            out.append(tried(three, b, a, copy(b)))
        return out
    for values in INTS[:12], INTS, FLOATS, INTS + FLOATS, OTHERS, [1000], [1e3], [2**40, 2**41], [7, 5]:
        results = run(anew(two), anew(three), values, N // 2)
        print(len(results), zlib.crc32(str(results).encode()), results[-12:])


def case_reductions():
    def run(values, n):
        least = most = values[0]
        for i in range(n):
            x = values[i % len(values)]
            least = min(least, x)
            most = max(most, x)
        return least, most, any(least is x for x in values), any(most is x for x in values)
    for values in INTS[:11], INTS, FLOATS[:6], FLOATS, [1.5, 2, 3.5], [3, 2.0, True]:
        print(*map(plain, anew(run)(values, N)), sep=", ")

    def computed(n):
        best = worst = 0
        for i in range(n):
            cost = i * 7919 % 1009 - 500
            best = max(best, cost * 3)
            worst = min(worst, cost - i)
        return best, worst
    print(computed(N))

    def kept(n):
        best, seen = 1000, []
        for i in range(n):
            before = best
            best = max(best, i * 2)
            seen.append(best is before)
        return best, sum(seen), seen[-5:], seen[:5]
    print(kept(N))


def case_edit_distance():
    def distance(a, b):
        row = list(range(len(b) + 1))
        for i in range(1, len(a) + 1):
            before, row[0] = row[0], i
            for j in range(1, len(b) + 1):
                cost = before + (a[i - 1] != b[j - 1])
                before = row[j]
                row[j] = min(row[j] + 1, row[j - 1] + 1, cost)
        return row[-1]
    print(distance("kitten" * 9, "sitting" * 8), distance("abc", ""), distance("intention" * 7, "execution" * 7))


def case_clamping():
    def ints(n, low, high):
        total = 0
        for i in range(n):
            x = max(low, min(high, i * 37 % 1000 - 300))
            y = min(max(i - 700, 0), 255)
            total += x * 3 + y
        return total
    print(ints(N, 0, 255), ints(N, -100, 100), ints(N, 2**31, 2**40), ints(N, 5.5, 7.5))

    def floats(n, low, high):
        total = 0.0
        for i in range(n):
            x = max(low, min(high, i * 0.37 - 100.0))
            total += x * 0.5 + min(max(x - 0.5, 0.0), 1.0)
        return plain(total)
    print(floats(N, 0.0, 255.0), floats(N, -1.0, 1.0), floats(N, 0, 1), floats(N, math.nan, 1.0))


def case_zeros_and_nans():
    def f(values, n):
        out = []
        for i in range(n):
            a, b = values[i % len(values)], values[i // len(values) % len(values)]
            out.append((min(a + 0.0, b * 1.0), max(a + 0.0, b * 1.0), min(a, b), max(a * 1.0, b), min(a, b, a * 1.0)))
        return out[-len(values)**2:]
    for values in [0.0, -0.0], [math.nan, 1.0, -1.0], FLOATS:
        print([tuple(map(plain, each)) for each in anew(f)(values, N)][:150])


def case_errors():
    def run(values, other, n):
        out = 0
        try:
            for i in range(n):
                out += min(
                    values[i % len(values)],
                    other if i == n - 10 else 5)
        except (TypeError, ValueError) as exc:
            report(exc)
        return out
    for other in "x", None, Odd(), 3, 2.5, Int(1):
        print(anew(run)([1, 2, 3], other, N), anew(run)([1.5], other, N))


def case_other_calls():
    def f(n, pairs):
        out = []
        for i in range(n):
            a, b = pairs[i % len(pairs)]
            out.append((min((a, b)), max([a, b, a]), min(a, b, key=lambda x: -x), max(a, b, a, b), min(*(a, b)),
                        max((), default=a)))
        return out[-4:]
    print(f(N, [(1, 2), (2, 1)]), f(N, [(1.5, 2.5), (3, 1)]))
    print(tried(lambda: [min() if i == 700 else 1 for i in range(800)]), tried(lambda: [max(i) for i in (1, 2)]))


def case_growing():
    """Numbers that do not stay short."""
    def f(n, a, b):
        out = []
        for i in range(n):
            a = max(a, b)
            b = min(a + b, a * 2)
            out.append(a)
            if a > 2**66:
                a = b = 1
        return out
    show(f(N, 1, 1), f(N, 1, 2**29), f(N, -3, 7))

    def at_edges(n, edge):
        out = []
        for i in range(n):
            x = edge - n // 2 + i
            out.append(min(x, edge))
            out.append(max(x, edge))
            out.append(min(x + 1, x - 1, edge))
        return out
    for edge in 2**30, -2**30, 2**60, 256, -5, 2**63:
        show(anew(at_edges)(N, edge))


def case_names_bound_anew():
    def f(n):
        total = 0
        for i in range(n):
            total += min(i, 100) + max(i - 5, 7)
            if i == n - 100:
                builtins.min = lambda *args: 1000
            if i == n - 50:
                builtins.max = lambda *args: 5000
        return total
    kept = min, max
    try:
        print(f(N))
    finally:
        builtins.min, builtins.max = kept


def case_copies():
    """Of what was computed, the same object may be elsewhere too."""
    def f(n):
        same = 0
        for i in range(n):
            a = min((x := i + 1000), i + 2000)
            same += a is x
            b = max((y := i * 0.5), 0.25)
            same += b is y
            z = i + 5000
            c = max(z, i + 10)
            same += c is z
            d = [e := i + 300, e]
            same += min(e, 10**6) is d[0]
        return same
    print(f(N))
