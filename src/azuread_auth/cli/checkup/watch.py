"""Listens to what a client does, for the one thing that it does not tell: the provider's clock."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime

from azuread_auth.cli.silence import Silence
from azuread_auth.ports import HttpPort, HttpRequest, HttpResponse

__all__ = ["ClockWatch"]


class ClockWatch(Silence):
    """An observer that compares each answer's Date with this machine's clock; `now` is in seconds since the epoch."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.ahead_seconds: float | None = None
        """How far this machine's clock is ahead of the last answer's; None while no answer has told."""

    def traced(self, http: HttpPort) -> HttpPort:
        """The same port, listened to."""
        return _Listened(http, self)

    def look_at(self, response: HttpResponse) -> None:
        """Take note of an answer that has just come."""
        try:
            moment = parsedate_to_datetime(response.headers.get("date", ""))
        except (TypeError, ValueError):
            return
        # The header is in whole seconds, so half of one is the best guess.
        self.ahead_seconds = self.now() - moment.timestamp() - 0.5


class _Listened:
    def __init__(self, http: HttpPort, watch: ClockWatch) -> None:
        self._http = http
        self._watch = watch

    async def send(self, request: HttpRequest) -> HttpResponse:
        response = await self._http.send(request)
        self._watch.look_at(response)
        return response

    async def aclose(self) -> None:
        await self._http.aclose()
