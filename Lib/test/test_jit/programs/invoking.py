"""Calls of functions that are known, that are checked, and of bound methods: what they call changes."""

import functools
import gc
import sys
import types
import weakref
from common import N, where
from sites import (FORMS, Callable, Pair, Site, add, closure, coroutine, generate, keyword_only, one, shown, star,
                   subtract, summary, three, with_default)

CALLEES = [subtract, one, three, with_default, keyword_only, star, max, divmod, Pair, Callable(), closure(7), closure(8),
           functools.partial(add), add, lambda s, i: (i, s), str, 3]


def case_callee_is_replaced():
    for form in FORMS:
        for callee in CALLEES:
            site = Site(form)
            site.put(add)
            site.run(150 - N, 150)

            def step(i):
                if i == 200:
                    site.put(callee)
                if i == 240:
                    site.put(add)
            out = site.run(150, 300, step)
            print(form, [str(x) for x in out[49:51]], [str(x) for x in out[89:91]], hash(str(out)))


def case_callee_is_replaced_all_the_time():
    for form in FORMS:
        site = Site(form)
        callees = [add] * 40 + CALLEES

        def step(i):
            site.put(callees[i * i % len(callees)])
        site.put(add)
        summary(site.run(0, N, step))
        summary(site.run(0, N, step))


def case_what_a_bound_method_is_of():
    class Base:
        def m(self, i):
            return "base", i

        @classmethod
        def c(cls, i):
            return cls.__name__, i

        @staticmethod
        def s(i):
            return "static", i

        def __call__(self, i):
            return "called", i

    class Sub(Base):
        def m(self, i):
            return "sub", super().m(i)

    class Other(Base):
        m = Base.c

    methods = [Sub().m, Base.c, Sub.c, Base.s, Base(), Other().m, [].count, (3).__add__, len, Sub.m.__get__(Base()),
               types.MethodType(Base().m, 5), types.MethodType(types.MethodType(add, 5), 6), types.MethodType(max, 5),
               types.MethodType(Pair, 5), types.MethodType(Callable(), 5), types.MethodType(add, "x"),
               types.MethodType(with_default, 5), types.MethodType(generate, 5), Base().__call__,
               types.MethodType(functools.partial(add, 5), 6), functools.partialmethod(add, 1)]
    for other in methods:
        def run(n, method):
            out = []
            for i in range(n):
                if i == 100:
                    method = other
                try:
                    out.append((shown(method(i)), i))
                except TypeError as exc:
                    out.append((exc.args, where(exc)))
            return out
        run(60, Base().m)
        out = run(160, Base().m)
        print(out[99:101], hash(str(out)))


def case_numbers_of_arguments():
    # Where the call is not of what was recorded, all of them go back to where tier 1 wants them.
    for count in (*range(13), 15, 16, 17, 40):
        for form in FORMS:
            parameters = [f"a{k}" for k in range(count)]
            arguments = ["i" if k % 3 == 0 else "x" if k % 3 == 1 else "i + 1" for k in range(count)]
            source = f"""
def callee({', '.join(parameters)}):
    return ({''.join(p + ', ' for p in parameters)})

class C:
    def method({', '.join(['self', *parameters])}):
        return ({''.join(p + ', ' for p in parameters)})

def run(n, x, callee=None):
    out = []
    for i in range(n):
        CALLEE
        out.append(("below", i, callee({', '.join(arguments)}), x))
    return out
"""
            if form == "known":
                source = source.replace("callee=None", "").replace("CALLEE", "change(i)")
            elif form == "function":
                source = source.replace("CALLEE", "callee = functions[i % 50 > 44]")
            else:
                source = source.replace("CALLEE", "callee = methods[i % 50 > 44]")
            space = {}
            exec(source, space)
            f = space["f"] = space["callee"]
            space["m"] = space["C"]().method
            x = object()
            other = lambda *args: (args, "other")
            space["functions"] = f, other
            space["methods"] = space["m"], types.MethodType(other, 5)

            def change(i):
                space["callee"] = other if i % 50 > 44 else f
            space["change"] = change
            before = [sys.getrefcount(o) for o in (x, f, other, space["m"])]
            out = space["run"](200, x)
            text = str(out).replace(str(x), "x")
            del out
            after = [sys.getrefcount(o) for o in (x, f, other, space["m"])]
            print(count, form, hash(text), [b - a for a, b in zip(before, after)])


