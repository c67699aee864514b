"""What hot code relies on, changed under it."""

import builtins
import sys
import types
from common import N, attempt, report


def add(a, b=1, *, c=0):
    return a + b + c


def multiply(a, b=2, *, c=0):
    return a * b + c


ADD_CODE = add.__code__


def case_function_code_is_swapped():
    def run(n, change):
        total = 0
        for i in range(n):
            total += add(i, 3)
            if i == change:
                add.__code__ = multiply.__code__
        return total
    for change in (-1, 900, -1):
        print(run(N, change))
    add.__code__ = ADD_CODE
    print(run(N, -1))

    def outer(i):
        return add(i, 3) + 1

    def from_callee(n):
        def swap(i):
            if i == 800:
                add.__code__ = multiply.__code__
            return 0
        total = 0
        for i in range(n):
            total += outer(i) + swap(i) + outer(i)
        return total
    print(from_callee(N))
    add.__code__ = ADD_CODE


def turns(i):
    if i == 700:
        turns.__code__ = turned.__code__
    return 1


def turned(i):
    return 2


TURNS_CODE = turns.__code__


def case_function_swaps_its_own_code():
    def run(n):
        return sum([turns(i) for i in range(n)])
    print(run(N), run(10))
    turns.__code__ = TURNS_CODE
    print(run(500), run(701), run(3))
    turns.__code__ = TURNS_CODE


def case_defaults_are_swapped():
    def run(n, hook):
        total = 0
        for i in range(n):
            total += add(i)
            total += add(i, c=2)
            if i % 300 == 299:
                hook(i)
        return total

    def defaults(i):
        add.__defaults__ = (i,)

    def kwdefaults(i):
        add.__kwdefaults__ = {"c": i}

    def in_place(i):
        add.__kwdefaults__["c"] += 1
    for hook in (defaults, kwdefaults, in_place):
        print(run(N, hook))
    add.__defaults__ = None
    attempt(run, N, defaults)
    add.__defaults__ = (1,)
    add.__kwdefaults__ = {"c": 0}
    print(run(N, str))


class Base:
    factor = 2

    def value(self):
        return 1

    def other(self):
        return self.factor


class Child(Base):
    pass


def use(o, n, hook, at=900):
    total = 0
    for i in range(n):
        total += o.value() * 3 + o.factor + o.other()
        if i == at:
            hook()
    return total


def case_class_attributes_change():
    def replace_method():
        Base.value = lambda self: 10

    def back():
        Base.value = original
    original = Base.value
    for cls in (Base, Child):
        print(use(cls(), N, replace_method), use(cls(), N, back))

    def change_factor():
        Base.factor += 5

    def shadow():
        Child.factor = 100

    def unshadow():
        del Child.factor
    o = Child()
    print(use(o, N, change_factor), use(o, N, shadow), use(o, N, unshadow))
    Base.factor = 2

    def on_instance():
        o.factor = 7
        o.value = lambda: 70

    def off_instance():
        del o.factor, o.value
    print(use(o, N, on_instance), use(o, N, off_instance))

    def to_property():
        Base.factor = property(lambda self: 3)

    def to_plain():
        Base.factor = 2
    print(use(o, N, to_property), use(o, N, to_plain))

    def remove():
        del Base.value
    attempt(use, o, N, remove)
    Base.value = original


def case_bases_change():
    class A:
        def value(self):
            return "A"

    class B:
        def value(self):
            return "B"

    class C(A):
        pass

    class D(C):
        pass
    o = D()
    out = []
    for i in range(N):
        out.append(o.value())
        if i == 900:
            C.__bases__ = (B,)
        if i == 1200:
            D.value = lambda self: "D"
    print(out.count("A"), out.count("B"), out.count("D"))


def case_bases_change_under_a_metaclass_with_an_mro():
    # The type then loses its version without telling watchers.
    class Meta(type):
        def mro(cls):
            return type.mro(cls)

    class A:
        def value(self):
            return "A"

    class B:
        def value(self):
            return "B"

    class C(A, metaclass=Meta):
        pass

    class Other(A):
        pass

    def run(o):
        classes = [Other] * N
        classes[N - 100] = C
        out = []
        for cls in classes:
            first = o.value()
            setattr(cls, "__bases__", (B,))     # in C, so that the trace goes on
            out.append(first + o.value())
        return out
    out = run(C())
    print(out.count("AA"), out.count("AB"), out.count("BB"))


