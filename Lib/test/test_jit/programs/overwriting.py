"""Variables that others write to while what they held is on the stack, or is used further on."""

import sys

from common import N, attempt


class Pokes:
    """Writes to a variable of its caller, by len(), by iteration, by an operator or when it dies; at one time."""

    def __init__(self, name, value, at=N - 100):
        self.name = name
        self.value = value
        self.left = at

    def poke(self, depth=2):
        self.left -= 1
        if self.left == 0:
            sys._getframe(depth).f_locals[self.name] = self.value

    def __len__(self):
        self.poke()
        return 1

    def __add__(self, other):
        self.poke()
        return 1

    def __iter__(self):
        self.poke()
        return iter(())


class Dies:
    def __init__(self, pokes):
        self.pokes = pokes

    def __del__(self):
        self.pokes.poke()


def case_true():
    def run(n, flag, o):
        out = {}
        for i in range(n):
            if flag:
                t = (flag, len(o))
                out[str(type(t[0]))] = out.get(str(type(t[0])), 0) + 1
        return out
    attempt(run, N, True, Pokes("flag", [object()]))
    attempt(run, N, True, Pokes("flag", "a new str".upper()))


def case_none():
    def run(n, x, o):
        out = {}
        for i in range(n):
            if x is None:
                t = [x, o + 1, x]
                out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(run, N, None, Pokes("x", [1.5]))


def case_a_comparison():
    def run(n, x, o):
        out = {}
        for i in range(n):
            flag = x is None
            t = (flag, len(o), flag)
            out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(run, N, None, Pokes("flag", ["written"]))

    def stored_on_the_way(n, o):
        out = {}
        for i in range(n):
            t = ((flag := i >= 0), len(o), flag, not flag)
            out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(stored_on_the_way, N, Pokes("flag", {"written": 1}))


def case_two_variables():
    def run(n, o):
        out = {}
        for i in range(n):
            a = b = i >= 0
            t = (a, b, len(o), a, b)
            out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(run, N, Pokes("a", ["a"]))
    attempt(run, N, Pokes("b", ["b"]))


def case_by_a_finalizer():
    def run(n, flag, pokes):
        out = {}
        x = None
        for i in range(n):
            if flag:
                t = (flag, (x := Dies(pokes)) and 1, flag)
                out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(run, N, True, Pokes("flag", ["written"]))

    def unpacked(n, flag, pokes):
        out = {}
        a = b = c = None
        for i in range(n):
            if flag:
                row = (1, Dies(pokes), 3)
                t = [flag] + [(flag, a, c) for a, b, c in [row, (4, 5, 6)]] + [flag]
                row = None
                out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(unpacked, N, True, Pokes("flag", ["written"]))


def case_returned_after_it():
    def run(flag, o):
        if flag:
            try:
                return flag
            finally:
                len(o)

    def loop(n, o):
        out = {}
        for i in range(n):
            t = run(True, o)
            out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(loop, N, Pokes("flag", ["written"]))

    def unpacks(flag, b, c, row):
        if flag:
            len(row)
            try:
                return flag
            finally:
                flag, b, c = row

    def loop(n):
        out = {}
        for i in range(n):
            t = unpacks(True, 2, 3, (i, i, i))
            out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(loop, N)


def case_raises():
    def run(n, flag, o):
        caught = 0
        for i in range(n):
            if flag:
                try:
                    t = (flag, len(o), flag, [*o, flag].index(7))
                except ValueError:
                    caught += 1
        return caught, flag
    attempt(run, N, True, Pokes("flag", ["written"]))


def case_not_set():
    def run(n, o):
        out = {}
        for i in range(n):
            t = [x for x in (i, len(o), i)]
            out[len(t)] = out.get(len(t), 0) + 1
        try:
            return out, x
        except UnboundLocalError as exc:
            return out, str(exc)
        x = 0
    attempt(run, N, Pokes("y", 5))
    attempt(run, N, Pokes("x", [5]))


def case_in_a_callee():
    def inner(flag, o):
        if flag:
            return (flag, len(o), flag)

    def run(n, o):
        out = {}
        for i in range(n):
            t = inner(i >= 0, o)
            out[str(t)] = out.get(str(t), 0) + 1
        return out
    attempt(run, N, Pokes("flag", ["written"]))
