"""isinstance() of objects of many types, some of which say that they are others."""

import abc
import weakref

from common import N, report


class A:
    pass


class B(A):
    pass


class Says:
    """It says that it is an A."""

    @property
    def __class__(self):
        return A


class SaysByAttribute:
    def __getattribute__(self, name):
        return B if name == "__class__" else object.__getattribute__(self, name)


class Raises:
    @property
    def __class__(self):
        raise ValueError("no class")


class HasNoClass:
    @property
    def __class__(self):
        raise AttributeError("no class")


class Meta(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, (int, A))


class Checked(metaclass=Meta):
    pass


class Virtual(abc.ABC):
    pass


Virtual.register(str)


class Number(int):
    pass


class Text(str):
    __slots__ = ()
    __class__ = int


HELD = B()
OBJECTS = [1, True, 2.5, "x", b"x", (), [], {}, None, A(), B(), Says(), SaysByAttribute(), Number(3), Text("y"),
           weakref.proxy(HELD), int, A, Checked(), len, 2**70]


def case_one_class():
    def f(objects):
        counts = [0] * 8
        for i in range(N):
            x = objects[i % len(objects)]
            counts[0] += isinstance(x, int)
            counts[1] += isinstance(x, str)
            counts[2] += isinstance(x, A)
            counts[3] += isinstance(x, B)
            counts[4] += isinstance(x, object)
            counts[5] += isinstance(x, Checked)
            counts[6] += isinstance(x, Virtual)
            counts[7] += isinstance(x, type)
        return counts
    for objects in [[each] for each in OBJECTS] + [OBJECTS[k:] for k in range(0, len(OBJECTS), 5)]:
        print(f(objects))


def case_several_classes():
    def f(objects):
        counts = [0] * 7
        for i in range(N):
            x = objects[i % len(objects)]
            counts[0] += isinstance(x, (int, str))
            counts[1] += isinstance(x, (A, float))
            counts[2] += isinstance(x, (B, (list, (dict, bytes))))
            counts[3] += isinstance(x, ())
            counts[4] += isinstance(x, int | str | None)
            counts[5] += isinstance(x, (Checked, bytes))
            counts[6] += isinstance(x, (list, Virtual))
        return counts
    for objects in [[each] for each in OBJECTS] + [OBJECTS[k:] for k in range(0, len(OBJECTS), 5)]:
        print(f(objects))


def case_no_class():
    def f(x):
        count = 0
        for i in range(N):
            count += isinstance(x, A) + isinstance(x, (B, int)) + 2 * isinstance(x, HasNoClass)
        return count
    print(f(HasNoClass()))


def case_what_follows_knows_the_type():
    def f(objects):
        total = 0
        for i in range(N):
            x = objects[i % len(objects)]
            if isinstance(x, tuple):
                total += x[0] + x[1]
            elif isinstance(x, str):
                total += len(x)
            elif isinstance(x, (list, dict)):
                total += len(x)
            elif not isinstance(x, int):
                total += int(x)
            else:
                total += x
        return total
    for objects in [(3, 4)], [7], ["abc"], [2.5], [(1, 2), 7, "abc"], [[1], 7, {2: 3}, 2.5, True, Number(9), (5, 6)]:
        print(f(objects))


def case_the_class_changes():
    class C:
        pass

    class D:
        pass

    class E(C):
        pass

    def f(objects, change):
        counts = [0, 0, 0, 0]
        for i in range(N):
            for x in objects:
                counts[0] += isinstance(x, C)
                counts[1] += isinstance(x, D)
                counts[2] += isinstance(x, (C, int))
                counts[3] += isinstance(x, (D, str))
            if i in change:
                change[i]()
        return counts
    objects = [C(), D(), E(), 5]

    def other_class():
        objects[0].__class__ = D

    def other_bases():
        E.__bases__ = (D,)

    def says():
        D.__getattribute__ = lambda self, name: C if name == "__class__" else object.__getattribute__(self, name)

    def no_more():
        del D.__getattribute__
    print(f(objects, {N // 2: other_class, 3 * N // 4: other_bases, N - 100: says, N - 50: no_more}))


def case_errors():
    def f(x, cls):
        for i in range(N):
            isinstance(x, cls if i == N - 1 else (int, str))
    for cls in 5, "int", (int, 5), None, [int]:
        try:
            f(2.5, cls)
        except Exception as exc:
            report(exc)
    for cls in A, (int, A):
        try:
            print(f(Raises(), cls))
        except Exception as exc:
            report(exc)


def case_the_class_is_asked_for():
    class Counts:
        @property
        def __class__(self):
            calls.append(1)
            return Counts

    def f(x, classes):
        for i in range(N):
            isinstance(x, classes)
            isinstance(x, (Counts, int))
            isinstance(x, (int, Counts))
            isinstance(x, int)
        return len(calls)
    calls = []
    print(f(Counts(), (int, str, Counts)), f(Counts(), (Counts, str)), f(5, (Counts, str)))
    for classes in (int, Raises), (Raises, int), (int, (str, Raises)):
        try:
            for i in range(N):
                x = isinstance(Raises() if i > N // 2 else 5, classes)
            print(x)
        except ValueError as exc:
            report(exc)


def case_the_name_is_bound_anew():
    class C:
        pass

    def f(x):
        nonlocal C
        found = 0
        for i in range(N):
            found += isinstance(x, (C, float))
            found += isinstance(x, C)
            if i == N - 200:
                C = int
        return found
    print(f(C()), f(4))


def case_class_assigned_in_a_loop():
    # What is guarded before the loop is relied on in all of it.
    class C:
        pass

    class D:
        pass

    def f(x, n, objects, names, values):
        found = i = 0
        kinds = []
        while i < n:
            isinstance(x, C)
            setattr(objects[i], names[i], values[i])
            if type(x) is C:
                found += 1
            if isinstance(x, (C, int)) and i % 100 == 0:
                kinds.append(type(x).__name__)
            i += 1
        return found, kinds

    def run(n, at):
        x, y = C(), C()
        objects, names, values = [y] * n, ["a"] * n, [1] * n
        if at:
            objects[at], names[at], values[at] = x, "__class__", D
        return f(x, n, objects, names, values)

    print(run(N, 0), run(N * 2, N))
