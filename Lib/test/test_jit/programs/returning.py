"""How frames end, with whatever they hold, and what variables are that nothing has set."""

import asyncio
import gc
import sys
from common import N, where

try:
    import _testcapi
except ImportError:
    _testcapi = None

log = []


def tell(times=None):
    """Prints what was logged, each entry once, with how often in a row."""
    out, last, count = [], None, 0
    for entry in log:
        if entry == last:
            count += 1
            continue
        if count:
            out.append((last, count))
        last, count = entry, 1
    if count:
        out.append((last, count))
    print(len(log), out[:8], out[-2:])
    log.clear()


class Dying:
    """Calls something when it dies."""

    def __init__(self, then):
        self.then = then

    def __del__(self):
        self.then(self)


# ---- frame objects that are kept -------------------------------------------------

kept = []


def keeps(n, x):
    y = [n]
    if n % 50 == 0:
        kept.append(sys._getframe())
    z = y
    return z


def keeps_caller(n, x):
    y = n + 1
    if n % 50 == 0:
        kept.append(sys._getframe(1))
    return y


def calls_keeper(n, x):
    a = keeps_caller(n, x)
    b = a
    return b


def case_frame_is_kept():
    for function in (keeps, calls_keeper):
        for n in range(N):
            out = function(n, "x")
        print(out, len(kept))
        for frame in kept[:3] + kept[-3:]:
            print(frame.f_code.co_name, frame.f_lineno, frame.f_lasti, sorted(frame.f_locals.items(), key=repr),
                  frame.f_back.f_code.co_name)
        kept[0].clear()
        print(sorted(kept[0].f_locals))
        kept.clear()


def locals_kept(n):
    a = n
    if n % 40 == 0:
        kept.append(locals())
    if n % 60 == 0:
        kept.append(sys._getframe().f_locals)
    b = a + 1
    return b


def case_locals_are_kept():
    for n in range(N):
        locals_kept(n)
    print(len(kept), [sorted(each.items()) for each in kept[:3] + kept[-3:]])
    kept.clear()


# ---- the data stack's chunks -----------------------------------------------------

def wide(n, depth):
    # Some 100 cells: chunks end at many places.
    (a0, a1, a2, a3, a4, a5, a6, a7, a8, a9) = (b0, b1, b2, b3, b4, b5, b6, b7, b8, b9) = range(n, n + 10)
    (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9) = (d0, d1, d2, d3, d4, d5, d6, d7, d8, d9) = range(n, n + 10)
    (e0, e1, e2, e3, e4, e5, e6, e7, e8, e9) = (f0, f1, f2, f3, f4, f5, f6, f7, f8, f9) = range(n, n + 10)
    (g0, g1, g2, g3, g4, g5, g6, g7, g8, g9) = (h0, h1, h2, h3, h4, h5, h6, h7, h8, h9) = range(n, n + 10)
    if depth == 0:
        return narrow(n)
    out = wide(n + 1, depth - 1)
    return out + a0 + b1 + c2 + d3 + e4 + f5 + g6 + h9


def narrow(n):
    m = n
    return m + leaf(m)


def leaf(n):
    k = n * 2
    return k


def small_at(depth, times):
    if depth:
        return small_at(depth - 1, times)
    out = 0
    for i in range(times):
        out += narrow(i)        # the frames of the calls begin a chunk, at some depths
    return out


def case_chunk_boundaries():
    print([wide(1, depth) for depth in range(0, 120, 3)])
    total = 0
    for n in range(60):
        total += wide(n, 70)
    print(total)
    print({small_at(depth, 40) for depth in range(0, 600)})


class Noted:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        log.append(sys._getframe(1).f_lineno - Noted.line)


def holder(n):
    a = Noted(n)
    return n


Noted.line = holder.__code__.co_firstlineno


def holders_at(depth):
    if depth:
        return holders_at(depth - 1)
    for i in range(30):
        holder(i)
    return len(log)


def case_finalizers_at_chunk_boundaries():
    print([holders_at(depth) for depth in range(0, 400, 7)][-1])
    tell()


# ---- finalizers of variables ------------------------------------------------------

