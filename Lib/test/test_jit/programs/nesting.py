"""The frames that calls make: where there is no room for them, what they show, and what dies in them."""

import gc
import sys
import types
import weakref
from common import where
from sites import FORMS, Site, add, shown, subtract, summary


class Deep:
    depth = 0

    def method(self, n):
        Deep.depth = n
        return self.method(n + 1) + 1

    def bound(self, again, n):
        Deep.depth = n
        return again(again, n + 1) + 1

    @property
    def getter(self):
        Deep.depth += 1
        return self.getter + 1


def known(n):
    Deep.depth = n
    return known(n + 1) + 1


def passed(again, n):
    Deep.depth = n
    return again(again, n + 1) + 1


def make_nested():
    def nested(n):
        Deep.depth = n
        return nested(n + 1) + 1
    return nested


def twelve(again, a, b, c, d, e, f, g, h, i, j, n):
    Deep.depth = n
    return (a, again(again, b, c, d, e, f, g, h, i, j, a, n + 1), n)


def in_turn(method, function, n):
    # method(...) is in_turn() again, function(...) is by_turns().
    Deep.depth = n
    return [n, function(method, function, n + 1) if n % 40 > 30 else method(function, n + 1)]


def by_turns(method, function, n):
    return [in_turn(method, function, n + 1), n]


def bottomless():
    deep = Deep()
    bound = deep.bound

    def turn(self, function, n):
        return in_turn(turning, function, n + 1)
    turning = types.MethodType(turn, deep)
    return [(known, (0,)), (passed, (passed, 0)), (deep.method, (0,)), (bound, (bound, 0)),
            (lambda: deep.getter, ()), (make_nested(), (0,)), (twelve, (twelve, *"abcdefghij", 0)),
            (in_turn, (turning, by_turns, 0))]


def case_recursion_error():
    for k in range(6):
        for function, args in bottomless():
            Deep.depth = 0
            try:
                function(*args)
            except RecursionError as exc:
                lines = where(exc)
                print(k, Deep.depth, exc.args, len(lines), lines[:3], lines[-2:])


def depth_now():
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def case_recursion_error_at_each_limit():
    old = sys.getrecursionlimit()
    used = depth_now()
    for function, args in bottomless():
        depths = []
        for extra in [*range(20, 60), 20, 59, 30]:
            Deep.depth = 0
            sys.setrecursionlimit(used + extra)
            try:
                function(*args)
            except RecursionError as exc:
                lines = len(where(exc))
            finally:
                sys.setrecursionlimit(old)
            depths.append((Deep.depth, lines))
        print(depths)


def case_no_room_in_a_hot_loop():
    # With one frame left, the trace's calls give up and tier 1 makes the frame; with none, there is an error.
    old = sys.getrecursionlimit()
    for form in FORMS:
        site = Site(form)
        site.put(add)
        run = site.run
        used = depth_now()
        run(0, 100)
        for extra in (3, 2, 1, 2, 3, 1):
            sys.setrecursionlimit(used + extra)
            try:
                out = run(0, 60)
            except RecursionError:
                out = ["RecursionError"]
            finally:
                sys.setrecursionlimit(old)
            print(form, extra, len(out), str(out[0])[:60], str(out[-1])[:60])
        summary(run(0, 100))


def case_arguments_where_there_is_no_room():
    # They are released once each, and so is what is below them.
    class Argument:
        def __init__(self):
            refs.append(weakref.ref(self))

    def alive():
        return sum(ref() is not None for ref in refs)

    def function(again, a, b, c, d, e):
        x = Argument()
        return (x, a, again(again, b, c, Argument(), d, x), e)

    class C:
        def method(self, again, a, b, c, d, e):
            x = Argument()
            return (x, a, again(again, b, c, Argument(), d, x), e)

        def named(self, a, b, c, d, e):
            x = Argument()
            return (x, a, self.named(b, c, Argument(), d, x), e)
    bound = C().method
    for k in range(8):
        for f, args in ((function, (function,)), (bound, (bound,)), (C().named, ())):
            refs = []
            before = sys.getrefcount(f)
            try:
                f(*args, *(Argument() for _ in range(5)))
            except RecursionError:
                print(len(refs), alive(), end=" ")
            print(alive(), sys.getrefcount(f) - before)


