"""What is said of programs for Windows: of small ones that are right, and of the same with something wrong."""

import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import windows_image
from images import ImageError
from support import UserError
from windows_image import EXCEPTIONS, PYTHON, STABLE, Expected, Image, problems

STENCILS = bytes(range(1, 200))
HEADER = "static const uint8_t jit_code[] = {\n    /* A: * 0x11 */\n" + ",".join(map(str, STENCILS)) + ",\n};\n"
WANTED = (*windows_image.JIT_IMPORTS, *windows_image.CRT_IMPORTS)
CALLS = "".join(f"{name}(); " for name in WANTED)
OWN = "__declspec(dllexport) void *own = &own;\n"  # moves with the image, so there is a table of such places
CORE = (
    OWN
    + "".join(f"__declspec(dllimport) void {name}(void);\n" for name in WANTED)
    + HEADER.replace("static const uint8_t", "__declspec(dllexport) const unsigned char")
    + f"__declspec(dllexport) int Py_Main(int n) {{ {CALLS} return n; }}\n"
    + "__declspec(dllexport) int Py_Other(int n) { return Py_Main(n) + Py_Main(n + 1); }\n"
)
MODULE = f"{OWN}__declspec(dllimport) int Py_Main(int);\n__declspec(dllexport) int PyInit_a(void) {{ return Py_Main(0) + Py_Main(1); }}\n"
SYSTEM = {"kernel32.dll": frozenset(WANTED)}
MACHINES = {"x86_64": "i386:x86-64", "aarch64": "arm64"}
TOOLS = ("clang-19", "lld-link-19", "llvm-dlltool-19", "llvm-rc-19")
pytestmark = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")


def link(folder: Path, arch: str, name: str, text: str, *flags: str) -> bytes:
    """A linked DLL with a resource, which may import from kernel32.dll and python313.dll."""
    folder.mkdir(exist_ok=True)
    (folder / "a.c").write_text(text)
    (folder / "a.rc").write_text('1 RCDATA { "x" }\n')
    for library, symbols in (("kernel32.dll", WANTED), (PYTHON, ("Py_Main", "Py_Wrong"))):
        (folder / "a.def").write_text(f"LIBRARY {library}\nEXPORTS\n" + "\n".join(symbols) + "\n")
        dlltool = ["llvm-dlltool-19", "-m", MACHINES[arch], "-d", "a.def", "-l", f"{library}.lib"]
        subprocess.run(dlltool, cwd=folder, check=True)
    subprocess.run(["llvm-rc-19", "/FO", "a.res", "a.rc"], cwd=folder, check=True)
    subprocess.run(["clang-19", f"--target={arch}-pc-windows-msvc", "-O1", "-w", "-c", "a.c", "-o", "a.obj"], cwd=folder, check=True)
    command = ["lld-link-19", "/dll", "/noentry", "/nodefaultlib", f"/out:{name}", "a.obj", "a.res", "kernel32.dll.lib", *flags]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / name).read_bytes()


def expected(arch: str) -> Expected:
    """What the files are held to."""
    return Expected(arch, SYSTEM, {PYTHON: frozenset({"Py_Main"})}, STENCILS)


def said(name: str, data: bytes, wanted: Expected) -> str:
    """All problems, in lines."""
    return "\n".join(problems(Image.read(name, data), wanted))


