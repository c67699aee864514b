"""Installs what the programs need, once, into a folder that all interpreters share."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support import UserError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
COMPILED = (".so", ".pyd", ".dylib")


def install(work: Path, requirements: Path = REQUIREMENTS) -> Path:
    """The folder below `work` with the pinned packages; installed by pip if it is not there yet.

    Packages are shared by interpreters of any version, so they are installed
    as pure Python: whatever pip compiled or fetched compiled is removed.
    UserError in one line if pip fails, and nothing is left behind.
    """
    identity = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    target = work / f"packages-{identity}"
    if target.is_dir():
        return target
    work.mkdir(parents=True, exist_ok=True)
    print("installing the programs and their packages ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=work, prefix=".packages-") as folder:
        fresh = Path(folder) / "packages"
        run_pip(requirements, fresh)
        purify(fresh)
        os.replace(fresh, target)
    return target


def run_pip(requirements: Path, target: Path) -> None:
    """`pip install --target`; UserError with pip's own reason if it fails."""
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps",
        "--target", str(target), "--requirement", str(requirements),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UserError(f"pip cannot be started: {error}") from None
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr:
        raise UserError(f"{Path(sys.executable).name} has no pip; install it (Debian: apt install python3-pip)")
    lines = done.stderr.strip().splitlines()
    reasons = [line for line in lines if line.upper().startswith("ERROR")] or lines or ["no message"]
    raise UserError(f"pip could not install {requirements.name}: {reasons[-1]}")


def purify(folder: Path) -> None:
    """Remove extension modules, command scripts and byte code."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in COMPILED:
            path.unlink()
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
