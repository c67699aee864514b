"""What the generator writes: every feature, programs that compile, the same ones from the same seed."""

import sys
from collections import Counter

import pytest

from fuzzing.generating.choices import RandomChoices
from fuzzing.generating.program import CHANGES, FEATURES, KINDS, Program, generate
from fuzzing.reducing import reduce

PROGRAMS = 400


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    """Programs from fixed seeds."""
    return [generate(RandomChoices(seed)) for seed in range(PROGRAMS)]


def test_every_feature_occurs(programs: list[Program]) -> None:
    found = Counter(feature for program in programs for feature in program.features)
    wanted = {*FEATURES, *CHANGES, *(f"kind {kind}" for kind in KINDS)}
    assert [name for name in wanted if found[name] < 2] == []


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
