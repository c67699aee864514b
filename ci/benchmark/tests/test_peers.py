"""Peers in a folder that looks like another system's root."""

import shutil
import sys
from pathlib import Path

import pytest

from benchmark import peers
from benchmark.interpreters import Interpreter, resolve
from support import UserError

FAKE = """#!/bin/sh
echo '{"implementation": "cpython", "version": "3.15.0", "build": "", "cache": 0, "jit": %s, "counts": false, "arguments": ""}'
"""


def fake(root: Path, name: str, jit: str = "null") -> None:
    path = root / "usr" / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FAKE % jit)
    path.chmod(0o755)


def test_what_is_found(tmp_path: Path) -> None:
    fake(tmp_path, "python3.15", "false")
    fake(tmp_path, "python3.14")
    fake(tmp_path, "python3.9")
    fake(tmp_path, "python3.15-config")
    fake(tmp_path, "pypy3")
    found = peers.find(tmp_path)
    assert [(peer.label, dict(peer.variables)) for peer in found] == [
        ("py3.14", {}), ("py3.15", {"PYTHON_JIT": "0"}), ("py3.15+JIT", {"PYTHON_JIT": "1"}), ("pypy3", {}),
    ]  # fmt: skip
    assert all(peer.peer for peer in found)


def test_an_empty_folder_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="debootstrap"):
        peers.find(tmp_path)


def test_links_count_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "usr").mkdir()
    (tmp_path / "real").write_text("")
    (tmp_path / "usr" / "absolute").symlink_to("/usr/relative")
    (tmp_path / "usr" / "relative").symlink_to("../real")
    assert peers.below(tmp_path, "/usr/absolute").resolve() == (tmp_path / "real").resolve()
    (tmp_path / "loop").symlink_to("/loop")
    with pytest.raises(UserError, match="circle"):
        peers.below(tmp_path, "/loop")


def test_scripts_need_no_loader(tmp_path: Path) -> None:
    fake(tmp_path, "pypy3")
    assert peers.launcher(tmp_path, tmp_path / "usr" / "bin" / "pypy3") == ()


@pytest.mark.skipif(sys.platform != "linux" or sys.maxsize < 2**32, reason="needs 64-bit ELF programs")
def test_a_program_runs_by_the_loader_of_its_root(tmp_path: Path) -> None:
    program = Path(sys.executable).resolve()
    name = peers.loader(program)
    if name is None:
        pytest.skip("this Python is linked statically")
    libraries = tmp_path / "usr" / "lib"
    libraries.mkdir(parents=True)
    # The loader alone comes from the folder; all libraries are still the system's.
    shutil.copy(name, libraries / "ld.so")
    link = tmp_path / name.lstrip("/")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("/usr/lib/ld.so")
    command = peers.launcher(tmp_path, program)
    assert command == (str(libraries / "ld.so"), "--library-path", ":".join(command[2].split(":")))
    assert str(libraries) in command[2].split(":")
    (tmp_path / "env").mkdir()
    peer = Interpreter("peer", program, launcher=command)
    assert peer.command == [*command, str(program)]


def test_the_launcher_starts_workers_and_probes(tmp_path: Path) -> None:
    starter = tmp_path / "starter"
    starter.write_text('#!/bin/sh\nexport STARTED=yes; exec "$@"\n')
    starter.chmod(0o755)
    (plain,) = resolve([f"a={sys.executable}"])
    from dataclasses import replace

    from benchmark.interpreters import examine
    from benchmark.programs import Program
    from benchmark.running import Place, Task, ask

    (started,) = examine([replace(plain, launcher=(str(starter),))])
    script = tmp_path / "mine.py"
    script.write_text("import os\nassert os.environ['STARTED'] == 'yes'\n")
    for mode in ("time", "count"):
        task = Task(Program("mine.py", "", file=script, whole=True), mode, seconds=0, samples=1)
        assert ask(started, task, Place(None, tmp_path, 20)).error is None
        assert ask(plain, task, Place(None, tmp_path, 20)).error is not None
