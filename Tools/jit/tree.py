"""Prepares the tree that is built: the CPython base, our patches as commits, our files as links.

    tree.py prepare --tree DIR [--source TARBALL_OR_FOLDER] [--cache DIR]
    tree.py export --tree DIR        commits of DIR -> cpython/patches/
    tree.py status --tree DIR

The tree is a git repository: its first commit is the base, each further one a patch.
To change CPython: edit in DIR, commit there, export.  Our own files are relative links
into this repository, so an edit of either side is an edit of the same file.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import base as bases
import regen
import series
from support import REPOSITORY, UserError, digest, git, git_text, locked, main_wrapper, read_list, write_if_changed

STAMP = ".git/jit-tree.json"
FORMAT = 1  # raise it when a tree of an older tree.py must be made anew

# Folders of this repository that lie over the tree's folders of the same name.
OVERLAY = ("Doc", "Include", "InternalDocs", "Lib", "Misc", "Modules", "Objects", "PC", "PCbuild", "Parser",
           "Programs", "Python", "Tools")  # fmt: skip
NEVER_LINKED = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")

# What a build inside the tree leaves there; git of the tree does not look at it.
BUILD_PRODUCTS = """\
__pycache__/
*.a
*.gcda
*.gcno
*.gcov
*.o
*.orig
*.pyc
*.rej
*.so
/Makefile
/Makefile.pre
/Misc/python-config.sh
/Misc/python-embed.pc
/Misc/python.pc
/Modules/Setup.bootstrap
/Modules/Setup.local
/Modules/Setup.stdlib
/Modules/config.c
/Modules/ld_so_aix
/Programs/_freeze_module
/Programs/_testembed
/Python/frozen_modules/
/Python/deepfreeze/
/_bootstrap_python
/build/
/config.cache
/config.log
/config.status
/jit_stencils*.h
/platform
/pybuilddir.txt
/pyconfig.h
/python
/python-config
/python-config.py
/python-gdb.py
/sysconfigdata*
/profile-*-stamp
"""


@dataclass(frozen=True)
class Project:
    """Where our side lies: the repository's root folder (tests use one of their own)."""

    root: Path = REPOSITORY

    @property
    def patches(self) -> Path:
        """The folder of the patch series."""
        return self.root / "cpython" / "patches"

    @property
    def replaced(self) -> list[str]:
        """Paths of the base that ours replace; one with a trailing slash is a whole folder."""
        return read_list(self.root / "cpython" / "replaced.txt")

    @property
    def regenerated(self) -> list[str]:
        """Paths of the base that generators remake."""
        return read_list(self.root / "cpython" / "regenerated.txt")


@dataclass
class Stamp:
    """What a prepared tree was made from: base, commits, digests of patches and lists, links (tree-relative)."""

    format: int
    version: str
    base: str
    base_commit: str
    head: str
    lists: str
    patches: str
    links: list[str] = field(default_factory=list)

    @staticmethod
    def read(tree: Path) -> "Stamp | None":
        """The stamp of a tree, None if it has none or one of another format."""
        try:
            table = json.loads((tree / STAMP).read_text("utf-8"))
            return Stamp(**table) if table.get("format") == FORMAT else None
        except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
            return None

    def write(self, tree: Path) -> None:
        """Store the stamp in its tree."""
        write_if_changed(tree / STAMP, (json.dumps(asdict(self), indent=1) + "\n").encode())


def covers(entries: Sequence[str], path: str) -> bool:
    """Whether a list of paths (folders end with a slash) names `path`."""
    return any(path == entry or (entry.endswith("/") and path.startswith(entry)) for entry in entries)


def digest_of_series(patches: Sequence[tuple[str, bytes]]) -> str:
    """Identifies a patch series including its order."""
    return digest({f"{number:06} {name}": data for number, (name, data) in enumerate(patches)})


def digest_of_lists(project: Project) -> str:
    """Identifies what is left out of the base."""
    return digest({"replaced": "\n".join(project.replaced).encode(), "regen": "\n".join(project.regenerated).encode()})