class Cat:
    def __init__(self):
        self.n = 1

    def say(self):
        return self.n


class Dog:
    def say(self):
        return self.n * 100


class Slot1:
    __slots__ = "n"

    def say(self):
        return 1


class Slot2:
    __slots__ = "n"

    def say(self):
        return 2


def case_class_assignment():
    def run(o, other, n):
        total = 0
        for i in range(n):
            total += o.say()
            if i == 900:
                o.__class__ = other
        return total
    print(run(Cat(), Dog, N), run(Cat(), Dog, N), run(Slot1(), Slot2, N), run(Slot1(), Slot2, N))
    attempt(run, Slot1(), Cat, N)

    def flips(n):
        o = Cat()
        total = 0
        for i in range(n):
            o.__class__ = Dog if i % 50 == 49 else Cat if i % 50 == 0 else type(o)
            total += o.say()
        return total
    print(flips(N))

    def inside(n):
        class Turncoat:
            def flip(self, i):
                if i == 800:
                    self.__class__ = Loyal
                return self.name()

            def name(self):
                return 1

        class Loyal(Turncoat):
            def name(self):
                return 1000
        o = Turncoat()
        return sum([o.flip(i) + o.name() for i in range(n)])
    print(inside(N))
    module = types.ModuleType("m")
    module.x = 1

    class Lazy(types.ModuleType):
        def __getattr__(self, name):
            return 5
    total = 0
    for i in range(N):
        total += module.x
        if i == 900:
            module.__class__ = Lazy
            del module.x
    print(total)


G = 1


def helper(x):
    return x + G


def case_globals_change():
    def run(n):
        global G
        total = 0
        for i in range(n):
            total += helper(i)
            if i == 800:
                G = 1000
            if i == 1100:
                G = 0.5
        G = 1
        return total
    print(run(N), run(N))

    def rebind_function(n):
        global helper
        old = helper
        total = 0
        for i in range(n):
            total += helper(i)
            if i == 900:
                def helper(x):
                    return -x
        helper = old
        return total
    print(rebind_function(N))

    def deleted(n):
        global G
        total = 0
        try:
            for i in range(n):
                total += helper(i)
                if i == 1000:
                    del G
        finally:
            G = 1
        return total
    attempt(deleted, 900)
    attempt(deleted, N)

    def through_dict(n):
        total = 0
        for i in range(n):
            total += helper(0)
            if i == 500:
                globals().update(G=7)
            if i == 700:
                globals()["G"] = 8
            if i == 900:
                vars(sys.modules[__name__])["G"] = 9
            if i == 1000:
                setattr(sys.modules[__name__], "G", 1)
        return total
    print(through_dict(N))


def touch(i):
    """Changes a global from below a C call."""
    global G
    if i == 900:
        G = 50
    return 0


def case_globals_change_below_c_calls():
    global G

    def run(n):
        total = 0
        for i in range(n):
            before = G
            total += sum(map(touch, (i,)))
            total += G - before + G
        return total
    print(run(N))
    G = 1

    class Sly:
        def __eq__(self, other):
            global G
            G += 1
            return True

        def __hash__(self):
            return 1

        def __del__(self):
            global G
            G += 1
    s = Sly()

    def sly(n):
        total = 0
        for i in range(n):
            if s == 1:
                total += G
            if i % 100 == 0:
                Sly()
                total += G
        return total
    print(sly(N), G)
    G = 1


def case_builtins_are_replaced():
    def run(n, hook):
        total = 0
        for i in range(n):
            total += len("abc") + abs(-i)
            if i == 900:
                hook()
        return total

    def replace():
        builtins.len = lambda x: 1000

    def restore():
        builtins.len = real

    real = len
    try:
        print(run(N, str), run(N, replace), run(N, str))
    finally:
        builtins.len = real
    print(run(N, str))

    def shadow():
        globals()["len"] = lambda x: 5000

    def unshadow():
        del globals()["len"]
    print(run(N, shadow), run(N, str), run(N, unshadow), run(N, str))

    def add_name():
        builtins.test_jit_name = 4

    def use_name(n):
        total = 0
        for i in range(n):
            total += test_jit_name
            if i == 900:
                del builtins.test_jit_name
        return total
    add_name()
    attempt(use_name, 800)
    attempt(use_name, N)


