"""The C tables about micro-ops: the enum, metadata, expansions, and the cases of the interpreter mode."""

from __future__ import annotations

import re
from collections.abc import Sequence

import primitives
from support import UserError
from uop_body import Hooks, Renderer, check_exits
from uop_effects import calls_nothing, deallocates_in_place, effects_of
from uop_model import (
    BRANCHES,
    CACHE_REGISTERS,
    Item,
    Program,
    Uop,
    shape_of,
    size_expression,
    strip_asserts,
    total,
    touches_stack_memory,
)

# Bit numbers of jit_uop_info.flags, in order; the text is the comment in C.
FLAGS = {
    "OPARG": "uses oparg",
    "DEOPT": "has DEOPT_IF: leaves when a specialization does not hold",
    "EXIT": "has EXIT_IF: leaves where a side trace may continue",
    "ERROR": "may raise after popping its inputs",
    "ERROR_NO_POP": "may raise with its inputs still on the stack",
    "ERROR_SYNCED": "may raise after SYNC_SP(), when all inputs are gone, the peeked ones too",
    "LOCAL_READ": "reads localsplus[oparg]",
    "LOCAL_WRITE": "writes localsplus[oparg]",
    "LOCALS_RANGE": "writes `oparg` locals, from localsplus[operand] on",
    "READS_IP": "reads frame->instr_ptr",
    "WRITES_IP": "writes frame->instr_ptr",
    "FRAME": "changes the current frame",
    "PUSHES_FRAME": "enters a new frame",
    "POPS_FRAME": "goes back to the calling frame",
    "SYNC_SP": "names the stack pointer: entry depth is fixed",
    "MEMORY": "has inputs or outputs in memory: entry depth is fixed",
    "JUMP": "never goes on to the next micro-op",
    "EVAL_BREAKER": "looks at the eval breaker",
    "PURE": "is marked pure in the DSL",
    "READS_HEAP": "reads objects",
    "WRITES_HEAP": "writes objects",
    "MAY_DEALLOC": "may free an object of a type that is not known",
    "MAY_RUN_PYTHON": "may run any code",
    "DEALLOC_SETS_IP": "its stencil sets frame->instr_ptr before it frees something",
    "SPLIT": "stands for its _0 and _1: add 1 + (oparg & 1)",
    "REPLICATED": "has replicas _0 ..: add 1 + oparg if oparg is below jit_uop_info.replicas",
    "BRANCH": "a conditional jump: becomes a guard for the recorded direction",
    "LOW_BIT": "is a replica: oparg & 1 is known",
    "LOCALS": "reads or writes other locals than localsplus[oparg]",
    "LEAF": "its stencil calls nothing and leaves the registers alone that it does not use",
}

OPERAND_KINDS = (
    ("JIT_OPERAND_NONE", "oparg is the instruction's"),
    ("JIT_OPERAND_1", "operand is 1 code unit of the inline cache"),
    ("JIT_OPERAND_2", "operand is 2 code units"),
    ("JIT_OPERAND_3", "not used"),
    ("JIT_OPERAND_4", "operand is 4 code units"),
    ("JIT_OPARG_TOP", "oparg is the instruction's, shifted right by 4"),
    ("JIT_OPARG_BOTTOM", "oparg is the instruction's low 4 bits"),
    ("JIT_OPARG_LENGTH", "oparg is the instruction's length with caches, in code units"),
    ("JIT_OPARG_NEXT", "oparg is that of the following instruction, which is done as well"),
)
OPARG_TOP, OPARG_BOTTOM, OPARG_LENGTH, OPARG_NEXT = 5, 6, 7, 8


