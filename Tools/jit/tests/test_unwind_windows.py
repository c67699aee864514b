"""memory.c, pages.c and unwind_windows.c in a program for Windows: does its unwinder get through the shim and a trace?

Needs what ci/build --target x86_64-windows installs: a compiler and wine.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import stencils
from support import REPOSITORY

TREE = REPOSITORY / "tree"
COMPILERS = ("x86_64-windows-cc", "x86_64-w64-mingw32-gcc")  # ci/targets/windows.bash makes the first
SOURCE = """
typedef __attribute__((preserve_none)) long long code(long long (*)(void), long long);
extern code _JIT_CONTINUE;
__attribute__((preserve_none)) long long _JIT_STENCIL_CALL(long long (*called)(void), long long y) { return called() + 1; }
long long _JIT_SHIM(code *start, long long (*called)(void)) { long long y; return start(called, y); }
"""
# Calls the shim with known values in all preserved registers, and looks at them from below.
TESTED = ("memory", "pages", "unwind", "unwind_windows")
GENERAL = ("rbx", "rbp", "rsi", "rdi", "r12", "r13", "r14", "r15")
CALLER = "\n".join(
    [".text", ".globl caller", "caller:", *(f"pushq %{name}" for name in GENERAL), "subq $200, %rsp"]
    + [f"movaps %xmm{n}, {16 * (n - 6) + 32}(%rsp)" for n in range(6, 16)]
    + ["movq %rcx, %rax", "movq %rdx, %rcx", "movq %r8, %rdx"]
    + [line for n in range(6, 16) for line in (f"movl ${2000 + n}, %ebx", f"movq %rbx, %xmm{n}")]
    + [f"movl ${1000 + index}, %{name.replace('r', 'e', 1) if name[1].isalpha() else name + 'd'}" for index, name in enumerate(GENERAL)]
    + ["callq *%rax", ".globl returned", "returned:"]
    + [f"movaps {16 * (n - 6) + 32}(%rsp), %xmm{n}" for n in range(6, 16)]
    + ["addq $200, %rsp", *(f"popq %{name}" for name in reversed(GENERAL)), "retq", ""]
)
PROGRAM = r"""
#include "jit.h"
#include "jit_stencils.h"
#include <windows.h>

static bool refuse;
bool jit_executable_refused(void) { return refuse; }
bool jit_allocation_fails(void) { return false; }
void *PyMem_RawMalloc(size_t size) { return malloc(size); }
void *PyMem_RawCalloc(size_t count, size_t size) { return calloc(count, size); }
void *PyMem_RawRealloc(void *block, size_t size) { return realloc(block, size); }
void PyMem_RawFree(void *block) { free(block); }

static const uint8_t shim_rules[] = JIT_UNWIND_SHIM, trace_rules[] = JIT_UNWIND_TRACE;
const struct jit_unwind_rules jit_unwind_rules = {
    .shim = shim_rules, .shim_size = sizeof(shim_rules), .shim_code_size = JIT_SHIM_SIZE,
    .trace = trace_rules, .trace_size = sizeof(trace_rules),
};

long long caller(void *shim, void *trace, long long (*called)(void));
extern char returned[];

/* How many preserved registers are right where the shim was called; -1 if the way does not lead there. */
static long long
called(void)
{
    CONTEXT context;
    RtlCaptureContext(&context);
    for (int depth = 0; depth < 10; depth++) {
        DWORD64 base, frame;
        void *data;
        if (context.Rip == (uintptr_t)returned) {
            long long right = 0;
            DWORD64 general[] = {context.Rbx, context.Rbp, context.Rsi, context.Rdi, context.R12, context.R13, context.R14, context.R15};
            for (int i = 0; i < 8; i++) right += general[i] == (DWORD64)(1000 + i);
            const M128A *vector = &context.Xmm6;
            for (int n = 6; n < 16; n++) right += vector[n - 6].Low == (ULONGLONG)(2000 + n);
            return right;
        }
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(context.Rip, &base, NULL);
        if (function == NULL) return -1;
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context.Rip, function, &context, &data, &frame, NULL);
    }
    return -1;
}

static uint8_t *
put(struct jit *jit, int id)
{
    const struct jit_stencil *s = jit_stencil(id);
    uint8_t hot[4096], cold[4096];
    const char *reason = "none";
    uint8_t *block = jit_memory_alloc(jit, s->hot_size, &reason);
    jit_stencil_copy(id, hot, cold);
    if (block == NULL || jit_memory_write(jit, block, hot, s->hot_size) < 0) {
        printf("no block: %s\n", reason);
        exit(1);
    }
    return block;
}

