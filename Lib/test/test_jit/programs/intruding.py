"""Who looks into, interrupts and changes what goes on from yield to yield and from
call to call: frames, tracing, monitoring, threads, signals, the garbage collector."""

import contextlib
import gc
import signal
import sys
import threading
import traceback
import types
from common import N, SIGNAL, attempt, set_alarm


def ahead(n):
    for i in range(n):
        yield i


def through(source):
    for x in source:
        yield x


def delegate(source):
    return (yield from source)


@types.coroutine
def pause(value):
    return (yield value)


def drive(coroutine):
    """Runs a coroutine; sends what it yields back to it, plus one."""
    yielded = 0
    value = None
    while True:
        try:
            value = coroutine.send(value) + 1
            yielded += 1
        except StopIteration as exc:
            return yielded, exc.value


def case_frames_inside():
    seen = {}

    def look():
        frame = sys._getframe(1)
        stack = []
        while frame.f_code.co_name != "case_frames_inside":
            stack.append((frame.f_code.co_name, frame.f_lineno, frame.f_lasti, sorted(map(str, frame.f_locals))))
            frame = frame.f_back
        key = str(stack)
        seen[key] = seen.get(key, 0) + 1

    def gen(n):
        for i in range(n):
            look()
            yield (look() or
                   i)
            look()

    def wrap(g):
        yield from g
        look()

    def returns(x):
        look()
        return x

    def user(n):
        for x in wrap(wrap(gen(n))):
            look()
            returns(
                returns(x))
        for x in through(gen(n)):
            if returns(x) % 2:
                continue
            look()

    for k in range(8):
        user(40)
        list(wrap(gen(5)))
    for key, n in seen.items():
        print(n, key)


def case_locals_of_suspended_frames():
    def gen(n):
        i = 0
        factor = 1
        while i < n:
            yield i * factor
            i += 1

    def user(n):
        out = 0
        g = gen(n)
        for x in g:
            out += x
            locals_ = g.gi_frame.f_locals
            if x % 100 == 99:
                assert locals_["i"] * locals_["factor"] == x
                locals_["factor"] = 3 - locals_["factor"]
                locals_["i"] += 1
        return out
    attempt(user, 800)

    def poke(frame, k):
        if k % 200 == 150:
            frame.f_locals["t"] = "changed"
        if k % 200 == 151:
            frame.f_locals["t"] = 0

    def target(n):
        t = 0
        for k in range(n):
            yield t
            poke(sys._getframe(), k)
            t += 1 if type(t) is int else "!"

    def caller(n):
        t = 0
        for k in range(n):
            poke(sys._getframe(), k)
            t += 1 if type(t) is int else "!"
        return t
    print(list(target(1000))[::97], caller(N))

    def pokes_its_resumer(n):
        for k in range(n):
            poke(sys._getframe(1), k)
            yield k

    def resumer(n):
        t = 0
        for k in pokes_its_resumer(n):
            t += 1 if type(t) is int else "!"
        return t
    print(resumer(N), resumer(152))


def case_tracebacks_inside():
    def lines(n):
        for i in range(n):
            yield [(f.name, f.lineno) for f in traceback.extract_stack()
                   if f.filename == __file__]

    def run(n):
        seen = []
        for x in delegate(lines(n)):
            if x not in seen:
                seen.append(x)
        for x in through(lines(n)):
            if x not in seen:
                seen.append(x)
        return seen
    for x in run(300):
        print(x)

    def leaf(x):
        if x == 0:
            1 / x
        return x

    def up(x):
        y = leaf(x)
        return y

    def gen(values):
        for v in values:
            yield up(v)
            yield (leaf(v) +
                   up(v))
    for _ in range(30):
        list(gen(range(1, 20)))
    for values in ([1, 2, 0], [0], [5] * 50 + [0]):
        attempt(lambda: sum(through(gen(values))))
        attempt(lambda: [leaf(x) for x in delegate(gen(values))])


def make_tracer(events):
    def tracer(frame, event, arg):
        if frame.f_code.co_filename != __file__ or frame.f_code.co_name in ("switch", "drive"):
            return None
        what = arg if type(arg) in (int, str) else type(arg).__name__
        events.append((frame.f_code.co_name, event, frame.f_lineno, what))
        return tracer
    return tracer


def short(events):
    print(len(events), events[:9], events[-9:], hash(tuple(map(str, events))))


def case_tracing_from_one_yield_to_the_next():
    def run(kind, n):
        events = []

        def switch(i):
            if i % 100 == 40:
                sys.settrace(make_tracer(events))
            if i % 100 == 42:
                sys.settrace(None)
        g = kind(ahead(n))
        for x in g:
            switch(x)
        for i in range(n):
            with contextlib.suppress(StopIteration):
                next(g)
            switch(i)
        short(events)

    async def main(n):
        events = []

        def switch(i):
            if i % 100 == 40:
                sys.settrace(make_tracer(events))
            if i % 100 == 42:
                sys.settrace(None)

        async def leaf(i):
            switch(i)
            return await pause(i)

        async def middle(i):
            return await leaf(i) + await leaf(0)
        for i in range(n):
            switch(await middle(i))
        short(events)
    for kind in (through, delegate, lambda g: through(delegate(g))):
        run(kind, 500)
    print(drive(main(400)))


