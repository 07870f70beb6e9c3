"""Sends a request, and again where that can do no harm and some good."""

from collections.abc import Mapping
from typing import Final

from azuread_auth._protocol.grants import Repeatable
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.retry import retry_after_seconds
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import HttpPort, Runtime

__all__ = ["Sender"]

_PAUSES: Final = (1.0, 2.0, 4.0)
_TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})
_REFUSED: Final = frozenset({429, 503})
"""Of those the ones that say that nothing was done; after the others it may have been, and the answer was lost."""
_REPEATED: Final[Mapping[Repeatable, frozenset[int]]] = {
    "always": _TRANSIENT,
    "when refused": _REFUSED,
    "never": frozenset(),
}
_LONGEST_WAIT_SECONDS: Final = 8.0
"""A caller who is asked to wait longer is told so in place of being kept."""
_LONGEST_SECONDS: Final = 20.0
"""No further try begins after so long."""


class Sender:
    """Repeats a request after 1, 2 and 4 seconds, with jitter, or when the answer's Retry-After says."""

    def __init__(self, http: HttpPort, runtime: Runtime) -> None:
        self._http = http
        self._runtime = runtime

    async def send(self, request: HttpRequest, *, repeatable: Repeatable) -> HttpResponse:
        """The answer, whatever its status, of the last try. Raises ProviderUnavailable when there was none."""
        deadline = self._runtime.monotonic() + _LONGEST_SECONDS
        for pause in _PAUSES:
            wait = pause * (1 + self._runtime.random() / 4)
            try:
                response = await self._http.send(request)
            except ProviderUnavailable:
                if repeatable != "always" or self._runtime.monotonic() + wait >= deadline:
                    raise
            else:
                wait = max(wait, retry_after_seconds(response.headers, now=self._runtime.now()))
                if response.status not in _REPEATED[repeatable]:
                    return response
                if wait > _LONGEST_WAIT_SECONDS or self._runtime.monotonic() + wait >= deadline:
                    return response
            await self._runtime.sleep(wait)
        return await self._http.send(request)