def case_builtin_types_are_shadowed():
    def run(n):
        out = []
        for i in range(n):
            out.append(type(i)(str(i)) if isinstance(i, int) else None)
            if i == 700:
                globals()["int"] = float
            if i == 900:
                del globals()["int"]
            if i == 1000:
                globals()["str"] = repr
                globals()["range"] = None
        del globals()["str"], globals()["range"]
        return out.count(None), len(out)
    print(run(N), run(N))


def case_one_code_object_with_two_globals():
    source = '''
def f(n):
    total = 0
    for i in range(n):
        total += step(i) + K
    return total
'''
    code = compile(source, "<two>", "exec")
    one = {"K": 1, "step": lambda i: i}
    two = {"K": 100.5, "step": lambda i: -i, "range": lambda n: iter([5] * n)}
    exec(code, one)
    exec(code, two)
    for _ in range(3):
        print(one["f"](N), two["f"](N))
        one["K"] += 1
        two["K"] += 1
    shared = types.FunctionType(one["f"].__code__, two)
    print(shared(N), one["f"](N))
    three = {"K": 5, "step": len, "__builtins__": {"range": lambda n: ["ab"] * n}}
    third = types.FunctionType(one["f"].__code__, three)
    print(third(N), one["f"](N), third(N))
    del three["__builtins__"]["range"]
    attempt(types.FunctionType(one["f"].__code__, three), N)
    flat = compile('''
for i in range(600):
    x = x + K
    if i == limit:
        K = K * 2
''', "<flat>", "exec")
    spaces = [{"x": 0, "K": 1, "limit": 300}, {"x": 0.5, "K": 2, "limit": 500}, {"x": "", "K": "a", "limit": 3}]
    for _ in range(3):
        for space in spaces:
            exec(flat, space)
    print(spaces[0]["x"], spaces[1]["x"], len(spaces[2]["x"]))

    class Namespace(dict):
        def __missing__(self, key):
            return {"K": 3}.get(key) or getattr(builtins, key)
    space = Namespace(x=1, limit=-1)
    exec(flat, {}, space)
    print(space["x"])


def case_globals_are_copied():
    # The copy is made when the code is hot already, and has the same keys.
    space = {}
    exec("""
K = 1
def f():
    return K
def leaf():
    return K
def calls():
    return leaf() + K
def loop(n):
    t = 0
    for i in range(n):
        t += f() + K
    return t
""", space)

    def many(call):
        return sum([call() for _ in range(N)])

    def each(call):
        return list(map(call.__call__, ())), call()
    names = "f", "calls"
    print(space["loop"](N), [many(space[name]) for name in names])
    for copy in (space.copy(), dict(space), {**space}, {} | space):
        copy["K"] = 2
        for name in names:
            copied = types.FunctionType(space[name].__code__, copy)
            print(each(copied), many(copied), many(space[name]), each(space[name]))
        loop = types.FunctionType(space["loop"].__code__, copy)
        print(loop(N), space["loop"](N), loop(3))


def case_modules_change():
    import math
    module = types.ModuleType("fake")
    module.value = 1

    def run(n):
        total = 0
        for i in range(n):
            total += module.value
            if i == 500:
                module.value = 10
            if i == 800:
                module.__dict__["value"] = 100
            if i == 1000:
                del module.value
                module.__getattr__ = lambda name: 1000
        return total
    print(run(N))
    del module.__getattr__
    attempt(run, 5)
    old = math.floor
    try:
        total = 0
        for i in range(N):
            total += math.floor(2.5)
            if i == 900:
                math.floor = lambda x: 100
    finally:
        math.floor = old
    print(total)

    def imports(n):
        total = 0
        for i in range(n):
            import math
            from math import pi
            total += pi > 3
            if i == 900:
                sys.modules["math"] = types.SimpleNamespace(pi=1)
        return total
    real = sys.modules["math"]
    try:
        attempt(imports, N)
    finally:
        sys.modules["math"] = real


