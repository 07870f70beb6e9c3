"""Settings, adapters and the core, put together for either client."""

import logging
import os
from collections.abc import Callable, Mapping

from azuread_auth._adapters.in_process import InProcessHttp
from azuread_auth._adapters.loading import loading
from azuread_auth._client.simulated_token_store import SimulatedTokenStore
from azuread_auth._client.simulating import ClientSimulation, with_simulation
from azuread_auth._core.engine import Engine, OutboundPorts
from azuread_auth._settings.simulation_mode import Simulation
from azuread_auth.observability.counts import CountsWatcher
from azuread_auth.observability.logging import LoggingObserver
from azuread_auth.ports import CommandPort, Event, HttpPort, HttpTracer, Observer, Runtime, TokenStore
from azuread_auth.settings import AzureAdSettings

__all__ = ["Wiring"]


class Wiring:
    """One application's core with its adapters. Nothing is opened or asked for yet.

    `network` makes the real HTTP adapter, for settings without a transport of their own. `bind` makes a store fit for
    this kind of client.
    """

    def __init__(
        self,
        settings: AzureAdSettings | None,
        *,
        runtime: Runtime,
        network: Callable[[AzureAdSettings], HttpPort],
        commands: Callable[[], CommandPort],
        store: TokenStore | None,
        bind: Callable[[TokenStore], TokenStore],
        observer: Observer | None,
        environ: Mapping[str, str] | None,
        simulation: Simulation | None,
    ) -> None:
        known = settings if settings is not None else AzureAdSettings.from_env(environ)
        self.settings = with_simulation(known, simulation)
        self.runtime = runtime
        self.environ = os.environ if environ is None else environ
        self.observer = observer if observer is not None else LoggingObserver(monotonic=runtime.monotonic)
        transport = self.settings.transport
        http = InProcessHttp(transport, runtime) if transport is not None else network(self.settings)
        self._simulation = ClientSimulation.of(self.settings, runtime=runtime, observer=self.observer)
        http = self._simulation.http(http)
        self.http = self.observer.traced(http) if isinstance(self.observer, HttpTracer) else http
        self._given_store = store
        self._own_store: dict[str, TokenStore] = {}
        self._own_tokens: dict[str, TokenStore] = {}
        self._bind = bind
        if store is None and self.settings.redis_url is not None:
            self.store()  # so that a missing package stops the start
        if getattr(store, "is_readable", False):
            message = (
                "the token store keeps tokens in the clear, for everybody who can read it; put EncryptedStore round "
                "it, as in EncryptedStore(RedisStore(url), keys=[key])"
            )
            self.observer.record(Event("store.readable", logging.WARNING, message, {}))
        outbound = OutboundPorts(store=self._bound_store, bind_store=bind, commands=commands, environ=self.environ)
        core_settings = self._simulation.settings(self.settings)
        self.engine = Engine(core_settings, http=self.http, runtime=runtime, observer=self.observer, outbound=outbound)
        if isinstance(self.observer, CountsWatcher):
            self.observer.watch(self.engine)

    def store(self) -> TokenStore:
        """The application's store, as it was given or as the settings want it."""
        if self._given_store is not None:
            return self._given_store
        return self._own_store.get("") or self._own_store.setdefault("", self._default_store())

    def _default_store(self) -> TokenStore:
        with loading():
            from azuread_auth.stores.default import default_store  # noqa: PLC0415 - not if tokens are checked alone

            return default_store(self.settings, observer=self.observer)

    def _bound_store(self) -> TokenStore:
        store = self._bind(self.store())
        if self._simulation.requests is None:
            return store
        is_replay = not self._simulation.is_answered_by_provider
        return self._own_tokens.get("") or self._own_tokens.setdefault("", _without_tokens(store, is_replay=is_replay))

    async def aclose(self) -> None:
        """Close connections and end background work of the current event loop or process."""
        await self.runtime.aclose()
        await self.http.aclose()
        for own in self._own_store.values():
            close = getattr(self._bind(own), "aclose", None)
            if close is not None:
                await close()


def _without_tokens(store: TokenStore, *, is_replay: bool) -> TokenStore:
    with loading():
        from azuread_auth.stores.memory import MemoryStore  # noqa: PLC0415 - as above

        return SimulatedTokenStore(store, MemoryStore(), is_replay=is_replay)
