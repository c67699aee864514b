"""Order of blocks: what is hot, what is cold, and the jumps in between; on text, so without clang."""

import textwrap

import assembly
import dialect_aarch64
import dialect_x86_64
import postprocess
import pytest
from targets import Target, find_target

X86 = find_target("x86_64-pc-linux-gnu")
ARM = find_target("aarch64-unknown-linux-gnu")
MAC = find_target("aarch64-apple-darwin")
HOLES = assembly.Holes("", frozenset({"_JIT_OPARG"}))


def lay_out(text: str, *, target: Target = X86, helpers: str = "") -> tuple[str, str]:
    """Hot and cold text of one stencil, labels left out where nothing refers to them."""
    name = "__JIT_STENCIL_S" if target.underscore else "_JIT_STENCIL_S"
    dialect: assembly.Dialect
    dialect = dialect_x86_64.X86_64(target) if target.arch == "x86_64" else dialect_aarch64.AArch64(target)
    source = f".section .text,\n{name}:\n{textwrap.dedent(text)}\n.text\n{textwrap.dedent(helpers)}"
    unit = assembly.parse(source.replace(".section .text,", ".text"), dialect, target.local)
    holes = assembly.Holes("_" if target.underscore else "", HOLES.small)
    piece = postprocess.process(unit, target, dialect, holes).pieces[0]
    used = {word for line in piece.hot + piece.cold if not line.endswith(":") for word in assembly.references(line)}
    parts = ["\n".join(line for line in part if line.rstrip(":") in used or line[-1] != ":") for part in (piece.hot, piece.cold)]
    return parts[0], parts[1]


def expect(found: tuple[str, str], hot: str, cold: str = "") -> None:
    """Compare with indented text."""
    assert found == (textwrap.dedent(hot).strip(), textwrap.dedent(cold).strip())


def test_trailing_jump_goes() -> None:
    expect(lay_out("nop\njmp _JIT_CONTINUE"), "nop")


def test_guard_is_inverted() -> None:
    expect(lay_out("testl %eax, %eax\njne _JIT_CONTINUE\njmp _JIT_EXIT"), "testl %eax, %eax\nje _JIT_EXIT")


def test_exit_first_stays() -> None:
    expect(lay_out("testl %eax, %eax\njne _JIT_EXIT\njmp _JIT_CONTINUE"), "testl %eax, %eax\njne _JIT_EXIT")


def test_two_conditions_on_one_comparison() -> None:
    expect(
        lay_out("ucomisd %xmm0, %xmm1\njne _JIT_EXIT\njp _JIT_EXIT\njmp _JIT_CONTINUE"),
        "ucomisd %xmm0, %xmm1\njne _JIT_EXIT\njp _JIT_EXIT",
    )


def test_early_way_out_jumps_to_the_end() -> None:
    expect(
        lay_out("testl %eax, %eax\njs _JIT_CONTINUE\nincl %eax\njmp _JIT_CONTINUE"),
        """
        testl %eax, %eax
        js .Ljit_end_0
        incl %eax
        .Ljit_end_0:
        """,
    )


def test_call_on_the_way_is_cold() -> None:
    expect(
        lay_out("testl %eax, %eax\njne _JIT_CONTINUE\npushq %rbp\nmovq %rsp, %rbp\ncallq f\npopq %rbp\njmp _JIT_CONTINUE"),
        """
        testl %eax, %eax
        je .Ljit_at_0_0
        """,
        """
        .Ljit_at_0_0:
        pushq %rbp
        movq %rsp, %rbp
        callq f
        popq %rbp
        jmp _JIT_CONTINUE
        """,
    )


def test_what_follows_the_way_out_is_cold() -> None:
    expect(
        lay_out("je .LBB0_1\nnop\njmp _JIT_CONTINUE\n.LBB0_1:\nincl %eax\njmp _JIT_ERROR"),
        "je .Ljit_at_0_0\nnop",
        ".Ljit_at_0_0:\nincl %eax\njmp _JIT_ERROR",
    )


def test_block_in_the_middle_that_never_continues_is_cold() -> None:
    expect(
        lay_out("jne .LBB0_2\nincl %eax\njmp _JIT_ERROR\n.LBB0_2:\nnop\njmp _JIT_CONTINUE"),
        "je .Ljit_at_0_0\nnop",
        ".Ljit_at_0_0:\nincl %eax\njmp _JIT_ERROR",
    )


