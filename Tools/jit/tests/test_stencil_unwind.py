"""Unwinding through the shim and a trace: what the rules say, that they hold, and shims that have none."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import assembly
import dialect_aarch64
import dialect_x86_64
import pytest
import stencil_unwind
import stencils
from assembly import Frame
from targets import find_target
from toolchain import find_clang

LINUX = "x86_64-pc-linux-gnu"
SOURCE = """
typedef __attribute__((preserve_none)) long code(long (*)(void), long);
extern code _JIT_CONTINUE;
__attribute__((preserve_none)) long _JIT_STENCIL_CALL(long (*called)(void), long y) { return called() + 1; }
long _JIT_SHIM(code *start, long (*called)(void)) { long y; return start(called, y); }
"""
# Calls the shim with known values in all preserved registers, and looks at them from below.
PROGRAM = r"""
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unwind.h>
#include "jit_stencils.h"

extern void __register_frame(void *), __deregister_frame(void *);
long caller(void *shim, void *trace, long (*called)(void));
extern char returned[];
__asm__(".text\n.globl caller\ncaller:\n.cfi_startproc\n"
        "pushq %rbx\n.cfi_adjust_cfa_offset 8\npushq %rbp\n.cfi_adjust_cfa_offset 8\npushq %r12\n.cfi_adjust_cfa_offset 8\n"
        "pushq %r13\n.cfi_adjust_cfa_offset 8\npushq %r14\n.cfi_adjust_cfa_offset 8\npushq %r15\n.cfi_adjust_cfa_offset 8\n"
        "subq $8, %rsp\n.cfi_adjust_cfa_offset 8\n"
        "movq %rdi, %rax\nmovq %rsi, %rdi\nmovq %rdx, %rsi\n"
        "movl $1003, %ebx\nmovl $1006, %ebp\nmovl $1012, %r12d\nmovl $1013, %r13d\nmovl $1014, %r14d\nmovl $1015, %r15d\n"
        "callq *%rax\nreturned:\n"
        "addq $8, %rsp\npopq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbp\npopq %rbx\nretq\n.cfi_endproc\n");

static const uint8_t shim_rules[] = JIT_UNWIND_SHIM, trace_rules[] = JIT_UNWIND_TRACE;
static _Alignas(8) uint8_t frames[256];
static uint8_t *end = frames;

static void put(const void *data, size_t size) { memcpy(end, data, size); end += size; }
static void put_entry(uint32_t reference, const void *head, size_t head_size, const void *rules, size_t size)
{
    uint8_t *start = end;
    put(&(uint32_t){0}, 4);
    put(&reference, 4);
    put(head, head_size);
    put(rules, size);
    while ((end - start) % 8) *end++ = 0;
    memcpy(start, &(uint32_t){(uint32_t)(end - start - 4)}, 4);
}
static void put_code(uint8_t *start, size_t size, const uint8_t *rules, size_t rules_size)
{
    put_entry((uint32_t)(end + 4 - frames), (uint64_t[]){(uint64_t)start, size}, 16, rules, rules_size);
}

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *found)
{
    if (_Unwind_GetIP(context) == (uintptr_t)returned) {
        static const int registers[] = {3, 6, 12, 13, 14, 15};
        int right = 0;
        for (int i = 0; i < 6; i++) right += _Unwind_GetGR(context, registers[i]) == 1000 + registers[i];
        *(int *)found = right;
    }
    return _URC_NO_REASON;
}
static long called(void)
{
    int found = -1;
    _Unwind_Backtrace(look, &found);
    return found;
}

static uint8_t *copy(uint8_t *to, int id)
{
    jit_stencil_copy(id, to, to + jit_stencil(id)->hot_size);
    return to;
}

