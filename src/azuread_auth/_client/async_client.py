"""The client for event loops."""

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.httpx import AsyncHttpx
from azuread_auth._client.blocking_client import AzureAdClient
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
    from azuread_auth._adapters.azure_credential import AsyncTokenCredential
    from azuread_auth._adapters.client_auth import TokenAuth

__all__ = ["AsyncAzureAdClient"]


class AsyncAzureAdClient:
    """Entra for one application, on asyncio or trio. Usable from several event loops.

    `settings` default to the environment (ConfigurationError when they are wrong). `store` keeps tokens (default: that
    of the settings, which is memory or Redis); you close one that you pass in. Nothing is fetched before it is needed.
    `async with` or `aclose()` frees connections and background work of the current loop; both are optional.
    `runtime`, `observer`, `environ` and `commands` replace the clock, the log, the environment and how local programs
    are run, for tests and metrics. `simulation` is a Recording or Replay in place of that of the settings.

    Scopes are sent as given: a bare name such as "User.Read" is Microsoft Graph's, and one call names one API. All
    methods that get tokens take `tenant_id` (a GUID or domain; default: the caller's, else the configured one) and
    `claims` (those of a claims challenge, as JSON text or a mapping). They raise ConfigurationError before any request
    for what cannot be asked for, TokenRequestFailed or one of its kinds when the provider refuses, ProviderUnavailable
    when it cannot be reached, and CredentialUnavailable when the application has nothing to prove itself with.
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
        runtime = runtime if runtime is not None else AsyncRuntime()

        def network(known: AzureAdSettings) -> HttpPort:
            return AsyncHttpx(runtime=runtime, ca_bundle=known.ca_bundle, environ=environ)

        self._wiring = Wiring(
            settings,
            runtime=runtime,
            network=network,
            commands=lambda: commands if commands is not None else _command_runner(environ),
            store=store,
            bind=_as_it_is,
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

    async def validate_token(self, token: str | Secret) -> Principal:
        """The caller that an access token stands for.

        Raises TokenRejected with the reason, or ProviderUnavailable when keys are needed and cannot be had.
        """
        return await self._engine.validate_token(token)

    async def warm_up(self) -> None:
        """Fetch metadata and keys now, for a readiness probe. Raises ProviderUnavailable."""
        await self._engine.warm_up()

    async def acquire_token_for_app(
        self, *scopes: str, tenant_id: str | None = None, claims: str | Mapping[str, object] | None = None
    ) -> AccessToken:
        """A token for the application itself; the scope ends in /.default, as https://graph.microsoft.com/.default.

        Source: Microsoft, "OAuth 2.0 client credentials flow".
        """
        tokens = self._engine.tokens
        found = tokens.recall_for_app(scopes, tenant_id, claims)
        return found or await tokens.for_app(scopes, tenant_id, claims)

    async def acquire_token_on_behalf_of(
        self,
        principal_or_token: Principal | str | Secret,
        *scopes: str,
        tenant_id: str | None = None,
        claims: str | Mapping[str, object] | None = None,
    ) -> AccessToken:
        """A token for the caller of this API, got with the caller's access token.

        A token in place of a Principal is validated first (TokenRejected). Raises PermissionDenied for an application,
        AssertionRefused when Entra does not take the caller's token, InteractionRequired when the user has to consent
        or to sign in anew. Source: Microsoft, "OAuth 2.0 On-Behalf-Of flow".
        """
        tokens = self._engine.tokens
        if isinstance(principal_or_token, str):  # what reports errors may show the locals of every frame
            principal_or_token = Secret(principal_or_token.encode("utf-8", "surrogatepass"))
        found = tokens.recall_on_behalf_of(principal_or_token, scopes, tenant_id, claims)
        return found or await self._engine.on_behalf_of(principal_or_token, scopes, tenant_id, claims)

    async def acquire_token_for_user(
        self,
        principal: Principal | Account,
        *scopes: str,
        tenant_id: str | None = None,
        claims: str | Mapping[str, object] | None = None,
    ) -> AccessToken:
        """A token for a user: on behalf of one who calls with an access token, else by what the sign-in brought.

        Raises InteractionRequired when the user has to sign in: nothing is kept, or what is kept no longer serves.
        """
        tokens = self._engine.tokens
        found = tokens.recall_for_user(principal, scopes, tenant_id, claims)
        return found or await tokens.for_user(principal, scopes, tenant_id, claims)

    async def start_authorization(
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
        """Begin a sign-in with a browser: authorization code, PKCE with S256, fresh state and nonce.

        `scopes` may be of several APIs: all are consented to, and the token is for the first. `prompt` is "login",
        "none", "consent", "select_account" or "create"; `response_mode` "query" or "form_post".
        Source: Microsoft, "OAuth 2.0 authorization code flow".
        """
        wishes = SignInWishes(
            response_mode=response_mode,
            prompt=prompt,
            login_hint=login_hint,
            domain_hint=domain_hint,
            claims=claims_text(claims),
        )
        return self._engine.tokens.start_authorization(redirect_uri, scopes, tenant_id, wishes)

    async def acquire_token_by_authorization_code(
        self, request: AuthorizationRequest, callback_parameters: Mapping[str, str] | str
    ) -> UserToken:
        """End that sign-in with what the browser brought back: parameters, or the query string or form as it came.

        The code is sent once, whatever becomes of it. Raises LoginFailed for an answer that is forged, of another
        sign-in or an error, and for an ID token that is not good.
        """
        finishing = self._engine.tokens.by_authorization_code(request, callback_parameters)
        del callback_parameters  # there is a code in it: what reports errors may show the locals of every frame
        return await finishing

    def admin_consent_url(
        self, *, redirect_uri: str, tenant_id: str | None = None, scopes: Iterable[str] = (), state: str | None = None
    ) -> str:
        """Where an administrator consents to the application for a whole tenant.

        `scopes`: these alone; without any, all that the app registration asks for. `tenant_id`: default the configured
        tenant, or whichever the administrator is of where several are welcome. `redirect_uri` is registered, and gets
        `admin_consent=True` and `tenant`, or `error`. Anybody can send these: give `state`, 32 random bytes as text
        that the browser's session keeps, and compare it; then get a token of that tenant to see what it consented to.
        """
        return self._engine.tokens.admin_consent_url(redirect_uri, scopes, tenant_id=tenant_id, state=state)

    async def start_device_code(
        self, *scopes: str, tenant_id: str | None = None, claims: str | Mapping[str, object] | None = None
    ) -> DeviceCode:
        """Begin a sign-in on another device: show `.message`. Source: RFC 8628."""
        return await self._engine.tokens.start_device_code(scopes, tenant_id, claims)

    async def acquire_token_by_device_code(
        self, device: DeviceCode, *, is_cancelled: Callable[[], bool] | None = None
    ) -> UserToken:
        """Wait until the user has signed in with the code, asking no more often than the provider allows.

        `is_cancelled` is asked every second. Raises LoginFailed when it says so, when the user declines, and when the
        code has expired.
        """
        return await self._engine.tokens.by_device_code(device, is_cancelled=is_cancelled or (lambda: False))

    async def member_groups(
        self, caller: Principal | Account, *, raise_interaction_required: bool = False
    ) -> GroupMembership:
        """The groups of a caller: those of the token, or where it leaves them out, those that Microsoft Graph tells.

        Kept for 5 minutes. What cannot be found out is logged, and unknown for 30 seconds; `raise_interaction_required`
        raises it where the user has to consent or to sign in. An Account is asked for in the application's own name.
        """
        return await self._engine.member_groups(caller, raise_interaction_required=raise_interaction_required)

    async def end_sessions(self, account: Account) -> None:
        """End all sessions of a user, wherever their browsers are, and drop the user's tokens.

        Sessions in cookies cannot be ended so. Raises ConfigurationError unless a middleware with `login=` has this
        client and a `session_store`, and StoreUnavailable.
        """
        await self._engine.end_sessions(account)
        await self._engine.tokens.forget_user(account)

    def auth_for_app(self, *scopes: str, tenant_id: str | None = None) -> "TokenAuth":
        """For `auth=` of an async client of httpx2 or httpx: the application's token on each request.

        A claims challenge is answered once, with a new token. Raises RuntimeError in a blocking client.
        """
        from azuread_auth._adapters.client_auth import async_auth  # noqa: PLC0415 - loads an HTTP client

        return async_auth(lambda claims: self.acquire_token_for_app(*scopes, tenant_id=tenant_id, claims=claims))

    def auth_for_user(self, principal: Principal | Account, *scopes: str, tenant_id: str | None = None) -> "TokenAuth":
        """For `auth=` of one request of an async client of httpx2 or httpx: the user's token.

        One HTTP client serves all users. A claims challenge is answered once, with a new token. Raises RuntimeError in
        a blocking client.
        """
        from azuread_auth._adapters.client_auth import async_auth  # noqa: PLC0415 - loads an HTTP client

        return async_auth(
            lambda claims: self.acquire_token_for_user(principal, *scopes, tenant_id=tenant_id, claims=claims)
        )

    def token_credential(self, principal: Principal | Account | None = None) -> "AsyncTokenCredential":
        """A credential for clients of `azure.….aio`: for the user, or without one for the application.

        Raises ImportError without azure-core: pip install "azuread-auth[azure]".
        """
        from azuread_auth._adapters.azure_credential import AsyncTokenCredential  # noqa: PLC0415 - an extra

        if principal is None:
            return AsyncTokenCredential(self.acquire_token_for_app)

        async def acquire(
            *scopes: str, tenant_id: str | None, claims: str | Mapping[str, object] | None
        ) -> AccessToken:
            return await self.acquire_token_for_user(principal, *scopes, tenant_id=tenant_id, claims=claims)

        return AsyncTokenCredential(acquire)

    def blocking(self) -> AzureAdClient:
        """A client for threads with the same settings and store."""
        wiring = self._wiring
        return AzureAdClient(wiring.settings, wiring.store(), observer=wiring.observer, environ=wiring.environ)

    async def aclose(self) -> None:
        """Close connections and end background work of the current event loop."""
        await self._wiring.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


def _command_runner(environ: Mapping[str, str] | None) -> CommandPort:
    from azuread_auth._adapters.command_runner import AsyncCommandRunner  # noqa: PLC0415 - for the Azure CLI alone

    return AsyncCommandRunner(environ=environ)


def _as_it_is(store: TokenStore) -> TokenStore:
    return store
