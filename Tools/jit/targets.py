"""The table of stencil targets: triples, clang flags with reasons, and relocations (unknown ones raise errors).

A *relocation kind* is what the run-time loader must do to the bytes of a
stencil; the docstring of stencils.py says precisely what that is for each.
Object formats spell the same kind differently, so each format maps its own
numbers to kinds here and nowhere else.
"""

import re
from dataclasses import dataclass, replace


class TargetError(Exception):
    """A host that has no stencils, or a relocation that no table knows."""


@dataclass(frozen=True)
class Flag:
    """One clang argument (or an argument and its value) and the reason for it."""

    text: str
    why: str


@dataclass(frozen=True)
class Kind:
    """What the loader does at a hole; `absolute32` kinds may only take named holes."""

    name: str
    size: int  # bytes that the loader rewrites
    pc_bias: int = 0  # bytes between the hole and the pc that the processor adds; folded into the kind
    absolute32: bool = False
    branch: bool = False  # the target is code, so a veneer may stand in for it
    absolute: bool = False
    slot: bool = False  # the target is an 8-byte slot that holds the value


X86_64_KINDS = (
    Kind("X86_64_64", 8, absolute=True),
    Kind("X86_64_32", 4, absolute32=True, absolute=True),
    Kind("X86_64_32S", 4, absolute32=True, absolute=True),
    Kind("X86_64_8", 1, absolute32=True, absolute=True),
    Kind("X86_64_PC32", 4, pc_bias=4),
    Kind("X86_64_BRANCH32", 4, pc_bias=4, branch=True),
    Kind("X86_64_GOTPC32", 4, pc_bias=4, slot=True),
)

AARCH64_KINDS = (
    Kind("AARCH64_64", 8, absolute=True),
    Kind("AARCH64_BRANCH26", 4, branch=True),
    Kind("AARCH64_BRANCH19", 4),
    Kind("AARCH64_BRANCH14", 4),
    Kind("AARCH64_PAGE21", 4),
    Kind("AARCH64_ADD12", 4),
    Kind("AARCH64_LDST8", 4),
    Kind("AARCH64_LDST16", 4),
    Kind("AARCH64_LDST32", 4),
    Kind("AARCH64_LDST64", 4),
    Kind("AARCH64_LDST128", 4),
    Kind("AARCH64_GOTPAGE21", 4, slot=True),
    Kind("AARCH64_GOTLO12", 4, slot=True),
    Kind("AARCH64_G0", 4, absolute=True),
    Kind("AARCH64_G1", 4, absolute=True),
    Kind("AARCH64_G2", 4, absolute=True),
    Kind("AARCH64_G3", 4, absolute=True),
)

KINDS = {"x86_64": X86_64_KINDS, "aarch64": AARCH64_KINDS}