def look(self):
    frame, lines = sys._getframe(2), []
    while frame is not None and len(lines) < 2:
        lines.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
        frame = frame.f_back
    log.append(lines)


def has_one(then):
    x = Dying(then)
    y = 1
    return y


def has_argument(x):
    return 5


def has_two(then):
    x = Dying(then)
    y = Dying(then)
    return (
        x is not
        y
    )


def has_none_result(then):
    x = Dying(then)
    if then is None:
        return 1


def calls_each(then, n):
    a = has_one(then)
    b = (has_argument(Dying(then)) +
         a)
    c = [a, has_two(then),
         b]
    has_none_result(then)
    return c


class WithInit:
    def __init__(self, then):
        x = Dying(then)
        self.y = 5


def case_finalizer_looks():
    for n in range(300):
        out = calls_each(look, n)
        WithInit(look)
    print(out)
    tell()


def refers(self):
    # (What waits on the stack of the function that goes on must outlive this.)
    frame = sys._getframe(2)
    if frame.f_code.co_name == "waits":
        log.append(sorted((name, type(each).__name__) for name, each in frame.f_locals.items() if name != "then"))
        if len(log) % 50 == 0:
            gc.collect()


def waits(then, n):
    a = [n]
    b = (n, [n, dies(then), {n: n}], {n: n, "k": (n, dies(then))}, a)
    del a
    return [b, dies(then)] + [n, {n, dies(then)}]


def case_finalizer_where_much_waits():
    for n in range(400):
        out = waits(refers, n)
    print(out)
    tell()


def collects(self):
    collects.count += 1
    if collects.count % 20 == 0:
        gc.collect()


class Cycle:
    def __init__(self):
        self.me = self


def makes_garbage(n):
    a = Cycle()
    b = Dying(collects)
    a.b = b
    return n, [Cycle()]


def case_finalizer_collects():
    collects.count = 0
    for n in range(400):
        out = [Cycle(), makes_garbage(n), (Cycle(), makes_garbage(n + 1))]
        dies(collects)
    print(out[1][0], out[2][1][0])
    gc.collect()
    print(collects.count)


def clears(self):
    frame = sys._getframe(2)
    try:
        frame.clear()
    except RuntimeError as exc:
        log.append(str(exc))


def case_finalizer_clears_the_caller():
    for n in range(300):
        written_or_not = dies(clears), n
        traced(clears)
    print(written_or_not)
    tell()


def returns_in_generator(x):
    y = Dying(x)
    yield 1
    z = Dying(x)
    return 5


def delegates(x):
    a = yield from returns_in_generator(x)
    b = a
    return b


def case_generators_end():
    for n in range(300):
        total = 0
        for k in returns_in_generator(look):
            total += k
        g = delegates(look)
        try:
            while True:
                next(g)
        except StopIteration as exc:
            total += exc.value
    print(total)
    tell()


def recursive(n, then):
    # The same function, several frames in one trace; each has a variable of its own.
    if n:
        a = recursive(n - 1, then)
        b = a + 1
        x = Dying(then) if n == 2 else None
        return b
    dies(then)
    b = n
    return b


def writes_in_recursion(self):
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_name == "recursive":
        frame.f_locals["b"] = Dying(counts)
        frame = frame.f_back


def counts(self):
    counts.count += 1


def case_recursion_with_variables():
    for then in (look, writes_in_recursion, counts):
        counts.count = 0
        print({recursive(n % 6, then) for n in range(600)}, counts.count)
    tell()


def raises(self):
    raise ValueError("in a finalizer")


def case_finalizer_raises():
    unraisable = []
    old, sys.unraisablehook = sys.unraisablehook, lambda hook: unraisable.append((hook.exc_type.__name__, str(hook.exc_value), where(hook.exc_value)))
    try:
        for n in range(200):
            out = calls_each(raises, n)
            WithInit(raises)
    finally:
        sys.unraisablehook = old
    print(out, len(unraisable), unraisable[0], unraisable[-1])
    print(len(set(map(repr, unraisable))))


def writes(self):
    frame = sys._getframe(2)
    if frame.f_code.co_name == "written":
        frame.f_locals["a"] = "written"
        frame.f_locals["b"] = frame.f_locals.get("b", 0) + 1


