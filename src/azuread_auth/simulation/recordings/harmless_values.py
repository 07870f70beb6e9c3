"""What may stand in a recording as it is. All lists are of what is allowed: whatever is not here is left out."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

__all__ = [
    "CHALLENGE_SECTIONS",
    "CLAIM_NAMES",
    "FLOWS",
    "KEPT_CLAIMS",
    "MOST_SECONDS",
    "OAUTH_ERRORS",
    "REQUESTED_CLAIMS",
    "SHARED_TENANTS",
    "SUBERRORS",
    "is_challenge_value",
    "is_error",
    "kept_codes",
]

MOST_SECONDS: Final = 1_000_000
"""Above the life of every token."""
FLOWS: Final = frozenset(
    {"client_credentials", "on_behalf_of", "refresh_token", "device_code_start", "device_code"}
    | {"managed_identity", "azure_cli", "azure_identity", "other"}
)
SHARED_TENANTS: Final = frozenset({"common", "organizations", "consumers"})
OAUTH_ERRORS: Final = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope", "invalid_resource", "interaction_required", "login_required", "consent_required"}
    | {"access_denied", "temporarily_unavailable", "server_error", "authorization_pending", "slow_down"}
    | {"authorization_declined", "expired_token", "bad_verification_code", "unsupported_response_type"}
    | {"insufficient_claims", "invalid_token", "credential_unavailable", "unknown_error"}
)
"""RFC 6749 5.2, RFC 8628 3.5, and those of Entra and of the hosts of managed identities."""
SUBERRORS: Final = frozenset(
    {"basic_action", "additional_action", "message_only", "user_password_expired", "consent_required"}
    | {"client_mismatch", "token_expired", "bad_token", "protection_policy_required", "device_authentication_failed"}
    | {"unauthorized_client"}
)
"""Microsoft, "Handling errors and exceptions"."""
_HTTP_ERROR: Final = re.compile(r"http_[1-5][0-9]{2}", re.ASCII)

CLAIM_NAMES: Final = frozenset(
    {"acct", "acr", "acrs", "aio", "amr", "app_displayname", "appid", "appidacr", "aud", "auth_time", "azp", "azpacr"}
    | {"ctry", "deviceid", "email", "emails", "exp", "family_name", "fwd", "given_name", "groups", "hasgroups"}
    | {"iat", "idp", "idtyp", "in_corp", "ipaddr", "iss", "jti", "login_hint", "name", "nbf", "nonce", "oid"}
    | {"onprem_sid", "platf", "preferred_username", "puid", "pwd_exp", "pwd_url", "rh", "roles", "scp", "sid"}
    | {"signin_state", "sub", "tenant_ctry", "tenant_region_scope", "tfp", "tid", "unique_name", "upn", "uti", "ver"}
    | {"verified_primary_email", "verified_secondary_email", "vnet", "wids", "xms_cc", "xms_ftd", "xms_idrel"}
    | {"xms_mirid", "xms_pdl", "xms_pl", "xms_ssm", "xms_st", "xms_tcdt", "xms_tdbr", "xms_tpl", "zoneinfo"}
    | {"_claim_names", "_claim_sources"}
)
"""Microsoft, "Access token claims reference", and what its tokens have beside that."""
_METHODS: Final = frozenset({"pwd", "mfa", "rsa", "otp", "fido", "wia", "fed", "ngcmfa", "hwk", "swk", "sms", "pin"})
_CONTEXT: Final = re.compile(r"c[1-9][0-9]?", re.ASCII)


def _one_of(*values: object) -> Callable[[object], bool]:
    return lambda value: any(value == each and type(value) is type(each) for each in values)


KEPT_CLAIMS: Final[Mapping[str, Callable[[object], bool]]] = MappingProxyType(
    {
        "acct": _one_of(0, 1),
        "acr": _one_of("0", "1"),
        "acrs": lambda value: isinstance(value, str) and _CONTEXT.fullmatch(value) is not None,
        "amr": lambda value: value in _METHODS,
        "appidacr": _one_of("0", "1", "2"),
        "azpacr": _one_of("0", "1", "2"),
        "idtyp": _one_of("app", "user", "device"),
        "ver": _one_of("1.0", "2.0"),
        "xms_cc": _one_of("CP1", "cp1"),
    }
)
"""Which value of a claim, or of each item where it is a list, tells nothing about anybody."""

REQUESTED_CLAIMS: Final = frozenset(
    {"acrs", "amr", "auth_time", "capolids", "deviceid", "nbf", "polids", "xms_rp_ipaddr", "xms_caeerror"} | {"other"}
)
CHALLENGE_SECTIONS: Final = frozenset({"access_token", "id_token", "userinfo"})
_CHALLENGE_VALUE: Final = re.compile(r"c[1-9][0-9]?|policy-[1-9][0-9]{0,4}|time|other", re.ASCII)


def is_error(error: object) -> bool:
    """Whether this is one of the errors that everybody knows."""
    return isinstance(error, str) and (error in OAUTH_ERRORS or _HTTP_ERROR.fullmatch(error) is not None)


def kept_codes(codes: object) -> tuple[int, ...]:
    """Those of Entra's error numbers that have the form of one."""
    found = codes if isinstance(codes, list) else []
    return tuple(code for code in found if type(code) is int and 9_999 < code < 10_000_000)[:10]


def is_challenge_value(value: object) -> bool:
    """Whether this is a name that recordings have for a value of a claims challenge."""
    return isinstance(value, str) and _CHALLENGE_VALUE.fullmatch(value) is not None
