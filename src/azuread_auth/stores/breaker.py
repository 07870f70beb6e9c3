"""Leaves a server that fails alone for a while."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from random import SystemRandom
from typing import Final

from azuread_auth.errors import StoreUnavailable

__all__ = ["Breaker"]

_FIRST_SECONDS: Final = 0.5
_LONGEST_SECONDS: Final = 10.0
_JITTER: Final = 0.2


def _is_none(_error: Exception) -> bool:
    return False


class Breaker:
    """After a failure calls fail at once: for half a second at first, then twice as long each time, up to ten.

    A failure that `is_chance` says may be one (none is) is borne once, together with those of calls that were under way
    with it: only if a later call fails as well before one succeeds, the pause begins.

    Then one caller tries while the others still fail at once; its success lets all calls through again. The times vary
    by a fifth, so that processes do not come back together. `monotonic` is the clock, in seconds; `random` gives
    numbers from 0 to 1. Safe for threads; each process needs one of its own, because of its lock.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        random: Callable[[], float] | None = None,
        is_chance: Callable[[Exception], bool] | None = None,
    ) -> None:
        self._monotonic = monotonic
        self._random = random or SystemRandom().random
        self._is_chance = is_chance or _is_none
        self._lock = threading.Lock()
        self._failures = 0
        self._seconds = 0.0
        self._opened_until: float | None = None
        self._is_probed = False
        self._reason = ""

    def check(self) -> None:
        """Raise StoreUnavailable where a call would fail at once."""
        with self._lock:
            self._refuse()

    @contextmanager
    def attempt(self) -> Generator[None, None, None]:
        """Surrounds a call; an exception that leaves it is a failure. Raises StoreUnavailable in place of the call."""
        with self._lock:
            self._refuse()
            is_probe = self._is_probed = self._opened_until is not None
            failures = self._failures
        try:
            yield
        except Exception as error:
            self._failed(error, is_probe=is_probe, failures_before=failures)
            raise
        except BaseException:
            # The caller was interrupted, which says nothing about the server: another may try.
            self._end_probe(is_probe=is_probe)
            raise
        self._succeeded(is_probe=is_probe)

    def _refuse(self) -> None:
        if self._opened_until is None:
            return
        left = self._opened_until - self._monotonic()
        if left > 0:
            message = f"{self._reason} (it is asked again in {left:.1f} seconds)"
            raise StoreUnavailable(message)
        if self._is_probed:
            message = f"{self._reason} (it is being asked again)"
            raise StoreUnavailable(message)

    def _failed(self, error: Exception, *, is_probe: bool, failures_before: int) -> None:
        with self._lock:
            # Calls that began before the first of them failed say nothing new.
            if self._opened_until is not None and not is_probe:
                return
            self._failures += failures_before == self._failures
            if self._failures <= 1 and not is_probe and self._is_chance(error):
                return
            self._seconds = min(self._seconds * 2 or _FIRST_SECONDS, _LONGEST_SECONDS)
            self._opened_until = self._monotonic() + self._seconds * (1 - _JITTER * self._random())
            self._reason = str(error)
            self._is_probed = False

    def _succeeded(self, *, is_probe: bool) -> None:
        with self._lock:
            self._failures = 0
            if is_probe:
                self._opened_until = None
                self._seconds = 0.0
                self._is_probed = False

    def _end_probe(self, *, is_probe: bool) -> None:
        with self._lock:
            if is_probe:
                self._is_probed = False
