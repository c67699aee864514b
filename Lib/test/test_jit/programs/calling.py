"""Calls: every form of argument and callee, closures, globals."""

import functools
from common import N, attempt, report


def plain(a, b, c):
    return a * 3 + b - c


def defaults(a, b=10, c=20):
    return a * 3 + b - c


def keyword_only(a, *, k, m=7):
    return a + k * 2 - m


def star(*args):
    return len(args) + sum(args)


def star_star(a, *args, k=1, **kwargs):
    return a + len(args) * 10 + k * 100 + sum(kwargs.values())


def positional_only(a, b, /, c, d=4):
    return a - b + c * d


def case_argument_forms():
    total = 0
    args, kwargs = (1, 2, 3), {"k": 5, "z": 6}
    for i in range(N):
        total += plain(i, 2, 3) + plain(i, c=2, b=3) + plain(*args) + plain(*(i, 1), c=4)
        total += defaults(i) + defaults(i, 1) + defaults(i, 1, 2) + defaults(i, c=5)
        total += keyword_only(i, k=2) + keyword_only(i, m=1, k=2) + keyword_only(a=1, k=i)
        total += star() + star(i) + star(i, 2, 3) + star(*args, i) + star(*[i] * (i % 5))
        total += star_star(i) + star_star(i, 2, 3) + star_star(i, k=3) + star_star(*args, **kwargs)
        total += star_star(i, x=1, y=2, **kwargs) + positional_only(i, 2, 3) + positional_only(1, 2, d=i, c=1)
    print(total)


def case_wrong_arguments_in_hot_code():
    def few(n):
        for i in range(n):
            plain(*((1, 2, 3) if i < 900 else (1, 2)))
    attempt(few, N)

    def many(n):
        for i in range(n):
            plain(*((1, 2, 3) if i < 900 else (1, 2, 3, 4)))
    attempt(many, N)

    def unknown(n):
        for i in range(n):
            defaults(1, **({"b": 1} if i < 900 else {"x": 1}))
    attempt(unknown, N)

    def missing(n):
        for i in range(n):
            keyword_only(i, **({"k": 1} if i < 900 else {}))
    attempt(missing, N)

    def twice(n):
        for i in range(n):
            defaults(1, **({"b": 1} if i < 900 else {"a": 1}))
    attempt(twice, N)

    def not_callable(n):
        f = plain
        for i in range(n):
            if i == 900:
                f = 3
            f(1, 2, 3)
    attempt(not_callable, N)

    def not_a_mapping(n):
        for i in range(n):
            defaults(1, **({} if i < 900 else 5))
    attempt(not_a_mapping, N)

    def not_iterable(n):
        for i in range(n):
            star(*(() if i < 900 else 5))
    attempt(not_iterable, N)

    def swapped(n):
        f = plain
        for i in range(n):
            if i == 900:
                f = defaults
            if i == 1200:
                f = positional_only.__get__(3)
            if i == 1400:
                f = star_star
                f = functools.partial(f, 1)
            f(1, 2, *((3,) if i < 1450 else ("x",)))
        return i
    attempt(swapped, N)


def case_builtins():
    total = 0
    data = [3, 1, 2]
    for i in range(N):
        total += len(data) + abs(-i) + ord("a") + max(i, 3) + min(i, 3, 2) + sum(data)
        total += isinstance(i, int) + isinstance(i, (str, list)) + issubclass(bool, int)
        total += len(str(i)) + len(tuple(data)) + hash(i) + callable(len) + id(data) * 0
        total += len(sorted(data, reverse=True)) + any(data) + all(data) + bool(i) + int("12")
        total += type(i) is int
        total += getattr(data, "__len__")() + getattr(i, "nothing", 5) + hasattr(data, "append")
        total += divmod(i, 7)[1] + pow(i, 2, 11) + round(1.5) + len(repr(i)) + len(list(range(3)))
    print(total)

    def bad_len(n):
        for i in range(n):
            len(data if i < 900 else 3)
    attempt(bad_len, N)

    def bad_isinstance(n):
        for i in range(n):
            isinstance(i, int if i < 900 else 3)
    attempt(bad_isinstance, N)

    def bad_int(n):
        for i in range(n):
            int("1" if i < 900 else "x")
    attempt(bad_int, N)


def case_method_descriptors():
    x, d, s = [], {}, "a,b"
    for i in range(N):
        x.append(i)
        x.insert(0, i)
        x.pop()
        d.setdefault(i % 10, []).append(i)
        d.update(k=i)
        d.get(i)
        d.pop("none", None)
        s.split(",")
        s.split(",", maxsplit=1)
        s.startswith("a", 0, 3)
        x.index(i)
        x.count(3)
        if i % 100 == 0:
            x.reverse()
            x.sort(key=lambda v: -v)
            x = x[:20]
            x.extend((1, 2))
            x.clear()
    print(len(x), len(d), s)

    def bad(n):
        items = []
        for i in range(n):
            add = items if i < 900 else ()
            add.append(i)
    attempt(bad, N)


