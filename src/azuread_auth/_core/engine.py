"""The use cases of one application, wired to ports."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from azuread_auth._core.late_imports import importing
from azuread_auth._core.provider import Provider
from azuread_auth._core.tenant_rule import TenantRule
from azuread_auth._core.user_admission import UserAdmission
from azuread_auth._core.validator import TokenValidator
from azuread_auth._protocol.authority import Authority, AuthorityKind, authority_at, authority_for_tenant
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.digest import digest_of
from azuread_auth.access_token import AccessToken
from azuread_auth.credentials.base import AppTokenSource, ClientAuthentication, CredentialSurroundings
from azuread_auth.errors import ConfigurationError, TokenRejected
from azuread_auth.ports import CommandPort, Event, HttpPort, Observer, Runtime, TokenStore
from azuread_auth.principal import Account, GroupMembership, Principal
from azuread_auth.secret import Secret
from azuread_auth.settings import AzureAdSettings

if TYPE_CHECKING:
    from azuread_auth._core.group_memberships import GroupMemberships
    from azuread_auth._core.id_tokens import IdTokens
    from azuread_auth._core.token_acquisition import Claims, TokenAcquisition

__all__ = ["Engine", "OutboundPorts", "authority_of", "claim_policy_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundPorts:
    """What outbound tokens need beside HTTP and time."""

    store: Callable[[], TokenStore]
    bind_store: Callable[[TokenStore], TokenStore]
    """Makes another store fit for how callers wait."""
    commands: Callable[[], CommandPort]
    environ: Mapping[str, str] = field(repr=False)


class EndsSessions(Protocol):
    """Sessions that can be ended from elsewhere."""

    async def end_all(self, account: Account) -> None:
        """End all sessions of a user."""
        ...


class Engine:
    """Everything that does not depend on whether callers wait on an event loop or in threads."""

    def __init__(
        self,
        settings: AzureAdSettings,
        *,
        http: HttpPort,
        runtime: Runtime,
        observer: Observer,
        outbound: OutboundPorts | None = None,
    ) -> None:
        self.settings = settings
        self.observer = observer
        self.runtime = runtime
        self._http = http
        self._outbound = outbound
        self._tokens: dict[str, TokenAcquisition] = {}
        self._memberships: dict[str, GroupMemberships] = {}
        self._sessions: list[EndsSessions] = []
        self.provider: Provider = Provider(
            authority_of(settings),
            algorithms=tuple(settings.algorithms),
            timeout_seconds=settings.timeout_seconds,
            http=http,
            runtime=runtime,
            observer=observer,
        )
        rule = settings.tenants if callable(settings.tenants) else None
        self._policy = claim_policy_of(settings)
        self._tenant_rule = TenantRule(rule, runtime=runtime, observer=observer) if rule is not None else None
        self.validator: TokenValidator = TokenValidator(
            policy=self._policy,
            algorithms=tuple(settings.algorithms),
            provider=self.provider,
            runtime=runtime,
            tenant_rule=self._tenant_rule,
        )
        self.user_admission: UserAdmission = UserAdmission(self._policy, self._tenant_rule)

    @property
    def tokens(self) -> "TokenAcquisition":
        """Outbound tokens; made when first asked for. Raises ConfigurationError for a credential without use."""
        return self._tokens.get("") or self._made_tokens()

    def check_sign_in(self) -> None:
        """Raise ConfigurationError unless the credential can sign users in: it must prove the application itself."""
        if not self.tokens.proves_application:
            message = (
                "login= needs a credential that proves the application: ClientSecret, ClientCertificate, "
                "WorkloadIdentity, ManagedIdentityAssertion or ClientAssertion; set credential= to one, or its "
                "variables, such as AZURE_CLIENT_SECRET"
            )
            raise ConfigurationError(message)

    @property
    def store(self) -> TokenStore:
        """The client's own store, for sessions too. Raises ConfigurationError where there is none."""
        if self._outbound is None:
            message = "this engine was made without a store; use AsyncAzureAdClient"
            raise ConfigurationError(message)
        return self._outbound.store()

    def bind_store(self, store: TokenStore) -> TokenStore:
        """A store of the application's, fit for how callers wait."""
        return store if self._outbound is None else self._outbound.bind_store(store)

    def add_sessions(self, sessions: EndsSessions) -> None:
        """Let `end_sessions` reach these sessions too."""
        self._sessions.append(sessions)

    async def end_sessions(self, account: Account) -> None:
        """End all sessions of a user that are in a store. Raises ConfigurationError where none are."""
        if not self._sessions:
            message = (
                "no middleware that keeps sessions in a store uses this client; give its WebLogin a session_store, and "
                "the middleware this client as client="
            )
            raise ConfigurationError(message)
        for sessions in self._sessions:
            await sessions.end_all(account)

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment, as the client has it."""
        return self._outbound.environ if self._outbound is not None else {}

    def id_tokens(self) -> "IdTokens":
        """What judges ID tokens."""
        with importing():
            from azuread_auth._core.id_tokens import IdTokens  # noqa: PLC0415 - not for an application that sees none

        return IdTokens(
            client_id=self.settings.client_id,
            policy=self._policy,
            algorithms=tuple(self.settings.algorithms),
            provider=self.provider,
            runtime=self.runtime,
            tenant_rule=self._tenant_rule,
        )

    def _made_tokens(self) -> "TokenAcquisition":
        # Imported here: an application that only checks tokens does not load what gets them.
        with importing():
            from azuread_auth._core.token_acquisition import TokenAcquisition  # noqa: PLC0415

        outbound, settings = self._outbound, self.settings
        if outbound is None:
            message = "this engine was made without a store, so it gets no tokens; use AsyncAzureAdClient"
            raise ConfigurationError(message)
        made = TokenAcquisition(
            settings,
            http=self._http,
            runtime=self.runtime,
            observer=self.observer,
            store=outbound.store(),
            credential=self._credential_in_use(outbound),
            id_tokens=self.id_tokens(),
        )
        # Of threads that come here at the same time all get the same one: else each would have a cache of its own.
        return self._tokens.setdefault("", made)

    def _credential_in_use(self, outbound: OutboundPorts) -> ClientAuthentication | AppTokenSource | None:
        settings = self.settings
        if settings.credential is None:
            return None
        surroundings = CredentialSurroundings(
            client_id=settings.client_id,
            authority_host=self.provider.authority.origin,
            http=self._http,
            runtime=self.runtime,
            commands=outbound.commands(),
            observer=self.observer,
            environ=outbound.environ,
            timeout_seconds=settings.timeout_seconds,
            tenant_id=settings.tenant_id,
        )
        return settings.credential.in_use(surroundings)

    async def validate_token(self, token: str | Secret) -> Principal:
        """The caller that a bearer token stands for. Raises TokenRejected or ProviderUnavailable."""
        data = token.reveal_bytes() if isinstance(token, Secret) else token.encode("utf-8", "surrogatepass")
        try:
            digest = digest_of(data)
            checked = self.validator.recall_digest(digest) or await self.validator.validate(data, digest)
        except TokenRejected as error:
            self.report_rejection(error)
            raise
        return Principal(checked, data, digest=digest)

    async def on_behalf_of(
        self,
        principal_or_token: Principal | Secret,
        scopes: tuple[str, ...],
        tenant_id: str | None,
        claims: "Claims",
    ) -> AccessToken:
        """A token for the caller of this API; a token in place of a Principal is validated first."""
        if isinstance(principal_or_token, Principal):
            principal = principal_or_token
        else:
            principal = await self.validate_token(principal_or_token)
        return await self.tokens.on_behalf_of(principal, scopes, tenant_id, claims)

    async def member_groups(self, caller: Principal | Account, *, raise_interaction_required: bool) -> GroupMembership:
        """The groups of a caller: those of the token, or where it leaves them out, those that Microsoft Graph tells."""
        if isinstance(caller, Principal) and not caller.groups_overage:
            return GroupMembership(caller.groups)
        memberships = self._memberships.get("") or self._made_memberships()
        return await memberships.of(caller, raise_interaction_required=raise_interaction_required)

    def _made_memberships(self) -> "GroupMemberships":
        with importing():
            from azuread_auth._core.group_memberships import GroupMemberships  # noqa: PLC0415 - as with tokens

        made = GroupMemberships(
            self.settings,
            authority=self.provider.authority,
            tokens=self.tokens,
            http=self._http,
            runtime=self.runtime,
            observer=self.observer,
        )
        return self._memberships.setdefault("", made)

    def counts(self) -> Mapping[tuple[str, str], int]:
        """What the hot paths did, which report nothing one by one."""
        tokens = self._tokens.get("")
        return {
            ("validation", "accepted"): self.validator.accepted,
            ("token_cache", "hit"): tokens.hits if tokens is not None else 0,
        }

    async def warm_up(self) -> None:
        """Fetch metadata and keys now. Raises ProviderUnavailable."""
        await self.provider.keys(2).get()

    def full_scopes(self, scopes: tuple[str, ...]) -> tuple[str, ...]:
        """Scope names as clients request them: short ones with this API's prefix."""
        prefix = self.settings.scope_prefix
        return tuple(scope if "://" in scope else f"{prefix}/{scope}" for scope in scopes)

    def report_rejection(self, error: TokenRejected) -> None:
        """Tell the operator why a token was refused."""
        fields = {"reason": error.reason.value, "claim": error.claim or ""}
        self.observer.record(Event("token.rejected", logging.WARNING, f"token rejected: {error}", fields))