def test_cold_block_comes_back() -> None:
    expect(
        lay_out("je .LBB0_2\n.LBB0_1:\nnop\njmp _JIT_CONTINUE\n.LBB0_2:\nincl %eax\njmp .LBB0_1"),
        """
        je .Ljit_at_0_1
        .Ljit_at_0_0:
        nop
        """,
        """
        .Ljit_at_0_1:
        incl %eax
        jmp .Ljit_at_0_0
        """,
    )


def test_jumps_to_jumps_are_threaded() -> None:
    expect(lay_out("je .LBB0_1\njmp _JIT_CONTINUE\n.LBB0_1:\njmp _JIT_ERROR"), "je _JIT_ERROR")


def test_loop_stays_hot() -> None:
    expect(
        lay_out(".p2align 4\n.LBB0_1:\ndecl %eax\njne .LBB0_1\njmp _JIT_CONTINUE"),
        """
        .LBB0_1:
        decl %eax
        jne .LBB0_1
        """,
    )


def test_loop_to_the_first_instruction() -> None:
    hot, _ = lay_out(".LBB0_1:\ndecl %eax\njne .LBB0_1\njmp _JIT_CONTINUE")
    assert hot.endswith("decl %eax\njne .LBB0_1")


@pytest.mark.parametrize("leave", ["jmp _JIT_JUMP", "retq", "jmpq *%rax"])
def test_stencils_that_do_not_continue(leave: str) -> None:
    expect(
        lay_out(f"je .LBB0_1\nnop\n{leave}\n.LBB0_1:\nincl %eax\njmp _JIT_EXIT"),
        f"je .Ljit_at_0_0\nnop\n{leave}",
        ".Ljit_at_0_0:\nincl %eax\njmp _JIT_EXIT",
    )


def test_stencil_that_only_exits_is_hot() -> None:
    expect(lay_out("nop\njmp _JIT_EXIT"), "nop\njmp _JIT_EXIT")


def test_call_that_never_returns_ends_a_block() -> None:
    expect(
        lay_out("je .LBB0_1\njmp _JIT_CONTINUE\n.LBB0_1:\npushq %rbp\nmovq %rsp, %rbp\ncallq abort\n"),
        "je .Ljit_at_0_0",
        ".Ljit_at_0_0:\npushq %rbp\nmovq %rsp, %rbp\ncallq abort",
    )


def test_local_functions_are_copied_with_labels_of_their_own() -> None:
    helpers = """
    help:
    decl %edi
    jne .LBB1_1
    retq
    .LBB1_1:
    jmp help
    """
    expect(
        lay_out("pushq %rbp\nmovq %rsp, %rbp\ncallq help\npopq %rbp\njmp _JIT_CONTINUE", helpers=helpers),
        "pushq %rbp\nmovq %rsp, %rbp\ncallq .Ljit_local_0_0_0\npopq %rbp",
        """
        .Ljit_local_0_0_0:
        decl %edi
        jne .Ljit_local_0_0_2
        retq
        .Ljit_local_0_0_2:
        jmp .Ljit_local_0_0_0
        """,
    )


@pytest.mark.parametrize(
    ("line", "wide"),
    [
        ("movl $helper, %eax", "movabsq $helper, %rax"),
        ("movl $helper+8, %r9d", "movabsq $helper+8, %r9"),
        ("cmpq $helper, 8(%rdi)", "movabsq $helper, %r10\ncmpq %r10, 8(%rdi)"),
        ("movq $helper, (%rdi)", "movabsq $helper, %r10\nmovq %r10, (%rdi)"),
        ("movl $_JIT_OPARG, %eax", "movl $_JIT_OPARG, %eax"),
        ("cmpl $7, %eax", "cmpl $7, %eax"),
    ],
)
def test_addresses_in_immediates(line: str, wide: str) -> None:
    expect(lay_out(f"{line}\njmp _JIT_CONTINUE"), wide)


def test_scratch_register_must_be_free() -> None:
    text = "movl %r10d, %eax\ncmpq $helper, (%rdi)\njmp _JIT_CONTINUE"
    expect(lay_out(text), "movl %r10d, %eax\nmovabsq $helper, %r11\ncmpq %r11, (%rdi)")
    with pytest.raises(assembly.StencilError, match=r"address of helper in a 32-bit immediate"):
        lay_out(f"movl %r11d, %ecx\n{text}")


