"""The clients: where settings, adapters and the core are put together."""

from types import TracebackType
from typing import Self

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._adapters.httpx import AsyncHttpx, BlockingHttpx
from azuread_auth._adapters.in_process import InProcessHttp
from azuread_auth._adapters.tasks import is_loop_running
from azuread_auth._core.engine import Engine
from azuread_auth.observability.logging import LOGGER_NAME, LoggingObserver
from azuread_auth.ports import HttpPort, Observer, Runtime
from azuread_auth.principal import Principal
from azuread_auth.secret import Secret
from azuread_auth.settings import AzureAdSettings

__all__ = ["LOGGER_NAME", "AsyncAzureAdClient", "AzureAdClient", "is_loop_running", "run_blocking"]


class AsyncAzureAdClient:
    """Entra for one application, on asyncio or trio. Usable from several event loops.

    `settings` default to the environment (ConfigurationError when they are wrong). Nothing is fetched before it is
    needed. `async with` or `aclose()` frees connections and background work of the current loop; both are optional.
    `runtime` and `observer` replace the clock and the log, for tests and metrics.
    """

    def __init__(
        self,
        settings: AzureAdSettings | None = None,
        *,
        runtime: Runtime | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings if settings is not None else AzureAdSettings.from_env()
        self._runtime = runtime if runtime is not None else AsyncRuntime()
        self._http: HttpPort = (
            InProcessHttp(self._settings.transport, self._runtime)
            if self._settings.transport is not None
            else AsyncHttpx(runtime=self._runtime, ca_bundle=self._settings.ca_bundle)
        )
        self._observer = observer if observer is not None else LoggingObserver(monotonic=self._runtime.monotonic)
        self._engine = Engine(self._settings, http=self._http, runtime=self._runtime, observer=self._observer)

    @property
    def settings(self) -> AzureAdSettings:
        """What the client was made with."""
        return self._settings

    @property
    def engine(self) -> Engine:
        """The core, for the middlewares of this package."""
        return self._engine

    async def validate_token(self, token: str | Secret) -> Principal:
        """The caller that an access token stands for.

        Raises TokenRejected with the reason, or ProviderUnavailable when keys are needed and cannot be had.
        """
        return await self._engine.validate_token(token)

    async def warm_up(self) -> None:
        """Fetch metadata and keys now, for a readiness probe. Raises ProviderUnavailable."""
        await self._engine.warm_up()

    def blocking(self) -> "AzureAdClient":
        """A client for threads with the same settings."""
        return AzureAdClient(self._settings, observer=self._observer)

    async def aclose(self) -> None:
        """Close connections and end background work of the current event loop."""
        await self._runtime.aclose()
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


class AzureAdClient:
    """Entra for one application, for threads: the same as AsyncAzureAdClient, without `await`.

    Works under threads, in processes forked after it was made, under gevent, and inside a running event loop (which
    it blocks).
    """

    def __init__(
        self,
        settings: AzureAdSettings | None = None,
        *,
        runtime: Runtime | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings if settings is not None else AzureAdSettings.from_env()
        self._runtime = runtime if runtime is not None else BlockingRuntime()
        self._http: HttpPort = (
            InProcessHttp(self._settings.transport, self._runtime)
            if self._settings.transport is not None
            else BlockingHttpx(runtime=self._runtime, ca_bundle=self._settings.ca_bundle)
        )
        self._observer = observer if observer is not None else LoggingObserver(monotonic=self._runtime.monotonic)
        self._engine = Engine(self._settings, http=self._http, runtime=self._runtime, observer=self._observer)

    @property
    def settings(self) -> AzureAdSettings:
        """What the client was made with."""
        return self._settings

    @property
    def engine(self) -> Engine:
        """The core, for the middlewares of this package."""
        return self._engine

    def validate_token(self, token: str | Secret) -> Principal:
        """The caller that an access token stands for.

        Raises TokenRejected with the reason, or ProviderUnavailable when keys are needed and cannot be had.
        """
        return run_blocking(self._engine.validate_token(token))

    def warm_up(self) -> None:
        """Fetch metadata and keys now, for a readiness probe. Raises ProviderUnavailable."""
        run_blocking(self._engine.warm_up())

    def close(self) -> None:
        """Close connections of the current process."""
        run_blocking(self._runtime.aclose())
        run_blocking(self._http.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
