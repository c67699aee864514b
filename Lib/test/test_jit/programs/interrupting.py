"""Hot loops that something else must get into: signals, threads, async errors."""

import _thread
import signal
import sys
import threading
import time
from common import N, SIGNAL, attempt, report, set_alarm


class Alarm(Exception):
    pass


def with_alarm(function, *, seconds=0.05):
    def handler(signum, frame):
        raise Alarm
    old = signal.signal(SIGNAL, handler)
    set_alarm(seconds)
    try:
        function()
    except Alarm as exc:
        tb = exc.__traceback__
        names = []
        while tb is not None:
            names.append(tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
        print("alarm", names[1:2], names[-1])
    finally:
        set_alarm(0)
        signal.signal(SIGNAL, old)


def case_alarm_in_endless_loops():
    def counting():
        i = 0
        while True:
            i += 1

    def empty():
        while True:
            pass

    def nested():
        while True:
            for i in range(3):
                pass

    def over_cycle():
        import itertools
        for x in itertools.repeat(1):
            x + 1

    def continues():
        i = 0
        while 1:
            i ^= 1
            if i:
                continue

    for function in (counting, empty, nested, over_cycle, continues):
        with_alarm(function)


def case_alarm_where_the_loop_has_another_type():
    # It leaves where it begins, each time, to what comes back there.
    def adding(x, limit):
        while x < limit:
            x = x + 1
        return x

    print(adding(0, N * 4))
    with_alarm(lambda: adding(0.5, float("inf")))


def case_alarm_in_calls_and_generators():
    def leaf(i):
        return i + 1

    def calling():
        i = 0
        while True:
            i = leaf(i)

    def gen():
        i = 0
        while True:
            yield i
            i += 1

    def generating():
        for x in gen():
            pass

    def recursing():
        def down(n):
            if n:
                down(n - 1)
        while True:
            down(50)
    for function in (calling, generating, recursing):
        def handler(signum, frame):
            raise Alarm
        old = signal.signal(SIGNAL, handler)
        set_alarm(0.05)
        try:
            function()
        except Alarm:
            print(function.__name__, "interrupted")
        finally:
            set_alarm(0)
            signal.signal(SIGNAL, old)


def case_handlers_that_return():
    ticks = []

    def handler(signum, frame):
        ticks.append(frame.f_code.co_name)
    old = signal.signal(SIGNAL, handler)
    set_alarm(0.01, 0.01)
    try:
        i = 0
        while len(ticks) < 5:
            i += 1
    finally:
        set_alarm(0)
        signal.signal(SIGNAL, old)
    print(i > 0, len(ticks) >= 5, set(ticks))


def case_handler_writes_locals():
    def handler(signum, frame):
        frame.f_locals["running"] = False
    old = signal.signal(SIGNAL, handler)

    def run():
        running = True
        n = 0
        set_alarm(0.05)
        while running:
            n += 1
        return n > 0
    try:
        print(run())
        print(run())
    finally:
        signal.signal(SIGNAL, old)


def case_handler_changes_globals():
    global FLAG

    def handler(signum, frame):
        global FLAG
        FLAG = False
    old = signal.signal(SIGNAL, handler)
    try:
        for _ in range(3):
            FLAG = True
            n = 0
            set_alarm(0.02)
            while FLAG:
                n += 1
            print(n > 0)
    finally:
        signal.signal(SIGNAL, old)


def case_handler_switches_tracing_on():
    lines = []

    def tracer(frame, event, arg):
        if event == "line":
            lines.append(frame.f_lineno)
        if len(lines) > 50:
            raise Alarm
        return tracer

    def handler(signum, frame):
        frame.f_trace = tracer
        sys.settrace(tracer)
    old = signal.signal(SIGNAL, handler)

    def run():
        i = 0
        set_alarm(0.03)
        while True:
            i += 1
            i -= 1
    try:
        run()
    except Alarm:
        first = run.__code__.co_firstlineno
        loop = [n - first for n in lines if first < n < first + 7]
        print(len(lines), sorted(set(loop)))
    finally:
        sys.settrace(None)
        signal.signal(SIGNAL, old)


def case_keyboard_interrupt():
    def run():
        threading.Timer(0.03, _thread.interrupt_main).start()
        while True:
            pass
    try:
        run()
    except KeyboardInterrupt:
        print("interrupted")
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join()


def case_threads_share_hot_code():
    def work(n, k):
        total = 0
        for i in range(n):
            total += i * k
            if i % 97 == 0:
                total ^= k
        return total
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        results = [None] * 6

        def run(k):
            results[k] = [work(4000, k + j) for j in range(4)]
        threads = [threading.Thread(target=run, args=(k,)) for k in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        print(results)
    finally:
        sys.setswitchinterval(old)


def case_threads_with_polymorphic_code():
    def work(values):
        total = values[0]
        for r in range(60):
            for v in values:
                total = total + v
                if total == 12345:
                    total = v
        return total
    inputs = [[1, 2, 3] * 10, [1.5, 2.5] * 10, ["a", "b"] * 5, [(1,), (2,)] * 5, [2**62, 2**63] * 5]
    expected = [work(x) for x in inputs]
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        wrong = []

        def run(k):
            for _ in range(10):
                if work(inputs[k]) != expected[k]:
                    wrong.append(k)
        threads = [threading.Thread(target=run, args=(k,)) for k in range(5)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        print(wrong, [str(e)[:20] for e in expected])
    finally:
        sys.setswitchinterval(old)


def case_a_spinning_thread_lets_others_run():
    done = []

    def spin():
        while not done:
            pass
    thread = threading.Thread(target=spin)
    thread.start()
    total = 0
    for i in range(20000):
        total += i
    done.append(1)
    thread.join()
    print(total, thread.is_alive())


def case_threads_wait_for_each_other_in_hot_loops():
    lock = threading.Lock()
    shared = {"n": 0}

    def run(n):
        for i in range(n):
            with lock:
                shared["n"] += 1
    threads = [threading.Thread(target=run, args=(2000,)) for _ in range(3)]
    for t in threads:
        t.start()
    run(2000)
    for t in threads:
        t.join()
    print(shared)


def case_error_sent_to_a_thread():
    import ctypes
    result = []

    def spin():
        try:
            while True:
                pass
        except ZeroDivisionError as exc:
            result.append(type(exc).__name__)
    thread = threading.Thread(target=spin)
    thread.start()
    time.sleep(0.03)
    sent = ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(ZeroDivisionError))
    thread.join()
    print(sent, result)


def case_mutation_from_another_thread():
    class Stop:
        flag = False

        def check(self):
            return self.flag

    def spin():
        s = Stop()
        n = 0
        while not s.check():
            n += 1
        results.append(n > 0)
    results = []
    threads = [threading.Thread(target=spin) for _ in range(2)]
    for t in threads:
        t.start()
    time.sleep(0.03)
    Stop.flag = True
    for t in threads:
        t.join()
    print(results)


def case_generators_moved_between_threads():
    def gen():
        for i in range(3000):
            yield i
    g = gen()
    out = []

    def take(n):
        for x in g:
            out.append(x)
            n -= 1
            if n == 0:
                break
    for k in range(10):
        t = threading.Thread(target=take, args=(300,))
        t.start()
        t.join()
    print(len(out), out == list(range(3000)))
