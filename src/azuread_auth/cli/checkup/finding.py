"""What one check of an installation has found."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Outcome", "failed", "ok", "skipped", "warning"]


class Outcome(StrEnum):
    """What became of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report; nothing in it is secret or about a user."""

    check: str
    outcome: Outcome
    found: str
    expected: str = ""
    """Where something else was found."""
    remedy: str = ""
    """What to do; "" where nothing has to be done, or where `found` says it."""


def ok(check: str, found: str) -> Finding:
    """All is as it should be."""
    return Finding(check=check, outcome=Outcome.OK, found=found)


def warning(check: str, found: str, *, expected: str = "", remedy: str = "") -> Finding:
    """It works, and somebody should look at it."""
    return Finding(check=check, outcome=Outcome.WARNING, found=found, expected=expected, remedy=remedy)


def failed(check: str, found: str, *, expected: str = "", remedy: str = "") -> Finding:
    """It does not work."""
    return Finding(check=check, outcome=Outcome.FAILED, found=found, expected=expected, remedy=remedy)


def skipped(check: str, found: str) -> Finding:
    """There is nothing to check, or no way to."""
    return Finding(check=check, outcome=Outcome.SKIPPED, found=found)
