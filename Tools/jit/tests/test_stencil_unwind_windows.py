"""What Windows is told of the shim and of traces, read back as its unwinder reads it."""

import assembly
import dialect_aarch64
import dialect_x86_64
import pytest
import stencil_unwind
import stencil_unwind_windows as windows
from assembly import Frame
from targets import find_target

X86_64, AARCH64 = "x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc"
PUSHED = ("rbp", "r15", "r14", "r13", "r12", "rsi", "rdi", "rbx")
X86_64_SHIM = "; ".join(
    [f"pushq %{name}" for name in PUSHED]
    + ["subq $168, %rsp", "leaq 128(%rsp), %rbp"]
    + [f"movaps %xmm{n}, {16 * (n - 6) - 128}(%rbp)" for n in range(15, 5, -1)]
    + ["movq %rdx, %r12", "movq %r8, %r13", "callq *%rcx"]
    + [f"movaps {16 * (n - 6) - 128}(%rbp), %xmm{n}" for n in range(6, 16)]
    + ["addq $168, %rsp", *(f"popq %{name}" for name in reversed(PUSHED)), "retq"]
)
PAIRS = (("d13", "d12"), ("d11", "d10"), ("d9", "d8"), ("x29", "x30"), ("x28", "x27"), ("x26", "x25"), ("x24", "x23"))
AARCH64_SHIM = "; ".join(
    ["stp d15, d14, [sp, #-160]!", "stp x22, x21, [sp, #128]", "mov x21, x2", "stp x20, x19, [sp, #144]", "mov x20, x1"]
    + [f"stp {a}, {b}, [sp, #{16 * index}]" for index, (a, b) in enumerate(PAIRS, 1)]
    + ["add x29, sp, #64", "blr x0", "ldp x20, x19, [sp, #144]", "ldp x22, x21, [sp, #128]"]
    + [f"ldp {a}, {b}, [sp, #{16 * index}]" for index, (a, b) in enumerate(PAIRS, 1)]
    + ["ldp d15, d14, [sp], #160", "ret"]
)
STACK = 0x10000  # the caller's stack pointer, before it called
# Windows' numbers of the general registers -> DWARF's.
GENERAL = {3: 3, 5: 6, 6: 4, 7: 5, 12: 12, 13: 13, 14: 14, 15: 15}


def shim_frames(text: str, host: str) -> list[Frame]:
    """Frames of a shim from its text, instructions separated by semicolons."""
    target = find_target(host)
    dialect = dialect_x86_64.X86_64(target) if host == X86_64 else dialect_aarch64.AArch64(target)
    function = assembly.build("_JIT_SHIM", [line.strip() for line in text.split(";")], dialect, target.local)
    dialect.check(function)
    return dialect.frames(function)


def memory_of(frame: Frame) -> dict[int, int]:
    """A stack on which each register that was saved has 1000 more than its number."""
    return {STACK - place: 1000 + register for register, place in frame.saved}


