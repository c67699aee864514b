"""The C source of the stencils: one function per micro-op and number of cached registers.

Convention of every function `_JIT_STENCIL_<name>_<d>`: `frame` and `tstate`
are pinned; r0 (deepest) .. r<d-1> hold the last of its operands, the topmost of
the operand stack, and below them values that it passes on. The cells of the
other operands are in memory, up to but not including `frame + _JIT_SP`. It
leaves its results in the same way. All other registers are dead afterwards,
but those of a leaf (uop_effects.calls_nothing()) hold what they held. The
primitives (primitives.py) have all registers for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from primitives import REGISTERS
from uop_body import Hooks, Renderer
from uop_effects import calls_nothing, deallocates_in_place
from uop_macros import CODES, INCLUDES, MACROS
from uop_model import Item, Shape, Token, Uop, shape_of, size_expression

# Functions whose address bodies compare with. The address of a function would
# become a 32-bit absolute relocation; that of an unsized array is 64 bits wide.
_FUNCTION_VALUES = ("PyObject_GenericGetAttr", "_PyFunction_Vectorcall")

def registers(values: Sequence[str], keep: bool = False) -> str:
    """The register arguments of a tail call; registers past `values` are dead, or hold what they held."""
    rest = [f"r{i}" if keep else f"dead{i}" for i in range(len(values), REGISTERS)]
    return ", ".join([*values, *rest, "deadx"])


def declare_dead(code: str) -> str:
    """Uninitialised locals: whatever a dead register holds may stay there."""
    names = sorted({f"*{name}" for name in re.findall(r"\bdead[\dx]\b", code)})
    return f"    PyObject {', '.join(names)};\n" if names else ""


def _entry(depth: int) -> list[str]:
    return [f"r{i}" for i in range(depth)]


class StencilWriter:
    """Writes one variant: micro-op `uop` entered with `depth` cached registers."""

    def __init__(self, uop: Uop, depth: int, shape: Shape) -> None:
        self.uop = uop
        self.depth = depth
        self.shape = shape
        self.in_memory = bool(shape.memory_in or shape.memory_out)
        self.leaf = calls_nothing(uop)
        self.labels: dict[str, str] = {}

    def write(self) -> str:
        """The C function."""
        hooks = Hooks(
            exit=lambda synced: "{ " + f"JIT_TAIL(_JIT_EXIT, {registers(_entry(self.depth), self.leaf)});" + " }",
            error_pop=lambda: self._error("error_pop", size_expression(i for i in self.uop.inputs if not i.peek)),
            error_no_pop=lambda synced: (
                self._error("error_synced", size_expression(self.uop.inputs)) if synced else self._error("error", "0")
            ),
            sync_sp=lambda: f"stack_pointer += -({size_expression(self.uop.inputs)});",
            set_stack_pointer=self._set_stack_pointer,
            jump=lambda: f"JIT_TAIL(_JIT_JUMP, {registers(_entry(self.depth))});",
            jump_indirect=lambda arguments: f"JIT_INDIRECT({arguments});",
            text=self._token,
        )
        renderer = Renderer(self.uop, hooks)
        body = renderer.body()
        if "GOTO_ERROR" in renderer.used or re.search(r"\b(DECREF_INPUTS_AND_REUSE_FLOAT|JIT_NEW_FLOAT)\b", body):
            self._error("error", "0")
        code = self._inputs() + body + self._outputs() + "".join(self.labels.values())
        lines = [f"JIT_CODE\n_JIT_STENCIL_{self.uop.name}_{self.depth}(JIT_ARGUMENTS)\n{{\n", declare_dead(code)]
        lines.append(f"    const int dealloc_sets_ip = {deallocates_in_place(self.uop):d};\n")
        if re.search(r"\boparg\b", code):
            value = "JIT_OPARG()" if self.uop.oparg is None else str(self.uop.oparg)
            lines.append(f"    const int oparg = {value};\n")
        if re.search(r"\b(stack_pointer|STACK_LEVEL|EMPTY|PEEK)\b", code):
            lines.append(f"    PyObject **stack_pointer = JIT_STACK() + {self.depth};\n")
        lines.append(code)
        lines.append("}\n\n")
        return "".join(lines)

    def _token(self, tokens: Sequence[Token], index: int) -> str | None:
        text = tokens[index].text
        if text in _FUNCTION_VALUES and (index + 1 == len(tokens) or tokens[index + 1].text != "("):
            return f"JIT_ADDRESS_OF_{text}"
        return None

    def _set_stack_pointer(self, synced: bool) -> str:
        moved = f" - ({size_expression(self.uop.inputs)})" if synced else ""
        return f"frame->stacktop = JIT_STACKTOP() + {self.depth}{moved};"

    def _inputs(self) -> str:
        """Declarations, and the inputs' values."""
        out: list[str] = []
        declared = {"unused"}
        items = [*self.uop.inputs, *self.uop.outputs]
        for item in items:
            if item.name not in declared:
                declared.add(item.name)
                star = "PyObject **" if item.array else _spaced(item.ctype)
                out.append(f"    {star}{item.name};\n")
        out.extend(f"    PyObject *{name} = NULL;\n" for name in self.uop.absent)
        inputs = self.uop.inputs
        position = self.depth - sum(i.count or 0 for i in self.shape.register_in)
        for index, item in enumerate(inputs):
            if item.name == "unused":
                position += (item.count or 0) if item in self.shape.register_in else 0
                continue
            if item.count == 0:
                out.append(f"    {item.name} = NULL;\n")
            elif item in self.shape.register_in:
                if item.array:
                    cells = ", ".join(f"r{position + i}" for i in range(item.count or 0))
                    out.append(f"    PyObject *{item.name}_cells[] = {{{cells}}};\n    {item.name} = {item.name}_cells;\n")
                else:
                    out.append(f"    {item.name} = {_cast(item)}r{position};\n")
                position += item.count or 0
            else:
                place = f"stack_pointer[-({size_expression(inputs[index:])})]"
                if item.array:
                    out.append(f"    {item.name} = &{place};\n")
                elif item.condition:
                    out.append(f"    {item.name} = ({item.condition}) ? {_cast(item)}{place} : NULL;\n")
                else:
                    out.append(f"    {item.name} = {_cast(item)}{place};\n")
        named = {i.name for i in inputs}
        base = size_expression(inputs)
        for index, item in enumerate(self.uop.outputs):
            if item.array and item.name not in named and item.name != "unused":
                place = f"stack_pointer[{size_expression(self.uop.outputs[:index])} - ({base})]"
                out.append(f"    {item.name} = &{place};\n")
        cache = self.uop.cache
        if cache is not None:
            if cache.size == 4:
                out.append(f"    PyObject *{cache.name} = (PyObject *)_JIT_OPERAND;\n")
            else:
                ctype = f"uint{cache.size * 16}_t"
                out.append(f"    {ctype} {cache.name} = ({ctype})(uintptr_t)&_JIT_OPERAND32;\n")
        return "".join(out)

    def _outputs(self) -> str:
        """Stores of the outputs that are in memory, and the way on."""
        out: list[str] = []
        outputs = self.uop.outputs
        moved = "stack_pointer += -(" in self._body_probe()
        base = "0" if moved else size_expression(self.uop.inputs)
        first_register = self.depth - len(self.shape.register_in) if self.shape.register_in else self.depth
        cut = len(self.shape.memory_in)
        for index, item in enumerate(self.shape.memory_out):
            if item.array or item.name == "unused" and not item.peek:
                continue
            place = f"stack_pointer[{size_expression(outputs[:index])} - ({base})]"
            if item.peek:
                if index >= cut and index - cut < len(self.shape.register_in):
                    out.append(f"    {place} = r{first_register + index - cut};\n")
            elif item.condition:
                out.append(f"    if ({item.condition}) {place} = (PyObject *){item.name};\n")
            else:
                out.append(f"    {place} = (PyObject *){item.name};\n")
        below = 0 if self.in_memory else self.depth - sum(i.count or 0 for i in self.shape.register_in)
        values = _entry(below)
        for index, item in enumerate(self.shape.register_out):
            source = index + len(self.shape.memory_out) - cut
            if item.peek or item.name == "unused":
                values.append(f"r{below + source}")
            else:
                values.append(item.name if item.ctype == "PyObject *" else f"(PyObject *){item.name}")
        if "JIT_JUMP_INDIRECT" not in self.uop.words():
            out.append(f"    JIT_TAIL(_JIT_CONTINUE, {registers(values, self.leaf)});\n")
        return "".join(out)

    def _body_probe(self) -> str:
        return "stack_pointer += -(" if "SYNC_SP" in self.uop.words() else ""

    def _error(self, label: str, popped: str) -> str:
        """A jump to what puts the stack in order and goes on with the exception."""
        if label not in self.labels:
            kept = self.depth - int(popped) if popped.isdigit() else 0
            target = "_JIT_ERROR" if label == "error" else "_JIT_ERROR_POPPED"
            self.labels[label] = f"{label}:;\n    JIT_TAIL({target}, {registers(_entry(max(kept, 0)))});\n"
        return f"goto {label};"


