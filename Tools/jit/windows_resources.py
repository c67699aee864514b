"""Compiles a resource script of the base with llvm-rc on a system that is not Windows.

    windows_resources.py OUTPUT.res INPUT.rc COMPILER [ARGUMENTS OF THE COMPILER...]

llvm-rc takes names of files as they are, and the base writes them with backslashes.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from support import UserError, main_wrapper, write_if_changed

NAME = re.compile(r'^(\s*\w+\s+(?:ICON|RT_MANIFEST|24)\b[^"\n]*")([^"\n]*)"', re.MULTILINE)


def with_slashes(script: str) -> str:
    """A resource script whose files have names with slashes."""
    return NAME.sub(lambda match: match[1] + match[2].replace("\\", "/") + '"', script)


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file."""
    if len(argv) < 3:
        raise UserError("usage: windows_resources.py OUTPUT.res INPUT.rc COMPILER [ARGUMENTS...]")
    output, source, command = Path(argv[0]), Path(argv[1]), list(argv[2:])
    # latin-1: bytes stay what they are, whatever the script is written in.
    text = with_slashes(source.read_text("latin-1"))
    with tempfile.TemporaryDirectory(prefix="resources-") as scratch:
        script, made = Path(scratch) / source.name, Path(scratch) / "made.res"
        script.write_text(text, "latin-1")
        # /C: the code page that python_ver_rc.h asks for in a way that llvm-rc does not know.
        done = subprocess.run([*command, "/C", "1252", "/I", str(source.parent), "/FO", str(made), "--", str(script)], cwd=scratch)
        if done.returncode:
            raise UserError(f"{command[0]} could not compile {source} (exit status {done.returncode}); its messages are above")
        write_if_changed(output, made.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