def unwind_x86_64(info: bytes, rbp: int, memory: dict[int, int]) -> tuple[int, dict[int, int]]:
    """The caller's stack pointer and its registers, by DWARF's numbers: what RtlVirtualUnwind() does behind a prologue."""
    version, prologue, count, register = info[:4]
    assert (version, prologue, register & 15, len(info)) == (1, 0, 5, 4 + (count + 1) // 2 * 4)
    slots = [int.from_bytes(info[4 + 2 * index : 6 + 2 * index], "little") for index in range(count)]
    base = rbp - (register >> 4) * 16
    rsp, found = 0, dict[int, int]()
    while slots:
        slot = slots.pop(0)
        assert slot & 0xFF == 0
        operation, number = slot >> 8 & 15, slot >> 12
        if operation == 1:
            assert number == 0
            rsp += 8 * slots.pop(0)
        elif operation == 2:
            rsp += 8 * number + 8
        elif operation == 3:
            rsp = base
        elif operation == 4:
            found[GENERAL[number]] = memory[base + 8 * slots.pop(0)]
        else:
            assert operation == 8
            found[17 + number] = memory[base + 16 * slots.pop(0)]
    found[16] = memory[rsp]
    return rsp + 8, found


def unwind_aarch64(codes: bytes, x29: int, memory: dict[int, int]) -> tuple[int, dict[int, int]]:
    """The same for ARM64."""
    todo = list(codes)
    assert todo.pop(0) == 0xE5
    sp, found = 0, dict[int, int]()
    while (code := todo.pop(0)) != 0xE4:
        if code >> 5 == 0:
            sp += 16 * code
        elif code >> 6 == 1:
            place = sp + 8 * (code & 63)
            found |= {29: memory[place], 30: memory[place + 8]}
        elif code == 0xE1:
            sp = x29
        elif code == 0xE2:
            sp = x29 - 8 * todo.pop(0)
        elif code >> 2 == 0b110100 or code >> 1 == 0b1101110:
            pair = code << 8 | todo.pop(0)
            first = 19 if code >> 2 == 0b110100 else 72
            found[first + (pair >> 6 & (15 if first == 19 else 7))] = memory[sp + 8 * (pair & 63)]
        else:
            raise AssertionError(f"unknown code {code:#x}")
    assert not todo
    return sp, found


UNWIND = {"x86_64": unwind_x86_64, "aarch64": unwind_aarch64}


@pytest.mark.parametrize(("text", "host"), [(X86_64_SHIM, X86_64), (AARCH64_SHIM, AARCH64)])
def test_registers_are_found(text: str, host: str) -> None:
    frames = shim_frames(text, host)
    frame = windows.deepest(list(enumerate(frames)))
    assert len(frame.saved) == (19 if host == X86_64 else 20)
    arch = host.partition("-")[0]
    sp, found = UNWIND[arch](windows.WRITERS[arch](frame), STACK - frame.offset, memory_of(frame))
    assert sp == STACK
    assert found == {register: 1000 + register for register, _ in frame.saved}


@pytest.mark.parametrize("arch", UNWIND)
def test_traces(arch: str) -> None:
    _, frame = stencil_unwind.TRACES[arch]
    sp, found = UNWIND[arch](windows.WRITERS[arch](frame), STACK - frame.offset, memory_of(frame))
    assert (sp, found) == (STACK, {register: 1000 + register for register, _ in frame.saved})


@pytest.mark.parametrize("count", [2, 3])
def test_a_deep_frame(count: int) -> None:
    """More than 128 bytes, an odd and an even number of slots."""
    frame = Frame(6, 208, ((16, 8), (6, 16), (3, 24))[: count - 1] + ((12, 312),))
    frame = Frame(6, 208, tuple(sorted({**dict(frame.saved), 16: 8}.items())))
    sp, found = unwind_x86_64(windows.x86_64(frame), STACK - 208, memory_of(frame))
    assert (sp, found) == (STACK, {register: 1000 + register for register, _ in frame.saved})


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (Frame(7, 16, ((6, 16), (16, 8))), "expects rbp"),
        (Frame(6, 16, ((6, 16),)), "cannot describe"),
        (Frame(6, 16, ((6, 16), (16, 8), (3, 400))), "cannot describe"),
        (Frame(6, 16, ((6, 16), (16, 8), (10, 24))), "register 10 is saved where"),
        (Frame(6, 16, ((6, 16), (16, 8), (23, 40))), "register 23 is saved where"),
    ],
)
def test_refused_on_x86_64(frame: Frame, message: str) -> None:
    with pytest.raises(assembly.StencilError, match=message):
        windows.x86_64(frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (Frame(31, 16, ((29, 16), (30, 8))), "expects x29"),
        (Frame(29, 16, ((29, 16), (30, 8), (9, 24))), "of which Windows does not know"),
        (Frame(29, 520, ((29, 520), (30, 512))), "cannot describe"),
        (Frame(29, 16, ((19, 12), (29, 16))), "register 19 is saved where"),
    ],
)
def test_refused_on_arm(frame: Frame, message: str) -> None:
    with pytest.raises(assembly.StencilError, match=message):
        windows.aarch64(frame)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (X86_64_SHIM.replace("movaps %xmm9,", "movaps %xmm3,"), "calls a trace without saving xmm9"),
        (X86_64_SHIM.replace("pushq %rsi", "pushq %rax"), "calls a trace without saving rsi"),
        (X86_64_SHIM.replace("movaps %xmm15, 16", "movaps %xmm15, 48"), "changes xmm15 before saving it"),  # onto rbx
        (X86_64_SHIM.replace("subq $168", "movaps %xmm0, %xmm9; subq $168"), "changes xmm9 before saving it"),
    ],
)
def test_refused_shims(text: str, message: str) -> None:
    with pytest.raises(assembly.StencilError, match=message):
        shim_frames(text, X86_64)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (AARCH64_SHIM.replace("stp d13, d12", "stp d3, d12"), "calls a trace without saving d13"),
        (AARCH64_SHIM.replace("stp d13, d12, [sp, #16]; ", ""), "calls a trace without saving d12, d13"),
        (AARCH64_SHIM.replace("stp x22, x21, [sp, #128]; mov x21, x2", "mov x21, x2; stp x22, x21, [sp, #128]"), "changes x21 before"),
        (AARCH64_SHIM.replace("add x29", "str x0, [sp, #64]; add x29"), "may change a register that it saved"),
        (AARCH64_SHIM.replace("add x29", "str x0, [x1]; add x29"), "may change a register that it saved"),
        ("stp x29, x30, [sp, #-16]!; mov x29, sp; cbz x0, .L1; blr x0; .L1:; ldp x29, x30, [sp], #16; ret", "has branches"),
    ],
)
def test_refused_shims_on_arm(text: str, message: str) -> None:
    with pytest.raises(assembly.StencilError, match=message):
        shim_frames(text, AARCH64)


@pytest.mark.parametrize(
    ("host", "text"),
    [
        (X86_64, "pushq %rbp; subq $192, %rsp; leaq 128(%rsp), %rbp; callq f; addq $192, %rsp; popq %rbp; retq"),
        (AARCH64, "stp x29, x30, [sp, #-32]!; add x29, sp, #16; bl f; ldp x29, x30, [sp], #32; ret"),
        (AARCH64, "stp x30, x29, [sp, #-16]!; mov x29, sp; bl f; ldp x30, x29, [sp], #16; ret"),
    ],
)
def test_a_stencil_must_have_the_frame(host: str, text: str) -> None:
    """The rule for traces would lead elsewhere."""
    target = find_target(host)
    dialect = dialect_x86_64.X86_64(target) if host == X86_64 else dialect_aarch64.AArch64(target)
    function = assembly.build("_JIT_STENCIL_A", [line.strip() for line in text.split(";")], dialect, target.local)
    with pytest.raises(assembly.StencilError, match="without the frame that unwinding relies on"):
        dialect.check(function)
    if "x30, x29" in text:
        dialect.rewrite(function, assembly.Holes("", frozenset()))
        assert dialect.check(function).calls
