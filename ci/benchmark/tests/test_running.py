"""Whole runs of small programs: timing, comparing, failing, and what is reported."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from benchmark import check, figures, measure, output, report
from benchmark.interpreters import Interpreter, resolve
from benchmark.programs import Program
from benchmark.running import Answer, Place, Task, ask

HEAD = "import os, sys, time, pyperf\nSPEED = float(os.environ.get('SPEED', '1'))\n"
PROGRAMS = {
    "steady": "def bench_steady(loops):\n    t0 = pyperf.perf_counter()\n    time.sleep(0.002 * SPEED * loops)\n"
    "    return pyperf.perf_counter() - t0\n"
    "pyperf.Runner().bench_time_func('steady', bench_steady)\n",
    "inner": "pyperf.Runner().bench_time_func('inner', lambda loops: 8.0 * loops, inner_loops=4)\n",
    "many": "runner = pyperf.Runner()\nrunner.argparser.add_argument('which')\nargs = runner.parse_args()\n"
    "runner.bench_func('other', sys.exit, 9)\nrunner.bench_func('many', len, args.which)\n",
    "asynchronous": "async def work(x):\n    return x + (1 if SPEED == 2 else 0)\n"
    "pyperf.Runner().bench_async_func('asynchronous', work, 5)\n",
    "wrong": "def work():\n    return [0.1 + 0.2, 'slow' if SPEED == 2 else 'fast']\n"
    "pyperf.Runner().bench_func('wrong', work)\n",
    "prints": "print('hello', SPEED)\ndel SPEED\npyperf.Runner().bench_func('prints', int)\n",
    "raises": "def work():\n    raise ValueError('bad luck')\npyperf.Runner().bench_func('raises', work)\n",
    "dies": "import signal\npyperf.Runner().bench_func('dies', lambda: os.kill(os.getpid(), signal.SIGSEGV))\n",
    "hangs": "pyperf.Runner().bench_func('hangs', time.sleep, 100)\n",
    "spinning": "if len(os.sched_getaffinity(0)) != 1:\n    raise SystemExit('not on one processor')\n"
    "def bench_spinning(loops):\n    t0 = pyperf.perf_counter()\n    for i in range(int(100_000 * SPEED) * loops):\n"
    "        pass\n"
    "    return pyperf.perf_counter() - t0\n"
    "pyperf.Runner().bench_time_func('spinning', bench_spinning)\n",
    "misnamed": "pyperf.Runner().bench_func('another', int)\n",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name, body in PROGRAMS.items():
        script = Program(name, name).script(tmp_path / "packages")
        script.parent.mkdir(parents=True)
        script.write_text(HEAD + body)
    return Place(tmp_path / "packages", tmp_path, timeout=20)


def sides() -> list[Interpreter]:
    return resolve([f"one={sys.executable},SPEED=1", f"two={sys.executable},SPEED=2"])


def test_ratio_of_a_program_that_takes_twice_as_long(place: Place) -> None:
    settings = measure.Settings(rounds=2, seconds=0.1, samples=3)
    interpreters = sides()
    rows: list[str] = []
    table = measure.measure(
        interpreters, [Program("steady", "steady")], settings, place, lambda program, row: rows.append(program.name)
    )
    row = table["steady"]
    assert rows == ["steady"] and [len(cell.runs) for cell in row.values()] == [2, 2]
    speed = figures.ratio(row["one"], row["two"])
    assert speed is not None and 0.4 < speed.best < 0.65 and speed.low <= speed.high
    memory = figures.memory_ratio(row["one"], row["two"])
    assert memory is None or 0.8 < memory < 1.25
    document = json.loads(output.to_json(output.Measured(interpreters, settings, table, {})))
    run = document["programs"]["steady"]["two"]["runs"][0]
    assert run["values"] and run["warm"] == pytest.approx(0.004, rel=0.5)
    assert str(Path(sys.executable).parent) not in json.dumps(document)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no such call")
def test_at_once_on_one_processor(place: Place) -> None:
    settings = measure.Settings(rounds=1, seconds=0.3, samples=3, clock="cpu", together=True)
    before = os.sched_getaffinity(0)
    row = measure.measure(sides(), [Program("spinning", "spinning")], settings, place)["spinning"]
    assert os.sched_getaffinity(0) == before
    assert [cell.error for cell in row.values()] == [None, None]
    assert min(cell.runs[0].busy for cell in row.values()) < 0.9  # they shared it
    speed = figures.ratio(row["one"], row["two"])
    assert speed is not None and 0.4 < speed.best < 0.65


def test_inner_loops_divide(place: Place) -> None:
    answer = ask(sides()[0], Task(Program("inner", "inner"), seconds=0, samples=3), place)
    assert answer.result["values"] == [2.0, 2.0, 2.0]


def test_the_cpu_clock_does_not_count_waiting(place: Place) -> None:
    task = Task(Program("steady", "steady"), seconds=0, samples=1, clock="cpu")
    answer = ask(sides()[1], task, place)
    assert answer.result["values"][0] < 0.002 < answer.result["ends"][0]


def test_a_coarse_clock_never_gives_zero() -> None:
    answer = Answer({"values": [0.0, 2.0], "ends": [1.0, 2.0], "loops": [1, 1], "busy": 1.0, "peak_memory": 1})
    assert measure.to_run(answer).values == [measure.LEAST, 2.0]


def test_only_the_wanted_benchmark_of_a_program_runs(place: Place) -> None:
    answer = ask(sides()[0], Task(Program("many", "many", args=("x",)), seconds=0, samples=1), place)
    assert answer.error is None and len(answer.result["values"]) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [("raises", "ValueError: bad luck"), ("dies", f"killed by {signal.Signals.SIGSEGV.name}"), ("hangs", "no end after 1 s"),
     ("misnamed", "the program reports no 'misnamed', only another"), ("missing", "FileNotFoundError")],
)  # fmt: skip
def test_failures_are_one_line(place: Place, name: str, words: str) -> None:
    limited = Place(place.packages, place.work, timeout=1 if name == "hangs" else 20)
    answer = ask(sides()[0], Task(Program(name, name), seconds=0, samples=1), limited)
    assert answer.error is not None and words in answer.error and "\n" not in answer.error
    table = {name: {"one": measure.Cell(error=answer.error)}}
    assert report.failures(table) == [f"failed: {name} on one: {answer.error}"]
    assert not list(place.work.glob(".worker-*"))


def test_equal_results_are_equal(place: Place) -> None:
    (one,) = resolve([f"one={sys.executable}"])
    (again,) = resolve([f"again={sys.executable}"])
    primed = measure.Primed(place)
    for name in ("steady", "asynchronous", "wrong", "prints"):
        verdict = check.compare([one, again], Program(name, name), 0.05, place, primed)
        assert verdict.same and verdict.values > 0, (name, verdict)


@pytest.mark.parametrize(
    ("name", "words"),
    [("wrong", "'slow'"), ("asynchronous", "'6' instead of '5'"), ("prints", "printed something else"), ("raises", "bad luck")],
)
def test_different_results_are_found(place: Place, name: str, words: str) -> None:
    verdict = check.compare(sides(), Program(name, name), 0.05, place, measure.Primed(place))
    assert not verdict.same and words in verdict.problems["two"]
    assert "DIFFERS" in check.describe(name, verdict)


def test_a_program_is_primed_once(place: Place) -> None:
    program, (one, _) = Program("many", "many", args=("x",)), sides()
    assert measure.Primed(place)(one, program) is None
    program.script(place.packages).unlink()
    assert measure.Primed(place)(one, program) is None
