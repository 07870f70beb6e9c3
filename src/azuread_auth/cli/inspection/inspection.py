"""A token judged by the middleware's own rules, one check after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth._core.engine import Engine, claim_policy_of
from azuread_auth._core.provider import TrustedKeys
from azuread_auth._core.refreshing import Refreshing
from azuread_auth._core.validator import parse_claims, verified_by
from azuread_auth._protocol.authority import AuthorityKind
from azuread_auth._protocol.claim_checks import Verdicts, check_version, claim_verdicts
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.jwk import SigningKey
from azuread_auth._protocol.jws import CompactJws, parse_compact
from azuread_auth._protocol.names import NameSets
from azuread_auth.cli.inspection.decoded_token import DecodedToken, decode_token
from azuread_auth.cli.inspection.hints import hints_about
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ProviderUnavailable, TokenRejected
from azuread_auth.rejection import RejectionReason
from azuread_auth.settings import AzureAdSettings

__all__ = ["CHECKS", "Inspection", "Outcome", "Verdict", "inspect_text", "inspect_token"]

CHECKS: Final[Mapping[str, str]] = {
    "form": "three base64url parts, not too large; the header is that of a signed access token",
    "algorithm": "alg is one that the settings allow",
    "payload": "the claims are one JSON object with one meaning",
    "key": "the provider publishes the key that kid names",
    "signature": "the signature was made with that key",
    "version": "ver is the version that this key and issuer are for",
    "issuer": "iss and tid name a tenant that is welcome",
    "key_binding": "the key may sign for that issuer, in that cloud",
    "audience": "aud is this API",
    "lifetime": "the time of day lies between nbf and exp",
    "purpose": "an access token to be sent as it is: no ID token, not bound to a key",
    "permissions": "a user with scopes, or an application with roles",
    "client": "the client application may call",
    "guest": "the user is a member of the tenant, or guests may call",
    "identity": "oid or sub says who calls",
}
"""Every check by name and what it makes sure of, in the order in which the middleware makes them."""

_WITHOUT_SETTINGS: Final = frozenset({"form", "payload"})
_REASONS_OF_KEY: Final = frozenset({RejectionReason.KEY_ID_MISSING, RejectionReason.KEY_UNKNOWN})


class Verdict(StrEnum):
    """What becomes of the token."""

    GOOD = "good"
    REFUSED = "refused"
    UNDECIDED = "undecided"


class Outcome(StrEnum):
    """What became of one check."""

    OK = "ok"
    FAILED = "failed"
    NOT_REACHED = "not reached"
    NEEDS_SETTINGS = "needs settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All that was found out about a token."""

    decoded: DecodedToken
    hints: tuple[str, ...]
    """What it looks like, unverified."""
    settings: AzureAdSettings | None
    findings: Verdicts = field(repr=False)
    """Why each check failed, or None. Checks that were not made are absent."""
    accepted: CheckedClaims | None = field(repr=False)
    """What the middleware makes of the token when it lets it in."""
    rejection: TokenRejected | None
    """Why the middleware refuses the token."""
    problem: str | None
    """Why there is no verdict."""

    @property
    def verdict(self) -> Verdict:
        """What becomes of the token."""
        if self.accepted is not None:
            return Verdict.GOOD
        return Verdict.UNDECIDED if self.rejection is None else Verdict.REFUSED

    @property
    def is_signature_good(self) -> bool:
        """Whether the claims are the provider's word."""
        return self.outcome("signature") is Outcome.OK

    def outcome(self, check: str) -> Outcome:
        """What became of a check."""
        if check in self.findings:
            return Outcome.OK if self.findings[check] is None else Outcome.FAILED
        if self.settings is None and self.rejection is None and check not in _WITHOUT_SETTINGS:
            return Outcome.NEEDS_SETTINGS
        return Outcome.NOT_REACHED


def inspect_token(token: str, client: AzureAdClient) -> Inspection:
    """Judge the token as the client's application would."""
    data = token.encode("utf-8", "surrogatepass")
    findings = Verdicts()
    accepted = rejection = problem = None
    try:
        run_blocking(_examine(data, client.engine, findings))
        # The verdict is the middleware's own, whatever the single checks say.
        accepted = run_blocking(client.engine.validator.validate(data))
    except TokenRejected as error:
        rejection = error
    except ProviderUnavailable as error:
        problem = str(error)
    decoded = decode_token(token)
    return Inspection(
        decoded=decoded,
        hints=hints_about(token, decoded, client.settings),
        settings=client.settings,
        findings=findings,
        accepted=accepted,
        rejection=rejection,
        problem=problem,
    )


def inspect_text(token: str, *, problem: str) -> Inspection:
    """Judge what can be judged without settings; `problem` says why there are none."""
    findings = Verdicts()
    jws = findings.judge("form", lambda: parse_compact(token.encode("utf-8", "surrogatepass")))
    if jws is not None:
        findings.judge("payload", lambda: parse_claims(jws.payload()))
    rejection = next((error for error in findings.values() if error is not None), None)
    decoded = decode_token(token)
    return Inspection(
        decoded=decoded,
        hints=hints_about(token, decoded, None),
        settings=None,
        findings=findings,
        accepted=None,
        rejection=rejection,
        problem=None if rejection else problem,
    )


async def _examine(token: bytes, engine: Engine, findings: Verdicts) -> None:
    """Make the checks up to the signature until one fails, then all of those on claims. Raises ProviderUnavailable."""
    jws = findings.judge("form", lambda: parse_compact(token))
    if jws is None or findings.judge("algorithm", lambda: _check_algorithm(jws, engine.settings)) is None:
        return
    claims = findings.judge("payload", lambda: parse_claims(jws.payload()))
    if claims is None:
        return
    provider = engine.provider
    signed = await _signed_by(jws, provider.keys(provider.version_of(claims.get("ver"))), findings)
    if signed is None:
        return
    trusted, key = signed
    if provider.authority.kind is not AuthorityKind.B2C:
        findings.judge("version", lambda: check_version(claims, trusted.metadata.version))
    policy = claim_policy_of(engine.settings)
    now = engine.runtime.now()
    findings |= claim_verdicts(claims, key=key, metadata=trusted.metadata, policy=policy, names=NameSets(), now=now)


def _check_algorithm(jws: CompactJws, settings: AzureAdSettings) -> str:
    if jws.header.alg not in settings.algorithms:
        raise TokenRejected(RejectionReason.ALGORITHM_NOT_ALLOWED, claim="alg")
    return jws.header.alg


async def _signed_by(
    jws: CompactJws, source: Refreshing[TrustedKeys], findings: Verdicts
) -> tuple[TrustedKeys, SigningKey] | None:
    try:
        signed = await verified_by(jws, source)
    except TokenRejected as error:
        if error.reason in _REASONS_OF_KEY:
            findings["key"] = error
        else:
            findings |= {"key": None, "signature": error}
        return None
    findings |= {"key": None, "signature": None}
    return signed
