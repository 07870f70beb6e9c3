"""What is too frequent for an event: counts that are kept as plain integers and read when somebody wants to know."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

__all__ = ["CountsSource", "CountsWatcher"]


class CountsSource(Protocol):
    """Counts for itself. What it tells as an event is not among its counts."""

    def counts(self) -> Mapping[tuple[str, str], int]:
        """Totals since the start by kind and result: ("validation", "accepted"), ("token_cache.on_behalf_of", "hit").

        ("token_cache", "hit") is of no flow in particular. They only grow. Asked from any thread at any time, now and
        then; it must be quick and must not raise.
        """
        ...


@runtime_checkable
class CountsWatcher(Protocol):
    """An observer that also wants to read counts, for metrics."""

    def watch(self, source: CountsSource) -> None:
        """Read the source from now on, for as long as somebody else keeps it."""
        ...
