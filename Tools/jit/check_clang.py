"""A long check: the stencils of all targets, made by other clangs than the build's, and run where they can be.

These clangs are inside PyPI's ziglang, which is installed below the build folder.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import stencil_check
from support import REPOSITORY, UserError

# Major version of clang -> of ziglang.
VERSIONS = {20: "0.15.2", 21: "0.16.0", 22: "0.17.1"}
TESTS = ("test_conventions.py", "test_primitive_checks.py", "test_conformance.py")


def install(python: Path, folder: Path, version: str) -> Path:
    """The folder of a ziglang, which is installed into `folder` if it is not there; raises UserError."""
    package = folder / f"ziglang-{version}" / "ziglang"
    if not (package / "zig").exists():
        command = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(package.parent), f"ziglang=={version}"]
        if subprocess.run(command).returncode:
            raise UserError(f"ziglang {version} could not be installed with pip")
    return package


def check(python: Path, build: Path, tree: Path, run_tests: Callable[[str, list[str], str], tuple[int, int]]) -> tuple[int, int]:
    """How much passed and failed: a target is one, and each test; `run_tests` takes a name, files, and the clang's path."""
    passed = failed = 0
    # All with the headers of one ziglang: not all versions have all of them.
    headers = install(python, build / "clang", VERSIONS[21])
    for major, version in VERSIONS.items():
        llvm = str(install(python, build / "clang", version) / "zig")
        print(f"-- clang {major}", flush=True)
        places = stencil_check.Places(tree, build, headers, llvm, build / "clang" / "cache")
        tests = [str(REPOSITORY / "Tools" / "jit" / "tests" / name) for name in TESTS]
        for good, bad in (stencil_check.check(list(stencil_check.HOSTS), places), run_tests(f"clang-{major}", tests, llvm)):
            passed, failed = passed + good, failed + bad
    return passed, failed
