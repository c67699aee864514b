"""The command: one header, the same in every folder, usable from C; clear errors and nothing half-made."""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import stencils
from targets import COMMON_FLAGS, TARGETS, Target
from toolchain import find_clang

TOOL = Path(stencils.__file__)
SOURCE = """
#include "helper.h"
typedef __attribute__((preserve_none)) long code(long, long);
extern code _JIT_CONTINUE, _JIT_EXIT;
extern char _JIT_OPARG, _JIT_EXTRA;
extern char _JIT_OPERAND[];
extern long number_of(const char *);
extern int access(const char *, int);
extern int puts(const char *);
#define TAIL __attribute__((musttail)) return
__attribute__((preserve_none)) long _JIT_STENCIL_ADD(long x, long y)
{
    TAIL _JIT_CONTINUE(x + (int)(long)&_JIT_OPARG + (int)(long)&_JIT_EXTRA, y);
}
__attribute__((preserve_none)) long _JIT_STENCIL_PARSE(long x, long y)
{
    long found = number_of(NUMBER);
    if (__builtin_expect(found != 1234 || access(__FILE__, 0) == 0, 0)) { puts(__FILE__); puts(HEADER_FILE); TAIL _JIT_EXIT(x, y); }
    TAIL _JIT_CONTINUE(x + found, y);
}
__attribute__((preserve_none)) long _JIT_STENCIL_END(long x, long y) { return x + (long)_JIT_OPERAND; }
long _JIT_SHIM(code *start, long x) { long y; return start(x, y); }
"""
HEADER = """
#define NUMBER "1234"
#define HEADER_FILE header_file()
static inline const char *header_file(void) { return __FILE__; }
"""
# A loader as small as it can be: everything within reach, so that no veneer is needed but for the C library.
LOADER = r"""
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "jit_stencils.h"

static uint8_t *memory, *end;
long number_of(const char *text) { return atol(text); }

static void fill(uint8_t *at, const struct jit_hole *hole, uint8_t *hot, uint8_t *cold, const uint64_t *named)
{
    uint64_t value;
    switch (hole->value) {
    case JIT_HV_SYMBOL: value = (uint64_t)jit_symbols[hole->argument]; break;
    case JIT_HV_RODATA: value = (uint64_t)jit_rodata + hole->argument; break;
    case JIT_HV_HOT: value = (uint64_t)hot + hole->argument; break;
    case JIT_HV_COLD: value = (uint64_t)cold + hole->argument; break;
    default: value = named[hole->value] + hole->argument;
    }
    uint32_t low = (uint32_t)value;
    switch (hole->kind) {
    case JIT_REL_X86_64_64: memcpy(at, &value, 8); return;
    case JIT_REL_X86_64_32: case JIT_REL_X86_64_32S: memcpy(at, &low, 4); return;
    case JIT_REL_X86_64_BRANCH32: {
        int64_t far = (int64_t)(value - ((uint64_t)at + 4));
        if (far != (int32_t)far) {
            memcpy(end, "\xff\x25\0\0\0\0", 6);
            memcpy(end + 6, &value, 8);
            value = (uint64_t)end;
            end += 14;
        }
    }   /* fall through */
    default: low = (uint32_t)(value - ((uint64_t)at + 4)); memcpy(at, &low, 4);
    }
}

static void *load(int count, const int *ids, uint64_t named[][JIT_HV_NAMED_COUNT])
{
    uint8_t *hot[8], *cold[8], *start = end;
    for (int i = 0; i < count; i++) {
        hot[i] = end;
        end += jit_stencil(ids[i])->hot_size;
    }
    for (int i = 0; i < count; i++) {
        cold[i] = end;
        end += jit_stencil(ids[i])->cold_size;
        jit_stencil_copy(ids[i], hot[i], cold[i]);
    }
    for (int i = 0; i < count; i++) {
        const struct jit_stencil *s = jit_stencil(ids[i]);
        const struct jit_hole_list *list = &jit_hole_lists[s->holes];
        const struct jit_hole *hole = &jit_holes[list->first];
        named[i][JIT_HV_CONTINUE] = (uint64_t)hot[i] + s->hot_size;
        for (int n = 0; n < list->hot; n++, hole++) fill(hot[i] + hole->offset, hole, hot[i], cold[i], named[i]);
        for (int n = 0; n < list->cold; n++, hole++) fill(cold[i] + hole->offset, hole, hot[i], cold[i], named[i]);
    }
    return start;
}

int main(void)
{
    memory = end = mmap(0, 65536, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t named[3][JIT_HV_NAMED_COUNT] = {{0}};
    long (*shim)(void *, long) = (long (*)(void *, long))load(1, (int[]){JIT_STENCIL_SHIM}, named);
    named[0][JIT_HV_OPARG] = 5;
    named[0][JIT_HV_EXTRA] = 100;
    named[2][JIT_HV_OPERAND] = 1000000;
    void *trace = load(3, (int[]){JIT_STENCIL_ADD, JIT_STENCIL_PARSE, JIT_STENCIL_END}, named);
    printf("%ld %s %d %s %s\n", shim(trace, 20000), jit_stencil_runs[JIT_STENCIL_PARSE].name, JIT_STENCIL_COUNT,
           jit_hv_names[JIT_HV_EXTRA], JIT_STENCILS_TARGET);
    return sizeof(struct jit_hole) != 8 || sizeof(struct jit_stencil) != 8 || (uintptr_t)jit_rodata % JIT_RODATA_ALIGN;
}
"""


