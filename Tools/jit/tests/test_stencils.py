"""Stencils compile, decode and, on x86-64 Linux, compute the right thing; what could not run is refused."""

import ctypes
import platform
import re
import sys
from pathlib import Path

import pytest
import stencil_loader
import stencils
from assembly import StencilError
from stencil_link import Stencil, Tables
from targets import TargetError, find_target

LINUX = "x86_64-pc-linux-gnu"
TRIPLES = (
    LINUX,
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin23.1.0",
    "aarch64-apple-darwin23.1.0",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
)
PRELUDE = """
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTPTR_TYPE__ word;
typedef struct { word local[8]; double real[4]; } frame;
#define PN __attribute__((preserve_none))
#define TAIL __attribute__((musttail)) return
typedef PN uintptr_t code(frame *, void *, word, word, word);
extern code _JIT_CONTINUE, _JIT_EXIT, _JIT_ERROR, _JIT_JUMP;
extern char _JIT_OPARG, _JIT_SP, _JIT_NEAR, _JIT_VALID_NEAR;
extern char _JIT_OPERAND[];
extern word helper(word);
extern word slot[2];
#define OPARG ((int)(uintptr_t)&_JIT_OPARG)
#define AT(BASE, HOLE) (*(word *)((char *)(BASE) + (uintptr_t)&_JIT_##HOLE))
"""
SHIM = """
uintptr_t _JIT_SHIM(void *start, frame *f, void *t)
{
    word a, b, c;
    return ((code *)start)(f, t, a, b, c);
}
"""


def function(name: str, body: str, before: str = "") -> str:
    """One stencil function; `before` is C text that it needs."""
    return f"{before}\nPN uintptr_t _JIT_STENCIL_{name}(frame *f, void *t, word r0, word r1, word r2)\n{{ {body} }}\n"


NEXT = "TAIL _JIT_CONTINUE(f, t, r0, r1, r2);"
DEEP = "__attribute__((noinline)) static word deep(word x) { return x ? helper(x) * 3 : 1; }"
BASIC = (
    PRELUDE
    + function("LOAD", "TAIL _JIT_CONTINUE(f, t, f->local[OPARG], r0, r1);")
    + function("STORE", "f->local[OPARG] = r0; TAIL _JIT_CONTINUE(f, t, r1, r2, r2);")
    + function("SPILL", "*(word *)((char *)f + (uintptr_t)&_JIT_SP) = r0; TAIL _JIT_CONTINUE(f, t, r1, r2, r2);")
    + function("SPILL_NEAR", "AT(f, NEAR) = r0; TAIL _JIT_CONTINUE(f, t, r1, r2, r2);")
    + function("FILL", f"r0 = AT(f, SP); {NEXT}")
    + function("FILL_NEAR", f"r0 = AT(f, NEAR); {NEXT}")
    + function("LOAD_FAR", f"r1 = AT(r0, SP); {NEXT}")
    + function("LOAD_NEAR", f"r1 = AT(r0, NEAR); {NEXT}")
    + function("SEVERAL_FAR", f"r0 = AT(f, SP); r1 = (word)_JIT_OPERAND; AT(r0, SP) = OPARG; {NEXT}")
    + function("SEVERAL_NEAR", f"r0 = AT(f, NEAR); r1 = (word)_JIT_OPERAND; AT(r0, NEAR) = OPARG; {NEXT}")
    + function("CONST", "TAIL _JIT_CONTINUE(f, t, (word)_JIT_OPERAND, r0, r1);")
    + function("ZERO", "TAIL _JIT_CONTINUE(f, t, (word)_JIT_OPERAND ? 11 : 22, r0, r1);")
    + function("ADD", "TAIL _JIT_CONTINUE(f, t, r0 + r1, r2, r2);")
    + function("GUARD", f"if (__builtin_expect(r0 < 0, 0)) TAIL _JIT_EXIT(f, t, r0, r1, r2); {NEXT}")
    + function("FLAG", f"if (!*(volatile char *)&_JIT_VALID_NEAR) TAIL _JIT_EXIT(f, t, r0, r1, r2); {NEXT}")
    + function("RARE", f"if (__builtin_expect(r0 == 7, 0)) r0 = helper(r0); {NEXT}")
    + function("CALL", f"word x = helper(r0 + slot[1]); if (!x) TAIL _JIT_ERROR(f, t, r0, r1, r2); r0 = x; {NEXT}")
    + function("SAME", f"if ((void *)r0 == (void *)helper) TAIL _JIT_EXIT(f, t, r0, r1, r2); {NEXT}")
    + function("TEXT", 'TAIL _JIT_CONTINUE(f, t, (word)"literal", r0, r1);')
    + function("REAL", f"f->real[0] = f->real[0] * 2.7 + 0.3; {NEXT}")
    + function("LOOP", f"for (word i = 0; i < 5; i++) r0 = helper(r0) + 1; {NEXT}")
    + function("DEEP", f"r0 = deep(r0); {NEXT}", DEEP)
    + function("LEAVE", "return r0;")
    + function("RESULT", "return (uintptr_t)_JIT_OPERAND;")
    + function("JUMP", "TAIL _JIT_JUMP(f, t, r0, r1, r2);")
    + function("NOTHING", NEXT)
    + SHIM
)


