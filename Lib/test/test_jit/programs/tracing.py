"""Tracing, profiling and monitoring switched on in the middle of hot code."""

import sys
import threading
from common import N, attempt, report


def short(events):
    print(len(events), events[:12], events[-8:], hash(tuple(map(str, events))))


def make_tracer(events, opcodes=False):
    def tracer(frame, event, arg):
        name = frame.f_code.co_name
        if name == "enough" or "tracing" not in frame.f_code.co_filename:
            return None
        frame.f_trace_opcodes = opcodes
        what = arg if type(arg) in (int, str) else type(arg).__name__
        events.append((name, event, frame.f_lineno, frame.f_lasti if opcodes else 0, what))
        return tracer
    return tracer


def leaf(x):
    y = x + 1
    return y


def work(i):
    if i % 3 == 0:
        return leaf(i)
    return i


def case_settrace_in_the_middle():
    events = []
    for opcodes in (False, True):
        def start(i):
            if i == 1000:
                sys.settrace(make_tracer(events, opcodes))
            if i == 1015:
                sys.settrace(None)

        def run(n):
            total = 0
            for i in range(n):
                start(i)
                total += work(i)
            return total
        print(run(N))
        short(events)
        print(run(N))
        short(events)


def case_settrace_from_a_deep_call():
    events = []

    def switch(i):
        if i == 900:
            sys.settrace(make_tracer(events))
            for depth in (1, 2, 3):
                frame = sys._getframe(depth)
                frame.f_trace = make_tracer(events)

    def b(i):
        switch(i)
        x = leaf(i)
        return x

    def a(i):
        y = b(i)
        if i == 905:
            sys.settrace(None)
        return y

    def run(n):
        total = 0
        for i in range(n):
            total += a(i)
            total -= 1
        return total
    print(run(N))
    short(events)
    for e in events[:60]:
        print(e)


def case_settrace_again_and_again():
    events = []

    def run(n):
        total = 0
        for i in range(n):
            if i % 100 == 50:
                sys.settrace(make_tracer(events))
            total += work(i)
            if i % 100 == 55:
                sys.settrace(None)
        return total
    print(run(N))
    short(events)


def case_trace_function_raises():
    def bad(frame, event, arg):
        if frame.f_code.co_name == "leaf":
            raise ValueError("tracer")
        return bad

    def run(n):
        total = 0
        for i in range(n):
            if i == 900:
                sys.settrace(bad)
            total += work(i)
        return total
    attempt(run, N)
    print(sys.gettrace())
    attempt(run, 800)


def case_trace_function_jumps():
    def jumper(frame, event, arg):
        if event == "line" and frame.f_code.co_name == "run" and frame.f_locals.get("i") == 900:
            if frame.f_lineno == first + 6:
                frame.f_lineno = first + 8
        return jumper

    def run(n):
        total = 0
        for i in range(n):
            if i == 899:
                sys.settrace(jumper)
                sys._getframe().f_trace = jumper
            total += i
            total += 1000000
            if i == 901:
                sys.settrace(None)
        return total
    first = run.__code__.co_firstlineno
    attempt(run, N)
    attempt(run, 600)


def case_tracer_changes_locals():
    def tracer(frame, event, arg):
        if frame.f_code.co_name != "run":
            return None
        if event == "line" and frame.f_locals.get("i") == 950:
            frame.f_locals["total"] = 0
        return tracer

    def run(n):
        total = 0
        for i in range(n):
            if i == 900:
                sys._getframe().f_trace = tracer
                sys.settrace(tracer)
            total += 1
            if i == 1000:
                sys.settrace(None)
        return total
    attempt(run, N)


def case_profile_in_the_middle():
    events = []

    def profiler(frame, event, arg):
        if "tracing" in frame.f_code.co_filename:
            name = arg.__name__ if event.startswith("c_") else frame.f_code.co_name
            events.append((event, name, frame.f_lineno))

    def run(n):
        total = 0
        items = []
        for i in range(n):
            if i == 900:
                sys.setprofile(profiler)
            total += work(i) + len(items)
            items.append(i)
            if i == 930:
                sys.setprofile(None)
        return total
    print(run(N))
    short(events)
    print(run(N))
    short(events)