def prepare(folder: Path) -> None:
    """A source and the header that it includes."""
    (folder / "include").mkdir(parents=True)
    (folder / "include" / "helper.h").write_text(HEADER)
    (folder / "source.c").write_text(SOURCE)


def command(folder: Path, *more: str, host: str = "x86_64-pc-linux-gnu") -> subprocess.CompletedProcess[str]:
    """Run the tool as a build does."""
    arguments = ["--host", host, "--source", "source.c", "--output", "out/jit_stencils.h", "--include", "include"]
    return subprocess.run([sys.executable, str(TOOL), *arguments, *more], cwd=folder, capture_output=True, text=True, check=False)


def test_same_bytes_in_another_folder(tmp_path: Path) -> None:
    results = []
    for name in ("one", "another/folder"):
        prepare(tmp_path / name)
        done = command(tmp_path / name, "--debug")
        assert done.returncode == 0, done.stderr
        results.append((tmp_path / name / "out/jit_stencils.h").read_bytes())
    assert results[0] == results[1]
    assert str(tmp_path).encode() not in results[0]
    rodata = bytes(int(word) for word in rodata_of(results[0].decode()))
    assert rodata.split(b"\0")[:2] == [b"1234", b"source.c"]
    assert rodata.split(b"\0")[2] in (b"helper.h", b"include/helper.h")
    assert b"pytest" not in rodata


def rodata_of(header: str) -> list[str]:
    """The numbers of jit_rodata."""
    body = header.split("jit_rodata[", 1)[1].split("{", 1)[1].split("}", 1)[0]
    return body.replace("\n", "").replace(" ", "").split(",")


@pytest.mark.skipif(sys.platform != "linux" or struct.calcsize("P") != 8, reason="runs x86-64 Linux code")
@pytest.mark.parametrize("compiler", [*(name for name in ("gcc", "cc") if shutil.which(name)), "clang"])
@pytest.mark.parametrize(
    "pie", [["-fPIE", "-pie"], ["-fno-pie", "-no-pie"], ["-O2", "-flto", "-Wno-unknown-warning-option", "-Wno-lto-type-mismatch"]]
)
def test_header_works_from_c(tmp_path: Path, compiler: str, pie: list[str]) -> None:
    prepare(tmp_path)
    if compiler == "clang":
        compiler = find_clang().path
    assert command(tmp_path).returncode == 0
    (tmp_path / "main.c").write_text(LOADER)
    warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-const-variable", "-Wno-implicit-fallthrough", "-Wno-sign-compare"]
    subprocess.run([compiler, *warnings, *pie, "-Iout", "main.c", "-o", "main"], cwd=tmp_path, check=True)
    done = subprocess.run(["../main"], cwd=tmp_path / "out", capture_output=True, text=True, check=True)
    assert done.stdout == "1021339 PARSE 4 EXTRA x86_64-linux\n"


