"""Classes and attributes: every kind of lookup, special methods, with."""

import collections
import dataclasses
import enum
from common import N, attempt, report


class Point:
    scale = 2

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def norm(self):
        return self.x * self.x + self.y * self.y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


def case_instance_attributes():
    p = Point(0, 0)
    for i in range(N):
        p.x += 1
        p.y = p.x - p.y
        p.z = p.x
        p = p + Point(1, p.scale)
    print(p, p.norm(), hasattr(p, "z"), vars(p))
    for i in range(N):
        p.extra = i
        del p.extra
    print(vars(p))


def case_missing_attributes():
    def read(objects):
        t = 0
        for o in objects:
            t += o.x
        return t
    attempt(read, [Point(1, 2)] * N)
    attempt(read, [Point(1, 2)] * 900 + [3])
    attempt(read, [Point(1, 2)] * 900 + [object()])
    broken = Point(1, 2)
    del broken.x
    attempt(read, [Point(1, 2)] * 900 + [broken])

    def delete(n):
        p = Point(1, 2)
        for i in range(n):
            p.q = i
            del p.q
            if i == 900:
                del p.q
    attempt(delete, N)


def case_shapes_change():
    out = []
    for i in range(N):
        p = Point(i, 1)
        if i % 3 == 0:
            p.extra = i
        if i % 7 == 0:
            vars(p)["y"] = 100
        if i % 11 == 0:
            p.__dict__ = {"x": 5, "y": i}
        if i % 13 == 0:
            del p.y
            p.y = 3
        out.append(p.x + p.y)
    print(sum(out), out[:40])
    big = Point(0, 0)
    for i in range(60):
        setattr(big, f"a{i}", i)
    total = 0
    for i in range(N):
        total += big.a59 + big.a3 + big.x
        big.a40 = i
    print(total, big.a40)


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


def case_slots():
    s = Slotted(0)
    for i in range(N):
        s.a += i
        s.b = s.a
        if i % 2:
            del s.b
    attempt(lambda: s.b)

    def read(objects):
        return [o.b for o in objects]
    s.b = 3
    attempt(lambda: sum(read([s] * N)))
    attempt(read, [s] * 900 + [Slotted(1)])

    def store(n):
        for i in range(n):
            if i < 900:
                s.a = i
            else:
                s.c = i
    attempt(store, N)


class Props:
    reads = 0

    def __init__(self):
        self._v = 1

    @property
    def v(self):
        self.reads += 1
        if self.reads == 1400:
            raise AttributeError("property")
        return self._v

    @v.setter
    def v(self, value):
        if value < 0:
            raise ValueError(value)
        self._v = value

    @v.deleter
    def v(self):
        self._v = None


def case_properties():
    p = Props()
    for i in range(600):
        p.v = p.v + 1
        p.v += 1
    print(p._v, p.reads)

    def run(n, value):
        total = 0
        for i in range(n):
            p.v = 1 if i < 150 else value
            total += p.v
        return total
    attempt(run, 180, 1)
    attempt(run, 180, -1)
    attempt(run, 180, 1)
    del p.v
    print(p.v)


class Fallback:
    def __init__(self):
        self.real = 1

    def __getattr__(self, name):
        if name == "bad":
            raise AttributeError("no " + name)
        if name.startswith("m"):
            return lambda x: x + len(name)
        return len(name)


class Everything:
    def __getattribute__(self, name):
        return name.upper()


class Recorder:
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)

    def __delattr__(self, name):
        object.__setattr__(self, name, -1)


def case_attribute_hooks():
    f, e, r = Fallback(), Everything(), Recorder()
    total = 0
    for i in range(N):
        total += f.real + f.three + f.method(i) + len(e.word)
        r.x = i
        total += r.x
        del r.x
        total += r.x
        total += getattr(f, "bad", 3)
    print(total)

    def bad(n):
        for i in range(n):
            f.fine if i < 900 else f.bad
    attempt(bad, N)


class Data:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, cls):
        return self if obj is None else getattr(obj, self.name, 0)

    def __set__(self, obj, value):
        setattr(obj, self.name, value)


class NonData:
    def __get__(self, obj, cls):
        return 7 if obj is None else obj.base


class Described:
    data = Data()
    lazy = NonData()

    def __init__(self):
        self.base = 1


def case_descriptors():
    d = Described()
    total = 0
    for i in range(N):
        d.data = i
        total += d.data + d.lazy + Described.lazy
        if i == 700:
            d.lazy = 1000
        if i == 1000:
            d.__dict__["data"] = "hidden"
        if i == 1200:
            del d.lazy
    print(total, type(Described.data).__name__, d._data)


class Base:
    def __init__(self, n):
        self.n = n

    def who(self):
        return "base"

    def add(self, x):
        return self.n + x

    @classmethod
    def name(cls):
        return cls.__name__


class Left(Base):
    def who(self):
        return "left " + super().who()

    def add(self, x):
        return super().add(x) * 2


