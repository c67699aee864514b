"""Frames seen by what hot code calls: lines, locals read and written."""

import sys
import traceback
import warnings
from common import N, attempt, report


def caller_line():
    return sys._getframe(1).f_lineno


def stack():
    frame = sys._getframe(1)
    out = []
    while frame is not None and frame.f_code.co_name != "run_case":
        out.append((frame.f_code.co_name, frame.f_lineno, frame.f_lasti))
        frame = frame.f_back
    return tuple(out)


def count(counts, key):
    counts[key] = counts.get(key, 0) + 1


def case_line_numbers():
    counts = {}
    for i in range(N):
        count(counts, caller_line())
        count(counts, sys._getframe().f_lineno); count(counts, caller_line())
        count(
            counts,
            caller_line(),
        )
        if i % 2:
            x = [caller_line(),
                 caller_line()]
            count(counts, tuple(x))
    print(counts)


def leaf(counts):
    count(counts, stack())
    count(counts, ("again", stack()))


def middle(counts, i):
    if i % 3:
        leaf(counts)
    leaf(counts)
    return i


def case_stacks_of_inlined_calls():
    counts = {}
    for i in range(N):
        middle(counts, i)
        middle(
            counts, middle(counts, i))
    for key, n in counts.items():
        print(n, key)


def case_stacks_through_generators_and_c():
    counts = {}

    def gen(n):
        for i in range(n):
            count(counts, stack())
            yield i

    def key(x):
        count(counts, stack())
        return -x
    for x in gen(600):
        if x % 200 == 0:
            sorted(range(30), key=key)
    list(map(key, gen(300)))
    for k, n in counts.items():
        print(n, k)


def peek(name):
    return sys._getframe(1).f_locals[name]


def poke(name, value):
    sys._getframe(1).f_locals[name] = value


def case_locals_are_read():
    def run(n):
        total = 0
        x = None
        for i in range(n):
            x = i * 2
            y = [x]
            total += peek("x") + peek("i") + len(peek("y"))
            if i % 3 == 0:
                del x
                total += "x" in sys._getframe().f_locals
                x = 1
        return total, sorted(sys._getframe().f_locals)
    attempt(run, N)


def case_locals_are_written():
    def run(n):
        total = 0
        x = 1
        for i in range(n):
            if i % 7 == 0:
                poke("x", i)
            total += x
            x = 1
        return total
    attempt(run, N)

    def other_type(n):
        x = 1
        out = 0
        for i in range(n):
            if i == 700:
                poke("x", 2.5)
            if i == 1000:
                poke("x", "s")
            x = x + x if i < 300 and x < 1000 else x
            out += 1
            if i in (699, 700, 1001):
                print(repr(x))
            y = x * 2
        return x, y, out
    attempt(other_type, N)

    def loop_bound(n):
        limit = n
        i = 0
        while i < limit:
            i += 1
            if i == 900:
                poke("limit", 950)
        return i
    attempt(loop_bound, N)

    def iteration_variable(n):
        seen = 0
        for i in range(n):
            if i % 2:
                poke("i", -1)
            seen += i
        return seen
    attempt(iteration_variable, N)


def set_up(depth, name, value):
    sys._getframe(depth).f_locals[name] = value


def inner_pokes(i):
    if i % 50 == 49:
        set_up(2, "x", i)
        set_up(3, "total", 0)
    return 1


def case_locals_written_from_deep():
    def mid(i):
        x = 0
        k = inner_pokes(i)
        return x + k

    def run(n):
        total = 0
        for i in range(n):
            total += mid(i)
        return total
    attempt(run, 1020)
    attempt(run, N)


def case_cells_are_read_and_written():
    def run(n):
        x = 0

        def bump():
            nonlocal x
            x += 1
        out = 0
        for i in range(n):
            bump()
            if i % 100 == 0:
                poke("x", -i)
            out += peek("x")
        return x, out
    attempt(run, N)


