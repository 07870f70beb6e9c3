"""The errors this package raises.

    AzureAdError
    ├── ConfigurationError          a setting is wrong, missing or contradicts another
    ├── TokenRejected               an incoming token is not good (.reason)
    ├── PermissionDenied            the caller is known and lacks a permission (.requirement)
    ├── ClaimsChallenge             the caller must sign in again with more (.claims)
    ├── ProviderUnavailable         the identity provider cannot be reached or talks nonsense (.retry_after)
    ├── TokenRequestFailed          the provider gives no token (.error, .aadsts, .correlation_id, .trace_id)
    │   ├── InteractionRequired     the user has to sign in or consent (.claims, .scopes)
    │   ├── AssertionRefused        the caller's token does not serve for on-behalf-of
    │   ├── ClientRejected          the application's own proof or registration is at fault
    │   └── Throttled               too many requests (.retry_after)
    ├── LoginFailed                 a sign-in did not come to a good end
    ├── CredentialUnavailable       a credential cannot be used here: no file, no host, no program
    ├── ReplayMismatch              a replay has no recorded answer to a request
    ├── StoreUnavailable            a session or token store cannot be reached
    └── SuspendedError              a blocking client was given something that waits

`str()` of each is safe to log: no token, secret, cookie, claim value or response body is ever in it. `code` is stable
across releases, `retryable` says whether the same call may succeed later.
"""

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from azuread_auth.rejection import RejectionReason

if TYPE_CHECKING:
    from azuread_auth.requirements import Requirement

__all__ = [
    "AssertionRefused",
    "AzureAdError",
    "ClaimsChallenge",
    "ClientRejected",
    "ConfigurationError",
    "CredentialUnavailable",
    "InteractionRequired",
    "LoginFailed",
    "PermissionDenied",
    "ProviderUnavailable",
    "ReplayMismatch",
    "StoreUnavailable",
    "SuspendedError",
    "Throttled",
    "TokenRejected",
    "TokenRequestFailed",
]


_MAX_CLAIMS: Final = 8192


