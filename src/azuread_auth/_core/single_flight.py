"""One run for everybody who asks for the same thing at the same time."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from azuread_auth.ports import Runtime, SharedWork

__all__ = ["SingleFlight"]

T = TypeVar("T")


class SingleFlight:
    """Runs a piece of work once per key, whoever asks while it runs; the next to ask afterwards runs it anew.

    Callers share within one home of the runtime: an event loop, or the threads of a process. A caller that is
    cancelled leaves the work running for the others; an error is told to all who wait. There is no lock to be held
    for ever: `dict.setdefault` decides atomically whose work it is.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._running: dict[tuple[Hashable, Hashable], SharedWork[Any]] = {}

    def is_running(self, key: Hashable) -> bool:
        """Whether somebody in this home is at work under `key`."""
        return (self._runtime.home(), key) in self._running

    async def run(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result, or the error, of `work` or of what already runs under `key`: same key, same type of result."""
        place = (self._runtime.home(), key)

        async def run_once() -> T:
            try:
                return await work()
            finally:
                self._running.pop(place, None)

        if place not in self._running:
            self._forget_closed()
        shared: SharedWork[T] = self._running.setdefault(place, self._runtime.share(run_once))
        try:
            return await shared.wait()
        except Exception:
            # Work that was cancelled before its first step never reached its own clean-up.
            if self._running.get(place) is shared:
                self._running.pop(place, None)
            raise

    def _forget_closed(self) -> None:
        """Drop work of event loops that were closed by hand: it never reaches its own clean-up."""
        for place in list(self._running):
            is_closed = getattr(place[0], "is_closed", None)
            if is_closed is not None and is_closed():
                self._running.pop(place, None)
