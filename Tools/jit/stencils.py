"""From C functions to tables of machine code.

usage: stencils.py --host TRIPLE --source FILE.c [--primitives FILE.c] --output jit_stencils.h
       [--include DIR]... [--cflags FLAGS] [--debug] [--llvm PATH_OR_VERSION] [--depfile FILE] [--cache DIR]

The primitives are compiled as code for Linux, whatever the host's system is (uop_layout.py).

The header
----------
enum jit_hv           what a hole is filled from: the named values (JIT_HV_CONTINUE, ..., JIT_HV_NAMED_COUNT of them), then
                      JIT_HV_SYMBOL, JIT_HV_RODATA, JIT_HV_HOT, JIT_HV_COLD
enum jit_rel          how a hole is filled (below)
enum jit_stencil_id   JIT_STENCIL_<name> for each function _JIT_STENCIL_<name>, JIT_STENCIL_SHIM... for _JIT_SHIM...
jit_code[]            the code of all stencils; of each, the hot part and right behind it the cold part
jit_holes[]           the holes, in lists ordered by part (hot first) and offset
jit_hole_lists[]      where each list is, and how much of it belongs to the hot part
jit_stencils[]        of each stencil, or of several that differ in the registers they name, where the code is, its sizes and
                      its list of holes; jit_stencil() finds it
jit_variants[], jit_change_rows[], jit_changes[]    what the registers change in the code (stencil_variants.py);
                      jit_stencil_copy() does that
jit_symbols[]         addresses of the interpreter's functions and objects (plus an offset where code uses one); declared by
                      assembler name with no regard to their types, so gcc's LTO wants -Wno-lto-type-mismatch
jit_rodata[]          constants and string literals
JIT_UNWIND_SHIM, JIT_UNWIND_TRACE     how unwinders get through the shim (JIT_SHIM_SIZE bytes) and through all other code:
                      initialisers of byte arrays that hold DWARF call frame instructions, with factors 1 for code and -8
                      for data (on Windows what stencil_unwind_windows.py says); JIT_UNWIND_RETURN is the return address's
                      column.  Where there are none, none is defined
JIT_UNWIND_SHIM_TEXT, JIT_UNWIND_TRACE_TEXT   the same bytes as strings, for assembler
jit_stencil_runs[], jit_hv_names[]    for dumps

The value of a hole
-------------------
    V = named[value] + argument        value < JIT_HV_NAMED_COUNT
      = jit_symbols[argument]          JIT_HV_SYMBOL
      = jit_rodata + argument          JIT_HV_RODATA
      = start of this stencil's copied hot (cold) part + argument      JIT_HV_HOT, JIT_HV_COLD

Where a hot part ends the next stencil's hot part must begin: falling off its end is _JIT_CONTINUE.  A hot part never
holds a hole for JIT_HV_CONTINUE; in a cold part, its value is the address of the end of the same stencil's hot part.
Cold parts always end in jumps and may lie anywhere in reach.  At the start and at the end of every part the stack
pointer is 8 bytes off a 16 byte boundary (x86-64; on AArch64 it is at a 16 byte boundary).

How a hole is filled (P is the address of the hole; all of them are little-endian; check every range and abort)
----------------------------------------------------------------------------------------------------------------
X86_64_64        8 bytes: V
X86_64_32        4 bytes: V, which must be in [0, 2**32); only named values
X86_64_32S       4 bytes: V, which must be in [-2**31, 2**31); only named values
X86_64_8         1 byte: V, which must be in [0, 128); only _JIT_NEAR
X86_64_PC32      4 bytes: V - (P + 4), which must be in [-2**31, 2**31)
X86_64_BRANCH32  the same, for a call or jump: when V is out of reach, a veneer (jmp *[rip]) may stand in for it
X86_64_GOTPC32   the same with S + argument in the place of V: S is the address of an 8-byte slot that holds the value
                 without the argument (which is minus the bytes of the instruction behind the hole; for
                 JIT_HV_SYMBOL the slot holds V and nothing is added).  Only on Darwin and Windows.

AArch64: a hole is one instruction, whose immediate field is zero in the table; `or` these bits into it.
AARCH64_64        8 bytes of data: V
AARCH64_BRANCH26  bits 0-25: (V - P) / 4, in [-2**27, 2**27) bytes; a veneer may stand in for V
AARCH64_BRANCH19  bits 5-23: (V - P) / 4, in [-2**20, 2**20) bytes
AARCH64_BRANCH14  bits 5-18: (V - P) / 4, in [-2**15, 2**15) bytes
AARCH64_PAGE21    D = (V >> 12) - (P >> 12), in [-2**20, 2**20): D & 3 at bits 29-30, D >> 2 at bits 5-23
AARCH64_ADD12     bits 10-21: V & 0xfff
AARCH64_LDSTn     bits 10-21: (V & 0xfff) / (n / 8), which must divide
AARCH64_GOTPAGE21, AARCH64_GOTLO12   PAGE21 and LDST64 with the address of an 8-byte slot that holds V.  Not on Linux.
AARCH64_G0..G3    bits 5-20: (V >> 16 * n) & 0xffff

What the source must obey is checked here: see dialect_*.py (stack, frame pointer), stencil_link.py (addresses).
"""

