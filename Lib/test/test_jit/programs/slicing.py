"""Slices of builtin types and of others, and stores to them."""

import gc
from array import array

from common import N, where


class Number:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


BOUNDS = [None, 0, 1, -1, 2, -2, 5, 7, -9, 2**30, -2**30, 2**62, 2**70, -2**70, True, Number(3)]
CONTAINERS = [list(range(7)), tuple("abcdefg"), "abcdefg", "\u0105bc\U0001f600defg", b"abcdefg", [], (), "", b"", range(7)]


def case_two_bounds():
    def f(container, i, j):
        return container[i:j], container[i:], container[:j], container[:]
    for container in CONTAINERS:
        for i in BOUNDS:
            print([f(container, i, j) for j in BOUNDS])


def case_three_bounds():
    def f(container, i, j, k):
        return container[i:j:k], container[::k], container[i::k]
    for container in CONTAINERS:
        for k in None, 1, -1, 2, -3, 2**30, -2**70, True, Number(-2):
            print([f(container, i, j, k) for i in BOUNDS for j in (None, 0, 3, -2, Number(1))])


def case_step_of_a_constant():
    def f(numbers):
        total = 0
        for i in range(N):
            part = numbers[i % 7::-1]
            total += len(part) * part[-1] + part[0]
            total += len(numbers[::2]) + len(numbers[5:0:-2])
        return total, part
    print(f(list(range(3, 10))))


def case_whole_ones_are_the_same():
    def f(container):
        same = 0
        for i in range(N):
            same += container[:] is container
            same += container[0:99] is container
            same += container[-99:] is container
        return same
    for container in CONTAINERS:
        print(f(container))


def case_errors():
    def f(container, i, j, k):
        try:
            return container[i:j:k]
        except Exception as e:
            return type(e).__name__, str(e), where(e)
    for i in range(N):
        last = [f(container, i % 3, 5, 0) for container in CONTAINERS]
        last += [f(container, "x", 5, 1) for container in CONTAINERS]
        last += [f(container, 1, 2.5, 1) for container in CONTAINERS]
        last += [f(None, 1, 2, 1), f({}, 1, 2, 1), f(7, None, None, -1)]
    print(last)


def case_errors_of_what_is_known():
    def f(text, i):
        try:
            part = text[i:]
            if i == N - 1:
                return part[
                    ::0]
            return part[::2]
        except ValueError as e:
            return str(e), where(e)
    for text in "abc", [1, 2], (3, 4), b"xyz":
        for i in range(N):
            last = f(text, i)
        print(last)


def case_types_of_the_programs_own():
    class Log:
        def __getitem__(self, key):
            return key

        def __setitem__(self, key, value):
            self.last = key, value

    class List(list):
        def __getitem__(self, key):
            return "mine", key

        def __setitem__(self, key, value):
            super().__setitem__(key, [*value, "mine"])

    def f(log, numbers):
        for i in range(N):
            out = log[i:], log[:i], log[i:i + 1], log[::i], log[i:2:"x"]
            log[i:"y"] = i
            part = numbers[1:2], numbers[::-1]
            numbers[1:] = [i]
        return out, log.last, part, list(numbers)
    print(f(Log(), List([1, 2, 3])))


def case_store():
    def f(target, i, j, value):
        target[i:j] = value
        return target
    for i in BOUNDS:
        for j in BOUNDS:
            for value in [], [10], [10, 11], (12, 13, 14), "xy", range(3), {5: 6}:
                print(f(list(range(7)), i, j, value), end=" ")
            print(f(list(range(7)), i, j, [10, 11, 12, 13, 14, 15, 16]))


def case_store_of_a_new_list():
    def f(numbers):
        for i in range(N):
            k = i % len(numbers)
            numbers[:k + 1] = numbers[k::-1]
            numbers[1:4] = [numbers[3], i, numbers[1]]
            numbers[2:2] = []
            numbers[:] = numbers[::-1]
        return numbers
    print(f(list(range(1000, 1009))))