def compile_text(folder: Path, text: str, host: str = LINUX, cflags: tuple[str, ...] = ()) -> Tables:
    """The tables made from one source text; raises what stencils.build raises."""
    source = folder / "sample.c"
    source.write_text(text)
    return stencils.build(stencils.Options(host, source, (), cflags))[0]


@pytest.fixture(scope="module")
def basic(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The basic sample for x86-64 Linux."""
    return compile_text(tmp_path_factory.mktemp("basic"), BASIC)


def find(tables: Tables, name: str) -> Stencil:
    """A stencil by its short name."""
    return next(each for each in tables.stencils if each.name == f"STENCIL_{name}")


def kinds(stencil: Stencil) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Kind and value of the holes in both parts."""
    parts = [[(hole.kind.name.removeprefix("X86_64_"), hole.value) for hole in part.holes] for part in (stencil.hot, stencil.cold)]
    return parts[0], parts[1]


def test_order_is_that_of_the_source(basic: Tables) -> None:
    found = [each.name.removeprefix("STENCIL_") for each in basic.stencils]
    assert found == [*re.findall(r"_JIT_STENCIL_(\w+)\(frame", BASIC), "SHIM"]


def test_empty_stencil(basic: Tables) -> None:
    assert (find(basic, "NOTHING").hot.code, find(basic, "NOTHING").cold.code) == (b"", b"")


def test_guard_is_one_inverted_branch(basic: Tables) -> None:
    guard = find(basic, "GUARD")
    assert guard.hot.code.hex() == "4d85f60f8800000000"  # test r14, r14; js
    assert guard.cold.code == b""
    assert [(hole.offset, hole.value, hole.argument) for hole in guard.hot.holes] == [(5, "EXIT", 0)]


@pytest.mark.parametrize(
    ("name", "hot", "cold"),
    [
        ("LOAD", [("32", "OPARG")], []),
        ("SPILL", [("32S", "SP")], []),
        ("SPILL_NEAR", [("8", "NEAR")], []),
        ("CONST", [("64", "OPERAND")], []),
        ("FLAG", [("PC32", "VALID_NEAR"), ("BRANCH32", "EXIT")], []),
        ("RARE", [("BRANCH32", "COLD")], [("BRANCH32", "SYMBOL"), ("BRANCH32", "CONTINUE")]),
        ("SAME", [("64", "SYMBOL"), ("BRANCH32", "EXIT")], []),
        ("TEXT", [("64", "RODATA")], []),
        ("REAL", [("PC32", "RODATA"), ("PC32", "RODATA")], []),
        ("DEEP", [("BRANCH32", "COLD")], [("BRANCH32", "SYMBOL")]),
        ("JUMP", [("BRANCH32", "JUMP")], []),
        ("SHIM", [], []),
    ],
)
def test_holes(basic: Tables, name: str, hot: list[tuple[str, str]], cold: list[tuple[str, str]]) -> None:
    stencil = basic.stencils[-1] if name == "SHIM" else find(basic, name)
    assert kinds(stencil) == (hot, cold)


def test_symbols_carry_their_offset(basic: Tables) -> None:
    assert set(basic.symbols) == {("helper", 0), ("slot", 8)}


@pytest.mark.parametrize("host", TRIPLES)
def test_every_target(tmp_path: Path, host: str) -> None:
    tables = compile_text(tmp_path, BASIC, host)
    assert len(tables.stencils) == BASIC.count("_JIT_STENCIL_") + 1
    known = {kind.name for kind in find_target(host).kinds}
    for stencil in tables.stencils:
        for part in (stencil.hot, stencil.cold):
            assert {hole.kind.name for hole in part.holes} <= known
            assert all(0 <= hole.offset <= len(part.code) - hole.kind.size for hole in part.holes)
        assert "CONTINUE" not in {hole.value for hole in stencil.hot.holes}
    assert {name for name, _ in tables.symbols} == {"helper", "slot"}
    assert b"literal\0" in tables.rodata
    values = {hole.value for stencil in tables.stencils for hole in (*stencil.hot.holes, *stencil.cold.holes)}
    assert values >= {"OPARG", "SP", "OPERAND", "EXIT", "ERROR", "JUMP", "SYMBOL", "RODATA", "COLD"}


@pytest.mark.parametrize("host", TRIPLES[1::2])
def test_aarch64_fields_are_zero_and_fill(tmp_path: Path, host: str) -> None:
    """A filled image differs from the table only in the fields of holes; filling checks ranges and alignment."""
    tables = compile_text(tmp_path, BASIC, host)
    image = stencil_loader.Image(
        tables, "aarch64", {"helper": 0x1_4000_0000, "slot": 0x1_0001_0000}, 0x1_0000_0000, bytearray(1 << 16)
    )
    leave = {"EXIT": image.base + 0x8000, "ERROR": image.base + 0x8004, "JUMP": image.base + 0x8008}
    values = {**leave, "OPARG": 3, "SP": 72, "NEAR": 72, "VALID_NEAR": image.base + 0x8010, "OPERAND": 0x1234_5678_9ABC_DEF0}
    names = [each.name for each in tables.stencils]
    starts = image.load(names, [values] * len(names))
    const = starts[names.index("STENCIL_CONST")]
    if host.endswith("musl"):
        code = bytes(image.memory[const - image.base :][: len(find(tables, "CONST").hot.code)])
        words = [int.from_bytes(code[at : at + 4], "little") for at in range(0, len(code), 4)]
        moves = {word >> 21 & 3: word >> 5 & 0xFFFF for word in words if word & 0x1F800000 == 0x12800000}
        assert moves == {0: 0xDEF0, 1: 0x9ABC, 2: 0x5678, 3: 0x1234}
    else:
        assert 0x1234_5678_9ABC_DEF0 in image.slots
    assert 0x1_4000_0000 in image.veneers


def test_out_of_range_is_noticed(basic: Tables) -> None:
    image = stencil_loader.Image(basic, "x86_64", {"helper": 0, "slot": 0}, 0x10000, bytearray(1 << 16))
    with pytest.raises(stencil_loader.RangeError, match="X86_64_32"):
        image.load(["STENCIL_LOAD"], [{"OPARG": 1 << 32}])


native = pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="runs x86-64 Linux code")


