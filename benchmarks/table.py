"""What was measured, as rows of a table."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

__all__ = ["TIMES", "Row", "as_json", "as_markdown", "as_text", "bytes_text", "seconds_text", "times"]

TIMES = "\N{MULTIPLICATION SIGN}"
_HEAD = ("group", "what", "ours", "reference", "ratio", "target", "met", "others")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison. `ratio` is judged by the target; a row without a target is for information."""

    group: str
    what: str
    ours: str
    reference: str
    ratio: float
    direction: Literal["≤", "≥", ""] = ""
    target: float | None = None
    unit: str = TIMES
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.ratio <= self.target if self.direction == "≤" else self.ratio >= self.target

    def cells(self) -> tuple[str, ...]:
        target = "" if self.target is None else f"{self.direction} {_number(self.target)} {self.unit}"
        met = {True: "yes", False: "**no**", None: ""}[self.is_met]
        others = "; ".join(f"{name} {value}" for name, value in self.others.items())
        ratio = f"{_number(self.ratio)} {self.unit}"
        return (self.group, self.what, self.ours, self.reference, ratio, target, met, others)


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1_000_000:
        return str(int(value))
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"


def seconds_text(value: float) -> str:
    """A duration, in the unit that suits it."""
    for factor, unit in ((1e6, "µs"), (1e3, "ms")):
        if value * factor < 1000:
            return f"{value * factor:.{2 if value * factor < 10 else 1}f} {unit}"
    return f"{value:.2f} s"


def bytes_text(value: float) -> str:
    """An amount of memory, in the unit that suits it."""
    return f"{value / 1e3:.2f} kB" if value < 1e6 else f"{value / 1e6:.1f} MB"


def times(value: float) -> str:
    """A ratio, for the column of the others."""
    return f"{_number(value)} {TIMES}"


def as_markdown(rows: Iterable[Row]) -> str:
    """The table, for a page."""
    lines = [_HEAD, ("---",) * len(_HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_text(rows: Iterable[Row]) -> str:
    """The table with its columns aligned, so that it can be read as it is."""
    lines = [_HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(x, widths, strict=True)) + " |" for x in lines)


def as_json(rows: Iterable[Row]) -> list[dict[str, object]]:
    """The rows for programs."""
    return [asdict(row) | {"is_met": row.is_met} for row in rows]
