"""Judges incoming bearer tokens: from the cache in microseconds, else by signature and claims."""

from collections.abc import Mapping
from typing import Final

from azuread_auth._core.provider import Provider, TrustedKeys
from azuread_auth._core.refreshing import Refreshing
from azuread_auth._core.tenant_rule import TenantRule
from azuread_auth._core.validated_tokens import RememberedToken, ValidatedTokens
from azuread_auth._protocol.authority import AuthorityKind
from azuread_auth._protocol.claim_checks import check_claims, check_key, check_version
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.digest import digest_of
from azuread_auth._protocol.jwk import SigningKey
from azuread_auth._protocol.jws import CompactJws, JoseHeader, parse_compact, verifying_key
from azuread_auth._protocol.names import NameSets
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.errors import TokenRejected
from azuread_auth.ports import Runtime
from azuread_auth.rejection import RejectionReason

__all__ = ["TokenValidator", "parse_claims", "verified_by"]

_REMEMBERED_SECONDS: Final = 3600.0
_SETTLED_SECONDS: Final = 60.0
_MAX_HEADERS: Final = 64


class TokenValidator:
    """`recall` answers for tokens seen before, without waiting; `validate` for all."""

    __slots__ = (
        "_algorithms",
        "_cache",
        "_find",
        "_headers",
        "_monotonic",
        "_names",
        "_now",
        "_policy",
        "_provider",
        "_tenant_rule",
        "accepted",
    )

    accepted: int
    """How often a token was found good; threads that race can lose a count."""

    def __init__(
        self,
        *,
        policy: ClaimPolicy,
        algorithms: tuple[str, ...],
        provider: Provider,
        runtime: Runtime,
        tenant_rule: TenantRule | None = None,
        cache: ValidatedTokens | None = None,
    ) -> None:
        self._policy = policy
        self._algorithms = frozenset(algorithms)
        self._provider = provider
        self._tenant_rule = tenant_rule
        self._cache = cache if cache is not None else ValidatedTokens()
        self._find = self._cache.find
        self._names = NameSets()
        self._headers: dict[bytes, JoseHeader] = {}
        self._now = runtime.now
        self._monotonic = runtime.monotonic
        self.accepted = 0

    def recall(self, token: bytes) -> CheckedClaims | None:
        """The claims of a token that was found good before and still is; None when that takes a closer look."""
        return self.recall_digest(digest_of(token))

    def recall_digest(self, digest: bytes) -> CheckedClaims | None:
        """The same by the SHA-256 digest of the token, for callers that need the digest again if it is not known."""
        known = self._find(digest) or self._cache.find_older(digest)
        if known is None:
            return None
        now = self._now()
        if known.since <= now < known.until and known.key.is_current:
            self.accepted += 1
            return known.checked
        return self._recheck(digest, known, now)

    def _recheck(self, digest: bytes, known: RememberedToken, now: float) -> CheckedClaims | None:
        """Look again at all that time can change, and settle for how long that is good.

        Clocks are looked at here and not at each request. A wall clock that is set back or forward leaves the span
        that was settled, so that it leads here too.
        """
        checked, source = known.checked, known.source
        monotonic_now = self._monotonic()
        if now >= checked.expires_at or monotonic_now >= known.ends_at or not known.key.is_current:
            self._cache.forget(digest)
            return None
        trusted = source.peek()
        if trusted is None:
            return None
        # Of event loops that fetch at the same time one comes out last, and only its keys are ever marked as withdrawn.
        if known.key not in trusted.keys.keys:
            self._cache.forget(digest)
            return None
        seconds = min(_SETTLED_SECONDS, source.quiet_until - monotonic_now, known.ends_at - monotonic_now)
        if self._tenant_rule is not None:
            seconds = min(seconds, self._tenant_rule.seconds_left(checked.tenant_id))
            if seconds <= 0:
                return None
        known.since, known.until = now, min(now + seconds, checked.expires_at)
        self.accepted += 1
        return checked

    async def validate(self, token: bytes, digest: bytes | None = None) -> CheckedClaims:
        """The claims of a good token; `digest` is its SHA-256 digest, if that was computed before.

        Raises TokenRejected, or ProviderUnavailable when that cannot be told without keys or the application's word.
        """
        jws = parse_compact(token, self._headers)
        if jws.header.alg not in self._algorithms:
            raise TokenRejected(RejectionReason.ALGORITHM_NOT_ALLOWED, claim="alg")
        payload = jws.payload()
        claims = parse_claims(payload)
        # The unverified version only chooses between two key sets that are both trusted; it is checked below.
        version = self._provider.version_of(claims.get("ver"))
        source = self._provider.keys(version)
        if version == 1 and source.peek() is None:
            await self._screen(jws, source)
        trusted, key = await verified_by(jws, source)
        self._remember_header(jws)
        if self._provider.authority.kind is not AuthorityKind.B2C:
            check_version(claims, trusted.metadata.version)
        now = self._now()
        checked = check_claims(
            claims, payload=payload, key=key, metadata=trusted.metadata, policy=self._policy, names=self._names, now=now
        )
        if trusted.metadata.version == 1:
            await self._check_binding(key, checked.tenant_id)
        if self._tenant_rule is not None and not await self._tenant_rule.admits(checked.tenant_id):
            raise TokenRejected(RejectionReason.WRONG_TENANT, claim="tid")
        self._remember(digest or digest_of(token), checked, key, source, now)
        self.accepted += 1
        return checked

    async def _screen(self, jws: CompactJws, source: Refreshing[TrustedKeys]) -> None:
        """Let nobody wait for the keys of version 1 because of a token that anybody could have written.

        Entra publishes the same keys for both versions, so those of version 2, if they are there, tell. Should a key
        be of version 1 alone, its tokens are good as soon as that set was fetched, in the background.
        """
        other = self._provider.keys(2)
        if other.peek() is None:
            return
        try:
            await verified_by(jws, other)
        except TokenRejected as error:
            if error.reason is RejectionReason.KEY_UNKNOWN:
                source.start()
            raise

    async def _check_binding(self, key: SigningKey, tenant_id: str) -> None:
        """Keys for version 1 are published without the issuer they are bound to: that of version 2 counts for both.

        Only tokens with a good signature get here, so that nobody else can make it ask the provider.
        """
        source = self._provider.keys(2)
        bound = source.peek() or await source.get()
        twin = bound.keys.twin_of(key)
        if twin is not None:
            issuer = bound.metadata.issuer_for(tenant_id)
            check_key(twin, issuer=issuer, tenant_id=tenant_id, metadata=bound.metadata)

    def _remember_header(self, jws: CompactJws) -> None:
        """Keep a header whose token had a good signature: then it is one of the provider's few."""
        if jws.header_segment not in self._headers:
            if len(self._headers) >= _MAX_HEADERS:
                self._headers.clear()
            self._headers[jws.header_segment] = jws.header

    def _remember(
        self, digest: bytes, checked: CheckedClaims, key: SigningKey, source: Refreshing[TrustedKeys], now: float
    ) -> None:
        seconds = min(checked.expires_at - now, _REMEMBERED_SECONDS)
        if seconds > 0:  # else it is only tolerated as expired a moment ago
            ends_at = self._monotonic() + seconds
            self._cache.keep(digest, RememberedToken(checked, key, source, ends_at))


def parse_claims(payload: bytes) -> Mapping[str, object]:
    """The claims in a token's payload. Raises TokenRejected."""
    try:
        return parse_object(payload)
    except (ValueError, RecursionError) as error:
        raise TokenRejected(RejectionReason.MALFORMED, claim="payload") from error


async def verified_by(jws: CompactJws, source: Refreshing[TrustedKeys]) -> tuple[TrustedKeys, SigningKey]:
    """The key that verifies the signature, with the metadata it belongs to; asks for newer keys when none is named so.

    Raises TokenRejected, or ProviderUnavailable.
    """
    kid = jws.header.kid
    trusted = source.peek() or await source.get()
    candidates = trusted.keys.candidates(kid)
    if not candidates and kid is None:
        raise TokenRejected(RejectionReason.KEY_ID_MISSING, claim="kid")
    for _ in range(2):  # the first may only join a refresh that was answered before the key was published
        if not candidates:
            trusted = await source.renew()
            candidates = trusted.keys.candidates(kid)
    if not candidates:
        raise TokenRejected(RejectionReason.KEY_UNKNOWN, claim="kid")
    return trusted, verifying_key(jws, candidates)