def check_paths(project: Project, patch: series.Patch, name: str, links: Sequence[str]) -> None:
    """Refuse a patch of a file that patches must not carry."""
    for path in series.paths(patch.diff):
        if covers(project.regenerated, path):
            raise UserError(f"{name} changes {path}, which is generated (cpython/regenerated.txt); patch its source")
        if covers(project.replaced, path):
            raise UserError(f"{name} changes {path}, which our own files replace (cpython/replaced.txt)")
        if any(path == link or path.startswith(link + "/") for link in links):
            raise UserError(f"{name} changes {path}, which is a file of this repository; edit it there")


def wanted_links(project: Project, tree: Path, old: Sequence[str]) -> dict[str, Path]:
    """Our files and folders by their place in the tree; a folder that the base lacks is one link."""
    links: dict[str, Path] = {}

    def visit(relative: str) -> None:
        ours = project.root / relative
        place = tree / relative
        occupied = place.exists() and not place.is_symlink() and relative not in old
        if ours.is_dir() and (occupied or relative in OVERLAY):
            for name in sorted(os.listdir(ours)):
                if name not in NEVER_LINKED:
                    visit(f"{relative}/{name}")
        elif occupied:
            raise UserError(f"{relative} is in the base as well; list it in cpython/replaced.txt or rename it")
        else:
            links[relative] = ours

    for top in OVERLAY:
        if (project.root / top).is_dir():
            visit(top)
    return links


def place_links(project: Project, tree: Path, old: Sequence[str], at: Path) -> list[str]:
    """Make the links that the tree needs and remove outdated ones; `at` is where the tree will finally be."""
    wanted = wanted_links(project, tree, old)
    for relative in old:
        if relative not in wanted and (tree / relative).is_symlink():
            (tree / relative).unlink()
    for relative, ours in wanted.items():
        place = tree / relative
        target = os.path.relpath(ours, (at / relative).parent)
        if place.is_symlink() and os.readlink(place) == target:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)
    exclude = ["# written by Tools/jit/tree.py", *sorted("/" + name for name in [*wanted, *project.regenerated])]
    exclude += ["/" + name for name in regen.UOPS_OUTPUTS]
    write_if_changed(tree / ".git/info/exclude", ("\n".join(exclude) + "\n" + BUILD_PRODUCTS).encode())
    return sorted(wanted)


def import_base(project: Project, base: bases.Base, tree: Path, date: int) -> str:
    """Unpack the base into `tree`, drop what ours replace and commit the rest; gives the commit."""
    bases.unpack(base, tree)
    for entry in project.replaced:
        path = tree / entry
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
        else:
            raise UserError(f"cpython/replaced.txt names {entry}, which the base lacks")
    git(tree, "init", "--quiet", "--initial-branch=main")
    (tree / ".git/info/exclude").write_text("".join(f"/{name}\n" for name in project.regenerated))
    # --force: the base may hold files that its own .gitignore names; the
    # generated ones are taken out again.
    git(tree, "add", "--all", "--force")
    git(tree, "rm", "--quiet", "--cached", "--ignore-unmatch", "--", *project.regenerated)
    message = f"CPython {base.version}\n"
    series.commit(tree, series.Patch("CPython JIT fork <cpython-jit@localhost>", f"{date} +0000", message, b""))
    return git_text(tree, "rev-parse", "HEAD")


