"""Executes programs in the Python under test and says all that can be observed of them.

    python execute.py           JSON lines in: {"source": text, "seconds": limit}; JSON lines out, see answer()
    python execute.py FILE      prints what a program's runs show, for a person

A program's text is executed, then its main() is called again, then the text
is executed in fresh globals: cold, hot, and hot with other globals.
"""

import gc
import json
import os
import resource
import sys
import time
import types
import typing

import encoding
import observing
import resetting

RUNS = 3
MEMORY = 2 << 30  # bytes of address space that programs may take; then they get MemoryError
# What programs import, loaded before the first, so that no program finds sys.modules different.
PRELOADED = (
    *("array", "builtins", "collections", "contextlib", "functools", "itertools", "math"),
    *("operator", "signal", "threading", "types", "warnings", "weakref"),
)


def jit_stats() -> dict[str, object]:
    """The JIT's counters; {} without a JIT."""
    jit = getattr(sys, "_jit", None)
    return dict(jit.stats()) if jit is not None else {}


def wrong_traces(stats: dict[str, object]) -> int:
    """How many traces a verifier has refused until now."""
    return typing.cast(dict[str, int], stats.get("aborts", {})).get("INVALID", 0)


def resident() -> int:
    """Memory of this process, in bytes; 0 where that cannot be read."""
    try:
        with open("/proc/self/statm") as stream:
            return int(stream.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def limit_memory() -> None:
    """Have what grows without end fail here, before the machine has no memory left."""
    try:
        with open("/proc/self/statm") as stream:
            taken = int(stream.read().split()[0]) * resource.getpagesize()  # a sanitizer's shadow is terabytes
    except OSError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def limit_time(seconds: float) -> None:
    """End this process if a program computes for longer, even where nobody is left to stop it."""
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def fresh_globals() -> dict[str, object]:
    """The namespace that a program starts with."""
    module = types.ModuleType("program")
    return module.__dict__ | observing.GIVEN


def run(state: resetting.State, code: types.CodeType | None, namespace: dict[str, object]) -> tuple[list[str], bool]:
    """One run: executes the code, or calls main() again; what was observed, and whether the process is still good."""
    observing.begin()
    state.prepare()
    try:
        if code is not None:
            exec(code, namespace)
        else:
            typing.cast(typing.Callable[[], object], namespace["main"])()
    except BaseException as error:
        observing.record.add(f"raised {encoding.encode(error)}")
    finally:
        sys.settrace(None)
        sys.setprofile(None)
    good = state.restore()
    return observing.record.lines, good


def answer(state: resetting.State, source: str) -> dict[str, object]:
    """Run a program: its runs' texts, change of references of each (debug builds), and what the JIT did."""
    before, began = jit_stats(), time.perf_counter()
    total = getattr(sys, "gettotalrefcount", lambda: 0)
    texts: list[str] = []
    references: list[int] = []
    good = True
    code = compile(source, encoding.FILENAME, "exec")
    namespace: dict[str, object] = {}
    for number in range(RUNS):
        counted = total()
        if number != 1:
            namespace = fresh_globals()
        again = number == 1 and isinstance(namespace.get("main"), types.FunctionType)
        lines, fit = run(state, None if again else code, namespace)
        good = good and fit
        if number != 0:
            namespace = {}
        gc.collect()
        lines += observing.record.lines[len(lines) :]
        texts.append("\n".join(lines))
        lines = []
        observing.begin()
        references.append(total() - counted)
    del code, namespace
    gc.collect()
    after = jit_stats()
    if wrong_traces(after) > wrong_traces(before):
        texts[-1] += "\na trace was wrong: see what PYTHON_JIT_VERIFY=1 says"
    counters = {
        name: value - typing.cast(int, before.get(name, 0)) for name, value in after.items() if type(value) is int
    }
    return {
        "runs": texts,
        "references": references[-1] if total() else 0,
        "jit": counters,
        "good": good,
        "seconds": round(time.perf_counter() - began, 5),
        "memory": resident(),
    }


def serve(state: resetting.State) -> None:
    """Answer requests until stdin ends."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a program writes to the descriptor must not get between the answers
    for line in requests:
        request = json.loads(line)
        limit_time(request["seconds"])
        reply = answer(state, request["source"])
        answers.write(json.dumps(reply).encode() + b"\n")
        answers.flush()


def main() -> None:
    """Serve, or show one program."""
    for name in PRELOADED:
        __import__(name)
    state = resetting.State()
    limit_memory()
    gc.collect()
    gc.freeze()
    if len(sys.argv) > 1:
        with open(sys.argv[1], encoding="utf-8") as stream:
            reply = answer(state, stream.read())
        for number, text in enumerate(typing.cast(list[str], reply.pop("runs"))):
            print(f"== run {number}\n{text}")
        print(reply, file=sys.stderr)
    else:
        serve(state)


main()
