"""Makes the stencils of all targets from the interpreter's own source, and looks at them; nothing is run.

    stencil_check.py --tree TREE --build DIR [--target NAME]... [--llvm CLANG] [--zig FOLDER] [--cache DIR]

DIR is a build folder of this machine's python. A target's configuration is that of build-NAME beside DIR, if there is one;
else Windows has the base's own, and the others DIR's as a stand-in. Headers of C libraries come from Debian's cross
packages and, for macOS and Windows, from the folder of PyPI's ziglang, which ci/build keeps in .cache; a target without
headers is named and left out, or an error if it was asked for. One line for each target says what there is.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import build as builds
import drive
import stencils
from stencil_link import RODATA, Stencil, Tables
from support import REPOSITORY, UserError, main_wrapper

HOSTS = {
    "x86_64-linux": "x86_64-pc-linux-gnu",
    "aarch64-linux": "aarch64-unknown-linux-gnu",
    "x86_64-darwin": "x86_64-apple-darwin",
    "aarch64-darwin": "aarch64-apple-darwin",
    "x86_64-windows": "x86_64-pc-windows-gnu",
    "aarch64-windows": "aarch64-pc-windows-gnu",
}
REFERENCE = "x86_64-linux"
# As windows_build.py has it: traces are part of python313.dll. _UCRT: the C library that ci/windows is built for.
WINDOWS_FLAGS = ("-D_UCRT", "-DPy_ENABLE_SHARED")
GROWTH = 1.4  # times the code of the reference, at most
# What has no place in a trace: guards of the stack, thread-local variables, a compiler's own helpers.
FOREIGN = ("__chkstk", "___chkstk_ms", "__stack_chk_fail", "__security_cookie", "__tls_get_addr", "_tls_index", "__emutls")


@dataclass(frozen=True)
class Places:
    """Where everything is looked for."""

    tree: Path
    build: Path
    zig: Path | None
    llvm: str | None
    cache: Path | None


def find_zig(repository: Path = REPOSITORY) -> Path | None:
    """The newest folder of ziglang below .cache; None if there is none."""
    found = [path.parents[3] for path in repository.glob(".cache/**/libc/include/any-windows-any")]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def header_flags(name: str, places: Places) -> list[str]:
    """Flags by which clang finds the C library's headers; raises UserError where there are none."""
    if name == REFERENCE:
        return []
    if name == "aarch64-linux":
        folder = Path("/usr/aarch64-linux-gnu/include")
        if not folder.is_dir():
            raise UserError(f"{name}: no {folder}; install libc6-dev-arm64-cross")
        return ["-isystem", str(folder)]
    if places.zig is None:
        raise UserError(f"{name}: no headers; run ci/build --target {name}, or name a folder of PyPI's ziglang with --zig")
    include = places.zig / "lib" / "libc"
    if name.endswith("windows"):
        return ["-isystem", str(include / "include" / "any-windows-any"), *WINDOWS_FLAGS]
    return ["-nostdlibinc", *("-isystem", str(include / "include" / "any-darwin-any")), *("-isystem", str(include / "darwin"))]


def configuration(name: str, places: Places, scratch: Path) -> Path:
    """A folder with the target's pyconfig.h, or with what stands in for it."""
    settings = places.build.parent / f"build-{name}" / "settings.json"
    if settings.is_file():
        own = drive.read_settings(settings).objects
        if (own / "pyconfig.h").is_file():
            return own
    if not name.endswith("windows"):
        return places.build / "cpython"
    (scratch / "pyconfig.h").write_text((places.tree / "PC" / "pyconfig.h.in").read_text())
    return scratch


def make(name: str, places: Places) -> Tables:
    """The stencils of a target; raises UserError, or one of stencils.FAILURES."""
    flags = header_flags(name, places)
    with tempfile.TemporaryDirectory() as scratch:
        folder = configuration(name, places, Path(scratch))
        command = builds.arguments_for(places.tree, folder, HOSTS[name], False)
        options = stencils.parse(command)
        cflags = (*options.cflags, *flags)
        return stencils.build(
            stencils.Options(
                options.host, options.source, options.include, cflags, False, places.llvm, options.primitives, (), places.cache
            )
        )[0]


