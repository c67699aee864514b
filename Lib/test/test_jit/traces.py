"""Helpers of the tests that compare traces: micro-ops as text, from PYTHON_JIT_DUMP.

traces_of() runs a script and gives the traces that it made; TraceTests.check()
compares one of them with the text in the test. JIT_BLESS=1 in the environment
of the tests writes what there is into the test instead of failing.
"""

import ast
import dataclasses
import dis
import inspect
import os
import re
import tempfile
import textwrap
import unittest

from .support import HAS_MACHINE_CODE, run_script

# Few iterations, so that scripts are fast, but more than specialization needs.
# Functions share counters, by address: a test that wants a function's trace
# says so, in the others none may come between.
WARM = {"PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE": "20",
        "PYTHON_JIT_RESUME_INITIAL_VALUE": "60000",
        "PYTHON_JIT_SIDE_EXIT_INITIAL_VALUE": "4",
        "PYTHON_JIT_SIDE_EXIT_INITIAL_BACKOFF": "1"}

HEADER = re.compile(r"== trace (?P<id>\d+)  (?P<function>.*) \((?P<file>.*):\d+\)  after (?P<stage>\w+)  "
                    r"ops \d+->\d+  [\d.]+ ms  (?P<kind>.*)")
FRAME = re.compile(r"; in (?P<function>.*) \(.*\)")
INSTRUCTION = re.compile(r"; .*:(?P<line>-?\d+)  (?P<opcode>\w+)(?: (?P<name>\S+))? @(?P<offset>\d+)")
UOP = re.compile(r"  [ >] (?P<text>.*?)(?:  exit=\d+ -> @(?P<target>\d+)(?P<to> .*)?)?")


@dataclasses.dataclass
class Uop:
    """A micro-op: its text without exit, the line of its instruction, and where it leaves to (or None)."""
    text: str
    line: int
    function: str
    target: int | None
    to: str


@dataclasses.dataclass
class Trace:
    """One trace after one stage; kind is loop, function, bridge or continuation."""
    function: str
    stage: str
    kind: str
    uops: list


def readable(text, name):
    """Without what differs from run to run, and with the attribute's or global's name."""
    text = re.sub(r"#\d+", "#", text)
    if re.match(r"(LOAD_GLOBAL|LOAD_ATTR|STORE_ATTR)_", text):
        text = f"{text.split()[0]} {name}"
    return text


def parse(dump):
    """The traces of a dump."""
    traces, function, line, name = [], "", 0, ""
    for text in dump.splitlines():
        if match := HEADER.fullmatch(text):
            function = match["function"]
            traces.append(Trace(function, match["stage"], match["kind"].split()[0], []))
        elif match := FRAME.fullmatch(text):
            function = match["function"]
        elif match := INSTRUCTION.fullmatch(text):
            line, name = int(match["line"]), match["name"]
        elif match := UOP.fullmatch(text):
            target = match["target"] and int(match["target"])
            traces[-1].uops.append(Uop(readable(match["text"], name), line, function, target, match["to"] or ""))
        elif not text.startswith("== abort"):
            raise ValueError(f"not understood in a dump: {text!r}")
    return traces


def dump_of(source, stage, mode="on", **env):
    """What PYTHON_JIT_DUMP prints while a script runs, which must end well."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "dump")
        result = run_script(source, mode, extra_env={**WARM, **env, "PYTHON_JIT_DUMP": f"{stage}:{path}"})
        if result.returncode != 0 or result.stderr:
            raise AssertionError(result.describe())
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""


def code_objects(code):
    """{qualname: code object} of all code in a code object."""
    found = {code.co_qualname: code}
    for const in code.co_consts:
        if inspect.iscode(const):
            found |= code_objects(const)
    return found


@unittest.skipUnless(HAS_MACHINE_CODE, "the expected micro-ops are those before machine code")
class TraceTests(unittest.TestCase):
    """Base of tests that compare traces."""

    def check(self, source, expected, *, function="f", kind="loop", which=0, exits=False, **env):
        """Compares a trace of a function with a text of one micro-op a line.

        The script's lines that end in `# here` are looked at, or all if there
        is no such line. The stage is the class's; `which` is the index among
        the function's traces of that kind. With `exits`, what leaves the trace
        also says where to: `-> OPCODE @offset`.
        """
        script = textwrap.dedent(source)
        marked = {number for number, line in enumerate(script.splitlines(), 1) if line.endswith("# here")}
        dump = dump_of(script, self.stage, **env)
        found = [t for t in parse(dump) if (t.function, t.kind) == (function, kind)]
        try:
            trace = found[which]
        except IndexError:
            self.fail(f"no such trace of {function}:\n{dump}")
        codes = code_objects(compile(script, "script.py", "exec"))
        lines = []
        for uop in trace.uops:
            if uop.line in marked or not marked:
                text = uop.text
                if exits and uop.target is not None:
                    opcodes = {i.offset: i.opname for i in dis.get_instructions(codes[uop.function])}
                    text += f" -> {opcodes[uop.target]} @{uop.target}{uop.to}"
                lines.append(text)
        actual = "\n".join(lines)
        if actual != textwrap.dedent(expected).strip("\n").rstrip():
            if os.environ.get("JIT_BLESS"):
                self.bless(expected, actual)
            else:
                self.fail(f"{self.difference(textwrap.dedent(expected), actual)}\n\n{dump}")

    def difference(self, expected, actual):
        """What is expected beside what there is."""
        return f"expected:\n{expected}\nfound:\n{actual}"

    def bless(self, expected, actual):
        """Puts the text that was found into this test's source, which earlier tests may have changed."""
        path = inspect.getsourcefile(type(self))
        with open(path, encoding="utf-8") as file:
            text = file.read()
        cls, = (node for node in ast.parse(text).body if getattr(node, "name", "") == type(self).__name__)
        test, = (node for node in cls.body if getattr(node, "name", "") == self._testMethodName)
        lines = text.splitlines(keepends=True)
        before = "".join(lines[test.lineno - 1:test.end_lineno])
        start, old, end = before.rpartition(f'"""{expected}"""')
        if not old:
            raise AssertionError("the expected text must be a literal of the test")
        after = f'{start}"""\n{textwrap.indent(actual, " " * 12)}\n            """{end}'
        lines[test.lineno - 1:test.end_lineno] = [after]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)
