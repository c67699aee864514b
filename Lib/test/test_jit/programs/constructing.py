"""Objects that are made by calls of classes, with __init__() in Python."""

import gc
import weakref

from common import N, report, where


class Plain:
    def __init__(self, a, b):
        self.a = a
        self.b = b


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


class WithDict:
    __slots__ = ("a", "__dict__", "__weakref__")

    def __init__(self, a, b):
        self.a = a
        self.b = b


class Empty:
    __slots__ = ()

    def __init__(self, a, b):
        pass


class Child(Slots):
    __slots__ = ("c",)

    def __init__(self, a, b):
        Slots.__init__(self, b, a)
        self.c = a


class Mixed(Slots):
    def __init__(self, a, b):
        super().__init__(a, b)
        self.d = b


class Many:
    def __init__(self, a, b):
        for i in range(40):
            setattr(self, f"x{i}", a)
        self.b = b


class Number(int):
    def __init__(self, a, b=0):
        self.b = b


class Failure(Exception):
    def __init__(self, a, b):
        self.b = b


CLASSES = [Plain, Slots, WithDict, Empty, Child, Mixed, Many, Failure]


def contents(x):
    names = [name for name in ("a", "b", "c", "d", "x39") if hasattr(x, name)]
    return type(x).__name__, [getattr(x, name) for name in names], gc.is_tracked(x)


def case_contents():
    def f(cls, n):
        for i in range(n):
            x = cls(i, i + 1.5)
        return x
    for cls in CLASSES:
        print(contents(f(cls, N // 2)))
    last = [f(cls, 3) for cls in CLASSES * 30]
    print([contents(x) for x in last[-len(CLASSES):]])


def case_one_site_for_all():
    def f(classes):
        out = []
        for i in range(N):
            x = classes[i % len(classes)](i, -i)
            if i > N - 12:
                out.append(contents(x))
        return out
    print(f(CLASSES))
    print(f([Slots, Child]))


def case_wrong_arguments():
    def f(cls, *args):
        return cls(*args)

    def g(cls, wrong):
        try:
            for i in range(N):
                x = cls(i) if wrong and i == N - 1 else cls(i, 2)
        except TypeError as exc:
            report(exc)
        return contents(x)
    for cls in CLASSES:
        print(g(cls, False), g(cls, True))
    for args in (1,), (1, 2), (1, 2, 3, 4):
        try:
            print(contents(f(Slots, *args)))
        except TypeError as exc:
            report(exc)


def case_init_raises():
    class Picky:
        __slots__ = ("a",)

        def __init__(self, a):
            self.a = 12 // a

        def __del__(self):
            ended.append(getattr(self, "a", "unset"))

    def f(values):
        out = []
        for a in values:
            try:
                Picky(a)
            except ZeroDivisionError as exc:
                out.append(where(exc))
        return len(out), out[-1:]
    ended = []
    print(f([1, 2, 3, 0] * (N // 4)), len(ended), ended[-5:])


def case_init_returns():
    class Returns:
        __slots__ = ()

        def __init__(self, value):
            return value

    def f(values):
        try:
            for value in values:
                Returns(value)
        except TypeError as exc:
            report(exc)
    f([None] * N + [0])
    f([None] * 5 + ["x"])


def case_the_class_changes():
    def changes():
        class C:
            __slots__ = ("a", "b")

            def __init__(self, a):
                self.a = a

        class Base:
            def __init__(self, a):
                self.a = -a

        def other_init(self, a):
            self.a = self.b = a * 2

        yield C, lambda: setattr(C, "__init__", other_init)
        yield C, lambda: setattr(C, "__new__", lambda cls, a: object.__new__(cls))
        yield C, lambda: setattr(C, "__new__", lambda cls, a: "other")
        yield C, lambda: delattr(C, "__new__")
        yield C, lambda: setattr(C, "__init__", lambda self, a, b=5: setattr(self, "a", b))
        yield C, lambda: delattr(C, "__init__")

        class D(Base):
            __slots__ = ("b",)
        yield D, lambda: setattr(Base, "__init__", other_init)
        yield D, lambda: setattr(D, "__init__", lambda self, a: setattr(self, "b", a + 1))

    def f(cls, change):
        out = None
        for i in range(N // 2):
            if i == N // 2 - 60:
                change()
            try:
                x = cls(i)
                out = type(x).__name__, getattr(x, "a", None), getattr(x, "b", None)
            except (TypeError, AttributeError) as exc:
                out = str(exc), where(exc)
        return out
    for cls, change in changes():
        print(f(cls, change))


def case_abstract_classes():
    def f(cls, when):
        refused = 0
        for i in range(N // 2):
            if i == when:
                cls.__abstractmethods__ = frozenset(["a"])
            try:
                cls(1, 2)
            except TypeError as exc:
                refused += 1
                last = str(exc)
        return refused, last

    for when in 0, N // 4:
        class C:
            __slots__ = ("a", "b")
            __init__ = Slots.__init__
        print(f(C, when))


def case_slots_with_defaults_of_the_class():
    class C:
        __slots__ = ("a",)
        b = 7

        def __init__(self, a=3):
            self.a = a

    def f():
        total = 0
        for i in range(N):
            total += C(i).a + C().a + C(a=i).a + C(i).b
        return total
    print(f())


def case_finalizers_and_weak_references():
    class C:
        __slots__ = ("a", "__weakref__")

        def __init__(self, a):
            self.a = a
            references.append(weakref.ref(self, lambda r: log.append("gone")))

        def __del__(self):
            log.append(self.a)

    def f():
        for i in range(N):
            x = C(i)
            C(-i)
        return x.a
    log, references = [], []
    print(f(), len(log), log[:6], log[-6:], sum(r() is not None for r in references))


def case_recursion():
    class Node:
        __slots__ = ("left", "right")

        def __init__(self, depth):
            if depth:
                self.left = Node(depth - 1)
                self.right = Node(depth - 1)

        def count(self):
            try:
                return 1 + self.left.count() + self.right.count()
            except AttributeError:
                return 1
    print([Node(d).count() for d in (3, 5, 8)], sum(Node(2).count() for i in range(N)))

    class Endless:
        __slots__ = ("next",)

        def __init__(self):
            self.next = Endless()
    for i in range(3):
        try:
            Endless()
        except RecursionError as exc:
            print(type(exc).__name__)


def case_number_and_other_news():
    def f(n):
        total = 0
        for i in range(n):
            total += Number(i, b=2) + Number(i).b
        return total
    try:
        print(f(N))
    except TypeError as exc:
        report(exc)
