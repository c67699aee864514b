"""Stores to attributes, in slots and inline values, over what has been there before."""

from common import N, where


class Plain:
    def __init__(self, *values):
        self.a, self.b, self.c = values


class Slots:
    __slots__ = ("a", "b", "c", "log")

    def __init__(self, *values):
        self.a, self.b, self.c = values


class Noisy:
    """What is released says so, and may do more."""

    def __init__(self, text, then=None):
        self.text, self.then = text, then

    def __del__(self):
        print("released", self.text)
        if self.then is not None:
            self.then()


def both(f, *values):
    for cls in (Plain, Slots):
        print(f(cls(*values)))


def case_floats_are_shared_with_locals():
    def f(o):
        kept = []
        for i in range(N):
            before = o.a
            o.a = o.a * 0.5 + i
            if i % 16 == 0:
                kept.append((before, o.a, o.b))
            o.b = before
        return kept[-3:], o.a, o.b
    both(f, 1.0, 2.0, 3.0)


def case_one_float_in_two_fields():
    def f(o):
        for i in range(N):
            o.b = o.a
            o.a = o.a + 1.5
            o.c = o.b
            o.b = o.b * 2.0
        return o.a, o.b, o.c
    both(f, 1.0, 2.0, 3.0)


def case_two_names_for_one_object():
    def f(o):
        p, total = o, 0.0
        for i in range(N):
            x = o.a
            p.a = p.a + 0.25
            total += o.a - x
        return o.a, p.a, total
    both(f, 1.0, 2.0, 3.0)


def case_two_objects_that_become_one():
    def f(o, p):
        for i in range(N):
            if i == N - 10:
                p = o
            x, y = o.a, p.a
            o.a = y + 1.0
            p.a = x * 0.5 + p.a
        return o.a, p.a
    for cls in (Plain, Slots):
        print(f(cls(1.0, 2.0, 3.0), cls(4.0, 5.0, 6.0)))


def case_types_change():
    def f(o):
        for i in range(N):
            o.a = i if i % 7 else float(i)
            o.b = o.a + 1
            o.c = "text" if i % 11 == 0 else None if i % 5 else i << 40
        return o.a, o.b, o.c
    both(f, 1.0, 2.0, 3.0)


def case_what_was_there_has_a_finalizer():
    def f(o):
        for i in range(N):
            o.a = i
            if i == N - 5:
                o.a = Noisy("a", lambda: setattr(o, "b", "set by a finalizer"))
            o.b = i
            if i == N - 3:
                o.c = Noisy("c")
            o.c = 1
        return o.a, o.b, o.c
    both(f, 1, 2, 3)


def case_field_is_deleted():
    def f(o):
        seen = []
        for i in range(N):
            try:
                o.a = o.a + 1
                if i % 50 == 49:
                    del o.a
            except AttributeError as exc:
                seen.append(str(exc))
                o.a = i
        return o.a, seen[:2]
    both(f, 1, 2, 3)


def case_dict_is_made():
    def f(o):
        for i in range(N):
            o.a = o.a + 1.0
            o.b = i
            if i == N - 20 and isinstance(o, Plain):
                o.__dict__["a"] = 100.0
            if i == N - 10 and isinstance(o, Plain):
                o.__dict__ = {"a": 7.0, "b": 8, "c": 9}
        return o.a, o.b, o.c
    both(f, 1.0, 2, 3)


def case_class_is_changed():
    class Other(Plain):
        @property
        def b(self):
            return "property"

        @b.setter
        def b(self, value):
            self.seen = value

    def f(o):
        for i in range(N):
            o.a = i
            if i == N - 10 and isinstance(o, Plain):
                o.__class__ = Other
            o.b = i + 1
        return o.a, o.b
    both(f, 1, 2, 3)


def case_error_after_a_store():
    def f(o):
        try:
            for i in range(N + 1):
                o.a = i * 1.5
                o.b = 1.0 / (N - i)
        except ZeroDivisionError as exc:
            print(where(exc))
        return o.a, o.b
    both(f, 1.0, 2.0, 3.0)


def case_counters():
    def f(o):
        for i in range(N):
            o.a += 1
            o.b += o.a << 30
            o.c -= o.a * o.a
        return o.a, o.b, o.c
    both(f, 250, 1 << 58, -5)


def case_value_on_the_stack():
    def f(o):
        out = None
        for i in range(N):
            out = (o.a, setattr(o, "a", o.a + 1.0), o.a, [o.a for o.a in (i * 0.5,)], o.a)
        return out
    both(f, 1.0, 2.0, 3.0)


def case_new_name_for_one_object():
    def f(o):
        for i in range(N):
            p = o
            abs(i)
            x = p.a = o.a + 1.0
            o.b = p.a
        return o.a, p.b, x
    both(f, 1.0, 2.0, 3.0)


def case_what_never_dies_is_swapped():
    def f(o):
        for i in range(N):
            o.a, o.b = o.b, o.a
            o.c, o.a = o.a, o.c
        return o.a, o.b, o.c
    both(f, None, None, None)
    both(f, True, False, True)
    both(f, None, True, 5)
