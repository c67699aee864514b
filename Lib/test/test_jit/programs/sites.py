"""What programs about calls share: loops with one call, functions to call there, results in short."""

import types
from common import where

FORMS = ("known", "function", "method")


class Site:
    """A hot loop with one call, in one of the forms, of what put() says; the callee gets `me` and the index."""

    def __init__(self, form, me=5):
        self.form = form
        self.me = me
        self.box = [None]
        self.globals = {"box": self.box, "me": me, "where": where}
        source = """
def run(first, last, step=None):
    out = []
    for i in range(first, last):
        if step is not None:
            step(i)
        # load
        try:
            out.append([i, callee(ARGUMENTS), i])
        except Exception as exc:
            out.append((type(exc).__name__, exc.args, where(exc)))
    return out
"""
        source = source.replace("ARGUMENTS", "i" if form == "method" else "me, i")
        if form != "known":
            source = source.replace("# load", "callee = box[0]")
        exec(compile(source, "<site>", "exec"), self.globals)
        self.run = self.globals["run"]

    def put(self, function):
        """Has it call this, in a bound method if the form is that one."""
        if self.form == "method" and callable(function):
            function = types.MethodType(function, self.me)
        self.put_plain(function)

    def put_plain(self, callee):
        """Has it call just this."""
        self.globals["callee"] = self.box[0] = callee


def add(s, i):
    return s + i


def subtract(s, i):
    return s - i


def one(s):
    return s


def three(s, i, k):
    return s, i, k


def with_default(s, i, k=3):
    return s, i, k


def keyword_only(s, i, *, k=4):
    return s, i, k


def star(*args):
    return args


def generate(s, i):
    yield s
    yield i


async def coroutine(s, i):
    return s * i


class Pair:
    def __init__(self, s, i):
        self.s = s
        self.i = i

    def __repr__(self):
        return f"Pair({self.s}, {self.i})"


class Callable:
    def __call__(self, s, i):
        return s * i


def closure(k):
    def inner(s, i):
        return s + i + k
    return inner


def shown(result):
    """A result that can be printed: generators and coroutines are run."""
    if isinstance(result, types.GeneratorType):
        return list(result)
    if isinstance(result, types.CoroutineType):
        try:
            result.send(None)
        except StopIteration as exc:
            return exc.value
    return result


def summary(out):
    """Prints a long list in short."""
    out = [str(x) for x in out]
    print(len(out), out[:1], out[-1:], hash(tuple(out)))
