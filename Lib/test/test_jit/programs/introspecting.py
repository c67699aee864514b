"""isinstance(), type(), len() and the attributes of modules, whose answers change under hot code."""

import abc
import builtins
import gc
import math
import sys
import types
import weakref
from common import N, attempt, where

MIDDLE = N // 2


def show(values):
    """Prints where a list's values change: (index, value), and how many there are."""
    steps = [(i, x) for i, x in enumerate(values) if i == 0 or x != values[i - 1] or type(x) is not type(values[i - 1])]
    print(len(values), len(steps), steps[:12], steps[-3:])


def set_local(name, value, depth=2):
    """Writes to a local of a caller."""
    sys._getframe(depth).f_locals[name] = value


class Point:
    def __init__(self, x=0):
        self.x = x


class Child(Point):
    pass


class Other:
    def __init__(self, x=0):
        self.x = x


def case_isinstance_while_bases_change():
    class A:
        pass

    class B:
        pass

    class C(A):
        x = 1

    class D(C):
        def __init__(self):
            self.y = 2

    def known(o, n, change):
        out = []
        for i in range(n):
            o.y
            out.append((isinstance(o, A), isinstance(o, B)))
            if i in change:
                C.__bases__ = change[i]
            out.append((isinstance(o, A), isinstance(o, B)))
            assert isinstance(o, D)
        return out

    def unknown(objects, n, change):
        out = []
        for i in range(n):
            o = objects[i % len(objects)]
            out.append(isinstance(o, A) + 2 * isinstance(o, B))
            if i in change:
                C.__bases__ = change[i]
        return out

    for k in range(3):
        show(known(D(), N, {MIDDLE: (B,), N - 100: (A, B)}))
        C.__bases__ = (A,)
    show(unknown([D()], N, {MIDDLE: (B,), N - 100: (A,)}))
    C.__bases__ = (A,)
    print(sum(unknown([D(), A(), 5, B()], N, {MIDDLE: (B,), N - 100: (A,)})))


def case_isinstance_while_bases_change_under_an_mro():
    class Meta(type):
        def mro(cls):
            return type.mro(cls)

    class A:
        pass

    class B:
        pass

    class C(A, metaclass=Meta):
        def __init__(self):
            self.y = 2

    def run(o, n):
        out = []
        for i in range(n):
            o.y
            out.append((isinstance(o, A), isinstance(o, B)))
            if i == MIDDLE:
                C.__bases__ = (B,)
            out.append((isinstance(o, A), isinstance(o, B)))
        return out
    show(run(C(), N))
    C.__bases__ = (A,)
    show(run(C(), N))


def case_isinstance_of_what_changes_its_class():
    def known(n, at):
        out = []
        o = Child()
        for i in range(n):
            o.x
            out.append((isinstance(o, Point), isinstance(o, Child), isinstance(o, Other), type(o).__name__))
            if i == at:
                o.__class__ = Other
            out.append((isinstance(o, Point), isinstance(o, Child), isinstance(o, Other), type(o).__name__))
        return out
    show(known(N, MIDDLE))
    show(known(N, N - 3))

    def from_callee(n):
        def change(i):
            if i % 400 == 399:
                o.__class__ = Other if type(o) is Child else Child
            return i
        o = Child()
        out = []
        for i in range(n):
            out.append((isinstance(o, Child), change(i) and 1, isinstance(o, Child), type(o) is Other))
        return out
    show(from_callee(N))

    def by_a_finalizer(n):
        class Changes:
            def __del__(self):
                o.__class__ = Other
        o = Child()
        x = None
        out = []
        for i in range(n):
            o.x
            a = isinstance(o, Child)
            x = Changes() if i == MIDDLE else i
            b = isinstance(o, Child)
            x = None
            out.append((a, b, isinstance(o, Child), type(o) is Child))
        return out
    show(by_a_finalizer(N))


shared = Child()


