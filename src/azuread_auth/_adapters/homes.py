"""What is kept per event loop ends with it."""

from collections.abc import Hashable
from typing import Any

__all__ = ["forget_closed"]


def forget_closed(kept: dict[Hashable, Any]) -> None:
    """Drop the entries of event loops that were closed by hand, so that thousands of them leave nothing behind."""
    for home in list(kept):
        # Asked of the object itself: threads, whose home is a number, need not load asyncio for the question.
        closed = getattr(home, "is_closed", None)
        if closed is not None and closed():
            kept.pop(home, None)
