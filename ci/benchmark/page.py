"""A report as one HTML page that needs nothing from elsewhere."""

import datetime
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from benchmark import plot, report
from benchmark.interpreters import Interpreter
from benchmark.measure import Settings, Table

STYLE = Path(__file__).with_name("report.css")
LONG = 25  # characters from which on a cell of words may be broken


def colours() -> str:
    """The style of the plot's series on light and on dark pages."""

    def rules(pick: int) -> str:
        return " ".join(
            f".s{number} {{ fill: {pair[pick]} }} .l{number} {{ stroke: {pair[pick]} }}"
            for number, pair in enumerate(plot.COLOURS)
        )

    return f"{rules(0)}\n@media (prefers-color-scheme: dark) {{ {rules(1)} }}\n"


def html_table(rows: Sequence[Sequence[str]], left: frozenset[int]) -> str:
    """Rows as a table, the first as its head."""

    def cell(tag: str, index: int, text: str) -> str:
        kinds = ["words"] * (index in left) + ["long"] * (index in left and len(text) >= LONG)
        marked = f' class="{" ".join(kinds)}"' if kinds else ""
        return f"<{tag}{marked}>{escape(text)}</{tag}>"

    def line(tag: str, row: Sequence[str]) -> str:
        return "<tr>" + "".join(cell(tag, index, text) for index, text in enumerate(row)) + "</tr>"

    head, *others = rows
    body = "\n".join(line("td", row) for row in others)
    return f'<div class="wide"><table><thead>{line("th", head)}</thead><tbody>\n{body}\n</tbody></table></div>'


def interpreter_rows(interpreters: Sequence[Interpreter]) -> list[list[str]]:
    """What is known of the interpreters, as a table."""
    rows = [["interpreter", "version", "environment", "build"]]
    for interpreter in interpreters:
        settings = " ".join(f"{name}={value}" for name, value in interpreter.variables.items())
        version = f"{interpreter.implementation} {interpreter.version}"
        rows.append([interpreter.label, version, settings, interpreter.build.replace("\n", " ")])
    return rows


def page(interpreters: Sequence[Interpreter], settings: Settings, table: Table, machine: Mapping[str, Any]) -> str:
    """The whole page."""
    labels = [interpreter.label for interpreter in interpreters]
    today = datetime.date.today().isoformat()
    where = f"{machine.get('processor') or 'unknown processor'}, {machine.get('cpus')} processors, {machine.get('system')}"
    rounds = f"{report.count(settings.rounds, 'round')} of {settings.seconds:g} s"
    how = f"{rounds} for each program and interpreter, interleaved; {settings.clock} clock"
    parts = [
        f"<h1>Benchmark report</h1>\n<p>{report.count(len(table), 'program')}, {today}. {escape(where)}. {how}.</p>",
        html_table(interpreter_rows(interpreters), frozenset(range(4))),
    ]
    if picture := plot.draw(labels, table):
        parts.append(f'<h2>Speed</h2>\n<div class="wide">{picture}</div>')
    if lines := report.warnings(table):
        items = "\n".join(f'<li class="failed">{escape(line)}</li>' for line in lines)
        parts.append(f"<h2>To keep in mind</h2>\n<ul>\n{items}\n</ul>")
    for grid in report.grids(labels, table):
        notes = "\n".join(f'<p class="note">{escape(note)}</p>' for note in grid.notes)
        parts.append(f"<h2>{escape(grid.title)}</h2>\n{notes}\n{html_table(grid.rows, grid.left)}")
    return "\n".join([
        "<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">', f"<title>Benchmark report {today}</title>",
        f"<style>\n{STYLE.read_text('utf-8')}{colours()}</style>", "</head>", "<body>", *parts, "</body>", "</html>", "",
    ])  # fmt: skip
