"""The people of a simulated tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from azuread_auth.errors import ConfigurationError

__all__ = ["DEFAULT_USERS", "SimulatedUser", "find_user", "user_in_claims"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedUser:
    """A user of the simulated tenant. `roles` and `groups` are in each token of the user; groups are GUIDs."""

    object_id: str
    name: str
    username: str
    email: str | None = None
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    home_tenant_id: str | None = None
    """Where a guest is at home; None for members."""

    @property
    def is_guest(self) -> bool:
        """Whether the user is at home in another tenant."""
        return self.home_tenant_id is not None


DEFAULT_USERS: Final[Mapping[str, SimulatedUser]] = MappingProxyType(
    {
        "adele": SimulatedUser(
            object_id="5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41",
            name="Adele Vance",
            username="adele@contoso.onmicrosoft.com",
            email="adele@contoso.test",
        ),
        "megan": SimulatedUser(
            object_id="6b8d0e2f-3a45-4c67-9d89-0e1f2a3b4c52",
            name="Megan Bowen",
            username="megan@contoso.onmicrosoft.com",
            email="megan@contoso.test",
            roles=("Admin",),
            groups=("c3f1a2b4-5d6e-4f70-8192-a3b4c5d6e7f8",),
        ),
        "robin": SimulatedUser(
            object_id="7c9e1f3a-4b56-4d78-8e9a-1f2a3b4c5d63",
            name="Robin Fields",
            username="robin_fabrikam.test#EXT#@contoso.onmicrosoft.com",
            email="robin@fabrikam.test",
            home_tenant_id="d4e5f6a7-b8c9-4d0e-9f1a-2b3c4d5e6f70",
        ),
    }
)
"""Adele is a member, Megan a member with the app role Admin and one group, Robin a guest."""


def find_user(user: SimulatedUser | str | None) -> SimulatedUser:
    """The user that is meant: a value as it is, one of DEFAULT_USERS by name, Adele when nobody is named.

    Raises ConfigurationError for an unknown name.
    """
    if isinstance(user, SimulatedUser):
        return user
    found = DEFAULT_USERS.get(user or "adele")
    if found is None:
        message = f"user= names nobody of the simulated tenant; expected {', '.join(DEFAULT_USERS)} or a SimulatedUser"
        raise ConfigurationError(message)
    return found


def user_in_claims(claims: Mapping[str, object]) -> SimulatedUser:
    """The user that a token's claims speak of: one of DEFAULT_USERS, or somebody of whom no more is known."""
    object_id = _text(claims, "oid")
    known = next((user for user in DEFAULT_USERS.values() if user.object_id == object_id), None)
    if known is not None:
        return known
    groups, idp = claims.get("groups"), _text(claims, "idp")
    return SimulatedUser(
        object_id=object_id,
        name=_text(claims, "name"),
        username=_text(claims, "preferred_username") or _text(claims, "upn"),
        email=_text(claims, "email") or None,
        groups=tuple(map(str, groups)) if isinstance(groups, list) else (),
        home_tenant_id=idp.rstrip("/").rpartition("/")[2] or None,
    )


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