TOOL = 4
E = sys.monitoring.events


def monitor(events, mask):
    m = sys.monitoring
    m.use_tool_id(TOOL, "test_jit")

    def callback(kind):
        def record(code, *args):
            if "tracing" in code.co_filename and code.co_name != "stop":
                events.append((kind, code.co_name, *[a if type(a) in (int, str) else
                                                     getattr(a, "__name__", type(a).__name__)
                                                     for a in args]))
        return record
    for name in ("PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "CALL", "LINE", "INSTRUCTION",
                 "JUMP", "BRANCH", "STOP_ITERATION", "RAISE", "EXCEPTION_HANDLED", "PY_UNWIND",
                 "PY_THROW", "RERAISE", "C_RETURN", "C_RAISE"):
        if mask & getattr(E, name) or name.startswith("C_"):
            m.register_callback(TOOL, getattr(E, name), callback(name))
    m.set_events(TOOL, mask)


def stop():
    m = sys.monitoring
    m.set_events(TOOL, 0)
    for bit in range(17):
        m.register_callback(TOOL, 1 << bit, None)
    m.free_tool_id(TOOL)


def generate(n):
    for i in range(n):
        try:
            if i % 5 == 0:
                raise KeyError(i)
            yield i
        except KeyError:
            yield -i


MASKS = {"line": E.LINE, "branch": E.BRANCH | E.JUMP, "call": E.CALL, "instruction": E.INSTRUCTION,
         "function": E.PY_START | E.PY_RETURN | E.PY_YIELD | E.PY_RESUME | E.STOP_ITERATION,
         "errors": E.RAISE | E.EXCEPTION_HANDLED | E.PY_UNWIND | E.PY_THROW | E.RERAISE,
         "all": E.LINE | E.BRANCH | E.JUMP | E.CALL | E.PY_START | E.PY_RETURN | E.PY_YIELD
         | E.PY_RESUME | E.RAISE | E.EXCEPTION_HANDLED | E.PY_UNWIND | E.STOP_ITERATION}


def case_monitoring_in_the_middle():
    for name, mask in MASKS.items():
        events = []

        def run(n):
            total = 0
            i = 0
            for x in generate(n):
                if i == 900:
                    monitor(events, mask)
                if i % 4:
                    total += work(i) + x
                else:
                    total -= len("abc")
                i += 1
                if i == 920:
                    stop()
            return total
        print(name, run(N))
        short(events)
        for e in events[:20]:
            print("   ", e)


def case_local_events():
    events = []

    def run(n):
        total = 0
        for i in range(n):
            if i == 700:
                monitor(events, 0)
                sys.monitoring.register_callback(
                    TOOL, E.LINE, lambda code, line: events.append((code.co_name, line)))
                sys.monitoring.set_local_events(TOOL, leaf.__code__, E.LINE)
            total += work(i)
            if i == 730:
                sys.monitoring.set_local_events(TOOL, leaf.__code__, 0)
                stop()
        return total
    print(run(N))
    short(events)


def case_disabled_locations():
    events = []

    def line(code, number):
        if "tracing" in code.co_filename:
            events.append((code.co_name, number))
        return sys.monitoring.DISABLE

    def run(n):
        total = 0
        for i in range(n):
            if i == 600:
                monitor([], 0)
                sys.monitoring.register_callback(TOOL, E.LINE, line)
                sys.monitoring.set_events(TOOL, E.LINE)
            total += work(i)
            if i == 900:
                sys.monitoring.restart_events()
            if i == 1000:
                stop()
        return total
    print(run(N))
    short(events)


def case_monitoring_callback_raises():
    def bad(code, number):
        if code.co_name == "leaf":
            raise ValueError("callback")

    def run(n):
        for i in range(n):
            if i == 900:
                monitor([], 0)
                sys.monitoring.register_callback(TOOL, E.LINE, bad)
                sys.monitoring.set_events(TOOL, E.LINE)
            work(i)
    attempt(run, N)
    stop()
    attempt(run, 800)