def case_closures_change():
    def make():
        k = 1

        def f(x):
            return x + k
        return f
    f = make()
    total = 0
    for i in range(N):
        total += f(i)
        if i == 700:
            f.__closure__[0].cell_contents = 100
        if i == 1000:
            f.__closure__[0].cell_contents = 0.25
    print(total)

    def empty(n):
        for i in range(n):
            f(i)
            if i == 900:
                del f.__closure__[0].cell_contents
    attempt(empty, N)
    two = [make(), make()]
    two[1].__closure__[0].cell_contents = 50
    total = 0
    for i in range(N):
        total += two[i % 2](i)
        if i > 1000:
            total += two[0](i)
    print(total)


def case_special_methods_change():
    class V:
        def __init__(self, v):
            self.v = v

        def __add__(self, other):
            return V(self.v + 1)

        def __eq__(self, other):
            return True

        def __getitem__(self, i):
            return 1

        def __len__(self):
            return 1

        def __bool__(self):
            return True

        def __call__(self):
            return 1

        def __iter__(self):
            return iter((1, 2))
    v = V(0)
    score = 0
    for i in range(N):
        v = v + 1
        score += (v == 3) + v[0] + len(v) + (1 if v else 0) + v() + sum(v)
        for x in v:
            score += x
        if i == 500:
            V.__add__ = lambda self, other: V(self.v + 100)
            V.__eq__ = lambda self, other: False
        if i == 800:
            V.__getitem__ = lambda self, i: 1000
            V.__len__ = lambda self: 77
            V.__call__ = lambda self: 10**6
        if i == 1100:
            del V.__bool__
            V.__iter__ = lambda self: iter(())
            V.__len__ = lambda self: 0
    print(v.v, score)


def case_init_and_new_change():
    class A:
        def __init__(self, x):
            self.x = x
    total = 0
    for i in range(N):
        total += A(i).x
        if i == 600:
            def init(self, y):
                self.x = -y
            A.__init__ = init
        if i == 900:
            A.__new__ = staticmethod(lambda cls, x: types.SimpleNamespace(x=7))
        if i == 1200:
            A.__new__ = staticmethod(lambda cls, x: object.__new__(cls))
    print(total)


def case_attribute_hooks_appear():
    class A:
        x = 1

        def __init__(self):
            self.y = 2
    a = A()
    total = 0
    for i in range(N):
        total += a.x + a.y
        if i == 600:
            A.__getattribute__ = lambda self, name: 100
        if i == 800:
            del A.__getattribute__
        if i == 1000:
            A.__getattr__ = lambda self, name: 1000
            del a.y
        if i == 1200:
            A.__setattr__ = lambda self, name, value: object.__setattr__(self, name, value * 2)
            a.y = 4
    print(total)


def case_method_resolution_through_metaclass():
    class M(type):
        @property
        def x(cls):
            return 5

    class A(metaclass=M):
        pass
    total = 0
    for i in range(N):
        total += A.x
        if i == 700:
            M.x = property(lambda cls: 50)
        if i == 1000:
            M.x = 500
        if i == 1200:
            A.x = 1
    print(total)


def case_deleted_while_running():
    def make(n):
        def inner(i):
            if i == 900:
                holder.clear()
            return i
        holder = [inner]
        del inner
        total = 0
        for i in range(n):
            f = holder[0] if holder else abs
            total += f(i)
            del f
        return total
    print(make(N))

    class Temp:
        def m(self, i):
            if i == 900:
                del Temp.m
            return 1
    t = Temp()

    def run(n):
        total = 0
        for i in range(n):
            total += t.m(i)
        return total
    attempt(run, N)


def case_type_of_a_global_changes():
    global G
    for value in (1, 2.5, 10**20, True):
        G = value
        total = 0
        for i in range(400):
            total = total + helper(i)
        print(repr(total))
    G = "text"
    attempt(helper, 1)
    G = 1