# (object format, architecture) -> number in the object file -> (name there, kind).
RELOCATIONS: dict[tuple[str, str], dict[int, tuple[str, str]]] = {
    ("elf", "x86_64"): {
        1: ("R_X86_64_64", "X86_64_64"),
        2: ("R_X86_64_PC32", "X86_64_PC32"),
        4: ("R_X86_64_PLT32", "X86_64_BRANCH32"),
        9: ("R_X86_64_GOTPCREL", "X86_64_GOTPC32"),
        10: ("R_X86_64_32", "X86_64_32"),
        11: ("R_X86_64_32S", "X86_64_32S"),
        41: ("R_X86_64_GOTPCRELX", "X86_64_GOTPC32"),
        42: ("R_X86_64_REX_GOTPCRELX", "X86_64_GOTPC32"),
    },
    ("macho", "x86_64"): {
        0: ("X86_64_RELOC_UNSIGNED", "X86_64_64"),
        1: ("X86_64_RELOC_SIGNED", "X86_64_PC32"),
        2: ("X86_64_RELOC_BRANCH", "X86_64_BRANCH32"),
        3: ("X86_64_RELOC_GOT_LOAD", "X86_64_GOTPC32"),
        4: ("X86_64_RELOC_GOT", "X86_64_GOTPC32"),
        6: ("X86_64_RELOC_SIGNED_1", "X86_64_PC32"),
        7: ("X86_64_RELOC_SIGNED_2", "X86_64_PC32"),
        8: ("X86_64_RELOC_SIGNED_4", "X86_64_PC32"),
    },
    ("coff", "x86_64"): {
        1: ("IMAGE_REL_AMD64_ADDR64", "X86_64_64"),
        2: ("IMAGE_REL_AMD64_ADDR32", "X86_64_32"),
        4: ("IMAGE_REL_AMD64_REL32", "X86_64_PC32"),
        5: ("IMAGE_REL_AMD64_REL32_1", "X86_64_PC32"),
        6: ("IMAGE_REL_AMD64_REL32_2", "X86_64_PC32"),
        7: ("IMAGE_REL_AMD64_REL32_3", "X86_64_PC32"),
        8: ("IMAGE_REL_AMD64_REL32_4", "X86_64_PC32"),
        9: ("IMAGE_REL_AMD64_REL32_5", "X86_64_PC32"),
    },
    ("elf", "aarch64"): {
        257: ("R_AARCH64_ABS64", "AARCH64_64"),
        263: ("R_AARCH64_MOVW_UABS_G0", "AARCH64_G0"),
        264: ("R_AARCH64_MOVW_UABS_G0_NC", "AARCH64_G0"),
        265: ("R_AARCH64_MOVW_UABS_G1", "AARCH64_G1"),
        266: ("R_AARCH64_MOVW_UABS_G1_NC", "AARCH64_G1"),
        267: ("R_AARCH64_MOVW_UABS_G2", "AARCH64_G2"),
        268: ("R_AARCH64_MOVW_UABS_G2_NC", "AARCH64_G2"),
        269: ("R_AARCH64_MOVW_UABS_G3", "AARCH64_G3"),
        275: ("R_AARCH64_ADR_PREL_PG_HI21", "AARCH64_PAGE21"),
        277: ("R_AARCH64_ADD_ABS_LO12_NC", "AARCH64_ADD12"),
        278: ("R_AARCH64_LDST8_ABS_LO12_NC", "AARCH64_LDST8"),
        279: ("R_AARCH64_TSTBR14", "AARCH64_BRANCH14"),
        280: ("R_AARCH64_CONDBR19", "AARCH64_BRANCH19"),
        282: ("R_AARCH64_JUMP26", "AARCH64_BRANCH26"),
        283: ("R_AARCH64_CALL26", "AARCH64_BRANCH26"),
        284: ("R_AARCH64_LDST16_ABS_LO12_NC", "AARCH64_LDST16"),
        285: ("R_AARCH64_LDST32_ABS_LO12_NC", "AARCH64_LDST32"),
        286: ("R_AARCH64_LDST64_ABS_LO12_NC", "AARCH64_LDST64"),
        299: ("R_AARCH64_LDST128_ABS_LO12_NC", "AARCH64_LDST128"),
        311: ("R_AARCH64_ADR_GOT_PAGE", "AARCH64_GOTPAGE21"),
        312: ("R_AARCH64_LD64_GOT_LO12_NC", "AARCH64_GOTLO12"),
    },
    # ARM64_RELOC_PAGEOFF12 serves several instructions: objects_macho.py reads the
    # instruction and reports 64 + the kind's index below.
    ("macho", "aarch64"): {
        0: ("ARM64_RELOC_UNSIGNED", "AARCH64_64"),
        2: ("ARM64_RELOC_BRANCH26", "AARCH64_BRANCH26"),
        3: ("ARM64_RELOC_PAGE21", "AARCH64_PAGE21"),
        5: ("ARM64_RELOC_GOT_LOAD_PAGE21", "AARCH64_GOTPAGE21"),
        6: ("ARM64_RELOC_GOT_LOAD_PAGEOFF12", "AARCH64_GOTLO12"),
        64: ("ARM64_RELOC_PAGEOFF12 (add)", "AARCH64_ADD12"),
        65: ("ARM64_RELOC_PAGEOFF12 (8 bit)", "AARCH64_LDST8"),
        66: ("ARM64_RELOC_PAGEOFF12 (16 bit)", "AARCH64_LDST16"),
        67: ("ARM64_RELOC_PAGEOFF12 (32 bit)", "AARCH64_LDST32"),
        68: ("ARM64_RELOC_PAGEOFF12 (64 bit)", "AARCH64_LDST64"),
        69: ("ARM64_RELOC_PAGEOFF12 (128 bit)", "AARCH64_LDST128"),
    },
    # IMAGE_REL_ARM64_PAGEOFFSET_12L likewise: objects_coff.py reports 65 to 69.
    ("coff", "aarch64"): {
        3: ("IMAGE_REL_ARM64_BRANCH26", "AARCH64_BRANCH26"),
        4: ("IMAGE_REL_ARM64_PAGEBASE_REL21", "AARCH64_PAGE21"),
        6: ("IMAGE_REL_ARM64_PAGEOFFSET_12A", "AARCH64_ADD12"),
        14: ("IMAGE_REL_ARM64_ADDR64", "AARCH64_64"),
        15: ("IMAGE_REL_ARM64_BRANCH19", "AARCH64_BRANCH19"),
        16: ("IMAGE_REL_ARM64_BRANCH14", "AARCH64_BRANCH14"),
        65: ("IMAGE_REL_ARM64_PAGEOFFSET_12L (8 bit)", "AARCH64_LDST8"),
        66: ("IMAGE_REL_ARM64_PAGEOFFSET_12L (16 bit)", "AARCH64_LDST16"),
        67: ("IMAGE_REL_ARM64_PAGEOFFSET_12L (32 bit)", "AARCH64_LDST32"),
        68: ("IMAGE_REL_ARM64_PAGEOFFSET_12L (64 bit)", "AARCH64_LDST64"),
        69: ("IMAGE_REL_ARM64_PAGEOFFSET_12L (128 bit)", "AARCH64_LDST128"),
    },
}

