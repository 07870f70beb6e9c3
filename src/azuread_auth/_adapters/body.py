"""The bytes of an answer as they come in, no more than allowed."""

import httpx2

from azuread_auth._adapters.unreachable import origin_of
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable

__all__ = ["Body"]


class Body:
    """Takes an answer's body piece by piece. Raises ProviderUnavailable when it is compressed or said to be too large.

    A small compressed body may unpack to any size, and none was asked for.
    """

    def __init__(self, request: HttpRequest, status: int, headers: httpx2.Headers) -> None:
        self._request = request
        self._status = status
        self._headers = headers
        self._received = bytearray()
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            message = f"{origin_of(request.url)} answered with a compressed body; a small one may unpack to any size"
            raise ProviderUnavailable(message)
        length = headers.get("content-length", "")
        # Python refuses to read a number of thousands of digits; the body itself is counted in any case.
        self._length = int(length) if length.isdecimal() and len(length) < 20 else 0
        self._check()

    def add(self, chunk: bytes) -> bool:
        """Take what came in; False when it is more than allowed and no more is wanted."""
        self._length = max(self._length, len(self._received) + len(chunk))
        if self.is_allowed():
            self._received += chunk
        return self.is_allowed()

    def is_allowed(self) -> bool:
        """Whether all of it may be taken, as far as is known."""
        return self._length <= self._request.max_response_bytes

    def answer(self) -> HttpResponse:
        """The whole answer. Raises ProviderUnavailable when there was more than allowed."""
        self._check()
        return HttpResponse(status=self._status, headers=dict(self._headers.items()), body=bytes(self._received))

    def _check(self) -> None:
        if not self.is_allowed():
            limit = self._request.max_response_bytes
            message = f"{origin_of(self._request.url)} answered with more than {limit} bytes"
            raise ProviderUnavailable(message)