def flags_of(uop: Uop) -> set[str]:
    """The names of the flags of `uop`, keys of FLAGS."""
    tokens = strip_asserts(uop.body)
    words = uop.words()
    flags = set(effects_of(uop))
    for word, flag in (
        ("DEOPT_IF", "DEOPT"),
        ("EXIT_IF", "EXIT"),
        ("DECREF_INPUTS_AND_REUSE_FLOAT", "ERROR_NO_POP"),
        ("JIT_NEW_FLOAT", "ERROR_NO_POP"),
        ("CHECK_EVAL_BREAKER", "ERROR_NO_POP"),
        ("CHECK_EVAL_BREAKER", "EVAL_BREAKER"),
        ("eval_breaker", "EVAL_BREAKER"),
        ("SETLOCAL", "LOCAL_WRITE"),
        ("_PyJIT_StoreItems", "LOCALS_RANGE"),
        ("JIT_JUMP", "JUMP"),
        ("JIT_JUMP_INDIRECT", "JUMP"),
    ):
        if word in words:
            flags.add(flag)
    texts = [t.text for t in tokens]
    synced = texts.index("SYNC_SP") if "SYNC_SP" in texts else len(texts)
    for index, text in enumerate(texts):
        if text in ("ERROR_IF", "ERROR_NO_POP", "GOTO_ERROR"):
            flags.add("ERROR_SYNCED" if index > synced else "ERROR" if text == "ERROR_IF" else "ERROR_NO_POP")
    released = _first_release(uop, texts)
    for index, text in enumerate(texts[:synced]):
        if text in ("ERROR_NO_POP", "GOTO_ERROR") and index > released:
            raise UserError(f"{uop.name}: raises with its inputs on the stack after it has released one")
    if {"ERROR", "ERROR_SYNCED"} <= flags:
        raise UserError(f"{uop.name}: raises both before and after SYNC_SP() with inputs gone")
    for index, text in enumerate(texts):
        following = texts[index + 1 : index + 6]
        if text == "GETLOCAL":
            taken = index and texts[index - 1] == "&"
            flags.add("LOCAL_WRITE" if following[3:4] == ["="] or taken else "LOCAL_READ")
            if taken:
                flags.add("LOCAL_READ")
        elif text == "instr_ptr":
            after = following[:1]
            written = after in (["="], ["++"])
            own = texts[index - 2 : index] == ["frame", "->"]
            if own:
                flags.add("WRITES_IP" if written else "READS_IP")
            if own and after == ["++"]:
                flags.add("READS_IP")
        elif text == "localsplus" and texts[index - 2 : index] == ["frame", "->"] or text == "_PyFrame_Copy":
            flags.add("LOCALS")
    if deallocates_in_place(uop):
        flags.add("DEALLOC_SETS_IP")
    if "tstate" in words and {"current_frame", "JIT_ENTER_FRAME", "JIT_RETURN_TO"} & words:
        flags.add("FRAME")
        pushes = "JIT_ENTER_FRAME" in words or any(i.ctype.startswith("_PyInterpreterFrame") for i in uop.inputs)
        flags.add("PUSHES_FRAME" if pushes else "POPS_FRAME")
    if uop.oparg is None and ("oparg" in words or any("oparg" in i.size for i in (*uop.inputs, *uop.outputs))):
        flags.add("OPARG")
    if touches_stack_memory(uop):
        flags.add("SYNC_SP")
    shape = None if uop.split else shape_of(uop)
    if shape is not None and (shape.memory_in or shape.memory_out):
        flags.add("MEMORY")
    if calls_nothing(uop):
        flags.add("LEAF")
    if "pure" in uop.annotations:
        flags.add("PURE")
    if uop.split:
        flags.add("SPLIT")
    elif uop.children:
        flags.add("REPLICATED")
    if uop.low_bit is not None:
        flags.add("LOW_BIT")
    if _ends_trace(texts):
        flags.add("JUMP")
    return flags


def _first_release(uop: Uop, texts: Sequence[str]) -> int:
    """Where the body first releases an input for good, outside any block; past its end if nowhere."""
    names = {i.name for i in uop.inputs}
    depth = 0
    for index, text in enumerate(texts):
        depth += (text == "{") - (text == "}")
        if depth == 0 and (text == "DECREF_INPUTS" or text == "Py_DECREF" and names & set(texts[index + 2 : index + 3])):
            return index
    return len(texts)


def _ends_trace(texts: Sequence[str]) -> bool:
    """Is the last statement an unconditional exit, outside any block?"""
    return texts[-5:] in (["EXIT_IF", "(", "1", ")", ";"], ["DEOPT_IF", "(", "1", ")", ";"]) and "{" not in texts


