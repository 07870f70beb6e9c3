"""Why a token was refused: stable codes for logs, with what to do about each."""

from enum import StrEnum

__all__ = ["RejectionReason"]


class RejectionReason(StrEnum):
    """The reason code of a refused token. It goes to the operator's log, never to the caller."""

    TOKEN_TOO_LARGE = "token_too_large"  # noqa: S105 - a reason code, not a password
    MALFORMED = "malformed"
    ENCRYPTED = "encrypted"
    WRONG_TYPE = "wrong_type"
    ALGORITHM_NOT_ALLOWED = "algorithm_not_allowed"
    CRITICAL_HEADER = "critical_header"
    KEY_ID_MISSING = "key_id_missing"
    KEY_UNKNOWN = "key_unknown"
    BAD_SIGNATURE = "bad_signature"
    INVALID_CLAIM = "invalid_claim"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_TENANT = "wrong_tenant"
    KEY_ISSUER_MISMATCH = "key_issuer_mismatch"
    KEY_OF_ANOTHER_CLOUD = "key_of_another_cloud"
    WRONG_POLICY = "wrong_policy"
    WRONG_AUDIENCE = "wrong_audience"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    ID_TOKEN = "id_token"  # noqa: S105 - a reason code, not a password
    NO_PERMISSIONS = "no_permissions"
    SENDER_CONSTRAINED = "sender_constrained"
    UNSUPPORTED_CALLER = "unsupported_caller"
    CLIENT_NOT_ALLOWED = "client_not_allowed"
    GUEST_NOT_ALLOWED = "guest_not_allowed"

    @property
    def explanation(self) -> str:
        """What was wrong, in a clause."""
        return _TEXTS[self][0]

    @property
    def remedy(self) -> str:
        """What was expected and what to do."""
        return _TEXTS[self][1]

    @property
    def is_forbidden(self) -> bool:
        """Whether the token is genuine and only its bearer is unwelcome: 403 in place of 401."""
        return self in _FORBIDDEN


_FORBIDDEN = frozenset({RejectionReason.CLIENT_NOT_ALLOWED, RejectionReason.GUEST_NOT_ALLOWED})

_TEXTS: dict[RejectionReason, tuple[str, str]] = {
    RejectionReason.TOKEN_TOO_LARGE: (
        "the token is larger than 256,000 bytes or its header larger than 16,000",
        "send the access token only; for users in very many groups, have Entra emit only the groups of the application",
    ),
    RejectionReason.MALFORMED: (
        "the token is not a JSON Web Token in strict compact form",
        "send the access token as it came, three base64url parts without padding, and nothing else",
    ),
    RejectionReason.ENCRYPTED: (
        "the token is encrypted, nested or compressed",
        "switch token encryption off for this app registration: only signed access tokens are accepted",
    ),
    RejectionReason.WRONG_TYPE: (
        "the token's typ is neither JWT nor at+jwt",
        "send an access token, not a logout, security-event or proof token",
    ),
    RejectionReason.ALGORITHM_NOT_ALLOWED: (
        "the token's algorithm is not in the allowed list or not the key's",
        "Entra signs with RS256; set algorithms= only if your provider is known to sign otherwise",
    ),
    RejectionReason.CRITICAL_HEADER: (
        "the token has a crit header",
        "no critical extension is supported; ask the issuer for a plain access token",
    ),
    RejectionReason.KEY_ID_MISSING: (
        "the token names no key and the provider has several",
        "send a token issued by Entra: each of them names its key in kid",
    ),
    RejectionReason.KEY_UNKNOWN: (
        "no key of the provider has the token's kid",
        "check that the token is for this cloud and authority; a token for Microsoft Graph is signed for Graph alone",
    ),
    RejectionReason.BAD_SIGNATURE: (
        "the signature does not fit the token",
        "the token was altered or is not meant for this API (a token for Microsoft Graph cannot be checked by others)",
    ),
    RejectionReason.INVALID_CLAIM: (
        "a claim is missing or of the wrong type",
        "send an access token of the Microsoft identity platform; see the log's claim field for which claim",
    ),
    RejectionReason.WRONG_ISSUER: (
        "iss is not the issuer of the configured authority for this tenant and token version",
        "check tenant_id and authority_host, and that the token comes from the same cloud",
    ),
    RejectionReason.WRONG_TENANT: (
        "the token's tenant is not allowed",
        "add the tenant's GUID to tenants= if its users and applications are welcome",
    ),
    RejectionReason.KEY_ISSUER_MISMATCH: (
        "the signing key belongs to another issuer than the token",
        "the token is forged, or of another account type: keys of personal accounts never sign for organisations",
    ),
    RejectionReason.KEY_OF_ANOTHER_CLOUD: (
        "the signing key belongs to another national cloud",
        "request the token from the cloud that authority_host names",
    ),
    RejectionReason.WRONG_POLICY: (
        "the token was issued by another user flow or policy",
        "request the token from the policy that authority_url names",
    ),
    RejectionReason.WRONG_AUDIENCE: (
        "aud is not this API",
        "request a scope of this API (User.Read and its like are Graph's); its other Application ID URIs: audiences=",
    ),
    RejectionReason.EXPIRED: ("the token has expired", "get a fresh token; if it is fresh, check this machine's clock"),
    RejectionReason.NOT_YET_VALID: (
        "nbf or iat lies in the future",
        "check this machine's clock against the time of day; clock_skew_seconds tolerates up to 600",
    ),
    RejectionReason.ID_TOKEN: (
        "this is an ID token, or a user's token without scopes",
        "send the access token: an ID token tells the client who signed in and opens no API",
    ),
    RejectionReason.NO_PERMISSIONS: (
        "the token has neither scopes nor roles",
        "grant the client an app role of this API: any application of the tenant gets such tokens",
    ),
    RejectionReason.SENDER_CONSTRAINED: (
        "the token is bound to a key (cnf) and came as a plain bearer token",
        "request an ordinary bearer token: bindings cannot be verified here",
    ),
    RejectionReason.UNSUPPORTED_CALLER: (
        "the caller is neither a user nor an application",
        "device tokens open nothing; request a token for a user or an application",
    ),
    RejectionReason.CLIENT_NOT_ALLOWED: (
        "the client application (azp or appid) is not in allowed_clients",
        "add the application's client id to allowed_clients= if it may call this API",
    ),
    RejectionReason.GUEST_NOT_ALLOWED: (
        "the user is a guest of the tenant and allow_guests is False",
        "let the user call from the home tenant, or set allow_guests=True",
    ),
}
