"""The command line of what looks at images, and what it says of what was found."""

import subprocess
import sys
from pathlib import Path

import images
import pytest
from support import REPOSITORY


def test_what_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[Path, Path, str]] = []
    found: dict[str, list[str]] = {"python": [], "a.so": []}

    def check(build: Path, libraries: Path, target: str) -> dict[str, list[str]]:
        asked.append((build, libraries, target))
        return found

    look = images.Look("darwin", ("x86_64", "aarch64"), "sdk", check)
    command = ["--build", str(tmp_path), "--sdk", str(tmp_path / "sdk"), "--target", "aarch64-darwin"]
    assert images.main(look, None, command) == 0
    assert asked == [(tmp_path, tmp_path / "sdk", "aarch64-darwin")]
    found["a.so"] = ["is not signed", "is damaged"]
    assert images.main(look, None, command) == 1
    assert capsys.readouterr().out.splitlines() == [
        "2 images are right, 0 are not", "a.so is not signed", "a.so is damaged", "1 images are right, 1 are not",
    ]  # fmt: skip
    with pytest.raises(SystemExit):
        images.main(look, None, [*command[:-1], "aarch64-windows"])
    assert "invalid choice: 'aarch64-windows' (choose from" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "option", "target"), [("macos", "sdk", "x86_64-darwin"), ("windows", "definitions", "aarch64-windows")])
def test_each_system_has_a_command(name: str, option: str, target: str, tmp_path: Path) -> None:
    script = REPOSITORY / "Tools" / "jit" / f"{name}_image.py"
    command = [sys.executable, str(script), "--build", str(tmp_path), f"--{option}", str(tmp_path), "--target", target]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith(f" is not there; build it with ci/build --target {target}\n")


def test_the_longest_table_is_the_code(tmp_path: Path) -> None:
    assert images.stencil_code(tmp_path) == b""
    tables = "static const uint8_t jit_shim_code[] = {\n1,\n};\nstatic const uint8_t jit_code[] = {\n/* A: * 0x11 */\n0x02,3,\n};\n"
    (tmp_path / "jit_stencils.h").write_text(tables)
    assert images.stencil_code(tmp_path) == bytes([2, 3])
