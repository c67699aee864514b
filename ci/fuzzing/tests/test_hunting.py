"""Finding, confirming, saving and replaying differences, with modes that differ on purpose."""

import json
import sys
from pathlib import Path

import pytest

from fuzzing import cli, failures
from fuzzing.comparing import compare, differences, shape
from fuzzing.generating.program import Program
from fuzzing.hunting import Hunt
from fuzzing.workers import Outcome, Worker, ask_fresh
from support import REPOSITORY, UserError

# Modes that differ where a program asks for the longest text of an int, and nowhere else.
MODES = {"off": {}, "odd": {"PYTHONINTMAXSTRDIGITS": "700"}}
DIFFERS = "import sys\ndef main():\n    spare = 1\n    emit(sys.get_int_max_str_digits())\nmain()\n"
CRASHES = "import os, sys\nif sys.get_int_max_str_digits() == 700:\n    os.abort()\n"
SAME = "emit(1)\n"


@pytest.fixture
def hunt(tmp_path: Path) -> Hunt:
    """A hunt over the two modes with the Python of the tests."""
    return Hunt(Path(sys.executable), "3", MODES, tmp_path / "failures", 20, lambda text: None)


def test_differences_are_confirmed(hunt: Hunt) -> None:
    assert hunt.examine(Program(SAME, frozenset())) == []
    found = hunt.examine(Program(DIFFERS, frozenset()))
    assert [(difference.mode, difference.kind) for difference in found] == [("odd", "emit 0 | emit 0")]
    assert "-emit 4300" in found[0].text and "+emit 700" in found[0].text
    crash = hunt.examine(Program(CRASHES, frozenset()))
    assert crash[0].kind.startswith("SIGABRT")
    assert hunt.examine(Program(SAME, frozenset())) == []  # the worker that crashed was replaced
    assert (hunt.counts.programs, hunt.counts.unusable) == (3, 0)
    hunt.close()


def test_programs_that_are_not_the_same_twice_are_unusable(hunt: Hunt) -> None:
    assert hunt.examine(Program("import os, sys\nemit(os.getpid())\n", frozenset())) == []
    assert hunt.counts.unusable == 1
    hunt.close()


def test_a_difference_that_needs_history_is_saved_with_it(hunt: Hunt) -> None:
    second = "import sys\nemit(hasattr(sys, 'kept') and sys.get_int_max_str_digits() == 700)\n"
    first = "import sys\nsys.kept = 1\n"
    for source in (SAME, first, second):
        assert hunt.examine(Program(source, frozenset())) == []
    (path,) = hunt.counts.saved
    assert failures.read(path) == [first, second]
    assert cli.replay(Path(sys.executable), MODES, path, 20) == 1
    hunt.close()


def test_hangs_are_found() -> None:
    worker = Worker(Path(sys.executable), {}, 0.5)
    worker.send("while True: pass\n")
    assert worker.receive().ended == "hang"


def test_outcomes_differ_by_references_too() -> None:
    found = compare(Outcome(("a",), 0), Outcome(("a",), 1), "warm")
    assert found is not None and found.kind == "references"
    assert differences({"off": Outcome(("a",)), "warm": Outcome(("a",))}) == []


def test_shape_forgets_values() -> None:
    assert shape("emit 5 'a'") == shape("emit 77 'b'") == "emit 0"
    assert shape("look f:8@84 {n=60}") != shape("emit 1")


def test_replay_prints_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.py"
    path.write_text(DIFFERS)
    assert cli.replay(Path(sys.executable), MODES, path, 20) == 1
    assert capsys.readouterr().out.endswith("1 program, 2 modes, 1 differences\n")
    path.write_text(SAME)
    assert cli.replay(Path(sys.executable), MODES, path, 20) == 0


def test_what_no_longer_differs_is_moved_away(hunt: Hunt, tmp_path: Path) -> None:
    hunt.folder.mkdir()
    (hunt.folder / "a.py").write_text(f"# kind: emit\n{failures.MARK}{DIFFERS}")
    (hunt.folder / "b.py").write_text(f"# kind: emit\n{failures.MARK}{SAME}")
    assert cli.recheck(hunt, lambda text: None) == 1
    assert [path.name for path in hunt.folder.iterdir()] == ["a.py"]
    assert (tmp_path / "fixed" / "b.py").exists()


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no mode 'fast'"):
        cli.chosen_modes("fast")
    with pytest.raises(UserError, match="cannot be read"):
        failures.read(tmp_path / "none.py")
    assert list(cli.chosen_modes("warm")) == ["off", "warm"]


def test_state_is_resumed(tmp_path: Path) -> None:
    assert cli.read_state(tmp_path)["next_seed"] == 1
    (tmp_path / "state.json").write_text(json.dumps({"next_seed": 9, "programs": 8}))
    assert cli.read_state(tmp_path)["next_seed"] == 9


def find_jit() -> Path | None:
    """The build's Python, if it has a JIT."""
    python = REPOSITORY / "build" / "cpython" / "python"
    return python if python.exists() else None


@pytest.mark.skipif(find_jit() is None, reason="there is no build")
def test_programs_run_in_traces() -> None:
    from fuzzing.generating.choices import RandomChoices
    from fuzzing.generating.program import generate

    python = find_jit()
    assert python is not None
    modes = cli.chosen_modes("warm")
    traced = ended = 0
    for seed in range(20):
        outcomes = ask_fresh(python, modes, [generate(RandomChoices(seed)).source], 20)
        traced += outcomes["warm"].jit.get("entries", 0) > 0
        ended += not any("raised {" in run for run in outcomes["off"].runs)
    assert traced >= 18 and ended >= 18
