"""Numbers that get new values in place: whatever else refers to them keeps the old ones."""

import sys

from common import N, show, tried, where


def case_aliases():
    out = []
    x = 1000
    for k in range(N):
        a = b = x + 1
        a += 5
        c = b
        b = b * 2
        x = c - 1 + k % 3
        out.append((a, b, c, x))
        d = e = f = x << 20
        d, e = e + 1, d + f
        f -= 1
        out.append((d, e, f, d is e))
        before = x
        x = x + 1
        out.append(before)
        g, x = x, x - 1
        x, g = g - 1, x + g
    show(out, a, b, c, d, e, f, g, x, before)


def case_kept_by_containers():
    kept, numbers, names, pairs = [], set(), {}, []
    x, y, z = 1000, 2 ** 40, 5
    for k in range(N):
        x = x + 3
        kept.append(x)
        x = x + 1
        y += 2 ** 20
        numbers.add(y)
        y -= 1
        names[y] = x
        y -= 1
        names["last"] = z
        z = z + 700
        pairs.append((x, y, [z], {"z": z}, {x + y}))
        x, y, z = x + 1, y + 1, z - 650
        kept += [z]
        z += 1
    show(kept, sorted(numbers), list(names.items()), [(*p[:3], p[3]["z"], *p[4]) for p in pairs])
    print(all(n in numbers for n in list(numbers)), all(names[n] for n in names))


