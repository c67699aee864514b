"""Numbers: small and large ints, floats, bools, complex, mixtures of them."""

import operator
from common import N, attempt, report

EDGES = [0, 1, -1, 2**15, 2**30 - 1, 2**30, -2**30, 2**31, 2**60, 2**61, 2**62 - 1,
         2**62, -2**62, 2**63 - 1, 2**63, -2**63, 2**64, 2**64 + 1, 10**30]


def accumulate(start, step, n):
    total = start
    for _ in range(n):
        total += step
    return total


def case_int_sums_cross_digit_boundaries():
    for edge in EDGES:
        for step in (1, -1, 3, 2**29, -2**61):
            print(edge, step, accumulate(edge - 5 * step, step, 10),
                  accumulate(edge - 300 * step, step, 600))


def case_int_products():
    for edge in EDGES:
        product = 1
        seen = 0
        for i in range(N):
            product = product * (edge + i) % 1000000007
            seen ^= product
        print(edge, product, seen)


def case_int_differences():
    for edge in EDGES:
        value = edge
        smallest = edge
        for i in range(N):
            value = value - i * i * 3
            if value < smallest:
                smallest = value
        print(value, smallest)


def case_every_binary_operator():
    operators = {
        "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
        "/": lambda a, b: a / b, "//": lambda a, b: a // b, "%": lambda a, b: a % b,
        "&": lambda a, b: a & b, "|": lambda a, b: a | b, "^": lambda a, b: a ^ b,
        "<<": lambda a, b: a << (b & 31), ">>": lambda a, b: a >> (b & 31),
        "**": lambda a, b: a ** (b & 7),
        "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    }
    for name, function in operators.items():
        results = []
        for i in range(500):
            results.append(function(i - 100, i % 7 + 1))
        for a in EDGES:
            for b in (1, 2, 3, -7, 2**30, 2**62):
                results.append(function(a, b))
        print(name, hash(tuple(results)), results[::97])


def case_inplace_operators():
    a, b, c, d, e, f = 1, 1, 2**70, 12345678901234567890, 7, -1
    for i in range(1, N):
        a += i
        b *= 3
        b %= 1000003
        c -= i * 12345678901
        d //= 1 + (i % 3)
        d += 10**18
        e <<= i % 3
        e &= 0xffffffff
        e |= 1
        e ^= i
        f >>= 1
        f -= i
    print(a, b, c, d, e, f)


def case_unary_operators():
    out = []
    for i in range(N):
        x = i - N // 2
        out.append((-x, +x, ~x, not x, -float(x), not not x, abs(x)))
    print(out[0], out[N // 2], out[-1], hash(tuple(out)))
    big = -2**62
    for _ in range(400):
        big = -(big - 1)
        big = ~big
    print(big)


def case_division_and_remainder_signs():
    for d in (3, -3, 2**31, -2**62, 7.5, -0.25):
        total = 0
        for n in range(-N, N):
            total = (total * 31 + int(n // d) + int((n % d) * 8)) % 2**61
        print(d, total, divmod(-N, d))


def case_zero_division_inside_a_hot_loop():
    def run(n, bad):
        total = 0
        for i in range(n):
            total += 100 // (i - bad)
        return total
    for bad in (-1, 700, N - 1):
        attempt(run, N, bad)
    caught = 0
    for i in range(N):
        try:
            1 / (i % 5)
        except ZeroDivisionError as exc:
            caught += 1
            last = exc
    print(caught)
    report(last)


def case_negative_shift():
    def run(n):
        x = 1
        for i in range(n):
            x = (x << (600 - i)) & 0xffff | 1
        return x
    attempt(run, 600)
    attempt(run, N)


def case_floats():
    x, y, z = 0.0, 1.0, -0.0
    for i in range(N):
        x += 0.1
        y *= 1.0000001
        z = z - x / (y + i)
    print(x.hex(), y.hex(), z.hex())
    value = 1.5
    steps = 0
    while value < 1e308:
        value *= 1.7
        steps += 1
    print(value, steps)
    for _ in range(N):
        value *= 10.0
    print(value, -value, value - value, (value - value) == (value - value))


def case_nan_infinity_and_negative_zero():
    nan, inf = float("nan"), float("inf")
    for v in (nan, inf, -inf, 0.0, -0.0, 5e-324, 1.7976931348623157e308):
        lt = eq = ne = truth = 0
        total = v
        for i in range(400):
            lt += v < i
            eq += v == v
            ne += v != v
            truth += bool(v)
            total = total + v * 0.5 - v
        print(repr(v), lt, eq, ne, truth, repr(total), repr(-v), repr(v * -1))


def case_float_overflow_and_errors():
    def power(n):
        x = 10.0
        for i in range(n):
            x = 10.0 ** (i % 300)
        return x ** 2 ** n
    attempt(power, 500)

    def to_int(n, v):
        t = 0
        for i in range(n):
            t += int(v if i == n - 1 else 2.5 * i)
        return t
    for v in (1e300, float("inf"), float("nan"), -2.7):
        attempt(to_int, N, v)


def case_bool_as_int():
    total, flags = 0, True
    for i in range(N):
        b = i % 3 == 0
        total += b
        total = total * (b + 1) % 99991
        flags = flags & b | (i > 5)
        flags ^= True
    print(total, flags, type(flags), True + True, type(total))
    print([type(x & True).__name__ for x in (1, True, 2**70)])


def mixed(values, n):
    total = 0
    for i in range(n):
        total = total + values[i % len(values)]
    return total


def case_polymorphic_addition():
    print(repr(mixed([1], N)))
    print(repr(mixed([1, 2.5], N)))
    print(repr(mixed([1, 2.5, True, 2**40], N)))
    print(repr(mixed([1, 2.5, True, 2**70, 3 + 4j], N)))
    print(repr(mixed([1], N)))
    attempt(mixed, [1] * 999 + ["x"], N)
    attempt(mixed, [1] * 999 + [None], N)


def case_comparisons_of_mixed_types():
    values = [1, 1.0, True, 2**53, float(2**53), 2**53 + 1, "a", "b", (1,), None, 1 + 0j]
    table = []
    for i in range(N):
        a = values[i % 11]
        b = values[(i * 7 // 11) % 11]
        row = [a == b, a != b]
        for compare in (operator.lt, operator.ge):
            try:
                row.append(compare(a, b))
            except TypeError as exc:
                row.append(str(exc))
        try:
            row.append(a <= b)
        except TypeError as exc:
            row.append(str(exc))
        table.append(tuple(row))
    print(hash(tuple(map(str, table))), table[:60])


def case_chained_comparisons():
    hits = [0, 0, 0]
    for i in range(N):
        if 10 < i <= 20 < i + 15:
            hits[0] += 1
        if 0 <= i % 7 < 3 != i % 5:
            hits[1] += 1
        hits[2] += 1 if not 3 < i < 1000 else 2
    print(hits)


class MyInt(int):
    def __add__(self, other):
        return MyInt(int(self) + int(other) + 1)


class MyFloat(float):
    def __radd__(self, other):
        return f"{other}+{float(self)}"


def case_subclasses_of_numbers():
    total = MyInt(0)
    for i in range(N):
        total = total + i
    print(total, type(total).__name__)
    plain = 0
    for i in range(N):
        plain = plain + (MyInt(i) if i % 2 else i)
    print(plain, type(plain).__name__)
    out = set()
    for i in range(600):
        out.add(i + MyFloat(2) if i > 500 else i + 2)
    print(len(out), sorted(map(str, out))[-5:])


def case_complex():
    z, c, n = 0j, -0.4 + 0.6j, 0
    for i in range(N):
        z = z * z + c
        n += abs(z) < 2
    print(z, n)
    m = 0
    for y in range(-12, 12):
        for x in range(-20, 12):
            z = 0j
            for k in range(30):
                z = z * z + complex(x / 10, y / 10)
                if z.real * z.real + z.imag * z.imag > 4:
                    break
            m = m * 31 + k & 0xffffffff
    print(m)


def case_collatz():
    longest = (0, 0)
    for n in range(1, 700):
        steps, x = 0, n
        while x != 1:
            x = x // 2 if x % 2 == 0 else 3 * x + 1
            steps += 1
        longest = max(longest, (steps, n))
    print(longest)


def case_large_factorial_and_gcd():
    product = 1
    for i in range(1, 400):
        product *= i
    print(hash(product), product.bit_length())
    a, b = product, 3**500
    steps = 0
    while b:
        a, b = b, a % b
        steps += 1
    print(a, steps)


def case_power():
    total = 0
    for i in range(N):
        total += i ** 2 + 2 ** (i % 70) - (i ** 0.5 > 10)
    print(total)
    print([(-2) ** i for i in range(300)][-1] < 0, pow(3, N, 1009))
    out = []
    for i in range(400):
        out.append(2 ** (i - 200 if i % 2 else 3))
    print(hash(tuple(out)), out[1], out[-1])


def case_identity_of_small_ints():
    hits = 0
    for i in range(N):
        a = i % 300 - 20
        b = (i + 300) % 300 - 20
        hits += (a is b) == (-5 <= a <= 256) or a == b
    print(hits)
    x = 250
    same = []
    for i in range(300):
        x = x + 1 if i % 2 else x - 1
        same.append(x is 249 + i % 2)
    print(same.count(True))


def case_round_and_builtins_on_numbers():
    out = []
    for i in range(-N, N, 3):
        x = i / 7
        out.append((round(x), round(x, 1), int(x), divmod(i, 7), abs(x), min(i, 3), max(x, 2)))
    print(hash(tuple(out)), out[0], out[-1])


def case_type_changes_in_a_running_sum():
    total = 0
    history = []
    for i in range(N):
        total += 1
        if i == 400:
            total = float(total)
        elif i == 800:
            total = complex(total)
        elif i == 1000:
            total = 2**62 - 100
        if i % 250 == 0:
            history.append(total)
    print(history, total)
