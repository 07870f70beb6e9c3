"""Whether a token that somebody presents is one of the simulated tenant's own."""

from typing import Final

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.simulation.grants.signed_token import PresentedToken
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["has_own_signature", "is_in_time"]

_ALGORITHMS: Final = ("RS256", "RS384", "RS512")
_SKEW_SECONDS: Final = 300.0


def has_own_signature(token: PresentedToken, state: TenantState) -> bool:
    """Whether a published key signed it, of those for its tenant."""
    binding = "personal-accounts" if token.text("tid") == PERSONAL_TENANT else "any-tenant"
    with state.lock:
        published = state.keys.published()
    keys = [each.key for each in published if each.binding == binding and each.key.kid == token.header.get("kid")]
    return any(token.is_signed_by(key.private_key.public_key(), algorithms=_ALGORITHMS) for key in keys)


def is_in_time(token: PresentedToken, now: float) -> bool:
    """Whether it is good now: there is no grace after the end; clocks that differ count at the beginning."""
    expires_at, valid_from = token.number("exp"), token.number("nbf") or 0.0
    return expires_at is not None and expires_at > now and valid_from <= now + _SKEW_SECONDS
