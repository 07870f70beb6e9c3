"""The forms that the token endpoint takes, one for each grant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from azuread_auth.secret import Secret

__all__ = [
    "Grant",
    "Repeatable",
    "authorization_code_grant",
    "client_credentials_grant",
    "device_code_grant",
    "on_behalf_of_grant",
    "refresh_token_grant",
]

_ON_BEHALF_OF: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"


Repeatable = Literal["always", "when refused", "never"]
"""Whether a request may be sent again: whatever became of it; only when the provider answered that it did not do it;
never, because its code is good for one use (RFC 6749 4.1.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What is asked of the token endpoint, but for the proof of the client."""

    flow: str
    fields: Mapping[str, str] = field(repr=False)
    """Without what is secret."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """What is revealed next to the wire alone."""
    scopes: tuple[str, ...]
    claims: str | None = field(default=None, repr=False)
    repeatable: Repeatable = "always"
    is_confidential: bool = True
    """Whether the application must prove itself; public clients may not have anything to do it with."""


def client_credentials_grant(scopes: tuple[str, ...], *, claims: str | None) -> Grant:
    """RFC 6749 4.4; Microsoft, "OAuth 2.0 client credentials flow"."""
    return Grant(flow="client_credentials", fields={"grant_type": "client_credentials"}, scopes=scopes, claims=claims)


def on_behalf_of_grant(assertion: Secret, scopes: tuple[str, ...], *, claims: str | None) -> Grant:
    """RFC 7523 2.1 as Entra has it; Microsoft, "OAuth 2.0 On-Behalf-Of flow"."""
    return Grant(
        flow="on_behalf_of",
        fields={"grant_type": _ON_BEHALF_OF, "requested_token_use": "on_behalf_of"},
        secrets={"assertion": assertion},
        scopes=scopes,
        claims=claims,
    )


def refresh_token_grant(refresh_token: Secret, scopes: tuple[str, ...], *, claims: str | None) -> Grant:
    """RFC 6749 6. Not sent again unless refused: providers that rotate take a second use for theft (RFC 9700 4.14)."""
    return Grant(
        flow="refresh_token",
        fields={"grant_type": "refresh_token"},
        secrets={"refresh_token": refresh_token},
        scopes=scopes,
        claims=claims,
        repeatable="when refused",
        is_confidential=False,
    )


def authorization_code_grant(
    code: Secret, scopes: tuple[str, ...], *, redirect_uri: str, code_verifier: Secret, claims: str | None
) -> Grant:
    """RFC 6749 4.1.3 and RFC 7636 4.5."""
    return Grant(
        flow="authorization_code",
        fields={"grant_type": "authorization_code", "redirect_uri": redirect_uri},
        secrets={"code": code, "code_verifier": code_verifier},
        scopes=scopes,
        claims=claims,
        repeatable="never",
        is_confidential=False,
    )


def device_code_grant(device_code: Secret, scopes: tuple[str, ...], *, claims: str | None) -> Grant:
    """RFC 8628 3.4."""
    return Grant(
        flow="device_code",
        fields={"grant_type": _DEVICE_CODE},
        secrets={"device_code": device_code},
        scopes=scopes,
        claims=claims,
        repeatable="never",
        is_confidential=False,
    )
