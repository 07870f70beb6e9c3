"""The rows of a group as a picture: a lane for each, with bars for us and for the others, and a mark at the target."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from table import Row

__all__ = ["write_plots"]

_WIDTH, _MARGIN, _BAR, _GAP = 860, 16, 14, 4
_LABELS = 380
"""How wide the names beside the bars may get; longer ones are cut."""
_SPAN = _WIDTH - _LABELS - 2 * _MARGIN - 90
_SECONDS = {"µs": 1.0, "ms": 1e3, "s": 1e6}
_BYTES = {"kB": 1.0, "MB": 1e3}
_FIGURE = re.compile(r"^(.*?) ?([0-9][0-9,.]*) (\S+)(?: less)?(?:,.*)?$")
_LETTER = 6.4
# A card of its own, so that it can be read on a page of any colour; dark where the reader's system is.
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.what { font-weight: 600 }
.dim { fill: #57606a; font-weight: 400 }
.card { fill: #fff; stroke: #d0d7de }
.ours { fill: #0969da }
.other { fill: #afb8c1 }
.target { stroke: #cf222e; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .dim { fill: #9198a1 }
  .card { fill: #161b22; stroke: #30363d }
  .ours { fill: #58a6ff }
  .other { fill: #6e7681 }
  .target { stroke: #ff7b72 }
}
"""


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    value: float
    kind: str


def write_plots(folder: Path, rows: Sequence[Row]) -> None:
    """Write bench-GROUP.svg for each group of the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for group in dict.fromkeys(row.group for row in rows):
        picture = _picture(group, [row for row in rows if row.group == group])
        (folder / f"bench-{group}.svg").write_text(picture, encoding="utf-8")


def _picture(group: str, rows: Iterable[Row]) -> str:
    parts: list[str] = []
    top: float = _MARGIN
    for row in rows:
        lane, height = _lane(row, top)
        parts += lane
        top += height
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" role="img">'
        f"<title>Measured: {escape(group)}</title><style>{_STYLE}</style>"
        f'<rect class="card" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{top - 1}" rx="6"/>'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def _lane(row: Row, top: float) -> tuple[list[str], float]:
    """One row, and how high it is. Each has a scale of its own, since units differ."""
    bars = _bars(row)
    longest = max([bar.value for bar in bars] + [row.target or 0.0]) or 1.0
    target = "" if row.target is None else f", target {row.direction} {row.target:g}"
    unit = f'<tspan class="dim"> ({escape(row.unit + target)})</tspan>'
    parts = [f'<text class="what" x="{_MARGIN}" y="{top + 12:g}">{escape(row.what.replace("`", ""))}{unit}</text>']
    y = top + 20
    for bar in bars:
        length = max(_SPAN * bar.value / longest, 1.0)
        parts += [
            f'<text x="{_LABELS + _MARGIN - 8}" y="{y + 11:g}" text-anchor="end">{escape(_cut(bar.name))}</text>',
            f'<rect class="{bar.kind}" x="{_LABELS + _MARGIN}" y="{y:g}" width="{length:.1f}" height="{_BAR}" rx="2"/>',
            f'<text class="dim" x="{_LABELS + _MARGIN + length + 6:.1f}" y="{y + 11:g}">{_number(bar.value)}</text>',
        ]
        y += _BAR + _GAP
    if row.target is not None:
        x = _LABELS + _MARGIN + _SPAN * row.target / longest
        parts.append(f'<line class="target" x1="{x:.1f}" x2="{x:.1f}" y1="{top + 18:g}" y2="{y - 2:g}"/>')
    return parts, y - top + 12


def _bars(row: Row) -> list[_Bar]:
    """Ours first, and of the others those whose figure has the unit of the row."""
    bars = [_Bar("azuread-auth", row.ratio, "ours")]
    figures = [(name, f"{name} {text}") for name, text in row.others.items()] + [("", row.reference)]
    for given, text in figures:
        match = _FIGURE.match(text)
        factor = _factor(match[3], row.unit) if match else None
        if match and factor is not None:
            name = given or match[1]
            bars.append(_Bar(name.replace("`", ""), float(match[2].replace(",", "")) * factor, "other"))
    if row.unit == "\N{MULTIPLICATION SIGN}":  # what the ratio is to
        bars.append(_Bar(row.reference.rpartition(" ")[0].rstrip("0123456789., ") or row.reference, 1.0, "other"))
    return bars


def _factor(unit: str, wanted: str) -> float | None:
    for units in (_SECONDS, _BYTES):
        if unit in units and wanted in units:
            return units[unit] / units[wanted]
    return 1.0 if unit == wanted else None


def _cut(name: str) -> str:
    most = int(_LABELS / _LETTER)
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