def case_the_value_is_used_afterwards():
    def f(numbers):
        other = [-1, -2, -3]
        kept = []
        for i in range(N):
            numbers[:3] = other
            other[0] = i + 1000
            numbers[3:6] = value = [i, i + 1, i + 2]
            kept.append(value)
            numbers[i % 3:i % 3 + 3] = kept[-1]
        return numbers, other, kept[-2:]
    print(f(list(range(9))))


def case_store_into_itself():
    def f(numbers):
        for i in range(N):
            numbers[:] = numbers
            numbers[2:4] = numbers[:2]
            numbers[:5] = numbers
            del numbers[9:]
        return numbers
    print(f(list(range(9))))


def case_what_is_replaced_is_released_in_order():
    class Noisy:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            log.append((self.name, [type(each).__name__ for each in items]))

    def f():
        for i in range(N):
            items[:] = [Noisy(i), 1, Noisy(-i)]
            items[0:2] = [2, Noisy(i + 0.5)]
            items[1:] = [3]
            items[1:1] = [Noisy("x"), Noisy("y")]
            items[1:3] = [4, 5]
    log, items = [], [0, 0, 0]
    f()
    items.clear()
    print(len(log), log[-14:])


def case_values_that_change_the_list():
    def f(target, value):
        target[-1:] = value

    def g(target, value):
        target[1:] = value

    def grow(target, n):
        for k in range(n):
            target.append(k)
        yield "x"
    for n in 0, 2:
        for i in range(N):
            a, b = [1, 2, 3], [1, 2, 3]
            f(a, grow(a, n) if i > N // 2 else [5])
            g(b, grow(b, n) if i > N // 2 else (5, 6))
        print(a, b)


def case_finalizers_see_what_is_assigned():
    class Noisy:
        def __del__(self):
            seen.append((sum(each is mark for l in gc.get_referrers(mark) if type(l) is list for each in l), len(items)))

    def f():
        for i in range(N):
            items[:] = [mark, Noisy()]
            items[1:] = [mark]
            items[0:1] = [Noisy()]
    mark, seen, items = [], [], [0, 0]
    f()
    items.clear()
    print(len(seen), sorted(set(seen[50:])))


def case_order_of_releases():
    class Bound:
        def __init__(self, n):
            self.n = n

        def __index__(self):
            return self.n

        def __del__(self):
            log.append(self.n)

    class List(list):
        def __del__(self):
            log.append("list")

    def f():
        for i in range(N):
            List([1, 2, 3, 4, 5])[Bound(0):Bound(4):Bound(2)]
            List([1, 2, 3, 4, 5])[Bound(1):Bound(3)]
            List([1, 2, 3, 4, 5])[Bound(1):Bound(3)] = [Bound(7)]
    log = []
    f()
    print(len(log), log[:16], log[-16:])


def case_errors_of_stores():
    def f(target, i, j, value):
        try:
            target[i:j] = value
        except Exception as e:
            return type(e).__name__, str(e), where(e)
        return target
    for i in range(N):
        last = [f([1, 2, 3], 0, 1, 7), f([1, 2, 3], "x", 1, []), f((1, 2), 0, 1, []), f("abc", None, None, "x")]
        last += [f([1, 2, 3], 0, 1, None), f(None, 0, 1, [7]), f([1, 2, 3], 0, 1, (each // 0 for each in [1]))]
    print(last)


def case_other_targets():
    def f(text, numbers):
        for i in range(N):
            text[i % 3:5] = b"xyz"
            text[:2] = text[1:3]
            numbers[1:3] = numbers[:2]
            numbers[:1] = numbers[2:]
            del numbers[5:]
        return text, numbers
    print(f(bytearray(b"abcdef"), array("d", [1, 2, 3, 4])))


def case_bounds_that_change():
    def f(text, bounds):
        out = []
        for i, j in bounds:
            out.append(text[i:j])
        return out
    pairs = [(i % 5, i % 7) for i in range(N)] + [(None, 3), (2**40, 2**41), (Number(1), 4), (True, 3), (-3, None)]
    for text in "abcdefgh", [1, 2, 3, 4], "abc\u0105":
        print(f(text, pairs * 2)[-30:])