COMMON_FLAGS = (
    Flag("-O2", "-O3 unrolls and duplicates tails: bigger stencils, no faster"),
    Flag("-std=c11", "what CPython itself is written in"),
    Flag("-fno-strict-aliasing", "stencils cast freely, as the interpreter's own flags allow"),
    Flag("-fwrapv", "signed overflow wraps in the interpreter's own flags too"),
    Flag("-fno-math-errno", "lets sqrt and friends be instructions; no stencil reads errno after them"),
    Flag("-ffunction-sections", "makes the end of each function visible in the assembly text"),
    Flag("-fno-asynchronous-unwind-tables", "one rule per arena describes all stencils; see the frame-pointer flags"),
    Flag("-fno-exceptions", "C only: no unwind tables, no personality routine"),
    Flag("-fno-omit-frame-pointer", "where a stencil calls out, the frame-pointer chain must be intact for unwinding"),
    Flag("-momit-leaf-frame-pointer", "stencils that call nothing must not pay for a frame"),
    Flag("-fno-jump-tables", "a jump table is data that holds code addresses, which cannot be relocated"),
    Flag("-fno-stack-protector", "a canary check would make every call-making stencil larger; distributions switch it on"),
    Flag("-fcf-protection=none", "endbr64 at the start of each stencil is a waste: traces are entered directly"),
    Flag("-fno-semantic-interposition", "calls bind to the interpreter that embeds the stencils"),
    Flag("-fno-verbose-asm", "less assembly text to read back"),
    Flag("-fno-ident", "no compiler version in the assembly text"),
    Flag("-fno-addrsig", "no address-significance table: nothing here is linked"),
    Flag("-fno-builtin-malloc", "the allocator of the interpreter is not libc's to optimise away"),
    Flag("-g0", "debug information would refer to sections that are taken apart"),
    Flag("-U_FORTIFY_SOURCE", "the checked libc functions need sizes that stencils do not have"),
    Flag("-D_FORTIFY_SOURCE=0", "clang builds of some distributions define it by default"),
    Flag("-fno-profile-generate", "PGO counters are writable data"),
    Flag("-fno-lto", "assembly text, not bitcode"),
    Flag("-fno-sanitize=all", "sanitizer calls in the interpreter's flags do not belong in traces"),
    Flag("-Xclang -no-enable-noundef-analysis", "dead registers are passed on as undefined values without a spill or a zeroing"),
    Flag("-Wno-unused-command-line-argument", "one table serves all targets"),
    Flag("-Wno-uninitialized", "dead registers are uninitialised variables on purpose"),
    Flag("-Wno-sometimes-uninitialized", "likewise"),
    Flag("-Wno-unused-value", "expanded bytecode macros leave some"),
    Flag("-Wno-unused-variable", "likewise"),
    Flag("-Wno-unused-but-set-variable", "likewise"),
    Flag("-Wno-unused-label", "likewise"),
    Flag("-Wno-unused-function", "each chunk of the source keeps all static functions"),
    Flag("-Wno-unreachable-code", "stencils end in musttail calls"),
)

