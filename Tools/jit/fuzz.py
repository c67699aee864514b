"""Applies a git diff to sources of a later release, whose surroundings may have changed.

`git apply` wants the context of a whole hunk.  Here each group of changed lines is
placed by itself: with all of its context where that still stands, else with as much
of it as leaves exactly one place in the file.  The lines to be removed must always
be there.  Nothing is guessed: two possible places are an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from support import UserError


@dataclass(frozen=True)
class Group:
    """Adjacent changed lines: context before, lines out, lines in, context after; `line` counts from 0."""

    line: int
    before: tuple[bytes, ...]
    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]
    after: tuple[bytes, ...]

    def patterns(self) -> Iterator[tuple[int, list[bytes]]]:
        """What to look for, most context first, as (lines of it before the change, lines)."""
        sizes = [(b, a) for b in range(len(self.before) + 1) for a in range(len(self.after) + 1)]
        for b, a in sorted(sizes, key=lambda size: (-sum(size), abs(size[0] - size[1]))):
            yield b, [*self.before[len(self.before) - b :], *self.removed, *self.after[:a]]


def sections(diff: bytes) -> list[tuple[str, bytes]]:
    """A diff split by file, as (path after the change, its part of the diff)."""
    parts = re.split(rb"^(?=diff --git )", diff, flags=re.MULTILINE)
    found = []
    for part in parts:
        header = re.match(rb"diff --git a/.+ b/(.+)\n", part)
        if header:
            found.append((header[1].decode("utf-8"), part))
    return found


def is_plain_edit(part: bytes) -> bool:
    """Whether a file's part of a diff only edits lines (no new, removed or renamed file, no other mode)."""
    head = part.split(b"\n@@ ", 1)[0]
    return b"\n@@ " in part and re.search(rb"^(new|old|deleted|rename|copy|similarity) ", head, re.MULTILINE) is None


def groups(part: bytes) -> list[Group]:
    """The groups of changed lines of a plain edit, in order."""
    found: list[Group] = []
    hunks = re.split(rb"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@.*\n", part, flags=re.MULTILINE)[1:]
    for start, text in zip(hunks[::2], hunks[1::2], strict=True):
        if b"\n\\ No newline" in text:
            raise UserError("a file without a last newline is beyond fuzzy patching")
        number = int(start) - 1
        lines = text.splitlines(keepends=True)
        index = 0
        while index < len(lines):
            first = index
            while index < len(lines) and lines[index][:1] in b"+-":
                index += 1
            if index == first:
                index += 1
                number += 1
                continue
            changed = lines[first:index]
            removed = tuple(line[1:] for line in changed if line[:1] == b"-")
            before = list_context(reversed(lines[:first]))
            found.append(
                Group(
                    number,
                    tuple(reversed(before)),
                    removed,
                    tuple(line[1:] for line in changed if line[:1] == b"+"),
                    tuple(list_context(lines[index:])),
                )
            )
            number += len(removed)
    return found


def list_context(lines: Iterator[bytes] | list[bytes]) -> list[bytes]:
    """The context lines, without their mark, up to the next changed line."""
    context: list[bytes] = []
    for line in lines:
        if line[:1] != b" ":
            break
        context.append(line[1:])
    return context


def place(group: Group, lines: list[bytes], start: int, offset: int) -> int:
    """Index of the first changed line of a group in `lines`, not before `start`; UserError if there is no one place."""
    whole = True
    for b, pattern in group.patterns():
        if not any(line.strip() for line in pattern):
            continue
        last = len(lines) - len(pattern)
        places = [i for i in range(start, last + 1) if lines[i : i + len(pattern)] == pattern]
        if len(places) == 1 or (places and whole):
            return min(places, key=lambda i: abs(i + b - group.line - offset)) + b
        if places:
            break  # less context would fit in even more places
        whole = False
    shown = b"".join(group.removed or group.added).decode("utf-8", "replace").strip().split("\n")[0]
    raise UserError(f"no one place for the change of line {group.line + 1} ({shown})")


def apply(part: bytes, text: bytes) -> bytes:
    """A file's text after a plain edit; UserError when a change finds no place of its own."""
    lines = text.splitlines(keepends=True)
    result: list[bytes] = []
    done = 0
    offset = 0
    for group in groups(part):
        at = place(group, lines, done, offset)
        offset = at - group.line
        result += lines[done:at] + list(group.added)
        done = at + len(group.removed)
    return b"".join(result + lines[done:])
