"""What people usually mistake a token for. Told by what it says of itself, so hints are never part of the verdict."""

from collections.abc import Mapping
from typing import Final

from azuread_auth.cli.inspection.decoded_token import DecodedToken
from azuread_auth.settings import AzureAdSettings

__all__ = ["GRAPH_AUDIENCES", "hints_about"]

GRAPH_AUDIENCES: Final = frozenset(
    {"00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com", "https://graph.microsoft.com/"}
)
_ID_TOKEN_MARKS: Final = ("nonce", "at_hash", "c_hash")
_PERMISSIONS: Final = ("scp", "roles")

_LIKE_GRAPH: Final = (
    "this looks like a token for Microsoft Graph, which only Graph can check; request a scope of your own API "
    "(api://<client id>/<scope>), in a request of its own: one token is for one resource"
)
_LIKE_SIGN_IN: Final = (
    "this looks like an ID token, which tells the client who signed in; send the access token of the same sign-in, "
    "and have the client request a scope of your API for it"
)
_VERSION_1: Final = (
    "this is a version 1 token: its issuer is of sts.windows.net and its audience usually api://<client id>; it is "
    "accepted as it is, and api.requestedAccessTokenVersion = 2 in the app registration's manifest gives version 2"
)
_ENCRYPTED: Final = (
    "this token is encrypted (five parts); switch token encryption off in the app registration of the API"
)
_LIKE_REFRESH: Final = (
    "this looks like a refresh token or an authorization code; those go to the token endpoint alone, and are to be "
    "kept as secret as a password"
)
_OPAQUE: Final = (
    "this is no JSON Web Token; Microsoft hands out opaque tokens for personal accounts and for its own services, and "
    "only those can read them"
)


def hints_about(token: str, decoded: DecodedToken, settings: AzureAdSettings | None) -> tuple[str, ...]:
    """The usual mistakes that this token looks like."""
    if decoded.claims is None:
        hint = _hint_about_text(token)
        return (hint,) if hint is not None else ()
    claims = decoded.claims
    looks_like = {
        _LIKE_GRAPH: _is_for_graph(decoded.header or {}, claims),
        _LIKE_SIGN_IN: _is_id_token(claims),
        _VERSION_1: claims.get("ver") == "1.0",
        _other_audience(settings): settings is not None and _is_for_other_uri(claims, settings),
    }
    return tuple(hint for hint, is_so in looks_like.items() if is_so)


def _hint_about_text(token: str) -> str | None:
    dots = token.count(".")
    if dots == 4:
        return _ENCRYPTED
    # Those of Entra begin with the version of their own format and a dot: "0." and "1." (Microsoft does not say so).
    if token[:2] in ("0.", "1."):
        return _LIKE_REFRESH
    return _OPAQUE if dots == 0 else None


def _is_for_graph(header: Mapping[str, object], claims: Mapping[str, object]) -> bool:
    """Tokens for Graph have a `nonce` in the header, which Graph alone knows how to hash before it verifies."""
    audience = claims.get("aud")
    return "nonce" in header or (isinstance(audience, str) and audience in GRAPH_AUDIENCES)


def _is_id_token(claims: Mapping[str, object]) -> bool:
    has_permissions = any(name in claims for name in _PERMISSIONS)
    return any(name in claims for name in _ID_TOKEN_MARKS) or not (
        has_permissions or "azp" in claims or "appid" in claims
    )


def _is_for_other_uri(claims: Mapping[str, object], settings: AzureAdSettings) -> bool:
    audience = claims.get("aud")
    return isinstance(audience, str) and audience.startswith("api://") and audience not in settings.accepted_audiences


def _other_audience(settings: AzureAdSettings | None) -> str:
    expected = settings.client_id if settings is not None else "<client id>"
    return (
        f"aud is an Application ID URI that is not api://{expected}; if it is one of your API, add it to audiences= "
        "(AZURE_AD_AUDIENCES)"
    )