def uop_header(program: Program) -> str:
    """Include/internal/pycore_jit_uops.h: the enum of micro-op ids."""
    lines = [
        f"// Generated by Tools/jit/uops.py from {' and '.join(program.sources)}. Do not edit.\n",
        "#ifndef Py_INTERNAL_JIT_UOPS_H\n#define Py_INTERNAL_JIT_UOPS_H\n\n",
        "/* A micro-op's replicas follow it: see the flags SPLIT and REPLICATED in\n",
        " * pycore_jit_tables.h. */\nenum jit_uop_id {\n",
    ]
    lines.extend(f"    U_{name},\n" for name in all_names(program))
    lines.append("    U_COUNT\n};\n\n#endif /* !Py_INTERNAL_JIT_UOPS_H */\n")
    return "".join(lines)


def all_names(program: Program) -> list[str]:
    """Micro-ops in order of their ids; the branches come last."""
    return [*program.uops, *BRANCHES]


def _counts(uop: Uop) -> tuple[int, int]:
    n_in, n_out = total(uop.inputs), total(uop.outputs)
    return (-1 if n_in is None else n_in, -1 if n_out is None else n_out)


def uop_tables(program: Program) -> str:
    """Include/internal/pycore_jit_tables.h: metadata, stack effects, stencils and expansions.

    Each table is in one object, that of the file that defines JIT_DEFINE_TABLES, and holds no pointers: those would have
    to be relocated, and the pages that they are in written to, whenever Python starts.
    """
    out = [f"// Generated by Tools/jit/uops.py from {' and '.join(program.sources)}. Do not edit.\n\n"]
    out.append("enum {\n")
    for bit, (name, text) in enumerate(FLAGS.items()):
        out.append(f"    JIT_UOP_{name} = 1u << {bit},".ljust(44) + f"// {text}\n")
    out.append(f"}};\n\n#define JIT_CACHE_REGISTERS {CACHE_REGISTERS}\n\n")
    longest = max(map(len, all_names(program)))
    letters = max(len(_letter_string(uop, outputs)) for uop in program.uops.values() for outputs in (False, True))
    out.append(
        "struct jit_uop_info {\n"
        "    uint32_t flags;\n"
        "    int8_t n_in, n_out;         // cells popped and pushed; -1: depends on oparg\n"
        "    uint8_t operand_size;       // code units of the inline cache: 0, 1, 2 or 4\n"
        "    uint8_t exit_pops;          // top cells that are gone when it exits\n"
        "    uint8_t replicas;\n"
        "    uint16_t borrowing;         // its form that does not release what it reads, or 0\n"
        f"    char inputs[{letters + 1}];             // one letter a cell, see jit_uop_inputs(); * if oparg says how many\n"
        f"    char outputs[{letters + 1}];            // see jit_uop_outputs()\n"
        "    int8_t depth_after[JIT_CACHE_REGISTERS + 1];  // registers in use after it, by those\n"
        "                                // in use before it; -1: no such stencil\n"
        "};\n\n"
        "extern const struct jit_uop_info jit_uop_info[U_COUNT];\n"
        f"extern const char jit_uop_names[U_COUNT][{longest + 1}];\n\n"
    )
    out.append("".join(_LETTERS[outputs] + _letter_head(outputs) + ";\n\n" for outputs in (False, True)))
    out.append("".join(_COUNTS[name] + _count_head(name) + ";\n\n" for name in _COUNTS))
    out.append(_expansion_types(program))
    out.append(_stencils(program))
    out.append(primitives.tables())
    out.append("\n#ifdef JIT_DEFINE_TABLES\n\n")
    out.append("const struct jit_uop_info jit_uop_info[U_COUNT] = {\n")
    for uop in program.uops.values():
        out.append(_info(uop, program))
    for name in BRANCHES:
        out.append(
            f'    [U_{name}] = {{JIT_UOP_BRANCH | JIT_UOP_OPARG,\n'
            '        1, 0, 0, 0, 0, 0, "s", "", {-1, -1, -1, -1}},\n'
        )
    out.append(f"}};\n\nconst char jit_uop_names[U_COUNT][{longest + 1}] = {{\n")
    out.extend(f'    [U_{name}] = "{name}",\n' for name in all_names(program))
    out.append("};\n\n")
    out.append(_count_function("pops", program, lambda u: u.inputs))
    out.append(_count_function("pushes", program, lambda u: u.outputs))
    out.append(_letter_function(program, False))
    out.append(_letter_function(program, True))
    out.append(_expansions(program))
    out.append("#endif  // JIT_DEFINE_TABLES\n")
    return "".join(out)


