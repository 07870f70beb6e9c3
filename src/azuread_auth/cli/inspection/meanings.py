"""What claims mean, in words."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from azuread_auth.cli.inspection.hints import GRAPH_AUDIENCES
from azuread_auth.settings import AzureAdSettings

__all__ = ["meaning_of", "time_from_now"]

_SPANS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
_CLIENT_PROOFS: Final = {"0": "none: a public client", "1": "a client secret", "2": "a certificate or key"}
_TEXTS: Final[Mapping[str, str]] = {
    "acct": "0: a member of the tenant, 1: a guest",
    "alg": "the signature's algorithm",
    "appid": "the client application that asked for the token (version 1)",
    "azp": "the client application that asked for the token",
    "email": "an address that the tenant wrote there: never a proof of identity",
    "groups": "the groups of the user",
    "idp": "where the user or application is at home",
    "idtyp": "who calls: app, user or device",
    "kid": "which of the provider's keys signed it",
    "name": "for display only",
    "oid": "the caller's object id in the tenant",
    "preferred_username": "for display only: it can change",
    "roles": "app roles: the user's, or the application's permissions",
    "scp": "delegated permissions: what the client may do for the user",
    "sub": "the caller's id for this API alone",
    "tfp": "the B2C policy that issued it",
    "typ": "what sort of token it is",
    "upn": "for display only: it can change",
    "uti": "the token's id in the tenant's sign-in log",
    "ver": "the token's version",
    "xms_cc": "cp1: the client can answer claims challenges",
}


def meaning_of(claim: str, value: object, *, settings: AzureAdSettings | None, now: float) -> str:
    """What a claim or header member says; "" where its name says it all."""
    explain = _EXPLAINED.get(claim)
    return explain(value, settings, now) if explain is not None else _TEXTS.get(claim, "")


def time_from_now(seconds: float) -> str:
    """A span of time in its largest unit: "in 43 minutes", "2 hours ago"."""
    count, unit = next(
        ((int(abs(seconds) // length), name) for length, name in _SPANS if abs(seconds) >= length), (0, "second")
    )
    span = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {span}" if seconds >= 0 else f"{span} ago"


def _point_in_time(value: object, _: AzureAdSettings | None, now: float) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "not a point in time"
    try:
        moment = datetime.fromtimestamp(value, UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return "not a point in time"
    return f"{moment:%Y-%m-%d %H:%M:%S %z}, {time_from_now(value - now)}"


def _audience(value: object, settings: AzureAdSettings | None, _: float) -> str:
    if isinstance(value, str) and value in GRAPH_AUDIENCES:
        return "who it is for: Microsoft Graph"
    if settings is None:
        return "the API that it is for"
    audiences = value if isinstance(value, list) else [value]
    is_ours = any(isinstance(audience, str) and audience in settings.accepted_audiences for audience in audiences)
    return "who it is for: this API" if is_ours else "who it is for: another API than the configured one"


def _tenant(value: object, settings: AzureAdSettings | None, _: float) -> str:
    if settings is None or settings.tenant_id is None or not isinstance(value, str):
        return "the tenant of the caller"
    is_own = value.lower() == settings.tenant_id.lower()
    return "the tenant of the caller: the configured one" if is_own else "the tenant of the caller"


def _issuer(value: object, _settings: AzureAdSettings | None, _now: float) -> str:
    if isinstance(value, str) and value.endswith("/v2.0"):
        return "who issued it, in the form of version 2"
    return "who issued it"


def _client_proof(value: object, _settings: AzureAdSettings | None, _now: float) -> str:
    return f"how that client proved itself: {_CLIENT_PROOFS.get(str(value), 'unknown')}"


_Explain = Callable[[object, AzureAdSettings | None, float], str]

_EXPLAINED: Final[Mapping[str, _Explain]] = {
    "aud": _audience,
    "iss": _issuer,
    "tid": _tenant,
    "exp": _point_in_time,
    "nbf": _point_in_time,
    "iat": _point_in_time,
    "auth_time": _point_in_time,
    "azpacr": _client_proof,
    "appidacr": _client_proof,
}
