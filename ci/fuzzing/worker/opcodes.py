"""Says which opcodes the programs have that are given as a JSON list on stdin; runs in the Python under test."""

import collections
import dis
import json
import sys
import types
import warnings


def opcodes_of(code: types.CodeType) -> collections.Counter[str]:
    """How often each opcode occurs in a code object and those in it."""
    found = collections.Counter(instruction.opname for instruction in dis.get_instructions(code))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found += opcodes_of(constant)
    return found


def main() -> None:
    """Print those that occur, with the number of programs, and those that never do."""
    warnings.simplefilter("ignore")
    found: collections.Counter[str] = collections.Counter()
    programs = json.load(sys.stdin)
    for source in programs:
        found.update(set(opcodes_of(compile(source, "program.py", "exec"))))
    print(f"opcodes of {len(programs)} programs: {' '.join(f'{name}:{count}' for name, count in found.most_common())}")
    pseudo = [name for name in dis.opmap if dis.opmap[name] > 255 or name.startswith("INSTRUMENTED")]
    print(f"never: {' '.join(sorted(set(dis.opmap) - set(found) - set(pseudo)))}")


main()
