"""What sort of token somebody wants from a simulated tenant."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypedDict, Unpack

from azuread_auth._protocol.authority import TokenVersion
from azuread_auth._protocol.claims import CallerKind
from azuread_auth._protocol.guid import as_guid
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.text_lists import text_list
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["DEFAULT_CALLER", "MintToken", "TokenAlgorithm", "TokenOrder", "TokenWishes"]

TokenAlgorithm = Literal["RS256", "RS384", "RS512"]

DEFAULT_CALLER: Final = "2f6b8a10-7c3d-4e5f-9a1b-0c2d4e6f8a13"
"""The client application in whose name tokens are minted unless another is named."""
_ALLOWED: Final[Mapping[str, tuple[object, ...]]] = {
    "kind": ("user", "app"),
    "version": (1, 2),
    "algorithm": ("RS256", "RS384", "RS512"),
}


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_audience(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_claims(value: object) -> bool:
    return value is None or (isinstance(value, Mapping) and all(isinstance(name, str) for name in value))


_EXPECTED: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "tenant_id": (lambda value: value is None or as_guid(value) is not None, "a GUID"),
    "expires_in": (_is_number, "a number of seconds"),
    "claims": (_is_claims, "a mapping of claims by name"),
    "audience": (_is_audience, "text, or a list of it"),
    "client": (lambda value: isinstance(value, str), "text"),
    "fault": (_is_text, "a name in FAULTS"),
    "authority_url": (_is_text, "text"),
}


class TokenWishes(TypedDict, total=False):
    """The keywords of `mint_token`; `TokenOrder` has their meanings and defaults."""

    scopes: str | Iterable[str] | None
    roles: str | Iterable[str]
    kind: CallerKind
    user: SimulatedUser | str | None
    version: TokenVersion
    expires_in: float
    claims: Mapping[str, object] | None
    fault: str | None
    audience: str | list[str] | None
    client: str
    tenant_id: str | None
    groups: str | Iterable[str] | None
    authority_url: str | None
    algorithm: TokenAlgorithm


class MintToken(Protocol):
    """What `SimulatedTenant.mint_token` is, for the annotation of the fixture of that name."""

    def __call__(self, **wishes: Unpack[TokenWishes]) -> str:
        """The text of an access token."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOrder:
    """A token to be minted. Raises ConfigurationError for wishes that no token could meet."""

    scopes: str | Iterable[str] | None = None
    """Delegated permissions, as a list or separated by spaces. None: user_impersonation, which each API of Entra has
    at first, for users, nothing for applications."""
    roles: str | Iterable[str] = ()
    """App roles, beside those the user has. Without any, an application's token opens nothing."""
    kind: CallerKind = "user"
    user: SimulatedUser | str | None = None
    """A SimulatedUser, or "adele" (a member, the default), "megan" (an administrator) or "robin" (a guest)."""
    version: TokenVersion = 2
    expires_in: float = 3600.0
    """Seconds from now; negative for a token that expired before."""
    claims: Mapping[str, object] | None = None
    """Put in last, over whatever is there; None as a value takes the claim away."""
    fault: str | None = None
    """A name in FAULTS: what is wrong with the token."""
    audience: str | list[str] | None = None
    """None: the client id of the API, with `api://` before it in version 1."""
    client: str = DEFAULT_CALLER
    """The application that calls: `azp` or `appid`."""
    tenant_id: str | None = None
    """A GUID in place of the simulated tenant's own, for applications that serve several tenants."""
    groups: str | Iterable[str] | None = None
    """Group GUIDs in place of the user's own."""
    authority_url: str | None = None
    """The authority that issues the token, such as `tenant.b2c_authority_url()`; None: the tenant's own."""
    algorithm: TokenAlgorithm = "RS256"

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            if getattr(self, name) not in allowed:
                message = f"{name}= is none that tokens have; expected one of {', '.join(map(repr, allowed))}"
                raise ConfigurationError(message)
        for name, (is_good, expected) in _EXPECTED.items():
            if not is_good(getattr(self, name)):
                message = f"{name}= is not what tokens have; expected {expected}"
                raise ConfigurationError(message)
        for name in ("scopes", "roles", "groups"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                object.__setattr__(self, name, text_list(name, value))

    @property
    def scope_names(self) -> tuple[str, ...]:
        """The scopes one by one."""
        if self.scopes is None:
            return ("user_impersonation",) if self.kind == "user" else ()
        return tuple(self.scopes.split()) if isinstance(self.scopes, str) else tuple(self.scopes)

    @property
    def group_ids(self) -> tuple[str, ...] | None:
        """The groups one by one; None: the user's own."""
        return None if self.groups is None else text_list("groups", self.groups)

    @property
    def role_names(self) -> tuple[str, ...]:
        """The roles one by one."""
        return (self.roles,) if isinstance(self.roles, str) else tuple(self.roles)
