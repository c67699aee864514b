"""Executors: where they are, that nobody sees them, what invalidates them."""

import unittest

from .support import ExecutorTests, requires_jit


@requires_jit
class PlaceTest(ExecutorTests):
    """Which code has executors."""

    def test_hot_loop(self):
        self.check("""
            assert executors(loop.__code__) == []
            loop(150)
            assert executors(loop.__code__) == []
            loop(1000)
            (offset, executor), = executors(loop.__code__)
            assert executor.is_valid()
            assert type(executor).__name__ == "executor"
            jumps = [i.offset for i in dis.get_instructions(loop) if i.opname == "JUMP_BACKWARD"]
            assert [offset] == jumps, (offset, jumps)
            assert 0 < executor.get_opcode() < 256 and 0 <= executor.get_oparg() < 256
        """)

    def test_hot_function(self):
        self.check("""
            def f(x):
                y = x * 2
                z = y + x
                return z
            def call():
                return f(1)
            def calls():
                %s
            calls()
            offsets = [o for o, e in executors(f.__code__)]
            resume = next(i.offset for i in dis.get_instructions(f) if i.opname == "RESUME")
            assert offsets == [resume], offsets
        """ % "; ".join(["f(1)"] * 900))

    def test_side_trace(self):
        self.check("""
            def f(n):
                total = 0
                for i in range(n):
                    if i % 3:
                        total += i
                    else:
                        total -= i
                return total
            expected = sum(i if i % 3 else -i for i in range(20000))
            before = stats("bridges")[0]
            for _ in range(5):
                exits, = stats("exits")
                assert f(20000) == expected
                left = stats("exits")[0] - exits
            assert stats("bridges")[0] > before
            assert left < 10, "the side trace does not come back to the loop"
            assert executors(f.__code__)
        """)

    def test_inner_and_outer_loop(self):
        self.check("""
            def f(n):
                total = 0
                for i in range(n):
                    for j in range(n):
                        total += j
                return total
            for _ in range(8):
                exits, = stats("exits")
                assert f(200) == 200 * sum(range(200))
                left = stats("exits")[0] - exits
            assert len(executors(f.__code__)) == 2
            assert left < 20, "inner and outer loop are not linked"
        """)

    def test_recursion(self):
        self.check("""
            def fib(n):
                return n if n < 2 else fib(n - 1) + fib(n - 2)
            assert fib(18) == 2584
            assert executors(fib.__code__)
        """)

    def test_generator(self):
        self.check("""
            def gen(n):
                for i in range(n):
                    yield i
            def use(n):
                total = 0
                for x in gen(n):
                    total += x
                return total
            for _ in range(5):
                entries, = stats("entries")
                assert use(10000) == sum(range(10000))
                entered = stats("entries")[0] - entries
            assert executors(use.__code__) or executors(gen.__code__)
            assert entered < 100, "a generator's loop leaves the trace each time"
        """)

    def test_get_executor_errors(self):
        self.check("""
            loop(1000)
            code = loop.__code__
            (offset, executor), = executors(code)
            for bad in (0, offset - 2, offset + 2, -2, 10**6, offset + 1):
                try:
                    _opcode.get_executor(code, bad)
                except ValueError:
                    pass
                else:
                    raise AssertionError(bad)
            try:
                _opcode.get_executor(loop, offset)
            except TypeError:
                pass
            else:
                raise AssertionError("not a code object")
            again = _opcode.get_executor(code=code, offset=offset)
            assert again is executor
            try:
                type(executor)()
            except TypeError:
                pass
            else:
                raise AssertionError("instantiated")
        """)

    def test_more_loops_than_executors_fit(self):
        self.check("""
            source = "def f():\\n    t = 0\\n"
            source += "    for i in range(250): t += i\\n" * 400
            source += "    return t\\n"
            exec(source)
            for _ in range(3):
                assert f() == 400 * sum(range(250))
            made = executors(f.__code__)
            assert 200 < len(made) <= 256, len(made)
            assert stats("aborts")[0].get("EXECUTORS_FULL"), stats("aborts")
            del f, made
            gc.collect()
            assert loop(1000) and executors(loop.__code__)
        """, extra_env={"PYTHON_JIT_RATE": "0"})

    def test_traces_while_a_recording_waits_for_c(self):
        # What a C call runs is traced although the recording that the call
        # is part of has not ended.
        self.check("""
            def work(f):
                f(1000)
                return bool(executors(f.__code__))
            fresh = list(copies(loop, 260))
            made = []
            for k in range(260):
                made += map(work, (fresh[k],))
            assert all(made), [k for k, ok in enumerate(made) if not ok]
        """, extra_env={"PYTHON_JIT_RATE": "0"})


