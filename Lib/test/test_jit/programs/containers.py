"""Tuples, lists, dicts, sets: made, read, written, unpacked, compared."""

from common import N, attempt, report


def case_tuples():
    total = 0
    for i in range(N):
        t = (i, i + 1, i + 2)
        a, b, c = t
        d, e = (c, a)
        total += t[0] + t[-1] * b + d - e + len(t + (1,))
        total += (a, b) < (a, c)
    print(total, t)


def case_lists():
    out = []
    for i in range(N):
        x = [i, i * 2, i * 3]
        x[1] += 5
        x[-1] = x[0]
        out.append(x)
        out[i // 2][0] += 1
    print(sum(map(sum, out)), out[10], out[-1])
    while len(out) > 3:
        out.pop()
        del out[0]
    print(out)


def case_dicts():
    d = {}
    for i in range(N):
        d[i % 100] = d.get(i % 100, 0) + i
        d["k%d" % (i % 7)] = i
        d[(i % 3, "t")] = {"n": i, **{"m": -i}}
    print(len(d), d[42], d["k3"], d[(2, "t")])
    total = 0
    for k, v in d.items():
        if isinstance(k, int):
            total += k * v
    for k in list(d):
        if isinstance(k, str):
            del d[k]
    print(total, len(d), "k3" in d, 5 in d)


def case_sets():
    s, f = set(), frozenset(range(10))
    hits = 0
    for i in range(N):
        s.add(i * i % 97)
        hits += i % 97 in s
        hits += i not in f
        t = {i, i + 1, *f}
        hits += len(t)
        s = s | {i % 200} if i % 300 == 0 else s
    print(sorted(s), hits, sorted({x % 5 for x in s}))


def case_unpacking():
    def run(rows):
        total = []
        for row in rows:
            a, *b, c = row
            total.append((a, b, c))
        return len(total), total[0], total[-1]
    attempt(run, [(1, 2, 3)] * N)
    attempt(run, [[1, 2, 3], (4, 5), "abc", range(6)] * 300)
    attempt(run, [(1, 2)] * 900 + [(1,)])
    attempt(run, [(1, 2)] * 900 + [7])

    def two(rows):
        x = 0
        for a, b in rows:
            x = x * 3 + a - b & 0xffffff
        return x
    attempt(two, [(1, 2)] * N)
    attempt(two, [[1, 2]] * N)
    attempt(two, [[1, 2], (3, 4), {5: 0, 6: 0}, iter((7, 8))] * 1)
    attempt(two, [(1, 2)] * 1000 + [(1, 2, 3)])
    attempt(two, [(1, 2)] * 1000 + [[1]])
    attempt(two, [(1, 2)] * 1000 + [None])


def case_unpacking_of_kinds_in_turn():
    class Row:
        def __init__(self, *items):
            self.items = items

        def __iter__(self):
            return iter(self.items)

    class Named(tuple):
        pass

    def kinds(*items):
        return [items, list(items), Named(items), Row(*items), dict.fromkeys(items), iter(items)]

    def none(rows):
        for row in rows:
            [] = row

    def one(rows):
        return sum(a for (a,) in rows)

    def two(rows):
        x = 0
        for a, b in rows:
            x = x * 3 + a - b & 0xffffff
        return x

    def many(rows):
        x = 0
        for a, b, c, d, e, f, g, h, i, j, k in rows:
            x = x * 3 + a - b + 5 * c - 7 * d + e * f - g * h + i * j - k & 0xffffff
        return x

    for unpack, count in (none, 0), (one, 1), (two, 2), (many, 11):
        items = range(3, 3 + count)
        rows = [row for i in range(300) for row in kinds(*items)]
        attempt(unpack, rows)
        for wrong in (*kinds(*items, 99), *kinds(*items[1:]), 5, None):
            attempt(unpack, [row for i in range(300) for row in kinds(*items)] + [wrong])


def case_swaps():
    a, b, c = 1, 2, 3
    for i in range(N):
        a, b = b, a
        a, b, c = c, a, b
        a, b, c = b, c, a + 1
    print(a, b, c)
    x = list(range(50))
    for i in range(N):
        j, k = i % 50, i * 7 % 50
        x[j], x[k] = x[k], x[j]
    print(x)


def case_slices():
    x = list(range(20))
    total = 0
    for i in range(N):
        a, b = i % 20, i % 13
        total += len(x[a:b]) + len(x[b:]) + len(x[:a]) + len(x[::2]) + sum(x[a:a + 2])
        x[a:a + 1] = [i]
        if i % 100 == 0:
            x[2:4] = (1, 2, 3)
            del x[5:6]
            x[::5] = [0] * len(x[::5])
    print(total, x)
    t = tuple(x)
    for i in range(N):
        total += len(t[i % 9:]) - len(t[-3:i % 4])
    print(total)


def case_subscript_errors():
    def index(container, keys):
        total = 0
        for k in keys:
            total += container[k]
        return total
    attempt(index, [1, 2, 3], [0, 1, -1] * 400)
    attempt(index, [1, 2, 3], [0] * 900 + [3])
    attempt(index, (1, 2, 3), [0] * 900 + [-4])
    attempt(index, {0: 5}, [0] * 900 + [1])
    attempt(index, [1, 2, 3], [0] * 900 + ["a"])
    attempt(index, [1, 2, 3], [True, False, 2**70][:2] * 400)
    attempt(index, [1, 2, 3], [0] * 900 + [2**70])
    attempt(index, 5, [0])
    attempt(index, range(10), [0, 9, -1] * 400)

    def store(container, keys):
        for k in keys:
            container[k] = k
        return container
    attempt(store, [0, 0, 0], [0, 1, 2, -1] * 300)
    attempt(store, [0, 0, 0], [0, 1] * 500 + [5])
    attempt(store, {}, [0, 1] * 500 + [5])
    attempt(store, {}, [0, 1] * 500 + [[]])
    attempt(store, (1, 2), [0])

    def delete(container, keys):
        for k in keys:
            del container[k]
        return container
    attempt(delete, list(range(1000)), [0] * 998)
    attempt(delete, list(range(1000)), [0] * 1001)
    attempt(delete, dict.fromkeys(range(1000)), range(999))
    attempt(delete, dict.fromkeys(range(1000)), range(1001))


def case_comprehensions():
    total = 0
    for i in range(300):
        squares = [x * x for x in range(i % 20)]
        evens = {x for x in squares if x % 2 == 0}
        table = {x: [y for y in range(x % 4)] for x in evens}
        pairs = [(a, b) for a in range(4) for b in range(a) if a + b != i % 5]
        gen = sum(x for x in squares if x > i)
        total += len(evens) + len(table) + len(pairs) + gen
        total += sum(len(v) for v in table.values())
    print(total, pairs, table)
    matrix = [[i * j for j in range(30)] for i in range(30)]
    flat = [x for row in matrix for x in row if x % 3]
    print(len(flat), sum(flat), [[row[i] for row in matrix][5] for i in range(30)])


def case_comprehension_variables_and_errors():
    x = "outer"
    for i in range(400):
        [x for x in range(3)]
    print(x)

    def run(n, bad):
        return [10 // (i - bad) for i in range(n)]
    attempt(lambda: sum(run(1000, -1)))
    attempt(run, 1000, 700)
    fs = [lambda: i for i in range(400)]
    print(sum(f() for f in fs))


def case_star_displays():
    total = 0
    for i in range(N):
        a = [1, *range(i % 4), 2]
        b = (*a, *a)
        c = {*a, i}
        d = {**{"a": i}, "b": 2, **dict(c=3)}
        total += len(a) + len(b) + len(c) + len(d) + d["a"]
    print(total, a, b, sorted(c), d)

    def bad(n):
        for i in range(n):
            [*(i if i == 900 else ())]
    attempt(bad, N)

    def bad_map(n):
        for i in range(n):
            {**([1] if i == 900 else {})}
    attempt(bad_map, N)


def case_nested_containers():
    grid = [[0] * 20 for _ in range(20)]
    for step in range(10):
        for y in range(20):
            for x in range(20):
                grid[y][x] += grid[y - 1][x] + grid[y][x - 1] + 1
                grid[y][x] %= 10007
    print(grid[19][19], sum(map(sum, grid)))
    tree = {}
    for i in range(N):
        node = tree
        for digit in str(i):
            node = node.setdefault(digit, {})
    def size(node):
        return 1 + sum(size(child) for child in node.values())
    print(size(tree))


def case_changed_while_iterated():
    def dict_grows(n):
        d = {0: 0}
        for r in range(n):
            for k in d:
                if r == n - 1:
                    d[len(d)] = 0
        return len(d)
    attempt(dict_grows, N)

    def list_grows():
        x = [1]
        for v in x:
            if len(x) < N:
                x.append(v + 1)
        return sum(x)
    attempt(list_grows)

    def list_shrinks():
        x = list(range(N))
        seen = 0
        for v in x:
            seen += 1
            x.pop()
        return seen, len(x)
    attempt(list_shrinks)

    def set_grows():
        s = {1}
        for r in range(N):
            for k in s:
                if r == 1000:
                    s.add(r)
        return s
    attempt(set_grows)


class Key:
    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return f"Key({self.n})"

    def __hash__(self):
        return self.n % 7

    def __eq__(self, other):
        if self.n == 13 and other.n == 6:
            raise RuntimeError("eq")
        return isinstance(other, Key) and self.n == other.n


def case_keys_with_python_hash_and_eq():
    d = {}
    for i in range(400):
        k = Key(i % 13)
        d[k] = d.get(k, 0) + 1
    print(sorted((k.n, v) for k, v in d.items()))

    def run(n):
        hits = 0
        for i in range(n):
            hits += Key(i % 12) in d
            d[Key(13 if i == 600 else 3)]
        return hits
    attempt(run, 500)
    attempt(run, 700)


def case_dict_kinds():
    class D(dict):
        def __missing__(self, key):
            return -key
    from collections import OrderedDict, defaultdict, ChainMap, Counter
    dicts = [{1: 1}, D({1: 1}), OrderedDict({1: 1}), defaultdict(int, {1: 1}), Counter({1: 1})]
    total = 0
    for i in range(N):
        d = dicts[i % 5]
        total += d[1]
        if i % 5 in (1, 3, 4):
            total += d[i % 50 + 2]
        total += 1 in d
    print(total, [len(d) for d in dicts])


def case_list_kinds():
    class L(list):
        def __getitem__(self, i):
            return 100 + super().__getitem__(i)
    values = [[1, 2], (3, 4), L([5, 6]), {0: 7, 1: 8}, "9a", b"bc", range(3)]
    out = []
    for i in range(N):
        out.append(values[i % 7][i // 7 % 2])
    print(out[:14], hash(tuple(out[14:28])), len(out))


def case_sorting_and_primes():
    state, data = 12345, []
    for _ in range(300):
        state = (state * 1103515245 + 12345) % 2**31
        data.append(state % 1000)
    bubble = data[:]
    for i in range(len(bubble)):
        for j in range(len(bubble) - 1 - i):
            if bubble[j] > bubble[j + 1]:
                bubble[j], bubble[j + 1] = bubble[j + 1], bubble[j]
    print(bubble == sorted(data), bubble[:10])

    def quick(x):
        if len(x) < 2:
            return x
        p = x[0]
        return quick([v for v in x[1:] if v < p]) + [p] + quick([v for v in x[1:] if v >= p])
    print(quick(data) == bubble)
    sieve = [True] * 5000
    for i in range(2, 71):
        if sieve[i]:
            for j in range(i * i, 5000, i):
                sieve[j] = False
    print(sum(sieve) - 2)
    data.sort(key=lambda v: (v % 10, -v))
    print(data[:12])


def case_queens():
    def solve(n):
        count = 0
        stack = [((), frozenset(), frozenset())]
        while stack:
            cols, up, down = stack.pop()
            row = len(cols)
            if row == n:
                count += 1
                continue
            for c in range(n):
                if c not in cols and c + row not in up and c - row not in down:
                    stack.append((cols + (c,), up | {c + row}, down | {c - row}))
        return count
    print([solve(n) for n in range(1, 8)])


def case_errors_leave_the_stack_right():
    def run(n):
        out = []
        for i in range(n):
            try:
                out.append([i, i + 1, (i, {"k": [1, 2, 3][i % 4]}), i // (i % 5)])
            except IndexError:
                out.append("index")
            except ZeroDivisionError:
                out.append("zero")
        return out
    out = run(N)
    print(out[:12], len(out), out.count("index"), out.count("zero"))
    try:
        for i in range(N):
            x = [1, 2, {"a": (3, [][0] if i == 1200 else 0)}]
    except IndexError as exc:
        report(exc)
