"""Exceptions in hot code: raised, caught, passed on, with their lines."""

import sys
import traceback
from common import N, attempt, report, where


def case_try_except_in_a_loop():
    counts = {}
    for i in range(N):
        try:
            if i % 4 == 0:
                raise ValueError(i)
            if i % 4 == 1:
                {}[i]
            if i % 4 == 2:
                [][i]
            counts["none"] = counts.get("none", 0) + 1
        except ValueError as exc:
            counts[exc.args[0] % 3] = counts.get(exc.args[0] % 3, 0) + 1
        except (KeyError, TypeError):
            counts["key"] = counts.get("key", 0) + 1
        except LookupError:
            counts["lookup"] = counts.get("lookup", 0) + 1
        else:
            counts["else"] = counts.get("else", 0) + 1
        finally:
            counts["finally"] = counts.get("finally", 0) + 1
    print(counts)


def finally_return(i):
    try:
        if i % 2:
            raise ValueError
        return "try"
    except ValueError:
        return "except"
    finally:
        if i % 5 == 0:
            return "finally"


def finally_continue(n):
    out = 0
    for i in range(n):
        try:
            if i % 3 == 0:
                continue
            if i % 7 == 0:
                1 // 0
            out += 1
        except ZeroDivisionError:
            out += 100
        finally:
            out += 10000
            if i == n - 2:
                break
    return out


def case_finally():
    print([finally_return(i) for i in range(10)],
          len(set(finally_return(i) for i in range(N))), finally_continue(N))

    def swallow(n):
        for i in range(n):
            try:
                raise KeyError(i)
            finally:
                continue
        return i
    print(swallow(N))

    def nested(n):
        log = 0
        for i in range(n):
            try:
                try:
                    try:
                        if i % 3 == 0:
                            raise ValueError(i)
                    finally:
                        log += 1
                        if i % 9 == 0:
                            raise KeyError(i)
                except ValueError:
                    log += 10
            except KeyError as exc:
                log += 100 + isinstance(exc.__context__, ValueError)
        return log
    print(nested(N))


def case_not_caught():
    def run(n, bad):
        for i in range(n):
            try:
                if i == bad:
                    raise OSError(i)
            except ValueError:
                pass
    attempt(run, N, 1300)
    attempt(run, N, 100)

    def bad_match(n):
        for i in range(n):
            try:
                raise ValueError
            except (ValueError if i < 900 else 3):
                pass
    attempt(bad_match, N)


def thrower(i, k):
    if i % 400 == 399:
        raise RuntimeError(i, k)
    return i + k


def level2(i, k):
    x = thrower(i, k)
    return x * 2


def level1(i):
    a = level2(i, 1)
    b = level2(i + 200, 2)
    return a + b


def case_tracebacks_of_inlined_calls():
    seen = {}
    for i in range(N):
        try:
            level1(i)
        except RuntimeError as exc:
            key = str(exc.args), tuple(where(exc))
            seen[key] = seen.get(key, 0) + 1
    for key, count in seen.items():
        print(count, *key)


def case_full_traceback_text():
    def run(n):
        total = 0
        for i in range(n):
            total += (i + 1) / (
                900 - i
            )
        return total
    for _ in range(3):
        try:
            run(N)
        except ZeroDivisionError:
            print(traceback.format_exc())
    try:
        level1(399)
    except RuntimeError:
        print(traceback.format_exc())


def case_frames_of_tracebacks():
    def inner(a, b):
        c = a * 2
        if a == 1200:
            d = b
            raise ValueError
        return c

    def outer(n):
        for i in range(n):
            j = i + 1
            inner(i, str(j))
    try:
        outer(N)
    except ValueError as exc:
        tb = exc.__traceback__
        while tb is not None:
            names = {k: v for k, v in tb.tb_frame.f_locals.items() if type(v) in (int, str)}
            print(tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_lasti, names)
            tb = tb.tb_next


