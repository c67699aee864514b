"""Scripts of the user's: what they are taken for, and whole runs of them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmark import cli, measure, scripts
from benchmark.interpreters import Interpreter, resolve
from benchmark.programs import Program
from benchmark.running import Place, Task, ask
from support import UserError


@pytest.fixture
def here() -> Interpreter:
    return resolve([f"here={sys.executable}"])[0]


def script(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import pyperf\npyperf.Runner()", True),
        ("from pyperf import Runner as R\nR()", True),
        ("import pyperf as p\np.Runner()", True),
        ("import pyperf\nprint(pyperf)", False),
        ("# import pyperf; pyperf.Runner()", False),
        ("class Runner: pass", False),
        ("not python at all", False),
    ],
)
def test_what_uses_a_runner(source: str, expected: bool) -> None:
    assert scripts.uses_runner(source) is expected


def test_benchmarks_of_a_script(tmp_path: Path, here: Interpreter) -> None:
    path = script(
        tmp_path,
        "import pyperf, sys\nrunner = pyperf.Runner()\nrunner.argparser.add_argument('n')\nn = runner.parse_args().n\n"
        "runner.bench_func('one', len, n)\nif __name__ == '__main__':\n    runner.bench_func('two', sys.exit, 1)\n",
    )
    place = Place(None, tmp_path, 20)
    programs = scripts.from_file(path, ["abc"], here, place)
    assert [(program.name, program.whole) for program in programs] == [("one", False), ("two", False)]
    assert ask(here, Task(programs[0], seconds=0, samples=2), place).error is None


def test_a_script_is_timed_as_a_whole(tmp_path: Path, here: Interpreter) -> None:
    path = script(tmp_path, "import sys, time\nassert sys.argv[1:] == ['a b']\ntime.sleep(0.05)\nx = b'x' * 30_000_000\n")
    place = Place(None, tmp_path, 20)
    (program,) = scripts.from_file(path, ["a b"], here, place)
    table = measure.measure([here], [program], measure.Settings(1, 0, 2), place)
    (result,) = table["mine.py"]["here"].runs
    assert len(result.values) == 2 and all(0.05 < value < 10 for value in result.values)
    assert result.loops == [1, 1] and result.peak_memory > 30_000_000


@pytest.mark.parametrize(
    ("text", "words"),
    [("import sys\nsys.exit('bad luck')", "ended with status 1: bad luck"),
     ("import os\nos.kill(os.getpid(), 9)", "killed by SIGKILL: it printed nothing")],
)  # fmt: skip
def test_a_script_that_fails(tmp_path: Path, here: Interpreter, text: str, words: str) -> None:
    program = Program("mine.py", "", file=script(tmp_path, text), whole=True)
    assert ask(here, Task(program, seconds=0, samples=1), Place(None, tmp_path, 20)).error == words


def test_counting_runs_a_script_in_the_worker(tmp_path: Path, here: Interpreter) -> None:
    text = "import os, sys\nassert os.environ['PYTHON_JIT_STATS'] == '1'\nsys.exit(len(sys.argv) - 1)\n"
    place, path = Place(None, tmp_path, 20), script(tmp_path, text)
    assert measure.count(here, Program("mine.py", "", file=path, whole=True), 0, place) == ({}, None)
    _, error = measure.count(here, Program("mine.py", "", ("x",), file=path, whole=True), 0, place)
    assert error is not None and error.startswith("SystemExit: 1")


@pytest.mark.parametrize(
    ("text", "words"),
    [("import pyperf\npyperf.Runner\n", "hands no benchmark"), ("import pyperf\npyperf.Runner(1, 2, 3, 4)\n", "fails on here")],
)
def test_useless_scripts_are_refused(tmp_path: Path, here: Interpreter, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        scripts.from_file(script(tmp_path, text), [], here, Place(None, tmp_path, 20))
    with pytest.raises(UserError, match="cannot be read"):
        scripts.from_file(tmp_path / "missing.py", [], here, Place(None, tmp_path, 20))


def test_arguments_behind_the_dashes(tmp_path: Path) -> None:
    arguments, behind = cli.read_arguments(["--script", str(script(tmp_path, "")), "--", "--fast", "--", "y"])
    assert not arguments.fast and behind == ["--fast", "--", "y"]


@pytest.mark.parametrize(
    "argv",
    [
        ["--", "x"],
        ["--script", __file__, "--programs", "nbody"],
        ["--check", "--output", "d"],
        ["--rounds", "0"],
        ["--script", "missing.py"],
    ],
)
def test_what_does_not_go_together(argv: list[str]) -> None:
    with pytest.raises(UserError):
        cli.read_arguments(argv)


def test_the_whole_tool_on_a_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = script(tmp_path, "pass\n")
    report = tmp_path / "report"
    argv = [f"--python=one={sys.executable}", f"--python=two={sys.executable}", "--script", str(path), "--rounds=1"]
    argv += ["--seconds=0.01", "--work", str(tmp_path / "work"), "--output", str(report)]
    assert cli.main(argv) == 0
    assert "mine.py" in capsys.readouterr().out
    assert {path.name for path in report.iterdir()} == {"one.json", "two.json", "results.json", "table.txt", "report.html"}
    assert cli.main([*argv[:1], "--script", str(script(tmp_path, "oops")), "--work", str(tmp_path / "work")]) == 1


def test_a_terminated_run_leaves_nothing_behind(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    path = script(tmp_path, f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n")
    tool = Path(cli.__file__).parents[1] / "bench"
    command = [
        sys.executable,
        str(tool),
        f"--python=one={sys.executable}",
        "--script",
        str(path),
        "--work",
        str(tmp_path / "w"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while not mark.exists() or not mark.read_text():
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.wait(20) == 130
    assert not list((tmp_path / "w").glob(".worker-*"))
    with pytest.raises(ProcessLookupError):
        for _ in range(100):  # killed, and soon gone
            os.kill(int(mark.read_text()), 0)
            time.sleep(0.05)
