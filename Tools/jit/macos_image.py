"""Looks at programs and modules that were linked for macOS, which nothing here runs.

    macos_image.py --build FOLDER --sdk FOLDER --target TARGET

FOLDER of --build is where make left python and its modules.  Checked of each file, by its load commands, symbols and bytes:

- architecture, kind, oldest macOS, position independence;
- segments begin at multiples of the system's pages, and none is writable and executable;
- libraries are the system's, and each undefined symbol is one of the library that it names (by the SDK's stubs), or,
  in a module, of python;
- on ARM, where nothing runs unsigned, the ad-hoc signature: the digest of each page is right;
- python holds the JIT: its functions, and the bytes of jit_stencils.h.

The formats are in <mach-o/loader.h>, <mach-o/nlist.h> and <kern/cs_blobs.h>.
"""

import hashlib
import re
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from images import ImageError, Look, main, stencil_code
from support import UserError, main_wrapper

MAGIC = 0xFEEDFACF
CPU = {"x86_64": 0x0100_0007, "aarch64": 0x0100_000C}
PAGE = {"x86_64": 0x1000, "aarch64": 0x4000}
EXECUTE, BUNDLE = 2, 8
NAMES_OF_KINDS = {EXECUTE: "a program", BUNDLE: "a module"}
TWO_LEVEL, PIE = 0x80, 0x20_0000
SYMTAB, SEGMENT, LOAD_DYLIB, LOAD_WEAK_DYLIB, CODE_SIGNATURE, BUILD_VERSION = 0x2, 0x19, 0xC, 0x8000_0018, 0x1D, 0x32
WRITE, EXEC = 2, 4
DEBUGGING, KIND, EXTERNAL, SECTION = 0xE0, 0x0E, 1, 0x0E
DYNAMIC_LOOKUP, MAIN_EXECUTABLE = 0xFE, 0xFF
MACOS, OLDEST = 1, (11, 0)
SYSTEM = ("/usr/lib/", "/System/Library/")
EMBEDDED_SIGNATURE, CODE_DIRECTORY, SHA256, AD_HOC = 0xFADE_0CC0, 0xFADE_0C02, 2, 2
# Without one of these in it, python has no JIT.
JIT_SYMBOLS = ("__PyJIT_Run", "__PyJIT_Init", "_jit_emit", "_jit_memory_write", "_jit_pages_protect", "_jit_unwind_add")
JIT_IMPORTS = ("_pthread_jit_write_protect_np", "_sys_icache_invalidate", "___register_frame")


@dataclass(frozen=True)
class Symbol:
    """Name, whether it is defined, whether others see it, and of an undefined one where it is to be found."""

    name: str
    defined: bool
    external: bool
    library: int


@dataclass(frozen=True)
class Segment:
    """Where it is in memory, and its first protection."""

    name: str
    address: int
    size: int
    protection: int