def test_unchanged_output_is_not_touched(tmp_path: Path) -> None:
    prepare(tmp_path)
    assert command(tmp_path).returncode == 0
    before = (tmp_path / "out/jit_stencils.h").stat()
    assert command(tmp_path).returncode == 0
    after = (tmp_path / "out/jit_stencils.h").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["jit_stencils.h"]


def test_dependencies(tmp_path: Path) -> None:
    prepare(tmp_path)
    assert command(tmp_path, "--depfile", "out/jit_stencils.d").returncode == 0
    rule = (tmp_path / "out/jit_stencils.d").read_text()
    goal, needs = rule.replace("\\\n", " ").split(":", 1)
    assert goal == "out/jit_stencils.h"
    found = {Path(name).name for name in needs.split()}
    assert found >= {"source.c", "helper.h", "stencils.py", "postprocess.py", "targets.py", "dialect_x86_64.py"}
    assert all((tmp_path / name).exists() for name in needs.split())


@pytest.mark.parametrize("flags", [["--cflags", "-DMORE=1"], ["--cflags=-DMORE=1"], ["--cflags", "-DX '-DMORE=1'"]])
def test_user_flags_reach_clang(tmp_path: Path, flags: list[str]) -> None:
    prepare(tmp_path)
    (tmp_path / "source.c").write_text(SOURCE + "#ifndef MORE\n#error MORE is missing\n#endif\n")
    assert command(tmp_path).returncode == 1
    assert command(tmp_path, *flags).returncode == 0


def test_environment_flags_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    assert command(tmp_path).returncode == 0
    before = (tmp_path / "out/jit_stencils.h").read_bytes()
    for name in ("CFLAGS", "CPPFLAGS", "CCC_OVERRIDE_OPTIONS"):
        monkeypatch.setenv(name, "+-fstack-protector-all +-fcf-protection=full +-O0")
    assert command(tmp_path).returncode == 0
    assert (tmp_path / "out/jit_stencils.h").read_bytes() == before


def test_errors_are_one_line_and_leave_nothing(tmp_path: Path) -> None:
    prepare(tmp_path)
    bad = "static long counter;\n__attribute__((preserve_none)) long _JIT_STENCIL_BAD(long x, long y) { return counter += x; }\n"
    (tmp_path / "source.c").write_text(SOURCE + bad)
    done = command(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("stencils: STENCIL_BAD: refers to writable data")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_compiler_errors_name_the_source_line(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "source.c").write_text(SOURCE + "int broken(void) { return nonsense; }\n")
    done = command(tmp_path)
    line = (SOURCE + "int").count("\n") + 1
    assert f"source.c:{line}:" in done.stderr
    assert done.stderr.endswith("stencils: clang could not compile the stencils (exit status 1)\n")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--llvm", "18"], "LLVM version '18' asked for"),
        (["--llvm", "/nonexistent/clang"], "no clang 19 or newer. Looked for: /nonexistent/clang (not found)"),
        (["--host", "sparc-sun-solaris2"], "no JIT stencils for host 'sparc-sun-solaris2'"),
        (["--source", "missing.c"], "missing.c"),
    ],
)
def test_usage_errors(tmp_path: Path, more: list[str], message: str) -> None:
    prepare(tmp_path)
    done = command(tmp_path, *more)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_no_stencils_is_an_error(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "source.c").write_text("int nothing;\n")
    assert "no function _JIT_STENCIL_" in command(tmp_path).stderr


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_flag_has_a_reason_and_is_understood(tmp_path: Path, target: Target) -> None:
    """Clang knows all flags (none is dropped with a warning), and each row of the table says why it is there."""
    (tmp_path / "empty.c").write_text("int x;\n")
    flags = [word for word in target.arguments() if not word.startswith("-Wno")]
    clang = find_clang()
    done = subprocess.run(
        [clang.path, *flags, "-Wno-unused-command-line-argument", "-Werror", "-S", "empty.c", "-o", "empty.s"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(len(flag.why.split()) > 1 or flag.why == "likewise" for flag in (*target.flags, *COMMON_FLAGS))