def case_class_of_a_global_changes():
    # What is a constant in the trace may be of another class later.
    def run(n):
        out = []
        for i in range(n):
            out.append((type(shared) is Child, isinstance(shared, Child), isinstance(shared, Other), type(module) is types.ModuleType))
        return out

    class Fancy(types.ModuleType):
        pass

    def from_callee(n):
        def change(i):
            if i == MIDDLE:
                shared.__class__ = Other
                module.__class__ = Fancy
            return i
        out = []
        for i in range(n):
            out.append((type(shared) is Child, change(i) < 0, isinstance(shared, Child), type(module) is Fancy, isinstance(module, Fancy)))
        return out

    def back():
        shared.__class__ = Child
        module.__class__ = types.ModuleType
    for _ in range(2):
        show(run(N))
        shared.__class__ = Other
        module.__class__ = Fancy
        show(run(N))
        back()
        show(from_callee(N))
        show(run(N))
        back()


def case_isinstance_by_a_property():
    calls = []

    class Proxy:
        x = 1

        @property
        def __class__(self):
            calls.append(1)
            if len(calls) % 300 == 0:
                raise KeyError("class")
            return Point if len(calls) % 700 < 350 else Other

    class Attribute:
        def __getattribute__(self, name):
            if name == "__class__":
                calls.append(2)
                return Point
            return object.__getattribute__(self, name)

    def run(o, n):
        out = []
        for i in range(n):
            o.x
            try:
                out.append((isinstance(o, Point), isinstance(o, int), isinstance(o, (str, Other))))
            except KeyError as exc:
                out.append(exc.args)
        return out

    proxy = Proxy()
    got = run(proxy, N)
    print(len(calls), hash(tuple(calls)), got[:3], [i for i, x in enumerate(got) if x == ("class",)][:9], sum(x[0] is True for x in got))
    Attribute.x = 3
    got = run(Attribute(), N)
    show(got)
    print(len(calls), hash(tuple(calls)))
    # It comes and goes while hot.
    class Silent:
        pass

    class Asking:
        @property
        def __class__(self):
            calls.append(3)
            return Point

    class Real(Silent):
        def __init__(self):
            self.x = 1
    real = Real()
    out = []
    for i in range(N):
        real.x
        out.append((isinstance(real, Point), isinstance(real, Silent), isinstance(real, Real)))
        if i == MIDDLE:
            Real.__bases__ = (Asking,)
        if i == N - 200:
            Real.__bases__ = (Silent,)
    show(out)
    print(len(calls), hash(tuple(calls)))
    other = Other()
    out = []
    for i in range(N):
        other.x
        out.append(isinstance(other, Point))
        if i == MIDDLE:
            Other.__getattribute__ = Attribute.__getattribute__
        if i == N - 200:
            del Other.__getattribute__
    show(out)
    print(len(calls), hash(tuple(calls)))


def case_metaclass_decides():
    log = []

    class Meta(type):
        def __instancecheck__(cls, instance):
            log.append(cls.__name__)
            if len(log) % 400 == 0:
                raise ValueError(len(log))
            return "yes" if len(log) % 3 else ""

    class M(metaclass=Meta):
        x = 2

    class Sub(M):
        pass

    def run(values, n):
        out = []
        for i in range(n):
            v = values[i % len(values)]
            try:
                out.append(isinstance(v, M) if isinstance(v, Sub) else isinstance(v, (M, int)))
            except ValueError as exc:
                out.append((exc.args, where(exc)[-2:]))
        return out
    for values in ([1], [M()], [Sub(), M(), 1, "a"]):
        got = run(values, N)
        print([x for x in got if type(x) is tuple], sum(x is True for x in got), len(log))

    # A class gets this metaclass while hot, and loses it.
    class Quiet(type):
        pass

    class Late(metaclass=Quiet):
        def __init__(self):
            self.x = 1

    class LateChild(Late):
        pass

    def known(o, n):
        out = []
        for i in range(n):
            o.x
            try:
                out.append((isinstance(o, Late), isinstance(i, Late)))
            except ValueError as exc:
                out.append(exc.args)
            if i == MIDDLE:
                Late.__class__ = Meta
            if i == N - 100:
                Late.__class__ = Quiet
        return out
    for o in (Late(), LateChild(), Other()):
        before = len(log)
        got = known(o, N)
        print(got[0], got[MIDDLE:MIDDLE + 6], got[-1], len(log) - before)
    # The same of a class whose metaclass's method comes late.

    class Plain(type):
        pass

    class P(metaclass=Plain):
        pass
    out = []
    for i in range(N):
        out.append(isinstance(i, P))
        if i == MIDDLE:
            Plain.__instancecheck__ = lambda cls, instance: instance % 2 == 0
        if i == MIDDLE + 8:
            del Plain.__instancecheck__
    show(out)