def number_of(version: str) -> tuple[int, ...]:
    """A version such as 3.13.5 or 3.13.5rc1+ as numbers to compare."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def apply_series(
    project: Project, tree: Path, version: str, patches: Sequence[tuple[str, bytes]], links: Sequence[str]
) -> None:
    """Commit each patch of the series to `tree`, whose HEAD is the base and of that CPython version."""
    for name, data in patches:
        patch = series.parse(data, name)
        check_paths(project, patch, name, links)
        if patch.fixed_upstream and number_of(version) >= number_of(patch.fixed_upstream):
            print(f"note: {name} is left out, CPython {patch.fixed_upstream} and later have the change themselves")
            continue
        if series.apply(tree, patch, name):
            print(f"note: {name} applied with relaxed context; look at its result")


def exported(tree: Path, base_commit: str) -> list[tuple[str, bytes]]:
    """The commits of `tree` after the base as patches: file name and text, in order."""
    commits = git_text(tree, "rev-list", "--reverse", f"{base_commit}..HEAD").split()
    patches = [series.of_commit(tree, commit) for commit in commits]
    return [(patch.file_name(number), patch.render()) for number, patch in enumerate(patches, 1)]


def uncommitted(tree: Path) -> list[str]:
    """Paths with edits that no commit holds, new files included."""
    lines = git_text(tree, "status", "--porcelain", "--untracked-files=all").splitlines()
    return [line[3:] for line in lines]


def refuse_loss(tree: Path, stamp: Stamp, why: str) -> None:
    """UserError if remaking the tree would lose commits or edits that were not exported."""
    edits = uncommitted(tree)
    if edits:
        raise UserError(f"{why}, but {tree} has uncommitted edits ({edits[0]}); commit and export or undo them first")
    if git_text(tree, "rev-parse", "HEAD") != stamp.head:
        raise UserError(f"{why}, but {tree} has commits that were not exported; run `tree.py export` or drop them")


def create(project: Project, tree: Path, base: bases.Base, date: int, stamp: Stamp | None) -> None:
    """Make the tree anew beside its place and move it there; an existing one goes only when that succeeded."""
    tree.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{tree.name}-", dir=tree.parent))
    work.chmod(0o755)
    try:
        patches = series.read_series(project.patches)
        base_commit = import_base(project, base, work, date)
        links = place_links(project, work, [], tree)
        apply_series(project, work, base.version, patches, links)
        # A patch may have added what a link of ours needs as its folder.
        links = place_links(project, work, links, tree)
        head = git_text(work, "rev-parse", "HEAD")
        lists = digest_of_lists(project)
        Stamp(FORMAT, base.version, base.identity, base_commit, head, lists, digest_of_series(patches), links).write(work)
        regen.regenerate(work)
        old = work.with_name(work.name + ".old")
        if tree.exists():
            os.replace(tree, old)
        os.replace(work, tree)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def reapply(project: Project, tree: Path, stamp: Stamp, patches: Sequence[tuple[str, bytes]]) -> None:
    """Move an unedited tree to a changed series, touching only the files that differ (so make rebuilds little)."""
    work = Path(tempfile.mkdtemp(prefix=".series-", dir=tree / ".git"))
    try:
        git(tree, "worktree", "add", "--quiet", "--detach", str(work / "tree"), stamp.base_commit)
        apply_series(project, work / "tree", stamp.version, patches, stamp.links)
        head = git_text(work / "tree", "rev-parse", "HEAD")
    finally:
        shutil.rmtree(work, ignore_errors=True)
        git(tree, "worktree", "prune")
    git(tree, "reset", "--quiet", "--hard", head)
    stamp.head, stamp.patches = head, digest_of_series(patches)
    stamp.write(tree)


def prepare(project: Project, tree: Path, source: Path | None, cache: Path) -> str:
    """Bring `tree` up to date with base, series and our files; says in one line what was done."""
    pin = bases.read_pin(project.root / "cpython" / "pin.toml")
    stamp = Stamp.read(tree)
    if stamp is None and tree.exists() and (not tree.is_dir() or any(tree.iterdir())):
        if not (tree / STAMP).exists():
            raise UserError(f"{tree} exists and is no prepared tree; name another folder or remove it")
        raise UserError(f"{tree} was prepared by another version of tree.py; export its commits and remove it")
    base = None
    if stamp is not None and source is None and stamp.base == f"sha256:{pin.sha256}":
        identity = stamp.base  # nothing to fetch or check again
    else:
        base = bases.find(pin, source, cache)
        identity = base.identity
        if base.remark:
            print(f"note: {base.remark}", flush=True)
    patches = series.read_series(project.patches)
    action = "up to date"
    if stamp is None or stamp.base != identity or stamp.lists != digest_of_lists(project):
        if stamp is not None:
            refuse_loss(tree, stamp, "the base or the lists in cpython/ changed")
        create(project, tree, base or bases.find(pin, source, cache), pin.date, stamp)
        action = "prepared"
    elif stamp.patches != digest_of_series(patches):
        if exported(tree, stamp.base_commit) == patches:
            stamp.head, stamp.patches = git_text(tree, "rev-parse", "HEAD"), digest_of_series(patches)
            stamp.write(tree)
        else:
            refuse_loss(tree, stamp, "the patch series changed")
            reapply(project, tree, stamp, patches)
            action = "moved to the changed patch series"
    stamp = Stamp.read(tree)
    assert stamp is not None
    links = place_links(project, tree, stamp.links, tree)
    if links != stamp.links:
        stamp.links = links
        stamp.write(tree)
    if regen.regenerate(tree) and action == "up to date":
        action = "generated files remade"
    return f"{tree}: CPython {stamp.version}, {len(patches)} patches, {len(links)} links of ours: {action}"


def require(tree: Path) -> Stamp:
    """The stamp of a prepared tree; UserError if it is none."""
    stamp = Stamp.read(tree)
    if stamp is None:
        raise UserError(f"{tree} is no prepared tree; make one with `tree.py prepare --tree {tree}`")
    return stamp


def export(project: Project, tree: Path, force: bool) -> str:
    """Write the tree's commits to cpython/patches/; says in one line what changed."""
    stamp = require(tree)
    pinned = bases.read_pin(project.root / "cpython" / "pin.toml").version
    if stamp.version != pinned and not force:
        raise UserError(
            f"{tree} is CPython {stamp.version} and the series is for the pinned {pinned}; "
            "commit in a tree of that one (--force exports all the same)"
        )
    current = series.read_series(project.patches)
    patches = exported(tree, stamp.base_commit)
    for name, data in patches:
        check_paths(project, series.parse(data, name), name, stamp.links)
    if not force and digest_of_series(current) != stamp.patches and current != patches:
        raise UserError(
            "cpython/patches changed since this tree was prepared; exporting would lose that "
            "(--force exports all the same)"
        )
    names = [name for name, _ in patches]
    changed = [name for name, data in patches if write_if_changed(project.patches / name, data)]
    for name, _ in current:
        if name not in names:
            (project.patches / name).unlink()
            changed.append(name)
    write_if_changed(project.patches / "series", "".join(f"{name}\n" for name in names).encode())
    stamp.head, stamp.patches = git_text(tree, "rev-parse", "HEAD"), digest_of_series(patches)
    stamp.write(tree)
    edits = uncommitted(tree)
    if edits:
        print(f"warning: uncommitted edits are not exported ({', '.join(edits[:3])}{' …' * (len(edits) > 3)})", file=sys.stderr)
    return f"{len(patches)} patches, {len(changed)} changed"


