"""The rules that settings lay down for incoming tokens, as values."""

from dataclasses import dataclass

__all__ = ["ClaimPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPolicy:
    """The rules that settings lay down for incoming tokens."""

    audiences: frozenset[str]
    tenants: frozenset[str] | None
    """The tenants whose tokens are welcome, in lower case; None: each that the metadata admits."""
    admits_personal_accounts: bool
    allowed_clients: frozenset[str] | None
    allow_guests: bool
    accept_tokens_without_permissions: bool
    clock_skew_seconds: float
    scope_prefixes: frozenset[str]
    b2c_policy: str | None
    """The user flow that must have issued the token; such tokens have no `tid` and no meaningful `ver`."""