class Frame(ctypes.Structure):
    """The samples' frame."""

    _fields_ = (("local", ctypes.c_long * 8), ("real", ctypes.c_double * 4))


Helper = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_long)
Step = tuple[str, dict[str, int]]


class Machine:
    """Executable memory with a helper that doubles and a data symbol."""

    def __init__(self, tables: Tables) -> None:
        self.double = Helper(lambda value: value * 2)
        self.data = (ctypes.c_long * 2)(5, 100)
        self.helper = ctypes.cast(self.double, ctypes.c_void_p).value or 0
        self.image = stencil_loader.executable_image(tables, "x86_64", {"helper": self.helper, "slot": ctypes.addressof(self.data)})
        self.shim = self.image.load(["SHIM"], [{}])[0]
        self.exit = self.image.load(["STENCIL_RESULT"], [{"OPERAND": 1000}])[0]
        self.error = self.image.load(["STENCIL_RESULT"], [{"OPERAND": 2000}])[0]

    def run(self, frame: Frame, *steps: Step) -> int:
        """Run a trace; exits and errors return 1000 and 2000, a jump goes to the start."""
        leave = {"EXIT": self.exit, "ERROR": self.error}
        code = self.image.load([f"STENCIL_{name}" for name, _ in steps], [leave | holes for _, holes in steps])
        return stencil_loader.run(self.image, self.shim, code[0], ctypes.addressof(frame))