int main(void)
{
    uint8_t *memory = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *shim = copy(memory, JIT_STENCIL_SHIM), *trace = copy(memory + JIT_SHIM_SIZE, JIT_STENCIL_CALL);
    put_entry(0, (uint8_t[]){1, 0, 1, 0x78, JIT_UNWIND_RETURN}, 5, "", 0);
    put_code(shim, JIT_SHIM_SIZE, shim_rules, sizeof(shim_rules));
    put_code(trace, 4096 - JIT_SHIM_SIZE, trace_rules, sizeof(trace_rules));
    put(&(uint32_t){0}, 4);
    printf("%ld ", caller(shim, trace, called) - 1);
    __register_frame(frames);
    printf("%ld\n", caller(shim, trace, called) - 1);
    __deregister_frame(frames);
    return 0;
}
"""
RSP, RBP, RETURN = 7, 6, 16


def shim_frames(text: str) -> list[Frame]:
    """Frames of a shim from its text, instructions separated by semicolons."""
    target = find_target(LINUX)
    dialect = dialect_x86_64.X86_64(target)
    lines = [line.strip() for line in text.split(";")]
    function = assembly.build("_JIT_SHIM", lines, dialect, target.local)
    dialect.check(function)
    return dialect.frames(function)


PUSHES = "pushq %rbp; movq %rsp, %rbp; pushq %r15; pushq %r14; pushq %r13; pushq %r12; pushq %rbx; pushq %rax"
POPS = "addq $8, %rsp; popq %rbx; popq %r12; popq %r13; popq %r14; popq %r15; popq %rbp; retq"


def test_frames() -> None:
    found = shim_frames(f"{PUSHES}; callq *%rdi; {POPS}")
    saved = {RETURN: 8, 6: 16, 15: 24, 14: 32, 13: 40, 12: 48, 3: 56}
    places = tuple(sorted(saved.items()))
    assert found[0] == Frame(RSP, 8, ((RETURN, 8),))
    assert found[1] == Frame(RSP, 16, ((6, 16), (RETURN, 8)))
    assert found[2] == Frame(RBP, 16, ((6, 16), (RETURN, 8)))
    assert found[8] == Frame(RBP, 16, places)  # the call
    assert found[10] == Frame(RBP, 16, places)
    assert found[11] == Frame(RBP, 16, tuple(pair for pair in places if pair[0] != 3))
    assert found[-1] == Frame(RSP, 8, ((RETURN, 8),))


def test_another_order_is_as_good() -> None:
    text = f"{PUSHES}; subq $16, %rsp; movq %rdi, -64(%rbp); callq *-64(%rbp); addq $16, %rsp; {POPS}"
    found = shim_frames(text.replace("r15", "rXX").replace("r12", "r15").replace("rXX", "r12"))
    assert dict(found[10].saved) == {RETURN: 8, 6: 16, 12: 24, 14: 32, 13: 40, 15: 48, 3: 56}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{PUSHES}; callq *%rdi; {POPS}".replace("r13", "rax"), "calls a trace without saving r13"),
        (f"{PUSHES}; callq *%rdi; {POPS}".replace("pushq %r13", "movq %rsi, %r13; pushq %r13"), "changes r13 before saving it"),
        (f"{PUSHES}; movl %edi, %ebx; movq %rbx, -40(%rbp); callq *%rdi; {POPS}", "may change a register that it saved"),
        (f"{PUSHES}; movups %xmm0, -48(%rbp); callq *%rdi; {POPS}", "may change a register that it saved"),
        (f"{PUSHES}; addq $16, %rsp; callq *%rdi; subq $16, %rsp; {POPS}", "drops rbx, which it saved"),
        (f"testq %rdi, %rdi; je .L1; {PUSHES}; callq *%rdi; {POPS}; .L1:; retq", "has branches"),
    ],
)
def test_refused_shims(text: str, message: str) -> None:
    with pytest.raises(assembly.StencilError, match=message):
        shim_frames(text)


def test_instructions() -> None:
    first, second = Frame(RSP, 8, ((RETURN, 8),)), Frame(RBP, 1000, ((6, 16), (RETURN, 8)))
    found = stencil_unwind.instructions([(0, first), (3, second), (100, first)])
    assert found == bytes(
        [0x0C, RSP, 8, 0x80 | RETURN, 1]  # define the frame's end, the return address is saved
        + [0x40 | 3, 0x0C, RBP, 0xE8, 7, 0x80 | 6, 2]  # three bytes on
        + [0x02, 97, 0x0C, RSP, 8, 0xC0 | 6]  # 97 bytes on, rbp is restored
    )


def test_registers_may_lie_at_multiples_of_eight_only() -> None:
    with pytest.raises(assembly.StencilError, match="register 3 is saved 12 bytes below"):
        stencil_unwind.instructions([(0, Frame(RSP, 8, ((3, 12),)))])


ARM_LINUX = "aarch64-unknown-linux-gnu"
X29, X30, SP = 29, 30, 31
ARM_SAVES = [
    "stp d15, d14, [sp, #-176]!", "stp d13, d12, [sp, #16]", "stp d11, d10, [sp, #32]", "stp d9, d8, [sp, #48]",
    "stp x29, x30, [sp, #64]", "stp x28, x27, [sp, #80]", "stp x26, x25, [sp, #96]", "stp x24, x23, [sp, #112]",
    "stp x22, x21, [sp, #128]", "stp x20, x19, [sp, #144]", "add x29, sp, #64",
]  # fmt: skip
ARM_RESTORES = [
    line.replace("stp", "ldp").replace("[sp, #-176]!", "[sp], #176") for line in reversed(ARM_SAVES) if line.startswith("stp")
]


def arm_frames(lines: list[str], name: str = "_JIT_SHIM") -> list[Frame]:
    """Frames of a shim for AArch64."""
    target = find_target(ARM_LINUX)
    dialect = dialect_aarch64.AArch64(target)
    function = assembly.build(name, lines, dialect, target.local)
    dialect.check(function)
    return dialect.frames(function) if name == "_JIT_SHIM" else []


def test_frames_of_aarch64() -> None:
    found = arm_frames([*ARM_SAVES, "mov x20, x1", "blr x0", *ARM_RESTORES, "ret"])
    assert found[0] == Frame(SP, 0, ())  # the return address is in x30
    assert found[1] == Frame(SP, 176, ((64 + 14, 168), (64 + 15, 176)))
    call = found[len(ARM_SAVES) + 1]
    assert (call.register, call.offset) == (X29, 112)
    assert dict(call.saved) == {
        X29: 112, X30: 104, 28: 96, 27: 88, 26: 80, 25: 72, 24: 64, 23: 56, 22: 48, 21: 40, 20: 32, 19: 24,
        79: 176, 78: 168, 77: 160, 76: 152, 75: 144, 74: 136, 73: 128, 72: 120,
    }  # fmt: skip
    assert found[-1] == Frame(SP, 0, ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("stp d9, d8, [sp, #48]", "nop", "calls a trace without saving d8, d9"),
        ("stp x20, x19, [sp, #144]", "mov x20, x1", "changes x20 before saving it"),
        ("mov x20, x1", "str x1, [sp, #40]", "may change a register that it saved"),
        ("mov x20, x1", "str x1, [x3]", "may change a register that it saved"),
        ("mov x20, x1", "add sp, sp, #16; sub sp, sp, #16", "drops d15, d14, which it saved"),
        ("add x29, sp, #64", "add x29, sp, #80", "calls without the frame that unwinding relies on"),
        ("add x29, sp, #64", "nop", "calls without the frame that unwinding relies on"),
    ],
)
def test_refused_shims_of_aarch64(old: str, new: str, message: str) -> None:
    lines = [*ARM_SAVES, "mov x20, x1", "blr x0", *ARM_RESTORES, "ret"]
    with pytest.raises(assembly.StencilError, match=message):
        arm_frames([each for line in lines for each in (new.split("; ") if line == old else [line])])


def test_a_stencil_of_aarch64_calls_with_a_frame() -> None:
    leave, jump = "ldp x29, x30, [sp], #16", "b _JIT_CONTINUE"
    arm_frames(["stp x29, x30, [sp, #-16]!", "mov x29, sp", "bl f", leave, jump], "_JIT_STENCIL_A")
    arm_frames(["stp x29, x30, [sp, #-32]!", "str x19, [sp, #16]", "mov x29, sp", "bl f", leave.replace("16", "32"), jump], "_JIT_STENCIL_A")
    for lines in (["str x30, [sp, #-16]!", "bl f", "ldr x30, [sp], #16", jump], ["bl f", jump]):
        with pytest.raises(assembly.StencilError, match="calls without the frame"):
            arm_frames(lines, "_JIT_STENCIL_A")


def test_instructions_for_registers_with_large_numbers() -> None:
    found = stencil_unwind.instructions([(0, Frame(SP, 16, ((72, 16),))), (4, Frame(SP, 0, ()))])
    assert found == bytes([0x0C, SP, 16, 0x05, 72, 2, 0x40 | 4, 0x0E, 0, 0x06, 72])


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="runs x86-64 Linux code")
@pytest.mark.parametrize("compiler", [*(name for name in ("gcc",) if shutil.which(name)), "clang"])
def test_registers_are_found(tmp_path: Path, compiler: str) -> None:
    (tmp_path / "source.c").write_text(SOURCE)
    output = tmp_path / "jit_stencils.h"
    assert stencils.main(["--host", LINUX, "--source", str(tmp_path / "source.c"), "--output", str(output)]) == 0
    (tmp_path / "main.c").write_text(PROGRAM)
    command = find_clang().path if compiler == "clang" else compiler
    subprocess.run([command, "-O1", "-w", "main.c", "-o", "main"], cwd=tmp_path, check=True)
    done = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "-1 6\n"  # not found, then all six right


def test_no_shim_no_rules(tmp_path: Path) -> None:
    (tmp_path / "source.c").write_text(SOURCE.rpartition("long _JIT_SHIM")[0])
    output = tmp_path / "jit_stencils.h"
    assert stencils.main(["--host", LINUX, "--source", str(tmp_path / "source.c"), "--output", str(output)]) == 0
    assert "UNWIND" not in output.read_text()
