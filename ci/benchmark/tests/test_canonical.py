"""What canonical text shows, and what it hides."""

import io
import os
import random
import re
import tempfile
import types

import pytest

from canonical import canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, 1.0), (0.0, -0.0), ("a", b"a"), ([1], (1,)), ({1: 2, 3: 4}, {3: 4, 1: 2}), (2**70, 2**70 + 1),
     (0.1 + 0.2, 0.3), (io.StringIO("a"), io.StringIO("b")), (ValueError(1), ValueError(2)), (ValueError(1), TypeError(1)),
     (re.compile("a"), re.compile("a", re.I))],
)  # fmt: skip
def test_differences_show(one: object, other: object) -> None:
    assert canonical(one) != canonical(other)


def test_sets_have_no_order() -> None:
    items = [f"item {number}" for number in range(50)]
    texts = set()
    for seed in range(5):
        random.Random(seed).shuffle(items)
        texts.add(canonical(set(items)))
    assert len(texts) == 1


def test_addresses_and_temporary_folders_do_not_show() -> None:
    class Plain:
        pass

    assert canonical(Plain()) == canonical(Plain())
    assert canonical("<f at 0x7f12ab345678>") == canonical("<f at 0x7f12ab999999>")
    root = tempfile.gettempdir()
    assert canonical(os.path.join(root, "tmpabcdefgh", "x")) == canonical(os.path.join(root, "tmpstuvwxyz", "x"))


def test_objects_of_the_program_are_taken_apart_and_sharing_shows() -> None:
    point = type("Point", (), {"__module__": "__main__", "__slots__": ("x", "__dict__")})
    one, two = point(), point()
    one.x, two.x = 1, 2
    assert canonical(one) != canonical(two)
    two.x = 1
    assert canonical(one) == canonical(two)
    two.y = 3
    assert canonical(one) != canonical(two)
    shared: list[int] = []
    assert canonical([shared, shared]) != canonical([[], []])


def test_cycles_end() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    assert canonical(cycle) == "list(#0,)"


def test_deep_and_large_values_are_cut_off() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert "…" in canonical(deep)
    assert len(canonical([0] * 1_000_000)) < 1_000_000


def test_functions_and_modules_are_named() -> None:
    assert canonical(len) == "<len>"
    assert canonical(types) == "<types>"