@pytest.fixture
def machine(basic: Tables) -> Machine:
    """A machine with nothing but the shim and the exits."""
    return Machine(basic)


@native
def test_run_arithmetic(machine: Machine) -> None:
    frame = Frame()
    frame.local[3] = 40
    steps: list[Step] = [("LOAD", {"OPARG": 3}), ("CONST", {"OPERAND": 0x1234_5678_9ABC}), ("ADD", {}), ("NOTHING", {})]
    assert machine.run(frame, *steps, ("STORE", {"OPARG": 6}), ("LOAD", {"OPARG": 6}), ("LEAVE", {})) == 0x1234_5678_9AE4
    assert frame.local[6] == 0x1234_5678_9AE4


@native
@pytest.mark.parametrize("offset", [16, -8])
def test_run_displacement(machine: Machine, offset: int) -> None:
    frames = (Frame * 2)()
    steps: list[Step] = [("CONST", {"OPERAND": 99}), ("SPILL", {"SP": offset}), ("CONST", {"OPERAND": 1}), ("LEAVE", {})]
    assert machine.run(frames[1], *steps) == 1
    words = ctypes.cast(ctypes.addressof(frames[1]) + offset, ctypes.POINTER(ctypes.c_long))
    assert words[0] == 99


@native
@pytest.mark.parametrize(("operand", "expected"), [(0, 22), (1, 11), (1 << 63, 11)])
def test_run_operand_may_be_zero(machine: Machine, operand: int, expected: int) -> None:
    assert machine.run(Frame(), ("ZERO", {"OPERAND": operand}), ("LEAVE", {})) == expected


@native
@pytest.mark.parametrize(("value", "expected"), [(5, 5), (2**64 - 1, 1000)])
def test_run_guard(machine: Machine, value: int, expected: int) -> None:
    assert machine.run(Frame(), ("CONST", {"OPERAND": value}), ("GUARD", {}), ("LEAVE", {})) == expected


@native
@pytest.mark.parametrize(("value", "expected"), [(7, 14), (6, 6)])
def test_run_cold_part(machine: Machine, value: int, expected: int) -> None:
    assert machine.run(Frame(), ("CONST", {"OPERAND": value}), ("RARE", {}), ("LEAVE", {})) == expected


@native
@pytest.mark.parametrize(("value", "expected"), [(1, 202), (2**64 - 100, 2000)])
def test_run_call_and_error(machine: Machine, value: int, expected: int) -> None:
    assert machine.run(Frame(), ("CONST", {"OPERAND": value}), ("CALL", {}), ("LEAVE", {})) == expected


@native
def test_run_function_address(machine: Machine) -> None:
    assert machine.run(Frame(), ("CONST", {"OPERAND": machine.helper}), ("SAME", {}), ("LEAVE", {})) == 1000
    assert machine.run(Frame(), ("CONST", {"OPERAND": 3}), ("SAME", {}), ("LEAVE", {})) == 3


@native
def test_run_constants(machine: Machine) -> None:
    frame = Frame()
    frame.real[0] = 3.0
    address = machine.run(frame, ("REAL", {}), ("TEXT", {}), ("LEAVE", {}))
    assert frame.real[0] == 3.0 * 2.7 + 0.3
    assert ctypes.string_at(address) == b"literal"


@native
def test_run_loop(machine: Machine) -> None:
    assert machine.run(Frame(), ("CONST", {"OPERAND": 1}), ("LOOP", {}), ("LEAVE", {})) == 63


@native
@pytest.mark.parametrize(("value", "expected"), [(4, 24), (0, 1)])
def test_run_local_function(machine: Machine, value: int, expected: int) -> None:
    assert machine.run(Frame(), ("CONST", {"OPERAND": value}), ("DEEP", {}), ("LEAVE", {})) == expected


