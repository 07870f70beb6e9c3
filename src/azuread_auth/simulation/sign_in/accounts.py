"""Which accounts can sign in where: those of the tenant, of another one, and personal ones."""

from collections.abc import Mapping

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["account_tenant", "check_account", "check_device_account", "hinted_account", "offered_accounts"]


def account_tenant(user: SimulatedUser, authority: SimulatedAuthority, own_tenant: str) -> str:
    """The tenant that issues the user's tokens: the endpoint's own, or that of the account at a shared endpoint."""
    if authority.issuer_tenant != TENANT_TEMPLATE:
        return authority.issuer_tenant
    return user.tenant_id or own_tenant


def offered_accounts(
    users: Mapping[str, SimulatedUser], authority: SimulatedAuthority, domain_hint: str | None = None
) -> dict[str, SimulatedUser]:
    """Those of the accounts to pick from; with "consumers" or "organizations" as `domain_hint`, those alone."""
    found = {name: user for name, user in users.items() if _belongs(user, authority)}
    if domain_hint not in ("consumers", "organizations"):
        return found
    return {name: user for name, user in found.items() if _is_personal(user) == (domain_hint == "consumers")}


def hinted_account(accounts: Mapping[str, SimulatedUser], hint: str | None) -> str | None:
    """The name of the account that a `login_hint` means."""
    if hint is None:
        return None
    return next((name for name, user in accounts.items() if hint == name or user.is_meant_by(hint)), None)


def check_account(user: SimulatedUser, authority: SimulatedAuthority) -> None:
    """Raise Refused, which only the user is told, for an account that cannot sign in there."""
    if user.is_blocked:
        raise Refused(50057)
    if not _belongs(user, authority):
        raise Refused(50020)


def check_device_account(user: SimulatedUser, tenant_id: str | None) -> None:
    """Raise Refused for an account that cannot sign in on a device of that tenant; None: of any."""
    if user.is_blocked:
        raise Refused(50057)
    welcome = (tenant_id,) if tenant_id == PERSONAL_TENANT else (None, tenant_id)
    if tenant_id is not None and user.tenant_id not in welcome:
        raise Refused(50020)


def _is_personal(user: SimulatedUser) -> bool:
    return user.tenant_id == PERSONAL_TENANT


def _belongs(user: SimulatedUser, authority: SimulatedAuthority) -> bool:
    if authority.issuer_tenant == TENANT_TEMPLATE:
        return authority.path.lower() != "organizations" or not _is_personal(user)
    if authority.issuer_tenant == PERSONAL_TENANT:
        return _is_personal(user)
    return user.tenant_id in (None, authority.issuer_tenant)
