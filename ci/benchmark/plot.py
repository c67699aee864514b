"""Draws speeds as an SVG: a row per program, a mark per interpreter with its spread, logarithmic."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from benchmark.figures import Ratio, mean_speed, speeds
from benchmark.measure import Table

WIDTH = 1000
LEFT, RIGHT = 215, 25  # room for names, and for half a tick's label
LANE = 9  # height of one interpreter's mark in a row
PAD = 10  # what a row has beside its lanes
TICK_GAP = 46  # least distance between ticks
FAR = 8.0  # the axis ends there, and at 1/FAR: what is farther out gets an arrow and a number, and leaves room for the rest
LETTER = 8.8  # width of a letter of the legend, estimated generously
# Colours in pairs for light and dark pages; told apart with any kind of colour vision, and by their marks.
COLOURS = (
    ("#0072b2", "#56b4e9"), ("#d55e00", "#ff9d5c"), ("#007a5a", "#2fd6a5"), ("#a0447c", "#e79ac8"),
    ("#8a6d00", "#f0e442"), ("#444444", "#dddddd"),
)  # fmt: skip
MARKS = (  # paths around 0,0
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z", "M-3.6,-3.6h7.2v7.2h-7.2z", "M0,-4.6L4.6,3.6H-4.6z", "M0,-5L5,0L0,5L-5,0z",
    "M0,4.6L4.6,-3.6H-4.6z", "M-4.5,-1.5h3v-3h3v3h3v3h-3v3h-3v-3h-3z",
)  # fmt: skip
TICKS = (
    tuple(number / 20 for number in range(10, 80)),
    tuple(number / 10 for number in range(3, 60)),
    tuple(number / 4 for number in range(1, 40)),
    (0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8),
    (0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 8),
    tuple(scale * digit for scale in (0.01, 0.1, 1, 10, 100) for digit in (1, 2, 5)),
    tuple(10.0**power for power in range(-4, 6)),
)


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from `low` to `high` over the plot's width."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        """The horizontal place of a ratio; beyond the ends it is the end."""
        clipped = min(max(value, self.low), self.high)
        share = math.log(clipped / self.low) / math.log(self.high / self.low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def ticks(self) -> list[float]:
        """The finest ticks that are not too close to each other."""
        for candidates in TICKS:
            inside = [tick for tick in candidates if self.low <= tick <= self.high]
            gaps = [self(b) - self(a) for a, b in itertools.pairwise(inside)]
            if 1 in inside and all(gap >= TICK_GAP for gap in gaps):
                return inside
        return [1.0]


def axis_for(found: Sequence[Ratio]) -> Axis:
    """An axis with room for 1 and all bests up to FAR.  A bad run must not squeeze all else, so spreads may be cut off."""
    bests = [min(max(best, 1 / FAR), FAR) for best in (1.0, *(speed.best for speed in found))]
    low, high = min(bests), max(bests)
    margin = max(1.05, (high / low) ** 0.05)
    reach = [end for speed in found for end in (speed.low, speed.high)] or bests
    return Axis(
        max(min(low, *reach), low / margin**3, 1 / FAR) / 1.02,
        min(max(high, *reach), high * margin**3, FAR) * 1.02,
    )


def mark(series: int, x: float, y: float) -> str:
    """The mark of a series; when colours repeat, they do so with other marks."""
    shape = MARKS[(series + series // len(COLOURS)) % len(MARKS)]
    return f'<path class="s{series % len(COLOURS)}" d="{shape}" transform="translate({x:.1f},{y:.1f})"/>'


def dot(axis: Axis, series: int, y: float, speed: Ratio, words: str) -> str:
    """A mark with its spread, with arrows where that is cut off; `words` show when a pointer is on it."""
    a, b, x = axis(speed.low), axis(speed.high), axis(speed.best)
    arrows = [(b, "m7,0l-7,-4v8z")] * (speed.high > axis.high) + [(a, "m-7,0l7,-4v8z")] * (speed.low < axis.low)
    ends = "".join(f'<path class="s{series % len(COLOURS)}" d="M{end:.1f},{y:.1f}{path}"/>' for end, path in arrows)
    shown = mark(series, x, y)
    if not axis.low <= speed.best <= axis.high:
        inward, anchor = (-8, "end") if speed.best > axis.high else (8, "start")
        shown += f'<text class="far" x="{x + inward:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}">{speed.best:.3g}</text>'
    text = f"{words}: {speed.best:.3f} ({speed.low:.2f}-{speed.high:.2f})"
    return (
        f'<g><title>{escape(text)}</title><line class="spread l{series % len(COLOURS)}" x1="{a:.1f}" x2="{b:.1f}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>{ends}{shown}</g>'
    )


def legend(base: str, others: Sequence[str], table: Table) -> tuple[list[str], float]:
    """The names of the marks with their geometric means, as many in a line as fit; and how high that is."""
    parts, x, y = [], 10.0, 20.0
    for series, label in enumerate(others):
        mean = mean_speed(base, label, table)
        text = f"{label}  {mean.best:.2f}" if mean else f"{label}  -"
        width = len(text) * LETTER + 40
        if x + width > WIDTH and x > 10:
            x, y = 10.0, y + 24
        parts += [mark(series, x + 6, y - 5), f'<text class="key" x="{x + 18:.0f}" y="{y:.0f}">{escape(text)}</text>']
        x += width
    return parts, y


def draw(labels: Sequence[str], table: Table) -> str:
    """The plot as an SVG element, coloured by the page's style sheet; empty if there is nothing to compare."""
    base, *others = labels
    per_label = {label: speeds(base, label, table) for label in others}
    shown = [speed for found in per_label.values() for speed in found.values()]
    if not shown:
        return ""
    axis = axis_for(shown)
    # By speed on the first of the others, so that the shape of the whole can be seen.
    order = sorted(
        (name for name in table if any(name in found for found in per_label.values())),
        key=lambda name: -per_label[others[0]][name].best if name in per_label[others[0]] else 0.0,
    )
    body, y = legend(base, others, table)
    row_height = PAD + LANE * len(others)
    top = y + 62
    words = f"speed relative to {base} (the line at 1), logarithmic, right is faster; numbers above: geometric means"
    body.append(f'<text class="axis" x="{LEFT}" y="{top - 30:.0f}">{escape(words)}</text>')
    bottom = top + row_height * (len(order) + 1) + 6
    grid = ticks(axis, top, bottom)
    rows = []
    means = {label: mean for label in others if (mean := mean_speed(base, label, table)) is not None}
    for number, name in enumerate(["", *order]):
        start = top + number * row_height + (6 if number else 0)
        if number % 2 == 0:
            kind = "stripe" if number else "mean"
            rows.append(f'<rect class="{kind}" x="0" y="{start:.1f}" width="{WIDTH}" height="{row_height}"/>')
        middle = start + row_height / 2
        style = "name" if number else "name strong"
        caption = escape(name) if number else "geometric mean"
        rows.append(f'<text class="{style}" x="{LEFT - 14}" y="{middle + 4.5:.1f}">{caption}</text>')
        for series, label in enumerate(others):
            speed = per_label[label].get(name) if number else means.get(label)
            if speed is not None:
                lane = start + PAD / 2 + LANE * (series + 0.5)
                body.append(dot(axis, series, lane, speed, f"{name or 'geometric mean'}, {label}"))
    height = bottom + 30
    title = f"Speed of {len(order)} programs relative to {base}"
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">\n'
        + "\n".join(rows + grid + body)
        + "\n</svg>"
    )


def ticks(axis: Axis, top: float, bottom: float) -> list[str]:
    """Vertical lines with their values above and below."""
    lines = []
    for tick in axis.ticks():
        x, kind = axis(tick), "one" if tick == 1 else "grid"
        lines.append(f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4:.1f}" y2="{bottom:.1f}"/>')
        lines += [f'<text class="tick" x="{x:.1f}" y="{y:.0f}">{tick:g}</text>' for y in (top - 10, bottom + 18)]
    return lines
