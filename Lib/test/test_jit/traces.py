"""Helpers of the tests that compare traces: as text, from PYTHON_JIT_DUMP.

parse() gives the traces of a dump; TraceTests.check()
compares one of them with the text in the test. JIT_BLESS=1 in the environment
of the tests writes what there is into the test instead of failing.

After the stage translate a trace has micro-ops, after build instructions in
SSA form (ir.h). Of those, the text is as in

    b v1 = LOCAL 1 x
    GUARD_TYPE v1, int
    BINARY_OP_ADD_INT_B v1, i
    o v2 = RESULT 0
    DROP v2, int

What is before a result says what it is: o owned, b borrowed, p plain. Values
are numbered as they come up in the lines that the test looks at. One that a
local held before these lines has the local's name, with .2 after it if it is
the second of that name. A RESULT is of what stands above it. No name in a
script may look like v1.
"""

import ast
import collections
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
        "PYTHON_JIT_SIDE_EXIT_INITIAL_BACKOFF": "1",
        "PYTHON_JIT_RATE": "0"}

HEADER = re.compile(r"== trace (?P<id>\d+)  (?P<function>.*) \((?P<file>.*):\d+\)  after (?P<stage>\w+)  "
                    r"ops \d+->\d+  [\d.]+ ms  (?P<kind>.*)")
FRAME = re.compile(r"; in frame \d+: (?P<function>.*) \(.*\)")
BYTECODE = re.compile(r"; .*:(?P<line>-?\d+)  (?P<opcode>\w+)(?: (?P<name>\S+))? @(?P<offset>\d+)")
UOP = re.compile(r"  [ >] (?P<text>.*?)(?:  exit=\d+ -> @(?P<target>\d+)(?P<to> .*)?)?")
INSTRUCTION = re.compile(r"  (?P<ref>v\d+) +(?P<result>[-obp]) [> ][! ] (?P<text>.*?)"
                         r"(?:  exit \d+ -> @(?P<target>\d+)(?P<to> [a-z1 ]+?)?)?(?:  (?P<items>\[.*?\]))?"
                         r"(?:  (?P<error>(?:error|popped)  \[.*\]))?")
REF = re.compile(r"\bv\d+\b")
OF_LOCAL = re.compile(r"(?:LOCAL|SET_LOCAL|ARGUMENT) .*?(?P<name>\S+)")


@dataclasses.dataclass
class Uop:
    """A micro-op or an instruction: its text without exit, where it comes from, and where it leaves to (or None).

    `items` is the operand stack that its exit finds, and `error` the one where it raises, with the
    words before it; of micro-ops they are not known. `ref` is its result's name, or None, and `kind` is o, b or p.
    """
    text: str
    line: int
    function: str
    target: int | None
    to: str
    ref: str | None = None
    kind: str = ""
    items: str | None = None
    error: str | None = None


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
        return re.sub(r"^(\w+)(?: [#\d]+)*", rf"\1 {name}", text)
    if match := re.fullmatch(r"RESULT v\d+, (\d+)(?: = (.+))?", text):
        return f"RESULT {match[1]}" + (f", same as {match[2]}" if match[2] else "")
    return text


def parse(dump):
    """The traces of a dump of the stages translate, build and abort."""
    traces, function, line, name = [], "", 0, ""
    for text in dump.splitlines():
        if match := HEADER.fullmatch(text):
            function = match["function"]
            traces.append(Trace(function, match["stage"], match["kind"].split()[0], []))
        elif match := FRAME.fullmatch(text):
            function = match["function"]
        elif match := BYTECODE.fullmatch(text):
            line, name = int(match["line"]), match["name"]
        elif match := INSTRUCTION.fullmatch(text) or UOP.fullmatch(text):
            found = match.groupdict()
            traces[-1].uops.append(Uop(
                readable(found["text"], name), line, function, found["target"] and int(found["target"]),
                found["to"] or "", found.get("ref"), found.get("result", "-").strip("-"),
                found.get("items"), found.get("error")))
        elif not text.startswith("== abort"):
            raise ValueError(f"not understood in a dump: {text!r}")
    return traces


class Names:
    """Gives values names that do not depend on what is outside of the lines that are looked at."""

    def __init__(self, uops, shown):
        defined = {uop.ref for uop in shown}
        self.locals = {uop.ref: match["name"] for uop in uops
                       if uop.ref not in defined and (match := OF_LOCAL.fullmatch(uop.text))}
        self.given = {}
        self.used = collections.Counter()

    def of(self, ref):
        """A value's name."""
        if ref not in self.given:
            name = self.locals.get(ref, "v")
            self.used[name] += 1
            number = self.used[name]
            self.given[ref] = f"v{number}" if name == "v" else name if number == 1 else f"{name}.{number}"
        return self.given[ref]

    def replace(self, text):
        """Text with names for refs."""
        return REF.sub(lambda match: self.of(match[0]), text)


def text_of(trace, looked_at, opcodes=None):
    """The text of those of a trace's micro-ops or instructions that looked_at(uop) holds of.

    With opcodes, {function: {offset: name}}, also where they leave to, and with what on the stack.
    """
    shown = [uop for uop in trace.uops if looked_at(uop)]
    names = Names(trace.uops, shown)
    lines = []
    for uop in shown:
        text = uop.text
        if opcodes is not None:
            if uop.target is not None:
                text += f" -> {opcodes[uop.function][uop.target]} @{uop.target}{uop.to}"
            text += f" {uop.items}" if uop.items is not None else ""
            text += f" {uop.error}".replace("  ", " ") if uop.error is not None else ""
        lines.append(names.replace(f"{uop.kind} {uop.ref} = {text}" if uop.kind else text))
    return "\n".join(lines)


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
    """Base of tests that compare traces.

    Optimizations that `left_out` names are not done: what a loop checks before it begins would be missing in it; and
    where something may be freed, what is overwritten is mostly an object that other variables hold too. Both is not what
    most tests are about.
    """

    left_out = "-loops,-shared"

    def check(self, source, expected, *, function="f", kind="loop", which=0, exits=False, prologue=False,
              **env):
        """Compares a trace of a function with a text of one micro-op or instruction a line.

        The script's lines that end in `# here` are looked at, or all if there
        is no such line. The stage is the class's; `which` is the index among
        the function's traces of that kind. With `exits`, what leaves the trace
        also says where to, and what is on the operand stack there, and what is
        where it raises, before its operands are popped or after: `-> OPCODE @offset [items] error [items]
        popped [items]`. With `prologue`, what has no line is looked at too: what functions do before their first.
        """
        script = textwrap.dedent(source)
        marked = {number for number, line in enumerate(script.splitlines(), 1) if line.endswith("# here")}
        if prologue:
            marked.add(-1)
        optimize = env.get("PYTHON_JIT_OPTIMIZE", "")
        if optimize != "0":
            env["PYTHON_JIT_OPTIMIZE"] = ",".join(filter(None, [optimize, self.left_out]))
        dump = dump_of(script, self.stage, **env)
        found = [t for t in parse(dump) if (t.function, t.kind) == (function, kind)]
        try:
            trace = found[which]
        except IndexError:
            self.fail(f"no such trace of {function}:\n{dump}")
        opcodes = {name: {i.offset: i.opname for i in dis.get_instructions(code)}
                   for name, code in code_objects(compile(script, "script.py", "exec")).items()}
        actual = text_of(trace, lambda uop: uop.line in marked or not marked, opcodes if exits else None)
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