def _info(uop: Uop, program: Program) -> str:
    flags = flags_of(uop)
    shown = " | ".join(f"JIT_UOP_{f}" for f in FLAGS if f in flags) or "0"
    n_in, n_out = _counts(uop)
    depths = {} if uop.split else shape_of(uop).depths
    after = ", ".join(str(depths.get(d, -1)) for d in range(CACHE_REGISTERS + 1))
    size = uop.cache.size if uop.cache else 0
    pops = check_exits(uop)
    borrowing = f"U_{uop.name}_B" if f"{uop.name}_B" in program.uops else "0"
    ins, outs = _letter_string(uop, False), _letter_string(uop, True)
    return (
        f"    [U_{uop.name}] = {{{shown},\n"
        f'        {n_in}, {n_out}, {size}, {pops}, {len(uop.children)}, {borrowing}, "{ins}", "{outs}", {{{after}}}}},\n'
    )


def _letters(uop: Uop, outputs: bool) -> list[tuple[str, Item]]:
    """What happens to each input or output, as a letter (see jit_uop_inputs)."""
    result: list[tuple[str, Item]] = []
    for item in uop.outputs if outputs else uop.inputs:
        if not outputs:
            letter = "b" if item.peek else "x" if item.name in uop.borrowed else "s"
        elif item.peek:
            letter = "="
        elif "Frame" in item.ctype:
            letter = "p"
        else:
            letter = {"null": "n", "self_or_null": "m", "next_or_null": "m"}.get(item.name, "o")
        result.append((letter, item))
    return result


def _letter_string(uop: Uop, outputs: bool) -> str:
    """The letters, none of what is split; * if their number depends on oparg."""
    letters = [] if uop.split else _letters(uop, outputs)
    if any(item.count is None for _, item in letters):
        return "*"
    return "".join(letter * (item.count or 0) for letter, item in letters)


_LETTERS = {
    False: """\
/* What a micro-op does with the items that it reads, a letter each, from the
 * lowest up: b looks at it, and it stays; s consumes it; x looks at it, and it is
 * gone without being released. Returns how many there are. */
""",
    True: """\
/* What stands where its inputs stood: = what was there; o an object, owned; m the
 * same or NULL; n NULL; p a pointer to no object. */
""",
}


def _letter_head(outputs: bool) -> str:
    return f"int jit_uop_{'outputs' if outputs else 'inputs'}(int uop, int oparg, char *letters)"


def _letter_function(program: Program, outputs: bool) -> str:
    name = "outputs" if outputs else "inputs"
    out = [f"{_letter_head(outputs)}\n{{\n    int n = 0;\n    switch (uop) {{\n".replace("int ", "int\n", 1)]
    for uop in program.uops.values():
        if _letter_string(uop, outputs) != "*":
            continue
        out.append(f"    case U_{uop.name}:\n")
        out.extend(
            f"        for (int i = {item.size}; i > 0; i--) {{\n            letters[n++] = '{letter}';\n        }}\n"
            for letter, item in _letters(uop, outputs)
        )
        out.append("        return n;\n")
    out.append(
        f"    default:\n        for (const char *s = jit_uop_info[uop].{name}; *s != '\\0'; s++) {{\n"
        "            letters[n++] = *s;\n        }\n        return n;\n    }\n}\n\n"
    )
    return "".join(out)


_COUNTS = {name: f"/* The number of cells that a micro-op {name}. */\n" for name in ("pops", "pushes")}


def _count_head(name: str) -> str:
    return f"int jit_uop_{name}(int uop, int oparg)"


def _count_function(name: str, program: Program, side: object) -> str:
    assert callable(side)
    field = "n_in" if name == "pops" else "n_out"
    out = [f"{_count_head(name)}\n{{\n    switch (uop) {{\n".replace("int ", "int\n", 1)]
    for uop in program.uops.values():
        items = side(uop)
        if total(items) is None:
            out.append(f"    case U_{uop.name}:\n        return {size_expression(items)};\n")
    out.append(f"    default:\n        return jit_uop_info[uop].{field};\n    }}\n}}\n\n")
    return "".join(out)


