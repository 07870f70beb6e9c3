"""The people of a simulated tenant."""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.errors import ConfigurationError

__all__ = ["DEFAULT_USERS", "SECOND_TENANT", "SimulatedUser", "find_user", "user_in_claims"]

SECOND_TENANT: Final = "d4e5f6a7-b8c9-4d0e-9f1a-2b3c4d5e6f70"
"""Another tenant, Fabrikam: Robin is at home there, and Nina never left it."""
_HINTS: Final = uuid.UUID("f1a2b3c4-d5e6-4f70-8a91-b2c3d4e5f607")
_MANY_GROUPS: Final = 300  # an access token lists 200 at most


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
    tenant_id: str | None = None
    """The tenant whose account it is, at whose own or shared endpoints it signs in; None: the simulated tenant's."""
    about: str = ""
    """What is special, for the page with the accounts."""
    is_admin: bool = False
    """Whether the user may consent for a whole tenant."""
    is_blocked: bool = False
    """Whether signing in is refused (AADSTS50057)."""
    needs_mfa: bool = False
    """Whether a second factor is asked for at each first sign-in of a browser."""
    needs_consent: bool = False
    """Whether consent is asked for until it was given once to an application."""

    @property
    def is_guest(self) -> bool:
        """Whether the user is at home in another tenant."""
        return self.home_tenant_id is not None

    def at(self, tenant_id: str) -> "SimulatedUser":
        """The user as a tenant knows them: where a guest is at home, they are a member."""
        if self.home_tenant_id != tenant_id:
            return self
        return replace(self, username=self.email or self.username, home_tenant_id=None, tenant_id=tenant_id)

    @property
    def login_hint(self) -> str:
        """The claim of that name: opaque, good as `login_hint` and `logout_hint`."""
        return f"O.{base64.urlsafe_b64encode(uuid.uuid5(_HINTS, self.object_id).bytes).rstrip(b'=').decode()}"

    def is_meant_by(self, hint: str) -> bool:
        """Whether a `login_hint` or `logout_hint` means this user."""
        names = {self.username, self.email or self.username, self.object_id}
        return hint == self.login_hint or hint.lower() in {name.lower() for name in names}


DEFAULT_USERS: Final[Mapping[str, SimulatedUser]] = MappingProxyType(
    {
        "adele": SimulatedUser(
            object_id="5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41",
            name="Adele Vance",
            username="adele@contoso.onmicrosoft.com",
            email="adele@contoso.test",
            about="Member",
        ),
        "megan": SimulatedUser(
            object_id="6b8d0e2f-3a45-4c67-9d89-0e1f2a3b4c52",
            name="Megan Bowen",
            username="megan@contoso.onmicrosoft.com",
            email="megan@contoso.test",
            roles=("Admin",),
            groups=("c3f1a2b4-5d6e-4f70-8192-a3b4c5d6e7f8",),
            about="Administrator",
            is_admin=True,
        ),
        "robin": SimulatedUser(
            object_id="7c9e1f3a-4b56-4d78-8e9a-1f2a3b4c5d63",
            name="Robin Fields",
            username="robin_fabrikam.test#EXT#@contoso.onmicrosoft.com",
            email="robin@fabrikam.test",
            home_tenant_id=SECOND_TENANT,
            about="Guest",
        ),
        "pat": SimulatedUser(
            object_id="00000000-0000-0000-4a1b-2c3d4e5f6a74",
            name="Pat Miller",
            username="pat@mail.test",
            email="pat@mail.test",
            tenant_id=PERSONAL_TENANT,
            about="Personal account",
        ),
        "nina": SimulatedUser(
            object_id="8d0f2a4b-5c67-4e89-9fab-3a4b5c6d7e85",
            name="Nina Berg",
            username="nina@fabrikam.test",
            email="nina@fabrikam.test",
            tenant_id=SECOND_TENANT,
            about="Administrator of another tenant",
            is_admin=True,
        ),
        "morgan": SimulatedUser(
            object_id="9e1a3b5c-6d78-4f9a-8abc-4b5c6d7e8f96",
            name="Morgan Lee",
            username="morgan@contoso.onmicrosoft.com",
            about="Has to confirm with a second factor",
            needs_mfa=True,
        ),
        "casey": SimulatedUser(
            object_id="af2b4c6d-7e89-40ab-9bcd-5c6d7e8f90a7",
            name="Casey Doyle",
            username="casey@contoso.onmicrosoft.com",
            about="Has not consented yet",
            needs_consent=True,
        ),
        "gale": SimulatedUser(
            object_id="b03c5d7e-8f9a-41bc-8cde-6d7e8f90a1b8",
            name="Gale Winters",
            username="gale@contoso.onmicrosoft.com",
            groups=tuple(str(uuid.uuid5(_HINTS, f"group {number}")) for number in range(_MANY_GROUPS)),
            about="In 300 groups, more than a token lists",
        ),
        "blake": SimulatedUser(
            object_id="c14d6e8f-90ab-42cd-9def-7e8f90a1b2c9",
            name="Blake Stone",
            username="blake@contoso.onmicrosoft.com",
            about="Blocked",
            is_blocked=True,
        ),
    }
)
"""Adele is a member, Megan a member with the app role Admin and one group, Robin a guest; the others say themselves
what they are."""


def find_user(user: SimulatedUser | str | None, users: Mapping[str, SimulatedUser] = DEFAULT_USERS) -> SimulatedUser:
    """The user that is meant: a value as it is, one of `users` by name, the first of them when nobody is named.

    Raises ConfigurationError for an unknown name.
    """
    if isinstance(user, SimulatedUser):
        return user
    found = users.get(user or next(iter(users), "")) if isinstance(user, str | None) else None
    if found is None:
        message = f"user= names nobody of the simulated tenant; expected {', '.join(users)} or a SimulatedUser"
        raise ConfigurationError(message)
    return found


def user_in_claims(claims: Mapping[str, object]) -> SimulatedUser:
    """The user that a token's claims speak of, of whom no more is known."""
    groups, idp = claims.get("groups"), _text(claims, "idp")
    return SimulatedUser(
        object_id=_text(claims, "oid"),
        name=_text(claims, "name"),
        username=_text(claims, "preferred_username") or _text(claims, "upn"),
        email=_text(claims, "email") or None,
        groups=tuple(map(str, groups)) if isinstance(groups, list) else (),
        home_tenant_id=idp.rstrip("/").rpartition("/")[2] or None,
    )


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
