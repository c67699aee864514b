"""Helpers of the JIT's tests: run programs with the JIT off and on, compare.

A *program* is a file of programs/ with functions case_*() that print what
they compute. A *mode* is a set of environment variables. run_program() runs
all the cases of a program in one subprocess; ProgramTests compares every case
in every mode with the mode "off". run_script() runs a piece of source text.
"""

import ast
import dataclasses
import difflib
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

from test.support import LONG_TIMEOUT, args_from_interpreter_flags

from .modes import MODES, SIGN_OF_LIFE

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "programs")
DRIVER = os.path.join(HERE, "driver.py")
WRONG = "the JIT's trace is wrong"     # what the verifier says on stderr
SOME_REFERENCES = 40                    # what a run may add by chance: traces come and go
TIMEOUT = LONG_TIMEOUT                  # seconds for one subprocess: 300, or more if the test runner was told so


def jit_is_available():
    """Whether this Python was built with a JIT."""
    jit = getattr(sys, "_jit", None)
    return jit is not None and jit.is_available()


requires_jit = unittest.skipUnless(jit_is_available(),
                                   "needs a Python built with the JIT")


# (The compiler's flags do not say it on Windows, which keeps none.)
HAS_MACHINE_CODE = hasattr(getattr(sys, "_jit", None), "parse_ir")


@dataclasses.dataclass
class Result:
    """How a subprocess ended, and what it printed and reported."""
    returncode: int
    stdout: str
    stderr: str
    report: list                        # of dicts: the driver's JSON lines

    @property
    def stats(self):
        """The JIT's counters at a script's end; None if it never got there."""
        for line in self.report:
            if "stats" in line and "case" not in line:
                return line["stats"]
        return None

    def cases(self):
        """{name: the driver's line} of what came to its end."""
        return {line["case"]: line
                for line in self.report if "case" in line}

    def describe(self):
        """How it ended, in words, with the end of its stderr."""
        how = f"exit code {self.returncode}"
        if self.returncode < 0:
            how = signal.Signals(-self.returncode).name
        return f"{how}\nstdout: {self.stdout[-2000:]}\nstderr: {self.stderr[-4000:]}"


def environment(mode, extra=None):
    """A subprocess's environment: only the mode's options of the JIT."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("PYTHON_JIT")}
    env.update({"PYTHONHASHSEED": "0"} | MODES.get(mode, {}) | (extra or {}))
    return env


def spawn(arguments, mode, *, extra_env=None, options=(), **popen):
    """Runs Python with these arguments; a Result without a report."""
    command = [sys.executable, *args_from_interpreter_flags(), *options, *arguments]
    popen.setdefault("timeout", TIMEOUT)
    try:
        done = subprocess.run(command, env=environment(mode, extra_env),
                              stdin=subprocess.DEVNULL, capture_output=True,
                              encoding="utf-8", errors="backslashreplace", **popen)
    except subprocess.TimeoutExpired as exc:
        text = [(s or b"").decode(errors="backslashreplace")
                for s in (exc.stdout, exc.stderr)]
        return Result(-signal.SIGTERM, text[0], f"{text[1]}\ntimed out", [])
    return Result(done.returncode, done.stdout, done.stderr, [])


def drive(arguments, mode, *, extra_env=None, options=(), **popen):
    """Runs driver.py with these arguments; a Result with its report."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report")
        result = spawn([DRIVER, path, *arguments], mode, extra_env=extra_env,
                       options=("-X", "faulthandler", *options), **popen)
        try:
            with open(path, encoding="utf-8") as file:
                for line in file:
                    if line.endswith("\n"):
                        result.report.append(json.loads(line))
        except FileNotFoundError:
            pass
        return result