def case_chaining():
    def run(i):
        try:
            try:
                raise KeyError(i)
            except KeyError as exc:
                if i % 3 == 0:
                    raise ValueError(i) from exc
                if i % 3 == 1:
                    raise ValueError(i) from None
                raise ValueError(i)
        except ValueError as exc:
            return (type(exc.__cause__).__name__, type(exc.__context__).__name__,
                    exc.__suppress_context__)
    out = [run(i) for i in range(N)]
    print(out[:6], len(set(out)))

    def bad_cause(n):
        for i in range(n):
            try:
                raise ValueError from (None if i < 900 else 3)
            except ValueError:
                pass
    attempt(bad_cause, N)


def case_reraise():
    def run(n):
        lines = set()
        for i in range(n):
            try:
                try:
                    if i % 2:
                        raise ValueError(i)
                    int("x")
                except ValueError:
                    raise
            except ValueError as exc:
                lines.add(tuple(where(exc)))
        return sorted(lines)
    print(run(N))

    def nothing_active(n):
        for i in range(n):
            if i == 900:
                raise
    attempt(nothing_active, N)


def case_exc_info():
    def check():
        return sys.exc_info()[0], sys.exception()
    out = set()
    for i in range(N):
        out.add(str(check()))
        try:
            raise ValueError(i % 2)
        except ValueError as exc:
            out.add(str(check()))
            try:
                raise KeyError
            except KeyError:
                out.add(str(check()))
            out.add(str(sys.exception() is exc))
        out.add(str(check()))
    print(sorted(out))


def case_exception_name_is_deleted():
    def run(n):
        for i in range(n):
            try:
                raise ValueError(i)
            except ValueError as exc:
                pass
            if i == 900:
                exc
    attempt(run, N)


def case_unbound_locals():
    def read(n):
        for i in range(n):
            if i == 0:
                x = 1
            if i == 900:
                del x
            x
    attempt(read, 900)
    attempt(read, N)

    def never(flag):
        if flag:
            y = 1
        return y
    hits = 0
    for i in range(N):
        try:
            hits += never(i % 3)
        except UnboundLocalError as exc:
            last = exc
    print(hits)
    report(last)

    def delete(n):
        for i in range(n):
            x = i
            del x
            if i == 900:
                del x
    attempt(delete, N)


def case_deleted_locals():
    def run(n):
        total = 0
        for i in range(n):
            x = [i]
            y = x
            del x
            total += y.pop()
            del y
            z = i
            if i % 2:
                del z
            total += "z" in locals()
        return total
    print(run(N))


def case_name_errors():
    def run(n):
        hits = 0
        for i in range(n):
            try:
                undefined_name
            except NameError as exc:
                hits += exc.name == "undefined_name"
        return hits
    print(run(N))

    def last(n):
        for i in range(n):
            if i == 1000:
                other_undefined
    attempt(last, N)


def case_assertions():
    def run(n):
        for i in range(n):
            assert i < 1000, f"at {i}"
    attempt(run, N)
    attempt(run, 900)


def case_exception_groups():
    def run(n):
        out = []
        for i in range(n):
            try:
                if i % 3 == 0:
                    raise ExceptionGroup("g", [ValueError(i), KeyError(i), OSError(i)])
                if i % 3 == 1:
                    raise ValueError(i)
            except* ValueError as group:
                out.append(len(group.exceptions))
            except* (KeyError, OSError) as group:
                out.append(10 * len(group.exceptions))
        return sum(out), len(out)
    print(run(600))

    def rest(n):
        for i in range(n):
            try:
                raise ExceptionGroup("g", [ValueError(1), TypeError(2) if i == 500 else ValueError(3)])
            except* ValueError:
                pass
    try:
        rest(600)
    except ExceptionGroup as group:
        print(group.exceptions)


def case_custom_exceptions():
    class MyError(Exception):
        def __init__(self, n):
            super().__init__(n)
            self.n = n

        def __str__(self):
            return f"<{self.n}>"

    class Sub(MyError):
        pass

    def run(n):
        total = 0
        for i in range(n):
            try:
                raise (Sub if i % 2 else MyError)(i)
            except Sub as exc:
                total += exc.n
            except MyError as exc:
                total -= exc.n
        return total
    print(run(N))

    def raise_class(n):
        c = 0
        for i in range(n):
            try:
                raise ValueError if i % 2 else KeyError
            except (ValueError, KeyError) as exc:
                c += len(exc.args) + 1
        return c
    print(raise_class(N))

    def not_exception(n):
        for i in range(n):
            try:
                raise (ValueError if i < 900 else 5)
            except ValueError:
                pass
    attempt(not_exception, N)


