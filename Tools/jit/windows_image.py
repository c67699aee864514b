"""Looks at programs, libraries and modules that were linked for Windows, also where nothing runs them.

    windows_image.py --build FOLDER --definitions FOLDER --target TARGET

FOLDER of --build is where Meson left python.exe, python313.dll and the modules; that of --definitions has the lists of what
the system's libraries export, as mingw-w64 carries them.  Checked of each file, by its headers and tables:

- processor, loadable at any address, data not executable; no section is writable and executable;
- the table by which the system unwinds is there, and sorted, since it is searched by halves;
- it has a resource with its version;
- each library that it imports from is the system's or one of the build, and exports what is wanted;
- the modules are there that need libraries which ci/targets/windows-libraries makes;
- a module exports its PyInit function, and what python3.dll passes on is in python313.dll;
- python313.dll has the functions of the C library that it has when Microsoft's compiler makes it;
- it holds the JIT: the functions of the system that it takes, and the bytes of jit_stencils.h.

The format is in "PE Format" of Microsoft's documentation.
"""

import re
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from images import ImageError, Look, main, stencil_code
from support import UserError, main_wrapper

MACHINE = {"x86_64": 0x8664, "aarch64": 0xAA64}
ENTRY = {"x86_64": 12, "aarch64": 8}  # bytes of a function in the table for unwinding
PE32_PLUS = 0x20B
EXPORTS, IMPORTS, RESOURCES, EXCEPTIONS, RELOCATIONS = 0, 1, 2, 3, 5
HIGH_ENTROPY, DYNAMIC_BASE, NX_COMPATIBLE = 0x20, 0x40, 0x100
WRITE, EXECUTE = 0x8000_0000, 0x2000_0000
BY_NUMBER = 1 << 63
# Sets of functions of the Universal CRT and of the system's libraries, by names that are no files.
SETS = re.compile(r"api-ms-win-[\w-]+\.dll")
PYTHON, STABLE = "python313.dll", "python3.dll"
# What python3.dll passes on though only other builds have it: debug builds, and those for 32 bits.
OF_OTHER_BUILDS = ("PyOS_CheckStack", "_Py_NegativeRefcount", "_Py_RefTotal")
# The base gives these none.
WITHOUT_RESOURCES = ("xxlimited.pyd", "xxlimited_35.pyd")
# Modules that Meson leaves out where their libraries are not there.
WITH_LIBRARIES = ("_bz2.pyd", "_ctypes.pyd", "_hashlib.pyd", "_lzma.pyd", "_sqlite3.pyd", "_ssl.pyd")
# What the JIT asks the system for.
JIT_IMPORTS = ("VirtualAlloc", "VirtualProtect", "FlushInstructionCache", "RtlAddFunctionTable", "RtlDeleteFunctionTable")
# What the base asks the C library for where it knows the compiler: in posixmodule.c, and against the end of the process by
# what only Microsoft's C library takes for a mistake.
CRT_IMPORTS = ("_wsystem", "_cwait", "_wspawnv", "_wexecv", "_commit", "_set_thread_local_invalid_parameter_handler")


@dataclass(frozen=True)
class Section:
    """Where it is in memory and in the file, and what its pages allow."""

    name: str
    address: int
    size: int
    offset: int
    flags: int


