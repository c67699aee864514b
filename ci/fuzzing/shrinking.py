"""hypothesis shrinks the decisions behind a program.

It does not make them in the first place: that takes it 10 ms for a program, several times as long as running
it. Its engine is used directly, because only that takes decisions from elsewhere, as an example in its database.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from random import Random

from hypothesis import HealthCheck, Phase, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.database import InMemoryExampleDatabase, choices_to_bytes
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.internal.escalation import InterestingOrigin

from fuzzing.generating.program import generate

KEY = b"program"
UNSHRUNK = KEY + b".secondary"  # what is saved under KEY itself, hypothesis takes to be as small as it gets
ORIGIN = InterestingOrigin(Exception, "difference", 0, (), ())


class DataChoices:
    """Decisions that hypothesis makes, and that it can shrink."""

    def __init__(self, data: ConjectureData) -> None:
        self.data = data

    def below(self, limit: int) -> int:
        """An integer from 0 to limit - 1."""
        return int(self.data.draw_integer(0, limit - 1))

    def open(self) -> None:
        """What follows belongs together."""
        self.data.start_span(1)

    def close(self) -> None:
        """The end of it."""
        self.data.stop_span()


def shrink(decisions: Sequence[int], shows: Callable[[str], bool], seconds: float) -> str | None:
    """The smallest program found of which `shows` is true, from the decisions behind one; None if it never was."""
    stop = time.monotonic() + seconds
    smallest: str | None = None

    def test(data: ConjectureData) -> None:
        nonlocal smallest
        source = generate(DataChoices(data)).source
        if time.monotonic() < stop and shows(source):
            if smallest is None or len(source) < len(smallest):
                smallest = source
            data.mark_interesting(ORIGIN)

    database = InMemoryExampleDatabase()
    database.save(UNSHRUNK, choices_to_bytes(tuple(decisions)))
    options = settings(
        database=database,
        phases=[Phase.reuse, Phase.shrink],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        max_examples=10**6,
    )
    with tempfile.TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)  # it notes constants there; by default in the current folder
        ConjectureRunner(test, settings=options, random=Random(0), database_key=KEY).run()
    return smallest