def _expansion_types(program: Program) -> str:
    longest = max(len(parts) for parts in program.expansions.values())
    out = ["enum jit_operand_kind {\n"]
    out.extend(f"    {name},".ljust(28) + f"// {text}\n" for name, text in OPERAND_KINDS)
    out.append(
        "};\n\n"
        "struct jit_expansion_step {\n"
        "    uint16_t uop;\n"
        "    uint8_t kind;       // enum jit_operand_kind\n"
        "    uint8_t offset;     // of the operand, in code units after the opcode's own\n"
        "};\n\n"
        "struct jit_expansion {\n"
        "    int8_t count;       // -1: cannot be expanded\n"
        f"    struct jit_expansion_step steps[{longest}];\n"
        "};\n\n"
        "/* By tier-1 opcode, specialized ones included. */\n"
        "extern const struct jit_expansion jit_expansions[256];\n\n"
    )
    return "".join(out)


def _expansions(program: Program) -> str:
    out = ["const struct jit_expansion jit_expansions[256] = {\n"]
    for opcode, name in sorted((program.opcodes[n], n) for n in program.opcodes):
        if name in program.expansions:
            steps = ", ".join(f"{{U_{p.uop}, {p.size}, {p.offset}}}" for p in program.expansions[name])
            parts = f"{{{len(program.expansions[name])}, {{{steps}}}}}" if steps else "{0}"
            out.append(f"    [{opcode}] = {parts},  // {name}\n")
    # Whatever has no row expands to nothing, which is not the same as "cannot".
    for opcode in range(256):
        names = [n for n in program.opcodes if program.opcodes[n] == opcode]
        if not any(n in program.expansions for n in names):
            note = f"  // {names[0]}" if names else ""
            out.append(f"    [{opcode}] = {{-1}},{note}\n")
    out.append("};\n\n")
    return "".join(out)


def _stencils(program: Program) -> str:
    out = [
        "#ifdef JIT_WITH_STENCILS\n"
        "/* By micro-op and number of registers in use before it. */\n"
        "#define JIT_NO_STENCIL UINT16_MAX\n"
        "static const uint16_t jit_uop_stencils[U_COUNT][JIT_CACHE_REGISTERS + 1] = {\n"
    ]
    for name in all_names(program):
        uop = program.uops.get(name)
        depths = {} if uop is None or uop.split else shape_of(uop).depths
        row = ", ".join(f"JIT_STENCIL_{name}_{d}" if d in depths else "JIT_NO_STENCIL" for d in range(CACHE_REGISTERS + 1))
        out.append(f"    [U_{name}] = {{{row}}},\n")
    out.append("};\n#endif\n")
    return "".join(out)


def interpreter_cases(program: Program) -> str:
    """Include/internal/pycore_jit_cases.h: every micro-op with its operands in memory.

    Forms for borrowed operands are the optimizer's, which has machine code.
    """
    out = [
        f"// Generated by Tools/jit/uops.py from {' and '.join(program.sources)}. Do not edit.\n",
        "//\n// For a switch inside a function with `frame`, `tstate`, `stack_pointer` and the\n"
        "// macros CURRENT_OPARG(), CURRENT_OPERAND(), JUMP_TO_EXIT(), JUMP_TO_ERROR(),\n"
        "// JUMP_TO_TOP(), JUMP_INDIRECT(), JIT_OTHER_STACK(), JIT_ENTER_FRAME(), JIT_RETURN_TO(), JIT_MARK_USED() and\n"
        "// JIT_TRACE_IS_VALID(). stack_pointer is right wherever one of them is reached.\n"
        "// A label `error:` is needed, where the macros of the DSL go.\n\n",
        "#define TIER_TWO 2\n\n",
    ]
    for uop in program.uops.values():
        if not uop.split and not uop.borrowed:
            out.append(_case(uop))
    out.append("#undef TIER_TWO\n")
    return "".join(out)


