"""Adds up what events and counts tell, for metrics that are read now and then."""

import os
import threading
import weakref
from collections import Counter

from azuread_auth.observability.counts import CountsSource
from azuread_auth.observability.measures import Measures
from azuread_auth.ports import Event

__all__ = ["Tally", "Totals"]

Totals = dict[tuple[tuple[str, str], ...], int]
"""How many by attributes."""


class Tally:
    """Counts events, and reads the sources it watches. Safe for threads; a forked process counts from zero."""

    def __init__(self) -> None:
        self._measures = Measures()
        self._sources: list[_Watched] = []
        self._by_process: dict[int, _Counted] = {}

    def add(self, event: Event) -> None:
        """Count one event."""
        measures = self._measures.of_event(event)
        counted = self._counted()
        with counted.lock:
            counted.totals.update((each.metric, each.attributes) for each in measures)

    def watch(self, source: CountsSource) -> None:
        """Read the source at each reading, as long as somebody else keeps it; then its last counts stay."""
        self._sources.append(_Watched(source))

    def totals(self, metric: str) -> Totals:
        """What the metric has come to, by attributes."""
        counted = self._counted()
        with counted.lock:
            totals = counted.totals.copy()
            for watched in self._sources.copy():
                read = self._read(watched)
                totals.update(read)
                if watched.is_gone:
                    counted.totals.update(read)
                    self._sources.remove(watched)
        return {attributes: count for (name, attributes), count in totals.items() if name == metric}

    def _read(self, watched: "_Watched") -> "Counter[_Key]":
        read: Counter[_Key] = Counter()
        for (kind, result), count in watched.read().items():
            measure = self._measures.of_count(kind, result)
            if measure is not None:
                read[measure.metric, measure.attributes] += count
        return read

    def _counted(self) -> "_Counted":
        # By process: a lock that another thread held when this process was forked would stay locked for ever.
        process = os.getpid()
        counted = self._by_process.get(process)
        return counted if counted is not None else self._by_process.setdefault(process, _Counted())


_Key = tuple[str, tuple[tuple[str, str], ...]]


class _Counted:
    """The counts of one process."""

    __slots__ = ("lock", "totals")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.totals: Counter[_Key] = Counter()


class _Watched:
    """A source, and what it said last: a metric that only grows must not fall when a client is thrown away."""

    __slots__ = ("_last", "_source", "is_gone")

    def __init__(self, source: CountsSource) -> None:
        self._source = weakref.ref(source)
        self._last: dict[tuple[str, str], int] = {}
        self.is_gone = False

    def read(self) -> dict[tuple[str, str], int]:
        source = self._source()
        if source is None:
            self.is_gone = True
        else:
            self._last = dict(source.counts())
        return self._last