@dataclass
class Image:
    """A Mach-O file for 64 bits."""

    name: str
    data: bytes
    cpu: int = 0
    kind: int = 0
    flags: int = 0
    segments: list[Segment] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    platform: tuple[int, tuple[int, int]] | None = None
    signature: tuple[int, int] | None = None
    symbols: list[Symbol] = field(default_factory=list)

    @staticmethod
    def read(name: str, data: bytes) -> "Image":
        """Parse a file; ImageError."""
        image = Image(name, data)
        try:
            image.parse()
        except (struct.error, IndexError, UnicodeDecodeError) as error:
            raise ImageError(f"is damaged: {error}") from None
        return image

    def parse(self) -> None:
        """Header, load commands and symbols."""
        if len(self.data) < 32 or struct.unpack_from("<I", self.data)[0] != MAGIC:
            raise ImageError("is no Mach-O file for 64 bits")
        self.cpu, _, self.kind, count, _, self.flags = struct.unpack_from("<6I", self.data, 4)
        place = 32
        for _ in range(count):
            command, size = struct.unpack_from("<2I", self.data, place)
            if size < 8:
                raise ImageError(f"is damaged: a load command of {size} bytes")
            self.command(command, place)
            place += size

    def command(self, command: int, place: int) -> None:
        """One load command."""
        if command == SEGMENT:
            raw, address, size, _, _, _, protection = struct.unpack_from("<16s4Q2I", self.data, place + 8)
            self.segments.append(Segment(raw.rstrip(b"\0").decode(), address, size, protection))
        elif command in (LOAD_DYLIB, LOAD_WEAK_DYLIB):
            start = place + struct.unpack_from("<I", self.data, place + 8)[0]
            self.libraries.append(self.string(start))
        elif command == BUILD_VERSION:
            platform, oldest = struct.unpack_from("<2I", self.data, place + 8)
            self.platform = platform, (oldest >> 16, oldest >> 8 & 0xFF)
        elif command == CODE_SIGNATURE:
            offset, size = struct.unpack_from("<2I", self.data, place + 8)
            self.signature = offset, size
        elif command == SYMTAB:
            offset, count, strings, _ = struct.unpack_from("<4I", self.data, place + 8)
            for index in range(count):
                name, kind, _, description, _ = struct.unpack_from("<I2BHQ", self.data, offset + 16 * index)
                if not kind & DEBUGGING:
                    symbol = Symbol(self.string(strings + name), kind & KIND != 0, bool(kind & EXTERNAL), description >> 8)
                    self.symbols.append(symbol)

    def string(self, start: int) -> str:
        """Up to the next zero."""
        return self.data[start : self.data.index(b"\0", start)].decode()

    @cached_property
    def defined(self) -> frozenset[str]:
        """Symbols that it has."""
        return frozenset(each.name for each in self.symbols if each.defined)

    @property
    def undefined(self) -> list[Symbol]:
        """Symbols that it wants."""
        return [each for each in self.symbols if not each.defined]


@dataclass(frozen=True)
class Expected:
    """What images are held to."""

    arch: str
    stubs: Mapping[str, frozenset[str]]  # of the system's libraries, by install name
    exported: frozenset[str] = frozenset()  # by python, for its modules
    stencils: bytes = b""  # that python must have in it


def problems(image: Image, expected: Expected) -> Iterator[str]:
    """What is wrong with an image, one line each."""
    if image.cpu != CPU[expected.arch]:
        yield f"is for the processor {image.cpu:#x}, not {expected.arch}"
    if image.kind not in NAMES_OF_KINDS:
        yield f"is neither a program nor a module, but of kind {image.kind}"
    if not image.flags & TWO_LEVEL or (image.kind == EXECUTE and not image.flags & PIE):
        yield f"has the flags {image.flags:#x}: without two-level names, or position dependent"
    if image.platform != (MACOS, OLDEST):
        yield f"is for platform and version {image.platform}, not for macOS {OLDEST[0]}.{OLDEST[1]}"
    for segment in image.segments:
        if segment.address % PAGE[expected.arch]:
            yield f"has the segment {segment.name} at {segment.address:#x}, where no page of {PAGE[expected.arch]:#x} bytes begins"
        if segment.protection & WRITE and segment.protection & EXEC:
            yield f"has the segment {segment.name} writable and executable"
    yield from symbol_problems(image, expected)
    if image.signature is not None or expected.arch == "aarch64":
        yield from signature_problems(image)
    if image.kind == EXECUTE:
        yield from jit_problems(image, expected)


def symbol_problems(image: Image, expected: Expected) -> Iterator[str]:
    """Libraries and what is wanted of them."""
    for library in image.libraries:
        if not library.startswith(SYSTEM):
            yield f"needs {library}, which is not the system's"
        elif library not in expected.stubs:
            yield f"needs {library}, of which the SDK has no stub"
    for symbol in image.undefined:
        if symbol.library in (DYNAMIC_LOOKUP, MAIN_EXECUTABLE):
            if image.kind == EXECUTE or symbol.name not in expected.exported:
                yield f"wants {symbol.name}, which python does not have"
        elif not 1 <= symbol.library <= len(image.libraries):
            yield f"wants {symbol.name} of a library {symbol.library} that it does not name"
        elif symbol.name not in expected.stubs.get(image.libraries[symbol.library - 1], frozenset()):
            yield f"wants {symbol.name}, which {image.libraries[symbol.library - 1]} does not have"


