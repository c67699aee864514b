"""Puts a program together: chooses features, fills in templates, adds what they refer to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from fuzzing.generating import prerequisites as known
from fuzzing.generating.choices import Choices, group, pick
from fuzzing.generating.expressions import EXPRESSIONS, VARIABLES, Entry
from fuzzing.generating.mutations import MUTATIONS
from fuzzing.generating.statements import STATEMENTS

HOLE = re.compile(r"<(\w+)(?::(\w+))?>")
COMPREHENSION = re.compile(r"[\[({].* for ")
WORD = re.compile(r"\b[A-Za-z_]\w*\b")
MAX_DEPTH = 3  # of expressions
MAX_BLOCKS = 3  # of statements in statements
MAX_LOOPS = 2  # in the hot loop

TIMES = (40, 25, 21, 22, 24, 30, 47, 60, 3, 33, 12, 55)  # iterations at which something happens
LATER = (100, 70, 140, 190, 250, 400)  # calls until something happens that is called several times in an iteration
COUNTS = (50, 30, 64, 80, 41)  # iterations of hot loops
# What an expression is when it may not hold further ones: that many of the first of its kind.
LEAVES = {"int": 4, "float": 2, "num": 2, "bool": 2, "str": 2, "list": 1, "tuple": 1, "set": 1, "any": 3, "call": 1, "attr": 2, "dunder": 1, "dunder_bool": 1, "wide": 4, "sub": 4, "divisor": 4, "bad_count": 3, "put": 3}

# What cannot be written in functions of some kinds: closures over globals, assignment expressions to attributes.
UNFIT = {"module": "nonlocal", "globals": "nonlocal|def |async|lambda", "fields": "nonlocal|:=|poke|peek|f_locals|Fin|Rare|hold|lambda y=y"}

# How a function runs its hot loop: `<body>` is at the loop's level.
SHAPES: tuple[tuple[str, str], ...] = (
    ("core", "for i in range(<N>):\n    <body>"),
    ("core", "i = 0\nwhile i < <N>:\n    i += 1\n    <body>"),
    ("core", "for i in list(range(<N>)):\n    <body>"),
    ("core", "for i, i2 in enumerate(reversed(range(<N>))):\n    <body>"),
    ("core", "for i in tuple(range(<N>)):\n    <body>\nelse:\n    emit('else')"),
    ("core", "i = -1\nwhile True:\n    i += 1\n    if i >= <N>:\n        break\n    <body>"),
    ("generator", "for i in steps(<N>):\n    <body>"),
    ("core", "for i in {y: y for y in range(<N>)}:\n    <body>"),
    ("core", "for i2 in range(4):\n    for i in range(i2, <N>, 3):\n        <body>"),
    ("core", "for i in map(int, range(<N>)):\n    <body>"),
    ("try", "i = 0\nwhile i < <N:times>:\n    try:\n        while i < <times>:\n            i += 1\n            <body>\n    except Exception as error:\n        emit(error)"),
    ("mapzip", "for i, i2 in zip(range(<N>), 'ab' * 40):\n    <body>"),
)

# What kind of function holds the loop, and how main() calls it.
KINDS = (*("plain",) * 8, "fields", "fields", "globals", *("generator", "coroutine", "nested", "module", "method", "arguments") * 2, "big", "asyncgen")


def tag(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """Entries with their features."""
    return [("core", entry) if isinstance(entry, str) else entry for entry in entries]


FEATURES = sorted(
    {feature for feature, _ in [*STATEMENTS, *(entry for entries in EXPRESSIONS.values() for entry in tag(entries))]} - {"core", "change"}
)
CHANGES = sorted({feature for feature, _ in MUTATIONS} - {"core"})


# Traces notice up to an iteration late that a finalizer switched tracing or monitoring on; and how much is allocated, which
# says when the collector runs by itself, is not the same under a JIT: not in a program with these.
SWITCHING = {"monitor", "trace", "profile", "jump", "gc_on"}
FINALIZING = {"finalizer", "finalizer_mutates", "temporaries", "gc", "shared", "unpacking"}
# What a change is of, so that programs that make it also notice it.
USES = {
    "class_changes": {"object", "call"},
    "class_assignment": {"object"},
    "instance_changes": {"object"},
    "function_changes": {"call"},
    "global_changes": {"global", "call"},
    "builtins": {"list", "introspection"},
    "kind_changes": {"introspection", "from_c"},
    "module": {"call"},
    "finalizer_mutates": {"call", "object"},
    "trace": {"call"},
    "monitor": {"call"},
    "profile": {"call"},
    "divisors": {"wide"},
    "shifts": {"wide"},
    "items": {"wide"},
    "ranges": {"wide"},
    "arrays": {"wide"},
    "mixed": {"wide", "float"},
    "in_place": {"float"},
}
# What programs have more often, several together: all that becomes numbers in registers.
NUMBERS = ("wide", "divisors", "shifts", "items", "in_place", "arrays", "ranges", "mixed", "float")


@dataclass
class Scope:
    """A function that is being written: the variables it uses."""

    kind: str
    used: dict[str, str] = field(default_factory=dict)  # name: placeholder
    loops: int = 0
    blocks: int = 0


class Generator:
    """Writes one program."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.used: set[str] = set()
        self.names = 0
        self.comprehensions = 0  # around what is being written: := is not allowed in their iterables
        # A few features each: programs with a bit of everything would reach little of what each does.
        with_numbers = choices.below(2)
        self.features = {"core", "change"} | {pick(choices, FEATURES) for _ in range(choices.below(5 if with_numbers else 10))}
        self.features |= {pick(choices, CHANGES) for _ in range(choices.below(4))}
        if with_numbers:
            self.features |= {pick(choices, NUMBERS) for _ in range(1 + choices.below(4))}
        for feature in list(self.features):
            self.features |= USES.get(feature, set())
        if self.features & SWITCHING and self.features & FINALIZING:
            self.features -= pick(choices, (SWITCHING, FINALIZING))
        if self.features & {"monitor", "trace", "profile"}:
            self.features.discard("threads")  # what is seen of them would be by chance
        if "jump" in self.features:
            self.features.discard("try_star")  # CPython itself crashes when a jump leads out of an except*
        self.statements = self.enabled(STATEMENTS)
        self.mutations = self.enabled(MUTATIONS)
        # What can be done from anywhere, without the variables of a function.
        changes = [text for _, text in self.mutations if not re.search(r"\b[oq]2?\.|<\wv\b|\n|poke|del ", text)]
        pokes = ["poke('<wv>', <odd_int>, 3)"] if "wide" in self.features else []
        self.changes = [*changes, "poke('<iv>', <odd_scalar>, 3)", "poke('<nv>', <odd_number>, 3)", "poke('<vv>', <odd_value>, 2)", *pokes, "look(4)", "globals()['G'] = <odd_number>"]
        self.expressions = {kind: self.enabled(tag(entries)) for kind, entries in EXPRESSIONS.items()}
        self.scope = Scope("plain")

    def enabled(self, entries: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those whose feature the program has."""
        return [entry for entry in entries if entry[0] in self.features]

    def take(self, entries: Sequence[tuple[str, str]]) -> str:
        """One template; its feature counts as used."""
        feature, template = pick(self.choices, entries)
        self.used.add(feature)
        return template

    def hole(self, kind: str, depth: int) -> str:
        """What stands for `<kind>`."""
        choices = self.choices
        if kind in VARIABLES:
            name = pick(choices, VARIABLES[kind][0])
            if self.scope.kind == "fields":
                name = f"self.{name}"
            self.scope.used[name] = kind
            return name
        if kind == "change":
            return self.fill(pick(choices, self.changes), 1)
        if kind == "K2":
            return str(pick(choices, LATER))
        if kind == "K":
            return str(pick(choices, TIMES))
        if kind == "N":
            return str(pick(choices, COUNTS))
        if kind == "n":
            return str(2 + choices.below(3))
        if kind == "cs":
            return pick(choices, ("'a'", "'b'", "'zz'"))
        if kind == "new":
            self.names += 1
            return f"j{self.names}"
        entries = self.expressions[kind]
        if kind in ("int", "wide") and (self.comprehensions or self.scope.kind == "fields"):
            entries = [entry for entry in entries if entry[0] != "walrus"]
        if depth <= 0 and kind in LEAVES:
            entries = entries[: LEAVES[kind]]
        return self.fill(self.take(entries), depth - 1)

    def fill(self, template: str, depth: int = MAX_DEPTH) -> str:
        """A template with its holes filled, except for those that are whole lines."""
        names: dict[str, str] = {}

        def replace(match: re.Match[str]) -> str:
            kind, name = match[1], match[2]
            if kind in names:
                return names[kind]
            if kind in ("body", "mutation"):
                return match[0]
            text = self.hole(kind, depth)
            if name:
                names[name] = text
            return text

        comprehension = COMPREHENSION.search(template) is not None
        self.comprehensions += comprehension
        text = HOLE.sub(replace, template)
        self.comprehensions -= comprehension
        return text

    def lines(self, template: str) -> Iterator[str]:
        """A statement's lines, with blocks filled in."""
        loop = template.lstrip().startswith(("for ", "while ", "<new:j>"))
        self.scope.blocks += 1
        self.scope.loops += loop
        for line in self.fill(template).split("\n"):
            stripped = line.strip()
            indent = line[: len(line) - len(line.lstrip())]
            if stripped == "<body>":
                block = self.block(1 + self.choices.below(3))
            elif stripped == "<mutation>":
                block = list(self.lines(self.take_by_feature(self.mutations)))
            else:
                yield line
                continue
            for inner in block:
                yield indent + inner
        self.scope.loops -= loop
        self.scope.blocks -= 1

    def block(self, count: int) -> list[str]:
        """Some statements."""
        lines: list[str] = []
        allowed = self.statements
        if self.scope.blocks > MAX_BLOCKS:
            allowed = [entry for entry in allowed if "<body>" not in entry[1]]
        if self.scope.loops >= MAX_LOOPS:
            allowed = [entry for entry in allowed if not ("<n>" in entry[1] and "<body>" in entry[1])]
        if self.scope.kind in UNFIT:
            unfit = UNFIT[self.scope.kind]
            allowed = [entry for entry in allowed if not re.search(unfit, entry[1])]
        for _ in range(count):
            with group(self.choices):
                lines += self.lines(self.take_by_feature(allowed))
        return lines

    def take_by_feature(self, entries: Sequence[tuple[str, str]]) -> str:
        """One template, its feature chosen first: else those with many templates would crowd out the others."""
        by_feature: dict[str, list[tuple[str, str]]] = {}
        for entry in entries:
            by_feature.setdefault(entry[0], []).append(entry)
        features = ["core"] * max(len(by_feature) // 3, 1) + [name for name in by_feature if name != "core"]
        return self.take(by_feature[pick(self.choices, features)])

    def function(self, number: int) -> tuple[list[str], str]:
        """A function with a hot loop, and the expression that calls it."""
        self.scope = Scope(pick(self.choices, KINDS))
        kind = self.scope.kind
        self.used.add(f"kind {kind}")
        shape = self.take(self.enabled(SHAPES))
        body: list[str] = []
        for line in self.fill(shape).split("\n"):
            if line.strip() == "<body>":
                indent = line[: len(line) - len(line.lstrip())]
                block = self.block(2 + self.choices.below(5)) + self.suspension(kind)
                body += [indent + inner for inner in block]
            else:
                body.append(line)
        return self.wrap(f"f{number}", kind, body)

    def suspension(self, kind: str) -> list[str]:
        """What ends the loop's body in functions that suspend."""
        if kind in ("generator", "asyncgen"):
            return [f"yield {self.hole('any', 1)}"]
        if kind == "coroutine":
            return [pick(self.choices, ("await Pause(i)", "a = await Pause(i) & 255", "if i & 3 == 1:\n    await Pause(i)")).replace("\n", "\n")]
        return []

    def start(self, body: list[str]) -> list[str]:
        """What gives the variables of a function's body their first values."""
        text = "\n".join(body)
        lines = [f"{name} = {pick(self.choices, VARIABLES[kind][1])}" for name, kind in sorted(self.scope.used.items())]
        words = set(WORD.findall(text))
        made = {"o": "C0(2)", "o2": "C1(5)", "q": "Q(3, 4)", "gen": "None", "inner": "h0", "masked": "Masked(3)", "sized": "Sized(2)"}
        lines += [f"{name} = {value}" for name, value in made.items() if name in words]
        if "G = " in text and self.scope.kind != "module":
            lines.insert(0, "global G")
        return lines

    def wrap(self, name: str, kind: str, body: list[str]) -> tuple[list[str], str]:
        """The whole function: its first lines, its body, and what it says at its end."""
        shown = ", ".join(["i", *sorted(self.scope.used)])
        if kind == "coroutine":
            self.scope.used.setdefault("a", "iv")
        body = [line for part in body for line in part.split("\n")] if kind != "coroutine" else split_indented(body)
        lines = [*self.start(body), *body, f"emit({shown})"]
        call = f"{name}()"
        header = f"def {name}():"
        if kind == "module":
            return [*lines], "0"
        if kind == "globals":
            header = f"def {name}():\n    global i, {', '.join(sorted(self.scope.used)) or 'a'}"
            return [header, *[f"    {line}" for line in lines]], call
        if kind == "fields":
            lines = [f"        {line}" for line in lines]
            return [f"class F{name}:", f"    def {name}(self):", *lines], f"F{name}().{name}()"
        if kind == "big":
            lines = [f"big{n} = {n}" for n in range(260)] + lines + ["emit(big259)"]
        if kind == "arguments":
            header, call = f"def {name}(first, second=2, *rest, key=4, **more):", f"{name}(1, 3, 4, key=5, other=6)"
            lines.append("return first, second, rest, key, more")
        elif kind == "generator":
            call = f"list({name}())[-2:]"
        elif kind == "asyncgen":
            header = f"async def {name}():"
            lines = [f"    {line}" for line in lines]
            lines = [f"async def {name}_all():", "    return [y async for y in " + f"{name}()][-2:]", header, *lines]
            return lines, f"drive({name}_all(), 200)"
        elif kind == "coroutine":
            header, call = f"async def {name}():", f"drive({name}(), 100)"
        elif kind == "nested":
            lines = [f"def {name}_inner():", *[f"    {line}" for line in lines], f"return {name}_inner()"]
        elif kind == "method":
            lines = [f"    {line}" for line in lines]
            return [f"class K{name}:", f"    def {name}(self):", *["    " + line for line in lines]], f"K{name}().{name}()"
        else:
            lines.append("return a" if "a" in self.scope.used else "return i")
        return [header, *[f"    {line}" for line in lines]], call

    def program(self) -> str:
        """The source text."""
        parts: list[str] = []
        main = ["def main():"]
        module: list[str] = []
        for number in range(1 + self.choices.below(3)):
            lines, call = self.function(number)
            if call == "0":
                module += ["try:", *[f"    {line}" for line in lines], "except Exception as error:", "    emit(error)"]
                continue
            parts.append("\n".join(lines))
            main += ["    try:", f"        emit({call})", "    except Exception as error:", "        emit(error)"]
        if len(main) == 1:
            main.append("    emit('main')")
        if "Rare" in "".join(parts) + "".join(module):
            main.append("    emit(places)")
        text = "\n".join([*parts, *module, "\n".join(main), "main()"])
        return "\n".join([*self.prerequisites(text), text]) + "\n"

    def prerequisites(self, text: str) -> list[str]:
        """Imports, helpers and classes that a text refers to, in an order in which they can be executed."""
        self.scope = Scope("module")
        found: dict[str, str] = {}
        pending = [text]
        while pending:
            words = set(WORD.findall(pending.pop()))
            if "C1" in words or "C0b" in words:
                words.add("C0")
            for name in sorted(words - set(found)):
                made = self.prerequisite(name, text)
                if made is not None:
                    found[name] = made
                    pending.append(made)
        order = [*known.IMPORTS, "G", "H", "ticks", "Meta", "Desc", "Base", "C0", "C1", "E1", "D", "Cm"]
        order += sorted(name for name in found if name not in order)
        late = ("hp", "D0", "shared", "SIGUSR1", "SIGUSR2")
        order = [name for name in order if name not in late] + list(late)
        return [found[name] for name in order if name in found]

    def prerequisite(self, name: str, text: str) -> str | None:
        """The definition of a name, None if it needs none."""
        if name in known.IMPORTS:
            return known.IMPORTS[name]
        for table in (known.HELPERS, known.CLASSES):
            if name in table:
                return self.fill(pick(self.choices, table[name]), 1)
        if name == "C0":
            lines = [self.fill(pick(self.choices, known.C0_HEAD)), self.fill(pick(self.choices, known.C0_INIT))]
            return "\n".join(lines + self.members(known.MEMBERS, text))
        if name == "C1":
            return "\n".join(["class C1(C0):\n    two = 2", *self.members(known.C1_MEMBERS, text)])
        if name == "D":
            lines = ["class D:", "    n = 0", "    def __init__(self, v):", "        self.v = v"]
            for dunder, variants in known.DUNDERS.items():
                body = self.fill(pick(self.choices, variants), 1)
                lines.append(f"    def {dunder}(self{known.DUNDER_ARGUMENTS.get(dunder, ', other')}):\n        {body}")
            return "\n".join(lines)
        if name == "steps":
            return "def steps(n):\n    for y in range(n):\n        yield y"
        return None

    def members(self, table: dict[str, known.Variants], text: str) -> list[str]:
        """Those members of a class that a text refers to."""
        return [self.fill(pick(self.choices, variants), 1) for needed, variants in table.items() if re.search(needed, text)]


def split_indented(body: list[str]) -> list[str]:
    """Lines of which some hold several, each with the indentation of its first."""
    out: list[str] = []
    for line in body:
        first, *rest = line.split("\n")
        indent = first[: len(first) - len(first.lstrip())]
        out += [first, *[indent + more for more in rest]]
    return out


@dataclass(frozen=True)
class Program:
    """A program's text, and the features that are in it."""

    source: str
    features: frozenset[str]


def generate(choices: Choices) -> Program:
    """One program."""
    generator = Generator(choices)
    source = generator.program()
    return Program(source, frozenset(generator.used))
