"""Errors of the operations that traces call: where they come from, and what is left of the operand stack.

Each operation is done in a hot loop with an object of one type that fails every few times, so that the
error comes where it does otherwise not. What is below it on the stack must be there afterwards, what
it takes is released, and the traceback has the operation's lines and columns.
"""

import builtins
import itertools
import sys
from common import where

log = []


class Flag:
    on = False


def check(self):
    if self.fails:
        raise ValueError(self.name)


class MetaBoth(type):
    def __instancecheck__(cls, instance):
        if Flag.on:
            raise ValueError("instance")
        return True


class Kind(metaclass=MetaBoth):
    pass


class Both:
    """Does everything, or fails."""

    def __init__(self, fails):
        object.__setattr__(self, "fails", fails)
        object.__setattr__(self, "name", "bad" if fails else "good")

    def __call__(self, *args, **kwargs):
        check(self)
        return len(args) + len(kwargs)

    def __add__(self, other):
        check(self)
        return 5
    __radd__ = __iadd__ = __mul__ = __matmul__ = __pow__ = __add__

    def __eq__(self, other):
        check(self)
        return self is other

    def __lt__(self, other):
        check(self)
        return True
    __gt__ = __lt__

    def __hash__(self):
        check(self)
        return 7

    def __contains__(self, other):
        check(self)
        return True

    def __getitem__(self, key):
        check(self)
        return 5

    def __setitem__(self, key, value):
        check(self)

    def __delitem__(self, key):
        check(self)

    def __iter__(self):
        check(self)
        return iter((1, 2))

    def __bool__(self):
        check(self)
        return True

    def __len__(self):
        check(self)
        return 2

    def __index__(self):
        check(self)
        return 1
    __int__ = __index__

    def __abs__(self):
        check(self)
        return 1

    def __divmod__(self, other):
        check(self)
        return 1

    def __format__(self, spec):
        check(self)
        return "text"

    def __str__(self):
        check(self)
        return "text"

    def __repr__(self):
        return self.name

    def __getattr__(self, name):
        check(self)
        return 5

    def __setattr__(self, name, value):
        check(self)


class Takes:
    def __init__(self, x, *more):
        check(x)
        self.more = more


class Subscripted:
    def __getitem__(self, x):
        return check(x)


class Base:
    def __init__(self, x):
        self.x = x

    def __getattr__(self, name):
        check(object.__getattribute__(self, "x"))
        return 5


def takes(a, b=1, *, c=2):
    check(a)
    return b + c


def finds_line():
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "run":
            return frame.f_lineno
        frame = frame.f_back


class Temporary:
    """Notes at which line of run() it dies."""

    def __init__(self, value=None):
        self.value = value

    def __del__(self):
        log.append(finds_line())

    def __str__(self):
        return "temporary"
    __repr__ = __str__

    def __iter__(self):
        return iter((1,))


def imports(*args):
    if Flag.on:
        raise ImportError("import")
    return builtins.__import__(*args)


EXPRESSION = """\
def run(n, good, bad, out):
    for i in range(n):
        x = bad if i % 7 == 0 else good
        Flag.on = x is bad
        l, d, s = [1, 2], {{1: 2, "a": 3}}, {{1, 2}}
        try:
            got = [i * 2, (i, -i,
                {text}
                ), i + 1]
        except Exception as exc:
            out.append(positions(exc))
        else:
            out.append(None)
            assert got[0] == i * 2 and got[1][:2] == (i, -i) and got[2] == i + 1, got
        note(out)
"""

STATEMENT = """\
def run(n, good, bad, out):
    for i in range(n):
        x = bad if i % 7 == 0 else good
        Flag.on = x is bad
        l, d, s = [1, 2], {{1: 2, "a": 3}}, {{1, 2}}
        for j in (-1, -2):
            for k in [1, 2]:
                try:
                    {text}
                except Exception as exc:
                    out.append((j, k, positions(exc)))
                else:
                    out.append((j, k))
                note(out)
"""