static DWORD
protection(void *place)
{
    MEMORY_BASIC_INFORMATION info;
    VirtualQuery(place, &info, sizeof(info));
    return info.Protect;
}

int
main(void)
{
    struct jit *jit = calloc(1, sizeof(*jit));
    jit->config.max_memory = 8 << 20;
    jit->shim = put(jit, JIT_STENCIL_SHIM);
    uint8_t *near_shim = put(jit, JIT_STENCIL_CALL);
    // Another arena, and a trace in its last part.
    const char *reason = "none";
    void *most = jit_memory_alloc(jit, 0xf0000, &reason), *more = jit_memory_alloc(jit, 0xf0000, &reason);
    uint8_t *far_away = put(jit, JIT_STENCIL_CALL);
    while (far_away - near_shim < 0x100000 && near_shim - far_away < 0x100000) far_away = put(jit, JIT_STENCIL_CALL);
    printf("%lld %lld\n", caller(jit->shim, near_shim, called) - 1, caller(jit->shim, far_away, called) - 1);
    printf("%d %d\n", protection(near_shim) == PAGE_EXECUTE_READ, protection(jit_memory_flag(jit, near_shim)) == PAGE_READWRITE);
    intptr_t distance = (intptr_t)far_away - (intptr_t)&jit_memory_alloc;
    printf("%d\n", distance == (int32_t)distance && most != NULL && more != NULL);
    refuse = true;
    int refused = jit_memory_write(jit, near_shim, jit_code, 1);
    printf("%d %s\n", refused, jit->stats.no_memory_reason);
    refuse = false;
    printf("%lld\n", caller(jit->shim, near_shim, called) - 1);
    jit_memory_fini(jit);
    DWORD64 base;
    printf("%d\n", RtlLookupFunctionEntry((uintptr_t)near_shim, &base, NULL) == NULL);
    return 0;
}
"""


def compiler() -> str:
    """A command that compiles for Windows; without one, the test is skipped."""
    path = os.pathsep.join((str(REPOSITORY / ".cache" / "bin"), os.environ.get("PATH", os.defpath)))
    for command in COMPILERS:
        if found := shutil.which(command, path=path):
            return found
    pytest.skip("no compiler for Windows; ci/build --target x86_64-windows installs one")


def test_registers_are_found(tmp_path: Path) -> None:
    command = compiler()
    wine = shutil.which("wine") or shutil.which("wine64")
    if wine is None:
        pytest.skip("no wine")
    if not (TREE / "PC" / "pyconfig.h.in").is_file():
        pytest.skip("no prepared tree")
    (tmp_path / "source.c").write_text(SOURCE)
    output = tmp_path / "jit_stencils.h"
    host = "x86_64-pc-windows-gnu"
    assert stencils.main(["--host", host, "--source", str(tmp_path / "source.c"), "--output", str(output)]) == 0
    (tmp_path / "main.c").write_text(PROGRAM)
    (tmp_path / "caller.s").write_text(CALLER)
    shutil.copy(TREE / "PC" / "pyconfig.h.in", tmp_path / "pyconfig.h")
    include = [tmp_path, TREE / "Include", TREE / "Include" / "internal", REPOSITORY / "Python" / "jit"]
    sources = ["main.c", "caller.s", *(str(REPOSITORY / "Python" / "jit" / f"{name}.c") for name in TESTED)]
    flags = ["-O2", "-w", "-fms-extensions", "-DPy_BUILD_CORE", "-D_Py_TIER2=3", "-D_Py_JIT", "-DPy_NO_ENABLE_SHARED"]
    for source in sources:
        made = f"{Path(source).stem}.o"
        subprocess.run([command, *flags, *(f"-I{folder}" for folder in include), "-c", source, "-o", made], cwd=tmp_path, check=True)
    subprocess.run([command, *(f"{Path(source).stem}.o" for source in sources), "-o", "main.exe"], cwd=tmp_path, check=True)
    environment = {**os.environ, "WINEDEBUG": "-all", "WINEPREFIX": str(tmp_path / "wine")}
    done = subprocess.run([wine, "main.exe"], cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["18 18", "1 1", "1", "-1 PYTHON_JIT_STRESS", "18", "1"], done.stderr