class Right(Base):
    def who(self):
        return "right " + super().who()

    def add(self, x):
        return super(Right, self).add(x) * 3


class Both(Left, Right):
    def __init__(self, n):
        super().__init__(n)
        self.m = n

    def who(self):
        return "both " + super().who()

    def add(self, x):
        return super().add(x) + self.m

    @classmethod
    def name(cls):
        return super().name().lower()


def case_super():
    out = []
    for i in range(N):
        for cls in (Base, Left, Right, Both):
            o = cls(i)
            out.append((o.who(), o.add(1), o.name()))
    print(out[:4], hash(tuple(out)), len(out))

    class Bad(Base):
        def who(self):
            return super().nothing() if self.n == 900 else super().who()

    def run(n):
        for i in range(n):
            Bad(i).who()
    attempt(run, N)


def case_polymorphic_attributes():
    class A:
        def __init__(self):
            self.v = 1

        def m(self):
            return 1

    class B:
        __slots__ = "v"

        def __init__(self):
            self.v = 2

        def m(self):
            return 2

    class C:
        v = 3
        m = staticmethod(lambda: 3)

    class D:
        v = property(lambda self: 4)
        m = classmethod(lambda cls: 4)

    class E(dict):
        v = 5

        def __getattr__(self, name):
            return lambda: 5

    class F(A):
        def __init__(self):
            self.m = lambda: 6
            self.v = 6
    objects = [c() for c in (A, B, C, D, E, F)] + [A, C, Fallback()]
    objects[6] = C
    total = 0
    for i in range(4000):
        o = objects[i % 9 if i % 1000 > 300 else 0]
        total = total * 3 + (o.v if o is not objects[8] else o.real) & 0xffffffff
        if o is not objects[8]:
            total += o.m()
    print(total)


class Number:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        if isinstance(other, Number):
            return Number(self.v + other.v)
        if isinstance(other, int):
            return Number(self.v + other)
        return NotImplemented

    def __radd__(self, other):
        return Number(other - self.v)

    def __iadd__(self, other):
        self.v += 1000
        return self

    def __mul__(self, other):
        return self.v * 2

    __matmul__ = __mul__

    def __neg__(self):
        return Number(-self.v)

    def __invert__(self):
        return "inv"

    def __lt__(self, other):
        return self.v < other.v

    def __eq__(self, other):
        return "equal" if self.v == other.v else 0

    __hash__ = None

    def __index__(self):
        return self.v % 10

    def __divmod__(self, other):
        return 1, 2


def case_operator_methods():
    total = Number(0)
    extra = 0
    for i in range(N):
        total = total + i
        total = i + total if i % 100 == 0 else total + Number(1)
        if i % 200 == 0:
            total += 5
        extra += Number(i) * 2 + (Number(i) @ 3) + (Number(i) < total) + len(~total)
        extra += (-total).v % 3 + bool(total == total) + bool(total == Number(0.5))
        extra += [0, 1, 2, 3, 4, 5, 6, 7, 8, 9][Number(i)] + divmod(total, 2)[1]
    print(total.v, extra, total == total)

    def bad(n):
        t = Number(0)
        for i in range(n):
            t = t + (i if i < 900 else "x")
    attempt(bad, N)

    def unhashable(n):
        for i in range(n):
            {i if i < 900 else Number(3)}
    attempt(unhashable, N)


class Box:
    def __init__(self):
        self.items = {}

    def __getitem__(self, key):
        if isinstance(key, slice):
            return (key.start, key.stop, key.step)
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __delitem__(self, key):
        del self.items[key]

    def __contains__(self, key):
        return key in self.items or key == "magic"

    def __len__(self):
        return len(self.items)

    def __iter__(self):
        return iter(self.items)


def case_container_methods():
    b = Box()
    total = 0
    for i in range(N):
        b[i] = i * 2
        total += b[i] + len(b) + (i in b) + ("magic" in b) + ("x" not in b)
        total += len(b[1:i]) + b[:i][1]
        b[2:3] = i
        if i % 2:
            del b[i]
        if i % 300 == 0:
            total += sum(k for k in b if isinstance(k, int))
    print(total, len(b), bool(b))
    attempt(lambda: [b[k] for k in [0] * 900 + [1]])


class Manager:
    log = []

    def __init__(self, n, swallow=False):
        self.n = n
        self.swallow = swallow

    def __enter__(self):
        if self.n == 1300:
            raise RuntimeError("enter")
        return self.n

    def __exit__(self, kind, value, tb):
        self.log.append((self.n, kind and kind.__name__, tb and tb.tb_lineno))
        if self.n == 1400:
            raise OSError("exit")
        return self.swallow


