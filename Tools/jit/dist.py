"""Makes the source release: a tar.xz of the prepared tree that builds without Meson, git and network.

    dist.py --tree DIR [--output FOLDER]

The same tree gives the same bytes in every folder: sorted names, one time stamp
(SOURCE_DATE_EPOCH, else the pin's date), no owners, two file modes, one xz setting.
"""

import argparse
import io
import lzma
import os
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import base as bases
import regen
import tree as trees
from support import UserError, git_text, main_wrapper

XZ_PRESET = 6  # fixed, as the preset decides the bytes; liblzma runs one thread unless told otherwise


def release_name(pin: bases.Pin, version: str) -> str:
    """Name of the release and of the folder in it, without suffix."""
    return f"cpython-jit-{version}+{pin.revision}"


def time_stamp(pin: bases.Pin) -> int:
    """Unix seconds that every file of the release carries."""
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if text is None:
        return pin.date
    if not text.isdecimal():
        raise UserError(f"SOURCE_DATE_EPOCH is {text!r}, not a whole number of seconds; correct or unset it")
    return int(text)


def files(tree: Path, links: Sequence[str]) -> list[str]:
    """Tree-relative paths of everything that the release holds: the base, generated files, our files."""
    names = set(git_text(tree, "ls-files").splitlines())
    names.update(name for name in regen.outputs(tree))
    for link in links:
        if (tree / link).is_dir():
            for folder, folders, leaves in os.walk(tree / link):
                folders[:] = [name for name in folders if name not in trees.NEVER_LINKED]
                relative = Path(folder).relative_to(tree)
                names.update((relative / leaf).as_posix() for leaf in leaves if not leaf.endswith((".pyc", "~", ".swp")))
        else:
            names.add(link)
    return sorted(names)


def pack(tree: Path, names: Sequence[str], top: str, mtime: int) -> bytes:
    """The uncompressed tar of the named files below the folder `top`; links become what they point at."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in names:
            path = tree / name
            if not path.is_file():
                raise UserError(f"{name} is missing from the tree; undo that or commit its removal")
            data = path.read_bytes()
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(data)
            member.mtime = mtime
            member.mode = 0o755 if os.access(path, os.X_OK) and path.stat().st_mode & 0o100 else 0o644
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def write_release(tree: Path, names: Sequence[str], top: str, mtime: int, folder: Path) -> Path:
    """Write `top`.tar.xz into `folder`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{top}.tar.xz"
    handle, work = tempfile.mkstemp(prefix=f".{top}-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(lzma.compress(pack(tree, names, top, mtime), preset=XZ_PRESET))
        os.chmod(work, 0o644)
        os.replace(work, target)
    except BaseException:
        Path(work).unlink(missing_ok=True)
        raise
    return target


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, required=True, help="the prepared tree's folder")
    parser.add_argument("--output", type=Path, default=Path("."), help="folder to write to")
    options = parser.parse_args(argv)
    tree: Path = options.tree.absolute()
    stamp = trees.require(tree)
    edits = trees.uncommitted(tree)
    if edits:
        raise UserError(f"{options.tree} has uncommitted edits ({edits[0]}); commit or undo them before a release")
    regen.regenerate(tree)
    pin = bases.read_pin()
    names = files(tree, stamp.links)
    made = write_release(tree, names, release_name(pin, stamp.version), time_stamp(pin), options.output)
    print(f"{made}  ({len(names)} files, {made.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
