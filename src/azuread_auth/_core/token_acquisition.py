"""Tokens for the next API: for the application, for its caller, for a user who signed in."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TypeAlias

from azuread_auth._core.authorities import Authorities
from azuread_auth._core.flows.authorization_code import AuthorizationCode
from azuread_auth._core.flows.client_credentials import ClientCredentials
from azuread_auth._core.flows.device_code import DeviceCodes
from azuread_auth._core.flows.exchange import Exchange, MaskedFields
from azuread_auth._core.flows.on_behalf_of import OnBehalfOf
from azuread_auth._core.flows.refresh_token import RefreshTokens
from azuread_auth._core.id_tokens import IdTokens
from azuread_auth._core.shared_store import SharedStore
from azuread_auth._core.token_cache import TokenCache
from azuread_auth._core.token_events import TokenEvents
from azuread_auth._core.wanted_tokens import wanted
from azuread_auth._protocol.admin_consent import admin_consent_address
from azuread_auth._protocol.authorization import SignInWishes, check_redirect_uri, single_parameters
from azuread_auth._protocol.cache_key import AppPartition, AssertionPartition, CacheKey, Partition, UserPartition
from azuread_auth._protocol.claims_request import claims_text
from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.metadata import Metadata
from azuread_auth._protocol.outbound_scopes import canonical, check_scopes, first_resource_scopes
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.access_token import AccessToken, UserToken
from azuread_auth.credentials.base import AppTokenSource, ClientAuthentication
from azuread_auth.errors import AzureAdError, ConfigurationError, PermissionDenied
from azuread_auth.ports import HttpPort, Observer, Runtime, TokenStore
from azuread_auth.principal import Account, Principal
from azuread_auth.requirements import IsUser
from azuread_auth.settings import AzureAdSettings
from azuread_auth.sign_in import AuthorizationRequest, DeviceCode

__all__ = ["Claims", "TokenAcquisition"]

Claims: TypeAlias = str | Mapping[str, object] | None

_ON_BEHALF_OF = "on_behalf_of"
_REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a flow
_APP = AppPartition()


class TokenAcquisition:
    """One cache, and the flows that fill it.

    The methods named `recall_…` answer at once, for the hot path, or with None when somebody has to wait.
    """

    def __init__(
        self,
        settings: AzureAdSettings,
        *,
        http: HttpPort,
        runtime: Runtime,
        observer: Observer,
        store: TokenStore,
        credential: ClientAuthentication | AppTokenSource | None,
        id_tokens: IdTokens,
    ) -> None:
        self._settings = settings
        self._capabilities = tuple(settings.client_capabilities)
        self._id_tokens = id_tokens
        self.proves_application: bool = isinstance(credential, ClientAuthentication) and credential.client_id is None
        """Whether the credential proves the application itself, which sign-in and on-behalf-of need."""
        self._source = credential if isinstance(credential, AppTokenSource) else None
        authentication = credential if isinstance(credential, ClientAuthentication) else None
        self._app_client_id = (authentication.client_id if authentication else None) or settings.client_id
        self._app_flow = self._source.flow if self._source is not None else "client_credentials"
        self._events = TokenEvents(observer)
        shared = SharedStore(store, runtime=runtime, observer=observer)
        self._cache = TokenCache(shared, runtime=runtime, observer=observer, is_enabled=settings.cache_enabled)
        self._recall = self._cache.recall
        self._authorities = authorities = Authorities(settings)
        self._own_tenant = authorities.own_tenant
        # A credential with an identity of its own has a tenant of its own, which need not be that of the settings.
        self._app_tenant = authorities.own_tenant if self._source is None else ""
        self._only_tenant = authorities.own_tenant if settings.authority_url is not None else None
        exchange = Exchange(settings, http=http, runtime=runtime, authentication=authentication)
        self._client_credentials = ClientCredentials(exchange, authorities)
        self._on_behalf_of = OnBehalfOf(exchange, authorities)
        self._refresh_tokens = RefreshTokens(
            settings, exchange=exchange, authorities=authorities, store=shared, runtime=runtime
        )
        self._authorization_code = AuthorizationCode(
            settings, exchange=exchange, authorities=authorities, id_tokens=id_tokens, runtime=runtime
        )
        self._device_codes = DeviceCodes(
            settings, exchange=exchange, authorities=authorities, id_tokens=id_tokens, runtime=runtime
        )

    @property
    def hits(self) -> int:
        """How many tokens the hot path had at once."""
        return self._cache.hits

    def recall_for_app(self, scopes: tuple[str, ...], tenant_id: str | None, claims: Claims) -> AccessToken | None:
        """The application's token, if it is at hand."""
        if claims is not None:
            return None
        return self._recall((self._app_flow, self._app_tenant if tenant_id is None else tenant_id, scopes, None))

    async def for_app(self, scopes: tuple[str, ...], tenant_id: str | None, claims: Claims) -> AccessToken:
        """The application's token."""
        check_scopes(scopes, is_app=True)
        scopes, asked = canonical(scopes), claims_text(claims)
        source = self._source
        request: Callable[[], Awaitable[ReceivedToken]]
        if source is None:
            tenant = self._authorities.tenant(tenant_id, is_app=True)
            request = self._client_credentials.request(scopes, tenant=tenant, claims=asked)
        else:
            named = self._authorities.tenant(tenant_id) if tenant_id is not None else None
            tenant = named or self._app_tenant
            request = partial(source.token, scopes, tenant_id=named, claims=asked)
        key = self._key(self._app_flow, tenant, scopes, _APP, asked)
        # An identity of this machine is no other machine's: the store, which they may share, is left out.
        return await self._cache.token(wanted(key, request, is_shared=source is None))

    def recall_on_behalf_of(
        self, principal: object, scopes: tuple[str, ...], tenant_id: str | None, claims: Claims
    ) -> AccessToken | None:
        """The token for the caller of this API, if it is at hand: not one that a sign-in brought."""
        if isinstance(principal, Principal) and principal.token_digest is None:
            return None
        return self.recall_for_user(principal, scopes, tenant_id, claims)

    def recall_for_user(
        self, user: object, scopes: tuple[str, ...], tenant_id: str | None, claims: Claims
    ) -> AccessToken | None:
        """The token for a user, if it is at hand."""
        if claims is not None or not isinstance(user, Principal):
            return None
        tenant = (self._only_tenant or user.tenant_id) if tenant_id is None else tenant_id
        if len(scopes) > 1:
            try:
                scopes = canonical(scopes)
            except TypeError:  # as in `recall`
                return None
        digest = user.token_digest
        if digest is not None:
            return self._recall((_ON_BEHALF_OF, tenant, scopes, digest))
        return self._recall((_REFRESH_TOKEN, tenant, scopes, (user.tenant_id, user.object_id)))

    async def on_behalf_of(
        self, principal: Principal, scopes: tuple[str, ...], tenant_id: str | None, claims: Claims
    ) -> AccessToken:
        """The token for the caller of this API, by the caller's own access token."""
        check_scopes(scopes, is_app=False)
        if principal.kind != "user":
            raise PermissionDenied(IsUser())
        assertion, digest = principal.token, principal.token_digest
        if assertion is None or digest is None:
            message = (
                "the user is here in a session and has sent no access token; call acquire_token_for_user() for tokens "
                "that the sign-in brings"
            )
            raise ConfigurationError(message)
        scopes, asked = canonical(scopes), claims_text(claims)
        tenant = self._authorities.tenant(tenant_id, caller=principal.tenant_id)
        request = self._on_behalf_of.request(assertion, scopes, tenant=tenant, claims=asked)
        key = self._key(_ON_BEHALF_OF, tenant, scopes, AssertionPartition(digest), asked)
        return await self._cache.token(wanted(key, request, until=principal.expires_at))

    async def for_user(
        self, user: Principal | Account, scopes: tuple[str, ...], tenant_id: str | None, claims: Claims
    ) -> AccessToken:
        """The token for a user: on behalf of a caller with an access token, else by what the sign-in brought."""
        if isinstance(user, Principal) and user.auth_method == "bearer":
            return await self.on_behalf_of(user, scopes, tenant_id, claims)
        check_scopes(scopes, is_app=False)
        scopes, asked = canonical(scopes), claims_text(claims)
        owner = _owner(user)
        tenant = self._authorities.tenant(tenant_id, caller=owner.tenant_id)
        request = partial(self._refresh_tokens.token, owner, scopes, tenant=tenant, claims=asked)
        key = self._key(_REFRESH_TOKEN, tenant, scopes, owner, asked)
        return await self._cache.token(wanted(key, request))

    async def forget_user(self, user: Principal | Account) -> None:
        """Drop the user's refresh token: nothing new can be got for this user before the next sign-in."""
        await self._refresh_tokens.forget(_owner(user))

    async def metadata(self) -> Metadata:
        """What the provider says of itself. Raises ProviderUnavailable."""
        return await self._id_tokens.metadata()

    def start_authorization(
        self, redirect_uri: str, scopes: Iterable[str], tenant_id: str | None, wishes: SignInWishes
    ) -> AuthorizationRequest:
        """Begin a sign-in with a browser."""
        return self._authorization_code.start(redirect_uri, _scope_list(scopes), tenant_id=tenant_id, wishes=wishes)

    def admin_consent_url(
        self, redirect_uri: str, scopes: Iterable[str] = (), *, tenant_id: str | None = None, state: str | None = None
    ) -> str:
        """Where an administrator consents for a whole tenant: the one named, else the configured one, or any."""
        check_redirect_uri(redirect_uri)
        asked, settings = _scope_list(scopes), self._settings
        first_resource_scopes(asked)  # for what it refuses
        authority = self._authorities.at(self._authorities.of_administrators(tenant_id))
        return admin_consent_address(
            authority, client_id=settings.client_id, redirect_uri=redirect_uri, scopes=asked, state=state
        )

    async def by_authorization_code(self, request: AuthorizationRequest, answer: str | Mapping[str, str]) -> UserToken:
        """End a sign-in with a browser: who it is, and the first token."""
        # There is a code in it: what reports errors may show the locals of every frame.
        answer = MaskedFields(single_parameters(answer))
        finishing = self._authorization_code.finish(request, answer)
        return await self._signed_in("authorization_code", finishing, first_resource_scopes(request.scopes))

    async def start_device_code(self, scopes: tuple[str, ...], tenant_id: str | None, claims: Claims) -> DeviceCode:
        """Begin a sign-in on another device."""
        check_scopes(scopes, is_app=False)
        return await self._device_codes.start(scopes, tenant_id=tenant_id, claims=claims_text(claims))

    async def by_device_code(self, device: DeviceCode, *, is_cancelled: Callable[[], bool]) -> UserToken:
        """End a sign-in on another device, as soon as the user has."""
        finishing = self._device_codes.finish(device, is_cancelled=is_cancelled)
        return await self._signed_in("device_code", finishing, device.scopes)

    async def _signed_in(
        self, flow: str, finishing: Awaitable[tuple[Principal, ReceivedToken]], scopes: tuple[str, ...]
    ) -> UserToken:
        """Keep what a sign-in brings, under nobody's name but that of the checked ID token."""
        try:
            principal, received = await finishing
        except AzureAdError as error:
            self._events.failed(flow, scopes, error)
            raise
        self._events.acquired(flow, scopes, "provider")
        owner = _owner(principal)
        if received.refresh_token is not None:
            await self._refresh_tokens.keep(owner, received.refresh_token)
        if scopes:
            tenant, scopes = self._authorities.tenant(None, caller=owner.tenant_id), canonical(scopes)
            request = partial(self._refresh_tokens.token, owner, scopes, tenant=tenant, claims=None)
            key = self._key(_REFRESH_TOKEN, tenant, scopes, owner, None)
            await self._cache.keep(wanted(key, request), received)
        return UserToken(
            token=received.access_token,
            expires_at=received.expires_at,
            refresh_at=received.refresh_at,
            scopes=received.scopes,
            token_type=received.token_type,
            principal=principal,
        )

    def _key(
        self, flow: str, tenant: str, scopes: tuple[str, ...], partition: Partition, claims: str | None
    ) -> CacheKey:
        authority = self._authorities.at(tenant or self._own_tenant)
        return CacheKey(
            authority=f"{authority.origin}/{authority.policy or ''}",
            tenant=tenant,
            client_id=self._app_client_id if isinstance(partition, AppPartition) else self._settings.client_id,
            flow=flow,
            scopes=scopes,
            partition=partition,
            claims=claims,
            capabilities=self._capabilities,
        )


def _scope_list(scopes: Iterable[str]) -> tuple[str, ...]:
    if isinstance(scopes, str):
        message = 'scopes= is one text; expected a list of scopes, such as ["User.Read"]'
        raise ConfigurationError(message)
    return tuple(scopes)


def _owner(user: Principal | Account) -> UserPartition:
    given: object = user
    if not isinstance(given, Principal | Account):
        message = "expected a Principal, or an Account(tenant_id, object_id) for a user who is not here"
        raise ConfigurationError(message)
    tenant_id, object_id = as_guid(given.tenant_id), as_guid(given.object_id)
    if isinstance(given, Principal):
        return UserPartition(given.tenant_id, given.object_id)
    if tenant_id is None or object_id is None:
        message = "an Account names a user by two GUIDs, tenant_id and object_id; one of them is none"
        raise ConfigurationError(message)
    return UserPartition(tenant_id, object_id)