def case_with():
    Manager.log.clear()
    total = 0
    for i in range(N - 300):
        with Manager(i) as a, Manager(i + 10000, swallow=True) as b:
            total += a + b
            if i % 100 == 7:
                raise ValueError(i)
            if i % 50 == 3:
                continue
        total += 1
    print(total, len(Manager.log), Manager.log[-3:], [e for e in Manager.log if e[1]][:6])

    def run(start, stop):
        for i in range(start, stop):
            with Manager(i):
                pass
        return stop
    attempt(run, 0, 1299)
    attempt(run, 600, N)
    attempt(run, 1301, N)

    def early(n):
        for i in range(n):
            with Manager(i):
                if i == 1000:
                    return i
    print(early(1200), len(Manager.log))

    def no_manager(n):
        for i in range(n):
            with Manager(i) if i < 900 else 3:
                pass
    attempt(no_manager, N)


def case_classes_made_in_loops():
    names = []
    for i in range(120):
        class Local(Point):
            index = i
            squares = [x * i for x in range(3)]

            def get(self):
                return self.index + super().norm()

            def __init_subclass__(cls, **kw):
                names.append((cls.__name__, kw))
        o = Local(1, 2)
        total = 0
        for k in range(10):
            total += o.get()
        if i % 40 == 0:
            class Sub(Local, tag=i):
                pass
    print(total, names, Local.squares)


class Meta(type):
    def __call__(cls, *args):
        return (cls.__name__, super().__call__(*args).x)

    def __getattr__(cls, name):
        return name * 2

    def __len__(cls):
        return 42

    def __instancecheck__(cls, obj):
        return obj == 5

    def __contains__(cls, x):
        return x == 3

    @property
    def prop(cls):
        return 9


class WithMeta(metaclass=Meta):
    def __init__(self, x=1):
        self.x = x


def case_metaclasses():
    total = 0
    for i in range(N):
        total += WithMeta(i)[1] + len(WithMeta) + len(WithMeta.abc) + WithMeta.prop
        total += isinstance(i, WithMeta) + (i in WithMeta) + isinstance(WithMeta, Meta)
    print(total, WithMeta())


@dataclasses.dataclass(order=True)
class Item:
    price: float
    name: str = "none"
    tags: list = dataclasses.field(default_factory=list)


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Flags(enum.IntFlag):
    A = 1
    B = 2


Pair = collections.namedtuple("Pair", "first second")


def case_dataclasses_enums_namedtuples():
    best = Item(0)
    counts = {}
    total = 0
    for i in range(600):
        item = Item(i % 97, f"n{i % 3}", [i])
        best = max(best, item)
        total += item == Item(i % 97, f"n{i % 3}", [i])
        color = Color(i % 2 + 1)
        counts[color] = counts.get(color, 0) + 1
        total += color is Color.RED
        total += int(Flags.A | (Flags.B if i % 2 else Flags.A))
        p = Pair(i, second=2)
        a, b = p
        total += p.first + p[1] + a - b + len(p._replace(first=1))
    print(best, counts, total, p)


def case_class_attributes_and_modules():
    import math
    import string
    total = 0
    for i in range(N):
        total += int(math.floor(math.pi * i)) + len(string.digits) + Point.scale
        Point.scale = i % 5
        total += Point(1, 2).scale
    Point.scale = 2
    print(total)

    def bad(n):
        for i in range(n):
            math.pi if i < 900 else math.nothing
    attempt(bad, N)


def case_isinstance_and_abc():
    from collections.abc import Iterable, Mapping, Sized
    values = [1, [1], {1: 1}, "a", (1,), Box(), object(), {1}]
    total = 0
    for i in range(600):
        v = values[i % 8]
        total = total * 2 + isinstance(v, Iterable) + isinstance(v, (Mapping, int)) & 0xffffff
        total += isinstance(v, Sized) + (type(v) in (int, str)) + issubclass(type(v), dict)
    print(total)


def case_bound_method_identity_and_equality():
    p = Point(1, 2)
    total = 0
    for i in range(N):
        total += p.norm == p.norm
        total += p.norm is p.norm
        total += (p.norm.__self__ is p) + (p.norm.__func__ is Point.norm)
        total += Point.norm is Point.norm
    print(total)


def case_linked_lists_and_trees():
    class Node:
        __slots__ = ("key", "left", "right")

        def __init__(self, key):
            self.key = key
            self.left = self.right = None

    def insert(node, key):
        if node is None:
            return Node(key)
        if key < node.key:
            node.left = insert(node.left, key)
        elif key > node.key:
            node.right = insert(node.right, key)
        return node

    def walk(node):
        if node is not None:
            yield from walk(node.left)
            yield node.key
            yield from walk(node.right)

    def height(node):
        return 0 if node is None else 1 + max(height(node.left), height(node.right))
    root, x = None, 1
    for _ in range(500):
        x = x * 1103515245 + 12345 & 0x7fffffff
        root = insert(root, x >> 16)
    keys = list(walk(root))
    print(len(keys), keys == sorted(keys), height(root), keys[:5])

    head = None
    for i in range(N):
        head = (i, head)
    total = 0
    while head:
        value, head = head
        total += value
    print(total)