import argparse
import concurrent.futures
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import assembly
import dialect_aarch64
import dialect_x86_64
import objects
import objects_read
import postprocess
import stencil_cache
import stencil_chunks
import stencil_header
import stencil_link
import targets
import toolchain
import uop_layout

FAILURES = (targets.TargetError, toolchain.ToolchainError, assembly.StencilError, objects.ObjectError, OSError)
MODULES = re.compile(r"(assembly|dialect_\w+|objects(_\w+)?|postprocess|stencil_\w+|targets|toolchain|uop_layout)$")


@dataclass(frozen=True)
class Options:
    """Everything that the result depends on, beside the source."""

    host: str
    source: Path
    include: tuple[Path, ...] = ()
    cflags: tuple[str, ...] = ()
    debug: bool = False
    llvm: str | None = None
    primitives: Path | None = None
    numbers: tuple[tuple[str, int], ...] = ()  # what measuring would give, if it need not be done
    cache: Path | None = None


@dataclass(frozen=True)
class Compiled:
    """One chunk: its stencils' texts, the object file, and the files it was made from."""

    target: targets.Target
    pieces: list[postprocess.Piece]
    file: objects.ObjectFile
    needs: list[str]
    holes: frozenset[str]  # that the source declares


def prefix_maps(folders: Sequence[Path]) -> list[str]:
    """Flags that keep the place of the sources out of __FILE__, which becomes relative to one of the folders."""
    return [f"-fmacro-prefix-map={folder}/=" for folder in sorted(set(folders), key=lambda path: -len(path.parts))]


def dialect_for(target: targets.Target) -> assembly.Dialect:
    """The dialect of a target's assembly text."""
    return dialect_x86_64.X86_64(target) if target.arch == "x86_64" else dialect_aarch64.AArch64(target)


@dataclass(frozen=True)
class Chunk:
    """A text to compile, by what and how."""

    clang: toolchain.Clang
    target: targets.Target
    options: Options
    text: str
    headers: bool = True  # it includes some

    def arguments(self) -> list[str]:
        """Flags for clang; what includes nothing is the same wherever it lies."""
        found = self.target.arguments()
        if self.headers:
            include = [path.resolve() for path in self.options.include]
            home = self.options.source.resolve().parent
            found += [*prefix_maps([*include, home]), f"-iquote{home}", *(f"-I{path}" for path in include)]
        return [*found, *self.options.cflags]

    def listing(self, folder: Path, name: str) -> tuple[str, list[str]]:
        """The assembly text, and the files that it was made from; raises ToolchainError."""
        source, listing, needs = (folder / f"{name}{suffix}" for suffix in (".c", ".s", ".d"))
        source.write_text(stencil_chunks.weaken(self.text))
        self.clang.run([*self.arguments(), "-MD", "-MF", needs.name, "-MT", "x", "-S", source.name, "-o", listing.name], folder)
        return listing.read_text(), dependencies(needs.read_text(), source.name)

    def kept(self, cache: stencil_cache.Cache[Compiled], folder: Path, name: str) -> Compiled:
        """The stencils, from the cache if they are there; raises ToolchainError, StencilError, ObjectError."""
        parts = [self.clang.identity(), self.target.name, *self.arguments(), self.text]
        return cache.get(parts, folder, lambda: self.compile(folder, name))

    def compile(self, folder: Path, name: str) -> Compiled:
        """The stencils; raises ToolchainError, StencilError, ObjectError."""
        listing, needs = self.listing(folder, name)
        final, made = folder / f"{name}.jit.s", folder / f"{name}.o"
        dialect = dialect_for(self.target)
        declared = stencil_chunks.declared_holes(self.text)
        small = frozenset(name for name, wide in declared.items() if not wide)
        unit = assembly.parse(listing, dialect, self.target.local)
        layout = postprocess.process(unit, self.target, dialect, assembly.Holes("_" if self.target.underscore else "", small))
        final.write_text(layout.text)
        self.clang.run([f"--target={self.target.triple}", "-c", "-x", "assembler", final.name, "-o", made.name], folder)
        return Compiled(self.target, layout.pieces, objects_read.read_object(made.read_bytes()), needs, frozenset(declared))


