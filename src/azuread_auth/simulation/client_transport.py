"""A simulated tenant as the transport of somebody's own httpx2 client."""

import time
from collections.abc import Callable

import anyio
import httpx2

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.ports import TransportAnswer

__all__ = ["SimulatedTransport"]


class SimulatedTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers `httpx2.Client` and `httpx2.AsyncClient` in process; the client's read time-out counts."""

    def __init__(self, answer: Callable[[HttpRequest], TransportAnswer]) -> None:
        self._answer = answer

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer to a blocking client. Raises ConnectError for what nobody simulates, and ReadTimeout."""
        request.read()
        outcome = self._answer(_request_value(request))
        time.sleep(_waiting_seconds(request, outcome))
        return _response_object(request, outcome)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer to an async client. Raises ConnectError for what nobody simulates, and ReadTimeout."""
        await request.aread()
        outcome = self._answer(_request_value(request))
        await anyio.sleep(_waiting_seconds(request, outcome))
        return _response_object(request, outcome)


def _request_value(request: httpx2.Request) -> HttpRequest:
    return HttpRequest(method=request.method, url=str(request.url), headers=dict(request.headers), body=request.content)


def _read_timeout(request: httpx2.Request) -> float | None:
    timeout: float | None = request.extensions.get("timeout", {}).get("read")
    return timeout


def _is_too_slow(request: httpx2.Request, outcome: TransportAnswer) -> bool:
    limit = _read_timeout(request)
    return limit is not None and outcome.delay_seconds > limit


def _waiting_seconds(request: httpx2.Request, outcome: TransportAnswer) -> float:
    limit = _read_timeout(request)
    return outcome.delay_seconds if limit is None else min(limit, outcome.delay_seconds)


def _response_object(request: httpx2.Request, outcome: TransportAnswer) -> httpx2.Response:
    if _is_too_slow(request, outcome):
        message = "the simulated answer comes later than the client's read time-out"
        raise httpx2.ReadTimeout(message, request=request)
    response: HttpResponse | None = outcome.response
    if response is None:
        message = (
            f"nothing is simulated at {request.url.host}, or the tenant is down; add it with tenant.route(url, ...)"
        )
        raise httpx2.ConnectError(message, request=request)
    return httpx2.Response(response.status, headers=dict(response.headers), content=response.body)
