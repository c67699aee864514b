"""Ints that are numbers in registers: sums, products, divisions, shifts and ranges over every edge."""

import itertools
import zlib

from common import N, anew, show, tried

EDGES = [2 ** 30, 2 ** 60, 2 ** 62, 2 ** 63, 2 ** 64]
WIDE = [0, 1, -1, 2, -2, 7, -7, 255, 2 ** 29, 2 ** 30 - 1, 2 ** 30, -2 ** 30, 2 ** 31, 10 ** 12, -10 ** 12 - 1,
        2 ** 53 + 1, 2 ** 59, 2 ** 60 - 1, 1 - 2 ** 60]


class Own(int):
    def __add__(self, other):
        return Own(int(self) + int(other) + 1000)

    def __rsub__(self, other):
        return "rsub", int(other), int(self)

    def __index__(self):
        return 3

    def __lt__(self, other):
        return "less"


def case_crossing_edges():
    def cross(x, step, n):
        out = []
        for k in range(n):
            x += step
            out.append((x, -x, x - 1, ~x))
        for k in range(n):
            x = x - step + k - k
            out.append(x)
        return out, x

    for edge in EDGES:
        for step in (1, 12345):
            run = anew(cross)
            show(run(edge - 1300 * step, step, N), run(1300 * step - edge, -step, N))
    show(cross(EDGES[0] - 50, 1, 100), cross(EDGES[1] - 50, 3, 100), cross(-50, 1, N))


def case_sums_that_are_not_stored():
    def run(a, b, c, n):
        out = []
        for k in range(n):
            out.append((a + b + c + k, a - b - c - k, (a + k) - (b - k) + (c + a), -(a + b) - c, a + b + c > 2 ** 63))
            out.append((a + 2147483648, b - 4294967296, a * 2147483647 + -2147483649, c & 4294967295, c & -4294967296))
        return out

    for top in (2 ** 30 - 700, 2 ** 60 - 1 - 2 * N):
        show(anew(run)(top, top, top, N), anew(run)(-top, top, -top, N))
    big = 2 ** 60 - 1
    show(anew(run)(big, big, 2 ** 63 - 2 * big - 700, N), run(1, 2, 3, N), run(-big, -big, -big, N))


def case_products():
    def powers(base, n):
        out, x = [], 1
        for k in range(n):
            x *= base
            out.append((x, x * x, x * base - x))
            if x > 2 ** 70 or x < -2 ** 70:
                x = 1 + k
        return out

    for base in (2, -2, 3, 1021, -46341, 2 ** 21 + 1, 3037000500):
        show(anew(powers)(base, N))
    out = []
    for k in range(N):
        a, b = 3037000499 - 750 + k, 3037000500
        out.append((a * b, -a * b, a * b - 2 ** 62, a * a * (k % 3), (a * b * a) % 1000003, a * b * a % 2 ** 61))
        c = WIDE[k % 19]
        d = WIDE[k * 7 % 17]
        out.append((c * d, c * d * 0, -c * (d + 1), (c - 1) * (d + 1) + 3))
    show(out)


