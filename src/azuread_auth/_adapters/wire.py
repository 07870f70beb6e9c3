"""One request for one answer over httpx2's transports: without its client there are no cookies and no redirects."""

import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from ssl import SSLContext
from typing import Generic, TypeVar

import anyio
import httpx2

from azuread_auth._adapters.proxies import Proxies, Proxy
from azuread_auth._adapters.tls import ClientTls
from azuread_auth._adapters.unreachable import explain
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable

__all__ = ["AsyncPools", "BlockingPools"]

_Transport = TypeVar("_Transport")


class _Pools(Generic[_Transport]):
    """Connections that may be used again, apart by the proxy they go through."""

    def __init__(
        self, connect: Callable[[SSLContext, httpx2.Proxy | None], _Transport], tls: ClientTls, proxies: Proxies
    ) -> None:
        self._connect = connect
        self._tls = tls
        self._proxies = proxies
        self._by_proxy: dict[Proxy | None, _Transport] = {}

    def transport_for(self, url: httpx2.URL) -> _Transport:
        proxy = self._proxies.proxy_for(url.scheme, url.host, url.port)
        transport = self._by_proxy.get(proxy)
        if transport is None:
            # Without a lock: of two that are made at the same time one is dropped before it has connected.
            transport = self._by_proxy.setdefault(proxy, self._open(proxy))
        return transport

    def all(self) -> list[_Transport]:
        return list(self._by_proxy.values())

    def _open(self, proxy: Proxy | None) -> _Transport:
        context = self._tls.context()
        if proxy is None:
            return self._connect(context, None)
        try:
            is_https = proxy.url.lower().startswith("https:")
            address = httpx2.Proxy(proxy.url, ssl_context=context if is_https else None)
            return self._connect(context, address)
        except (ValueError, httpx2.InvalidURL, ImportError):
            # The cause quotes the address, which may hold a password.
            message = f"{proxy.variable} names no usable proxy; expected http://host:port, or socks5:// with socksio"
            raise ProviderUnavailable(message) from None


def _async_transport(context: SSLContext, proxy: httpx2.Proxy | None) -> httpx2.AsyncHTTPTransport:
    return httpx2.AsyncHTTPTransport(verify=context, trust_env=False, proxy=proxy)


def _blocking_transport(context: SSLContext, proxy: httpx2.Proxy | None) -> httpx2.HTTPTransport:
    return httpx2.HTTPTransport(verify=context, trust_env=False, proxy=proxy)


class AsyncPools:
    """Exchanges on one event loop."""

    def __init__(self, tls: ClientTls, proxies: Proxies) -> None:
        self._pools = _Pools(_async_transport, tls, proxies)

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        with _translated(request), anyio.fail_after(request.timeout_seconds):
            outgoing = _outgoing(request, {})
            transport = self._pools.transport_for(outgoing.url)
            response = await transport.handle_async_request(outgoing)
            try:
                body = _Body(request, response)
                await _receive(response, body)
            finally:
                await response.aclose()
            return body.answer()

    async def aclose(self) -> None:
        for transport in self._pools.all():
            await transport.aclose()


async def _receive(response: httpx2.Response, body: "_Body") -> None:
    try:
        async for chunk in response.aiter_raw():
            if not body.add(chunk):
                # To stop here would leave generators of httpx2 unfinished, about which trio complains. On a closed
                # connection they end by themselves.
                await response.aclose()
    except httpx2.HTTPError:
        if body.is_allowed():
            raise


class BlockingPools:
    """Exchanges in one process, by any of its threads."""

    def __init__(self, tls: ClientTls, proxies: Proxies) -> None:
        self._pools = _Pools(_blocking_transport, tls, proxies)

    def exchange(self, request: HttpRequest) -> HttpResponse:
        left = _TimeLeft(request.timeout_seconds)
        with _translated(request):
            outgoing = _outgoing(request, left)
            response = self._pools.transport_for(outgoing.url).handle_request(outgoing)
            with closing(response):
                body = _Body(request, response)
                for chunk in response.iter_raw():
                    if not body.add(chunk):
                        break
                    left.check()
            return body.answer()

    def close(self) -> None:
        for transport in self._pools.all():
            transport.close()


class _TimeLeft:
    """The time limits of one exchange's operations as httpcore2 asks for them, each what is left of the whole."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def get(self, _operation: str, _default: object = None) -> float:
        # A socket takes 0 for "do not wait" and answers with another error than that the time is up.
        return max(self._deadline - time.monotonic(), 0.001)

    def check(self) -> None:
        if time.monotonic() > self._deadline:
            raise TimeoutError


class _Body:
    """The bytes of an answer as they come in, no more than allowed."""

    def __init__(self, request: HttpRequest, response: httpx2.Response) -> None:
        self._request = request
        self._response = response
        self._received = bytearray()
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            message = f"{_origin(request.url)} answered with a compressed body; a small one may unpack to any size"
            raise ProviderUnavailable(message)
        length = response.headers.get("content-length", "")
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
        return self._length <= self._request.max_response_bytes

    def answer(self) -> HttpResponse:
        self._check()
        headers = dict(self._response.headers.items())
        return HttpResponse(status=self._response.status_code, headers=headers, body=bytes(self._received))

    def _check(self) -> None:
        if not self.is_allowed():
            limit = self._request.max_response_bytes
            message = f"{_origin(self._request.url)} answered with more than {limit} bytes"
            raise ProviderUnavailable(message)


def _outgoing(request: HttpRequest, timeouts: "dict[str, float] | _TimeLeft") -> httpx2.Request:
    headers = {"User-Agent": "azuread-auth", **request.headers, "Accept-Encoding": "identity"}
    extensions = {"timeout": timeouts}
    return httpx2.Request(request.method, request.url, headers=headers, content=request.body, extensions=extensions)


@contextmanager
def _translated(request: HttpRequest) -> Generator[None, None, None]:
    try:
        yield
    except (TimeoutError, httpx2.TimeoutException) as error:
        message = f"{_origin(request.url)} did not answer within {request.timeout_seconds:g} seconds"
        raise ProviderUnavailable(message) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        message = f"{_origin(request.url)} cannot be reached: {explain(error)}"
        raise ProviderUnavailable(message) from error


def _origin(url: str) -> str:
    """Scheme and host: paths, queries and user names stay out of messages."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return "an address that is no URL"
    return f"{parsed.scheme}://{parsed.host}"