def signature_problems(image: Image) -> Iterator[str]:
    """The code directory of an ad-hoc signature has the digest of each page up to where the signature begins."""
    if image.signature is None:
        yield "is not signed, so no Mac with an ARM processor runs it"
        return
    start, size = image.signature
    blob = image.data[start : start + size]
    try:
        magic, _, count = struct.unpack_from(">3I", blob)
        offsets = [struct.unpack_from(">2I", blob, 12 + 8 * index)[1] for index in range(count)]
        found = [each for each in offsets if struct.unpack_from(">I", blob, each)[0] == CODE_DIRECTORY]
        if magic != EMBEDDED_SIGNATURE or not found:
            yield "has a signature without a code directory"
            return
        directory = blob[found[0] :]
        fields = struct.unpack_from(">9I4BI", directory)
        flags, hashes, slots, limit = fields[3], fields[4], fields[7], fields[8]
        length, kind, page = fields[9], fields[10], 1 << fields[12]
    except struct.error:
        yield "has a damaged signature"
        return
    if not flags & AD_HOC or kind != SHA256 or length != 32:
        yield f"is signed by flags {flags:#x}, digests of kind {kind}: not ad hoc with SHA-256"
    if limit != start or slots != (limit + page - 1) // page:
        yield f"has a signature of {slots} pages and {limit} bytes, where {start} bytes come before it"
        return
    for slot in range(slots):
        part = image.data[slot * page : min((slot + 1) * page, limit)]
        if hashlib.sha256(part).digest() != directory[hashes + 32 * slot : hashes + 32 * (slot + 1)]:
            yield f"has a signature that is wrong for page {slot}"


def jit_problems(image: Image, expected: Expected) -> Iterator[str]:
    """The JIT is in it."""
    wanted = {each.name for each in image.undefined}
    for name in JIT_SYMBOLS:
        if name not in image.defined:
            yield f"has no {name}"
    for name in JIT_IMPORTS:
        if name not in wanted:
            yield f"does not call {name}"
    if not expected.stencils or expected.stencils not in image.data:
        yield "does not hold the stencils of jit_stencils.h"


def read_stub(path: Path) -> tuple[str, frozenset[str]]:
    """The install name and all symbols of a text stub."""
    text = path.read_text("utf-8")
    name = re.search(r"^install-name:\s*'?([^'\s]+)", text, re.MULTILINE)
    if name is None:
        raise UserError(f"{path} is no stub of a library")
    return name[1], frozenset(re.findall(r"(?<![\w$./])(?:_[\w$.]+|dyld_stub_binder\b)", text))


def check(build: Path, sdk: Path, target: str) -> dict[str, list[str]]:
    """The problems of each file of a build, by its name in it; UserError when there is no build."""
    arch = target.partition("-")[0]
    python = build / "python"
    if not python.is_file():
        raise UserError(f"{python} is not there; build it with ci/build --target {target}")
    stubs = dict(read_stub(path) for path in sorted(sdk.rglob("*.tbd")) if not path.is_symlink())
    if not stubs:
        raise UserError(f"{sdk} holds no stubs of libraries; make it with ci/build --target {target}")
    code = stencil_code(build)
    found = {}
    exported: frozenset[str] = frozenset()
    for path in (python, *sorted(build.glob("build/lib.*/*.so"))):
        try:
            image = Image.read(path.name, path.read_bytes())
            if path == python:
                exported = image.defined
            found[path.name] = list(problems(image, Expected(arch, stubs, exported, code)))
        except ImageError as error:
            found[path.name] = [str(error)]
    return found


LOOK = Look("darwin", CPU, "sdk", check)


if __name__ == "__main__":
    sys.exit(main_wrapper(partial(main, LOOK, __doc__)))
