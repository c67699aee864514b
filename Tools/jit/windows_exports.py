"""Makes a C file that tells the linker what a library exports, for compilers that ignore #pragma comment(linker).

    windows_exports.py OUTPUT [--from PC/python3dll.c --dll NAME] [FUNCTION...]

FUNCTIONs are of the library itself; those that python3dll.c lists (EXPORT_FUNC and EXPORT_DATA) are forwarded to another.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from support import UserError, main_wrapper, write_if_changed

LISTED = re.compile(r"^EXPORT_(FUNC|DATA)\((\w+)\)$", re.MULTILINE)


def directives(functions: Sequence[str], source: str, dll: str) -> list[str]:
    """Options for the linker, as they stand in section .drectve of an object file."""
    found = [f"-export:{name}" for name in functions]
    for sort, name in LISTED.findall(source):
        found.append(f"-export:{name}={dll}.{name}" + (",DATA" if sort == "DATA" else ""))
    return found


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file."""
    parser = argparse.ArgumentParser(description="make a C file of exports")
    parser.add_argument("output", type=Path)
    parser.add_argument("--from", dest="source", type=Path, help="a file like PC/python3dll.c")
    parser.add_argument("--dll", default="", help="where its functions are")
    parser.add_argument("function", nargs="*")
    options = parser.parse_intermixed_args(argv)
    source = options.source.read_text("utf-8") if options.source else ""
    found = directives(options.function, source, options.dll)
    if not found or (options.source and len(found) == len(options.function)):
        raise UserError(f"{options.source or 'the command line'} names nothing to export")
    text = "/* Made by windows_exports.py. */\n" + 'asm(".section .drectve, \\"yn\\"\\n"\n'
    text += "".join(f'    ".ascii \\" {directive}\\"\\n"\n' for directive in found) + '    ".text\\n");\n'
    write_if_changed(options.output, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