def positions(exc):
    """Of the frame of run(), and what else is in the traceback."""
    found, tb = [], exc.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        if code.co_name == "run":
            (_, *rest), = itertools.islice(code.co_positions(), tb.tb_lasti // 2, tb.tb_lasti // 2 + 1)
            found.append((tb.tb_lineno, *rest))         # the line, its end, and columns
        tb = tb.tb_next
    return type(exc).__name__, str(exc), found, [name for name, line in where(exc)[1:]]


def note(out):
    if log:
        out.append(("died", tuple(log)))
        log.clear()


def run_texts(template, *texts):
    """Prints, for each text, what happens in the hot loop, each outcome once, with how often."""
    for text in texts:
        space = dict(globals())
        space["__builtins__"] = vars(builtins) | {"__import__": imports}
        exec(template.format(text=text), space)
        out = []
        space["run"](200, Both(False), Both(True), out)
        counts = {}
        for each in out:
            counts[repr(each)] = counts.get(repr(each), 0) + 1
        print(repr(text))
        for each, count in counts.items():
            print("   ", each, count)


def case_calls():
    run_texts(EXPRESSION, "x(i)", "x(\n i,\n i\n)", "takes(x)", "takes(x, b=i)", "takes(x, c=i)", "takes(b=i, a=x)", "x(k=i)", "x(i, k=i, m=x)",
              "x(*l)", "x(*l, **{'k': 1})", "takes(*[x])", "takes(*[x], **{'c': 5})", "Takes(x)", "Takes(x, 1, 2)",
              "takes(x, 1, 2)", "takes()", "x.__call__(i)")


def case_calls_with_temporaries():
    run_texts(EXPRESSION, "x(Temporary())", "x(\n Temporary(),\n Temporary()\n)", "takes(x,\n c=Temporary() and 5)", "x(k=Temporary())",
              "x(i,\n *[Temporary()])", "x(*[1],\n **{'k': Temporary()})", "Takes(x, Temporary())", "takes(x,\n Temporary() and 3)",
              "takes(x, 1, 2,\n Temporary())", "Temporary(Temporary()).value", "takes(x, k=\n Temporary())", "Takes(*(x,\n Temporary()))")


def case_builtins():
    run_texts(EXPRESSION, "len(x)", "isinstance(i, Kind)", "str(x)", "tuple(x)", "int(x)", "list(x)", "abs(x)", "divmod(x, i)", "sum(x)",
              "sorted(x)", "sorted(x, reverse=False)", "max(x, 5)", "min(1,\n x, key=x)", "hash(x)", "getattr(x, 'missing')", "print(end=x and '')",
              "next(iter(x))", "type('T', (), {})", "range(x)", "bytes(x)", "isinstance(i, (str,\n Kind))")


def case_builtins_with_temporaries():
    run_texts(EXPRESSION, "len(Temporary())", "str(Temporary())", "tuple(Temporary())", "tuple(Temporary()) and\n tuple(x)", "list(Temporary())",
              "isinstance(Temporary(),\n Kind)", "divmod(x,\n Temporary())", "max(x,\n Temporary())", "sorted(Temporary(),\n key=x)", "abs(Temporary())")


def case_methods_of_builtins():
    run_texts(EXPRESSION, "l.append(x)", "l.index(x)", "l.count(x)", "l.extend(x)", "l.pop(x)", "d.get(x)", "d.get(x, 1)", "d.pop(x, 1)",
              "d.setdefault(x)", "d.keys()", "s.add(x)", "s.discard(x)", "s.union(x)", "'a'.join(x)", "'a'.split(x)", "'%s' % x",
              "'a'.encode(x)", "l.insert(x, 1)", "l.remove(x)", "'abc'.startswith(x)", "'abc'.split(sep=x)", "l.sort(key=x)", "l.copy() and l.pop(7)")


def case_methods_with_temporaries():
    run_texts(EXPRESSION, "l.append(Temporary())", "l.index(Temporary())", "l.count(\n Temporary())", "d.get(Temporary())", "d.get(x,\n Temporary())",
              "d.pop(Temporary(),\n x)", "s.add(Temporary())", "l.insert(x,\n Temporary())", "l.extend(Temporary()) or x()", "'a'.join(\n Temporary())")


def case_attributes():
    run_texts(EXPRESSION, "x.missing", "x.a.real", "(\n x\n .missing)", "Base(x).missing", "Temporary().missing", "Temporary(x).value.b", "x.m + 1")
    run_texts(STATEMENT, "x.a = i", "x.a = Temporary()", "x.a = x.b = i", "Base(x).b", "Temporary(5).a = Temporary(6)", "x.a += Temporary() and 1",
              "del x.a")


class Parent:
    def m(self):
        return 1


class Child(Parent):
    def m(self, x):
        if Flag.on:
            return super().missing
        return super().m()

    def either(self, x):
        return getattr(super(), "missing" if Flag.on else "m")


def case_super():
    run_texts(EXPRESSION, "Child().m(x)", "Child().either(x)()", "Child().m(\n Temporary())")


def case_operators():
    run_texts(EXPRESSION, "x + i", "i + x", "x @ i", "x ** i", "x + x", "x < i", "i < x", "x == i", "i == x", "x <\n i < x", "i in x", "x in l", "x in d",
              "x in s", "x not in d", "x not in\n s", "x[i]", "x[i, i]", "x[i:2]", "x[:]", "x[i:i:1]", "l[x]", "d[x]", "'abc'[i % 4]", "'ab'[x]", "(1, 2)[x]",
              "l[7 if Flag.on else 0]", "Subscripted()[x]", "not x", "x and i", "x or i", "5 if x else 6", "-i if x and x else i", "l[x:]", "'abc'[:x]")


def case_operators_with_temporaries():
    run_texts(EXPRESSION, "x + Temporary()", "Temporary() + x", "x <\n Temporary()", "Temporary() in x", "Temporary() in l", "Temporary() in\n d", "Temporary() in s",
              "x[Temporary()]", "x[Temporary():]", "x[\n Temporary()\n :\n Temporary()]", "l[Temporary()]", "d[Temporary()]", "[Temporary()][x]",
              "{1: Temporary()}[x]", "'a'[Temporary()]", "Subscripted()[Temporary()]", "Temporary() and x + 1", "not\n Temporary()", "Temporary() == x",
              "Temporary() + Temporary()", "Temporary()[1]")


def case_stores():
    run_texts(STATEMENT, "x[i] = i", "x[i:2] = i", "x[:] = l", "del x[i]", "del x[i:2]", "l[x] = 1", "d[x] = 1", "l[x:] = [1]", "del d[x]", "del l[x]", "l[7] = 1",
              "del d[7 if Flag.on else 1]", "x[i] += 1", "x[i:3] += 1", "l[:] = x", "l[x], d[x] = 1, 2")


def case_stores_with_temporaries():
    run_texts(STATEMENT, "x[i] = Temporary()", "x[Temporary()] = Temporary()", "x[Temporary():] = i", "x[i:Temporary()] = Temporary()", "del x[Temporary()]",
              "l[0] = Temporary(); l[0] = x[i]", "d[Temporary()] = x + 1; d.clear()", "d[1] = Temporary(); d[x] = d.pop(1)", "l[:] = [Temporary()]; l[:] = x", "[Temporary()][0:x] = l",
              "del [Temporary()][x]")


def case_displays():
    run_texts(EXPRESSION, "{x: i, i: x}", "{i: 1, x: 2, 5: 3}", "{x, i}", "{i,\n x,\n 5}", "f'{x}'", "f'{i}{x}'", "f'{i:>5}{x:>5}'", "f'{x:{i}}'", "f'{x!s:>5}'",
              "f'{i:{x}}'", "[*x]", "(*x, i)", "{*x}", "{**{x: 1}}", "f'a{i}b{x!s}c'", "{k: x for k in x}", "{x: k for k in l}", "{x for k in l}", "[x + k for k in l]",
              "[k\n for k in x]", "{**{1: x}, x: 2}", "lambda y=x + 1: y")


def case_displays_with_temporaries():
    run_texts(EXPRESSION, "{x: Temporary()}", "{1: Temporary(),\n x: Temporary()}", "{Temporary(),\n x}", "{Temporary(), Temporary(),\n x, Temporary()}", "{Temporary(): 1, x: 2}",
              "{[]: Temporary()}", "{Temporary(), []}", "f'{Temporary()}{x}'", "f'{Temporary():>5}'", "f'{i}{Temporary()}{x!s}'", "[Temporary(), x + 1]",
              "(Temporary(),\n Temporary(), x[1])", "{k: Temporary() for k in (1, x)}", "{Temporary() for k in (1, 2) if x}", "[Temporary()\n for k in x]", "f'{i:{Temporary()}}'")


def case_imports():
    run_texts(STATEMENT, "import common", "import common as c", "from common import N", "from common import N, missing", "import os.path", "Temporary() and __import__('common')")


def case_functions_and_generators():
    run_texts(EXPRESSION, "(lambda a, b=x: a + b + 5)(x)", "(lambda y=Temporary(): y)() and x + 1", "list(x + k for k in l)", "list(Temporary() for k in l if x)",
              "(lambda: x + i)()", "next(k for k in x)", "sum(x + k\n for k in l)")


def nested(n, good, bad):
    """Handlers inside of handlers, with iterators of loops on the stack, and operands above them."""
    out = []
    for i in range(n):
        x = bad if i % 5 == 0 else good
        for a, b in {i: 1, -i: 2}.items():
            try:
                try:
                    out.append((a, b, [i, (i + 1, x + i, {i: x(i)}), a], b))
                except ValueError as exc:
                    for j in (1, 2):
                        try:
                            out.append((a, j, x[j], {x: j}))
                        except ValueError as inner:
                            out.append((inner.__context__ is exc, a, j))
                            raise KeyError(j) from inner
                finally:
                    out.append((i, a, b))
            except KeyError as exc:
                out.append((exc.args, type(exc.__cause__).__name__, a, b))
    return out


def case_nested_handlers():
    out = nested(200, Both(False), Both(True))
    print(len(out), out[:9], out[-9:])
    print(sum(map(len, out)))


def in_with(n, good, bad):
    class Context:
        def __enter__(self):
            return self

        def __exit__(self, kind, value, tb):
            seen.append((kind and kind.__name__, value and value.args))
            return True

    seen = []
    for i in range(n):
        x = bad if i % 6 == 0 else good
        with Context() as c:
            seen.append([i, x + i, x[i], len(x), [k for k in x], {x: c} is c, x.missing])
    return seen


def case_with_blocks():
    seen = in_with(300, Both(False), Both(True))
    print(len(seen), seen[:5], seen[-5:])
