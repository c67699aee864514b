"""What make runs for jit_stencils.h: stencils for one host, from the tree that this file lies in.

    build.py HOST [--debug]      in the build folder, where pyconfig.h is

CFLAGS_JIT adds flags for clang; LLVM_TOOLS_INSTALL_DIR and LLVM_VERSION say
which clang (see toolchain.py); what was compiled is kept in JIT_STENCIL_CACHE.
The C source of the stencils is part of the prepared tree (uops.py).
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import stencils

# Not resolved: in a prepared tree this file is reached through a link.
TREE = Path(__file__).absolute().parents[2]


def arguments_for(tree: Path, build: Path, host: str, debug: bool) -> list[str]:
    """The command line of stencils.py; paths below the build folder are relative."""
    arguments = ["--host", host, "--source", str(tree / "jit_stencil_source.c")]
    arguments += ["--primitives", str(tree / "jit_primitive_source.c"), "--output", "jit_stencils.h"]
    for folder in (build, tree / "Include", tree / "Include" / "internal", tree / "Python"):
        arguments += ["--include", str(folder)]
    defines = "-DPy_BUILD_CORE -D_Py_JIT -D_Py_TIER2=1"
    arguments += ["--cflags", f"{defines} {os.environ.get('CFLAGS_JIT', '')}".strip()]
    return [*arguments, "--debug"] if debug else arguments


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file; returns the exit status."""
    parser = argparse.ArgumentParser(description="make jit_stencils.h in the current folder")
    parser.add_argument("host", help="triple of the machine that will run Python")
    parser.add_argument("--debug", action="store_true", help="keep the assembly as comments")
    options = parser.parse_args(argv)
    return stencils.main(arguments_for(TREE, Path.cwd(), options.host, options.debug))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
