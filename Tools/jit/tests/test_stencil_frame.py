"""The frame of a stencil that calls on its cold path only is set up there; all else stays."""

from __future__ import annotations

import pytest
from test_stencil_layout import ARM, expect, lay_out

X86_CODE = """
    pushq %rbp
    movq %rsp, %rbp
    cmpq $1, (%rsi)
    jne .L1
    movq %rdx, 16(%rsi)
    .L3:
    movq %rsi, %rax
    popq %rbp
    jmp _JIT_CONTINUE
    .L1:
    callq f
    testq %rax, %rax
    jne .L3
    popq %rbp
    jmp _JIT_ERROR
"""


def test_the_frame_goes_where_the_call_is() -> None:
    expect(
        lay_out(X86_CODE),
        """
        cmpq $1, (%rsi)
        jne .Ljit_at_0_1
        movq %rdx, 16(%rsi)
        .Ljit_at_0_0:
        movq %rsi, %rax
        """,
        """
        .Ljit_at_0_1:
        pushq %rbp
        movq %rsp, %rbp
        callq f
        testq %rax, %rax
        jne .Ljit_sunk_0_leave_0
        popq %rbp
        jmp _JIT_ERROR
        .Ljit_sunk_0_leave_0:
        popq %rbp
        jmp .Ljit_at_0_0
        """,
    )


def test_aarch64() -> None:
    """Where clang puts other instructions in between."""
    expect(
        lay_out(
            """
            stp x29, x30, [sp, #-16]!
            ldr x8, [x25]
            mov x29, sp
            cbz x8, .L1
            ldp x29, x30, [sp], #16
            b _JIT_CONTINUE
            .L1:
            bl f
            ldp x29, x30, [sp], #16
            b _JIT_CONTINUE
            """,
            target=ARM,
        ),
        "ldr x8, [x25]\ncbz x8, .Ljit_at_0_0",
        """
        .Ljit_at_0_0:
        stp x29, x30, [sp, #-16]!
        mov x29, sp
        bl f
        ldp x29, x30, [sp], #16
        b _JIT_CONTINUE
        """,
    )


def test_two_ways_in_and_one_without_a_frame() -> None:
    hot, cold = lay_out(
        """
        pushq %rbp
        movq %rsp, %rbp
        testq %rax, %rax
        je .L1
        testq %rbx, %rbx
        je .L2
        popq %rbp
        testq %rcx, %rcx
        je .L4
        jmp _JIT_CONTINUE
        .L1:
        incq %rax
        .L2:
        callq f
        popq %rbp
        jmp _JIT_CONTINUE
        .L4:
        incq %rbx
        jmp _JIT_ERROR
        """
    )
    assert "rbp" not in hot and "rsp" not in hot
    assert cold.count("pushq %rbp\nmovq %rsp, %rbp\n") == 2 and cold.count("popq %rbp") == 1
    assert cold.endswith("incq %rbx\njmp _JIT_ERROR")


@pytest.mark.parametrize(
    "changes",
    [
        {"movq %rdx, 16(%rsi)": "callq g"},
        {"movq %rsp, %rbp": "movq %rsp, %rbp\nsubq $16, %rsp", "16(%rsi)": "-8(%rbp)", "popq %rbp": "addq $16, %rsp\npopq %rbp"},
        {"movq %rdx, 16(%rsi)": "pushq %rbx\nmovq %rdx, 16(%rsi)\npopq %rbx"},
    ],
    ids=["call", "spill", "push"],
)
def test_a_frame_that_hot_code_needs_stays(changes: dict[str, str]) -> None:
    text = "\n".join(line.strip() for line in X86_CODE.splitlines())
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    hot, cold = lay_out(text)
    assert hot.startswith("pushq %rbp\nmovq %rsp, %rbp\n") and "pushq %rbp" not in cold


def test_a_frame_stays_where_only_cold_code_leads_back_to_a_hot_block() -> None:
    """(Else it would not be known whether the frame is there.)"""
    hot, cold = lay_out(
        """
        pushq %rbp
        movq %rsp, %rbp
        testq %rax, %rax
        je .L1
        jmp .L2
        .L3:
        incq %rax
        .L2:
        popq %rbp
        jmp _JIT_CONTINUE
        .L1:
        callq f
        jmp .L3
        """
    )
    assert hot.startswith("pushq %rbp\nmovq %rsp, %rbp\n") and "pushq %rbp" not in cold
