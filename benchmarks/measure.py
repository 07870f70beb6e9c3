"""Rounds that alternate between contestants, so that whatever disturbs the machine disturbs all of them alike.

Where nothing waits, rounds are timed by what the process had of the processor: so other programs do not count.
"""

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Series", "interleave", "median_ratio"]


@dataclass(frozen=True, slots=True)
class Series:
    """One figure for each round, such as seconds per request."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)


def interleave(contestants: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, Series]:
    """Let each contestant run one short round after the other, `rounds` times; the first in line changes.

    A contestant runs one round and returns its figure. An extra round at the beginning warms up and does not count.
    """
    names = list(contestants)
    found: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        contestants[name]()
    for number in range(rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            found[name].append(contestants[name]())
    return {name: Series(tuple(figures)) for name, figures in found.items()}


def median_ratio(over: Series, under: Series) -> float:
    """The median of the ratios of rounds that ran beside each other."""
    pairs: Iterable[tuple[float, float]] = zip(over.rounds, under.rounds, strict=True)
    return statistics.median(a / b for a, b in pairs)