@pytest.mark.parametrize(
    ("line", "direct"),
    [
        ("movq __JIT_OPARG@GOTPCREL(%rip), %rax", "movabsq $__JIT_OPARG, %rax"),
        ("movslq __JIT_OPARG@GOTPCREL(%rip), %rax", "movabsq $__JIT_OPARG, %rax\nmovslq %eax, %rax"),
        ("movzbl __JIT_OPARG@GOTPCREL(%rip), %ecx", "movabsq $__JIT_OPARG, %rcx\nmovzbl %cl, %ecx"),
        ("addl __JIT_OPARG@GOTPCREL(%rip), %eax", "movabsq $__JIT_OPARG, %r10\naddl %r10d, %eax"),
        ("cmpb $3, __JIT_OPARG@GOTPCREL(%rip)", "movabsq $__JIT_OPARG, %r10\ncmpb $3, %r10b"),
        ("movq _PyLong_Type@GOTPCREL(%rip), %rax", "movq _PyLong_Type@GOTPCREL(%rip), %rax"),
    ],
)
def test_values_in_slots(line: str, direct: str) -> None:
    expect(lay_out(f"{line}\njmp __JIT_CONTINUE", target=find_target("x86_64-apple-darwin")), direct)


def test_aarch64_branch_to_the_cold_part() -> None:
    expect(
        lay_out("cbz x0, .LBB0_1\nb _JIT_CONTINUE\n.LBB0_1:\nmov x0, x1\nb _JIT_ERROR", target=ARM),
        "cbz x0, .Ljit_at_0_0",
        ".Ljit_at_0_0:\nmov x0, x1\nb _JIT_ERROR",
    )


@pytest.mark.parametrize(
    ("branch", "opposite"),
    [("tbz w0, #3,", "tbnz w0, #3,"), ("tbnz x0, #40,", "tbz x0, #40,")],
)
def test_aarch64_test_bit_hops(branch: str, opposite: str) -> None:
    expect(
        lay_out(f"{branch} .LBB0_1\nb _JIT_CONTINUE\n.LBB0_1:\nb _JIT_EXIT", target=ARM),
        f"{opposite} .Ljit_hop_0_0\nb _JIT_EXIT\n.Ljit_hop_0_0:",
    )


def test_aarch64_error_may_be_far() -> None:
    expect(
        lay_out("b.ne _JIT_ERROR\nb.lt _JIT_EXIT\nb _JIT_CONTINUE", target=ARM),
        "b.eq .Ljit_hop_0_0\nb _JIT_ERROR\n.Ljit_hop_0_0:\nb.lt _JIT_EXIT",
    )


def test_mach_o_has_no_conditional_relocation() -> None:
    expect(
        lay_out("b.ne __JIT_EXIT\nb __JIT_CONTINUE", target=MAC),
        "b.eq Ljit_hop_0_0\nb __JIT_EXIT\nLjit_hop_0_0:",
    )


def test_aarch64_small_holes_take_two_moves() -> None:
    moves = "movz x8, #:abs_g0_nc:{0}\nmovk x8, #:abs_g1_nc:{0}\nmovk x8, #:abs_g2_nc:{0}\nmovk x8, #:abs_g3:{0}"
    small, wide = moves.format("_JIT_OPARG"), moves.format("_JIT_OPERAND")
    expect(lay_out(f"{small}\n{wide}\nb _JIT_CONTINUE", target=ARM), "\n".join([*small.split("\n")[:2], wide]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("str x0, [sp, #-8]", "below the stack pointer"),
        ("str x0, [sp, #8]", "into the caller's frame"),
        ("ldr x0, [sp]", "into the caller's frame"),
        ("sub sp, sp, #16", "16 bytes left on the stack"),
        ("sub sp, sp, #8\nadd sp, sp, #8", "stack depth 8"),
        ("add sp, sp, #16", "stack depth -16"),
        ("mov x29, x3", "x29 as a general register"),
        ("and sp, x9, #0xfffffffffffffff0", "unknown use of the stack pointer"),
    ],
)
def test_aarch64_refused(text: str, message: str) -> None:
    with pytest.raises(assembly.StencilError, match=message):
        lay_out(f"{text}\nb _JIT_CONTINUE", target=ARM)


def test_different_depths_at_one_label() -> None:
    with pytest.raises(assembly.StencilError, match="stack depth differs"):
        lay_out("je .LBB0_1\npushq %rax\n.LBB0_1:\npopq %rax\njmp _JIT_CONTINUE")


def test_data_between_instructions() -> None:
    with pytest.raises(assembly.StencilError, match=r"_JIT_STENCIL_S: data between instructions"):
        lay_out("nop\n.quad 7\njmp _JIT_CONTINUE")


def test_end_of_function_without_a_way_out() -> None:
    with pytest.raises(assembly.StencilError, match="control runs off the end"):
        lay_out("nop")