REFUSED = {
    "writable data": ("static word counter; r0 = counter++;", r"refers to writable data"),
    "aligned stack": (
        "word big[4] __attribute__((aligned(64))); sink(big); r0 = big[0];",
        r"unknown use of the stack pointer",
    ),
    "address table": ("static void *const table[] = {sink, other}; r0 = (word)table[r0];", r"data that holds addresses"),
    "small object": ("r0 = (&tiny)[r0];", r"32-bit absolute address of tiny"),
    "thread local": ("r0 = local;", r"thread-local"),
    "own address": ("r0 = keep(mine);", r"takes the address of a function that is local"),
    "rbp": ('__asm__ volatile("movq %%rax, %%rbp" ::: "memory");', r"uses rbp"),
    "rbp at a call": (
        '__asm__ volatile("pushq %%rbp; movl $1, %%ebp; call sink; popq %%rbp" ::: "memory");',
        r"calls while rbp",
    ),
    "red zone": ('__asm__ volatile("movq %%rax, -8(%%rsp)" ::: "memory");', r"below the stack pointer"),
    "home of arguments": ('__asm__ volatile("movq %%rax, 8(%%rsp)" ::: "memory");', r"into the caller's frame"),
    "unbalanced": ('__asm__ volatile("pushq %%rax" ::: "memory");', r"8 bytes left on the stack"),
    "too many pops": ('__asm__ volatile("popq %%rax" ::: "memory");', r"pops more than it pushed"),
    "misaligned call": ('__asm__ volatile("call sink" ::: "memory");', r"stack not aligned"),
    "no frame": ('__asm__ volatile("pushq %%rax; call sink; popq %%rax" ::: "memory");', r"calls without the frame"),
    "frame elsewhere": (
        '__asm__ volatile("pushq %%rax; pushq %%rbp; movq %%rsp, %%rbp; subq $8, %%rsp; call sink; addq $8, %%rsp;"'
        ' "popq %%rbp; popq %%rax" ::: "memory");',
        r"calls without the frame",
    ),
    "unknown relocation": ('__asm__ volatile("movl $sink@SIZE, %%eax" ::: "eax");', r"unknown elf relocation 32"),
    "near and cold": ("if (__builtin_expect(r0 == 7, 0)) r0 = keep(t); r1 = AT(f, NEAR);", r"_JIT_NEAR is for .* without branches"),
    "near and a loop": ("for (word i = 0; i < r1; i++) r0 = keep((void *)AT(f, NEAR));", r"_JIT_NEAR is for .* without branches"),
    "near and a branch": ("word x = r0; if (r1 < 7) x = AT(f, NEAR) * r2 + (r0 << 3) * 7; AT(f, SP) = x;", r"_JIT_NEAR is for .* without branches"),
    "near as a number": ('__asm__ volatile("addq $_JIT_NEAR, %%rcx" ::: "rcx", "cc");', r"_JIT_NEAR is for a displacement"),
    "undeclared hole": ('__asm__ volatile("movl $_JIT_ODD, %%eax" ::: "eax");', r"_JIT_ODD must be declared"),
}
DECLARED = """
extern void sink(void *), other(void *);
extern char tiny;
extern _Thread_local word local;
extern word keep(void *);
__attribute__((noinline)) static void mine(void) { sink(0); }
"""


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path: Path, name: str) -> None:
    body, message = REFUSED[name]
    text = PRELUDE + DECLARED + function("GOOD", NEXT) + function("BAD", f"{body} {NEXT}")
    with pytest.raises(StencilError, match=message) as caught:
        compile_text(tmp_path, text)
    assert str(caught.value).startswith(("STENCIL_BAD: ", "_JIT_STENCIL_BAD: "))
    assert "\n" not in str(caught.value)


def test_a_saved_rbp_may_hold_anything_between_calls(tmp_path: Path) -> None:
    body = '__asm__ volatile("pushq %%rbp; movl $1, %%ebp; popq %%rbp" ::: "memory");'
    assert compile_text(tmp_path, PRELUDE + function("GOOD", f"{body} {NEXT}")).stencils[0].stats.stack == 8


def test_unknown_relocation_names_itself() -> None:
    with pytest.raises(TargetError, match=r"unknown elf relocation 999 on x86_64-linux"):
        find_target(LINUX).kind(999)


