"""The patch series: its text form, and how commits become patches and patches commits.

A patch is `From:`, `Date:` and `Subject:` lines, a blank line, the rest of the
commit message, a line `---` and a diff without `index` lines, so the text depends
only on the commit's message, author, date and change.  `git am` understands it.
"""

import email.utils
import re
from dataclasses import dataclass
from pathlib import Path

import fuzz
from support import UserError, git, git_text

SLUG_LENGTH = 56
# Every option that a user's configuration could change is stated.
DIFF_OPTIONS = (
    "--patch", "--unified=3", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--diff-algorithm=myers",
    "--indent-heuristic", "--src-prefix=a/", "--dst-prefix=b/", "--inter-hunk-context=0", "--ignore-submodules=none",
)  # fmt: skip


@dataclass(frozen=True)
class Patch:
    """One patch: author as `Name <address>`, RFC 2822 date, commit message and diff text."""

    author: str
    date: str
    message: str
    diff: bytes

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.split("\n", 1)[0]

    @property
    def fixed_upstream(self) -> str:
        """First CPython release that has the change itself, by the message's line `Fixed-upstream: VERSION …`, or ''."""
        found = re.search(r"^Fixed-upstream: *(\S+)", self.message, re.MULTILINE)
        return found[1] if found else ""

    def file_name(self, number: int) -> str:
        """`NNNN-subject-in-lower-case.patch`."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.subject.lower()).strip("-")[:SLUG_LENGTH].rstrip("-")
        return f"{number:04}-{slug or 'patch'}.patch"

    def render(self) -> bytes:
        """The text of the patch file."""
        subject, _, body = self.message.partition("\n")
        head = f"From: {self.author}\nDate: {self.date}\nSubject: {subject}\n\n"
        body = body.strip("\n")
        return (head + (f"{body}\n\n" if body else "") + "---\n").encode() + self.diff


def parse(data: bytes, name: str) -> Patch:
    """A patch from its text; UserError naming the file when it is malformed."""
    head, separator, diff = data.partition(b"\n---\ndiff --git ")
    if not separator:
        raise UserError(f"{name} is not a patch of ours: no line `---` followed by a git diff")
    fields: dict[str, str] = {}
    lines = head.decode("utf-8").split("\n")
    while lines and lines[0]:
        key, colon, value = lines.pop(0).partition(": ")
        if not colon:
            raise UserError(f"{name} is not a patch of ours: the header line {key!r} has no colon")
        fields[key] = value.strip()
    for key in ("From", "Date", "Subject"):
        if key not in fields:
            raise UserError(f"{name} is not a patch of ours: it has no {key} line")
    if email.utils.parsedate_tz(fields["Date"]) is None:
        raise UserError(f"{name}: cannot understand its date {fields['Date']!r}")
    body = "\n".join(lines).strip("\n")
    message = fields["Subject"] + (f"\n\n{body}" if body else "") + "\n"
    return Patch(fields["From"], fields["Date"], message, b"diff --git " + diff)


def paths(diff: bytes) -> list[str]:
    """The paths that a diff touches, sorted."""
    found = re.findall(rb"^diff --git a/(.+) b/(.+)$", diff, re.MULTILINE)
    return sorted({name.decode("utf-8") for pair in found for name in pair})


def read_series(folder: Path) -> list[tuple[str, bytes]]:
    """The patches that `series` lists, in order, as (file name, text); UserError when one is missing or unlisted."""
    series = folder / "series"
    names = [line.strip() for line in series.read_text("utf-8").splitlines()] if series.is_file() else []
    names = [name for name in names if name and not name.startswith("#")]
    present = {path.name for path in folder.glob("*.patch")} if folder.is_dir() else set()
    for name in names:
        if name not in present:
            raise UserError(f"cpython/patches/series lists {name}, which does not exist")
    for name in sorted(present - set(names)):
        raise UserError(f"cpython/patches/{name} is not in the file series; add it there or delete it")
    return [(name, (folder / name).read_bytes()) for name in names]


def apply(tree: Path, patch: Patch, name: str) -> bool:
    """Commit one patch to `tree`; True if its context had to be relaxed; UserError when it does not apply."""
    relaxed = False
    done = git(tree, "apply", "--index", "--whitespace=nowarn", input=patch.diff, check=False)
    if done.returncode:
        relaxed = True
        try:
            apply_relaxed(tree, patch)
        except UserError as error:
            git(tree, "reset", "--quiet", "--hard")
            raise UserError(f"{name} does not apply: {error}") from None
    commit(tree, patch)
    return relaxed


def apply_relaxed(tree: Path, patch: Patch) -> None:
    """Apply a patch to index and files of `tree` although a later release changed lines nearby."""
    for path, part in fuzz.sections(patch.diff):
        place = tree / path
        if not fuzz.is_plain_edit(part):
            done = git(tree, "apply", "--index", "--whitespace=nowarn", input=part, check=False)
            if done.returncode:
                words = done.stderr.decode("utf-8", "replace").strip().splitlines()
                raise UserError(words[0].removeprefix("error: ") if words else f"git gives no reason for {path}")
        elif not place.is_file():
            raise UserError(f"{path} does not exist")
        else:
            try:
                place.write_bytes(fuzz.apply(part, place.read_bytes()))
            except UserError as error:
                raise UserError(f"{path}: {error}") from None
            git(tree, "add", "--", path)


def commit(tree: Path, patch: Patch) -> None:
    """Commit the index of `tree` with the patch's message, author and date (the committer's date is the same)."""
    author, address = email.utils.parseaddr(patch.author)
    author = author or patch.author.split("<")[0].strip()
    environment = {
        "GIT_AUTHOR_NAME": author,
        "GIT_AUTHOR_EMAIL": address,
        "GIT_AUTHOR_DATE": patch.date,
        "GIT_COMMITTER_DATE": patch.date,
    }
    options = ("--quiet", "--no-verify", "--allow-empty", "--cleanup=verbatim", "--no-gpg-sign", "--file=-")
    git(tree, "commit", *options, input=patch.message.encode(), env=environment)


def of_commit(tree: Path, revision: str) -> Patch:
    """One commit as a patch; UserError when its form cannot be carried by a patch file."""
    shown = git_text(tree, "show", "--no-patch", "--format=%h%n%P%n%an <%ae>%n%ad%n%B", "--date=rfc2822", revision)
    short, parents, author, date, message = shown.split("\n", 4)
    what = f"commit {short} ({message.splitlines()[0] if message.strip() else 'no message'})"
    if len(parents.split()) != 1:
        raise UserError(f"{what} is a merge; the series is linear, so rebase it")
    lines = message.strip("\n").split("\n")
    if not lines[0].strip():
        raise UserError(f"{what} has no message; say what it does and why")
    if len(lines) > 1 and lines[1].strip():
        raise UserError(f"{what}: leave the second line of its message empty")
    if "---" in lines:
        raise UserError(f"{what}: its message holds a line `---`, which ends the message of a patch; reword it")
    diff = git(tree, "diff-tree", "--no-commit-id", "-r", *DIFF_OPTIONS, f"{revision}^", revision).stdout
    if re.search(rb"^(GIT binary patch|Binary files .* differ)$", diff, re.MULTILINE):
        raise UserError(f"{what} changes a binary file, which a patch of ours cannot carry")
    if not diff:
        raise UserError(f"{what} changes nothing; drop it")
    diff = re.sub(rb"^index [0-9a-f]+\.\.[0-9a-f]+( [0-7]+)?\n", b"", diff, flags=re.MULTILINE)
    message = "\n".join(line.rstrip() for line in lines)
    return Patch(author, date, message + "\n", diff)