def case_tracing_from_inside_a_generator():
    events = []

    def switch(i):
        if i == 200:
            sys.settrace(make_tracer(events))
            sys._getframe(1).f_trace = make_tracer(events)
        if i == 204:
            sys.settrace(None)

    def gen(n):
        for i in range(n):
            yield i
            switch(i)
            yield -i

    def run(n):
        total = 0
        for x in through(gen(n)):
            total += x
        for x in delegate(gen(n)):
            total += x
        return total
    print(run(400))
    short(events)


def case_monitoring_from_one_yield_to_the_next():
    mon = sys.monitoring
    E = mon.events
    events = []
    tool = 3

    def callback(name):
        def called(code, *args):
            args = [a for a in args if type(a) in (int, str)]
            events.append((name, code.co_name, *args))
        return called

    def gen(n):
        for i in range(n):
            yield i
            yield -i

    def user(source):
        total = 0
        for x in source:
            if x % 40 == 7:
                mon.set_local_events(tool, gen.__code__, E.PY_YIELD | E.PY_RESUME | E.LINE)
            elif x % 40 == 9:
                mon.set_local_events(tool, gen.__code__, 0)
            elif x % 40 == 20:
                mon.set_local_events(tool, user.__code__, E.BRANCH | E.LINE)
            elif x % 40 == 21:
                mon.set_local_events(tool, user.__code__, 0)
            elif x == 300:
                mon.set_events(tool, E.PY_RETURN | E.PY_RESUME | E.PY_YIELD)
            elif x == 302:
                mon.set_events(tool, 0)
            total += x
        return total
    mon.use_tool_id(tool, "test")
    try:
        for name in ("PY_YIELD", "PY_RESUME", "LINE", "BRANCH", "PY_RETURN"):
            mon.register_callback(tool, getattr(E, name), callback(name))
        for wrap in (through, delegate, gen):
            print(user(gen(400)) if wrap is gen else user(wrap(gen(400))))
            mon.set_events(tool, 0)
            events[:] = [e for e in events if e[1] in ("gen", "user", "through", "delegate")]
            short(events)
            events.clear()
    finally:
        for name in ("PY_YIELD", "PY_RESUME", "LINE", "BRANCH", "PY_RETURN"):
            mon.register_callback(tool, getattr(E, name), None)
        mon.free_tool_id(tool)


def case_resumed_by_threads_in_turn():
    def take(g, out, n):
        for x in g:
            out.append(x)
            n -= 1
            if n == 0:
                break

    def accumulate():
        total = 0
        while True:
            total += yield total
    outs = [], [], []
    gens = ahead(3000), through(ahead(3000)), delegate(delegate(ahead(3000)))
    adding = accumulate()
    next(adding)
    sums = []

    def work():
        for g, out in zip(gens, outs):
            take(g, out, 100)
        sums.append([adding.send(1) for _ in range(100)][-1])
    for k in range(12):
        t = threading.Thread(target=work)
        t.start()
        t.join()
        work()
    print([len(out) for out in outs], [out == list(range(2400)) for out in outs], sums)


def case_threads_run_the_same_generators():
    lock = threading.Lock()
    shared = through(ahead(10 ** 6))
    taken = []

    def own(n):
        return sum(through(delegate(ahead(n))))

    def work():
        mine = []
        for k in range(40):
            assert own(100) == 4950
            with lock:
                for x in shared:
                    mine.append(x)
                    if len(mine) % 10 == 0:
                        break
        taken.extend(mine)
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work) for _ in range(5)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(old)
    print(sorted(taken) == list(range(2000)))


def case_code_that_dies():
    source = """
def gen(n):
    for i in range(n):
        {body}

def call(x):
    return leaf(x) + {k}

def leaf(x):
    return x * {k}
"""
    bodies = "yield i", "yield -i; yield i", "yield from (i, i)", "(yield i) or (yield i * 2)", "yield [i][0]"
    results = []
    suspended = []
    for k in range(120):
        space = {}
        exec(source.format(body=bodies[k % 5], k=k), space)
        total = 0
        for x in through(space["gen"](30)):
            total += x
        g = space["gen"](1000)
        for x in delegate(g):
            total += x
            if x == 20:
                break
        for i in range(30):
            total += space["call"](i)
        if k % 3 == 0:
            suspended.append(space["gen"](50))
            next(suspended[-1])
        results.append(total)
        del space, g
        if len(suspended) == 10:
            results.append([sum(through(s)) for s in suspended[::2]])
            suspended.clear()
    gc.collect()
    print(results)