def case_tracing_another_thread():
    events = []
    started, go = threading.Event(), threading.Event()

    def run(n):
        total = 0
        for i in range(n):
            total += work(i)
            if i == 900:
                started.set()
                go.wait()
        return total
    results = []
    thread = threading.Thread(target=lambda: results.append(run(N)))
    thread.start()
    started.wait()
    threading.settrace_all_threads(make_tracer(events))
    go.set()
    thread.join()
    threading.settrace_all_threads(None)
    threading.settrace(None)
    sys.settrace(None)
    print(results, len([e for e in events if e[0] == "leaf"]), [e for e in events if e[0] == "leaf"][:4])


def case_generators_traced_in_the_middle():
    events = []

    def run(n):
        total = 0
        for x in generate(n):
            if x == 901:
                sys.settrace(make_tracer(events))
            total += x
            if x == 908:
                sys.settrace(None)
        return total
    print(run(N))
    short(events)


def case_exceptions_traced():
    events = []

    def fails(i):
        if i % 2:
            raise ValueError(i)

    def run(n):
        caught = 0
        for i in range(n):
            if i == 900:
                sys.settrace(make_tracer(events))
            try:
                fails(i)
            except ValueError:
                caught += 1
            if i == 904:
                sys.settrace(None)
        return caught
    print(run(N))
    short(events)


def case_pdb_until_the_end():
    import io
    import pdb
    out = io.StringIO()

    def run(n):
        total = 0
        for i in range(n):
            if i == 1000:
                debugger = pdb.Pdb(stdin=io.StringIO("p i\nn\nn\nn\np total\np i\nc\n"), stdout=out,
                                   nosigint=True, readrc=False)
                debugger.use_rawinput = False
                debugger.set_trace()
            total += work(i)
        return total
    print(run(N))
    for line in out.getvalue().splitlines():
        print(line)


def case_cprofile():
    import cProfile
    import pstats
    profile = cProfile.Profile()

    def run(n):
        total = 0
        for i in range(n):
            if i == 700:
                profile.enable()
            total += work(i)
            if i == 1000:
                profile.disable()
        return total
    print(run(N))
    stats = pstats.Stats(profile).stats
    print(sorted((key[2], value[0], value[1]) for key, value in stats.items()
                 if key[2] in ("work", "leaf")))


def case_tracemalloc_lines():
    # Who allocated what is read off the frame's current instruction.
    import tracemalloc

    def fill(n):
        kept = []
        for i in range(n):
            a = i + 10**9
            b = a * 3.5
            kept.append((a,
                         b))
        return kept

    fill(3000)
    tracemalloc.start()
    try:
        kept = fill(3000)
        statistics = tracemalloc.take_snapshot().statistics("lineno")
    finally:
        tracemalloc.stop()
    first = fill.__code__.co_firstlineno
    lines = {s.traceback[0].lineno - first: s.count for s in statistics
             if s.traceback[0].filename == __file__}
    print(len(kept), [(line, count) for line, count in sorted(lines.items()) if count > 100])
    fill(3000)


def case_where_monitors_see_errors():
    # RAISE instruments nothing, so traces run while it is watched.
    def divide(x):
        try:
            return 100 // (x & 3)
        except ZeroDivisionError:
            return -1

    def attribute(x):
        try:
            return x.real + [1, 2][x & 3] + x.missing
        except (AttributeError, IndexError):
            return -2

    def outer(n):
        total = 0
        for i in range(n):
            total += divide(i) + attribute(i)
            try:
                for k in iter(lambda: inner(i), 3):
                    total += k
            except KeyError:
                total -= 1
        return total

    def inner(i):
        if i % 5 == 0:
            return {}[i]
        return 3

    places = {}

    def watch(code, offset, exc):
        place = code.co_name, offset, type(exc).__name__
        places[place] = places.get(place, 0) + 1

    monitoring = sys.monitoring
    monitoring.use_tool_id(4, "test")
    try:
        monitoring.register_callback(4, monitoring.events.RAISE, watch)
        monitoring.set_events(4, monitoring.events.RAISE)
        print(outer(N))
    finally:
        monitoring.set_events(4, 0)
        monitoring.register_callback(4, monitoring.events.RAISE, None)
        monitoring.free_tool_id(4)
    print(sorted(places.items()))