NO_CONFIGURATION = Flag("--no-default-config", "a distribution's clang.cfg would bring its hardening flags")

X86_64_ELF_FLAGS = (
    NO_CONFIGURATION,
    Flag("-fno-pic", "holes become immediates; position independent code would go through a GOT"),
    Flag("-fno-pie", "distributions make PIE the default, with the same effect as above"),
    Flag("-mcmodel=medium", "objects above the threshold get 64-bit immediates: the interpreter may lie anywhere"),
    Flag("-mlarge-data-threshold=1", "one-byte externs stay 32-bit holes, everything else is 64-bit"),
    Flag("-mno-red-zone", "calls from the trace and signal handlers would overwrite it"),
    Flag("-mno-stack-arg-probe", "no probe calls in stencils with large frames"),
)

X86_64_OTHER_FLAGS = (
    Flag("-fno-pic", "where the platform honours it, holes become immediates"),
    Flag("-mno-red-zone", "calls from the trace and signal handlers would overwrite it"),
    Flag("-mno-stack-arg-probe", "no probe calls in stencils with large frames"),
)

AARCH64_ELF_FLAGS = (
    NO_CONFIGURATION,
    Flag("-fno-pic", "absolute addresses instead of a GOT"),
    Flag("-fno-pie", "distributions make PIE the default, with the same effect as above"),
    Flag("-mcmodel=large", "addresses become movz/movk sequences: right for any value at any distance"),
    Flag("-ffixed-x18", "the platform register on Darwin and Windows; keeps the code the same everywhere"),
    Flag("-mno-outline", "outlined sequences would be shared between stencils"),
    Flag("-mno-outline-atomics", "no run-time calls for atomics"),
    Flag("-mbranch-protection=none", "no landing pads: traces are entered directly"),
)

AARCH64_OTHER_FLAGS = (
    Flag("-fno-pic", "where the platform honours it, absolute addresses instead of a GOT"),
    Flag("-ffixed-x18", "the platform register on Darwin and Windows"),
    Flag("-mno-outline", "outlined sequences would be shared between stencils"),
    Flag("-mno-outline-atomics", "no run-time calls for atomics"),
    Flag("-mbranch-protection=none", "no landing pads: traces are entered directly"),
)

WINDOWS_FLAGS = (
    Flag("-fms-extensions", "headers of Windows and MinGW want it; else inline functions of MinGW's come before the stencils"),
    Flag("-Xclang -fno-auto-import", "with MinGW's headers: data is the interpreter's own, and needs no slot that a linker fills"),
)