def dies(then):
    x = Dying(then)
    return 1


def written(then):
    a = 5
    d = dies(then)
    c = a                       # what the finalizer wrote
    b = 7 if n_times % 7 else b_or_none(sys._getframe().f_locals)
    return a, b, c, d


def b_or_none(space):
    return space.get("b")


def unset_written(then):
    # The variable was never set by this function when its callee's finalizer writes to it.
    dies(then)
    if n_times >= 0:
        return a
    a = 5


def sets_unset(self):
    frame = sys._getframe(2)
    frame.f_locals["a"] = n_times


def drops_what_was_written(then):
    dies(then)
    a = 1                       # drops what the finalizer put there
    return a


def puts_dying(self):
    frame = sys._getframe(2)
    frame.f_locals["a"] = Dying(look)


n_times = 0


def case_finalizer_writes_to_the_caller():
    global n_times
    seen = set()
    for n_times in range(400):
        seen.add(written(writes))
    print(sorted(seen, key=repr))
    total = 0
    for n_times in range(400):
        total += unset_written(sets_unset)
    print(total)
    for n_times in range(400):
        drops_what_was_written(puts_dying)
    tell()


def writes_to_inner_caller(n, then):
    # Two calls deep, all in one trace.
    dies(then)
    a = n
    return a


def outer(n, then):
    c = writes_to_inner_caller(n, then)
    d = c
    return d


def writes_up(self):
    frame = sys._getframe(3)
    if frame.f_code.co_name == "outer":
        frame.f_locals["d"] = Dying(look)


def case_finalizer_writes_two_frames_up():
    for n in range(400):
        assert outer(n, writes_up) == n
    tell()


events = []


def tracer(frame, event, arg):
    if frame.f_code.co_name in ("dies", "traced", "look"):
        events.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
    return tracer


def traced(then):
    a = dies(then)
    b = a
    return b


def enables(self):
    enables.left -= 1
    if enables.left == 0:
        sys.settrace(tracer)
        sys._getframe(1).f_trace = sys._getframe(2).f_trace = tracer


def case_finalizer_enables_tracing():
    # (Finalizers may be noticed an iteration late, so only what follows in a new call is looked at.)
    for _ in range(3):
        enables.left = 100
        for n in range(200):
            traced(enables)
            if sys.gettrace() is not None and n > 110:
                sys.settrace(None)
                break
        sys.settrace(None)
        print(n, events[-8:])
        events.clear()
        for n in range(100):
            traced(enables)
        print(len(events))


def profiles(self):
    profiles.left -= 1
    if profiles.left == 0:
        sys.setprofile(profiler)


def profiler(frame, event, arg):
    if frame.f_code.co_name in ("dies", "traced"):
        events.append((event, frame.f_code.co_name, type(arg).__name__))


def case_finalizer_enables_profiling():
    for _ in range(3):
        profiles.left = 100
        for n in range(200):
            traced(profiles)
            if n == 120:
                sys.setprofile(None)
        sys.setprofile(None)
        print(n, events[-4:])
        events.clear()


saved = []


def resurrects(self):
    saved.append(self)


def case_finalizer_resurrects():
    for n in range(300):
        dies(resurrects)
        has_argument(Dying(resurrects))
        if len(saved) > 20:
            saved.clear()           # (no second call of __del__)
    print(len(saved), {type(each).__name__ for each in saved})
    saved.clear()


def resurrects_frame(self):
    saved.append((self, sys._getframe(2)))


def case_finalizer_keeps_the_frame():
    # The frame has ended and its variables are being dropped when it gets an object.
    for n in range(300):
        dies(resurrects_frame)
        if len(saved) == 40:
            print({(frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno) for _, frame in saved})
            print({repr(sorted(frame.f_locals)) for _, frame in saved})
            saved.clear()
    saved.clear()


def recurses(self):
    if recurses.left:
        recurses.left -= 1
        dies(recurses)
    log.append(recurses.left)


def case_finalizer_calls_the_function():
    for n in range(200):
        recurses.left = n % 6
        dies(recurses)
    tell()


