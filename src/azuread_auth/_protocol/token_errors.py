"""What an error of the token endpoint means (RFC 6749 5.2; Microsoft, "Authentication and authorization error codes").

Decided by `error`, `claims` and the numbers in `error_codes`; the description, which is for people, is
neither read nor kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from azuread_auth._protocol.claims_request import claims_text
from azuread_auth.errors import (
    AssertionRefused,
    ClientRejected,
    ConfigurationError,
    InteractionRequired,
    ProviderUnavailable,
    Throttled,
    TokenRequestFailed,
)

__all__ = ["RELOAD_CODES", "ErrorAnswer", "is_grant_dead", "read_error", "token_error"]

RELOAD_CODES: Final = frozenset({700027, 700024, 7000214, 1000502, 7000274, 7000277})
"""The proof was refused in a way that a newer certificate or token file may mend."""

_INTERACTION_ERRORS: Final = frozenset({"interaction_required", "login_required", "consent_required"})
_INTERACTION_CODES: Final = frozenset(
    {50076, 50078, 50079, 50072, 50074, 65001, 65004, 90094, 50058, 50105}
    | {53000, 53001, 53002, 53003, 530032, 50158, 16000, 700020}
)
_ASSERTION_CODES: Final = frozenset({50013, 500133, 500131, 50027, 7000114, 240002, 501461})
_CLIENT_ERRORS: Final = frozenset({"invalid_client", "unauthorized_client"})
_CLIENT_CODES: Final = frozenset(
    {7000215, 7000222, 7000218, 700025, 700027, 700024, 7000214, 7000274, 7000277, 1000502, 700030, 50012}
    | {700021, 700023, 700211, 700212, 700213, 700229, 700016, 700011, 7000112, 90002, 50194, 9001023}
    | {90124, 90130, 500011, 650057, 70011, 700022, 901002}
)
_THROTTLED_CODES: Final = frozenset({90055, 50196})
_TRANSIENT_ERRORS: Final = frozenset({"temporarily_unavailable", "server_error"})
_TRANSIENT_CODES: Final = frozenset({50033, 90006, 90012, 90024, 90033, 90090, 50087, 70012})
_KNOWN_CODES: Final = _INTERACTION_CODES | _ASSERTION_CODES | _CLIENT_CODES | _THROTTLED_CODES | _TRANSIENT_CODES
_REMEDIES: Final[Mapping[int, str]] = {
    7000215: "the client secret is wrong; give the Value of the secret, not its Secret ID",
    7000222: "the client secret has expired; make a new one for the app registration",
    7000218: "the app registration is a confidential client; give it a credential",
    700025: "the app registration is a public client; take the credential away or register a web platform",
    700027: "the certificate or its signature is not accepted; upload the certificate to the app registration",
    700024: "the assertion is not within its life; check this machine's clock and the file of the federated token",
    700016: "the application is not known in this tenant; check client_id and tenant_id, and grant admin consent",
    90002: "the tenant is not known; check tenant_id and authority_host",
    9001023: "an application's token needs a tenant of its own; give tenant_id a GUID or domain",
    700211: "no federated credential has this issuer; compare it with the app registration",
    700212: "no federated credential has this audience; compare it with the app registration",
    700213: "no federated credential has this subject; compare it with the app registration",
    500011: "the API is not known in this tenant; check the scope's prefix, and that the API has consent there",
    70011: "a scope is not known to the API; check its name",
}
_ERROR: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ID: Final = re.compile(r"[0-9a-fA-F-]{8,64}")
_THROTTLED_SECONDS: Final = 5.0
_DEFAULT_CONSENT: Final = "the user or an administrator has to consent"
_SIGN_IN: Final = "the user has to sign in again"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """The parts of an error document that decide, each of a form that is safe to log."""

    status: int
    error: str
    """RFC 6749 5.2; where there is none, the status in its place."""
    codes: tuple[int, ...]
    claims: str | None = field(repr=False)
    correlation_id: str | None
    trace_id: str | None
    retry_after: float

    @property
    def aadsts(self) -> int | None:
        """The number that support asks for: of several the first that something is decided by."""
        return next((code for code in self.codes if code in _KNOWN_CODES), self.codes[0] if self.codes else None)

    @property
    def is_oauth(self) -> bool:
        """Whether it is an OAuth error at all."""
        return bool(self.codes) or self.error != _without_error(self.status)

    def has(self, codes: frozenset[int]) -> bool:
        """Whether one of the numbers is among these."""
        return not codes.isdisjoint(self.codes)


def read_error(document: Mapping[str, object], *, status: int, retry_after: float) -> ErrorAnswer:
    """Take from an error document what has the right form; the rest is as if it were absent."""
    error, codes = document.get("error"), document.get("error_codes")
    numbers = codes if isinstance(codes, list) else []
    return ErrorAnswer(
        status=status,
        error=error if isinstance(error, str) and _ERROR.fullmatch(error) else _without_error(status),
        codes=tuple(number for number in numbers if type(number) is int and 0 < number < 10**10),
        claims=_claims(document.get("claims")),
        correlation_id=_id(document.get("correlation_id")),
        trace_id=_id(document.get("trace_id")),
        retry_after=retry_after,
    )


def _without_error(status: int) -> str:
    return f"http_{status}"


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _claims(value: object) -> str | None:
    try:
        return claims_text(value) if isinstance(value, str) and value else None
    except ConfigurationError:
        return None


def token_error(answer: ErrorAnswer, *, flow: str, scopes: tuple[str, ...]) -> TokenRequestFailed | ProviderUnavailable:
    """The exception for an error: who has to do something about it."""
    if answer.status == 429 or answer.has(_THROTTLED_CODES):
        return _throttled(answer)
    if _is_transient(answer) or not answer.is_oauth:
        return _unavailable(answer)
    if flow == "on_behalf_of" and answer.has(_ASSERTION_CODES):
        message = "the caller's access token was refused for on-behalf-of; the caller has to come with a new one"
        return _failed(AssertionRefused, message, answer)
    # Where no user takes part none can be sent to sign in: a policy that stops applications is their operators' matter.
    is_for_user = flow != "client_credentials"
    if is_for_user and _needs_user(answer):
        return _interaction(answer, scopes)
    if not is_for_user or answer.error in _CLIENT_ERRORS or answer.has(_CLIENT_CODES):
        return _failed(ClientRejected, f"the application was refused: {_remedy(answer)}", answer)
    return _failed(TokenRequestFailed, "the provider issued no token", answer)


def _unavailable(answer: ErrorAnswer) -> ProviderUnavailable:
    message = f"the provider cannot issue tokens at the moment ({_codes(answer)})"
    if not answer.is_oauth:
        message = (
            f"the token endpoint answered {answer.status} and no OAuth error; check the authority, and that no proxy "
            "answers in the provider's place"
        )
    return ProviderUnavailable(message, retry_after=answer.retry_after)


def is_grant_dead(error: InteractionRequired) -> bool:
    """Whether a refresh token or code has come to its end; else the user only has to do more, and it lives on."""
    is_alive = error.claims is not None or error.aadsts in _INTERACTION_CODES
    return error.error == "invalid_grant" and not is_alive


def _is_transient(answer: ErrorAnswer) -> bool:
    return answer.status >= 500 or answer.error in _TRANSIENT_ERRORS or answer.has(_TRANSIENT_CODES)


def _needs_user(answer: ErrorAnswer) -> bool:
    """Also where a grant is dead: only a new sign-in brings another."""
    if answer.has(_INTERACTION_CODES) or answer.error in _INTERACTION_ERRORS or answer.claims is not None:
        return True
    return answer.error == "invalid_grant" and not answer.has(_CLIENT_CODES)


def _interaction(answer: ErrorAnswer, scopes: tuple[str, ...]) -> InteractionRequired:
    is_consent = answer.error == "consent_required" or answer.has(frozenset({65001, 65004, 90094}))
    return InteractionRequired(
        _DEFAULT_CONSENT if is_consent else _SIGN_IN,
        error=answer.error,
        claims=answer.claims,
        scopes=scopes,
        aadsts=answer.aadsts,
        correlation_id=answer.correlation_id,
        trace_id=answer.trace_id,
    )


def _throttled(answer: ErrorAnswer) -> Throttled:
    return Throttled(
        "the provider has had too many requests",
        error=answer.error,
        retry_after=answer.retry_after or _THROTTLED_SECONDS,
        aadsts=answer.aadsts,
        correlation_id=answer.correlation_id,
        trace_id=answer.trace_id,
    )


def _failed(kind: type[TokenRequestFailed], message: str, answer: ErrorAnswer) -> TokenRequestFailed:
    return kind(
        message,
        error=answer.error,
        aadsts=answer.aadsts,
        correlation_id=answer.correlation_id,
        trace_id=answer.trace_id,
    )


def _remedy(answer: ErrorAnswer) -> str:
    default = "check its registration in Entra ID"
    return next((_REMEDIES[code] for code in answer.codes if code in _REMEDIES), default)


def _codes(answer: ErrorAnswer) -> str:
    number = [] if answer.aadsts is None else [f"AADSTS{answer.aadsts}"]
    known_id = [] if answer.correlation_id is None else [f"correlation id {answer.correlation_id}"]
    return ", ".join((answer.error, *number, *known_id))
