"""Whether users who signed in earlier are still welcome: by the rules that a token of theirs would be judged by now."""

import math
from typing import Final

from azuread_auth._core.tenant_rule import TenantRule
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.rejection import RejectionReason

__all__ = ["UserAdmission"]

# Callers go by the wall clock, which may be set back; as long as tokens that were seen before go unjudged.
_SETTLED_SECONDS: Final = 60.0


class UserAdmission:
    """The settings that say whose tokens are welcome, and the application's word on tenants, applied to users."""

    __slots__ = ("_policy", "_tenant_rule")

    def __init__(self, policy: ClaimPolicy, tenant_rule: TenantRule | None) -> None:
        self._policy = policy
        self._tenant_rule = tenant_rule

    def welcome_seconds(self, tenant_id: str, *, is_guest: bool) -> float:
        """For how long the user is known to be welcome, without waiting; 0 or less where `refusal` has to be asked.

        Endless where nothing but settings decides. `tenant_id` is in lower case.
        """
        if self._refused_by_settings(tenant_id, is_guest=is_guest) is not None:
            return 0.0
        if self._tenant_rule is None:
            return math.inf
        return min(self._tenant_rule.seconds_left(tenant_id), _SETTLED_SECONDS)

    async def refusal(self, tenant_id: str, *, is_guest: bool) -> RejectionReason | None:
        """Why the user is not welcome; None for who is. Raises ProviderUnavailable where the application cannot say."""
        reason = self._refused_by_settings(tenant_id, is_guest=is_guest)
        if reason is not None or self._tenant_rule is None or await self._tenant_rule.admits(tenant_id):
            return reason
        return RejectionReason.WRONG_TENANT

    def _refused_by_settings(self, tenant_id: str, *, is_guest: bool) -> RejectionReason | None:
        policy = self._policy
        if policy.tenants is not None and tenant_id not in policy.tenants:
            return RejectionReason.WRONG_TENANT
        if tenant_id == PERSONAL_TENANT and not policy.admits_personal_accounts:
            return RejectionReason.WRONG_TENANT
        if is_guest and not policy.allow_guests:
            return RejectionReason.GUEST_NOT_ALLOWED
        return None
