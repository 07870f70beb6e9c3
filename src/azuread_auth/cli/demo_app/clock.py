"""A clock for intervals that can be moved ahead, so that an outage of hours takes no time."""

import time

__all__ = ["MovableClock"]


class MovableClock:
    """Runs by itself, and jumps when told to."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def monotonic(self) -> float:
        """Seconds by a clock that never goes back."""
        return time.monotonic() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        """Let so much time pass."""
        self._ahead_seconds += seconds