def dependencies(text: str, without: str) -> list[str]:
    """Files named by a clang dependency file, but for `without`."""
    names = text.replace("\\\n", " ").split(":", 1)[1]
    found = [name.replace("\\ ", " ") for name in re.findall(r"(?:\\ |\S)+", names)]
    return [name for name in found if name != without]


def measure(clang: toolchain.Clang, target: targets.Target, options: Options, text: str, folder: Path) -> dict[str, int]:
    """What the primitives ask of the interpreter's data, as it is on the target; raises ToolchainError, StencilError."""
    chunk = Chunk(clang, target, options, f"#define JIT_MEASURE 1\n{stencil_chunks.without_stencils(text)}")
    found = uop_layout.measured(chunk.listing(folder, "measure")[0])
    if missing := sorted(uop_layout.MEASURED.keys() - found.keys()):
        raise assembly.StencilError(f"{options.primitives}: {', '.join(missing)} could not be measured")
    return found


def chunks(clang: toolchain.Clang, target: targets.Target, options: Options, folder: Path) -> list[Chunk]:
    """What there is to compile: micro-ops for the target, primitives for its processor."""
    texts = stencil_chunks.chunks(options.source.read_text(), options.source.name, stencil_chunks.CHUNK)
    found = [Chunk(clang, target, options, text) for text in texts]
    if options.primitives is not None:
        text = options.primitives.read_text()
        numbers = dict(options.numbers) or measure(clang, target, options, text, folder)
        texts = stencil_chunks.chunks(text, options.primitives.name, stencil_chunks.CHUNK)
        found += [Chunk(clang, target.portable, options, uop_layout.definitions(numbers) + each, headers=False) for each in texts]
    return found


def build(options: Options) -> tuple[stencil_link.Tables, targets.Target, list[str]]:
    """All stencils of the source, their target, and the files they were made from; raises one of FAILURES."""
    target = targets.find_target(options.host)
    clang = toolchain.find_clang(options.llvm)
    tables = stencil_link.Tables()
    cache: stencil_cache.Cache[Compiled] = stencil_cache.Cache(options.cache)
    sources = [path for path in (options.source, options.primitives) if path is not None]
    needs = dict.fromkeys(map(str, sources))
    with tempfile.TemporaryDirectory(prefix="jit-stencils-") as scratch:
        folder = Path(scratch)
        with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            jobs = [
                pool.submit(chunk.kept, cache, folder, f"stencils{number}")
                for number, chunk in enumerate(chunks(clang, target, options, folder))
            ]
            compiled = [job.result() for job in jobs]
    postprocess.check_pieces([piece for chunk in compiled for piece in chunk.pieces])
    for chunk in compiled:
        stencil_link.Linker(chunk.target, tables, chunk.file, chunk.holes).link(chunk.pieces)
        needs |= dict.fromkeys(chunk.needs)
    tables.functions = functions(tables, [Path(name) for name in needs])
    if not tables.stencils:
        raise assembly.StencilError(f"{options.source.name}: no function _JIT_STENCIL_... in it")
    return tables, target, list(needs)


