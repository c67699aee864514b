"""Finds and runs clang (19 or newer), the only tool beside Python that stencils need."""

import functools
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MINIMUM = 19
FOLDERS = ("/usr/lib/llvm-{}/bin", "/opt/homebrew/opt/llvm@{}/bin", "/usr/local/opt/llvm@{}/bin")
NEWEST = 40  # `clang-N` is tried from here downwards


class ToolchainError(Exception):
    """No usable clang, or clang refused its input; `messages` are clang's own."""

    def __init__(self, text: str, messages: str = "") -> None:
        super().__init__(text)
        self.messages = messages


@dataclass(frozen=True)
class Clang:
    """One usable clang: absolute path, major version, and what stands before its arguments."""

    path: str
    version: int
    before: tuple[str, ...] = ()

    def identity(self) -> str:
        """What tells this clang from another one: where it is, and its own words."""
        return f"{self.path}\n{version_text(self.path, self.before) or ''}"

    def run(self, arguments: Sequence[str], cwd: Path) -> None:
        """Run clang in `cwd`; raises ToolchainError with its own messages when it fails."""
        # This variable would let flags in through the back door.
        environ = {name: value for name, value in os.environ.items() if name != "CCC_OVERRIDE_OPTIONS"} | {"LC_ALL": "C"}
        done = subprocess.run(
            [self.path, *self.before, *arguments], cwd=cwd, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            status = f"exit status {done.returncode}"
            raise ToolchainError(f"clang could not compile the stencils ({status})", done.stderr.strip())


@dataclass
class Search:
    """Where clang was looked for and what was found there, for the error message."""

    tried: list[str] = field(default_factory=list)

    def probe(self, path: str | None, label: str) -> Clang | None:
        """The clang at `path` if it is new enough; notes the outcome."""
        if path is None:
            self.tried.append(f"{label} (not found)")
            return None
        before = inside_zig(path)
        version = clang_version(path, before)
        if version is None:
            self.tried.append(f"{label} (not a clang)")
        elif version < MINIMUM:
            self.tried.append(f"{label} (version {version})")
        else:
            return Clang(os.path.abspath(path), version, before)
        return None


def inside_zig(path: str) -> tuple[str, ...]:
    """Zig has a clang inside, but for its headers, which are in a folder of Zig's; nothing for other programs."""
    if not os.path.basename(path).startswith("zig"):
        return ()
    here = os.path.dirname(os.path.realpath(path))
    folders = [os.path.join(here, "lib"), os.path.join(here, "..", "lib", "zig")]
    return ("clang", *(f"-resource-dir={each}" for each in folders if os.path.exists(os.path.join(each, "include", "stddef.h"))))


@functools.cache
def version_text(path: str, before: tuple[str, ...] = ()) -> str | None:
    """What a program says with --version; None when it says nothing."""
    try:
        return subprocess.run([path, *before, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None


def clang_version(path: str, before: tuple[str, ...] = ()) -> int | None:
    """Major version that a program reports as a clang; None when it is none."""
    match = re.search(r"clang version (\d+)\.", version_text(path, before) or "")
    return int(match[1]) if match else None


def find_clang(wanted: str | None = None, environ: Mapping[str, str] = os.environ) -> Clang:
    """The clang to use: `wanted` (path, of Zig too, or version) or LLVM_TOOLS_INSTALL_DIR or LLVM_VERSION or the newest on PATH.

    A clang that was asked for by name is used or refused, never replaced by
    another one.  Raises ToolchainError that lists what was looked for.
    """
    search = Search()
    path = environ.get("PATH", os.defpath)
    found = None
    directory = environ.get("LLVM_TOOLS_INSTALL_DIR")
    if directory:
        directory = os.pathsep.join((os.path.join(directory, "bin"), directory))
    version = environ.get("LLVM_VERSION")
    if wanted and not wanted.isdigit():
        candidates = [wanted]
        if os.path.isdir(wanted):
            candidates = [os.path.join(wanted, *name) for name in (("bin", "clang"), ("clang",), ("zig",))]
        for candidate in candidates:
            found = found or search.probe(shutil.which(candidate, path=path), candidate)
    elif wanted or version:
        number = (wanted or version or "").split(".")[0]
        if not number.isdigit() or int(number) < MINIMUM:
            raise ToolchainError(f"LLVM version {wanted or version!r} asked for: stencils need clang {MINIMUM} or newer.")
        found = probe_major(search, int(number), path, directory)
    else:
        if directory:
            found = search.probe(shutil.which("clang", path=directory), "clang in LLVM_TOOLS_INSTALL_DIR")
        else:
            found = search.probe(shutil.which("clang", path=path), "clang")
            for major in range(NEWEST, MINIMUM - 1, -1):
                if found:
                    break
                found = probe_major(search, major, path, None)
    if found is None:
        raise ToolchainError(
            f"no clang {MINIMUM} or newer. Looked for: {shorten(search.tried)}. "
            "Install clang, or name it with --llvm, LLVM_VERSION or LLVM_TOOLS_INSTALL_DIR."
        )
    return found


def probe_major(search: Search, major: int, path: str, directory: str | None) -> Clang | None:
    """The clang of exactly one major version, under any of its usual names."""
    places = [(name, path) for name in (f"clang-{major}", "clang")]
    places += [("clang", folder.format(major)) for folder in FOLDERS]
    if directory:
        places = [(name, directory) for name in (f"clang-{major}", "clang")]
    for name, where in places:
        label = name if where is path else f"{name} in LLVM_TOOLS_INSTALL_DIR" if where is directory else os.path.join(where, name)
        program = shutil.which(name, path=where)
        if program is None:
            search.tried.append(f"{label} (not found)")
            continue
        found = search.probe(program, label)
        if found and found.version == major:
            return found
        if found:
            search.tried.append(f"{label} (version {found.version})")
    return None


def shorten(tried: Sequence[str]) -> str:
    """One line for all places: those that exist with their reason, the others as a range."""
    there = [entry for entry in dict.fromkeys(tried) if not entry.endswith("(not found)")]
    missing = [entry.removesuffix(" (not found)") for entry in dict.fromkeys(tried) if entry.endswith("(not found)")]
    numbers = sorted(int(name[6:]) for name in missing if re.fullmatch(r"clang-\d+", name))
    names = [name for name in missing if not re.search(r"clang-\d+$|llvm[-@]\d+", name)]
    if len(numbers) > 1:
        names.append(f"clang-{numbers[0]} to clang-{numbers[-1]}")
    elif numbers:
        names.append(f"clang-{numbers[0]}")
    return ", ".join(there + [f"{name} (not found)" for name in names]) or "nothing"


def split_flags(flags: str) -> list[str]:
    """A user's flags as a shell would split them."""
    return shlex.split(flags)
