"""HTTP over httpx2, for event loops and for threads."""

import os
from collections.abc import AsyncGenerator, Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from azuread_auth._adapters.homes import forget_closed
from azuread_auth._adapters.loading import loading
from azuread_auth._adapters.proxies import Proxies
from azuread_auth._adapters.tls import ClientTls
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.ports import Runtime

if TYPE_CHECKING:
    from azuread_auth._adapters.wire import AsyncPools, BlockingPools

__all__ = ["AsyncHttpx", "BlockingHttpx"]

# The wire module is imported by the first request: httpx2 and ssl take longer to load than all else together.


class AsyncHttpx:
    """`HttpPort` on asyncio and trio: connections are kept per event loop and closed with it.

    `ca_bundle` is a PEM file of the certificate authorities to trust in place of the system's. Proxies are those of
    `environ` (default: the process's own), read when an event loop sends its first request.
    """

    def __init__(
        self, runtime: Runtime, *, ca_bundle: str | Path | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self._runtime = runtime
        self._environ = os.environ if environ is None else environ
        self._tls = ClientTls(ca_bundle=ca_bundle, environ=self._environ)
        self._kept: dict[Hashable, tuple[AsyncPools, AsyncGenerator[AsyncPools, None]]] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status; redirects too. Raises ProviderUnavailable when there is none."""
        home = self._runtime.home()
        kept = self._kept.get(home)
        pools = await self._open(home) if kept is None else kept[0]
        return await pools.exchange(request)

    async def aclose(self) -> None:
        """Close the connections of the running event loop. Sending again afterwards opens anew."""
        kept = self._kept.pop(self._runtime.home(), None)
        if kept is not None:
            await kept[1].aclose()

    async def _open(self, home: Hashable) -> "AsyncPools":
        # An event loop that was closed by hand had no occasion to close its connections.
        forget_closed(self._kept)
        lifetime = self._lifetime(home)
        pools = await anext(lifetime)
        self._kept[home] = (pools, lifetime)
        return pools

    async def _lifetime(self, home: Hashable) -> "AsyncGenerator[AsyncPools, None]":
        """Open until closed: asyncio.run and trio.run end the generators of their loop while it can still wait."""
        with loading():
            from azuread_auth._adapters.wire import AsyncPools  # noqa: PLC0415 - see above

            pools = AsyncPools(self._tls, Proxies(self._environ))
        try:
            yield pools
        finally:
            self._kept.pop(home, None)
            await pools.aclose()


class BlockingHttpx:
    """`HttpPort` for threads: `send` never suspends. Connections are kept per process, so that none crosses a fork.

    The arguments are those of `AsyncHttpx`. Connecting, sending and receiving end within the request's time limit as a
    whole; only a name is looked up in the time the system's resolver takes.
    """

    def __init__(
        self, runtime: Runtime, *, ca_bundle: str | Path | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self._runtime = runtime
        self._environ = os.environ if environ is None else environ
        self._tls = ClientTls(ca_bundle=ca_bundle, environ=self._environ)
        self._kept: dict[Hashable, BlockingPools] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status; redirects too. Raises ProviderUnavailable when there is none."""
        home = self._runtime.home()
        pools = self._kept.get(home)
        if pools is None:
            with loading():
                from azuread_auth._adapters.wire import BlockingPools  # noqa: PLC0415 - see above

            # What a parent process opened stays in the table, unused: to close it here would end its connections there.
            fresh = BlockingPools(self._tls, Proxies(self._environ))
            pools = self._kept.setdefault(home, fresh)
        return pools.exchange(request)

    async def aclose(self) -> None:
        """Close the connections of this process. Sending again afterwards opens anew."""
        pools = self._kept.pop(self._runtime.home(), None)
        if pools is not None:
            pools.close()
