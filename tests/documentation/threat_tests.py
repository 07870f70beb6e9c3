"""Which files test each row of the threat model: names, parameters and descriptions of tests bear its id."""

import re
from collections import defaultdict
from pathlib import Path

__all__ = ["LAST", "files_by_id"]

TESTS = Path(__file__).parents[1]
LAST = {"T": 131, "R": 35}

_ID = re.compile(r"(?<![A-Za-z0-9])([TR][0-9]{2,3})(?![0-9])")


def files_by_id() -> dict[str, list[str]]:
    """The test files of each id, without those about the documentation itself."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.is_relative_to(TESTS / "documentation"):
            continue
        for each in set(_ID.findall(f"{path.name} {path.read_text(encoding='utf-8')}")):
            found[each].append(path.relative_to(TESTS).as_posix())
    return found
