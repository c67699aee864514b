"""Runs in a subprocess of the tests: the cases of a program, or a script.

    python driver.py REPORT cases PROGRAM [CASE ...]
    python driver.py REPORT script FILE

A program is a module whose functions case_*() print what they compute. The
report is a file of JSON lines: for each case {"start": name} and, when it has
come to its end, {"case": name, "output": text, "stats": {counter: change},
"recorder": whether the next hot loop was traced, "references": what a further run adds to
sys.gettotalrefcount(), in a debug build}; for a script, {"stats": {counter: value}} once it has ended.
"""

import gc
import io
import json
import os
import sys
import traceback
import types


def jit_stats():
    """The JIT's counters; {} in a build without a JIT or when it is off."""
    jit = getattr(sys, "_jit", None)
    return jit.stats() if jit is not None else {}


def change(before, after):
    """What was counted between two results of jit_stats()."""
    delta = {}
    for key, value in after.items():
        if isinstance(value, int):
            delta[key] = value - before.get(key, 0)
        else:
            delta[key] = value
    return delta


def load(path):
    """Runs a program's file as a module of its own; returns its namespace."""
    name = os.path.splitext(os.path.basename(path))[0]
    module = type(sys)(name)
    module.__file__ = path
    sys.modules[name] = module
    with open(path, encoding="utf-8") as file:
        source = file.read()
    exec(compile(source, path, "exec"), module.__dict__)
    return module.__dict__


def run_case(function):
    """Runs one case twice, the second time with the traces of the first;
    returns what it printed, exceptions included."""
    out, err = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = text = io.StringIO()
    try:
        for _ in range(2):
            try:
                function()
            except Exception:
                traceback.print_exc()
            finally:
                sys.settrace(None)
                sys.setprofile(None)
                gc.collect()
    finally:
        sys.stdout, sys.stderr = out, err
    return text.getvalue()


def loop():
    total = 0
    for i in range(5000):
        total += i


def recorder_works():
    """Whether a new hot loop gets a trace; None if the JIT is off."""
    jit = getattr(sys, "_jit", None)
    if jit is None or not jit.is_enabled():
        return None
    before = jit.stats()["traces"]
    types.FunctionType(loop.__code__.replace(), {"range": range})()
    return jit.stats()["traces"] > before


def references_added(function):
    """What a run of a case, after a first one here, adds to the number of references; None in a release build."""
    count = getattr(sys, "gettotalrefcount", None)
    if count is None:
        return None
    totals = []
    for _ in range(3):
        run_case(function)
        sys._clear_internal_caches()
        totals.append(count())
    return totals[-1] - totals[-2]


def run_cases(report, path, names):
    """Runs the named cases of a program, or all of them."""
    namespace = load(path)
    for name in names or [n for n in namespace if n.startswith("case_")]:
        print(json.dumps({"start": name}), file=report, flush=True)
        before = jit_stats()
        output = run_case(namespace[name])
        delta = change(before, jit_stats())
        print(json.dumps({"case": name, "output": output, "stats": delta,
                          "recorder": recorder_works(),
                          "references": references_added(namespace[name])}),
              file=report, flush=True)


def run_script(report, path):
    """Runs a script as __main__."""
    pid = os.getpid()
    try:
        with open(path, encoding="utf-8") as file:
            source = file.read()
        exec(compile(source, path, "exec"), sys.modules["__main__"].__dict__)
    finally:
        if os.getpid() == pid:
            print(json.dumps({"stats": jit_stats()}), file=report, flush=True)


def main():
    report_path, what, path, *names = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(path))
    with open(report_path, "w", encoding="utf-8") as report:
        if what == "cases":
            run_cases(report, path, names)
        else:
            run_script(report, path)


if __name__ == "__main__":
    main()