@dataclass(frozen=True)
class Target:
    """One row of the table: how to compile and read stencils for a family of triples."""

    name: str
    pattern: str  # regular expression over the host triple
    triple: str  # what clang is given
    arch: str
    format: str  # elf, macho, coff
    flags: tuple[Flag, ...]
    underscore: bool = False  # C names carry a leading underscore in the object file

    @property
    def portable(self) -> "Target":
        """The target whose code, as long as it calls nothing, all systems of this processor can run."""
        return next(each for each in TARGETS if each.arch == self.arch and each.format == "elf")

    @property
    def local(self) -> str:
        """What opens a label that stays out of the symbol table."""
        return "L" if self.format == "macho" else ".L"

    @property
    def relocations(self) -> dict[int, tuple[str, str]]:
        """Object-file relocation number -> (its name, kind name)."""
        return RELOCATIONS[self.format, self.arch]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The relocation kinds of the architecture, in the order of the generated enum."""
        return KINDS[self.arch]

    def kind(self, number: int) -> Kind:
        """The kind behind an object file's relocation number; raises TargetError when it is unknown."""
        try:
            name = self.relocations[number][1]
        except KeyError:
            raise TargetError(
                f"unknown {self.format} relocation {number} on {self.name}{THREAD_LOCAL_HINT.get((self.format, self.arch, number), '')}"
            ) from None
        return next(kind for kind in self.kinds if kind.name == name)

    def arguments(self) -> list[str]:
        """The clang arguments for this target, without the user's."""
        return [f"--target={self.triple}", *(word for flag in COMMON_FLAGS + self.flags for word in flag.text.split())]


THREAD_LOCAL = " (a thread-local variable: take it from tstate instead)"
THREAD_LOCAL_HINT = {("elf", "x86_64", number): THREAD_LOCAL for number in range(16, 24)}
THREAD_LOCAL_HINT |= {("elf", "aarch64", number): THREAD_LOCAL for number in range(512, 574)}

WINDOWS = r"(pc|w64|unknown)-(windows-(msvc|gnu)|mingw32).*"  # Microsoft's headers or MinGW's

TARGETS = (
    Target("x86_64-linux", r"x86_64-.*linux-(gnu|musl).*", "x86_64-pc-linux-gnu", "x86_64", "elf", X86_64_ELF_FLAGS),
    Target("aarch64-linux", r"aarch64-.*linux-(gnu|musl).*", "aarch64-unknown-linux-gnu", "aarch64", "elf", AARCH64_ELF_FLAGS),
    Target("x86_64-darwin", r"x86_64-apple-darwin.*", "x86_64-apple-macosx11", "x86_64", "macho", X86_64_OTHER_FLAGS, True),
    Target(
        "aarch64-darwin", r"(aarch64|arm64)-apple-darwin.*", "arm64-apple-macosx11", "aarch64", "macho", AARCH64_OTHER_FLAGS, True
    ),
    Target(
        "x86_64-windows", rf"x86_64-{WINDOWS}", "x86_64-pc-windows-msvc", "x86_64", "coff", X86_64_OTHER_FLAGS + WINDOWS_FLAGS
    ),
    Target(
        "aarch64-windows",
        rf"(aarch64|arm64)-{WINDOWS}",
        "aarch64-pc-windows-msvc",
        "aarch64",
        "coff",
        AARCH64_OTHER_FLAGS + WINDOWS_FLAGS,
    ),
)


def find_target(triple: str) -> Target:
    """The table's row for a host triple; raises TargetError when there is none."""
    for target in TARGETS:
        if re.fullmatch(target.pattern, triple):
            # MinGW's headers ask for its name.
            mingw = target.format == "coff" and re.search(r"-(mingw|windows-gnu)", triple)
            return replace(target, triple=target.triple.replace("msvc", "gnu")) if mingw else target
    known = ", ".join(target.name for target in TARGETS)
    raise TargetError(f"no JIT stencils for host {triple!r}; supported: {known}. Configure without the JIT.")
