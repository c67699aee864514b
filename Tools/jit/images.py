"""What macos_image.py and windows_image.py share: errors, the bytes of the stencils, the command line and what it says."""

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class ImageError(Exception):
    """A file that is no image, or one whose structures lead out of it."""


@dataclass(frozen=True)
class Look:
    """What is checked: images of `architectures` for `system`, against the libraries of the folder that `libraries` names."""

    system: str
    architectures: Iterable[str]
    libraries: str  # an option of the command line
    # Build folder, folder of libraries and target -> the problems of each image; UserError when there is no build.
    check: Callable[[Path, Path, str], Mapping[str, Sequence[str]]]


def stencil_code(build: Path) -> bytes:
    """The longest table of code in a build's jit_stencils.h; nothing if there is none."""
    header = build / "jit_stencils.h"
    text = header.read_text("utf-8") if header.is_file() else ""
    tables = re.findall(r"^static const uint8_t jit_\w*code\w*\[\] = \{\n(.*?)^\};", text, re.MULTILINE | re.DOTALL)
    texts = (re.sub(r"/\*.*?\*/", "", table, flags=re.DOTALL) for table in tables)
    return max((bytes(int(word, 0) for word in re.findall(r"\w+", text)) for text in texts), key=len, default=b"")


def report(found: Mapping[str, Sequence[str]]) -> tuple[int, int]:
    """Print all problems, one line each; how many images are right, and how many are not."""
    for name, wrong in found.items():
        for line in wrong:
            print(f"{name} {line}")
    good = sum(not wrong for wrong in found.values())
    return good, len(found) - good


def main(look: Look, description: str | None, argv: Sequence[str]) -> int:
    """Command line of a look, which `description` explains; exit status 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, metavar="FOLDER", required=True)
    parser.add_argument(f"--{look.libraries}", dest="libraries", type=Path, metavar="FOLDER", required=True)
    parser.add_argument("--target", required=True, choices=[f"{arch}-{look.system}" for arch in look.architectures])
    options = parser.parse_args(argv)
    good, bad = report(look.check(options.build, options.libraries, options.target))
    print(f"{good} images are right, {bad} are not")
    return int(bad > 0)