def case_finalizer_switches_off_recursion():
    old = sys.getrecursionlimit()

    def deeper(self):
        try:
            sys.setrecursionlimit(1)
        except RecursionError as exc:
            log.append(type(exc).__name__)
    for n in range(200):
        dies(deeper)
    sys.setrecursionlimit(old)
    tell()


# ---- generators, coroutines ----------------------------------------------------------

def gen(a, *b, c=1, **d):
    e = a
    yield e
    yield a, b, c, d


def closure_gen(x):
    def inner(y):
        yield x
        yield y
    return inner


async def coro(a, b=2):
    c = a
    return c + b


async def agen(a):
    yield a


def case_generators_are_made():
    inner = closure_gen(3)
    last = []
    for i in range(N):
        last = [gen(i), gen(i, 1, 2, c=3, z=4), inner(i), coro(i), agen(i), (x for x in (i,))]
        last[3].close()
    print([each.__name__ for each in last], [list(each) for each in last[:3]], list(last[5]))
    print(last[0].gi_frame, last[3].cr_frame, last[4].ag_frame.f_lineno - agen.__code__.co_firstlineno)


def case_generators_that_never_start():
    for i in range(400):
        g = gen(i)
        if i % 3 == 0:
            g.close()
        elif i % 3 == 1:
            frame = g.gi_frame
            log.append((frame.f_lineno - gen.__code__.co_firstlineno, frame.f_lasti, frame.f_back, sorted(frame.f_locals)))
            del frame
        else:
            try:
                g.throw(KeyError(i))
            except KeyError as exc:
                log.append([(n, line - gen.__code__.co_firstlineno) for n, line in where(exc)][-1])
    tell()
    for i in range(300):
        c = coro(i)
        c.close()
        log.append((c.cr_running, c.cr_frame, c.cr_await))
    tell()


def holds_itself(box, then):
    x = Dying(then)
    yield box
    yield x


def says_box(self):
    log.append("box")


def says_generator(self):
    log.append("generator")


def case_generators_that_are_garbage():
    gc.disable()
    try:
        for i in range(300):
            box = [Dying(says_box)]
            box.append(holds_itself(box, says_generator))
            if i % 2:
                next(box[1])
            del box
            if i % 50 == 49:
                gc.collect()
                log.append("collected")
    finally:
        gc.enable()
    tell()


def holds_argument(x):
    yield x


def case_arguments_of_generators_die():
    for i in range(300):
        holds_argument(Dying(look))
        holds_argument(Dying(look)).close()
        list(holds_argument(Dying(look)))
    tell()


def makes(n):
    out = None
    for i in range(n):
        out = gen(i)
    return out


def case_memory_error_making_generators():
    if _testcapi is None or not hasattr(_testcapi, "set_nomemory"):
        makes(200)
        print("no _testcapi")
        return
    makes(N)
    lines, made = set(), 0
    for k in range(40):
        _testcapi.set_nomemory(k % 4 + 1, k % 4 + 2)
        try:
            # (How many allocations there are before the generators' is not the same in each mode.)
            made += makes(5) is not None
        except MemoryError as exc:
            found = exc
        else:
            found = None
        finally:
            _testcapi.remove_mem_hooks()
        if found is not None:
            lines.add(tuple(name for name, line in where(found)))
    print(sorted(lines), list(makes(100))[0])


async def awaits(n):
    total = 0
    for i in range(n):
        total += await coro(i)
        async for k in agen(i):
            total += k
    return total


def drive(c):
    try:
        while True:
            c.send(None)
    except StopIteration as exc:
        return exc.value


def case_coroutines_in_a_hot_loop():
    print(drive(awaits(300)), asyncio.run(awaits(300)))
    for i in range(300):
        c = awaits(3)
        log.append(drive(c) if i % 3 else c.close())
    tell()


# ---- variables that are not set --------------------------------------------------------

def one_branch(n):
    if n % 5:
        x = n
    try:
        return x
    except UnboundLocalError as exc:
        return str(exc), exc.__traceback__.tb_lineno - one_branch.__code__.co_firstlineno


