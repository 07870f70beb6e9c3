"""Answers that somebody adds to a simulated tenant, for addresses that it knows nothing of."""

import json
import threading
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.errors import ConfigurationError

__all__ = ["RouteResponse", "Routes"]

RouteResponse = HttpResponse | str | bytes | Mapping[str, object] | Sequence[object]
"""A whole answer, or the body of a 200: mappings and sequences as JSON, text as plain text, bytes as they are."""


class Routes:
    """Added answers by URL; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._responses: dict[str, HttpResponse] = {}

    def add(self, url: str, response: RouteResponse) -> None:
        """Answer a URL so, in place of what was added for it before. Raises ConfigurationError for a relative one."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            message = "route() needs a whole URL, such as https://graph.microsoft.com/v1.0/me"
            raise ConfigurationError(message)
        with self._lock:
            self._responses[url] = _as_response(response)

    def find(self, url: str) -> HttpResponse | None:
        """The answer added for the URL, or else for the URL without its query."""
        with self._lock:
            return self._responses.get(url) or self._responses.get(url.partition("?")[0])


def _as_response(response: RouteResponse) -> HttpResponse:
    if isinstance(response, HttpResponse):
        return response
    if isinstance(response, bytes):
        return HttpResponse(status=200, headers={"content-type": "application/octet-stream"}, body=response)
    if isinstance(response, str):
        return HttpResponse(status=200, headers={"content-type": "text/plain; charset=utf-8"}, body=response.encode())
    return HttpResponse(status=200, headers={"content-type": "application/json"}, body=json.dumps(response).encode())