def case_arguments_replace_the_callee():
    # A finalizer that runs between the load of the function and the call.
    class Dies:
        def __init__(self, act):
            self.act = act

        def __del__(self):
            self.act()

    def drop(box):
        box[0] = None
        return 1

    def other(s, i):
        return "other", s, i

    for form in FORMS:
        for act in ("replace", "code", "defaults", "delete"):
            def fresh(s, i):
                return s, i

            def change():
                if act == "replace":
                    space["callee"] = other if form != "method" else types.MethodType(other, 5)
                elif act == "code":
                    fresh.__code__ = other.__code__
                elif act == "defaults":
                    fresh.__defaults__ = (8, 9)
                else:
                    space["callee"] = None

            box = [None]
            space = {"box": box, "drop": drop, "dies": lambda: Dies(change)}
            space["callee"] = fresh if form != "method" else types.MethodType(fresh, 5)
            exec(f"""
def run(n):
    out = []
    for i in range(n):
        if i == 120:
            box[0] = dies()
        {"" if form == "known" else "local = globals()['callee']"}
        try:
            out.append([i, CALL, i])
        except TypeError as exc:
            out.append((i, exc.args))
    return out
""".replace("CALL", "callee(5, drop(box))" if form == "known" else
            "local(5, drop(box))" if form == "function" else "local(drop(box))"), space)
            out = space["run"](150)
            print(form, act, out[118:123], hash(str(out)))