def case_dies_while_it_returns():
    log = []

    class Late:
        def __init__(self, act):
            self.act = act

        def __del__(self):
            self.act()

    def holds(x, act):
        late = Late(act)
        return x

    def yields(n, act):
        late = Late(act)
        for i in range(n):
            yield i

    def a(act):
        return holds(1, act) + 1

    def b(act):
        total = 0
        for x in yields(3, act):
            total += x
        return total + holds(2, act)

    def c(act):
        return [holds(holds(3, act), act), sum(through(yields(3, act)))]

    def quiet():
        log.append(len(log))

    def change():
        log.append("code")
        a.__code__ = a.__code__.replace()
        holds.__code__ = holds.__code__.replace()

    def collect():
        log.append("gc")
        gc.collect()

    def trace():
        log.append("trace")
        sys.settrace(lambda *args: None)
        sys.settrace(None)

    def caches():
        log.append("caches")
        sys._clear_internal_caches()
    out = []
    for k in range(600):
        act = {50: change, 55: collect, 60: trace, 65: caches}.get(k % 70, quiet)
        out.append((a(act), b(act), c(act)))
    print(len(log), log.count("gc"), log.count("code"), all(x == out[0] for x in out), out[0])


def case_functions_change_while_suspended():
    def one(i):
        return i

    def two(i):
        return -i

    def gen(n):
        for i in range(n):
            yield helper(i)

    def other(n):
        yield helper is not None
    helper = one
    g = gen(900)
    total = []
    for x in g:
        total.append(x)
        if len(total) % 100 == 0:
            helper = two if helper is one else one
        if len(total) == 450:
            one.__code__ = two.__code__
        if len(total) == 600:
            gen.__code__ = other.__code__
    print(sum(total), total[95:105], total[445:455], list(gen(3)))


def case_collections_in_the_middle():
    class Node:
        pass

    def gen(n):
        for i in range(n):
            node = Node()
            node.me = node
            node.frame = sys._getframe() if i % 7 == 0 else None
            if i % 20 == 10:
                gc.collect()
            yield node
            if i % 20 == 15:
                gc.collect()

    def user(n):
        alive = 0
        for node in delegate(through(gen(n))):
            alive += node.me is node
            if alive % 30 == 0:
                gc.collect(alive % 3)
        return alive
    print(user(300), user(50))
    gens = []
    for k in range(60):
        g = through(delegate(gen(30)))
        for _ in range(k % 20):
            next(g)
        gens.append([g])
        gens[-1].append(gens[-1])
    gens.clear()
    gc.collect()
    print(sum(1 for o in gc.get_objects() if type(o) is Node))
    old = gc.get_threshold()
    gc.set_threshold(5, 2, 2)
    try:
        print(user(300))
    finally:
        gc.set_threshold(*old)


class Alarm(Exception):
    pass


def case_alarm_in_loops_of_continuations():
    def handler(signum, frame):
        raise Alarm

    def endless():
        while True:
            yield 1

    def loop():
        for x in endless():
            pass

    def loop_through():
        for x in through(through(endless())):
            pass

    def loop_delegated():
        for x in delegate(delegate(endless())):
            pass

    def sums():
        sum(delegate(through(endless())))

    def ping(n):
        return pong(n - 1) if n else 0

    def pong(n):
        return ping(n - 1) if n else 0

    def recursing():
        while True:
            ping(60)

    async def leaf():
        return 1

    async def middle():
        return await leaf()

    async def forever():
        while True:
            await middle()

    def awaiting():
        drive(forever())

    async def switches():
        while True:
            await pause(1)

    def switching():
        drive(switches())

    async def agen():
        while True:
            yield 1

    async def over():
        async for x in agen():
            pass

    def asynchronous():
        drive(over())

    def nested():
        # No jump backward at all: a chain of generators, each resuming the next.
        def deep(n):
            if n:
                yield from deep(n - 1)
                yield from deep(n - 1)
            yield n
        sum(deep(10 ** 3 // 25))
    for function in (loop, loop_through, loop_delegated, sums, recursing, awaiting, switching, asynchronous, nested):
        old = signal.signal(SIGNAL, handler)
        set_alarm(0.1)
        try:
            function()
        except Alarm:
            print(function.__name__, "interrupted")
        finally:
            set_alarm(0)
            signal.signal(SIGNAL, old)


def case_handlers_run_between_continuations():
    ticks = []

    def handler(signum, frame):
        names = []
        while frame.f_code.co_name != "case_handlers_run_between_continuations":
            names.append((frame.f_code.co_name, frame.f_lineno > 0))
            frame = frame.f_back
        ticks.append(names)

    def user():
        total = 0
        for x in through(delegate(ahead(10 ** 9))):
            total += x & 1
            if len(ticks) >= 8 and total:  # handlers may run before anything else does, where all is slow
                return total > 0
    old = signal.signal(SIGNAL, handler)
    set_alarm(0.01, 0.01)
    try:
        print(user())
    finally:
        set_alarm(0)
        signal.signal(SIGNAL, old)
    print({n[0] for names in ticks for n in names} <= {"user", "through", "delegate", "ahead"})