@requires_jit
class InvisibleTest(ExecutorTests):
    """Programs do not see ENTER_EXECUTOR."""

    def test_code_attributes(self):
        self.check("""
            def cold(n):
                total = 0
                for i in range(n):
                    total += i
                return total
            before = cold.__code__.co_code
            code = cold.__code__
            h = hash(code)
            twin = code.replace()
            assert twin == code and hash(twin) == h
            cold(5000)
            assert executors(code)
            assert code.co_code == before
            assert code == twin and hash(code) == h and {code: 1}[twin] == 1
            assert list(code.co_lines()) == list(twin.co_lines())
            assert list(code.co_positions()) == list(twin.co_positions())
            assert sys.getsizeof(code) == sys.getsizeof(twin)
            other = code.replace(co_name="other")
            assert other != code and other.co_code == before and not executors(other)
            types.FunctionType(other, {"range": range})(5000)
            assert executors(other) and executors(code)
            assert repr(code).startswith("<code object cold")
        """)

    def test_marshal_pickle_copy(self):
        self.check("""
            import copy, marshal
            fresh = marshal.dumps(loop.__code__.replace())
            loop(5000)
            code = loop.__code__
            assert executors(code)
            again = marshal.loads(marshal.dumps(code))
            assert again == code and again.co_code == code.co_code
            assert again.co_code == marshal.loads(fresh).co_code
            assert not executors(again)
            assert types.FunctionType(again, {"range": range})(5000) == sum(range(5000))
            assert copy.deepcopy(code) is code
        """)

    def test_extended_args(self):
        self.check("""
            source = "def f(n):\\n    t = 0\\n    for i in range(n):\\n"
            source += "        t += i ^ 1\\n" * 200 + "    return t\\n"
            exec(source)
            code = f.__code__
            before = code.co_code
            f(1000)
            assert executors(code)
            assert code.co_code == before
            assert [i.opname for i in dis.get_instructions(f)].count("JUMP_BACKWARD") == 1
        """)

    def test_dis(self):
        self.check("""
            import io
            def text(**kw):
                out = io.StringIO()
                dis.dis(loop, file=out, **kw)
                return out.getvalue()
            plain = text()
            shown = text(show_caches=True)
            loop(5000)
            assert executors(loop.__code__)
            assert text() == plain and text(show_caches=True) == shown
            assert "ENTER_EXECUTOR" not in plain
            adaptive = text(adaptive=True)
            assert "FOR_ITER_RANGE" in adaptive, adaptive
            for i in dis.get_instructions(loop, adaptive=True):
                assert i.opname in dis.opmap or i.opname in dis._specialized_opmap, i
            list(dis.findlinestarts(loop.__code__)), dis.stack_effect(dis.opmap["POP_TOP"])
        """)

    def test_stack_depth_and_jump_offsets(self):
        self.check("""
            import inspect
            loop(5000)
            code = loop.__code__
            labels = dis.findlabels(code.co_code)
            assert labels == dis.findlabels(code.replace().co_code)
            assert inspect.getsource(loop).startswith("def loop")
        """)

    def test_builtin_functions_show_no_executors(self):
        self.check("""
            for k in range(100):
                for f in copies(loop, 1):
                    f(500)
            loop(500)
            assert executors(loop.__code__)
            kinds = {type(o).__name__ for o in gc.get_objects()}
            assert "executor" not in kinds, kinds
            assert all(type(o).__name__ != "executor" for o in gc.get_referents(loop.__code__))
        """)


