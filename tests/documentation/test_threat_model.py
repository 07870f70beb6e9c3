"""The threat model and the README promise nothing that no test shows."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
THREAT_MODEL = (ROOT / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

ID = re.compile(r"(?<![A-Za-z0-9])([TR][0-9]{2,3})(?![0-9])")
ROW = re.compile(r"^\| ((?:[TR][0-9]{2,3}(?:-[TR][0-9]{2,3})?(?:, )?)+) \|", re.MULTILINE)
TESTED = runpy.run_path(str(Path(__file__).with_name("threat_tests.py")))
LAST = TESTED["LAST"]


def expanded(cell: str) -> list[str]:
    """The ids of a first column, such as "T01" or "R16-R18, R20"."""
    found = []
    for part in cell.split(", "):
        first, _, last = part.partition("-")
        found += [f"{part[0]}{number:02}" for number in range(int(first[1:]), int((last or first)[1:]) + 1)]
    return found


def ids_in(text: str) -> list[str]:
    """The ids of the tables in a text."""
    return [each for cell in ROW.findall(text) for each in expanded(cell)]


ROWS = THREAT_MODEL.partition("## Where it is tested")[0]
COVERED = ids_in(ROWS.partition("## Not applicable yet")[0])
LATER = ids_in(ROWS.partition("## Not applicable yet")[2])


def test_every_row_is_in_the_threat_model_once():
    """Each id is answered for: by what happens, or by why it cannot happen yet."""
    every = [f"{letter}{number:02}" for letter in ("T", "R") for number in range(1, LAST[letter] + 1)]

    assert sorted(COVERED + LATER) == sorted(every)


def test_what_the_threat_model_covers_is_tested():
    """Each row that says what happens has tests of that id."""
    assert set(COVERED) - TESTED["files_by_id"]().keys() == set()


def test_what_the_readme_promises_is_in_the_threat_model():
    """The ids of the promises are rows that say what happens."""
    promised = set(ID.findall(README.partition("## What is promised")[2].partition("\n## ")[0]))

    assert len(promised) > 20
    assert promised <= set(COVERED)
