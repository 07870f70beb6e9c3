"""Who and what a simulated directory holds when a tenant begins: tenants, people, groups, applications, consent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.directory import KnownTenant
from azuread_auth.simulation.people import MOST_GROUPS
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["SimulatedDirectory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDirectory:
    """The content of a directory file; the first tenant and the first application are the simulated tenant's own."""

    tenants: tuple[KnownTenant, ...]
    users: Mapping[str, SimulatedUser]
    """By the names that tests call them by."""
    group_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    apps: tuple[SimulatedApp, ...] = ()
    tenant_consents: tuple[tuple[str, str], ...] = ()
    """Tenants whose administrators consented, and to which application."""
    user_consents: tuple[tuple[str, str], ...] = ()
    """Users (object ids) who consented, and to which application."""
    most_groups: int = MOST_GROUPS
    """How many groups a token lists; with more it says where they can be asked for."""
