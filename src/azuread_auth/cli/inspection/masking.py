"""Values of a token as they may be shown: short, on one line, and without what is personal."""

import json
from typing import Final

__all__ = ["is_personal", "masked", "shown"]

_MAX_SHOWN: Final = 200
_IMPERSONAL: Final = frozenset(
    {
        "acct",
        "acr",
        "acrs",
        "alg",
        "amr",
        "appid",
        "appidacr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "azpacr",
        "c_hash",
        "cc",
        "cnf",
        "cty",
        "exp",
        "groups",
        "hasgroups",
        "iat",
        "idp",
        "idtyp",
        "iss",
        "jku",
        "kid",
        "login_hint_type",
        "nbf",
        "roles",
        "scp",
        "tenant_ctry",
        "tenant_region_scope",
        "tfp",
        "tid",
        "typ",
        "uti",
        "ver",
        "wids",
        "x5t",
        "x5t#S256",
        "x5u",
        "xms_cc",
        "xms_ssm",
        "xms_tcdt",
        "zip",
    }
)
"""What is not about a person. Any other claim may be: tenants can add whatever they like."""


def is_personal(claim: str) -> bool:
    """Whether the claim is masked unless somebody asks for it."""
    return claim not in _IMPERSONAL


def masked(value: object) -> object:
    """The value with only so much left that its owner recognises it."""
    if isinstance(value, str):
        return f"{value[:1]}***"
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value if isinstance(value, bool) or value is None else "***"


def shown(value: object) -> str:
    """The value as text of one line. What could steer a terminal is escaped: the token may be an attacker's."""
    text = value if isinstance(value, str) and value.isprintable() else json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}... ({len(text)} characters)"
