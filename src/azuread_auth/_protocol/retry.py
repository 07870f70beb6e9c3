"""When to ask again after a failure."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ["MAX_RETRY_AFTER_SECONDS", "back_off_seconds", "retry_after_seconds"]

MAX_RETRY_AFTER_SECONDS: Final = 300.0
"""A longer wait that a server asks for is cut to this, so that one wrong header cannot stop a service for a day."""


def retry_after_seconds(headers: Mapping[str, str], *, now: float) -> float:
    """The `Retry-After` of an answer (RFC 9110 10.2.3) in seconds from `now`; 0 when absent or nonsense."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_RETRY_AFTER_SECONDS)
    try:
        date = parsedate_to_datetime(value)
        # RFC 9110 5.6.7: dates are in UTC. One that does not say so is not to be read in this machine's own zone.
        delay = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError):
        return 0.0
    return min(max(delay, 0.0), MAX_RETRY_AFTER_SECONDS)


def back_off_seconds(failures: int, *, at_least: float, at_most: float, chance: float) -> float:
    """How long to leave a failing server alone: doubling from `at_least`, with a quarter of jitter on top.

    `failures` counts those in a row, from 1; `chance` is a random number from 0 to 1.
    """
    doubled = at_least * 2.0 ** min(failures - 1, 32)
    return min(doubled, at_most) * (1 + chance / 4)