def shift(a, b, c, d, e, f, g, h, i, j, k, n):
    try:
        return (a, [shift(b, c, d, e, f, g, h, i, j, k, a, n + 1), n])
    except RecursionError:
        return a, b, c, d, e, f, g, h, i, j, k, n


def shift_three(a, b, n):
    try:
        return (a, [shift_three(b, a, n + 1), n])
    except RecursionError:
        return a, b, n


def case_known_functions_where_there_is_no_room():
    # What the exit puts on the stack is complete: tier 1 makes the last frame.
    old = sys.getrecursionlimit()
    used = depth_now()
    for extra in (200, *range(25, 50), 200):
        x, y = object(), object()
        for function, args in ((shift, (x, *"bcdefghij", y)), (shift_three, (x, y))):
            before = [sys.getrefcount(o) for o in (function, x, y)]
            sys.setrecursionlimit(used + extra)
            try:
                result = function(*args, 0)
            finally:
                sys.setrecursionlimit(old)
            text = str(result).replace(str(x), "x").replace(str(y), "y")
            del result
            after = [sys.getrefcount(o) for o in (function, x, y)]
            print(extra, hash(text), [b - a for a, b in zip(before, after)])


def case_errors_where_there_is_no_room():
    # Each level catches the error of the next one, while operands wait on its stack.
    def down(again, n):
        try:
            return (n, [again(again, n + 1), n],
                    n)[1][0]
        except RecursionError as exc:
            return n, exc.__traceback__.tb_lineno, exc.__traceback__.tb_next is None

    class C:
        def m(self, again, n):
            try:
                return (n, [again(again, n + 1), n],
                        n)[1][0]
            except RecursionError as exc:
                return n, exc.__traceback__.tb_lineno, exc.__traceback__.tb_next is None

        @property
        def p(self):
            self.n += 1
            try:
                return (self.n, [self.p, 1],
                        1)[1][0]
            except RecursionError as exc:
                return self.n, exc.__traceback__.tb_lineno, exc.__traceback__.tb_next is None
    c = C()
    old = sys.getrecursionlimit()
    used = depth_now()
    for extra in (100, 40, 41, 42, 43, 100):
        for _ in range(3):
            c.n = 0
            results = []
            for call in (lambda: down(down, 0), lambda: c.m(c.m, 0), lambda: c.p):
                sys.setrecursionlimit(used + extra)
                try:
                    result = call()
                finally:
                    sys.setrecursionlimit(old)
                results.append(result)
            print(extra, results)


def case_closures_that_recurse():
    def make(depth, k):
        def down(n):
            if n == 0:
                return k
            return (n, make(n, k + 1)(0) if n % 5 == 0 else down(n - 1), k)
        return down

    def make_even(k):
        def even(n):
            return k if n == 0 else odd(n - 1)

        def odd(n):
            return -k if n == 0 else even(n - 1)
        return even
    text = ""
    for i in range(200):
        text = str((hash(text), make(7, i)(i % 9), make_even(i)(i % 6)))
    print(text)
    for f in (make(7, 1), make_even(1)):
        try:
            f(100001)
            print("no error")
        except RecursionError as exc:
            print(len(where(exc)), where(exc)[-1])


def case_frames_in_several_chunks():
    # With ever more on the data stack, some frame does not fit in the chunk that the loop's is in.
    names = ", ".join(f"v{k}" for k in range(60))
    source = f"""
def callee(s, i):
    if i < 0:
        {names} = range(60)
    return s + i

class C:
    def __init__(self, v):
        self.v = v

    @property
    def p(self):
        if self.v < 0:
            {names} = range(60)
        return self.v

    def method(self, i):
        return callee(self.v, i) + self.p

def run(n, function, method, c):
    total = 0
    for i in range(n):
        total += callee(1, i) * 3 + function(2, i) * 5 + method(i) * 7 + c.p * 11 + c.method(i)
        if i % 30 == 29:
            try:
                total += callee(None, i)
            except TypeError:
                total += 1
    return total
"""
    space = {}
    exec(source, space)
    callee, run, c = space["callee"], space["run"], space["C"](3)
    method = types.MethodType(callee, 4)
    results = {run(40, callee, method, c): 1}
    for size in range(0, 2300, 45):
        pad = {}
        exec("def pad(run, *args):\n    if not args:\n        pass; "
             + "; ".join(f"v{k} = 1" for k in range(size)) + "\n    return run(*args)\n", pad)
        for _ in range(2):
            total = pad["pad"](run, 40, callee, method, c)
            results[total] = results.get(total, 0) + 1
    print(results)


