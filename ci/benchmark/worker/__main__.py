"""Runs one benchmark of one program in this interpreter: `python worker/ TASK.json RESULT.json`.

A task holds: script, name, args, mode ("time", "check", "names" or "count"), seconds and
samples (how long to run, at least), loops and calls (check only; 0: find out),
observe, clock ("wall" or "cpu": what the programs see as the time).
"""

import json
import os
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import pyperf

wall = time.perf_counter  # the real one, whatever the programs see
SHORTEST = 0.01  # seconds: shorter samples are made longer by more loops
CHECK_CALLS = 3  # times that --check calls a benchmark with all its loops, if it is not a long one
CHECK_LONGEST = 20_000  # loops per call in --check


class Timing:
    """Times the wanted benchmark: repeatedly for `seconds` and at least `samples` samples."""

    observe = None

    def __init__(self, name: str, seconds: float, samples: int) -> None:
        self.name = name
        self.seconds = seconds
        self.samples = samples
        self.reported: list[str] = []
        self.result: dict[str, object] = {}

    def offer(self, name: str, timed: Callable[[int], float], inner_loops: int) -> None:
        """Time the benchmark if it is the wanted one; values are seconds per iteration."""
        self.reported.append(name)
        if name != self.name:
            return
        begin, begin_cpu = wall(), time.process_time()
        loops = 1
        values: list[float] = []
        ends: list[float] = []
        counts: list[int] = []  # iterations per sample
        while len(values) < self.samples or wall() - begin < self.seconds:
            seconds = timed(loops)
            values.append(seconds / (loops * inner_loops))
            ends.append(wall() - begin)
            counts.append(loops * inner_loops)
            if seconds < SHORTEST:
                # Not at once to the end: the first samples run before a JIT does.
                loops = min(loops * 10, int(loops * SHORTEST * 1.5 / max(seconds, 1e-9)) + 1)
        busy = (time.process_time() - begin_cpu) / (wall() - begin)
        self.result = {"values": values, "ends": ends, "loops": counts, "busy": busy}


class Naming:
    """Runs nothing and notes which benchmarks there are."""

    observe = None

    def __init__(self) -> None:
        self.reported: list[str] = []
        self.result: dict[str, object] = {}

    def offer(self, name: str, timed: Callable[[int], float], inner_loops: int) -> None:
        """Note the benchmark's name."""
        self.reported.append(name)


class Checking:
    """Runs the wanted benchmark a fixed number of times and collects what it computes."""

    def __init__(self, name: str, loops: int, calls: int, seconds: float) -> None:
        from observation import Observer

        self.name = name
        self.loops = loops
        self.calls = calls
        self.seconds = seconds
        self.reported: list[str] = []
        self.observer = Observer()
        self.observe = self.observer
        self.result: dict[str, object] = {}

    def offer(self, name: str, timed: Callable[[int], float], inner_loops: int) -> None:
        """Run the benchmark if it is the wanted one."""
        self.reported.append(name)
        if name != self.name:
            return
        once = timed(1)  # always, since it is observed too
        if not self.calls:
            self.calls = CHECK_CALLS if once * CHECK_CALLS < self.seconds else 1
            self.loops = max(1, min(CHECK_LONGEST, int(self.seconds / (max(once, 1e-9) * self.calls))))
        for _ in range(self.calls):
            timed(self.loops)
        self.result = {"loops": self.loops, "calls": self.calls}


def load(task: dict[str, Any], check: Checking | None) -> types.ModuleType:
    """Execute the program as __main__ and return its module."""
    script = task["script"]
    module = types.ModuleType("__main__")
    module.__file__ = script
    sys.modules["__main__"] = module
    sys.argv = [script, *task["args"]]
    sys.path[0] = os.path.dirname(script)  # instead of this folder, whose names must not shadow anything
    with open(script, encoding="utf-8") as stream:
        source = stream.read()
    if check is not None:
        from observation import rewrite

        module.__dict__["__observe__"] = check.observer
        module.__dict__["__observe_locals__"] = check.observer.locals
        pyperf.perf_counter = check.observer.clock
        code = compile(rewrite(source, script, frozenset(task["observe"])), script, "exec")
    else:
        code = compile(source, script, "exec")
    exec(code, module.__dict__)
    return module


def peak_memory() -> int:
    """Largest resident size of this process so far in bytes, 0 if the system does not tell."""
    try:
        # ru_maxrss would include the parent's size at the time of the fork.
        with open("/proc/self/status", encoding="ascii") as stream:
            return next(int(line.split()[1]) * 1024 for line in stream if line.startswith("VmHWM:"))
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def jit_statistics() -> dict[str, object]:
    """What `sys._jit.stats()` says, {} where there is none."""
    statistics = getattr(getattr(sys, "_jit", None), "stats", None)
    return dict(statistics()) if statistics is not None else {}


def run(task: dict[str, Any]) -> dict[str, object]:
    """Do the task; a program's exception is part of the result."""
    session: Timing | Checking | Naming
    if task["mode"] in ("names", "count"):
        session, check = Naming(), None
    elif task["mode"] == "check":
        session = check = Checking(task["name"], task["loops"], task["calls"], task["seconds"])
    else:
        session, check = Timing(task["name"], task["seconds"], task["samples"]), None
    pyperf.session = session
    if task["clock"] == "cpu":
        time.perf_counter = pyperf.perf_counter = time.process_time
    try:
        module = load(task, check)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a program may well call sys.exit()
        if task["mode"] == "count" and isinstance(error, SystemExit) and not error.code:
            return {"jit": jit_statistics()}
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        words = f"{type(error).__name__}: {error} ({os.path.basename(last.filename)}:{last.lineno})"
        return {"error": words, "trace": traceback.format_exc()}
    if isinstance(session, Naming):
        return {"names": session.reported, "jit": jit_statistics()}
    if not session.result:
        return {"error": f"the program reports no {task['name']!r}, only {', '.join(session.reported) or 'nothing'}"}
    result = session.result | {"peak_memory": peak_memory(), "jit": jit_statistics()}
    if check is not None:
        check.observer.finish(module.__dict__)
        result["observations"] = [[seen.place, seen.digest, seen.preview] for seen in check.observer.seen]
    return result


def main() -> None:
    """Read the task, run it, write the result."""
    with open(sys.argv[1], encoding="utf-8") as stream:
        task = json.load(stream)
    target = sys.argv[2]
    result = run(task)
    with open(target, "w", encoding="utf-8") as stream:
        json.dump(result, stream)


main()