def case_kept_on_the_stack():
    def collect(*args, **kwargs):
        return args, tuple(kwargs.values())

    out = []
    x, y = 1000, 2 ** 35
    for k in range(N):
        out.append((x, (x := x + 1), x, [x := x * 2, x], (x := x // 2)))
        out.append(x + (x := x + 7) * 2 - (x := x - 3) + x)
        out.append(collect(y, (y := y + 1), y, a=y, b=(y := y + 1), c=y))
        out.append(f"{y} {(y := y - 1)} {y}")
        out.append(sorted({y: x, (y := y + 5): (x := x + 1), x: y}))
        out.append([x, y][k & 1] - (x := x + 1) if x < (x := x + 1) < y else None)
        out.append(max(x, (x := x - 2), key=lambda v: -v))
        x, *rest, y = x + 1, x, y, y + 1
        out.append(rest)
    show(out, x, y)


def case_kept_by_arguments():
    def renew(n, step=1000):
        n += 1
        step = step + n
        return n * 2 - step

    def inner(n, kept):
        kept.append(n)
        n = n + 1
        return renew(n) + n

    def rest(*args, n=70000):
        n += args[0]
        args[1].append(n)
        n += 1
        return n

    x, kept, out = 1000, [], []
    for k in range(N):
        out.append((renew(x), renew(x, x), x, renew(step=x, n=k), inner(x, kept), x, rest(x, kept), rest(x, kept, n=x)))
        x += 1
        out.append(renew(x) + x - inner(x + 1000, kept) * rest(x, kept))
    print(renew.__defaults__, rest.__kwdefaults__)
    show(out, kept, x)


def case_kept_by_cells():
    def counter(n):
        total, readers = 1000, []

        def add(k):
            nonlocal total
            before = total
            total += k
            return before, total

        for k in range(n):
            local = total + k
            readers.append(lambda seen=local: seen)
            local += 1
            total = local
            readers.append(add(k))
            total -= 3
        return [r() if callable(r) else r for r in readers], total, local

    show(counter(N), [(lambda: k)() for k in range(N)], [f() for f in [lambda k=k + 1000: k for k in range(N)]])


def case_seen_and_changed_by_a_callback():
    seen = []

    def look(k):
        variables = sys._getframe(1).f_locals
        seen.extend((variables["x"], variables["y"]))
        if k % 31 == 0:
            variables["x"] = seen[-1]
        if k % 47 == 0:
            variables["y"] = 2 ** 45 if k % 2 else 0.5
        return k

    def function(x, n):
        out = []
        y = 2000
        for k in range(n):
            x = x + 3
            y = x * 2 + y // 3
            x += look(k)
            y += x + (x := x + 1)
            y = y + look(k) * x
            out.append((x, y))
            y = int(y) & 0xffffffff
            x = int(x) & 0xfffff
        return out

    show(function(1000, N), function(2 ** 40, N), seen)


def case_seen_in_tracebacks():
    def fail(x, k):
        x = x + 1000
        y = x * 2 ** 20
        if k % 7 == 3:
            raise ValueError(x, y)
        x += y // (k % 10)
        y -= 1
        return x + y

    out, kept, x = [], [], 500
    for k in range(N):
        x += 1
        try:
            out.append(fail(x, k))
        except (ValueError, ZeroDivisionError) as exc:
            kept.append(exc)
            x += 10
    for exc in kept:
        variables = exc.__traceback__.tb_next.tb_frame.f_locals
        out.append((variables["x"], variables["y"], where(exc)[1], exc.args))
    show(out, x)


def case_generators():
    def running(start, n):
        total = start
        for k in range(n):
            total = total + k
            got = yield total
            total += 1
            total = total + (got or 0)
        return total

    def outer(start, n):
        x = start
        x += yield from running(x, n)
        yield x
        x += 1
        yield x

    out = []
    for start in (0, 1000, 2 ** 30 - 700, 2 ** 60 - 2000):
        out.append(list(outer(start, N)))
        g = running(start, N)
        sent = next(g)
        for k in range(N - 1):
            kept = sent
            sent = g.send(sent & 7)
            out.append(kept)
    show(out, [a - b for a, b in zip(running(1000, N), running(2 ** 40, N))])


def case_unset():
    def function(k):
        x = k + 1000
        y = x * 2
        if k % 3:
            del y
        else:
            x = y + 1
        if k % 11 == 5:
            del x
        for z in range(k % 4):
            x += z
        x = x + 1
        y = x - 1
        return x, y, z

    out = [tried(function, k) for k in range(N)]
    for k in range(N):
        x = k + 1000
        out.append(x)
        del x
        x = y = k * 3 + 5000
        del y
        x += 1
        out.append(x)
    show(out)


def case_one_float_in_two_items():
    zeros, halves = [0.0] * 8, [k * 0.5 for k in range(8)]
    other = halves[:]
    rows = [[1.5] * 3] * 2 + [[1.5, 2.5, 3.5]]
    out = []
    for k in range(N):
        i = k % 8
        zeros[i] = zeros[i] + k * 0.25
        halves[i] = halves[i] * 0.5 + other[i]
        if k % 9 == 0:
            other[-1 - i] = halves[i]
        if k % 100 == 0:
            zeros = [zeros[i]] * 8
            halves = other[:]
        rows[k % 3][i % 3] = rows[(k + 1) % 3][k % 3] - i * 0.5
        rows[0][1] += rows[1][1] * 0.125
        if k % 30 == 0:
            rows[2] = rows[k % 2] = [rows[0][0] * 0.5, 1.0, rows[2][2]]
        out.append((zeros[0], zeros[i], halves[i], other[i], rows[0][i % 3], rows[2][1]))
    show(out, zeros, halves, other, rows)


def case_kept_elsewhere():
    def running(a, n):
        for k in range(n):
            a[k & 1] = a[k & 1] * 0.5 + k
            yield a[k & 1]
            a[k & 1] = a[k & 1] - 1.0

    kept, names, pairs, out = [], {}, [], []
    a = [0.5, 1.5, 2.5, 3.5]
    for k in range(N):
        i = k & 3
        x = a[i]
        a[i] = x * 0.5 + k
        out.append(x)
        y = a[i]
        a[i] = y - 1.0
        z = a[i] = y + a[i]
        a[i] = z * 0.5
        out.append((x, y, z))
        pairs.append((a[i], a[0]))
        a[i] = a[i] + 0.5
        kept += [a[i], *a]
        a[i] *= 0.5
        names[a[i]] = names["last"] = a[3]
        a[3] = a[3] + a[i]
        reader = lambda seen=a[i]: seen
        a[i] = a[i] * 1.5
        out.append((reader(), names["last"]))
        if k % 3:
            kept.append(a[i])
        a[i] = a[i] - 0.25
    show(out, kept, pairs, list(names.items()), a)
    show(list(running([0.0, 0.0], N)), [x - y for x, y in zip(running([1.0, 2.0], N), running([5.0] * 2, N))])


def case_stored_twice():
    a, b, out = [0.5, 1.5, 2.5], [3.5, 4.5, 5.5], []
    x = y = 1.0
    counts = [0] * 4
    for k in range(N):
        i = k % 3
        a[i] = x = y * 2.0
        a[i] = a[i] + 1.0
        y = b[i] = x * 0.25 + k
        b[i] -= 1.0
        a[i] = b[i] = b[0] * 0.5
        counts[0] += a[i] is b[i]
        a[i] = a[i] * 3.0
        out.append((x, y, a[i], b[i]))
        a[0] = a[1] = a[2] = z = x - y
        counts[1] += a[0] is a[2] is z
        a[1] = a[1] + i
        b[i] = (w := x * 0.5)
        counts[2] += b[i] is w
        w = w + 1.0
        b[i] = w - y
        counts[3] += b[i] is not w
        y = b[i] * 0.001
        out.append((a, b, w, z))
        a[0], a[1], b[0] = a[1] * 1.0, a[0] * 1.0, a[1] * 1.0
    show(out, counts)


def case_changed_while_on_the_stack():
    a = [1.0, 2.0, 3.0]

    def change(i):
        a[i] = a[i] * 0.5 + 1.0
        return a[i]

    def add(x, y):
        a[0] = x * 0.25
        a[1] = a[0] + y
        return x + y

    class Adds:
        def __radd__(self, other):
            a[0] = 7.0 + a[0] * 0.5
            return other + a[0]

    out, adds = [], Adds()
    for k in range(N):
        i = k % 3
        out.append((a[0], change(0), a[0], [a[i], change(i), a[i]], a[0] + change(0) * a[0]))
        out.append(add(a[0], a[1]) + a[0] + add(a[i], a[0]))
        out.append([a[0], a[0] + adds, a[0], a[1] * 2.0 + adds])
        out.append(f"{a[i]} {change(i)} {a[i]}")
        x = a[1]
        a[1] = a[0] * change(1) - a[1]
        a[i] += change(i)
        out.append((x, a[1], *[a[j] + change(j) for j in (2, 0, i)]))
        a[change(2) < 0.0] = a[0] + x * 0.001
        a[2] = a[1] = (k % 7) * 0.5
    show(out)


def case_seen_by_iterators():
    def run(a, n):
        out = []
        for k in range(n):
            for j, x in enumerate(a):
                a[j] = x * 0.5 + k
                a[j - 1] = a[j] * 0.25 + x
                out.append(x)
            for x, y in zip(a, reversed(a)):
                a[k % 3] = x + y * 0.125
                out.append((x, y))
            a.sort(key=lambda v: out.append(v) or -v)
            first, *rest = a
            a[0], a[1] = a[1] + 1.0, a[0] - 1.0
            out += [first, rest, max(a, key=lambda v: a.__setitem__(2, v + 1.0) or v), sum(a), a[:2], list(map(abs, a))]
            a[k % 3] = a[k % 3] * 0.01
        return out

    show(run([1.0, 2.0, 3.0], N // 4), run([1.0, 2.0, 3.0, 1.5, 2.5], N // 4))