def status(project: Project, tree: Path) -> str:
    """Base, patches, commits and edits of a tree, a line each."""
    stamp = require(tree)
    patches = series.read_series(project.patches)
    lines = [f"base      CPython {stamp.version} ({stamp.base})"]
    state = "as in cpython/patches" if digest_of_series(patches) == stamp.patches else "differs from cpython/patches"
    lines.append(f"series    {state} ({len(patches)} patches)")
    for line in git_text(tree, "log", "--reverse", "--format=%h %s", f"{stamp.base_commit}..HEAD").splitlines():
        lines.append(f"  commit  {line}")
    same = exported(tree, stamp.base_commit) == patches
    lines.append(f"export    {'nothing to export' if same else 'the commits differ from the series: run tree.py export'}")
    lines += [f"  edited  {path}" for path in uncommitted(tree)]
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("prepare", "export", "status"))
    parser.add_argument("--tree", type=Path, required=True, help="the prepared tree's folder")
    parser.add_argument("--source", type=Path, help="a CPython 3.13 tarball or source folder to build on")
    parser.add_argument("--cache", type=Path, default=bases.default_cache(), help="folder that keeps downloads")
    parser.add_argument("--force", action="store_true", help="export over patches that changed meanwhile")
    options = parser.parse_args(argv)
    # The folder itself may be a link; relative links of ours need its real place.
    tree: Path = options.tree.absolute().parent.resolve() / options.tree.absolute().name
    tree = tree.resolve() if tree.is_symlink() else tree
    tree.parent.mkdir(parents=True, exist_ok=True)
    project = Project()
    with locked(tree.parent):
        if options.command == "prepare":
            source = options.source.absolute() if options.source else None
            print(prepare(project, tree, source, options.cache.absolute()))
        elif options.command == "export":
            print(export(project, tree, options.force))
        else:
            print(status(project, tree))
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