def run_script(source, mode="on", *, extra_env=None, options=(), **popen):
    """Runs source text as a script in a subprocess."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "script.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(source))
        return drive(["script", path], mode, extra_env=extra_env,
                     options=options, **popen)


def program_path(program):
    """The file of a program of programs/."""
    return os.path.join(PROGRAMS, program + ".py")


def case_names(program):
    """The names of a program's cases, in order."""
    with open(program_path(program), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    return [node.name for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("case_")]


def run_program(program, mode, cases=(), *, extra_env=None):
    """Runs a program's cases: {name: the driver's line}, and {name: why} for
    those that did not come to an end. After a crash the rest go on in a new
    subprocess."""
    todo = list(cases) or case_names(program)
    done, lost = {}, {}
    while todo:
        result = drive(["cases", program_path(program), *todo], mode,
                       extra_env=extra_env)
        if WRONG in result.stderr:
            raise AssertionError(f"{program} with the JIT {mode}: {result.stderr[-9000:]}")
        ended = result.cases()
        done.update(ended)
        todo = [name for name in todo if name not in ended]
        if result.returncode == 0 and todo:
            raise AssertionError(f"{program} did not run {todo}")
        if result.returncode != 0:
            # The case that had started; without one, the first or, when all
            # have ended, the last (it crashed on the way out).
            started = [line["start"] for line in result.report if "start" in line]
            culprit = started[-1] if started else todo[0]
            lost[culprit] = result.describe()
            done.pop(culprit, None)
            todo = [name for name in todo if name != culprit]
    return done, lost


def difference(expected, actual, mode):
    """The two outputs as a unified diff."""
    return "\n".join(difflib.unified_diff(expected.splitlines(), actual.splitlines(),
                                          "off", mode, n=4, lineterm=""))


class ProgramTests(unittest.TestCase):
    """One test method for each case of a program, made by subclassing:

        class ArithmeticTest(ProgramTests, program="arithmetic"):
            pass
    """

    def __init_subclass__(cls, program=None, modes=tuple(MODES), **kwargs):
        super().__init_subclass__(**kwargs)
        cls.program = program
        cls.modes = modes
        cls.runs = {}
        for name in case_names(program):
            def test(self, name=name):
                self.compare(name)
            test.__name__ = name.replace("case_", "test_", 1)
            test.__qualname__ = f"{cls.__qualname__}.{test.__name__}"
            setattr(cls, test.__name__, test)

    @classmethod
    def tearDownClass(cls):
        cls.runs.clear()

    def run_of(self, mode):
        """The program's run in a mode; made once for all the cases."""
        if mode not in self.runs:
            self.runs[mode] = run_program(self.program, mode)
        return self.runs[mode]

    def case(self, name, mode):
        """The driver's line on a case in a mode; fails if it crashed."""
        done, lost = self.run_of(mode)
        if name in lost:
            self.fail(f"{self.program}.{name} with the JIT {mode}: {lost[name]}")
        return done[name]

    def compare(self, name):
        """Checks that a case prints the same in every mode, and is traced."""
        expected = self.case(name, "off")["output"]
        self.assertNotEqual(expected, "", "a case must print what it computes")
        for mode in self.modes:
            if mode == "off":
                continue
            with self.subTest(mode=mode):
                line = self.case(name, mode)
                output = line["output"]
                if output != expected:
                    self.fail(f"{self.program}.{name} differs with the JIT {mode}:\n"
                              + difference(expected, output, mode))
                references = self.case(name, "off")["references"]
                if references is not None:
                    self.assertLessEqual(line["references"], max(references, 0) + SOME_REFERENCES,
                                         "a run of this case leaves references behind")
                counter = SIGN_OF_LIFE.get(mode, "entries")
                if counter is not None:
                    self.assertGreater(line["stats"].get(counter, 0), 0,
                                       f"no {counter} of this case")
                    self.assertTrue(line["recorder"], "no hot loop is traced after this case")


class ScriptTests(unittest.TestCase):
    """Base of tests that run scripts which check themselves."""

    def run_ok(self, source, mode="on", ends=True, **kwargs):
        """Runs a script that must end well with nothing on stderr; what it calls may end the process only if `ends` is false."""
        result = run_script(source, mode, **kwargs)
        # (Under wine, a stack that overflows ends a process without a word, with exit code 0.)
        if result.returncode != 0 or result.stderr or (ends and result.stats is None):
            self.fail(f"the script failed with the JIT {mode}: {result.describe()}")
        return result


# What the scripts of ExecutorTests begin with.
PRELUDE = """\
import _opcode, dis, gc, sys, types

def executors(code):
    found = []
    for offset in range(0, len(code.co_code), 2):
        try:
            found.append((offset, _opcode.get_executor(code, offset)))
        except ValueError:
            pass
    return found

def loop(n):
    total = 0
    for i in range(n):
        total += i
    return total

def copies(function, n):
    for k in range(n):
        yield types.FunctionType(function.__code__.replace(co_name=f"copy{k}"), globals())

def stats(*names):
    s = sys._jit.stats()
    return [s[name] for name in names]
"""


class ExecutorTests(ScriptTests):
    """Scripts with PRELUDE before them."""

    def check(self, source, mode="on", **kwargs):
        return self.run_ok(PRELUDE + textwrap.dedent(source), mode, **kwargs)