def case_closures():
    def make(a, b, bind):
        if bind:
            c = a + b

        def inner(s, i):
            local = (s, i)

            def deeper():
                return local, b
            if i % 7 == 0:
                return a, b, deeper()
            return a, b, c

        def unbind():
            nonlocal c
            del c
        return inner, unbind

    for form in FORMS:
        site = Site(form)
        first, unbind = make(1, 2, True)
        second, _ = make([3], None, False)
        third, _ = make("a", "b", True)
        before = [sys.getrefcount(cell) for f in (first, second, third) for cell in f.__closure__]

        def step(i):
            if i % 100 == 50:
                site.put((first, second, third)[i // 100 % 3])
            if i == 1300:
                unbind()
        site.put(first)
        out = site.run(0, N, step)
        print(form, str(out[55]), str(out[155]), str(out[1355]))
        summary(out)
        del out
        gc.collect()
        after = [sys.getrefcount(cell) for f in (first, second, third) for cell in f.__closure__]
        print([b - a for a, b in zip(before, after)])


def case_functions_made_in_the_loop():
    # All have one version, and each dies in its call, or after it.
    log = []

    def run(n):
        total = 0
        for i in range(n):
            def f(a, b):
                return a + b + i
            total += f(1, 2)
            total += (lambda a: a + i)(3)
            total += types.MethodType(lambda self, a: self + a + i, 4)(5)
            if i % 100 == 0:
                weakref.finalize(f, log.append, i)
            del f
        return total
    print(run(N), run(N), len(log))

    def last_reference(n):
        seen = []

        def make(k):
            def f(x):
                holder.clear()
                gc.collect(0)
                return x + k, sys._getframe().f_code.co_name
            return f
        for i in range(n):
            holder = {"f": make(i)}
            seen.append(holder["f"](1))
        return seen
    summary(last_reference(300))


def case_generators_with_closures():
    def make(k):
        def values(s, i):
            yield s + k
            yield i

        async def later(s, i):
            return s, i, k

        def plain(s, i):
            return [s, i, k]
        return values, later, plain
    for form in FORMS:
        callees = [*make(1), *make(2), generate, coroutine]
        for callee in callees[:3]:
            site = Site(form)

            def step(i):
                if i % 60 == 59:
                    site.put(callees[i % len(callees)])
                if i % 60 == 20:
                    site.put(callee)
            site.put(callee)
            out = [[i, shown(x), j] for i, x, j in site.run(0, 600, step)]
            print(form, callee.__name__, out[30], out[-1], hash(str(out)))


def case_one_site_many_closures():
    # All have the version of one code object, but not one closure, and not one dict of globals.
    source = """
def make(k):
    def inner(s, i):
        return s, i, k, name
    return inner
"""
    code = compile(source, "<made>", "exec")
    made = []
    for k in range(4):
        exec(code, space := {"name": f"globals {k}"})
        made += space["make"](k), space["make"](str(k))
    for form in FORMS:
        site = Site(form)

        def step(i):
            if form != "known" or i % 100 == 0:
                site.put(made[i % 7 if form != "known" else i // 100 % 8])
        site.put(made[0])
        summary(site.run(0, N, step))
        summary(site.run(0, N, step))


def case_code_and_defaults_are_swapped():
    changes = [
        lambda f: setattr(f, "__code__", subtract.__code__),
        lambda f: setattr(f, "__code__", one.__code__),
        lambda f: setattr(f, "__code__", three.__code__),
        lambda f: setattr(f, "__code__", star.__code__),
        lambda f: setattr(f, "__code__", generate.__code__),
        lambda f: setattr(f, "__defaults__", (1, 2)),
        lambda f: setattr(f, "__defaults__", None),
        lambda f: setattr(f, "__kwdefaults__", {"k": 1}),
        lambda f: setattr(f, "__code__", add.__code__.replace(co_name="copied")),
    ]
    for form in FORMS:
        for change in changes:
            def fresh(s, i):
                return s, i
            site = Site(form)
            site.put(fresh)

            def step(i):
                if i == 130:
                    change(fresh)
                elif i == 160:
                    fresh.__code__ = keyword_only.__code__
                elif i == 190:
                    fresh.__code__ = add.__code__
            out = [x if isinstance(x, tuple) else [x[0], shown(x[1])] for x in site.run(0, 250, step)]
            print(form, out[129:131], out[160], out[-1], hash(str(out)))


def case_callee_swaps_its_own_code():
    for form in FORMS:
        pair = []

        def fresh(s, i):
            if i == 120:
                pair[0].__code__ = pair[1].__code__
            return "fresh", s, i

        def other(s, i):
            return "other", s, i, len(pair)
        pair += fresh, other
        site = Site(form)
        site.put(fresh)
        out = site.run(0, 200)
        print(form, out[119:122], hash(str(out)))


def case_properties():
    class C:
        def __init__(self, v):
            self.v = v

        @property
        def p(self):
            return self.v

        def closed(k):
            return property(lambda self: (self.v, k))
        q = closed(3)

        @property
        def raises(self):
            if self.v == 130:
                raise ValueError(self.v)
            return self.v

    class D(C):
        p = property(lambda self: -self.v)

    changes = [lambda: setattr(C, "p", property(lambda self: "other")), lambda: setattr(C, "p", 5),
               lambda: setattr(C.p.fget, "__code__", (lambda self: "code").__code__),
               lambda: setattr(C.p.fget, "__defaults__", (1,)),
               lambda: setattr(C, "__getattribute__", lambda self, name: "hook"),
               lambda: delattr(C, "p"), lambda: None]
    old, code = C.p, C.p.fget.__code__
    for change in changes:
        def run(n):
            out = []
            for i in range(n):
                if i == 130:
                    change()
                x = D(i) if i % 60 == 50 else C(i)
                try:
                    out.append((i, x.p, (x
                                         .q),
                                x.raises))
                except Exception as exc:
                    out.append((type(exc).__name__, exc.args, where(exc)))
            return out
        out = run(200)
        print(out[129:132], hash(str(out)))
        C.p = old
        old.fget.__code__, old.fget.__defaults__ = code, None
        if "__getattribute__" in vars(C):
            del C.__getattribute__

    def temporaries(n):
        total = 0
        for i in range(n):
            total += C(i).p + (1, C(i).p)[1] - C(C(i)).p.p
        return total
    print(temporaries(N))


def case_names_with_long_numbers():
    # The calling instruction has an EXTENDED_ARG before it.
    names = [f"n{k}" for k in range(300)]
    source = "class C:\n"
    source += "".join(f"    @property\n    def n{k}(self): return look({k})\n" for k in range(290, 300))
    source += "def look(k):\n    frame = sys._getframe(2)\n    return k + frame.f_lineno * 1000, frame.f_lasti\n"
    source += "def f(n, c):\n    out = []\n    if n < 0:\n        "
    source += "; ".join(f"c.{name}" for name in names) + "\n    for i in range(n):\n"
    source += "".join(f"        out.append((i,\n            c.n{k}))\n" for k in range(290, 300)) + "    return out\n"
    space = {"sys": sys}
    exec(source, space)
    out = space["f"](200, space["C"]())
    print(out[:10], hash(str(out)))


def case_class_is_changed_in_its_method():
    class C:
        def m(self, i):
            if i % 100 == 60:
                C.m = other
            elif i % 100 == 80:
                C.m = first
            return "first", i

        @property
        def p(self):
            if self.i % 100 == 70:
                C.p = property(lambda self: "replaced")
                return "last time"
            return self.i
    first, first_p = C.m, C.p

    def other(self, i):
        if i % 100 == 80:
            C.m = first
            self.__class__ = D
        return "other", i

    class D(C):
        def m(self, i):
            result = C.m(self, i)
            self.__class__ = C
            return "D", result

    def run(n):
        c = C()
        out = []
        for i in range(n):
            c.i = i
            bound = c.m
            out.append((i, c.m(i), bound(i), c.p))
            if i % 100 == 90:
                C.p = first_p
        return out
    summary(run(400))
    summary(run(400))


def case_function_is_forgotten_while_it_runs():
    # By its name, its method, its class: only its frame has it then.
    log = []

    def forgets(s, i):
        site.globals["callee"] = site.box[0] = None
        gc.collect(0)
        frame = sys._getframe()
        return s, i, frame.f_code.co_name, frame.f_back.f_lineno

    for form in FORMS:
        site = Site(form)

        def step(i):
            function = types.FunctionType(forgets.__code__, globals(), "copy", None, forgets.__closure__) \
                if i % 3 == 0 else make(i)
            weakref.finalize(function, log.append, i)
            site.put(function)

        def make(k):
            def forgets(s, i):
                site.globals["callee"] = site.box[0] = None
                gc.collect(0)
                return s, i, k, len(log)
            return forgets
        summary(site.run(0, 300, step))
        print(len(log), log[-3:])


def case_loops_in_modules_and_classes():
    # The caller has no fast locals, but a dict of them.
    source = """
def known(a, b):
    return a, b

def prop(self):
    return n

class K:
    __repr__ = lambda self: "k"
    p = property(prop)
    m = known

k = K()
local = known
bound = k.m
out = []
for n in range(100):
    out.append((known(n, [n]), local([n], n), bound(n), k.m(n)[1], k.p, n))
    if n == 80:
        known = lambda *args: args
    if n == 90:
        bound = lambda *args: args

class Body:
    out = []
    here = known
    method = k.m
    for n in range(100):
        out.append((here(n, [n]), known(n, n), method(n), n))
        if n == 80:
            here = lambda *args: args
        if n == 90:
            method = str
"""
    for _ in range(3):
        exec(source, space := {})
        summary(space["out"] + space["Body"].out)


def case_tracing_begins_in_the_callee():
    for form in FORMS:
        for kind in ("settrace", "setprofile"):
            seen = []

            def tracer(frame, event, arg):
                seen.append((frame.f_code.co_name, frame.f_lineno, event))
                return tracer

            def switches(s, i):
                if i == N:
                    getattr(sys, kind)(tracer)
                elif i == N + 10:
                    getattr(sys, kind)(None)
                return s + i
            site = Site(form)
            site.put(switches)
            try:
                out = site.run(0, N + 50)
            finally:
                sys.settrace(None)
                sys.setprofile(None)
            print(form, kind, len(seen), seen[:5], hash(str(seen)), hash(str(out)))


def case_monitoring_begins_in_the_callee():
    monitoring = sys.monitoring
    events = monitoring.events
    tool = 4
    for form in FORMS:
        for event in ("LINE", "PY_START", "PY_RETURN", "CALL", "INSTRUCTION"):
            seen = []

            def callback(code, *args):
                if code.co_name in ("run", "switches", "inner"):
                    seen.append((code.co_name, *(x for x in args if isinstance(x, int))))

            def inner(i):
                monitoring.set_events(tool, getattr(events, event) if i == N else 0)
                return i

            def switches(s, i):
                x = inner(i) if i in (N, N + 10) else i
                return s + x
            site = Site(form)
            site.put(switches)
            monitoring.use_tool_id(tool, "test")
            try:
                monitoring.register_callback(tool, getattr(events, event), callback)
                out = site.run(0, N + 50)
            finally:
                monitoring.set_events(tool, 0)
                monitoring.register_callback(tool, getattr(events, event), None)
                monitoring.free_tool_id(tool)
            print(form, event, len(seen), seen[:4], hash(str(seen)), hash(str(out)))
