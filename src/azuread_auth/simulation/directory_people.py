"""The people and groups of a directory file."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.guid import as_guid
from azuread_auth.simulation.directory_tenants import Tenants
from azuread_auth.simulation.strict_table import Table
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["RESERVED_NAME", "Users", "read_groups", "read_users"]

RESERVED_NAME: Final = "application"
"""In place of a user, for the token of an application itself, on the page of `azuread-auth simulate`."""

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
_MOST_MADE_UP: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """The accounts by name, and who consented to what, which names applications that are read later."""

    by_name: Mapping[str, SimulatedUser]
    consented: tuple[tuple[Table, str, tuple[str, ...]], ...]


def read_groups(file: Table) -> dict[str, str]:
    """The ids of the groups by name. Raises ConfigurationError."""
    groups: dict[str, str] = {}
    for table in file.tables("groups"):
        name, group_id = table.required_text("name"), table.guid("id")
        table.close()
        if name in groups:
            table.refuse("name", "a name that no other group has")
        # The same in each run, so that an application's configuration can name it.
        groups[name] = group_id or str(uuid.uuid5(uuid.NAMESPACE_URL, f"group/{name}"))
    if len(set(groups.values())) != len(groups):
        file.refuse("groups", "an id of its own for each group")
    return groups


def read_users(file: Table, *, tenants: Tenants, groups: Mapping[str, str]) -> Users:
    """The users of a file, one at the least. Raises ConfigurationError."""
    by_name: dict[str, SimulatedUser] = {}
    consented: list[tuple[Table, str, tuple[str, ...]]] = []
    for table in file.tables("users"):
        name, user = _user(table, tenants, groups)
        if name in by_name:
            table.refuse("name", "a name that no other user has")
        if any(user.object_id == each.object_id for each in by_name.values()):
            table.refuse("id", "a GUID that no other user has")
        if any(user.username.casefold() == each.username.casefold() for each in by_name.values()):
            table.refuse("username", "a user name that no other user has")
        by_name[name] = user
        consented.append((table, user.object_id, table.texts("consented") or ()))
        table.close()
    if not by_name:
        file.refuse("users", "at least one, under [[users]]")
    return Users(by_name=by_name, consented=tuple(consented))


def _user(table: Table, tenants: Tenants, groups: Mapping[str, str]) -> tuple[str, SimulatedUser]:
    name = table.required_text("name")
    if _NAME.fullmatch(name) is None:
        table.refuse("name", "up to 60 letters, digits, dots and hyphens, as tests say it")
    if name == RESERVED_NAME:
        table.refuse("name", f"another name: {name} stands for an application's own tokens")
    tenant = tenants.named(table, "tenant") or tenants.own
    made_up_id = str(uuid.uuid5(uuid.UUID(tenant.tenant_id), name))
    user = SimulatedUser(
        object_id=table.guid("id") or made_up_id,
        name=table.text("display_name") or name.capitalize(),
        username=table.text("username") or f"{name}@{tenant.domain}",
        email=table.text("email"),
        roles=table.texts("roles") or (),
        groups=_groups(table, groups, made_up_id),
        home_tenant_id=tenants.home_of_guest(table, "guest_from"),
        tenant_id=tenant.tenant_id,
        about=table.text("about") or "",
        is_admin=table.flag("admin"),
        is_blocked=table.flag("blocked"),
        needs_mfa=table.flag("needs_mfa"),
        needs_consent=table.flag("needs_consent"),
    )
    if user.home_tenant_id == tenant.tenant_id:
        table.refuse("guest_from", "another tenant than the user's own")
    return name, user


def _groups(table: Table, groups: Mapping[str, str], seed: str) -> tuple[str, ...]:
    found: list[str] = []
    for name in table.texts("groups") or ():
        group_id = groups.get(name) or as_guid(name)
        if group_id is None:
            table.refuse("groups", "names of groups of this file, or GUIDs")
        found.append(group_id)
    more = table.integer("more_groups") or 0
    if more > _MOST_MADE_UP:
        table.refuse("more_groups", f"at most {_MOST_MADE_UP}")
    made_up = (str(uuid.uuid5(uuid.UUID(seed), f"group {number}")) for number in range(more))
    return tuple(dict.fromkeys((*found, *made_up)))
