"""Where the generator's decisions come from: random numbers, or hypothesis when it shrinks."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Choices(Protocol):
    """A source of decisions. 0 is the simplest: shrinking goes there."""

    def below(self, limit: int) -> int:
        """An integer from 0 to limit - 1."""

    def open(self) -> None:
        """What follows, until close(), belongs together and may be left out together."""

    def close(self) -> None:
        """Ends what the last open() began."""


class RandomChoices:
    """Decisions by a seeded generator of random numbers, which are kept."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random
        self.made: list[int] = []

    def below(self, limit: int) -> int:
        """An integer from 0 to limit - 1."""
        decision = int(self.random() * limit)
        self.made.append(decision)
        return decision

    def open(self) -> None:
        """Nothing: hypothesis finds out itself, when it shrinks, what belongs together."""

    def close(self) -> None:
        """Nothing."""


def pick(choices: Choices, items: Sequence[Item]) -> Item:
    """One of the items."""
    return items[choices.below(len(items))] if len(items) > 1 else items[0]


@contextmanager
def group(choices: Choices) -> Iterator[None]:
    """Decisions that belong together."""
    choices.open()
    try:
        yield
    finally:
        choices.close()
