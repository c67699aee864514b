"""Micro-ops that a trace calls instead of containing: their bodies as C functions, and stencils that call them.

What is long, and calls C anyway, is slower in the place where it is needed than a
call away: traces of large programs are mostly such micro-ops, and the processor
fetches each of them from its outer caches.

A function `_PyJIT_Do_<name>` takes what its body names of `frame`, `tstate`, the
operands in registers, `stack_pointer`, `oparg` and the cache operand, in this order. It
gives the result that goes on in a register, if there is one, or one of the codes below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from support import UserError
from uop_body import Hooks, Renderer
from uop_effects import calls_nothing
from uop_macros import CODES
from uop_model import CALLED, Shape, Uop, shape_of, size_expression
from uop_stencils import StencilWriter, declare_dead, registers


class FunctionWriter(StencilWriter):
    """Writes a micro-op's function, for the fewest registers that its shape allows, and its stencils."""

    def __init__(self, uop: Uop, depth: int, shape: Shape) -> None:
        super().__init__(uop, depth, shape)
        peeks = any(i.peek for i in (*uop.inputs, *uop.outputs))
        if peeks or len(shape.register_out) > 1 or "current_frame" in uop.words() or calls_nothing(uop):
            raise UserError(f"{uop.name} cannot be called: it leaves operands, changes the frame, has two results, or calls nothing")
        hooks = Hooks(
            exit=lambda synced: "return JIT_DID_EXIT;",
            error_pop=lambda: "return JIT_DID_RAISE_POPPED;",
            error_no_pop=lambda synced: "return JIT_DID_RAISE_POPPED;" if synced else "return JIT_DID_RAISE;",
            sync_sp=lambda: "",
            set_stack_pointer=lambda synced: "",
            jump=lambda: "",
            jump_indirect=lambda arguments: "",
        )
        self.body = Renderer(uop, hooks).body()
        self.setup = self._inputs()
        self.stores = "".join(self._stores())

    def _stores(self) -> Iterable[str]:
        """The outputs that are in memory."""
        outputs, base = self.uop.outputs, size_expression(self.uop.inputs)
        for index, item in enumerate(self.shape.memory_out):
            if item.condition:
                raise UserError(f"{self.uop.name} cannot be called: whether there is {item.name} depends on oparg")
            if not item.array and item.name != "unused":
                yield f"    stack_pointer[{size_expression(outputs[:index])} - ({base})] = (PyObject *){item.name};\n"

    def _parameters(self) -> list[tuple[str, str]]:
        """Type and name of each."""
        text = self.setup + self.body + self.stores
        cache = self.uop.cache
        operand = [] if cache is None else [("PyObject *" if cache.size == 4 else f"uint{cache.size * 16}_t ", cache.name)]
        candidates = [
            ("_PyInterpreterFrame *", "frame"),
            ("PyThreadState *", "tstate"),
            *[("PyObject *", f"r{i}") for i in range(self.depth)],
            ("PyObject **", "stack_pointer"),
            *([("int ", "oparg")] if self.uop.oparg is None else []),
            *operand,
        ]
        # (FRAME_CO_NAMES, EMPTY and so on are macros that name the frame or the stack.)
        implied = {"frame": r"\b(FRAME_CO_\w+|LOCALS|GLOBALS|BUILTINS|GETLOCAL)\b", "stack_pointer": r"\b(STACK_LEVEL|EMPTY|PEEK)\b"}
        return [
            (ctype, name)
            for ctype, name in candidates
            if re.search(rf"\b{name}\b", text) or (name in implied and re.search(implied[name], text))
        ]

    def _setup_lines(self, holes: bool) -> list[str]:
        """Those declarations that fill in the cache operand from its hole, or the others: to the function it is a parameter."""
        return [s for s in self.setup.splitlines(keepends=True) if ("_JIT_OPERAND" in s) == holes]

    def prototype(self) -> str:
        """The function's head, without what follows."""
        parameters = ", ".join(ctype + name for ctype, name in self._parameters())
        return f"uintptr_t\n_PyJIT_Do_{self.uop.name}({parameters or 'void'})"

    def function(self) -> str:
        """The function."""
        text = "".join(self._setup_lines(holes=False)) + self.body + self.stores
        fixed = f"    const int oparg = {self.uop.oparg};\n" if self.uop.oparg is not None else ""
        out = self.shape.register_out
        result = f"(uintptr_t){out[0].name}" if out else "JIT_DID"
        return f"{self.prototype()}\n{{\n{fixed}{text}    return {result};\n}}\n\n"

    def stencil(self, depth: int) -> str:
        """The stencil that is entered with `depth` registers."""
        below = depth - self.depth
        arguments = [
            f"r{below + int(name[1:])}" if re.fullmatch(r"r\d", name) else name for _, name in self._parameters()
        ]
        lines = []
        if "oparg" in arguments:
            lines.append("    const int oparg = JIT_OPARG();\n")
        if "stack_pointer" in arguments:
            lines.append(f"    PyObject **stack_pointer = JIT_STACK() + {depth};\n")
        lines.extend(self._setup_lines(holes=True))
        lines.append(f"    uintptr_t did = _PyJIT_Do_{self.uop.name}({', '.join(arguments)});\n")
        codes = []
        for code, target in (("EXIT", "_JIT_EXIT"), ("RAISE_POPPED", "_JIT_ERROR_POPPED"), ("RAISE", "_JIT_ERROR")):
            if re.search(rf"\bJIT_DID_{code}\b", self.function()):
                kept = below if code == "RAISE_POPPED" else depth
                codes.append((code, f"JIT_TAIL({target}, {registers([f'r{i}' for i in range(kept)])});"))
        if codes:
            lines.append("    if (JIT_UNLIKELY(did < JIT_DID)) {\n")
            lines.extend(f"        if (did == JIT_DID_{code}) {{ {jump} }}\n" for code, jump in codes[:-1])
            lines.append(f"        {codes[-1][1]}\n    }}\n")
        values = [f"r{i}" for i in range(below)]
        if self.shape.register_out:
            values.append("(PyObject *)did")
        lines.append(f"    JIT_TAIL(_JIT_CONTINUE, {registers(values)});\n")
        code_text = "".join(lines)
        return f"JIT_CODE\n_JIT_STENCIL_{self.uop.name}_{depth}(JIT_ARGUMENTS)\n{{\n{declare_dead(code_text)}{code_text}}}\n\n"


def _writers(uops: Iterable[Uop]) -> list[FunctionWriter]:
    """The writers of those that are CALLED."""
    shapes = [(uop, shape_of(uop)) for uop in uops if uop.name in CALLED]
    return [FunctionWriter(uop, min(shape.depths), shape) for uop, shape in shapes]


def called_stencils(uops: Iterable[Uop]) -> dict[str, str]:
    """Name -> C text of the stencils that call it."""
    return {
        w.uop.name: f"extern {w.prototype()};\n\n" + "".join(w.stencil(d) for d in w.shape.depths)
        for w in _writers(uops)
    }


def functions(uops: Iterable[Uop], sources: Iterable[str]) -> str:
    """Include/internal/pycore_jit_functions.h: the functions, each with its prototype."""
    out = [
        f"// Generated by Tools/jit/uops.py from {' and '.join(sources)}. Do not edit.\n",
        "//\n// For Python/jit/functions.c. See Tools/jit/uop_functions.py for what they take and give.\n\n",
        f"{CODES}\n",
    ]
    out.extend(f"{w.prototype()};\n\n{w.function()}" for w in _writers(uops))
    return "".join(out)
