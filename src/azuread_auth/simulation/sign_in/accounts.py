"""Which accounts can sign in where: those of the tenant, of another one, and personal ones."""

from collections.abc import Mapping

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["account_tenant", "check_account", "hinted_account", "offered_accounts"]


def account_tenant(user: SimulatedUser, authority: SimulatedAuthority, own_tenant: str) -> str:
    """The tenant that issues the user's tokens: the endpoint's own, or that of the account at a shared endpoint."""
    if authority.issuer_tenant != TENANT_TEMPLATE:
        return authority.issuer_tenant
    return user.tenant_id or own_tenant


def offered_accounts(
    users: Mapping[str, SimulatedUser],
    authority: SimulatedAuthority,
    own_tenant: str,
    domain_hint: str | None = None,
) -> dict[str, SimulatedUser]:
    """Those of the accounts to pick from; with "consumers" or "organizations" as `domain_hint`, those alone."""
    found = {name: user for name, user in users.items() if _belongs(user, authority, own_tenant)}
    if domain_hint not in ("consumers", "organizations"):
        return found
    return {name: user for name, user in found.items() if _is_personal(user) == (domain_hint == "consumers")}


def hinted_account(accounts: Mapping[str, SimulatedUser], hint: str | None) -> str | None:
    """The name of the account that a `login_hint` means."""
    if hint is None:
        return None
    return next((name for name, user in accounts.items() if hint == name or user.is_meant_by(hint)), None)


def check_account(user: SimulatedUser, authority: SimulatedAuthority, own_tenant: str) -> None:
    """Raise Refused for an account that cannot sign in there, or has tokens from there."""
    if user.is_blocked:
        raise Refused(50057)
    if not _belongs(user, authority, own_tenant):
        raise Refused(50020)


def _is_personal(user: SimulatedUser) -> bool:
    return user.tenant_id == PERSONAL_TENANT


def _belongs(user: SimulatedUser, authority: SimulatedAuthority, own_tenant: str) -> bool:
    if authority.issuer_tenant == TENANT_TEMPLATE:
        return authority.path.lower() != "organizations" or not _is_personal(user)
    if authority.issuer_tenant == PERSONAL_TENANT:
        return _is_personal(user)
    return authority.issuer_tenant in (user.tenant_id or own_tenant, user.home_tenant_id)