class Thing:
    count = 0

    def __init__(self, a, b=2):
        self.a = a
        self.b = b
        Thing.count += 1

    def method(self, x):
        return self.a + x

    @classmethod
    def make(cls, a):
        return cls(a, b=5)

    @staticmethod
    def helper(x):
        return x * 2

    def __call__(self, x, *rest):
        return self.a - x + len(rest)


def case_instances_and_methods():
    total = 0
    for i in range(N):
        t = Thing(i)
        u = Thing(i, 3)
        v = Thing(a=1, b=i)
        w = Thing.make(i)
        total += t.method(1) + u.b + v.method(x=2) + w.b + t.helper(3) + Thing.helper(4)
        total += t(5) + u(5, 6) + Thing.method(t, 2)
        bound = t.method
        total += bound(3) + (t if i % 2 else u).method(4)
    print(total, Thing.count)


def case_init_that_fails():
    class A:
        def __init__(self, n):
            if n == 900:
                raise ValueError("init")

    def run(n):
        for i in range(n):
            A(i)
        return n
    attempt(run, 800)
    attempt(run, N)

    class B:
        def __init__(self, n):
            return None if n < 900 else n

    def returns(n):
        for i in range(n):
            B(i)
    attempt(returns, 800)
    attempt(returns, N)

    class C:
        def __new__(cls, n):
            return object.__new__(cls) if n % 2 else n

        def __init__(self, n):
            self.n = n
    out = [type(C(i)).__name__ for i in range(N)]
    print(out.count("C"), out.count("int"))


def case_polymorphic_callees():
    callees = [lambda x: x + 1, lambda x, y=2: x * y, Thing(3), Thing(4).method, abs,
               functools.partial(plain, 1, 2), int, float, str, [].__contains__, Thing.helper]
    out = []
    for i in range(N):
        out.append(callees[i % len(callees)](i))
    print(out[-12:], len(out))


def apply(f, x):
    return f(x)


def case_one_call_site_many_functions():
    fs = []
    for k in range(40):
        exec(f"def f(x): return x + {k}", namespace := {})
        fs.append(namespace["f"])
    total = 0
    for i in range(3000):
        total += apply(fs[i * i % 40], i)
    print(total)


def case_deep_inlining():
    def chain(depth):
        source = "def f0(x): return x + 1\n"
        for i in range(1, depth):
            source += f"def f{i}(x): return f{i - 1}(x) + x % {i + 1}\n"
        namespace = {}
        exec(source, namespace)
        return namespace[f"f{depth - 1}"]
    for depth in (2, 8, 15, 16, 17, 18, 30, 60):
        f = chain(depth)
        total = 0
        for i in range(600):
            total += f(i)
        print(depth, total)


def case_returns_below_the_root():
    def inner(n):
        total = 0
        for i in range(n):
            total += i
        return total

    def middle(n):
        return inner(n) + 1

    def outer(n):
        return middle(n) * 2
    print(sum(outer(i % 7) for i in range(N)), outer(2000))
    total = 0
    for i in range(N):
        total += outer(i % 3)
        total -= middle(i % 4)
        total ^= inner(i % 5)
    print(total)


def case_returns_to_different_callers():
    def leaf(n):
        while n > 3:
            n -= 3
        return n

    def a(n):
        return leaf(n) + 1

    def b(n):
        x = leaf(n)
        return x - 1

    def c(n):
        return [leaf(n), leaf(n + 1)][n % 2]
    total = 0
    for i in range(N):
        total = total * 3 + a(i % 30) + b(i % 20) * c(i % 10) & 0xffffffff
    print(total, sum(map(leaf, range(600))), [leaf(x) for x in range(300)][-5:])


def case_callbacks_from_c():
    def key(x):
        return -x % 17

    print(sorted(range(300), key=key)[:20])
    print(sum(map(lambda x: x * x % 7, range(N))))
    print(functools.reduce(lambda a, b: a * 3 + b & 0xffff, range(N)))
    print(max(range(N), key=lambda x: x * 7 % 1009), list(filter(lambda x: x % 400 == 3, range(N))))
    import re
    print(re.sub("[0-9]+", lambda m: str(int(m.group()) + 1), "a1b22c333" * 200)[-30:])

    def bad(x):
        if x == 700:
            raise KeyError(x)
        return x
    attempt(lambda: sum(map(bad, range(N))))
    attempt(lambda: sorted(range(N), key=bad))


def counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    def reset():
        nonlocal count
        del count
    return step, reset


def case_nonlocal():
    step, reset = counter()
    for i in range(N):
        step()
        step(by=i)
    print(step())
    other, _ = counter()
    print(other(), step())
    reset()
    attempt(step)

    def run(n):
        step, reset = counter()
        for i in range(n):
            step()
            if i == 900:
                reset()
    attempt(run, N)


def case_closures_made_in_loops():
    total = 0
    fs = []
    for i in range(N):
        def f(x, k=i):
            return x + k + i
        total += f(1)
        g = lambda: (i, total)
        total += g()[0]
        if i % 300 == 0:
            fs.append((f, g))
    print(total, [f(0) for f, g in fs], [g() == (i, total) for f, g in fs])

    def adder(n):
        def add(x):
            return x + n

        def deeper():
            return add(n) + add(1)
        return deeper
    print(sum(adder(i)() for i in range(N)))


def case_unbound_free_variable():
    def outer(n):
        def inner():
            return value
        for i in range(n):
            if i == 0:
                value = 1
            if i == 900:
                del value
            inner()
    attempt(outer, 800)
    attempt(outer, N)

    def direct(n):
        def f():
            return x
        for i in range(n):
            x = i
            if i == 900:
                del x
            x
        return f
    attempt(direct, N)


def case_cells_as_locals():
    def run(n):
        x = 0
        y = [0]

        def peek():
            return x
        for i in range(n):
            x += 1
            y[0] += peek()
            if i % 2:
                x = x - 1 if x > 5 else x
        return x, y
    print(run(N))


G = 0


def case_globals():
    def bump(n):
        global G
        for i in range(n):
            G += 1
            if G % 3 == 0:
                G += len("x")
        return G
    print(bump(N))

    def make(n):
        for i in range(n):
            global TEMP
            TEMP = i
            if i % 2:
                del TEMP
        return "TEMP" in globals()
    print(make(N), make(N + 1))

    def missing(n):
        global MAYBE
        MAYBE = 1
        for i in range(n):
            if i == 900:
                del MAYBE
            MAYBE
    attempt(missing, N)


def case_decorators_and_wrappers():
    def logged(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            wrapper.calls += 1
            return f(*args, **kwargs)
        wrapper.calls = 0
        return wrapper

    @logged
    @logged
    def work(a, b=1, *, c=2):
        return a + b + c
    print(sum(work(i, b=i % 3) + work(i, 2, c=3) for i in range(N)), work.calls)

    @functools.lru_cache(maxsize=50)
    def cached(n):
        return n if n < 2 else cached(n - 1) + cached(n - 2)
    print([cached(i) for i in range(60)][-1], cached.cache_info())


def case_many_arguments_and_locals():
    def many(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p):
        return a - b + c - d + e - f + g - h + i - j + k - l + m - n + o - p
    total = 0
    for x in range(N):
        total += many(x, 1, 2, 3, x, 5, 6, 7, 8, x, 10, 11, 12, 13, 14, x)
        total += many(*range(16)) + many(**{c: x for c in "abcdefghijklmnop"})
    print(total)


def case_exceptions_through_inlined_frames():
    def a(i):
        return b(i) + 1

    def b(i):
        x = c(
            i
        )
        return x

    def c(i):
        if i == 1100:
            return 1 // (i - 1100)
        return i

    def run(n):
        t = 0
        for i in range(n):
            t += a(i)
        return t
    attempt(run, 1000)
    attempt(run, N)
    attempt(run, N)
    caught = []
    for i in range(1000, 1200):
        try:
            a(i)
        except ZeroDivisionError as exc:
            caught.append(exc)
    for exc in caught:
        report(exc)


def case_lambda_default_and_starred_calls_of_c():
    total = 0
    for i in range(N):
        total += max(*[i, 3]) + max([1, i], key=lambda v: -v) + len(dict(a=1, **{"b": i}))
        total += int(*["12"], **{"base": 8}) + (lambda *a, k=i: len(a) + k)(1, 2)
        total += "{}{}".format(*(i, 2)) != "" and print.__name__ == "print"
    print(total)


def case_too_many_arguments_unpacked():
    # What a call consumes is gone when the frame cannot be made.
    def f(x, y=-6):
        return x - y

    def run(n):
        values, wrong = [1], 0
        last = None
        for i in range(n):
            try:
                last = f(i, 5, *values[i & 7:])
            except TypeError:
                wrong += 1
        return last, wrong
    print(run(1000), run(1000))
