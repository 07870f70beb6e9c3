"""A page with the table between two marks; a run of some groups renews their rows and leaves the others."""

from collections.abc import Sequence
from pathlib import Path

from table import Row, as_markdown

__all__ = ["write_page"]

_BEGIN = "<!-- measured -->\n"
_END = "<!-- end -->"


def write_page(page: Path, machine: str, rows: Sequence[Row], groups: Sequence[str]) -> None:
    """Put the table between the marks of a page that has them, else make it a page. `groups`: all, in their order."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(_BEGIN) if page.exists() else ("", "", "")
    inside, end, after = rest.partition(_END)
    if not (mark and end):
        before, mark, inside, end, after = "", "", "", "", ""
    head, ruler, *lines = as_markdown(rows).splitlines()
    measured = {row.group for row in rows}
    lines += [line for line in inside.splitlines() if _group_of(line) in groups and _group_of(line) not in measured]
    lines.sort(key=lambda line: groups.index(_group_of(line)))
    table = "\n".join([head, ruler, *lines])
    page.write_text(f"{before}{mark}\n{machine}\n\n{table}\n\n{end}{after}", encoding="utf-8")


def _group_of(line: str) -> str:
    """The first cell of a row."""
    return line.removeprefix("| ").partition(" | ")[0]
