"""What is said of programs for macOS: of small ones that are right, and of the same with something wrong."""

import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import macos_image
import macos_sdk
import pytest
from images import ImageError
from macos_image import Expected, Image, problems
from support import UserError

SYSTEM = "/usr/lib/libSystem.B.dylib"
STUB = macos_sdk.STUB.format(path=SYSTEM, version="1", symbols="_puts, dyld_stub_binder, " + ", ".join(macos_image.JIT_IMPORTS))
STENCILS = bytes(range(1, 200))
HEADER = "static const uint8_t jit_code[] = {\n    /* A: * 0x11 */\n" + ",".join(map(str, STENCILS)) + ",\n};\n"
PROGRAM = (
    "".join(f"void {name[1:]}(void) {{}}\n" for name in macos_image.JIT_SYMBOLS)
    + "".join(f"void {name[1:]}(void);\n" for name in macos_image.JIT_IMPORTS)
    + HEADER.replace("static const uint8_t", "__attribute__((used)) static const unsigned char")
    + f"int main(void) {{ {''.join(f'{name[1:]}(); ' for name in macos_image.JIT_IMPORTS)} return 0; }}\n"
)
MODULE = "void PyErr_Clear(void); int puts(const char *); void PyInit_a(void) { PyErr_Clear(); puts(0); }\n"
STUBS = {SYSTEM: frozenset({"_puts", "dyld_stub_binder", *macos_image.JIT_IMPORTS})}
needs_linker = pytest.mark.skipif(not (shutil.which("clang-19") and shutil.which("ld64.lld-19")), reason="no clang-19 and lld-19")


def link(folder: Path, arch: str, text: str, *flags: str, oldest: str = "11.0") -> bytes:
    """A linked file; the libraries are stubs in the folder."""
    folder.mkdir(exist_ok=True)
    (folder / "main.c").write_text(text)
    (folder / "libSystem.tbd").write_text(STUB)
    command = ["clang-19", f"--target={macos_sdk.ARCHITECTURES[arch]}-apple-macos{oldest}", "-nostdlib", "-L.", "-fuse-ld=lld-19"]
    command += ["-mlinker-version=711", "-w", "main.c", "-o", "out", *flags]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "out").read_bytes()


