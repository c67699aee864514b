"""That hypothesis takes up the decisions behind a program and makes the program smaller."""

from fuzzing.generating.choices import RandomChoices
from fuzzing.generating.program import generate
from fuzzing.shrinking import shrink


def test_decisions_are_replayed_and_shrunk() -> None:
    for seed in range(100):
        choices = RandomChoices(seed)
        source = generate(choices).source
        if "try:" in source and "async" in source:
            break
    small = shrink(choices.made, lambda text: "async" in text, 20)
    assert small is not None and "async" in small and len(small) < len(source)


def test_what_never_shows_is_none() -> None:
    choices = RandomChoices(1)
    generate(choices)
    assert shrink(choices.made, lambda text: False, 5) is None