def case_most_negative():
    def run(a, b, n):
        out = []
        for k in range(n):
            least = (a - 1) * 8                 # -2**63 if a is the least number of two digits
            out.append((least // b, least % b, -least, least - 1, least * b, ~least, abs(least), least >> 63))
            out.append((least << 1, least & -8, least | 1, least ^ -1, least == -2 ** 63, least - k, least / b))
        return out

    least = 1 - 2 ** 60
    for b in (-1, 1, 2, -2, 3, 2 ** 59):
        show(anew(run)(least, b, N // 3), anew(run)(least + 1, b, N // 3))
    show(run(-5, -1, N), run(least, -1, 50), run(2 ** 60 - 1, -1, 50))


def case_division_by_all_signs():
    def run(values, divisors, n):
        out = []
        for k in range(n):
            a, b = values[k % len(values)], divisors[k % len(divisors)]
            out.append((a // b, a % b, a // b * b + a % b == a, (a - k) // (b + b), (a * 4 - k) % (b * 3)))
        return out

    show(anew(run)([7, -7, 8, -8, 0, 1], [2, -2, 3, -3, 7, -7, 8, -8, 9, -9, 100, -100, 1], N))
    show(anew(run)(WIDE, [v for v in WIDE if v], N))
    show(anew(run)(WIDE[13:], [-1, 1, 3, -10 ** 10, 2 ** 40 - 1], N))
    show(anew(run)([2 ** 32 - 1, 2 ** 32, 2 ** 31, 5], [2 ** 32 - 1, 2 ** 32, 2 ** 31, 2 ** 32 + 1, 3], N))
    total = 0
    for k in range(-N, N):
        total = (total + (k // 7) * (k % -5) - (k // -3) + k % 11) % 1000007
    print(total)


def case_division_by_zero():
    def run(a, k):
        x = a * 3 + (
            a // (k % 50 - 7)
        ) - (a
             % (k % 40 - 5))
        x //= k % 30
        x %= k % 35
        return x

    show([tried(run, k * 1234567, k) for k in range(N)])
    show([tried(run, 2 ** 59 - k, k) for k in range(N)])
    show([tried(lambda: k // 0 if k % 3 else k % False) for k in range(N)])


def case_powers_of_two():
    def run(values, b, n):
        out = []
        for k in range(n):
            a = values[k % len(values)] - k
            out.append((a // 1, a % 1, a // 2, a % 2, a // 8, a % 8, a // 2 ** 30, a % 2 ** 30, a // -4, a % -4))
            out.append((a // 2 ** 59, a % 2 ** 59, a // 2 ** 62, a % 2 ** 62, a // 2 ** 64, a % 2 ** 64))
            out.append((a // b, a % b, a * 4 // b, a * 4 % b))
            b = b * 2 if b < 2 ** 58 else 1
        return out

    show(anew(run)([5, -5, 1000, 0], 1, N), anew(run)(WIDE, 1, N))


def case_shifts():
    def run(values, counts, n):
        out = []
        for k in range(n):
            a, s = values[k % len(values)], counts[k % len(counts)]
            out.append(tried(lambda: (a << s, a >> s, (a + k) << s >> s)))
            out.append((a << 3, a >> 3, a << 31, a >> 31, a << 40, a >> 62, a >> 64, 1 << (k & 63), -1 << k % 65))
        return out

    show(anew(run)([1, -1, 5, -1000], [0, 1, 2, 3, 29, 30], N))
    show(anew(run)(WIDE, [*range(70), 100, 200], N))
    show(anew(run)(WIDE, [1, 2, 62, 63, 64, -1, -2 ** 40, 3], N))
    show(anew(run)([0, 0, 3], [1, 5, 2 ** 70, 2 ** 62, True], N))

    def fail(x, n):
        for k in range(n):
            x = (x << 1) & 0xffffff | (
                1 << (n - 5 - k))
        return x

    show(tried(fail, 5, N), tried(anew(fail), 5, 60))


def case_logic():
    def run(values, n):
        out = []
        for k in range(n):
            a, b = values[k % len(values)], values[k * 5 % (len(values) - 1)]
            out.append((a & b, a | b, a ^ b, ~a & b, ~(a | b), a & ~b, -a ^ b, a & 0xff, b & -16, (a & 1) + (b | 1)))
            out.append(((a * 8) & b, (a * 8 + k) ^ (b * 4), (a * 8) | (b << 2), (a & 0x7fffffff) << 31 | b & 0xff))
        return out

    show(anew(run)([1, -1, 1000, -1000, 0], N), anew(run)(WIDE, N), anew(run)([*WIDE, 2 ** 64, -2 ** 90], N))


def case_bools():
    out, total = [], 0
    for k in range(N):
        flag, other = k % 3 == 0, k > 700
        total += flag
        total = total - other + (flag & other) * 2
        out.append((flag & other, flag | other, flag ^ other, flag + other, flag * k, -flag, k << flag, k >> other))
        x = k if k % 20 else flag
        out.append((x + 1, x * 2, x & 1, x | 4, x ^ x, x < 2, x == 1, x % 2, -x, x << 3, x is True))
        x += other
        out.append(x)
    show(out, total)


def case_identity_of_small_ints():
    counts, table, stored = [0] * 6, list(range(-10, 300)), [None] * 2
    x = y = 1000
    for k in range(N):
        a = k % 310 - 10
        counts[0] += a is table[a + 10]
        x = x - 1 if x > -10 else x + 600
        y = y * 1 + 600 if y <= -10 else y - 1
        counts[1] += (x is y) == (-5 <= x <= 256)
        stored[k & 1] = z = x + 1
        counts[2] += stored[k & 1] is z
        w = (k << 40) // (1 << 40) - 100
        counts[3] += w is (k - 100)
        counts[4] += -(k % 6) is ~(k % 6 - 1)
        counts[5] += (k & 255) is (k % 256)
    print(counts, x, y)


def case_other_types_in_the_middle():
    items = [3, True, 2.5, Own(4), 2 ** 70, 1j, "s", None, Own(2 ** 40), 5]

    def run(total, item):
        total = total + item
        total = (total - item) * 3 + (
            item & 7)
        total += 1
        return total, item < 7, 7 - item, item // 2, [10, 20, 30, 40, 50, 60][item]

    out = []
    for k in range(N):
        out.append(tried(run, k, items[k % 2 * 9 if k % 20 else k // 20 % 10]))
    total = 0
    for k in range(N):
        total += 1
        if k in (600, 900, 1200):
            total = (Own(total), float(total), int(total))[k // 300 - 2]
        if k % 100 == 0:
            out.append(total)
    show(out, total)


def case_ranges():
    def run(*args):
        out = []
        for k in range(*args):
            out.append(k)
            if len(out) > N:
                break
        else:
            out.append("end")
        return out

    e, f = 2 ** 30, 2 ** 63
    for args in ((N,), (e - 700, e + 700), (e + N, e - N, -1), (700 - e, -e - 700, -2), (e, 2 ** 44, e - 1), (0,),
                 (5, 4), (0, f - 1, 2 ** 53 - 7), (f - 900, f + 900), (f, f + N), (N, -N, -3), (5, 5), (-1, -1, -1),
                 (True, N), (-f, f - 1, 2 ** 54), (f - 1, -f, -2 ** 53 - 1)):
        show(run(*args), anew(run)(*args))
    show([tried(run, *args) for args in ((1, 2, 0), (2.0,), (Own(5),)) for _ in range(300)])
    show([k * j for k in range(60) for j in range(k)], [k for k in itertools.islice(itertools.count(f - 700), N)])


def case_range_variables():
    def leave(n, how):
        for k in range(n):
            k += 1000
            for j in range(k % 3, 9, 2):
                j *= 2
                if j == 14 and k == how:
                    return k, j
            if k == how + 1:
                break
            k //= how % 5
        return k, j

    show([tried(leave, N, how) for how in (1001, 1700, 1003, 2000, 2600, 999, 1005, 5000)])
    kept, k, m = [], -1, -1
    numbers = iter(range(1000, 1000 + N))
    for k in numbers:
        kept.append(k)
        k += 1
        if k % 5 == 0:
            m = next(numbers, None)
    for m in range(N):
        for k in range(m % 5, m % 9):
            kept.append((m, k))
            m = k + 1
        kept.append((k, m))
    show(kept, k, m)


def case_hashes():
    h, g, data = 2166136261, 14695981039346656037, bytes(k * 7 % 256 for k in range(N))
    for byte in data:
        h = ((h ^ byte) * 16777619) & 0xffffffff
        g = ((g ^ byte) * 1099511628211) & 0xffffffffffffffff
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xedb88320 if crc & 1 else crc >> 1
    a, b, c, d = 1, 1, 88172645463325252, 12345
    for k in range(N):
        a = (a * 1103515245 + 12345) & 0x7fffffff
        b = (b * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        c ^= c << 13 & 0xffffffffffffffff
        c ^= c >> 7
        c ^= c << 17 & 0xffffffffffffffff
        d ^= d << 13 & 0xffffffff
        d ^= d >> 17
        d = (d ^ d << 5) & 0xffffffff
    print(h, g, crc ^ 0xffffffff == zlib.crc32(data), a, b, c, d)


def case_comparisons():
    def run(values, n):
        counts = [0] * 9
        for k in range(n):
            a, b = values[k % len(values)], values[k * 5 % (len(values) - 1)]
            counts[0] += a < b
            counts[1] += a <= b
            counts[2] += (a == b) + (a != b) * 2
            if a > b:
                counts[3] += 1
            if not a >= b + 1:
                counts[4] += 1
            if a * 8 < b * 4 < 2 ** 61:
                counts[5] += 1
            counts[6] += 1 if a - b and not a + b else 0
            counts[7] += bool(a * b) + (not a)
            counts[8] += (a > 2 ** 59) + (b == 2 ** 60 - 1) + (-2 ** 30 <= a < 2 ** 30) + (a == 1.0)
        return counts

    print(anew(run)(WIDE, N), anew(run)([1, 2, 3, -4, 1000], N), anew(run)([*WIDE, 2 ** 60, -2 ** 63, 2 ** 64], N))


def case_with_floats():
    def run(values, n):
        out = []
        for k in range(n):
            a, b = values[k % len(values)], values[k * 5 % (len(values) - 1)]
            out.append((a / (b * 2 + 1), (a + k) / 3, a * 0.5, 0.5 - a, a * 4 + 0.25, (a + b) * 1.5 - k, a / 2 ** 62))
            out.append((a < b + 0.5, a == float(a), a > 1e17, a // 2.0, a % 2.5, int(a / 7 * 7), (a * 8) / (b * 8 - 1)))
        return out

    show(anew(run)(WIDE, N), anew(run)([2 ** 53 - 1, 2 ** 53, 2 ** 53 + 1, -2 ** 53 - 1, 2 ** 54 + 3, 9], N))
    show(anew(run)([1, 2, -3, 1000], N), run([2 ** 30, 2 ** 64 + 1, 10 ** 18 + 1, 5], N))


def case_texts():
    out, x = [], 995
    for k in range(N):
        x = x * 3 + k
        out.append(str(x) + repr(-x) + f"{x:x} {x - 1:,} {x!r}" + "%d" % (x + 1) + hex(x * 2))
        x = x // 2 if x < 2 ** 62 else x & 0xffff
    show(out)


counted = 1000


def case_globals_and_attributes():
    global counted

    class Counter:
        total = 1000

    class Slots:
        __slots__ = ("total",)

    counted, counter, slots, names, out = 1000, Counter(), Slots(), {"total": 1000}, []
    slots.total = 2 ** 30 - 700
    for k in range(N):
        counted += k
        out.append(counted)
        counted -= 1
        counter.total += 3
        x = counter.total
        x += 1
        counter.total = y = x + 1
        y = y * 2
        slots.total += 1
        z = slots.total
        slots.total = z = z + 1
        z -= 1
        names["total"] += y
        w = names["total"]
        w += 1
        out.append((counter.total, slots.total, names["total"], w, x, y, z))
    show(out, counted, Counter.total)


def case_many_at_once():
    def wide(a, b, n):
        out = []
        c, d, e, f, g, h, i, j = range(1000, 9000, 1000)
        for k in range(n):
            c, d, e, f = (c ^ a) + d, (d & b) + e, (e * 3 + f) & 0xffffff, f + g * 2 - h
            g, h, i, j = g + (c & 0xff), (h + d) & 0xfffff, i + (j & 0xf) * a, (j + e) % 1000003
            x = k * 0.5
            y = (a + (b - (c + (d - (e + (f - (g + (h - (i + j + k)))))))) * 2 + (a * b if k % 9 else (b - a) // 2))
            out.append((x * 2.0 + y, y, a + k, b - k, c + d, e - f, g * 2, h + 1, i - 1, j * 3, x + c, x - d, e * 0.5))
            c, f, i = c & 0xffffff, f & 0xfffffff, i % 2 ** 40
        return out, c, d, e, f, g, h, i, j

    show(anew(wide)(5, 7, N), anew(wide)(2 ** 45, -2 ** 50, N))
