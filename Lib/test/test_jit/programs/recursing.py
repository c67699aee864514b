"""Recursion, up to RecursionError."""

import sys
import weakref
from common import attempt, report, where

# list.sort() takes kilobytes of the C stack, and python.exe has 2 MB of it: without a JIT, that ends before the limit is reached.
HAS_STACK = sys.platform != "win32"


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def case_numbers():
    print(fib(19), ackermann(2, 30), [is_even(n) for n in (0, 1, 500, 501)] * 2)
    print(sum(fib(n % 12) for n in range(200)))


def hanoi(n, a, b, c, moves):
    if n:
        hanoi(n - 1, a, c, b, moves)
        moves.append((a, c))
        hanoi(n - 1, b, a, c, moves)


def permutations(items):
    if not items:
        yield ()
    for i, x in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1:]):
            yield (x, *rest)


def case_structures():
    moves = []
    hanoi(9, "a", "b", "c", moves)
    print(len(moves), moves[-3:])
    print(len(list(permutations([1, 2, 3, 4, 5]))), list(permutations("abc")))

    def flatten(x):
        return [z for y in x for z in flatten(y)] if isinstance(x, list) else [x]
    nested = 1
    for i in range(200):
        nested = [nested, i]
    print(len(flatten(nested)))


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


def case_depths():
    for depth in (10, 100, 900, 10, 900, 50):
        print(down(depth))
    old = sys.getrecursionlimit()
    sys.setrecursionlimit(20000)
    try:
        print(down(15000), down(18000))
    finally:
        sys.setrecursionlimit(old)


class Deep:
    depth = 0


def endless():
    Deep.depth += 1
    endless()


def endless_mutual_a(n):
    Deep.depth = n
    return endless_mutual_b(n + 1) + 1


def endless_mutual_b(n):
    for i in range(2):
        Deep.depth = n
        endless_mutual_a(n + 1)


def endless_generator(n):
    Deep.depth = n
    yield from endless_generator(n + 1)


class Endless:
    def __init__(self, n):
        Deep.depth = n
        self.next = Endless(n + 1)


def case_recursion_error():
    for k in range(6):
        for function, args in ((endless, ()), (endless_mutual_a, (0,)), (Endless, (0,)),
                               (lambda: list(endless_generator(0)), ())):
            Deep.depth = 0
            try:
                function(*args)
            except RecursionError as exc:
                lines = where(exc)
                print(k, Deep.depth, str(exc), len(lines), lines[:3], lines[-2:])


def case_recursion_error_frees_arguments():
    class Argument:
        pass

    def new():
        argument = Argument()
        refs.append(weakref.ref(argument))
        return argument

    def call(x):
        call(new())

    def generate(x):
        yield
        yield from generate(new())

    def loop(x):
        yield
        for y in loop(new()):
            yield
    for k in range(6):
        for function in (call, lambda x: list(generate(x)), lambda x: list(loop(x))):
            refs = []
            try:
                function(new())
            except RecursionError:
                pass
            print(len(refs) > 100, sum(r() is not None for r in refs))


def case_recursion_error_in_a_hot_function():
    def climb(n, limit):
        if n == limit:
            return n
        return climb(n + 1, limit)
    for _ in range(30):
        climb(0, 50)
    for limit in (200, 600, 100000, 200, 100000):
        try:
            print(climb(0, limit))
        except RecursionError as exc:
            print(str(exc), len(where(exc)))


def case_recovery_at_every_depth():
    def f(n):
        try:
            return f(n + 1)
        except RecursionError:
            return n
    print([f(0) for _ in range(5)])

    def g(n):
        if n > 300:
            raise ValueError(n)
        try:
            return g(n + 1)
        finally:
            Deep.depth = n
    for _ in range(5):
        try:
            g(0)
        except ValueError as exc:
            print(exc, Deep.depth, len(where(exc)))


def case_small_limits():
    old = sys.getrecursionlimit()
    frame, used = sys._getframe(), 0
    while frame is not None:
        frame, used = frame.f_back, used + 1
    for extra in (20, 21, 22, 40, 41, 100):
        sys.setrecursionlimit(used + extra)
        try:
            Deep.depth = 0
            try:
                endless()
            except RecursionError:
                pass
            depth = Deep.depth
            try:
                down(extra * 2)
                result = "no error"
            except RecursionError:
                result = "error"
        finally:
            sys.setrecursionlimit(old)
        print(extra, depth, result)


def case_recursion_through_c():
    class R:
        def __repr__(self):
            return repr(self)

    class A:
        def __getattr__(self, name):
            return getattr(self, name + "x")

    class E:
        def __eq__(self, other):
            return self == other

    def key(x):
        return sorted([x], key=key)
    for _ in range(3):
        for function in (lambda: repr(R()), lambda: A().x, lambda: E() == E(), *[lambda: key(1)] * HAS_STACK):
            try:
                function()
            except RecursionError as exc:
                print(type(exc).__name__)


def case_loop_that_recurses():
    def walk(n):
        total = 0
        for i in range(n):
            total += walk(i) + 1
        return total
    print(walk(10), walk(11))

    def knapsack(weights, limit, i=0):
        best = 0
        while i < len(weights):
            if weights[i] <= limit:
                best = max(best, weights[i] + knapsack(weights, limit - weights[i], i + 1))
            i += 1
        return best
    print(knapsack([31, 17, 23, 5, 41, 11, 7, 29, 13, 2], 97))
