"""Finds other Pythons in a folder made by debootstrap and says how they run without chroot.

They need that system's libraries, which may be newer than this system's, so
they are started by that system's own dynamic loader.  That sets nothing in the
environment: whatever such a program starts runs as it always does.  The
interpreters find their standard library by where they lie.
"""

import os
import re
import struct
from dataclasses import replace
from pathlib import Path

from benchmark.interpreters import Interpreter, probe
from support import UserError

LEAST = (3, 14)  # the first CPython with a JIT that Debian builds in
HOW = "debootstrap --variant=minbase --include=python3.15,pypy3 sid FOLDER"


def below(root: Path, path: str) -> Path:
    """Where a path of the other system lies; absolute links in it count from `root`."""
    place = root / path.lstrip("/")
    for _ in range(20):
        if not place.is_symlink():
            return place
        target = os.readlink(place)
        place = root / target.lstrip("/") if target.startswith("/") else place.parent / target
    raise UserError(f"{root}: {path} is a link that leads round in a circle")


def loader(program: Path) -> str | None:
    """The path of the dynamic loader that a 64-bit ELF program asks for; None if it asks for none."""
    with program.open("rb") as stream:
        head = stream.read(64)
        if len(head) < 64 or head[:6] != b"\x7fELF\x02\x01":
            return None
        table, size, count = struct.unpack_from("<Q", head, 32)[0], *struct.unpack_from("<HH", head, 54)
        for number in range(count):
            stream.seek(table + number * size)
            kind, _, offset, _, _, length = struct.unpack("<IIQQQQ", stream.read(40))
            if kind == 3:  # PT_INTERP
                stream.seek(offset)
                return stream.read(length).rstrip(b"\0").decode()
    return None


def launcher(root: Path, program: Path) -> tuple[str, ...]:
    """What to put before the program's path so that it runs with the libraries below `root`."""
    name = loader(program)
    if name is None:
        return ()
    libraries = [root / "usr" / "lib", root / "lib"]
    folders = [folder for library in libraries for folder in (*sorted(library.glob("*-linux-gnu*")), library)]
    # Often /lib is a link to /usr/lib.
    path = ":".join(str(folder) for folder in dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir()))
    return (str(below(root, name)), "--library-path", path)


def version(name: str) -> tuple[int, int]:
    """The version in a program's name: python3.15 gives (3, 15)."""
    found = re.fullmatch(r"python(\d+)\.(\d+)", name)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def find(root: Path) -> list[Interpreter]:
    """The peers below `root`: CPython from LEAST up, with its JIT off and on if it has one, and PyPy; UserError if none."""
    root = root.absolute()
    programs = root / "usr" / "bin"
    names = sorted((path.name for path in programs.glob("python3.*") if version(path.name) >= LEAST), key=version)
    found: list[Interpreter] = []
    for name in names:
        plain = make(root, f"py{name.removeprefix('python')}", programs / name)
        if probe(plain).jit is None:
            found.append(plain)
        else:
            found.append(replace(plain, variables={"PYTHON_JIT": "0"}))
            found.append(replace(plain, label=f"{plain.label}+JIT", variables={"PYTHON_JIT": "1"}))
    if (programs / "pypy3").exists() or (programs / "pypy3").is_symlink():
        found.append(make(root, "pypy3", programs / "pypy3"))
    if not found:
        wanted = f"python3.{LEAST[1]} or later nor a pypy3"
        raise UserError(f"--peers {root}: there is no {wanted} in its usr/bin; make the folder with: {HOW}")
    return found


def make(root: Path, label: str, program: Path) -> Interpreter:
    """A peer that runs with the libraries below `root`."""
    return Interpreter(label, program, launcher=launcher(root, below(root, f"usr/bin/{program.name}")), peer=True)
