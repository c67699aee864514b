"""The files of a report, from made-up measurements; pyperf itself reads those in its format."""

import importlib.metadata
import itertools
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmark import figures, output, plot
from benchmark.interpreters import Interpreter
from benchmark.measure import Cell, Run, Settings, Table

SETTINGS = Settings(1, 0.3, 1)


def run(scale: float) -> Run:
    values = [9 * scale, 5 * scale, 1 * scale, 1.1 * scale, 0.9 * scale, 1 * scale]
    return Run(values, [0.9, 1.4, 2.4, 3.5, 4.4, 5.4], [1, 10, 100, 100, 100, 100], 1.0, 50 << 20)


def measured(*labels: str) -> output.Measured:
    interpreters = [
        Interpreter(label, Path("/secret/place/python"), {"PYTHON_JIT": "1"}, "cpython", "3.13.5", "3.13.5 (main)\n[GCC]")
        for label in labels
    ]
    table: Table = {
        name: {label: Cell([run(0.001 * (number + 1)), run(0.00102 * (number + 1))]) for number, label in enumerate(labels)}
        for name in ("alpha", "beta")
    }
    table["gamma"] = {label: Cell(error="killed by SIGSEGV & <co>") for label in labels}
    return output.Measured(interpreters, SETTINGS, table, {"processor": "P", "cpus": 2, "system": "Linux"})


def pyperf(*arguments: str, folder: Path) -> str:
    try:
        importlib.metadata.version("pyperf")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("pyperf is not installed (Tools/jit/requirements.txt)")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-m", "pyperf", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pyperf_compares_the_files(tmp_path: Path) -> None:
    output.write(tmp_path, measured("off", "on"))
    text = pyperf("compare_to", "off.json", "on.json", folder=tmp_path)
    assert "alpha: Mean +- std dev: [off]" in text and "slower" in text and "gamma" not in text


def test_pyperf_shows_warmups_memory_and_values(tmp_path: Path) -> None:
    output.write(tmp_path, measured("off"))
    text = pyperf("stats", "off.json", folder=tmp_path)
    for line in ("warmup per run: 3", "value per run: 3", "run with values: 2"):
        assert f"Number of {line}" in text
    assert "Loop iterations per value: 100" in text
    assert "50.0 MiB" in pyperf("metadata", "off.json", folder=tmp_path)
    assert "alpha" in pyperf("hist", "off.json", folder=tmp_path)
    assert "Mean +- std dev: 1.01 ms" in pyperf("show", "off.json", folder=tmp_path)


def test_all_files_and_no_paths(tmp_path: Path) -> None:
    output.write(tmp_path, measured("a/b", "results"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a_b.json", "report.html", "results-2.json", "results.json", "table.txt",
    ]  # fmt: skip
    assert not [path for path in tmp_path.iterdir() if "/secret" in path.read_text()]
    document = json.loads((tmp_path / "results.json").read_text())
    assert document["geometric_means"]["results"]["best"] == pytest.approx(0.5)
    cell = document["programs"]["alpha"]["a/b"]
    assert (cell["first"], cell["to_peak"], cell["peak_memory"]) == (pytest.approx(0.009), 1.4, 50 << 20)
    assert document["programs"]["gamma"]["a/b"]["error"].startswith("killed")


def test_an_interpreter_that_runs_nothing_has_no_pyperf_file(tmp_path: Path) -> None:
    given = measured("a", "b")
    for row in given.table.values():
        row["b"] = Cell(error="no")
    output.write(tmp_path, given)
    assert (tmp_path / "a.json").exists() and not (tmp_path / "b.json").exists()


def test_file_names_differ_whatever_the_case() -> None:
    names = output.file_names(["on", "ON", "o n", "o/n", "..", "Results"])
    assert len({name.lower() for name in names.values()} | {"results"}) == 7
    assert not [name for name in names.values() if "/" in name or name.startswith(".")]


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    output.write(tmp_path, measured("off", "<on>"))
    text = (tmp_path / "report.html").read_text()
    assert not re.search(r"<script|src=|href=|@import|url\(", text)
    assert "&lt;on&gt;" in text and "<on>" not in text and "SIGSEGV &amp; &lt;co&gt;" in text
    assert "prefers-color-scheme: dark" in text and text.count("<table>") == 3


def test_the_plot_puts_marks_where_the_axis_says() -> None:
    given = measured("off", "on", "more")
    picture = ElementTree.fromstring(plot.draw(["off", "on", "more"], given.table))
    names = [text.text for text in picture.iter("text") if text.get("class") == "name"]
    assert names == ["alpha", "beta"]  # gamma ran nowhere
    titles = [title.text for title in picture.iter("title")]
    assert "alpha, on: 0.500 (0.50-0.50)" in titles and len(titles) == 6
    axis = plot.axis_for([speed for label in ("on", "more") for speed in figures.speeds("off", label, given.table).values()])
    assert plot.LEFT < axis(0.5) < axis(1.0) < plot.WIDTH - plot.RIGHT
    assert axis(1e9) == plot.WIDTH - plot.RIGHT and axis(1e-9) == plot.LEFT


@pytest.mark.parametrize(("low", "high"), [(0.95, 1.06), (0.8, 2.2), (0.5, 4.0), (0.2, 180.0), (1e-4, 1e4)])
def test_ticks_are_few_and_far_between(low: float, high: float) -> None:
    axis = plot.Axis(low, high)
    places = [axis(tick) for tick in axis.ticks()]
    assert 1.0 in axis.ticks() and len(places) >= 2
    assert all(b - a >= plot.TICK_GAP for a, b in itertools.pairwise(places))


def test_what_is_far_out_is_an_arrow_with_a_number() -> None:
    axis = plot.axis_for([figures.Ratio(178.1, 150, 200), figures.Ratio(0.9, 0.001, 1.0)])
    assert 7.5 < axis.high < 8.5 and 0.1 < axis.low < 0.9
    text = plot.dot(axis, 0, 10, figures.Ratio(178.1, 150, 200), "x")
    assert ">178</text>" in text and 'text-anchor="end"' in text
    assert "</text>" not in plot.dot(axis, 0, 10, figures.Ratio(0.9, 0.001, 1.0), "x")


def test_nothing_to_compare_is_no_plot() -> None:
    assert plot.draw(["off"], measured("off").table) == ""