def _case(uop: Uop) -> str:
    total_in = size_expression(uop.inputs)
    popped = size_expression(i for i in uop.inputs if not i.peek)
    back = "" if popped == "0" else f"stack_pointer += -({popped}); "
    hooks = Hooks(
        exit=lambda synced: "{ JUMP_TO_EXIT(); }",
        error_pop=lambda: f"{{ {back}JUMP_TO_ERROR(); }}",
        error_no_pop=lambda synced: "{ JUMP_TO_ERROR(); }",
        sync_sp=lambda: f"stack_pointer += -({total_in});",
        set_stack_pointer=lambda synced: "_PyFrame_SetStackPointer(frame, stack_pointer);",
        jump=lambda: "JUMP_TO_TOP();",
        jump_indirect=lambda arguments: f"JUMP_INDIRECT({arguments});",
    )
    renderer = Renderer(uop, hooks)
    body = renderer.body()
    out = [f"case U_{uop.name}: {{\n"]
    declared = {"unused"}
    for item in (*uop.inputs, *uop.outputs):
        if item.name not in declared:
            declared.add(item.name)
            ctype = "PyObject **" if item.array else item.ctype if item.ctype.endswith("*") else item.ctype + " "
            out.append(f"    {ctype}{item.name};\n")
    out.extend(f"    PyObject *{name} = NULL;\n" for name in uop.absent)
    sizes = " ".join(i.size + i.condition for i in (*uop.inputs, *uop.outputs))
    if re.search(r"\boparg\b", body + sizes):
        out.append(f"    int oparg = {'CURRENT_OPARG()' if uop.oparg is None else uop.oparg};\n")
    for index, item in enumerate(uop.inputs):
        place = f"stack_pointer[-({size_expression(uop.inputs[index:])})]"
        cast = "" if item.ctype == "PyObject *" or item.array else f"({item.ctype})"
        if item.name == "unused":
            continue
        if item.array:
            out.append(f"    {item.name} = &{place};\n")
        elif item.condition:
            out.append(f"    {item.name} = ({item.condition}) ? {cast}{place} : NULL;\n")
        else:
            out.append(f"    {item.name} = {cast}{place};\n")
    named = {i.name for i in uop.inputs}
    for index, item in enumerate(uop.outputs):
        if item.array and item.name not in named and item.name != "unused":
            out.append(f"    {item.name} = &stack_pointer[{size_expression(uop.outputs[:index])} - ({total_in})];\n")
    if uop.cache is not None:
        ctype = "PyObject *" if uop.cache.size == 4 else f"uint{uop.cache.size * 16}_t "
        out.append(f"    {ctype}{uop.cache.name} = ({ctype.strip()})CURRENT_OPERAND();\n")
    out.append(body)
    base = "0" if renderer.synced else total_in
    for index, item in enumerate(uop.outputs):
        if item.peek or item.array or item.name == "unused":
            continue
        place = f"stack_pointer[{size_expression(uop.outputs[:index])} - ({base})]"
        value = item.name if item.ctype == "PyObject *" else f"(PyObject *){item.name}"
        guard = f"if ({item.condition}) " if item.condition else ""
        out.append(f"    {guard}{place} = {value};\n")
    out.append(_move(uop, renderer.synced))
    out.append("    break;\n}\n\n")
    return "".join(out)


def _move(uop: Uop, synced: bool) -> str:
    pushed, popped = size_expression(uop.outputs), size_expression(uop.inputs)
    if synced:
        return "" if pushed == "0" else f"    stack_pointer += {pushed};\n"
    if pushed == popped:
        return ""
    if pushed.isdigit() and popped.isdigit():
        return f"    stack_pointer += {int(pushed) - int(popped)};\n"
    return f"    stack_pointer += ({pushed}) - ({popped});\n"


def check_bodies(program: Program) -> None:
    """UserError if a body names a local other than the one that oparg says."""
    for uop in program.uops.values():
        texts = [t.text for t in strip_asserts(uop.body)]
        for index, text in enumerate(texts):
            if text in ("GETLOCAL", "SETLOCAL") and texts[index + 2 : index + 3] != ["oparg"]:
                raise UserError(f"{uop.name}: {text}() of something else than oparg; split the micro-op in two")