class AzureAdError(Exception):
    """The base of all errors of this package."""

    code: ClassVar[str] = "azure_ad_error"
    retryable: ClassVar[bool] = False

    def __reduce__(self) -> tuple[object, ...]:
        """For copies, and for processes that pass errors on: most of these take more than their message."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[AzureAdError], args: tuple[object, ...], attributes: Mapping[str, object]) -> AzureAdError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class ConfigurationError(AzureAdError):
    """A setting or argument is wrong, missing or contradicts another; the message names it and the remedy."""

    code = "configuration_error"


class TokenRejected(AzureAdError):
    """An incoming token is not good.

    `reason` is for the operator: the caller of an API learns only that the token is invalid. `claim` names the claim
    or header member at fault where there is one; its value is never kept.
    """

    code = "token_rejected"

    def __init__(self, reason: RejectionReason, *, claim: str | None = None) -> None:
        self.reason = reason
        self.claim = claim
        where = f" ({claim})" if claim else ""
        super().__init__(f"{reason.value}{where}: {reason.explanation}; {reason.remedy}")


class PermissionDenied(AzureAdError):
    """The caller is known and does not meet `requirement`."""

    code = "permission_denied"

    def __init__(self, requirement: "Requirement") -> None:
        self.requirement = requirement
        super().__init__(f"the caller does not meet {requirement}")


class ClaimsChallenge(AzureAdError):
    """The caller must come back with a token that has more claims: a stronger or newer sign-in.

    Give `acrs` (the id of an authentication context, "c1" to "c99") or `claims` (the `claims` parameter of OpenID
    Connect Core 5.5, as JSON text or a mapping), not both. `.claims` is the JSON text.
    Source: Microsoft, "Claims challenges, claims requests and client capabilities".
    """

    code = "claims_challenge"

    def __init__(self, *, acrs: str | None = None, claims: str | Mapping[str, object] | None = None) -> None:
        if (acrs is None) == (claims is None):
            message = "give a ClaimsChallenge either acrs= or claims="
            raise ConfigurationError(message)
        if acrs is not None:
            claims = {"access_token": {"acrs": {"essential": True, "value": acrs}}}
        self.claims: str = _claims_json(claims)
        super().__init__("the caller must sign in again to satisfy a claims challenge")

    @property
    def encoded(self) -> str:
        """The claims as the challenge header carries them: base64 of the JSON text."""
        return base64.b64encode(self.claims.encode()).decode()


def _claims_json(claims: object) -> str:
    try:
        parsed = json.loads(claims) if isinstance(claims, str) else claims
        claims = dict(parsed) if isinstance(parsed, Mapping) else parsed
        text = json.dumps(claims, separators=(",", ":"), allow_nan=False)
    # Not JSON, nested too deeply to be sensible, or a value that JSON has no form for.
    except (ValueError, RecursionError, TypeError) as error:
        message = 'claims= is not JSON; expected an object such as {"access_token": {...}}'
        raise ConfigurationError(message) from error
    if not isinstance(parsed, Mapping) or len(text) > _MAX_CLAIMS:
        message = (
            f"claims= is not a JSON object of at most {_MAX_CLAIMS} characters, which a header could carry; expected "
            'one such as {"access_token": {...}}'
        )
        raise ConfigurationError(message)
    return text


class ProviderUnavailable(AzureAdError):
    """The identity provider, or something else a decision depends on, cannot be reached or gives no usable answer.

    `retry_after` is in seconds: when it makes sense to ask again; 0 where nothing is known.
    """

    code = "provider_unavailable"
    retryable = True

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class TokenRequestFailed(AzureAdError):
    """The provider answered a token request with an error.

    `error` is the OAuth code (RFC 6749 5.2), `aadsts` Entra's number, or None; `correlation_id` and `trace_id` are what
    Microsoft's support asks for. The provider's description is not kept: it may quote what was sent.
    """

    code = "token_request_failed"

    def __init__(
        self,
        message: str,
        *,
        error: str,
        aadsts: int | None = None,
        correlation_id: str | None = None,
        trace_id: str | None = None,
    ) -> None:
        self.error = error
        self.aadsts = aadsts
        self.correlation_id = correlation_id
        self.trace_id = trace_id
        codes = [error, *([f"AADSTS{aadsts}"] if aadsts is not None else [])]
        ids = [f"correlation id {correlation_id}"] if correlation_id else []
        super().__init__(f"{message} ({', '.join([*codes, *ids])})")


class InteractionRequired(TokenRequestFailed):
    """The user has to sign in again, do more to sign in, or consent.

    `claims` is the JSON text that the next sign-in has to pass on as its `claims` parameter, None where none is asked
    for; `scopes` are those that were requested. Escaping from an application behind the middleware, it becomes the
    standard challenge.
    """

    code = "interaction_required"

    def __init__(
        self,
        message: str,
        *,
        error: str,
        claims: str | None = None,
        scopes: tuple[str, ...] = (),
        aadsts: int | None = None,
        correlation_id: str | None = None,
        trace_id: str | None = None,
    ) -> None:
        self.claims = claims
        self.scopes = scopes
        super().__init__(message, error=error, aadsts=aadsts, correlation_id=correlation_id, trace_id=trace_id)


class AssertionRefused(TokenRequestFailed):
    """The caller's access token does not serve for on-behalf-of: it has expired or is not meant for it.

    Escaping from an application behind the middleware, it becomes a 401: the caller must come with a new token.
    """

    code = "assertion_refused"


class ClientRejected(TokenRequestFailed):
    """The provider refuses the application: its secret, certificate, federation or registration is at fault."""

    code = "client_rejected"


class Throttled(TokenRequestFailed):
    """The provider has had too many requests. `retry_after` is in seconds: when to ask again."""

    code = "throttled"
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        error: str,
        retry_after: float,
        aadsts: int | None = None,
        correlation_id: str | None = None,
        trace_id: str | None = None,
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, error=error, aadsts=aadsts, correlation_id=correlation_id, trace_id=trace_id)


class LoginFailed(AzureAdError):
    """A sign-in did not come to a good end: it was cancelled, refused, forged, or took too long.

    `error` is the code of the provider's answer where the provider ended it (RFC 6749 4.1.2.1), `aadsts` Entra's
    number; None otherwise. Raised by `on_login`, its message is shown to the user.
    """

    code = "login_failed"

    def __init__(self, message: str, *, error: str | None = None, aadsts: int | None = None) -> None:
        self.error = error
        self.aadsts = aadsts
        super().__init__(message)


class CredentialUnavailable(AzureAdError):
    """A credential cannot be used here: its file, host or program is absent or does not answer."""

    code = "credential_unavailable"


class ReplayMismatch(AzureAdError):
    """A replay has no recorded answer to a request, which was sent nowhere; the message names it and the nearest ones.

    Raised with `simulation=Replay(...)` alone.
    """

    code = "replay_mismatch"


class StoreUnavailable(AzureAdError):
    """A session or token store cannot be reached or gives no usable answer."""

    code = "store_unavailable"
    retryable = True


class SuspendedError(AzureAdError):
    """A blocking client was given a store, credential or callable that waits for an event loop."""

    code = "suspended"