def case_check_lets_go_of_the_instance():
    # The only reference is in a local that the check writes to.
    log = []

    class Noisy:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            log.append(self.n)

    class Meta(type):
        def __instancecheck__(cls, instance):
            if instance.n % 5 == 0:
                set_local("o", None)
            log.append(-instance.n)
            return instance.n % 2 == 0

    class M(metaclass=Meta):
        pass

    def run(n):
        out = []
        for i in range(n):
            o = Noisy(i)
            out.append(isinstance(o, M))
            log.append("after")
            out.append(o is None)
        return out
    got = run(N)
    print(got[:20], sum(got), log[:18], len(log), hash(tuple(map(str, log))))
    log.clear()

    class Asked:
        def __init__(self, n):
            self.n = n

        @property
        def __class__(self):
            if self.n % 4 == 1:
                set_local("o", 0)
            return Point if self.n % 3 else Other

        def __del__(self):
            log.append(self.n)

    def by_a_property(n):
        out = []
        for i in range(n):
            o = Asked(i)
            out.append((isinstance(o, Point), len(log), type(o).__name__))
        return out
    got = by_a_property(N)
    print(got[:9], len(log), hash(tuple(log)))


def case_abstract_base_classes():
    class Base(abc.ABC):
        pass

    class Later:
        x = 1

    class Hooked(abc.ABC):
        @classmethod
        def __subclasshook__(cls, other):
            return hasattr(other, "x") or NotImplemented

    def run(o, n):
        out = []
        for i in range(n):
            o.x
            out.append((isinstance(o, Base), isinstance(i, Base), isinstance(o, Hooked), isinstance(i, Hooked)))
            if i == MIDDLE:
                Base.register(Later)
            if i == MIDDLE + 200:
                Base.register(int)
        return out
    show(run(Later(), N))
    show(run(Later(), 100))


def case_tuples_and_unions():
    def run(values, n):
        out = []
        for i in range(n):
            v = values[i % len(values)]
            out.append((isinstance(v, (int, str)), isinstance(v, int | None), isinstance(v, ()), isinstance(v, (float, (list, (Point,))))))
        return out
    for values in ([1], ["a"], [Child(), 1, None, 2.5, [], "t"]):
        got = run(values, N)
        print(got[:6], sum(map(sum, got)))

    def changing(n):
        global kinds
        kinds = (int, str)
        out = []
        for i in range(n):
            try:
                out.append(isinstance(i, kinds))
            except TypeError as exc:
                out.append(exc.args)
            if i == MIDDLE:
                kinds = str
            if i == MIDDLE + 100:
                kinds = 5
            if i == MIDDLE + 200:
                kinds = int | str
            if i == MIDDLE + 300:
                kinds = list[int]
        return out
    show(changing(N))
    show(changing(N))


def case_builtins_are_replaced():
    real = builtins.isinstance, builtins.len

    def run(o, n):
        out = []
        for i in range(n):
            o.append
            out.append((isinstance(o, list), isinstance(i, str), len(o), type(o).__name__, type(i) is int))
            if i == MIDDLE:
                builtins.isinstance = lambda instance, cls: 7
            if i == MIDDLE + 100:
                builtins.len = lambda x: -1
            if i == MIDDLE + 200:
                builtins.type = lambda x: str
            if i == MIDDLE + 300:
                del builtins.type
                globals()["type"] = lambda x: real[0]
            if i == MIDDLE + 400:
                del globals()["type"]
                builtins.type = Type
            if i == MIDDLE + 500:
                builtins.isinstance, builtins.len = real
        return out
    Type = type
    for _ in range(2):
        try:
            got = run([1, 2], N)
        finally:
            globals().pop("type", None)
            builtins.type = Type
            builtins.isinstance, builtins.len = real
        show(got)
    isinstance_, len_ = lambda *args: "mine", lambda x: "my len"
    g = {"isinstance": isinstance_}
    exec("def f(x):\n    t = 0\n    for i in range(3):\n        t = isinstance(x, int), len((x,)), type(x)\n    return t", g)
    out = []
    for i in range(N):
        out.append(str(g["f"](i)))
        if i == MIDDLE:
            del g["isinstance"]
        if i == MIDDLE + 100:
            g["len"] = len_
        if i == MIDDLE + 200:
            g["type"] = str
            del g["len"]
    print(out[0], out[MIDDLE + 1], out[MIDDLE + 150], out[-1])


