"""Who signed in: ID tokens, judged by the same keys and tenant rules as access tokens."""

from azuread_auth._core.provider import Provider
from azuread_auth._core.tenant_rule import TenantRule
from azuread_auth._core.validator import parse_claims, verified_by
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.id_token import check_id_token
from azuread_auth._protocol.jws import parse_compact
from azuread_auth._protocol.metadata import Metadata
from azuread_auth.errors import LoginFailed, TokenRejected
from azuread_auth.ports import Runtime
from azuread_auth.principal import Principal
from azuread_auth.rejection import RejectionReason
from azuread_auth.secret import Secret

__all__ = ["IdTokens"]


class IdTokens:
    """Turns the ID token of a sign-in into the Principal of a session."""

    def __init__(
        self,
        *,
        client_id: str,
        policy: ClaimPolicy,
        algorithms: tuple[str, ...],
        provider: Provider,
        runtime: Runtime,
        tenant_rule: TenantRule | None,
    ) -> None:
        self._client_id = client_id
        self._policy = policy
        self._algorithms = frozenset(algorithms)
        self._provider = provider
        self._now = runtime.now
        self._tenant_rule = tenant_rule

    async def metadata(self) -> Metadata:
        """What the provider says of itself. Raises ProviderUnavailable."""
        source = self._provider.keys(2)
        return (source.peek() or await source.get()).metadata

    async def principal(self, id_token: Secret | None, *, nonce: str | None, access_token: Secret) -> Principal:
        """The user. Raises LoginFailed for a token that does not sign anybody in, or ProviderUnavailable."""
        if id_token is None:
            message = "the provider sent no ID token; check that the sign-in asked for the scope openid"
            raise LoginFailed(message)
        try:
            return await self._judged(id_token.reveal_bytes(), nonce, access_token)
        except TokenRejected as error:
            message = f"the ID token was refused: {error}"
            raise LoginFailed(message) from error

    async def _judged(self, token: bytes, nonce: str | None, access_token: Secret) -> Principal:
        jws = parse_compact(token)
        token = b""  # what reports errors may show the locals of every frame
        if jws.header.alg not in self._algorithms:
            raise TokenRejected(RejectionReason.ALGORITHM_NOT_ALLOWED, claim="alg")
        trusted, key = await verified_by(jws, self._provider.keys(2))
        payload = _Hidden(jws.payload())
        checked = check_id_token(
            parse_claims(payload),
            payload=payload,
            algorithm=jws.header.alg,
            key=key,
            metadata=trusted.metadata,
            policy=self._policy,
            client_id=self._client_id,
            nonce=nonce,
            access_token=_Hidden(access_token.reveal_bytes()),
            now=self._now(),
        )
        if self._tenant_rule is not None and not await self._tenant_rule.admits(checked.tenant_id):
            raise TokenRejected(RejectionReason.WRONG_TENANT, claim="tid")
        return Principal(checked, None, "session")


class _Hidden(bytes):
    """Bytes that the frames of an error do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"
