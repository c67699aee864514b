"""Patching sources whose surroundings changed."""

import difflib

import fuzz
import pytest
from support import UserError

OLD = [f"line {number}\n" for number in range(1, 21)]


def diff(old: list[str], new: list[str]) -> bytes:
    """A git diff between two versions of `file`."""
    text = "".join(difflib.unified_diff(old, new, "a/file", "b/file"))
    return b"diff --git a/file b/file\n" + text.encode()


def edited(old: list[str], **changes: str) -> list[str]:
    """`old` with lines replaced, by number: `_3="three"`."""
    return [changes.get(f"_{number}", line.rstrip("\n")) + "\n" for number, line in enumerate(old, 1)]


EDIT = diff(OLD, "".join(edited(OLD, _5="five", _8="eight\nand more")).splitlines(keepends=True))


def test_unchanged_surroundings() -> None:
    assert fuzz.apply(EDIT, "".join(OLD).encode()).decode() == "".join(edited(OLD, _5="five", _8="eight\nand more"))


@pytest.mark.parametrize("number", [2, 3, 4, 6, 7, 9, 10, 11])
def test_any_line_nearby_may_have_changed(number: int) -> None:
    later = edited(OLD, **{f"_{number}": "other"})
    expected = edited(later, _5="five", _8="eight\nand more")
    assert fuzz.apply(EDIT, "".join(later).encode()).decode() == "".join(expected)


def test_lines_inserted_before_and_between() -> None:
    later = ["new\n"] * 9 + OLD[:5] + ["new\n"] * 9 + OLD[5:]
    expected = ["new\n"] * 9 + OLD[:4] + ["five\n"] + ["new\n"] * 9 + OLD[5:7] + ["eight\n", "and more\n"] + OLD[8:]
    assert fuzz.apply(EDIT, "".join(later).encode()).decode() == "".join(expected)


def test_insertion_needs_a_neighbour() -> None:
    insert = diff(OLD, [*OLD[:10], "between\n", *OLD[10:]])
    later = edited(OLD, _9="x", _10="x", _12="x", _13="x", _8="x")
    assert b"x\nbetween\nline 11\n" in fuzz.apply(insert, "".join(later).encode())
    later = edited(later, _11="x")
    with pytest.raises(UserError, match=r"no one place for the change of line 11 \(between\)"):
        fuzz.apply(insert, "".join(later).encode())


def test_line_to_be_removed_must_be_there() -> None:
    with pytest.raises(UserError, match=r"no one place for the change of line 8 \(line 8\)"):
        fuzz.apply(EDIT, "".join(edited(OLD, _8="other")).encode())


def test_two_places_are_an_error_without_the_whole_context() -> None:
    later = edited(OLD, _4="x", _6="x", _2="line 5")
    later = edited(later, _3="x", _7="x", _1="x")
    with pytest.raises(UserError, match="no one place for the change of line 5"):
        fuzz.apply(EDIT, "".join(later).encode())


def test_whole_context_in_two_places_takes_the_nearer() -> None:
    later = OLD + ["gap\n"] + OLD
    assert fuzz.apply(EDIT, "".join(later).encode()).decode().splitlines()[4] == "five"


def test_sections_and_kinds() -> None:
    new = b"diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
    mode = b"diff --git a/m b/m\nold mode 100644\nnew mode 100755\n"
    parts = fuzz.sections(EDIT + new + mode)
    assert [path for path, _ in parts] == ["file", "n", "m"]
    assert [fuzz.is_plain_edit(part) for _, part in parts] == [True, False, False]
    assert b"".join(part for _, part in parts) == EDIT + new + mode