def case_stop_iteration_passes_a_loop():
    def run(n):
        total = 0
        it = iter(range(1000))
        for i in range(n):
            total += next(it)
        return total
    attempt(run, 800)
    attempt(run, N)

    def caught(n):
        ends = 0
        it = iter(())
        for i in range(n):
            try:
                next(it)
            except StopIteration:
                ends += 1
                it = iter(range(i % 4))
        return ends
    print(caught(N))


def case_errors_at_every_kind_of_operation():
    sources = {
        "binary": "x = a + b", "inplace": "a += b", "compare": "x = a < b",
        "subscript": "x = a[b]", "store": "a[b] = 1", "delete": "del a[b]",
        "attribute": "x = a.nothing", "store attribute": "a.nothing = 1",
        "delete attribute": "del a.nothing", "call": "x = a(b)", "call kw": "x = a(b=b)",
        "call ex": "x = a(*b)", "iterate": "for x in a: pass", "unpack": "x, y = a",
        "unpack star": "x, *y = a", "contains": "x = b in a", "negative": "x = -a",
        "invert": "x = ~a", "global": "x = missing", "import": "import missing_module",
        "import from": "from sys import missing_name", "format": "x = f'{a:bad}'",
        "with": "with a: pass", "slice": "x = a[b:b]", "store slice": "a[b:b] = b",
        "list extend": "x = [*a]", "dict update": "x = {**a}", "set update": "x = {*a}",
        "set add": "x = {b, [a]}", "yield from": "yield from a", "raise": "raise a",
        "is true": "x = 1 if a else 2", "pow": "x = a ** b", "matmul": "x = a @ b",
        "assert": "assert a is b, 'no'", "super": "super(a, b).x",
        "decorator": "@a\n        def x(): pass", "class": "class X(a): pass",
    }

    class Bad:
        __slots__ = ()

        def __bool__(self):
            raise TypeError("bool")
    for name, statement in sources.items():
        source = f"""
def f(n, good, a, b):
    done = 0
    for i in range(n):
        try:
            if i < good:
                done += 1
                continue
            {statement if chr(10) not in statement else statement.replace("        def", "            def")}
        except Exception as exc:
            error = exc
            done += 1000
    yield (done, type(error).__name__, str(error), error.__traceback__.tb_lineno)
"""
        namespace = {}
        exec(compile(source, "<operations>", "exec"), namespace)
        try:
            print(name, next(namespace["f"](700, 400, Bad(), "b")))
        except UnboundLocalError:
            print(name, "no error")


def case_line_numbers_of_multi_line_expressions():
    def f(x):
        if x == 1:
            raise ValueError
        if x == 2: raise KeyError
        return x

    def run(k):
        for i in range(800):
            f(
                0
            ) + f(
                k if i == 700 else 0
            ) + (
                f(0) +
                f(2 * k if i == 700 and k == 1 else 0)
            )
        return [
            f(3),
            f(k),
        ]
    for k in (0, 1, 2):
        attempt(run, k)


def case_recursion_of_handlers():
    def f(n):
        try:
            if n == 0:
                raise ValueError("bottom")
            f(n - 1)
        except ValueError:
            if n % 2:
                raise KeyError(n)
            raise
        except KeyError as exc:
            raise ValueError(n) from exc
    for _ in range(40):
        try:
            f(9)
        except Exception as exc:
            last = exc
    chain = []
    while last is not None:
        chain.append((type(last).__name__, last.args, len(where(last))))
        last = last.__cause__ or last.__context__
    print(chain)


def case_kept_exceptions_do_not_mix():
    kept = []
    for i in range(N):
        try:
            level1(i)
        except RuntimeError as exc:
            kept.append(exc)
    print([(e.args, where(e)) for e in kept])