@requires_jit
class InvalidationTest(ExecutorTests):
    """What ends executors, and what does not."""

    def test_monitoring(self):
        self.check("""
            loop(1000)
            (offset, executor), = executors(loop.__code__)
            before, = stats("invalidated")
            sys.settrace(lambda *a: None)
            sys.settrace(None)
            assert not executor.is_valid()
            assert stats("invalidated")[0] > before
            assert executors(loop.__code__) == []
            assert loop(3000) == sum(range(3000))
            (offset, again), = executors(loop.__code__)
            assert again.is_valid() and again is not executor and not executor.is_valid()
        """)

    def test_globals(self):
        self.check("""
            K = 1
            UNRELATED = 1
            def f(n):
                total = 0
                for i in range(n):
                    total += K
                return total
            f(1000)
            (_, executor), = executors(f.__code__)
            UNRELATED = 2
            NEW = 3
            assert f(10) == 10
            K = 2
            assert f(1000) == 2000
            K = 3
            assert f(1000) == 3000
            for K in range(100):
                assert f(300) == 300 * K
        """)

    def test_unrelated_changes_leave_executors_alone(self):
        self.check("""
            class A:
                pass
            def g(i):
                return i
            def f(n):
                total = 0
                for i in range(n):
                    total += g(i)
                return total
            f(2000)
            made = executors(f.__code__)
            assert made
            before, = stats("invalidated")
            other = {}
            class B:
                pass
            for i in range(50):
                A.x = i
                B.x = i
                other[i] = i
                sys.modules["nothing"] = None
                del sys.modules["nothing"]
                globals()["unrelated"] = i
            def h(): pass
            h.__code__ = (lambda: 1).__code__
            assert all(e.is_valid() for _, e in made)
            assert f(10) == 45
        """)

    def test_function_code(self):
        self.check("""
            def g(x):
                return x + 1
            def other(x):
                return x + 100
            def f(n):
                total = 0
                for i in range(n):
                    total += g(i)
                return total
            base = sum(range(2000))
            assert f(2000) == base + 2000
            g.__code__ = other.__code__
            assert f(2000) == base + 200000
            g.__defaults__ = (5,)
            assert f(2000) == base + 200000
        """)

    def test_loop_that_invalidates_itself(self):
        for mode in ("on", "hot"):
            with self.subTest(mode=mode):
                self.check("""
                    def f(n):
                        total = 0
                        for i in range(n):
                            if i % 500 == 499:
                                sys.settrace(lambda *a: None)
                                sys.settrace(None)
                            total += i
                        return total
                    for _ in range(5):
                        assert f(10000) == sum(range(10000))
                    made, ended, freed = stats("traces", "invalidated", "freed")
                    assert ended > 5, (made, ended)
                    assert freed > 0
                """, mode)

    def test_invalidated_deep_below(self):
        self.check("""
            def stop(i):
                if i % 700 == 699:
                    sys.monitoring.use_tool_id(4, "t")
                    sys.monitoring.set_events(4, sys.monitoring.events.LINE)
                    sys.monitoring.set_events(4, 0)
                    sys.monitoring.free_tool_id(4)
                return i
            def c(i): return stop(i) + 1
            def b(i): return sum(map(c, (i,)))
            def a(i): return b(i) * 2
            def f(n):
                total = 0
                for i in range(n):
                    total += a(i)
                return total
            for _ in range(3):
                assert f(5000) == 2 * sum(range(1, 5001))
        """)

    def test_clear_caches(self):
        self.check("""
            loop(1000)
            assert executors(loop.__code__)
            sys._clear_internal_caches()
            assert executors(loop.__code__) == []
            assert loop(3000) == sum(range(3000))
            assert executors(loop.__code__)
            def f(n):
                total = 0
                for i in range(n):
                    if i % 100 == 0:
                        sys._clear_internal_caches()
                    total += loop(5) + i
                return total
            assert f(3000) == 30000 + sum(range(3000))
            assert stats("freed")[0] > 0
        """)

    def test_class_changes(self):
        self.check("""
            class A:
                def m(self): return 1
            def f(o, n):
                total = 0
                for i in range(n):
                    total += o.m()
                return total
            o = A()
            for k in range(30):
                A.m = lambda self, k=k: k
                assert f(o, 400) == 400 * k
        """)


if __name__ == "__main__":
    unittest.main()