@dataclass
class Image:
    """A PE file for 64 bits."""

    name: str
    data: bytes
    machine: int = 0
    flags: int = 0
    sections: list[Section] = field(default_factory=list)
    tables: list[tuple[int, int]] = field(default_factory=list)  # addresses and sizes
    imports: list[tuple[str, str]] = field(default_factory=list)  # library and symbol
    exports: dict[str, str] = field(default_factory=dict)  # what another library has: its name, a dot, the symbol; else ""

    @staticmethod
    def read(name: str, data: bytes) -> "Image":
        """Parse a file; ImageError."""
        image = Image(name, data)
        try:
            image.parse()
        except (struct.error, IndexError, ValueError) as error:
            raise ImageError(f"is damaged: {error}") from None
        return image

    def parse(self) -> None:
        """Headers and tables."""
        start = struct.unpack_from("<I", self.data, 0x3C)[0] if self.data[:2] == b"MZ" and len(self.data) >= 0x40 else len(self.data)
        if self.data[start : start + 4] != b"PE\0\0" or struct.unpack_from("<H", self.data, start + 24)[0] != PE32_PLUS:
            raise ImageError("is no PE file for 64 bits")
        self.machine, count, _, _, _, size, _ = struct.unpack_from("<2H3I2H", self.data, start + 4)
        optional = start + 24
        self.flags = struct.unpack_from("<H", self.data, optional + 70)[0]
        number = struct.unpack_from("<I", self.data, optional + 108)[0]
        self.tables = [struct.unpack_from("<2I", self.data, optional + 112 + 8 * index) for index in range(number)]
        for index in range(count):
            name, _, address, length, offset, flags = struct.unpack_from("<8s4I12xI", self.data, optional + size + 40 * index)
            self.sections.append(Section(name.rstrip(b"\0").decode(), address, length, offset, flags))
        self.read_exports()
        self.read_imports()

    def table(self, index: int) -> tuple[int, int]:
        """Address and size of a table, zeros if there is none."""
        return self.tables[index] if index < len(self.tables) else (0, 0)

    def place(self, address: int) -> int:
        """Where in the file something is that has this address in memory."""
        for section in self.sections:
            if section.address <= address < section.address + section.size:
                return section.offset + address - section.address
        raise ImageError(f"is damaged: there is nothing at {address:#x}")

    def string(self, address: int) -> str:
        """Up to the next zero."""
        start = self.place(address)
        return self.data[start : self.data.index(b"\0", start)].decode()

    def read_exports(self) -> None:
        """The names that others can use."""
        address, size = self.table(EXPORTS)
        if not address:
            return
        _, names, functions, name_table, numbers = struct.unpack_from("<5I", self.data, self.place(address) + 20)
        for index in range(names):
            name = self.string(struct.unpack_from("<I", self.data, self.place(name_table + 4 * index))[0])
            number = struct.unpack_from("<H", self.data, self.place(numbers + 2 * index))[0]
            function = struct.unpack_from("<I", self.data, self.place(functions + 4 * number))[0]
            self.exports[name] = self.string(function) if address <= function < address + size else ""

    def read_imports(self) -> None:
        """What it wants, and of whom."""
        address, _ = self.table(IMPORTS)
        while address:
            lookup, _, _, name, places = struct.unpack_from("<5I", self.data, self.place(address))
            if not name:
                return
            library = self.string(name).lower()
            entry = lookup or places
            while value := struct.unpack_from("<Q", self.data, self.place(entry))[0]:
                self.imports.append((library, f"#{value & 0xFFFF}" if value & BY_NUMBER else self.string(value + 2)))
                entry += 8
            address += 20


@dataclass(frozen=True)
class Expected:
    """What images are held to."""

    arch: str
    system: Mapping[str, frozenset[str]]  # of the system's libraries, by name in lower case
    built: Mapping[str, frozenset[str]]  # the same of the build's
    stencils: bytes = b""  # that python313.dll must have in it


def problems(image: Image, expected: Expected) -> Iterator[str]:
    """What is wrong with an image, one line each."""
    if image.machine != MACHINE[expected.arch]:
        yield f"is for the processor {image.machine:#x}, not {expected.arch}"
    wanted = HIGH_ENTROPY | DYNAMIC_BASE | NX_COMPATIBLE
    if image.flags & wanted != wanted or not image.table(RELOCATIONS)[1]:
        yield f"has the flags {image.flags:#x}: not for any address, or with data that can be executed"
    for section in image.sections:
        if section.flags & WRITE and section.flags & EXECUTE:
            yield f"has the section {section.name} writable and executable"
    if not image.table(RESOURCES)[1] and image.name not in WITHOUT_RESOURCES:
        yield "has no resource with its version"
    yield from unwind_problems(image, expected)
    yield from import_problems(image, expected)
    yield from export_problems(image, expected)
    if image.name == PYTHON:
        yield from jit_problems(image, expected)


