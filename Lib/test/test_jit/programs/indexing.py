"""Items of lists and other sequences by index: who changes the sequence meanwhile, and who sees it."""

import math
import sys
from array import array

from common import N, anew, show, tried, where


class Finalized:
    """Calls a function when it goes."""
    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __del__(self):
        self.function(*self.args)


def case_out_of_range():
    def load(a, i):
        return a[0] + (
            a[i]
        ) * 2

    def store(a, i):
        a[1] = a[0]
        a[
            i] = a[
                1]
        return i

    def last(a):
        return a[-1], a[0], a[-3], a[2], a[-4]

    kinds = [list, tuple, lambda v: bytes(map(int, v)), lambda v: bytearray(map(int, v)), lambda v: array("d", v),
             lambda v: array("q", map(int, v)), lambda v: array("B", map(int, v))]
    for kind in kinds:
        run, set_to, ends, a, out = anew(load), anew(store), anew(last), kind([1.0, 2.0, 3.0, 4.0]), []
        for k in range(N):
            out.append(tried(run, a, k % 4 if k % 30 else k // 30 % 13 - 6))
            out.append(tried(set_to, a, k % 4 if k % 40 else k // 40 % 13 - 6))
            out.append(tried(ends, a if k % 50 else kind([1.0, 2.0, 3.0][:k // 50 % 4])))
        show(out, a)


def case_negative_indexes():
    def run(a, t, c, n):
        out = []
        for k in range(n):
            i = -1 - k % 4
            out.append((a[-1], a[-2], t[-3], t[i], a[i], c[-1], c[i], c[~i], a[-i - 1], a[-0]))
            a[-1] = a[-2] * 0.5 + k
            a[i] = a[-4] - a[i]
            a[-3], a[-2] = a[-2], a[-3]
            c[-2] = c[i] + c[-1] & 0xffff
            c[i] = k
        return out

    show(anew(run)([1.0, 2.0, 3.0, 4.0], (1, 2, 3, 4), array("q", [1, 2, 3, 4]), N))
    show(anew(run)([1.0] * 4, tuple("abcd"), [1, 2, 3, 4], N))
    show(anew(run)([0.5, 1.5, 2.5, 3.5], b"abcd", array("l", [5] * 4), N))


def case_list_changes_its_size():
    def pop(a):
        a.pop()

    def run(a, i, change, n):
        out = []
        for k in range(n):
            x = a[i] + a[-1]
            if k % 40 == 39:
                change(a)
            y = a[i]
            a[i] = y * 0.5 + 1.0
            if k % 50 == 49:
                change(a)
            a[i] += x
            out.append((x, y, a[-1], len(a)))
            a += [a[0] * 0.5] * (k % 20 == 0)
        return out

    changes = [pop, list.pop, lambda a: a.append(a[0] + 1.0), lambda a: a.__delitem__(0),
               lambda a: a.__imul__(2 - len(a) // 90), lambda a: a.__setitem__(slice(2, None), [7.5, 8.5]),
               lambda a: a.clear() if len(a) > 75 else a.insert(0, 1.25)]
    for change in changes:
        for size in (3, 30):
            a = [k * 1.0 for k in range(size)]
            show(tried(anew(run), a, 2, change, N), a)
            show(tried(anew(run), a, 20, change, N), a)
    total, i, a = 0.0, 0, [k * 0.5 for k in range(N)]
    while i < len(a):
        total += a[i]
        if i % 3 == 0:
            del a[i]
        if i % 50 == 1:
            a.append(a[i - 1] * 0.5)
        i += 1
    show(total, a)


def case_finalizers():
    def step(a, finish, k, x, y):
        a[k % 3] = k * 0.5
        a[3] = Finalized(finish, a, k) if k % 40 == 7 else x
        a[3] = z = a[0] + 1.0
        held = Finalized(finish, a, k) if k % 30 == 9 else None
        y = a[1] * 2.0
        held = z
        a[1] = y + a[1] + (
            held if k % 5 else a[2])
        x = y * 0.25
        a[2] = x
        a[3] = z * 2.0
        return a[2], x, y, z, a[0], len(a)

    def shrink(a, k):
        del a[k % 4:]

    def replace(a, k):
        a[:] = [k * 1.0, 2.0, 3.0, 4.0, 5.0]

    def to_others(a, k):
        a[0], a[1], a[2] = k, "s" * (k % 2), None

    def locals_of_caller(a, k):
        variables = sys._getframe(2).f_locals
        variables["x"], variables["y"], variables["z"], variables["a"] = 1000.0, 2000.0, 5000, a[::-1]

    for finish in (shrink, replace, to_others, locals_of_caller):
        function, out, a = anew(step), [], [1.0, 2.0, 3.0, 4.0]
        for k in range(N):
            out.append(tried(function, a, finish, k, k * 0.25, 1.0))
            if k % 10 == 0:
                a[:] = [1.0, 2.0, 3.0, 4.0]
        show(out, a)


def case_swaps():
    def run(a, n):
        size = len(a)
        for k in range(n):
            i, j = k % size, k * 7 % size
            a[i], a[j] = a[j], a[i]
            a[0], a[-1], a[i] = a[i], a[0], a[-1]
            t = a[j]
            a[j] = a[0]
            a[0] = t
            a[i] = a[i]
        return a

    def flips(n):
        p, count, total = list(range(n)), [0] * n, 0
        r = n
        while True:
            while r != 1:
                count[r - 1] = r
                r -= 1
            q, f = p[:], 0
            while q[0]:
                first = q[0]
                q[:first + 1] = q[first::-1]
                f += 1
            total += f * (f % 7 + 1)
            while True:
                if r == n:
                    return total
                first = p[0]
                i = 0
                while i < r:
                    p[i] = p[i + 1]
                    i += 1
                p[r] = first
                count[r] -= 1
                if count[r] > 0:
                    break
                r += 1

    show(run([k * 0.5 for k in range(11)], N), run(list("abcdefg"), N), run([k + 1000 for k in range(6)], N), flips(6))
    show(run(array("i", range(10)), N), run(array("d", range(9)), N), run([[k] for k in range(5)], N))


def case_other_items():
    items = [1.5, 2.5, 7, True, None, "s", 10 ** 20, -0.0, (1.5,), 2 ** 31]

    def run(a, i, item):
        a[i] = item
        a[i] = a[i] + (
            a[1])
        x = a[i] * 2
        a[i] = x
        a[0] = a[i - 1] - 1.0
        return x, a[i]

    out, a = [], [0.5, 1.5, 2.5]
    for k in range(N):
        out.append(tried(run, a, k % 3, items[k % 2 if k % 20 else k // 20 % 10]))
        if k % 20 == 0:
            out.append(a)
            a[:] = [0.5, 1.5, k if k % 200 == 0 else 2.5]
    show(out)


def case_subclasses():
    class Items(list):
        def __getitem__(self, i):
            return list.__getitem__(self, i) * 2 if i else 100.0

        def __setitem__(self, i, v):
            list.__setitem__(self, i, v * 0.5 + 1.0)

    class Same(list):
        pass

    class Twice(tuple):
        def __getitem__(self, i):
            return "twice", i

    class Numbers(array):
        def __getitem__(self, i):
            return array.__getitem__(self, i) + 1000

    class SameNumbers(array):
        pass

    class SameBytes(bytes):
        pass

    def run(a, t, c, n):
        out = []
        for k in range(n):
            i = k % 3
            for s in (a[k % len(a)], c[k % len(c)]):
                s[i] = k * 0.5 if type(s) is not array or s.typecode == "d" else k
                s[-1] = s[i]
                out.append(s[i])
            out.append((t[k % len(t)][i], t[k % 2][-1]))
        return out

    lists, tuples = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [(1.0, 2.0, 3.0), (4.0, 5.0, 6.0)]
    numbers = [array("d", range(3)), array("d", range(3, 6))]
    more = [lists + [Same([1.0] * 3)], tuples + [b"abc", SameBytes(b"def")], numbers + [SameNumbers("d", range(3))]]
    for n in (N, 10, 100):
        show(run(lists, tuples, numbers, n), run([*lists, Items([1.0] * 3)], [*tuples, Twice((1, 2, 3))], numbers, n))
        show(run(*more, n), run(lists, tuples, [*numbers, Numbers("d", range(3))], n), lists, *more)


def case_nested():
    a, b, c = [3, 1, 2, 0], [1, 3, 0, 2], (2, 0, 3, 1)
    codes = array("B", [3, 2, 1, 0])
    d, out = [0.5, 1.5, 2.5, 3.5], []
    rows, cube = [[0.0] * 4 for _ in range(4)], [[[k, k + 1] for k in range(3)] for _ in range(3)]
    aliased = [rows[0], rows[1], rows[0], [1.0, 2.0, 3.0, 4.0]]
    for k in range(N):
        i, j = k & 3, k >> 2 & 3
        out.append((a[b[i]], a[b[c[j]]], d[a[codes[i]]], codes[a[b[c[codes[i]]]]], c[a[-1 - i]]))
        a[b[i]], a[j] = a[j], a[b[i]]
        d[a[i]] = d[b[j]] * 0.5 + rows[a[i]][b[j]]
        rows[i][j] = rows[j][i] + rows[j][j] * 0.25 - d[i]
        rows[a[i]][i] *= 0.5
        aliased[i][a[j]] += aliased[j][i] * 0.125
        aliased[2][1] = aliased[0][1] * 0.5 + aliased[0][0]
        cube[i % 3][j % 3][k & 1] += cube[j % 3][0][1] & 0xff
        rows[i][0] = rows[i][j] = rows[i][1] * 0.001
        if rows[j][i] > 1e100 or rows[j][i] < -1e100:
            rows[j][i] = 1.0
        out.append((rows[i][j], aliased[j][i]))
    show(out, d, rows, cube, aliased)


def case_special_floats():
    specials = [0.0, -0.0, math.nan, -math.nan, math.inf, -math.inf, 5e-324, 1e308]
    a, b, out = [k * 1.0 for k in range(8)], array("d", range(8)), []
    for k in range(N):
        i = k % 8
        x = specials[k * 3 % 8]
        a[i] = x * 1.0
        b[i] = -x
        out.append((a[i] == a[i], b[i] == b[i], a[i] in a, a[i] < 1.0, a[i], b[i]))
        a[i] = -a[i]
        b[i] = b[i] * 10.0
        a[-1] = a[i] - b[i]
        a[0] = a[i] * 0.0
        out.append((a[i], b[i], a[-1], a[0], -a[0]))
    show(out)


def case_kernels():
    def multiply(a, b, n):
        c = [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(n):
                for k in range(n):
                    c[i][j] += a[i][k] * b[k][j]
        return c

    def transform(re, im, n):
        for k in range(n):
            for step in (1, 2, 4):
                for i in range(0, 8, step * 2):
                    for j in range(i, i + step):
                        x, y = re[j + step] * 0.5, im[j + step] * 0.25
                        re[j + step], im[j + step] = re[j] - x, im[j] - y
                        re[j], im[j] = re[j] * 0.5 + x, im[j] * 0.5 + y

    def sieve(flags, n):
        for p in range(2, n):
            if flags[p]:
                for q in range(p * p, n, p):
                    flags[q] = 0
        return sum(flags)

    a = [[i * 0.5 - j for j in range(12)] for i in range(12)]
    show(multiply(a, multiply(a, a, 12), 12), a)
    for make in (list, lambda v: array("d", v)):
        re, im = make([1.0 * k for k in range(8)]), make([0.0] * 8)
        anew(transform)(re, im, 60)
        show(re, im)
    print(*[anew(sieve)(flags * 3000, 3000) for flags in ([1], bytearray(b"\1"), array("i", [1]), array("B", [1]))])


stack = [0.5, 1.5, 2.5]


def case_of_temporaries_and_attributes():
    global stack

    class Holder:
        items = [5.0, 6.0]

    def make(k):
        return [k * 0.5, k + 1.0, "s", [k]]

    stack, out, holder = [0.5, 1.5, 2.5], [], Holder()
    holder.items = [1.0, 2.0, 3.0]
    for k in range(N):
        out.append((make(k)[1], make(k)[-1][0], (k, k * 2.0)[k & 1], [k * 0.25, out][0], make(k)[k % 2] + 1.0))
        make(k)[k % 3] = k * 2.0
        make(make(k)[1])[-1][-1] = k
        stack[k % 3] = stack[-1] * 0.5 + k
        stack[0] += 1.0
        holder.items[k % 3] -= stack[0] * 0.5
        holder.items[0] = kept = holder.items[1] + 1.0
        holder.items[0] *= 0.5
        holder.items[k % 3 - 3] = holder.items[-1] + kept
        out.append((stack, holder.items, kept))
        if k % 100 == 0:
            stack, holder.items = stack[::-1], [*stack]
    show(out, Holder.items)


def case_seen_by_callbacks_and_tracebacks():
    a, seen = [1.5, 2.5, 3.5], []

    def look(k):
        frame = sys._getframe(1)
        seen.append((frame.f_locals["x"], a[0], frame.f_lineno - frame.f_code.co_firstlineno))
        if k % 25 == 0:
            frame.f_locals["x"] = a[k % 3]
        if k % 35 == 0:
            frame.f_locals["b"] = a[:]
        return k * 0.5

    def function(b, k):
        x = b[0] * 2.0
        b[0] = x + look(k)
        b[k % 3] = b[k % 3] * 0.5 + (
            look(k) / (k % 50 - 5))
        x = b[1]
        b[1] = x * 0.25 + b[(k + 1) % 60 if k % 60 > 55 else 2]
        b[2] = look(k) + b[1]
        return x, b[0], b[1]

    out, kept = [], []
    for k in range(N):
        try:
            out.append(function(a, k))
        except (ZeroDivisionError, IndexError) as exc:
            kept.append(exc)
    for exc in kept:
        out.append((str(exc), where(exc)[1], exc.__traceback__.tb_next.tb_frame.f_locals["x"]))
    show(out, seen, a)