@pytest.fixture(scope="module")
def cores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One for each architecture."""
    return {arch: link(tmp_path_factory.mktemp(arch), arch, PYTHON, CORE) for arch in MACHINES}


@pytest.mark.parametrize("arch", MACHINES)
def test_what_is_right(arch: str, cores: dict[str, bytes], tmp_path: Path) -> None:
    assert said(PYTHON, cores[arch], expected(arch)) == ""
    module = link(tmp_path / "module", arch, "a.pyd", MODULE, f"{PYTHON}.lib")
    assert said("a.pyd", module, expected(arch)) == ""
    stable = link(tmp_path / "stable", arch, STABLE, MODULE, f"{PYTHON}.lib", "/export:Py_Main=python313.Py_Main")
    assert said(STABLE, stable, expected(arch)) == ""


def test_another_processor(cores: dict[str, bytes]) -> None:
    assert "is for the processor 0x8664, not aarch64" in said(PYTHON, cores["x86_64"], expected("aarch64"))


def test_symbols(cores: dict[str, bytes], tmp_path: Path) -> None:
    core, wanted = cores["x86_64"], expected("x86_64")
    less = replace(wanted, system={"kernel32.dll": SYSTEM["kernel32.dll"] - {"VirtualProtect"}})
    assert said(PYTHON, core, less) == "wants VirtualProtect, which kernel32.dll does not have"
    assert said(PYTHON, core, replace(wanted, system={})) == "needs kernel32.dll, which is neither the system's nor one of the build"
    wrong = link(tmp_path / "wrong", "x86_64", "b.pyd", MODULE.replace("Py_Main", "Py_Wrong"), f"{PYTHON}.lib")
    assert said("b.pyd", wrong, wanted) == "wants Py_Wrong, which python313.dll does not have\ndoes not export PyInit_b"
    stable = link(tmp_path / "stable", "x86_64", STABLE, MODULE, f"{PYTHON}.lib", "/export:A=python313.B")
    assert said(STABLE, stable, wanted) == "passes A on to python313.B, which is not there"


def test_flags_and_sections(tmp_path: Path) -> None:
    fixed = link(tmp_path / "fixed", "x86_64", "a.pyd", MODULE, f"{PYTHON}.lib", "/dynamicbase:no")
    assert "not for any address" in said("a.pyd", fixed, expected("x86_64"))
    open_ = link(tmp_path / "open", "x86_64", "a.pyd", MODULE, f"{PYTHON}.lib", "/section:.text,erw")
    assert said("a.pyd", open_, expected("x86_64")) == "has the section .text writable and executable"


@pytest.mark.parametrize("arch", MACHINES)
def test_unwinding(arch: str, cores: dict[str, bytes]) -> None:
    core = bytearray(cores[arch])
    image = Image.read(PYTHON, bytes(core))
    address, size = image.table(EXCEPTIONS)
    start, entry = image.place(address), windows_image.ENTRY[arch]
    assert size >= 2 * entry
    first, second = core[start : start + entry], core[start + entry : start + 2 * entry]
    core[start : start + 2 * entry] = second + first
    assert said(PYTHON, bytes(core), expected(arch)) == "has a table for unwinding that is not sorted"


def test_the_jit(cores: dict[str, bytes]) -> None:
    core, wanted = cores["x86_64"], expected("x86_64")
    assert said(PYTHON, core, replace(wanted, stencils=STENCILS[::-1])) == "does not hold the stencils of jit_stencils.h"
    assert said(PYTHON, core, replace(wanted, stencils=b"")) == "does not hold the stencils of jit_stencils.h"
    renamed = core.replace(b"VirtualProtect\0", b"VirtualProtecX\0")
    found = said(PYTHON, renamed, replace(wanted, system={"kernel32.dll": SYSTEM["kernel32.dll"] | {"VirtualProtecX"}}))
    assert found == "does not call VirtualProtect()"


def test_damaged_files(cores: dict[str, bytes]) -> None:
    for data in (b"", b"MZ", b"\x7fELF" + bytes(100), bytes(500)):
        with pytest.raises(ImageError, match="is no PE file for 64 bits"):
            Image.read("a", data)
    core = cores["x86_64"]
    start = struct.unpack_from("<I", core, 0x3C)[0]
    for size in (start + 30, start + 200, len(core) // 4):
        with pytest.raises(ImageError, match="is damaged|is no PE file"):
            Image.read("a", core[:size])


def test_a_folder(cores: dict[str, bytes], tmp_path: Path) -> None:
    definitions = tmp_path / "definitions"
    with pytest.raises(UserError, match="build it with ci/build"):
        windows_image.check(tmp_path, definitions, "x86_64-windows")
    (tmp_path / PYTHON).write_bytes(cores["x86_64"])
    with pytest.raises(UserError, match="no lists of what libraries export"):
        windows_image.check(tmp_path, definitions, "x86_64-windows")
    (definitions / "lib-common").mkdir(parents=True)
    names = "\n".join(f"{name}@8" for name in WANTED)
    (definitions / "lib-common" / "kernel32.def.in").write_text(f'LIBRARY "KERNEL32.dll"\nEXPORTS\n{names}\n')
    (tmp_path / "jit_stencils.h").write_text(HEADER)
    (tmp_path / "a.pyd").write_bytes(b"nothing")
    for name in windows_image.WITH_LIBRARIES:
        (tmp_path / name).write_bytes(link(tmp_path / "module", "x86_64", name, MODULE.replace("PyInit_a", f"PyInit_{name[:-4]}"), f"{PYTHON}.lib"))
    found = windows_image.check(tmp_path, definitions, "x86_64-windows")
    assert found == {"a.pyd": ["is no PE file for 64 bits"], PYTHON: []} | {name: [] for name in windows_image.WITH_LIBRARIES}
    (tmp_path / "_ssl.pyd").unlink()
    found = windows_image.check(tmp_path, definitions, "x86_64-windows")
    assert found["_ssl.pyd"] == ["is not there; ci/build --target x86_64-windows makes its library"]
