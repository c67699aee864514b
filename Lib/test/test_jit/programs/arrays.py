"""Items of arrays and bytes: typecodes, values out of range, buffers, and indexes of all kinds."""

import math
from array import array

from common import N, anew, show, tried, where


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


def case_kinds_of_indexes():
    indexes = [0, 1, True, False, -1, Index(1), Index(-2), 1.0, 2 ** 29, 2 ** 30 + 1, -2 ** 30, 2 ** 62, 2 ** 64,
               10 ** 30, None, "1", Index(2 ** 70), slice(1, 2), 2 ** 32, -2 ** 32 - 1, 3, -4]

    def run(a, i):
        x = a[
            i]
        if type(a) not in (tuple, bytes, str):
            a[i] = x
        return x, a[0] if i else a[1]

    t = 1, 2, 3
    for a in ([1.5, 2.5, 3.5], t, b"abc", array("d", t), array("i", t), array("B", t), bytearray(b"abc"), "abc"):
        function = anew(run)
        show([tried(function, a, indexes[k % 2 if k % 15 else k // 15 % 22]) for k in range(N)], list(a))


def case_typecodes():
    def run(a, value, n):
        out = []
        for k in range(n):
            a[k % 3] = value
            x = a[k % 3]
            a[k % 2] = a[(k + 1) % 2] + x if k % 4 else x
            a[2] = a[
                -1] - a[-2]
            out.append((x, a[0], a[1] == value))
            a[1] = value
        return out

    for typecode, bits in zip("bBhHiIlLqQfd", (7, 8, 15, 16, 31, 32, 63, 64, 63, 64, 128, 1024)):
        function, results = anew(run), []
        for value in (1, 5, 2 ** bits - 1, 2 ** bits, -2 ** bits, -2 ** bits - 1, -1, 2 ** 53 + 1, 2 ** 60, 2 ** 59 + 1,
                      True, 1.5, 2.0, 1e39, math.inf, "s", None, Index(7), 0):
            a = array(typecode, [1, 2, 3])
            results.append((tried(function, a, value, 60 if value != 5 else N), a))
        show(results)
    a = array("w", "abc")
    for k in range(N):
        a[k % 3] = chr(k + 100)
        a[2] = a[k % 2]
    show(a, [tried(a.__setitem__, 0, v) for v in (1, "ab", "")])


def case_values_out_of_range_in_the_middle():
    def run(typecode, start, step, n):
        a, out, x = array(typecode, [1, 2, 3]), [], start
        for k in range(n):
            x += step
            try:
                a[k % 3] = x
                a[0] = (a[k % 3]
                        * 2 - a[1])
                a[(x & 7) - 4] += 1
            except (OverflowError, IndexError) as exc:
                out.append((str(exc), where(exc), a))
                x = start
            out.append(a[0] + a[k % 3])
        return a, out

    for typecode, bits in zip("BilqhIQ", (8, 31, 63, 63, 15, 32, 64)):
        edge = 2 ** bits
        show(anew(run)(typecode, edge - 1200, 1, N), anew(run)(typecode, 200 - edge if edge != 256 else 200, -1, 400))
        show(run(typecode, 0, edge // 100, N))


def case_arrays_that_change_their_size():
    def run(a, i, change, n):
        out = []
        for k in range(n):
            x = a[i]
            if k % 40 == 39:
                change(a)
            y = a[i]
            a[i] = y + 1
            a[-1] = a[0] + x if k % 7 else 0
            if k % 60 == 59:
                change(a)
            a[i] = a[i] + 1
            out.append((x, y, a[-1], len(a)))
        return out

    changes = [array.pop, lambda a: a.append(1), lambda a: a.extend(a[:9]), lambda a: a.__delitem__(slice(0, 2)),
               array.byteswap, lambda a: a.__imul__(0), lambda a: a.insert(0, 9), array.reverse]
    for typecode in "qdi":
        for change in changes:
            a = array(typecode, range(20))
            show(tried(anew(run), a, 5, change, N), a)


def case_buffers():
    for typecode in "dqlB":
        a = array(typecode, range(8))
        view, octets = memoryview(a), memoryview(a).cast("B")
        same, out = a, []
        for k in range(N):
            i = k % 8
            x = a[i]
            view[i] = x + 1 if x < 200 else 0
            a[i] = a[i] + (a[i] == view[i] == same[i])
            octets[i * a.itemsize] = k % 200
            out.append((x, a[i], same[i] if i else view[-1], octets[k % len(octets)]))
            a[i] = int(x) % 200 + k % 3
            if k % 100 == 0:
                out.append([tried(a.append, 1), tried(a.pop), tried(a.__delitem__, 0)])
            same[7 - i] = a[i]
            out.append(a[7 - i])
        show(out, a)


def case_typecodes_in_turn():
    def run(arrays, n):
        out, total = [], 0
        for k in range(n):
            a = arrays[k % 2 if k % 30 else k // 30 % len(arrays)]
            x = a[k % 4]
            total += x
            a[k % 4] = x + 1 if x < 100 else 0
            a[0], a[-1] = a[-1], a[0]
            out.append((x, a[1], total))
        return out

    arrays = [array(t, range(4)) for t in "dqlibBhHIfLQ"]
    show(anew(run)(arrays, N), anew(run)(arrays[1:5], N), anew(run)(arrays[4:0:-1], N))
    show(anew(run)([array("i", range(4)), array("l", range(4)), list(range(4)), array("B", range(4))], N), arrays)


def case_bytes():
    def run(data, n):
        out, h = [], 0
        for k in range(n):
            h = (h * 31 + data[k % len(data)] ^ data[-1]) & 0xffffffff
            if data[k % 3] == 98:
                h += data[h % len(data)] << 8
            out.append((h, data[k % 5] - data[-2], bytes(data[k % 4:][:1])))
        return out

    for kind in (bytes, bytearray, memoryview, lambda d: array("B", d), list):
        show(tried(anew(run), kind(b"abc\xff\0xyz"), N))
    data, text = bytearray(b"abcdefgh"), "abcdefgh"
    for k in range(N):
        data[k % 8] = data[data[k % 8] % 8] ^ k & 255
        text = text[k % 7 + 1] + text
        text = text[:8]
    show(data, text, [tried(lambda: data.__setitem__(0, v)) for v in (256, -1, 1.0, "a")])