def functions(tables: stencil_link.Tables, sources: Sequence[Path]) -> set[str]:
    """Names of symbols that are functions: those that are called, and those that the sources declare as such.

    Link-time optimisation refuses a function that is declared as an object.
    """
    found = tables.called()
    if any(name not in found for name, _ in tables.symbols):
        found |= stencil_chunks.declared_functions(path.read_text(errors="replace") for path in sources)
    return found & {name for name, _ in tables.symbols}


def statistics(tables: stencil_link.Tables) -> str:
    """What --debug prints: totals, and the stencils that use stack without need."""
    all_stencils = tables.stencils
    lines = [
        f"{len(all_stencils)} stencils, {sum(len(each.hot.code) for each in all_stencils)} bytes hot, "
        f"{sum(len(each.cold.code) for each in all_stencils)} cold, "
        f"{sum(len(each.hot.holes) + len(each.cold.holes) for each in all_stencils)} holes, "
        f"{len(tables.symbols)} symbols, {len(tables.rodata)} bytes of read-only data"
    ]
    lines += [
        f"leaf uses {each.stats.stack} bytes of stack: {each.name}"
        for each in all_stencils
        if each.stats.stack and not each.stats.calls
    ]
    lines += [f"holds a copy of {', '.join(each.copied)}: {each.name}" for each in all_stencils if each.copied]
    return "\n".join(lines)


def replace(path: Path, text: str) -> bool:
    """Write a file in one step, and only when its contents change; says whether it did."""
    data = text.encode()
    if path.exists() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def depfile(output: Path, needs: Sequence[str]) -> str:
    """A make dependency rule for the output."""
    return f"{escape(str(output))}: \\\n" + " \\\n".join(f"  {escape(name)}" for name in needs) + "\n"


def escape(name: str) -> str:
    """A file name as make wants it."""
    return name.replace("$", "$$").replace("#", "\\#").replace(" ", "\\ ")


def joined(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--cflags X` as `--cflags=X`, since X usually looks like an option itself."""
    found: list[str] = []
    for argument in arguments:
        if found and found[-1] == "--cflags":
            found[-1] = f"--cflags={argument}"
        else:
            found.append(argument)
    return found


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="compile C functions into tables of machine code")
    parser.add_argument("--host", required=True, help="triple of the machine that will run the code")
    parser.add_argument("--source", required=True, type=Path)
    parser.add_argument("--primitives", type=Path, help="source of those stencils that are the same on all systems")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--include", action="append", default=[], type=Path, metavar="DIR")
    parser.add_argument(
        "--cflags", action="append", default=[], metavar="FLAGS", help="more flags for clang, as a shell would split them"
    )
    parser.add_argument("--debug", action="store_true", help="assembly in the header, statistics on stderr")
    parser.add_argument("--llvm", help="clang to use: a path or a major version")
    cache = os.environ.get("JIT_STENCIL_CACHE") or None
    parser.add_argument(
        "--cache", type=Path, default=cache, metavar="DIR", help="keep what was compiled here (default: $JIT_STENCIL_CACHE, or nowhere)"
    )
    parser.add_argument("--depfile", type=Path, help="write make dependencies here")
    return parser.parse_args(joined(arguments))


def options_of(given: argparse.Namespace) -> Options:
    """What the command line asks for."""
    cflags = tuple(toolchain.split_flags(" ".join(given.cflags)))
    return Options(
        given.host, given.source, tuple(given.include), cflags, given.debug, given.llvm, given.primitives, cache=given.cache
    )


def parse(arguments: Sequence[str]) -> Options:
    """What a command line asks for."""
    return options_of(read_arguments(arguments))


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    given = read_arguments(sys.argv[1:] if arguments is None else arguments)
    options = options_of(given)
    try:
        tables, target, needs = build(options)
        replace(given.output, stencil_header.write_header(tables, target, given.debug))
        if given.depfile:
            here = Path(__file__).resolve().parent
            own = sorted(str(here / f"{name}.py") for name in sys.modules if MODULES.match(name))
            replace(given.depfile, depfile(given.output, [*needs, *own, str(Path(__file__).resolve())]))
        if given.debug:
            print(statistics(tables), file=sys.stderr)
    except FAILURES as error:
        if isinstance(error, toolchain.ToolchainError) and error.messages:
            print(error.messages, file=sys.stderr)
        print(f"stencils: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
