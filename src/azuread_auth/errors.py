"""The errors this package raises.

    AzureAdError
    ├── ConfigurationError          a setting is wrong, missing or contradicts another
    ├── TokenRejected               an incoming token is not good (.reason)
    ├── PermissionDenied            the caller is known and lacks a permission (.requirement)
    ├── ClaimsChallenge             the caller must sign in again with more (.claims)
    ├── ProviderUnavailable         the identity provider cannot be reached or talks nonsense (.retry_after)
    ├── CredentialUnavailable       a credential cannot be used here: no file, no host, no program
    ├── StoreUnavailable            a session or token store cannot be reached
    └── SuspendedError              a blocking client was given something that waits

`str()` of each is safe to log: no token, secret, cookie, claim value or response body is ever in it. `code` is stable
across releases, `retryable` says whether the same call may succeed later.
"""

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from azuread_auth.rejection import RejectionReason

if TYPE_CHECKING:
    from azuread_auth.requirements import Requirement

__all__ = [
    "AzureAdError",
    "ClaimsChallenge",
    "ConfigurationError",
    "CredentialUnavailable",
    "PermissionDenied",
    "ProviderUnavailable",
    "StoreUnavailable",
    "SuspendedError",
    "TokenRejected",
]


class AzureAdError(Exception):
    """The base of all errors of this package."""

    code: ClassVar[str] = "azure_ad_error"
    retryable: ClassVar[bool] = False


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
        text = json.dumps(dict(parsed) if isinstance(parsed, Mapping) else parsed, separators=(",", ":"))
    # Not JSON, nested too deeply to be sensible, or a value that JSON has no form for.
    except (ValueError, RecursionError, TypeError) as error:
        message = 'claims= is not JSON; expected an object such as {"access_token": {...}}'
        raise ConfigurationError(message) from error
    if not isinstance(parsed, Mapping):
        message = 'claims= is not a JSON object; expected one such as {"access_token": {...}}'
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


class CredentialUnavailable(AzureAdError):
    """A credential cannot be used here: its file, host or program is absent or does not answer."""

    code = "credential_unavailable"


class StoreUnavailable(AzureAdError):
    """A session or token store cannot be reached or gives no usable answer."""

    code = "store_unavailable"
    retryable = True


class SuspendedError(AzureAdError):
    """A blocking client was given a store, credential or callable that waits for an event loop."""

    code = "suspended"