def unwind_problems(image: Image, expected: Expected) -> Iterator[str]:
    """The table of functions is there and sorted."""
    address, size = image.table(EXCEPTIONS)
    entry = ENTRY[expected.arch]
    if not size or size % entry:
        yield f"has a table for unwinding of {size} bytes"
        return
    start = image.place(address)
    begins = [struct.unpack_from("<I", image.data, start + at)[0] for at in range(0, size, entry)]
    if begins != sorted(set(begins)):
        yield "has a table for unwinding that is not sorted"


def import_problems(image: Image, expected: Expected) -> Iterator[str]:
    """Libraries and what is wanted of them."""
    libraries: Mapping[str, frozenset[str]] = {**expected.system, **expected.built}
    unknown = set()
    for library, symbol in image.imports:
        if library not in libraries:
            unknown.add(library)
        elif symbol not in libraries[library] and not symbol.startswith("#"):
            yield f"wants {symbol}, which {library} does not have"
    for library in sorted(unknown):
        yield f"needs {library}, which is neither the system's nor one of the build"


def export_problems(image: Image, expected: Expected) -> Iterator[str]:
    """What a module must export, and what is passed on."""
    stem, _, suffix = image.name.rpartition(".")
    if suffix == "pyd" and f"PyInit_{stem}" not in image.exports:
        yield f"does not export PyInit_{stem}"
    if image.name == STABLE and not image.exports:
        yield "exports nothing"
    for name, goal in image.exports.items():
        library, _, symbol = goal.partition(".")
        if goal and symbol not in OF_OTHER_BUILDS and symbol not in expected.built.get(f"{library.lower()}.dll", frozenset()):
            yield f"passes {name} on to {goal}, which is not there"


def jit_problems(image: Image, expected: Expected) -> Iterator[str]:
    """The JIT is in it."""
    wanted = {symbol for _, symbol in image.imports}
    for name in (*JIT_IMPORTS, *CRT_IMPORTS):
        if name not in wanted:
            yield f"does not call {name}()"
    if not expected.stencils or expected.stencils not in image.data:
        yield "does not hold the stencils of jit_stencils.h"


def read_definitions(folder: Path, arch: str) -> dict[str, frozenset[str]]:
    """What the system's libraries export, by their names: every word of a .def file, which says more than enough."""
    found: dict[str, frozenset[str]] = {}
    for below in ("lib-common", "lib64" if arch == "x86_64" else "libarm64"):
        for path in sorted((folder / below).glob("*.def*")):
            text = path.read_text("utf-8", "replace")
            name = re.search(r'^LIBRARY\s+"?([^"\s]+)', text, re.MULTILINE)
            library = (name[1] if name else path.name.partition(".def")[0]).lower()
            library += "" if "." in library else ".dll"
            found[library] = found.get(library, frozenset()) | frozenset(re.findall(r"[\w$?]+", text))
    return found


def check(build: Path, definitions: Path, target: str) -> dict[str, list[str]]:
    """The problems of each file of a build, by its name in it; UserError when there is no build."""
    arch = target.partition("-")[0]
    if not (build / PYTHON).is_file():
        raise UserError(f"{build / PYTHON} is not there; build it with ci/build --target {target}")
    system = read_definitions(definitions, arch)
    if not system:
        raise UserError(f"{definitions} holds no lists of what libraries export; ci/build --target {target} installs them")
    code = stencil_code(build)
    found = {name: [f"is not there; ci/build --target {target} makes its library"] for name in WITH_LIBRARIES if not (build / name).is_file()}
    images = []
    for path in sorted(path for suffix in ("exe", "dll", "pyd") for path in build.glob(f"*.{suffix}")):
        try:
            images.append(Image.read(path.name, path.read_bytes()))
        except ImageError as error:
            found[path.name] = [str(error)]
    built = {image.name.lower(): frozenset(image.exports) for image in images}
    for image in images:
        try:
            found[image.name] = list(problems(image, Expected(arch, system, built, code)))
        except ImageError as error:
            found[image.name] = [str(error)]
    return found


LOOK = Look("windows", MACHINE, "definitions", check)


if __name__ == "__main__":
    sys.exit(main_wrapper(partial(main, LOOK, __doc__)))
