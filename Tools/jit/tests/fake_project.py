"""A tiny CPython and a tiny repository over it, for tests of the tree tools."""

import hashlib
import io
import lzma
import tarfile
from dataclasses import dataclass
from pathlib import Path

import base as bases
import tree as trees

GENERATOR = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("-o")
parser.add_argument("source")
options = parser.parse_args()
text = open(options.source).read()
open(options.o, "w").write("// made by {name}\\n" + text.upper())
"""

SOURCE = "".join(f"line {number}\n" for number in range(1, 41))


def base_files(version: str) -> dict[str, str]:
    """The contents of a fake CPython source tree."""
    files = {
        "Include/patchlevel.h": f'#define PY_VERSION "{version}"\n',
        "Include/opcode_ids.h": "stale\n",
        "Include/internal/pycore_opcode_metadata.h": "stale\n",
        "Lib/_opcode_metadata.py": "stale\n",
        "Lib/os.py": SOURCE,
        "Objects/object.c": SOURCE,
        "Python/bytecodes.c": SOURCE,
        "Python/generated_cases.c.h": "stale\n",
        "Python/jit.c": "upstream's\n",
        "Python/opcode_targets.h": "stale\n",
        "Tools/jit/build.py": "upstream's\n",
        "configure": "#!/bin/sh\n",
    }
    for script in ("opcode_id", "target", "py_metadata", "opcode_metadata", "tier1"):
        name = f"{script}_generator.py"
        files[f"Tools/cases_generator/{name}"] = GENERATOR.format(name=name)
    return files


def make_tarball(path: Path, files: dict[str, str], top: str) -> Path:
    """Write a tar.xz of the files below the folder `top`; `configure` is executable."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(text.encode())
            member.mode = 0o775 if name == "configure" else 0o664
            archive.addfile(member, io.BytesIO(text.encode()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(buffer.getvalue()))
    return path


@dataclass(frozen=True)
class Fake:
    """A fake repository, the tarball that its pin names, and a cache folder that holds it."""

    project: trees.Project
    tarball: Path
    cache: Path

    @property
    def pin(self) -> bases.Pin:
        """The fake repository's pin."""
        return bases.read_pin(self.project.root / "cpython" / "pin.toml")

    @property
    def patches(self) -> Path:
        """The fake repository's patch folder."""
        return self.project.patches

    def prepare(self, tree: Path, source: Path | None = None) -> str:
        """Prepare a tree as the command line does."""
        return trees.prepare(self.project, tree, source, self.cache)

    def texts(self) -> dict[str, bytes]:
        """Name and contents of everything in the patch folder."""
        return {path.name: path.read_bytes() for path in sorted(self.patches.iterdir())}


def make_fake(folder: Path) -> Fake:
    """Set up the repository in `folder`/repo with an empty series and its base in `folder`/cache."""
    root = folder / "repo"
    cache = folder / "cache"
    tarball = make_tarball(cache / "Python-3.13.5.tar.xz", base_files("3.13.5"), "Python-3.13.5")
    files = {
        "cpython/pin.toml": f'''\
version = "3.13.5"
revision = "jit1"
tarball = "Python-3.13.5.tar.xz"
url = "{(folder / "nowhere").as_uri()}"
sha256 = "{hashlib.sha256(tarball.read_bytes()).hexdigest()}"
date = 1749600000
[debian]
suite = "trixie"
source = "python3.13"
orig = "python3.13_3.13.5.orig.tar.xz"
''',
        "cpython/replaced.txt": "# upstream's\nPython/jit.c\nTools/jit/\n",
        "cpython/regenerated.txt": "\n".join(
            (
                "Include/internal/pycore_opcode_metadata.h",
                "Include/opcode_ids.h",
                "Lib/_opcode_metadata.py",
                "Python/generated_cases.c.h",
                "Python/opcode_targets.h",
            )
        ),
        "cpython/patches/series": "",
        "Python/jit/emit.c": "ours\n",
        "Include/internal/pycore_jit.h": "ours\n",
        "Tools/jit/tool.py": "ours\n",
        "Tools/jit/__pycache__/tool.pyc": "never in a release\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return Fake(trees.Project(root), tarball, cache)
