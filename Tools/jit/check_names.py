"""Names that a target's modules should have and lack, by typeshed's descriptions of the standard library.

The base asks the compiler, the system and its headers for much of what a module offers, and leaves out silently what it
takes for missing.  mypy's stubtest, run by the target's own python, compares modules with what they are described to have
on its system.  What the machine's own python lacks as well says something about typeshed, not about the target.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support import UserError, last_words

REQUIREMENTS = Path(__file__).absolute().with_name("requirements-names.txt")

# Modules of C, and those that hand on what these have.
MODULES = """
_ctypes _hashlib _io _locale _signal _socket _ssl _thread _winapi array asyncio atexit binascii bz2 cmath ctypes datetime decimal
errno faulthandler gc hashlib io itertools locale lzma marshal math mmap msvcrt multiprocessing nt operator os pyexpat queue
random select shutil signal socket sqlite3 ssl struct subprocess sys threading time tracemalloc unicodedata uuid winreg winsound
zlib
""".split()

# Not there, with the reason.
ABSENT = {
    "msvcrt.CRT_ASSEMBLY_VERSION": "the version of Microsoft's compiler that the program was made by",
}

STUBTEST = "import sys; sys.path.insert(0, sys.argv.pop(1)); from mypy import stubtest; sys.exit(stubtest.main())"


def install(pip: str, folder: Path) -> None:
    """Put mypy for any python into a folder, once; UserError when pip cannot get it."""
    stamp, wanted = folder / "requirements.txt", REQUIREMENTS.read_text("utf-8")
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    command = [pip, "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--platform=any"]
    command += ["--python-version=3.13", "--upgrade", f"--target={folder}", f"--requirement={REQUIREMENTS}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"mypy could not be installed for the target: {last_words(done)}")
    stamp.write_text(wanted, "utf-8")


def lacking(command: Sequence[str], packages: Path, work: Path) -> set[str]:
    """The names that are described and not there, in the python that a command starts; UserError when it does not end well."""
    arguments = ["-c", STUBTEST, packages.as_posix(), "--concise", "--ignore-missing-stub", *MODULES]
    done = subprocess.run([*command, *arguments], cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout or "Traceback" in done.stderr:
        raise UserError(f"stubtest did not come to its end: {last_words(done)}")
    return set(re.findall(r"^(\S+) is not present at runtime$", done.stdout, re.MULTILINE))


def found(target: set[str], native: set[str]) -> dict[str, str]:
    """What a target lacks and the machine does not: each name with the reason, '' if it should be there."""
    return {name: ABSENT.get(name, "") for name in sorted(target - native)}
