"""One request for one answer over httpx2's transports: without its client there are no cookies and no redirects.

Threads use the connections of httpcore2, which is what httpx2's transports are made of: it takes another network.
"""

from collections.abc import Callable
from contextlib import closing
from ssl import SSLContext
from typing import Any, Final, Generic, TypeVar

import anyio
import httpcore2
import httpx2

from azuread_auth._adapters.body import Body
from azuread_auth._adapters.deadlines import DeadlineBackend, TimeLeft
from azuread_auth._adapters.pinned import pin_of, pinned_context
from azuread_auth._adapters.proxies import Proxies, Proxy
from azuread_auth._adapters.tls import ClientTls
from azuread_auth._adapters.unreachable import FAILURES, problem_of
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable

__all__ = ["AsyncPools", "BlockingPools"]

_Transport = TypeVar("_Transport")

# Those of httpx2's transports.
_LIMITS: Final[dict[str, Any]] = {"max_connections": 100, "max_keepalive_connections": 20, "keepalive_expiry": 5.0}


class _Pools(Generic[_Transport]):
    """Connections that may be used again, apart by the proxy they go through and the certificate that is pinned."""

    def __init__(
        self, connect: Callable[[SSLContext, httpx2.Proxy | None], _Transport], tls: ClientTls, proxies: Proxies
    ) -> None:
        self._connect = connect
        self._tls = tls
        self._proxies = proxies
        self._by_way: dict[tuple[Proxy | None, bytes | None], _Transport] = {}

    def transport_for(self, request: HttpRequest, url: httpx2.URL) -> _Transport:
        proxy = None if request.is_direct else self._proxies.proxy_for(url.scheme, url.host, url.port)
        way = (proxy, pin_of(request))
        transport = self._by_way.get(way)
        if transport is None:
            # Without a lock: of two that are made at the same time one is dropped before it has connected.
            transport = self._by_way.setdefault(way, self._open(*way))
        return transport

    def all(self) -> list[_Transport]:
        return list(self._by_way.values())

    def _open(self, proxy: Proxy | None, pin: bytes | None) -> _Transport:
        context = self._tls.context() if pin is None else pinned_context(pin)
        if proxy is None:
            return self._connect(context, None)
        try:
            is_https = proxy.url.lower().startswith("https:")
            address = httpx2.Proxy(proxy.url, ssl_context=self._tls.context() if is_https else None)
            return self._connect(context, address)
        except (ValueError, httpx2.InvalidURL, ImportError, RuntimeError):  # the last two where socksio is absent
            # That error quotes the address, which may hold a password: it ends here.
            message = f"{proxy.variable} names no usable proxy; expected http://host:port, or socks5:// with socksio"
        raise ProviderUnavailable(message)


def _async_transport(context: SSLContext, proxy: httpx2.Proxy | None) -> httpx2.AsyncHTTPTransport:
    return httpx2.AsyncHTTPTransport(verify=context, trust_env=False, proxy=proxy)


def _blocking_pool(context: SSLContext, proxy: httpx2.Proxy | None) -> httpcore2.ConnectionPool:
    network = DeadlineBackend()
    if proxy is None:
        return httpcore2.ConnectionPool(context, network_backend=network, **_LIMITS)
    url = _core_url(proxy.url)
    if url.scheme.startswith(b"socks5"):
        return httpcore2.SOCKSProxy(url, proxy.raw_auth, context, network_backend=network, **_LIMITS)
    return httpcore2.HTTPProxy(
        url,
        proxy.raw_auth,
        ssl_context=context,
        proxy_ssl_context=proxy.ssl_context,
        network_backend=network,
        **_LIMITS,
    )


def _core_url(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


class AsyncPools:
    """Exchanges on one event loop."""

    def __init__(self, tls: ClientTls, proxies: Proxies) -> None:
        self._pools = _Pools(_async_transport, tls, proxies)
        # anyio imports what it has for this kind of event loop when it is first used: now, while no fork can happen.
        anyio.get_cancelled_exc_class()

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        try:
            return await self._exchange(request)
        except FAILURES as error:
            problem = problem_of(error, request)
        # Not before that error is over: it may quote the answer, and its frames hold what came in.
        raise ProviderUnavailable(problem)

    async def _exchange(self, request: HttpRequest) -> HttpResponse:
        with anyio.fail_after(request.timeout_seconds):
            outgoing = _outgoing(request)
            transport = self._pools.transport_for(request, outgoing.url)
            response = await transport.handle_async_request(outgoing)
            try:
                body = Body(request, response.status_code, response.headers)
                await _receive(response, body)
            finally:
                await response.aclose()
            return body.answer()

    async def aclose(self) -> None:
        for transport in self._pools.all():
            await transport.aclose()


async def _receive(response: httpx2.Response, body: Body) -> None:
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
        self._pools = _Pools(_blocking_pool, tls, proxies)

    def exchange(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._exchange(request)
        except FAILURES as error:
            problem = problem_of(error, request)
        # As above.
        raise ProviderUnavailable(problem)

    def _exchange(self, request: HttpRequest) -> HttpResponse:
        left = TimeLeft.of(request.timeout_seconds)
        timeouts = dict.fromkeys(("pool", "connect", "read", "write"), left)
        outgoing = _outgoing(request)
        pool = self._pools.transport_for(request, outgoing.url)
        sent = httpcore2.Request(
            outgoing.method,
            _core_url(outgoing.url),
            headers=outgoing.headers.raw,
            content=outgoing.content,
            extensions={"timeout": timeouts},
        )
        with closing(pool.handle_request(sent)) as response:
            body = Body(request, response.status, httpx2.Headers(response.headers))
            # In no frame of this module is a piece of the answer left when the body is refused.
            all(map(body.add, response.iter_stream()))
        return body.answer()

    def close(self) -> None:
        for pool in self._pools.all():
            pool.close()


def _outgoing(request: HttpRequest) -> httpx2.Request:
    headers = {"User-Agent": "azuread-auth", **request.headers, "Accept-Encoding": "identity"}
    return httpx2.Request(request.method, request.url, headers=headers, content=request.body)
