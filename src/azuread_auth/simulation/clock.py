"""The clock of a simulated tenant, which a test moves."""

import math
from collections.abc import Callable
from typing import Final

from azuread_auth.errors import ConfigurationError

__all__ = ["SimulatedClock"]

_FAR_SECONDS: Final = 100_000_000_000.0  # the year 5138: dates end at 9999


class SimulatedClock:
    """Seconds since the epoch as another clock tells them, and what it was moved by; it is the tenant's alone."""

    def __init__(self, base: Callable[[], float]) -> None:
        self._base = base
        self._offset_seconds = 0.0

    def __call__(self) -> float:
        """The time now."""
        return self._base() + self._offset_seconds

    def advance(self, seconds: float) -> float:
        """Move the clock on, or back by a negative number; returns the time. Raises ConfigurationError."""
        return self._move(self() + _finite(seconds, "seconds="))

    def set(self, now: float) -> float:
        """Let it be a certain time now, from which the clock goes on; returns it. Raises ConfigurationError."""
        return self._move(_finite(now, "now="))

    def _move(self, now: float) -> float:
        if not 0 <= now <= _FAR_SECONDS:
            message = f"the clock would be too far away; expected a time between 0 and {_FAR_SECONDS:.0f} seconds"
            raise ConfigurationError(message)
        self._offset_seconds = now - self._base()
        return now

    def reset(self) -> None:
        """Go by the other clock again."""
        self._offset_seconds = 0.0


def _finite(number: float, what: str) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        message = f"{what} is no number of seconds; expected one that is finite"
        raise ConfigurationError(message)
    return number