def expected(arch: str) -> Expected:
    """What the files above are held to."""
    return Expected(arch, STUBS, frozenset({"_PyErr_Clear"}), STENCILS)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One for each architecture."""
    return {arch: link(tmp_path_factory.mktemp(arch), arch, PROGRAM, "-lSystem") for arch in macos_sdk.ARCHITECTURES}


def said(data: bytes, wanted: Expected) -> str:
    """All problems, in lines."""
    return "\n".join(problems(Image.read("a", data), wanted))


@needs_linker
@pytest.mark.parametrize("arch", macos_sdk.ARCHITECTURES)
def test_what_is_right(arch: str, programs: dict[str, bytes], tmp_path: Path) -> None:
    assert said(programs[arch], expected(arch)) == ""
    module = link(tmp_path, arch, MODULE, "-bundle", "-Wl,-undefined,dynamic_lookup", "-lSystem")
    assert said(module, expected(arch)) == ""


@needs_linker
def test_another_processor(programs: dict[str, bytes]) -> None:
    assert "is for the processor 0x1000007, not aarch64" in said(programs["x86_64"], expected("aarch64"))
    assert "is not signed" in said(programs["x86_64"], expected("aarch64"))


@needs_linker
def test_symbols(programs: dict[str, bytes], tmp_path: Path) -> None:
    less = replace(expected("aarch64"), stubs={SYSTEM: STUBS[SYSTEM] - {"_sys_icache_invalidate"}})
    assert said(programs["aarch64"], less) == f"wants _sys_icache_invalidate, which {SYSTEM} does not have"
    assert f"needs {SYSTEM}, of which the SDK has no stub" in said(programs["aarch64"], replace(less, stubs={}))
    module = link(tmp_path / "module", "aarch64", MODULE, "-bundle", "-Wl,-undefined,dynamic_lookup", "-lSystem")
    other = replace(expected("aarch64"), exported=frozenset({"_PyErr_Print"}))
    assert said(module, other) == "wants _PyErr_Clear, which python does not have"
    text = "void nowhere(void);\n" + PROGRAM.replace("return 0", "nowhere(); return 0")
    wild = link(tmp_path / "wild", "aarch64", text, "-Wl,-undefined,dynamic_lookup", "-lSystem")
    assert said(wild, expected("aarch64")) == "wants _nowhere, which python does not have"


@needs_linker
def test_another_library(tmp_path: Path) -> None:
    (tmp_path / "libother.tbd").write_text(macos_sdk.STUB.format(path="/opt/lib/libother.dylib", version="1", symbols="_puts"))
    module = link(tmp_path, "x86_64", MODULE, "-bundle", "-Wl,-undefined,dynamic_lookup", "-lother")
    assert "needs /opt/lib/libother.dylib, which is not the system's" in said(module, expected("x86_64"))


@needs_linker
def test_another_version(tmp_path: Path) -> None:
    data = link(tmp_path, "aarch64", PROGRAM, "-lSystem", oldest="12.0")
    assert said(data, expected("aarch64")) == "is for platform and version (1, (12, 0)), not for macOS 11.0"


@needs_linker
def test_the_jit(tmp_path: Path, programs: dict[str, bytes]) -> None:
    assert said(programs["aarch64"], replace(expected("aarch64"), stencils=b"")) == "does not hold the stencils of jit_stencils.h"
    assert said(programs["aarch64"], replace(expected("aarch64"), stencils=STENCILS[::-1])) == "does not hold the stencils of jit_stencils.h"
    text = PROGRAM.replace("void jit_emit(void)", "void jit_admit(void)").replace("__register_frame(); ", "")
    data = link(tmp_path, "aarch64", text, "-lSystem")
    assert said(data, expected("aarch64")) == "has no _jit_emit\ndoes not call ___register_frame"


@needs_linker
def test_the_signature(programs: dict[str, bytes]) -> None:
    data = programs["aarch64"]
    image = Image.read("a", data)
    assert image.signature is not None
    at = data.index(STENCILS)
    # (The bytes are not those of the header any more, either.)
    assert f"has a signature that is wrong for page {at // 4096}" in said(data[:at] + b"\xff" + data[at + 1 :], expected("aarch64"))
    start, size = image.signature
    assert "has a damaged signature" in said(data[:start], expected("aarch64"))
    assert "without a code directory" in said(data[:start] + bytes(size), expected("aarch64"))
    place = data.index(struct.pack(">I", macos_image.CODE_DIRECTORY), start)
    assert "not ad hoc" in said(data[: place + 12] + bytes(4) + data[place + 16 :], expected("aarch64"))
    slots = struct.unpack_from(">I", data, place + 28)[0]
    fewer = data[: place + 28] + struct.pack(">I", slots - 1) + data[place + 32 :]
    assert f"has a signature of {slots - 1} pages" in said(fewer, expected("aarch64"))


@needs_linker
def test_segments(programs: dict[str, bytes]) -> None:
    data = programs["x86_64"]
    at = data.index(b"__TEXT\0")
    writable = data[: at + 16 + 36] + struct.pack("<I", 7) + data[at + 16 + 40 :]
    assert said(writable, expected("x86_64")) == "has the segment __TEXT writable and executable"
    moved = data[: at + 16] + struct.pack("<Q", 0x1_0000_0800) + data[at + 24 :]
    assert "has the segment __TEXT at 0x100000800" in said(moved, expected("x86_64"))
    flags = data[:24] + struct.pack("<I", 0) + data[28:]
    assert said(flags, expected("x86_64")) == "has the flags 0x0: without two-level names, or position dependent"
    assert "but of kind 6" in said(data[:12] + struct.pack("<I", 6) + data[16:], expected("x86_64"))


def test_no_image() -> None:
    for data in (b"", b"\x7fELF" + bytes(60)):
        with pytest.raises(ImageError, match="is no Mach-O file"):
            Image.read("a", data)
    for size in (0, 100):
        command = struct.pack("<8I", macos_image.MAGIC, 0, 0, 2, 1, 100, 0, 0) + struct.pack("<2I", macos_image.SYMTAB, size)
        with pytest.raises(ImageError, match="is damaged"):
            Image.read("a", command)


@needs_linker
def test_a_build(tmp_path: Path, programs: dict[str, bytes]) -> None:
    build, sdk = tmp_path / "build", tmp_path / "sdk"
    sdk.mkdir()
    with pytest.raises(UserError, match="python is not there; build it with ci/build --target aarch64-darwin"):
        macos_image.check(build, sdk, "aarch64-darwin")
    modules = build / "build" / "lib.macosx-11.0-arm64-3.13"
    modules.mkdir(parents=True)
    (build / "python").write_bytes(programs["aarch64"])
    (build / "jit_stencils.h").write_text(HEADER)
    with pytest.raises(UserError, match="holds no stubs"):
        macos_image.check(build, sdk, "aarch64-darwin")
    (sdk / "libSystem.tbd").write_text(STUB)
    (modules / "a.so").write_bytes(b"nothing")
    assert macos_image.check(build, sdk, "aarch64-darwin") == {"python": [], "a.so": ["is no Mach-O file for 64 bits"]}


def test_stubs(tmp_path: Path) -> None:
    (tmp_path / "a.tbd").write_text(STUB)
    assert macos_image.read_stub(tmp_path / "a.tbd") == (SYSTEM, STUBS[SYSTEM])
    (tmp_path / "b.tbd").write_text("nothing")
    with pytest.raises(UserError, match="no stub of a library"):
        macos_image.read_stub(tmp_path / "b.tbd")
