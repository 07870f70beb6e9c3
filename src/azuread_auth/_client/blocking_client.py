"""The client for threads."""

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._adapters.httpx import BlockingHttpx
from azuread_auth._client.wiring import Wiring
from azuread_auth._core.engine import Engine
from azuread_auth._protocol.authorization import SignInWishes
from azuread_auth._protocol.claims_request import claims_text
from azuread_auth._settings.simulation_mode import Simulation
from azuread_auth.access_token import AccessToken, UserToken
from azuread_auth.ports import CommandPort, HttpPort, Observer, Runtime, TokenStore
from azuread_auth.principal import Account, GroupMembership, Principal
from azuread_auth.secret import Secret
from azuread_auth.settings import AzureAdSettings
from azuread_auth.sign_in import AuthorizationRequest, DeviceCode

if TYPE_CHECKING:
    from azuread_auth._adapters.azure_credential import TokenCredential
    from azuread_auth._adapters.client_auth import TokenAuth

__all__ = ["AzureAdClient"]


class AzureAdClient:
    """Entra for one application, for threads: the same as AsyncAzureAdClient, without `await`.

    Works under threads, in processes forked after it was made, under gevent, and inside a running event loop (which
    it blocks). A store, credential or callable that waits for an event loop is a SuspendedError. What the methods take,
    give and raise is told at AsyncAzureAdClient.
    """

    def __init__(
        self,
        settings: AzureAdSettings | None = None,
        store: TokenStore | None = None,
        *,
        runtime: Runtime | None = None,
        observer: Observer | None = None,
        environ: Mapping[str, str] | None = None,
        commands: CommandPort | None = None,
        simulation: Simulation | None = None,
    ) -> None:
        runtime = runtime if runtime is not None else BlockingRuntime()

        def network(known: AzureAdSettings) -> HttpPort:
            return BlockingHttpx(runtime=runtime, ca_bundle=known.ca_bundle, environ=environ)

        self._wiring = Wiring(
            settings,
            runtime=runtime,
            network=network,
            commands=lambda: commands if commands is not None else _command_runner(environ),
            store=store,
            bind=_never_suspending,
            observer=observer,
            environ=environ,
            simulation=simulation,
        )
        self._engine = self._wiring.engine

    @property
    def settings(self) -> AzureAdSettings:
        """What the client was made with."""
        return self._wiring.settings

    def with_settings(self, settings: AzureAdSettings) -> Self:
        """A client with other settings and otherwise like this one: its log and metrics, clock and environment.

        Its tokens are kept apart, in the store that the settings want.
        """
        wiring = self._wiring
        return type(self)(settings, runtime=wiring.runtime, observer=wiring.observer, environ=wiring.environ)

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

    def acquire_token_for_app(
        self, *scopes: str, tenant_id: str | None = None, claims: str | Mapping[str, object] | None = None
    ) -> AccessToken:
        """A token for the application itself; the scope ends in /.default."""
        tokens = self._engine.tokens
        return tokens.recall_for_app(scopes, tenant_id, claims) or run_blocking(
            tokens.for_app(scopes, tenant_id, claims)
        )

    def acquire_token_on_behalf_of(
        self,
        principal_or_token: Principal | str | Secret,
        *scopes: str,
        tenant_id: str | None = None,
        claims: str | Mapping[str, object] | None = None,
    ) -> AccessToken:
        """A token for the caller of this API, got with the caller's access token."""
        tokens = self._engine.tokens
        if isinstance(principal_or_token, str):  # what reports errors may show the locals of every frame
            principal_or_token = Secret(principal_or_token.encode("utf-8", "surrogatepass"))
        found = tokens.recall_on_behalf_of(principal_or_token, scopes, tenant_id, claims)
        return found or run_blocking(self._engine.on_behalf_of(principal_or_token, scopes, tenant_id, claims))

    def acquire_token_for_user(
        self,
        principal: Principal | Account,
        *scopes: str,
        tenant_id: str | None = None,
        claims: str | Mapping[str, object] | None = None,
    ) -> AccessToken:
        """A token for a user: on behalf of one who calls with an access token, else by what the sign-in brought."""
        tokens = self._engine.tokens
        found = tokens.recall_for_user(principal, scopes, tenant_id, claims)
        return found or run_blocking(tokens.for_user(principal, scopes, tenant_id, claims))

    def start_authorization(
        self,
        *,
        redirect_uri: str,
        scopes: Iterable[str] = (),
        tenant_id: str | None = None,
        claims: str | Mapping[str, object] | None = None,
        prompt: str | None = None,
        login_hint: str | None = None,
        domain_hint: str | None = None,
        response_mode: str = "query",
    ) -> AuthorizationRequest:
        """Begin a sign-in with a browser: authorization code, PKCE with S256, fresh state and nonce."""
        wishes = SignInWishes(
            response_mode=response_mode,
            prompt=prompt,
            login_hint=login_hint,
            domain_hint=domain_hint,
            claims=claims_text(claims),
        )
        return self._engine.tokens.start_authorization(redirect_uri, scopes, tenant_id, wishes)

    def acquire_token_by_authorization_code(
        self, request: AuthorizationRequest, callback_parameters: Mapping[str, str] | str
    ) -> UserToken:
        """End that sign-in with what the browser brought back: parameters, query string or form."""
        finishing = self._engine.tokens.by_authorization_code(request, callback_parameters)
        del callback_parameters  # there is a code in it: what reports errors may show the locals of every frame
        return run_blocking(finishing)

    def admin_consent_url(
        self, *, redirect_uri: str, tenant_id: str | None = None, scopes: Iterable[str] = (), state: str | None = None
    ) -> str:
        """Where an administrator consents to the application for a whole tenant."""
        return self._engine.tokens.admin_consent_url(redirect_uri, scopes, tenant_id=tenant_id, state=state)

    def start_device_code(
        self, *scopes: str, tenant_id: str | None = None, claims: str | Mapping[str, object] | None = None
    ) -> DeviceCode:
        """Begin a sign-in on another device: show `.message`."""
        return run_blocking(self._engine.tokens.start_device_code(scopes, tenant_id, claims))

    def acquire_token_by_device_code(
        self, device: DeviceCode, *, is_cancelled: Callable[[], bool] | None = None
    ) -> UserToken:
        """Wait until the user has signed in with the code; `is_cancelled` is asked every second."""
        return run_blocking(self._engine.tokens.by_device_code(device, is_cancelled=is_cancelled or _never))

    def member_groups(
        self, caller: Principal | Account, *, raise_interaction_required: bool = False
    ) -> GroupMembership:
        """The groups of a caller: those of the token, or where it leaves them out, those that Microsoft Graph tells."""
        return run_blocking(self._engine.member_groups(caller, raise_interaction_required=raise_interaction_required))

    def end_sessions(self, account: Account) -> None:
        """End all sessions of a user, wherever their browsers are, and drop the user's tokens."""
        run_blocking(self._engine.end_sessions(account))
        run_blocking(self._engine.tokens.forget_user(account))

    def auth_for_app(self, *scopes: str, tenant_id: str | None = None) -> "TokenAuth":
        """For `auth=` of a blocking client of httpx2 or httpx: the application's token on each request."""
        from azuread_auth._adapters.client_auth import blocking_auth  # noqa: PLC0415 - loads an HTTP client

        return blocking_auth(lambda claims: self.acquire_token_for_app(*scopes, tenant_id=tenant_id, claims=claims))

    def auth_for_user(self, principal: Principal | Account, *scopes: str, tenant_id: str | None = None) -> "TokenAuth":
        """For `auth=` of one request of a blocking client of httpx2 or httpx: the user's token."""
        from azuread_auth._adapters.client_auth import blocking_auth  # noqa: PLC0415 - loads an HTTP client

        return blocking_auth(
            lambda claims: self.acquire_token_for_user(principal, *scopes, tenant_id=tenant_id, claims=claims)
        )

    def token_credential(self, principal: Principal | Account | None = None) -> "TokenCredential":
        """A credential for blocking clients of Azure SDKs: for the user, or without one for the application."""
        from azuread_auth._adapters.azure_credential import TokenCredential  # noqa: PLC0415 - an extra

        if principal is None:
            return TokenCredential(self.acquire_token_for_app)

        def acquire(*scopes: str, tenant_id: str | None, claims: str | Mapping[str, object] | None) -> AccessToken:
            return self.acquire_token_for_user(principal, *scopes, tenant_id=tenant_id, claims=claims)

        return TokenCredential(acquire)

    def close(self) -> None:
        """Close connections of the current process."""
        run_blocking(self._wiring.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _command_runner(environ: Mapping[str, str] | None) -> CommandPort:
    from azuread_auth._adapters.command_runner import BlockingCommandRunner  # noqa: PLC0415 - for the Azure CLI alone

    return BlockingCommandRunner(environ=environ)


def _never_suspending(store: TokenStore) -> TokenStore:
    """A store that serves event loops too says how to be asked without one."""
    twin = getattr(store, "blocking", None)
    bound: TokenStore = store if twin is None else twin()
    return bound


def _never() -> bool:
    return False