def authority_of(settings: AzureAdSettings) -> Authority:
    """Whose metadata and keys incoming tokens are judged by.

    Tokens of several tenants are judged by tenant-independent metadata, which names a template as issuer. Personal
    accounts have keys of their own there, so "common" is asked only when they are wanted.
    """
    if settings.authority_url is not None:
        return authority_at(settings.authority_url, tenant=settings.tenant_id or None)
    tenant = settings.tenant_id or ""  # settings demand it where there is no authority_url
    if settings.tenants is not None and tenant != "common":
        tenant = "common" if _lists_personal_accounts(settings) else "organizations"
    return authority_for_tenant(settings.authority_host, tenant)


def _lists_personal_accounts(settings: AzureAdSettings) -> bool:
    return isinstance(settings.tenants, frozenset) and PERSONAL_TENANT in settings.tenants


def claim_policy_of(settings: AzureAdSettings) -> ClaimPolicy:
    """The rules for incoming tokens that the settings lay down."""
    authority = authority_of(settings)
    return ClaimPolicy(
        audiences=settings.accepted_audiences,
        tenants=settings.tenants if isinstance(settings.tenants, frozenset) else None,
        admits_personal_accounts=authority.tenant != "organizations",
        allowed_clients=frozenset(settings.allowed_clients) if settings.allowed_clients is not None else None,
        allow_guests=settings.allow_guests,
        accept_tokens_without_permissions=settings.accept_tokens_without_permissions,
        clock_skew_seconds=settings.clock_skew_seconds,
        scope_prefixes=settings.scope_prefixes,
        b2c_policy=authority.policy if authority.kind is AuthorityKind.B2C else None,
    )
