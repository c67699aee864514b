"""Remakes the generated files of a prepared tree from its patched sources.

The tier-1 files come from CPython's own Tools/cases_generator, the micro-ops from
our uops.py.  Nothing runs while inputs and outputs are what they were last time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support import UserError, digest, last_words, main_wrapper, write_if_changed

BYTECODES = "Python/bytecodes.c"
GENERATORS = "Tools/cases_generator"
STAMP = ".git/jit-regen.json"


@dataclass(frozen=True)
class Output:
    """One file that a script of Tools/cases_generator makes of bytecodes.c."""

    script: str
    path: str


TIER1 = (
    Output("opcode_id_generator.py", "Include/opcode_ids.h"),
    Output("target_generator.py", "Python/opcode_targets.h"),
    Output("py_metadata_generator.py", "Lib/_opcode_metadata.py"),
    Output("opcode_metadata_generator.py", "Include/internal/pycore_opcode_metadata.h"),
    Output("tier1_generator.py", "Python/generated_cases.c.h"),
)

# What our own generator may make; git of the prepared tree ignores these.
UOPS_SCRIPT = "Tools/jit/uops.py"
UOPS_OUTPUTS = (
    "Include/internal/pycore_jit_uops.h",
    "jit_stencil_source.c",
    "jit_primitive_source.c",
    "Include/internal/pycore_jit_cases.h",
    "Include/internal/pycore_jit_functions.h",
    "Include/internal/pycore_jit_tables.h",
)


def inputs(tree: Path) -> dict[str, bytes]:
    """Everything that the generated files depend on, by its path in the tree."""
    found = [tree / BYTECODES, tree / "Python/jit/jit_bytecodes.c"]
    found += (tree / GENERATORS).glob("*.py")
    for names in ("uop*.py", "primitives.py", "primitive_macros.py", "*.toml"):
        found += (tree / "Tools/jit").glob(names)
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in found if path.is_file()}


def outputs(tree: Path) -> dict[str, bytes]:
    """The generated files that exist, by their path in the tree."""
    names = [output.path for output in TIER1] + list(UOPS_OUTPUTS)
    return {name: (tree / name).read_bytes() for name in names if (tree / name).is_file()}


def run(script: Path, *arguments: str) -> None:
    """Run one generator with this Python; UserError with the last line of its output when it fails."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise UserError(f"{script.name}: {last_words(done).removeprefix('error: ')}")


def regenerate(tree: Path, force: bool = False) -> bool:
    """Bring the tree's generated files up to date; True if a generator had to run."""
    stamp = tree / STAMP
    before = digest(inputs(tree))
    last = json.loads(stamp.read_text("utf-8")) if stamp.is_file() else None
    if not force and last == {"inputs": before, "outputs": digest(outputs(tree))}:
        return False
    with tempfile.TemporaryDirectory(prefix=".regen-", dir=tree / ".git") as scratch:
        # All of them first, so that a failing generator changes nothing.
        for output in TIER1:
            made = Path(scratch) / Path(output.path).name
            run(tree / GENERATORS / output.script, "-o", str(made), str(tree / BYTECODES))
        for output in TIER1:
            data = (Path(scratch) / Path(output.path).name).read_bytes()
            write_if_changed(tree / output.path, data.replace(f"{tree}/".encode(), b""))
    if (tree / UOPS_SCRIPT).is_file():
        run(tree / UOPS_SCRIPT, "--tree", str(tree))
    state = {"inputs": before, "outputs": digest(outputs(tree))}
    write_if_changed(stamp, json.dumps(state, indent=1).encode())
    return True


def main(argv: Sequence[str]) -> int:
    """Command line: `regen.py [--force] TREE`."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("tree", type=Path, help="a prepared tree")
    parser.add_argument("--force", action="store_true", help="run the generators even if nothing changed")
    options = parser.parse_args(argv)
    tree = options.tree.absolute()
    if not (tree / BYTECODES).is_file():
        raise UserError(f"{options.tree} is no prepared tree (no {BYTECODES} in it)")
    changed = regenerate(tree, options.force)
    print("generated files remade" if changed else "generated files are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