def case_locals_builtin():
    def run(n):
        a = 1
        out = 0
        for i in range(n):
            b = i
            d = locals()
            d["a"] = 1000
            out += d["b"] + a + len(d)
            if i % 2:
                c = i
                del c
        return out
    attempt(run, N)

    def evals(n):
        out = 0
        for i in range(300):
            out += eval("i * 2 + n")
            exec("i = 5")
            out += i
        return out
    attempt(evals, 3)


def case_new_names_through_f_locals():
    def run(n):
        f = sys._getframe()
        for i in range(n):
            f.f_locals["extra"] = i
            if i == n - 1:
                return f.f_locals["extra"], "extra" in locals(), sorted(f.f_locals)
    attempt(run, N)


def case_frames_outlive_their_function():
    def leaf(i):
        v = [i]
        frames.append(sys._getframe())
        w = i + 1
        return v

    frames = []
    for i in range(N):
        leaf(i)
        if len(frames) > 5:
            frames.pop(0)
    print([(f.f_locals["v"], f.f_locals["w"], f.f_lineno, f.f_back is None) for f in frames])
    for f in frames:
        f.clear()
    print([len(f.f_locals) for f in frames])


def case_frame_of_a_running_loop_kept():
    def run(n):
        me = sys._getframe()
        for i in range(n):
            v = i * i
            if i % 500 == 499:
                print(me.f_locals["v"], me.f_lineno, me.f_lasti)
        return me
    f = run(N)
    print(f.f_locals["i"], f.f_lineno)


def case_current_frames():
    import threading
    me = threading.get_ident()

    def leaf():
        f = sys._current_frames()[me]
        return f.f_code.co_name, f.f_lineno, f.f_back.f_lineno
    print({leaf() for i in range(N)})


def case_stack_summaries():
    def leaf(i):
        return tuple((f.name, f.lineno) for f in traceback.extract_stack(limit=3))

    def parent(i):
        return leaf(i) if i % 2 else leaf(
            i)
    seen = []
    for i in range(400):
        s = parent(i)
        if s not in seen:
            seen.append(s)
    print(seen)


def case_warnings_name_the_line():
    def warn(i):
        warnings.warn(f"w{i % 2}", stacklevel=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for i in range(400):
            warn(i)
            warn(
                i)
    print(len(caught), sorted({(str(w.message), w.lineno) for w in caught}))


def case_recursive_frames():
    def depth():
        n = 0
        f = sys._getframe(1)
        while f.f_code.co_name == "down":
            f = f.f_back
            n += 1
        return n

    def down(n):
        return depth() if n == 0 else down(n - 1)
    print([down(i % 40) for i in range(400)][-45:])


def case_f_trace_lines_and_code():
    def leaf():
        f = sys._getframe(1)
        return f.f_trace, f.f_trace_lines, f.f_trace_opcodes, f.f_globals is globals()
    print({leaf() for i in range(N)})


def case_lasti_in_loops():
    seen = {}
    for i in range(N):
        a = sys._getframe().f_lasti
        b = sys._getframe().f_lasti if i % 3 else None
        count(seen, (a, b))
        assert sys._getframe().f_lasti > a
    print(seen)


def case_lines_that_finalizers_see():
    lines = {}

    class Noted:
        def __init__(self, value=0):
            self.value = value

        def __del__(self):
            frame = sys._getframe(1)
            place = frame.f_code.co_name, frame.f_lineno - first, frame.f_lasti
            lines[place] = lines.get(place, 0) + 1

        def me(self):
            return 1

        def __len__(self):
            return 5

    def make():
        return Noted(3)

    def inner(x, y):
        x = y
        y = None
        return 1

    def drop():
        a = b = None
        held = [None]
        for i in range(N):
            a = Noted()
            b = a
            a = 1
            b = 2
            make()
            x = make().value
            x = make().me()
            if make():
                x = 1
            held[0] = make()
            held[0] = x
            x, y = make(), make()
            x, y = y, x
            x = None
            y = i
            inner(make(), make())
            x = [make()][0].value
            x = (make() is None)
            x = make() if i % 3 else 1
            del x

    first = drop.__code__.co_firstlineno
    drop()
    for place in sorted(lines):
        print(*place, lines[place])