def after_del(n):
    x = y = n
    if n % 3 == 0:
        del x
    if n % 5 == 0:
        del y
    return (x,
            y)


def del_unset(n):
    if n % 4:
        z = 1
    del z
    z = n
    return z


def loop_variable(items):
    for item in items:
        pass
    return item


def except_name(n):
    try:
        if n % 2:
            raise KeyError(n)
        e = 1
    except KeyError as e:
        pass
    return e


def deleted_cell(n):
    x = n
    f = lambda: x
    if n % 6 == 0:
        del x
    return f()


def late_cell(n):
    f = lambda: x
    if n % 6:
        x = n
    return f()


def twice(function, *args):
    try:
        return function(*args)
    except NameError as exc:
        first = function.__code__.co_firstlineno
        return [str(exc), type(exc).__name__, [line - first for name, line in where(exc)[1:]]]


def case_unset_variables():
    for function in (one_branch, after_del, del_unset, except_name, deleted_cell, late_cell):
        seen = {}
        for n in range(400):
            out = twice(function, n)
            seen[repr(out) if out != n else "n"] = seen.get(repr(out) if out != n else "n", 0) + 1
        print(function.__name__, sorted(seen.items())[:6], len(seen))
    print([twice(loop_variable, [1, 2] if n % 7 else []) for n in range(400)][-3:])


def unset_in_callee(n):
    def inner(m):
        if m % 9 == 0:
            v = m
        w = m
        return w, v
    return inner(n)


def case_unset_in_a_new_function():
    print([twice(unset_in_callee, n) for n in range(900)][-4:])


def case_hot_loop_with_unset():
    def g(n):
        if n > 350:
            x = n
        y = n
        del y
        try:
            y
        except UnboundLocalError:
            y = -n
        try:
            return x + y
        except UnboundLocalError as exc:
            return exc.__traceback__.tb_lineno - g.__code__.co_firstlineno
    print([g(n) for n in range(400)][::25])


def case_exec_and_classes():
    code = compile("a = n\nb = a + 1\ndel a\n", "<exec>", "exec")
    total = 0
    for n in range(400):
        space = {"n": n}
        exec(code, space)
        total += space["b"]

        class Body:
            x = n
            if n % 2:
                y = x
            z = [x for x in (1, 2)]
        total += Body.x + getattr(Body, "y", 0) + len(Body.z)
    print(total)
    try:
        for n in range(400):
            exec("x = n\nif n == 399: missing", {"n": n})
    except NameError as exc:
        print(exc, where(exc)[-1])


def comprehends(n):
    out = [k for k in range(n % 4)]
    if n % 5 == 0:
        k = "set"
    out.append([k + 1 for k in out])
    try:
        return out, k
    except UnboundLocalError as exc:
        return out, exc.__traceback__.tb_lineno - comprehends.__code__.co_firstlineno


def comprehension_raises(n):
    try:
        return [1 // (k - 3) for k in range(n % 6)], {k: v for k, v in ((1, 2),)}, k
    except ZeroDivisionError:
        try:
            return k
        except UnboundLocalError:
            return "unset"
    except UnboundLocalError:
        return "unset too"
    k = 1


def comprehension_of_a_variable(n):
    k = [n]
    out = [k for k in k]
    return out, k


def case_comprehension_variables():
    for function in (comprehends, comprehension_raises, comprehension_of_a_variable):
        print([function(n) for n in range(400)][-12:])


def first_store_drops_nothing(n):
    a = Dying(look)
    b = a
    a = None
    b = n                       # here it dies
    return b


def case_stores_drop_the_right_object():
    for n in range(400):
        first_store_drops_nothing(n)
    tell()


def case_to_many_places():
    # More than the cache of targets has room for at first, and twice that.
    places = 700
    source = ["def inner(n):\n    total = 0\n    for j in range(n):\n        total += j\n    return total\n"]
    source += [f"def outer{k}(n):\n    return inner(n) * {k} + inner(n + 1)\n" for k in range(places)]
    namespace = {}
    exec("".join(source), namespace)
    functions = [namespace[f"outer{k}"] for k in range(places)]
    out = []
    for n in range(40):
        out.append([function(n & 7) for function in functions])
    show(out)