def test_near_displacements_take_one_byte(basic: Tables) -> None:
    """mov with the base in r12, which needs a SIB byte, and in another register."""
    codes = {name: find(basic, name).hot.code for name in ("SPILL", "SPILL_NEAR", "FILL", "FILL_NEAR", "LOAD_FAR", "LOAD_NEAR")}
    for far, near in (("SPILL", "SPILL_NEAR"), ("FILL", "FILL_NEAR"), ("LOAD_FAR", "LOAD_NEAR")):
        hole, short = find(basic, far).hot.holes[0], find(basic, near).hot.holes[0]
        assert (hole.value, hole.kind.name, short.value, short.kind.name) == ("SP", "X86_64_32S", "NEAR", "X86_64_8")
        assert short.offset == hole.offset
        assert codes[far][hole.offset : hole.offset + 4] == bytes(4)
        mode = 2 if codes[far][2] & 0xC0 == 0x80 else None
        assert mode == 2  # behind a REX prefix and the opcode
        expected = bytearray(codes[far])
        expected[mode] ^= 0xC0  # 10 -> 01
        del expected[hole.offset + 1 : hole.offset + 4]
        assert codes[near] == bytes(expected)
    assert len(codes["FILL_NEAR"]) == 5 and len(codes["LOAD_NEAR"]) == 4


def test_what_follows_a_near_displacement_moves(basic: Tables) -> None:
    far, near = find(basic, "SEVERAL_FAR").hot, find(basic, "SEVERAL_NEAR").hot
    assert len(near.code) == len(far.code) - 6
    moved = 0
    assert [hole.value.replace("SP", "NEAR") for hole in far.holes] == [hole.value for hole in near.holes]
    assert {hole.value for hole in near.holes} >= {"NEAR", "OPERAND", "OPARG"}
    for before, after in zip(far.holes, near.holes, strict=True):
        assert (after.offset, after.argument) == (before.offset - moved, before.argument)
        if after.value == "NEAR":
            moved += 3
        else:
            assert after.kind == before.kind


def test_on_aarch64_near_is_nothing_special(tmp_path: Path) -> None:
    found = compile_text(tmp_path, BASIC, "aarch64-unknown-linux-gnu")
    for far, near in (("SPILL", "SPILL_NEAR"), ("FILL", "FILL_NEAR"), ("LOAD_FAR", "LOAD_NEAR"), ("SEVERAL_FAR", "SEVERAL_NEAR")):
        parts = [find(found, name).hot for name in (far, near)]
        assert parts[0].code == parts[1].code
        holes = [[(h.offset, h.kind, h.value.replace("SP", "NEAR"), h.argument) for h in part.holes] for part in parts]
        assert holes[0] == holes[1]
        assert any(hole.value == "NEAR" for hole in parts[1].holes)


@native
def test_run_flag(machine: Machine) -> None:
    """The byte is found from the code, in which an immediate follows its displacement."""
    flags = machine.image.place(b"\0\1\0\1\1\0")
    for offset, flag in enumerate(b"\0\1\0\1\1\0"):
        steps: list[Step] = [("CONST", {"OPERAND": 5}), ("FLAG", {"VALID_NEAR": flags + offset}), ("LEAVE", {})]
        assert machine.run(Frame(), *steps) == (5 if flag else 1000), offset


@native
@pytest.mark.parametrize("offset", [0, 8, 120])
def test_run_near(machine: Machine, offset: int) -> None:
    frame = Frame()
    steps: list[Step] = [("CONST", {"OPERAND": 77}), ("SPILL_NEAR", {"NEAR": 24}), ("FILL_NEAR", {"NEAR": 24}), ("LEAVE", {})]
    assert machine.run(frame, *steps) == frame.local[3] == 77
    memory = (ctypes.c_int64 * 16)(*range(100, 116))
    steps = [("CONST", {"OPERAND": ctypes.addressof(memory)}), ("LOAD_NEAR", {"NEAR": offset}), ("ADD", {}), ("LEAVE", {})]
    assert machine.run(Frame(), *steps) == ctypes.addressof(memory) + memory[offset // 8]


@native
def test_near_is_less_than_128(machine: Machine) -> None:
    with pytest.raises(stencil_loader.RangeError, match="X86_64_8"):
        machine.run(Frame(), ("FILL_NEAR", {"NEAR": 128}), ("LEAVE", {}))


@pytest.mark.parametrize("host", ["riscv64-unknown-linux-gnu", "i686-pc-linux-gnu", "x86_64-unknown-freebsd14"])
def test_unsupported_host(host: str) -> None:
    with pytest.raises(TargetError, match=rf"no JIT stencils for host '{host}'; supported: x86_64-linux"):
        find_target(host)
