"""The use cases of one application, wired to ports."""

import logging
from hashlib import sha256

from azuread_auth._core.provider import Provider
from azuread_auth._core.tenant_rule import TenantRule
from azuread_auth._core.validator import TokenValidator
from azuread_auth._protocol.authority import Authority, AuthorityKind, authority_at, authority_for_tenant
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.errors import TokenRejected
from azuread_auth.ports import Event, HttpPort, Observer, Runtime
from azuread_auth.principal import Principal
from azuread_auth.secret import Secret
from azuread_auth.settings import AzureAdSettings

__all__ = ["Engine", "authority_of", "claim_policy_of"]


class Engine:
    """Everything that does not depend on whether callers wait on an event loop or in threads."""

    def __init__(self, settings: AzureAdSettings, *, http: HttpPort, runtime: Runtime, observer: Observer) -> None:
        self.settings = settings
        self.observer = observer
        self.runtime = runtime
        self.provider: Provider = Provider(
            authority_of(settings),
            algorithms=tuple(settings.algorithms),
            timeout_seconds=settings.timeout_seconds,
            http=http,
            runtime=runtime,
            observer=observer,
        )
        rule = settings.tenants if callable(settings.tenants) else None
        self.validator: TokenValidator = TokenValidator(
            policy=claim_policy_of(settings),
            algorithms=tuple(settings.algorithms),
            provider=self.provider,
            runtime=runtime,
            tenant_rule=TenantRule(rule, runtime=runtime, observer=observer) if rule is not None else None,
        )

    async def validate_token(self, token: str | Secret) -> Principal:
        """The caller that a bearer token stands for. Raises TokenRejected or ProviderUnavailable."""
        data = token.reveal_bytes() if isinstance(token, Secret) else token.encode("utf-8", "surrogatepass")
        try:
            digest = sha256(data).digest()
            checked = self.validator.recall_digest(digest) or await self.validator.validate(data, digest)
        except TokenRejected as error:
            self.report_rejection(error)
            raise
        return Principal(checked, data)

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