def look(s, i):
    frame = sys._getframe(1)
    return frame.f_lineno, frame.f_lasti, frame.f_code.co_name, frame.f_back.f_lineno, sorted(frame.f_locals)


def look_deeper(s, i):
    def inner():
        out = []
        frame = sys._getframe()
        while frame is not None and frame.f_code.co_name != "run_case":
            out.append((frame.f_code.co_name, frame.f_lineno, frame.f_lasti))
            frame = frame.f_back
        return tuple(out)
    return (
        inner(),
        inner(
        ))


def case_frames_are_seen():
    counts = {}
    method = types.MethodType(look, 1)
    deeper = types.MethodType(look_deeper, 1)

    class C:
        @property
        def p(self):
            return look_deeper(1, 2)

    c = C()

    def run(n, function, method, deeper):
        for i in range(n):
            for seen in [look(1, i),
                         function(1,
                                  i),
                         method(
                             i),
                         deeper(i), look_deeper(
                             1, i),
                         c.p, (c
                               .p)]:
                key = str(seen)
                counts[key] = counts.get(key, 0) + 1
    run(400, look, method, deeper)
    for key, count in counts.items():
        print(count, key)


def case_callee_writes_to_its_caller():
    # What waits on the caller's stack was borrowed from the locals that are overwritten.
    def overwrite(s, i):
        values = sys._getframe(1).f_locals
        values["x"] = [i, "new"]
        values["y"] = None
        gc.collect(0)
        return len(values["x"])

    def run(n, function, method):
        out = []
        for i in range(n):
            x, y = [i, "x"], (i, "y")
            out.append((x, y, overwrite(1, i), x, y))
            x, y = [i, "x"], (i, "y")
            out.append((x, y, function(y, i), x, y))
            x, y = [i, "x"], (i, "y")
            out.append([x, y, method(i), x, y])
        return out
    summary(run(400, overwrite, types.MethodType(overwrite, 1)))


def case_errors_over_several_lines():
    def fails(s, i):
        if i % 60 == 57:
            return (s
                    // (i -
                        i))
        return i

    class C:
        def method(self, i):
            return (1 +
                    fails(2,
                          i))

        @property
        def p(self):
            return fails(
                1, self.i)

    c = C()

    def run(n, function, method):
        seen = {}
        for i in range(n):
            c.i = i
            for k in range(5):
                try:
                    x = (i, [
                        fails(
                            1,
                            i) if k == 0 else
                        function(
                            1,
                            i) if k == 1 else
                        method(
                            i
                        ) if k == 2 else
                        c.method(
                            i) if k == 3 else
                        c.p])
                except ZeroDivisionError as exc:
                    key = (k, tuple(where(exc)), exc.__traceback__.tb_lasti)
                    seen[key] = seen.get(key, 0) + 1
        return x, seen
    x, seen = run(400, fails, types.MethodType(fails, 1))
    print(x)
    for key, count in seen.items():
        print(count, key)


def case_frame_outlives_its_call():
    kept = []

    def keeps(s, i):
        x = [s, i]
        if i % 40 == 39:
            kept.append(sys._getframe())
        return x

    def raises(s, i):
        y = (s, i)
        if i % 40 == 38:
            raise KeyError(y)
        return y
    for form in FORMS:
        kept.clear()
        caught = []
        site = Site(form)
        site.put(keeps)
        summary(site.run(0, 400))
        print([(f.f_locals["x"], f.f_back.f_code.co_name if f.f_back else None, f.f_lineno - f.f_code.co_firstlineno)
               for f in kept])

        def caller(n, function, method):
            for i in range(n):
                try:
                    if form == "known":
                        raises(1, i)
                    elif form == "function":
                        function(1, i)
                    else:
                        method(i)
                except KeyError as exc:
                    caught.append(exc.__traceback__)
        caller(400, raises, types.MethodType(raises, 2))
        print([(t.tb_frame.f_locals["i"], t.tb_next.tb_frame.f_locals["y"]) for t in caught])