def _spaced(ctype: str) -> str:
    return ctype if ctype.endswith("*") else ctype + " "


def _cast(item: Item) -> str:
    return "" if item.ctype == "PyObject *" else f"({item.ctype})"


def shim() -> str:
    """The stencil that C calls: runs `code` and returns what it returns."""
    return (
        "uintptr_t\n_JIT_SHIM(void *code, _PyInterpreterFrame *frame, PyThreadState *tstate)\n{\n"
        f"    PyObject {', '.join(f'*dead{i}' for i in [*range(REGISTERS), 'x'])};\n"
        f"    return ((jit_code_function)code)(frame, tstate, {registers([])});\n}}\n"
    )


def stencil_source(uops: Sequence[Uop], sources: Sequence[str], called: Mapping[str, str] = MappingProxyType({})) -> str:
    """The whole C file for the given micro-ops (parents of low-bit replicas left out by the caller).

    `called` has the stencils of those that call a function, by name (uop_functions.py).
    """
    parts = [INCLUDES.format(sources=" and ".join(sources)), MACROS, CODES]
    parts.extend(
        f'extern const char JIT_SYMBOL_{n}[] JIT_SYMBOL("{n}");\n#define JIT_ADDRESS_OF_{n} ((__typeof__(&{n}))JIT_SYMBOL_{n})\n'
        for n in _FUNCTION_VALUES
    )
    parts.append("\n")
    for uop in uops:
        shape = shape_of(uop)
        if uop.name in called:
            parts.append(called[uop.name])
            continue
        for depth in shape.depths:
            parts.append(StencilWriter(uop, depth, shape).write())
    parts.append(shim())
    return "".join(parts)