def case_dict_of_globals_is_replaced_by_clear():
    space = {"__builtins__": builtins}
    exec('''
def f(n):
    t = 0
    for i in range(n):
        t += g(i)
        if i == 700:
            hook()
    return t
def g(i):
    return i + K
''', space)
    f = space["f"]
    space["K"] = 1
    space["hook"] = lambda: None
    print(f(N))
    saved = dict(space)

    def hook():
        space.clear()
        space.update(saved, K=1000)
    space["hook"] = hook
    print(f(N), f(N))
    space["hook"] = lambda: space.clear()
    attempt(f, N)


def case_globals_are_copied():
    source = '''
def f(n):
    total = 0
    for i in range(n):
        total += K + len("abc") + K
    return total
'''
    space = {"K": 1}
    exec(source, space)
    print(space["f"](N))
    copy = space.copy()
    copy["K"] = 100
    print(types.FunctionType(space["f"].__code__, copy)(N))
    copy = space.copy()
    copy["__builtins__"] = vars(builtins).copy()
    copy["__builtins__"]["len"] = lambda x: 10000
    print(types.FunctionType(space["f"].__code__, copy)(N))
    print(space["f"](N))


def case_globals_change_by_equal_names():
    class Name(str):
        pass

    class Same:
        def __hash__(self):
            return hash("CONSTANT")

        def __eq__(self, other):
            return other == "CONSTANT"
    source = '''
def f(n):
    total = 0
    for i in range(n):
        total += C
        total += CONSTANT + len("abc")
        if i == 900:
            change()
    return total
'''
    def run(change):
        space = {"C": 0, "CONSTANT": 1}
        space["change"] = lambda: change(space)
        exec(source, space)
        attempt(space["f"], N)
    run(lambda space: space.__setitem__("TNATSNOC"[::-1], 50))
    run(lambda space: space.__setitem__(Name("CONSTANT"), 50))
    run(lambda space: space.__setitem__(Same(), 50))
    run(lambda space: space.update({"TNATSNOC"[::-1]: 50}))
    run(lambda space: space.pop("TNATSNOC"[::-1]))
    run(lambda space: space.__setitem__("nel"[::-1], lambda x: 50))
    old = len

    def replace(space):
        vars(builtins)["nel"[::-1]] = lambda x: 50
    try:
        run(replace)
    finally:
        builtins.len = old


def case_globals_that_were_empty():
    def f(n, change):
        total = 0
        for i in range(n):
            total += len("abc")
            if i == 900:
                change()
        return total
    for names in ({"len": lambda x: 100}, {"abs": abs, "len": lambda x: 100}):
        space = {}
        g = types.FunctionType(f.__code__, space)
        print(g(N, lambda: space.update(names)), g(N, lambda: None))


def case_globals_share_keys():
    class Namespace:
        def __init__(self, after):
            self.K = 1
            self.after = after
    source = '''
def f(n):
    total = 0
    for i in range(n):
        total += len("abc")
        after()
        total += len("abc") + K
    return total
'''
    def changes(space):
        for i in range(10 * N):
            if i == 700 and space is not None:
                vars(space)["len"] = lambda x: 10000
            yield
    a, b = Namespace(changes(None).__next__), Namespace(None)
    b.after = changes(b).__next__
    code = compile(source, "<keys>", "exec").co_consts[0]
    f = types.FunctionType(code, vars(a))
    g = types.FunctionType(code, vars(b))
    print(f(N), f(N), g(N), f(N))


def case_vectorcall_of_a_function_is_replaced():
    try:
        from _testcapi import function_setvectorcall
    except ImportError:
        print("no _testcapi")
        return

    global sign

    def sign(i):
        return i * 2

    def run(n):
        results = []
        for i in range(n):
            results.append((N, sign(i)))
            if i == 900:
                function_setvectorcall(sign)
        return len(results), results[0], results[899:903], results[-1]
    print(run(N))


def case_method_dies_while_it_is_recorded():
    class A:
        def m(self):
            return 0

    def change(i):
        A.m = eval(f"lambda self: {i}")
    a = A()
    total = 0
    for i in range(N):
        total += a.m()
        change(i)
    print(total)
    for i in range(N):
        total += a.m()
    print(total)