def case_callback_of_a_temporary_method():
    class C:
        def m(self, i):
            seen.append(("m", i))
            return i

    seen = []
    c = C()

    def callback(ref):
        frame = sys._getframe(1)
        seen.append((frame.f_code.co_name, frame.f_lineno, frame.f_lasti))

    def run(n):
        for i in range(n):
            method = c.m
            if i % 3 == 0:
                refs.append(weakref.ref(method, callback))
            bag = [method]
            del method
            seen.append(
                bag.pop()(
                    i))
            refs.clear()
    refs = []
    run(400)
    for line in sorted({str(x) for x in seen if len(str(x)) > 12}):
        print(line)
    summary(seen)

    # Once, it changes what is called right then.
    def function(s, i):
        return s, i

    def change(ref):
        calls.append(ref)
        if len(calls) == 120:
            function.__code__ = subtract.__code__

    calls = []
    out = []
    for i in range(400):
        bag = [types.MethodType(function, i)]
        if i % 3 == 0:
            refs.append(weakref.ref(bag[0], change))
        out.append(bag.pop()(i))
        refs.clear()
    print(out[354:360])


def case_callback_changes_what_is_called_in_general():
    # Calls other than of exactly the arguments that there are: with a default, and by keyword.
    def defaults(s, i, k=7):
        return s, i, k

    def keyword(s, i, k):
        return k, i, s

    def other(s, i, k=8):
        return s - i - k

    def change(ref):
        calls.append(ref)
        if len(calls) == 120:
            defaults.__code__ = other.__code__
        if len(calls) == 240:
            keyword.__code__ = other.__code__

    calls, refs, out = [], [], []
    for i in range(400):
        bag = [types.MethodType(defaults, i)]
        if i % 3 == 0:
            refs.append(weakref.ref(bag[0], change))
        out.append(bag.pop()(i))
        refs.clear()
    print(out[354:360])
    calls[120:] = []
    for i in range(400):
        bag = [types.MethodType(keyword, i)]
        if i % 3 == 0:
            refs.append(weakref.ref(bag[0], change))
        out.append(bag.pop()(i, k=5))
        refs.clear()
    print(out[754:760])


def case_object_of_a_method_dies():
    log = []

    class Noisy:
        def __init__(self, i):
            self.i = i

        def m(self, a):
            log.append(("m", self.i))
            return a

        def lets_go(self, a):
            del self
            log.append("gone")
            return a

        @property
        def p(self):
            log.append("p")
            return 1

        def __del__(self):
            log.append((self.i, sys._getframe(1).f_lineno))

    def run(n):
        for i in range(n):
            method = Noisy(i).m
            method(1)
            method = Noisy(i).lets_go
            method(2)
            method = None
            bag = [Noisy(i).m]
            bag.pop()(
                3)
            bag = [Noisy(i).lets_go]
            log.append(bag.pop()(4))
            Noisy(i).lets_go(
                5)
            Noisy(i).p
            log.append(i)
    run(300)
    print(log[:24])
    summary(log)


def case_generator_that_calls_is_traversed():
    # What has left the stack of a running generator is not seen by the collector.
    def collects(i):
        if i % 20 == 7:
            gc.collect(0)
        return [i]

    def takes(a, b, c):
        return len(a) + len(b) + len(c)

    def values(n, function, method):
        for i in range(n):
            x = takes([i], [i, 1], collects(i)) + function([i], [[i]], [i]) + method([i], [[i, i]])
            if i % 20 == 9:
                gc.collect(1)
            y = [[], collects(i), function({}, {}, ()), collects(i), gc.collect(0) if i % 20 == 5 else 0]
            yield x + len(y)
    print(sum(values(400, takes, types.MethodType(takes, "abc"))))

    async def steps(n, function, method):
        total = 0
        for i in range(n):
            total += takes([i], [i, 1], collects(i)) + function([i], [[i]], [i]) + method([i], [[i, i]])
            if i % 20 == 9:
                gc.collect(1)
        return total
    print(shown(steps(400, takes, types.MethodType(takes, "abc"))))


def case_garbage_is_collected_in_the_callee():
    class Node:
        count = 0

        def __init__(self):
            self.me = self
            Node.count += 1

        def __del__(self):
            Node.count -= 1

    def collects(s, i):
        if i % 25 == 0:
            gc.collect(1)
        return s

    def run(n, function):
        for i in range(n):
            method = types.MethodType(collects, Node())
            values = [Node(), collects(Node(), i), function(Node(), i), method(i), Node()]
            assert all(v.me is v for v in values)
        return len(values)
    print(run(300, collects))
    gc.collect()
    print(Node.count)
