"""What the generator writes: every feature, programs that compile, the same ones from the same seed."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzzing.generating.choices import RandomChoices
from fuzzing.generating.expressions import EXPRESSIONS, VARIABLES
from fuzzing.generating.mutations import MUTATIONS
from fuzzing.generating.program import CHANGES, FEATURES, HOLE, KINDS, NUMBERS, Generator, Program, Scope, generate, tag
from fuzzing.generating.statements import STATEMENTS
from fuzzing.reducing import reduce
from fuzzing.workers import Worker

PROGRAMS = 800
SPECIAL = {"body", "mutation", "change", "K", "K2", "N", "n", "cs", "new"}  # placeholders that are no kinds of values


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    """Programs from fixed seeds."""
    return [generate(RandomChoices(seed)) for seed in range(PROGRAMS)]


def test_every_feature_occurs(programs: list[Program]) -> None:
    found = Counter(feature for program in programs for feature in program.features)
    wanted = {*FEATURES, *CHANGES, *(f"kind {kind}" for kind in KINDS)}
    assert [name for name in wanted if found[name] < 2] == []


def test_programs_with_numbers_are_frequent(programs: list[Program]) -> None:
    several = [program for program in programs if len(program.features & set(NUMBERS)) > 2]
    assert set(NUMBERS) <= set(FEATURES)
    assert len(several) > PROGRAMS / 5


def test_every_placeholder_is_known() -> None:
    entries = [*STATEMENTS, *MUTATIONS, *(entry for kind in EXPRESSIONS.values() for entry in tag(kind))]
    for _, text in entries:
        kinds, names = {match[1] for match in HOLE.finditer(text)}, {match[2] for match in HOLE.finditer(text)}
        assert kinds <= {*SPECIAL, *VARIABLES, *EXPRESSIONS, *names}, text


def loop_of(text: str, features: set[str], seed: int) -> str:
    """A program that does nothing but one statement, in a loop, with expressions of some features."""
    generator = Generator(RandomChoices(seed))
    generator.features = {"core", *features}
    generator.statements = generator.enabled(STATEMENTS)
    generator.expressions = {kind: generator.enabled(tag(entries)) for kind, entries in EXPRESSIONS.items()}
    generator.changes = ["look(2)"]
    generator.scope = Scope("plain")
    body = [line for part in generator.lines(text) for line in part.split("\n")]
    lines, call = generator.wrap("f0", "plain", ["for i in range(64):", *[f"    {line}" for line in body]])
    source = "\n".join([*lines, "def main():", f"    emit({call})", "main()"]) + "\n"
    return "\n".join([*generator.prerequisites(source), source])


def programs_of_numbers() -> Iterator[tuple[str, str]]:
    """Each statement with numbers, and programs that do only that."""
    for feature, text in STATEMENTS:
        if feature in NUMBERS and "<body>" not in text:
            for seed in range(3):
                yield text, loop_of(text, {feature, "wide"}, seed)


def test_statements_with_numbers_raise_nothing_and_keep_numbers_short() -> None:
    worker = Worker(Path(sys.executable), {}, 20)
    try:
        for text, source in programs_of_numbers():
            worker.send(source)
            outcome = worker.receive()
            assert outcome.ended == "", (text, outcome.errors)
            shown = "\n".join(outcome.runs)
            assert not re.search(r"^raised \{(?!OverflowError)|NameError|UnboundLocalError|AttributeError", shown, re.MULTILINE), (text, source, shown)
            assert not re.search("[0-9a-f]{400}", shown), (text, source)
    finally:
        worker.stop()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="programs are written for Python 3.13")
@pytest.mark.filterwarnings("ignore")
def test_programs_compile(programs: list[Program]) -> None:
    for program in programs:
        compile(program.source, "program.py", "exec")


def test_same_seed_same_program() -> None:
    assert generate(RandomChoices(5)) == generate(RandomChoices(5))
    assert generate(RandomChoices(5)) != generate(RandomChoices(6))


def test_no_decision_is_out_of_range() -> None:
    choices = RandomChoices(1)
    assert {choices.below(3) for _ in range(100)} == {0, 1, 2}
    assert len(choices.made) == 100


def test_zeros_are_a_small_program() -> None:
    class Zeros(RandomChoices):
        def below(self, limit: int) -> int:
            return 0

    program = generate(Zeros(0))
    assert program.source.count("\n") < 20
    assert program.features <= {"core", "kind plain"}


def test_reduce_keeps_only_what_matters() -> None:
    source = "def f(x):\n    a = 1\n    for i in range(9):\n        if x:\n            print('here', i, a)\n    return a\nf(1)\n"
    small = reduce(source, lambda text: "'here'" in text, lambda: False)
    assert len(small) < len(source) / 2 and "for" not in small and "'here'" in small


def test_reduce_returns_what_was_given_if_nothing_holds() -> None:
    assert reduce("x = 1  # y\n", lambda text: False, lambda: False) == "x = 1  # y\n"