def complaints(tables: Tables, reference: Tables) -> Iterator[str]:
    """What is wrong with the stencils of a target, by those of the reference."""
    known = {each.name: each for each in reference.stencils}
    if [each.name for each in tables.stencils] != list(known):
        different = sorted(known.keys() ^ {each.name for each in tables.stencils})
        yield f"other stencils, or in another order: {', '.join(different[:9])}"
        return
    for each in tables.stencils:
        yield from complaints_of(each, known[each.name])
    for name, _ in tables.symbols:
        if name in FOREIGN:
            yield f"refers to {name}"
    sizes = [sum(len(each.hot.code) for each in found.stencils) for found in (tables, reference)]
    if sizes[0] > GROWTH * sizes[1]:
        yield f"{sizes[0]} bytes of hot code, against {sizes[1]} in the reference"


def complaints_of(stencil: Stencil, reference: Stencil) -> Iterator[str]:
    """Likewise of one stencil."""
    stats, name = stencil.stats, stencil.name
    if name.startswith("STENCIL_P_"):
        if any(hole.value == RODATA for part in (stencil.hot, stencil.cold) for hole in part.holes):
            yield f"{name}: a constant in memory"
        if stats.calls_hot and not reference.stats.calls_hot:
            yield f"{name}: calls on its hot path"
        if stats.clobbers != reference.stats.clobbers:
            yield f"{name}: clobbers floating-point registers, or should"
    if stats.stack and not stats.calls and not reference.stats.stack:
        yield f"{name}: calls nothing, and uses {stats.stack} bytes of stack"


def summary(tables: Tables) -> str:
    """What there is, in a few words."""
    found = tables.stencils
    kinds = sorted({hole.kind.name for each in found for part in (each.hot, each.cold) for hole in part.holes})
    return (
        f"{len(found)} stencils, {sum(len(each.hot.code) for each in found)} bytes hot, "
        f"{sum(len(each.cold.code) for each in found)} cold, {len(tables.symbols)} symbols; "
        + " ".join(kind.removeprefix("X86_64_").removeprefix("AARCH64_") for kind in kinds)
    )


def check(names: Sequence[str], places: Places, asked: bool = True) -> tuple[int, int]:
    """How many targets are as they should be, and how many are not; those without headers count only if `asked` for."""
    passed = failed = 0
    reference = make(REFERENCE, places)
    for name in names:
        try:
            tables = reference if name == REFERENCE else make(name, places)
        except UserError as error:
            print(f"error: {error}" if asked else f"not checked: {error}", file=sys.stderr)
            failed += asked
            continue
        except stencils.FAILURES as error:
            print(f"error: {name}: {error}\n{getattr(error, 'messages', '')}".rstrip(), file=sys.stderr)
            failed += 1
            continue
        found = list(complaints(tables, reference))
        for line in found[:20]:
            print(f"error: {name}: {line}", file=sys.stderr)
        print(f"{name}: {summary(tables)}", flush=True)
        passed, failed = passed + (not found), failed + bool(found)
    return passed, failed


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file; exit status 1 when a target is not as it should be."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, default=REPOSITORY / "tree", help="the prepared tree")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build", help="a build folder of this machine's python")
    parser.add_argument("--target", action="append", choices=list(HOSTS), help="only this one (repeatable)")
    parser.add_argument("--llvm", help="clang to use: a path or a major version")
    parser.add_argument("--zig", type=Path, help="folder of PyPI's ziglang (default: the one in .cache)")
    parser.add_argument("--cache", type=Path, help="keep what was compiled here")
    given = parser.parse_args(argv)
    places = Places(given.tree.absolute(), given.build.absolute(), given.zig or find_zig(), given.llvm, given.cache)
    passed, failed = check(given.target or list(HOSTS), places, asked=bool(given.target))
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