def case_type_of_what_changes():
    def run(values, n):
        out = []
        for i in range(n):
            v = values[i % len(values)]
            if type(v) is int:
                out.append(v + 1)
            elif type(v) is Point:
                v.x += 1
                out.append(v.x)
            elif type(v) is not Child:
                out.append(type(v).__name__)
            else:
                out.append(type(v) == Child and type(v) != Point)
            if i == MIDDLE and type(v) is Child:
                v.__class__ = Point
        return out
    for values in ([1], [Point()], [Child()], [1, True, 2**40, Point(), Child(), Other(), "s", None]):
        got = run(values, N)
        print(got[:9], got[MIDDLE:MIDDLE + 3], got[-9:])

    def learned(o, n):
        # What `is` has said of the type is no longer true after a call.
        def change(i):
            if i == MIDDLE:
                o.__class__ = Other
            if i == MIDDLE + 3:
                o.__class__ = Point
        out = []
        for i in range(n):
            if type(o) is Point:
                change(i)
                out.append((isinstance(o, Point), type(o) is Point, o.x))
            else:
                change(i)
                out.append((isinstance(o, Point), type(o) is Point, -1))
        return out
    show(learned(Point(), N))


def case_type_is_called():
    class Loud:
        made = 0

        def __init__(self, n=0):
            self.n = n
            Loud.made += 1

    class Louder(Loud):
        def __new__(cls, n=0):
            return object.__new__(cls) if n % 7 else n

    def run(values, n):
        out = []
        for i in range(n):
            v = values[i % len(values)]
            try:
                made = type(v)(i)
            except TypeError as exc:
                made = exc.args
            out.append(getattr(made, "n", made))
        return out
    for values in ([1], [Loud()], [Louder(1)], [1, "a", 2.5, Loud(), [1], None, Louder(1)]):
        got = run(values, N)
        print(got[:9], got[-3:], Loud.made)
    Loud.made = 0

    def dies(n):
        # The type is held by the object only, which then gets another class.
        log = []
        out = []
        for i in range(n):
            class Short(Point):
                pass
            weakref.finalize(Short, log.append, i)
            o = Short(i)
            del Short
            out.append((type(o), change(o, i), type(o), o.x)[1:])
            if i % 300 == 299:
                gc.collect()
                log.append(-1)
        print(len(log), log[-3:])
        return [(x, t.__name__, y) for x, t, y in out]

    def change(o, i):
        if i % 3 == 1:
            o.__class__ = Other
            if i % 200 == 1:
                gc.collect()
        return i
    got = dies(N // 3)
    print(got[:4], got[-3:])


class Sized:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        n = self.n
        if n == "raise":
            raise KeyError(n)
        return n


def case_len_of_every_kind():
    values = [[1, 2], (1, 2, 3), "text", "h\xe9\u20ac", b"bytes", {1: 2}, {1, 2, 3}, range(7), bytearray(b"ab"),
              frozenset(), memoryview(b"abc"), {}.keys(), [], "", (), b"", {}]

    def one(v, n):
        total = 0
        for i in range(n):
            total += len(v)
        return total
    print([one(v, N) for v in values])

    def mixed(n):
        out = []
        for i in range(n):
            v = values[i % len(values)]
            out.append(len(v))
        return out
    print(sum(mixed(N)))

    def guarded(n):
        t, s, d, k, b = 0, "", {}, (), b""
        l = []
        for i in range(n):
            l.append(i)
            s = s[-300:] + "x"
            d[i & 511] = i
            k = (*k[-5:], i)
            b = b[-300:] + b"y"
            t += len(l) + len(s) + len(d) + len(k) + len(b)
            for x in l:
                break
            t += len([i, x]) - len((i,)) + len(f"{i}") + len({i: x})
        return t
    print(guarded(N))


def case_len_of_subclasses():
    class L(list):
        def __len__(self):
            return 77

    class S(str):
        pass

    class D(dict):
        def __len__(self):
            raise LookupError("len")

    def run(values, n):
        out = []
        for i in range(n):
            v = values[i % len(values)]
            try:
                out.append(len(v))
            except Exception as exc:
                out.append((type(exc).__name__, exc.args))
        return out
    big = sys.maxsize
    for values in ([L([1])], [[1], L([1])], [S("abc"), "abcd"], [{1: 2}, D()], [Sized(3), Sized(-1), Sized(big)],
                   [Sized(big + 1), Sized("raise"), Sized("text"), Sized(2.5), Sized(True), 5, Sized]):
        got = run(values, N)
        print(got[:8], len(got), [x for x in got[MIDDLE:MIDDLE + 8]])

    def becomes(n):
        out = []
        l = [1, 2]
        for i in range(n):
            if i == MIDDLE:
                l = L([1])
            if i == MIDDLE + 50:
                l = (1, 2, 3)
            if i == MIDDLE + 100:
                l = None
            if i == MIDDLE + 101:
                l = Sized(4)
            try:
                out.append(len(l))
            except TypeError as exc:
                out.append(exc.args)
            if i == MIDDLE + 300:
                Sized.__len__, saved = lambda self: 99, Sized.__len__
        Sized.__len__ = saved
        return out
    show(becomes(N))
    show(becomes(N))


def case_dies_in_len():
    log = []

    class Noisy:
        def __init__(self, n):
            self.n = n

        def __len__(self):
            set_local("o", None)
            log.append(-self.n)
            if self.n % 9 == 4:
                raise KeyError(self.n)
            return self.n

        def __del__(self):
            log.append(self.n)

    def run(n):
        total = 0
        for i in range(n):
            o = Noisy(i)
            try:
                total += len(o)
            except KeyError:
                total -= 1
            log.append(".")
            assert o is None
            len([Noisy(i)])
            log.append("!")
            isinstance(Noisy(i), int)
            log.append("?")
            type(Noisy(i))
            log.append(type(Noisy(i)) is Noisy)
        return total
    print(run(N), log[:24], log[-24:], len(log), hash(tuple(map(str, log))))


def case_order_of_finalizers():
    log = []

    class Note:
        def __init__(self, what):
            self.what = what

        def __del__(self):
            log.append(self.what)

    class NoteList(list):
        def __del__(self):
            log.append("list")

    def step(i):
        a = isinstance(Note(("a", i)), Note), log.append(1)
        b = type(Note(("b", i))), log.append(2)
        c = len([Note("c1"), Note("c2")]) + len((Note("c3"), i)) + len({1: Note("c4")}), log.append(3)
        d = isinstance(Note("d"), (int, str)) or log.append(4)
        e = len(NoteList([Note("e")])), log.append(5)
        f = type(Note("f1"))("f2"), log.append(6)
        f = None
        g = type(Note("g")) is Note and log.append(7)
        h = not isinstance(Note("h"), Note) or log.append(8)
        return a, b, c, d, e, f, g, h

    for i in range(N):
        step(i)
    per = len(log) // N
    print(per, log[:per], log[-per:], len(log))
    print(all(log[k:k + per][2:5] == log[2:5] for k in range(0, len(log), per)))


module = types.ModuleType("module")
module.value = 1
module.function = lambda x: x + 1


def case_module_attributes():
    def run(n, change):
        out = []
        for i in range(n):
            try:
                out.append((module.value, module.function(i) - i, math.floor(i + 0.5) - i, math.pi > 3))
            except AttributeError as exc:
                out.append(exc.args)
            except TypeError as exc:
                out.append(exc.args)
            if i in change:
                change[i](i)
        return out

    def restore(i=0):
        module.value = 1
        module.function = lambda x: x + 1

    pi = math.pi
    for changes in (
        {MIDDLE: lambda i: setattr(module, "value", i), N - 100: restore},
        {MIDDLE: lambda i: delattr(module, "value"), MIDDLE + 5: restore},
        {MIDDLE: lambda i: setattr(module, "function", lambda x: x * 2), MIDDLE + 3: restore},
        {MIDDLE: lambda i: setattr(module, "function", abs), MIDDLE + 3: lambda i: setattr(module, "function", None), MIDDLE + 6: restore},
        {MIDDLE: lambda i: vars(module).clear(), MIDDLE + 2: restore},
        {MIDDLE: lambda i: vars(module).update(value=3, function=str.upper), MIDDLE + 2: restore},
        {MIDDLE: lambda i: setattr(module, "__getattr__", lambda name: 55), MIDDLE + 1: lambda i: delattr(module, "value"),
         MIDDLE + 9: restore, MIDDLE + 12: lambda i: delattr(module, "__getattr__")},
        {MIDDLE: lambda i: setattr(math, "pi", 2), MIDDLE + 9: lambda i: setattr(math, "pi", pi)},
        {i: lambda i: setattr(module, "value", i) for i in range(100, N, 97)},
        {N - 1: restore},
    ):
        show(run(N, changes))
    restore()


def case_module_changes_its_class():
    class Fancy(types.ModuleType):
        @property
        def value(self):
            return "property"

    class Getting(types.ModuleType):
        def __getattribute__(self, name):
            return "any" if name == "value" else super().__getattribute__(name)

    class Missing(types.ModuleType):
        def __getattr__(self, name):
            return name

    def run(m, n, change):
        out = []
        for i in range(n):
            try:
                out.append((module.value, m.value))
            except AttributeError as exc:
                out.append(exc.args)
            if i in change:
                change[i]()
        return out
    other = types.ModuleType("other")
    other.value = 2

    def become(cls):
        module.__class__ = cls
        other.__class__ = cls

    for cls in (Fancy, Getting, Missing):
        show(run(other, N, {MIDDLE: lambda: become(cls), N - 100: lambda: become(types.ModuleType)}))

    class Late(types.ModuleType):
        pass
    become(Late)
    show(run(other, N, {MIDDLE: lambda: setattr(Late, "value", property(lambda self: 8)), N - 100: lambda: delattr(Late, "value")}))
    show(run(other, N, {MIDDLE: lambda: delattr(module, "value"), MIDDLE + 9: lambda: setattr(module, "value", 1)}))
    become(types.ModuleType)
    show(run(other, N, {MIDDLE: lambda: delattr(other, "value"), MIDDLE + 9: lambda: setattr(other, "value", 1)}))


def case_module_goes():
    log = []

    class Note:
        def __del__(self):
            log.append("dead")

    def run(n):
        out = []
        for i in range(n):
            try:
                out.append(temporary.value)
            except (NameError, AttributeError) as exc:
                out.append(exc.args)
            if i == MIDDLE:
                del globals()["temporary"]
                out.append(log[:])
            if i == MIDDLE + 9:
                globals()["temporary"] = types.SimpleNamespace(value=9)
            if i == MIDDLE + 99:
                globals()["temporary"] = math
            if i == MIDDLE + 199:
                globals()["temporary"] = make("again")
        return out

    def make(value):
        made = types.ModuleType("temporary")
        made.value = value
        made.note = Note()
        return made
    for _ in range(2):
        globals()["temporary"] = make("first")
        show(run(N))
        del globals()["temporary"]
        print(log)

    def value_dies(n):
        # What the module held is used by the same expression that lets go of it.
        module.value = Note()
        out = []
        for i in range(n):
            out.append((type(module.value).__name__, swap(i), len(log)))
            out.append(type((module.value, swap(i))[0]) is Note)
        return out

    def swap(i):
        if i % 100 == 50:
            module.value = Note()
        return i
    got = value_dies(N)
    print(got[100:104], got[-2:], len(log))
    module.value = 1


def case_modules_of_functions():
    # The attribute is called: as a method, with the module as no self.
    def run(n):
        out = []
        for i in range(n):
            out.append(module.function(i))
            if i == MIDDLE:
                module.function.__code__ = (lambda x: x - 1).__code__
            if i == MIDDLE + 100:
                module.function = Point
            if i == MIDDLE + 200:
                module.function = Sized(5).__len__
            if i == MIDDLE + 201:
                module.function = lambda *args: args
        return [getattr(x, "x", x) for x in out]

    def checked(n):
        try:
            return run(n)
        finally:
            module.function = lambda x: x + 1
    attempt(checked, N)
    print(checked(100)[-1], checked(MIDDLE + 150)[-1])
