"""What a caller must be or have, as values: `Scope("Files.Read") | AppRole("Files.Read.All")`."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn

from azuread_auth._protocol.guid import as_guid
from azuread_auth.errors import ClaimsChallenge, ConfigurationError, PermissionDenied
from azuread_auth.principal import Principal

__all__ = ["AppRole", "AuthContext", "Client", "Group", "IsApp", "IsUser", "Requirement", "Role", "Scope", "Tenant"]

_CONTEXT: Final = re.compile(r"c[1-9][0-9]?", re.ASCII)


class Requirement(ABC):
    """A condition on the caller. Combine with `&` (all) and `|` (any); equal conditions compare equal."""

    __slots__ = ()

    @abstractmethod
    def is_met_by(self, principal: Principal) -> bool:
        """Whether the caller meets it. Raises ConfigurationError for a scope of another API."""

    def check(self, principal: Principal | None) -> None:
        """Raise PermissionDenied unless the caller meets it (ClaimsChallenge where signing in again would help).

        Nobody, as on an optional path (None or Starlette's UnauthenticatedUser), meets nothing: the middlewares answer
        401 then.
        """
        if not isinstance(principal, Principal) or not self.is_met_by(principal):
            raise PermissionDenied(self)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes it names, for challenges and API descriptions."""
        return ()

    def __and__(self, other: object) -> "Requirement":
        if not isinstance(other, Requirement):
            return NotImplemented
        return AllOf((*_parts(self, AllOf), *_parts(other, AllOf)))

    def __or__(self, other: object) -> "Requirement":
        if not isinstance(other, Requirement):
            return NotImplemented
        return AnyOf((*_parts(self, AnyOf), *_parts(other, AnyOf)))

    def __bool__(self) -> NoReturn:
        # `Scope("a") and Scope("b")` is Scope("b") alone to Python: a rule would be lost without a sound.
        message = "a requirement is neither true nor false; combine with & and |, and ask is_met_by(principal)"
        raise ConfigurationError(message)


def _parts(requirement: Requirement, kind: "type[AllOf | AnyOf]") -> tuple[Requirement, ...]:
    return requirement.parts if isinstance(requirement, kind) else (requirement,)


@dataclass(frozen=True, slots=True)
class AllOf(Requirement):
    """Met when all parts are; the first that is not says why."""

    parts: tuple[Requirement, ...]

    def is_met_by(self, principal: Principal) -> bool:
        return all(part.is_met_by(principal) for part in self.parts)

    def check(self, principal: Principal | None) -> None:
        for part in self.parts:
            part.check(principal)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(scope for part in self.parts for scope in part.scopes)

    def __str__(self) -> str:
        return " & ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf(Requirement):
    """Met when one part is. Where one would be by signing in again, that is asked for."""

    parts: tuple[Requirement, ...]

    def is_met_by(self, principal: Principal) -> bool:
        return any(part.is_met_by(principal) for part in self.parts)

    def check(self, principal: Principal | None) -> None:
        failure: PermissionDenied | ClaimsChallenge = PermissionDenied(self)
        for part in self.parts:
            try:
                part.check(principal)
            except PermissionDenied:
                continue
            except ClaimsChallenge as error:
                failure = error
            else:
                return
        raise failure

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(scope for part in self.parts for scope in part.scopes)

    def __str__(self) -> str:
        return " | ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Named(Requirement):
    """A requirement that names one thing."""

    name: str

    def __post_init__(self) -> None:
        name: object = self.name
        if not isinstance(name, str) or not name or name != name.strip() or " " in name:
            kind = type(self).__name__
            message = (
                f'{kind}() takes one name without spaces, such as {kind}("Files.Read"); combine several with & or |'
            )
            raise ConfigurationError(message)

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


def _check_guid(requirement: _Named) -> None:
    if as_guid(requirement.name) is None:
        kind = type(requirement).__name__
        message = f"{kind}() takes a GUID, as the Azure portal shows it; a name can change and is never in a token"
        raise ConfigurationError(message)


@lru_cache  # each request asks for the same few
def _short_name(name: str, prefixes: frozenset[str]) -> str:
    # One audience may begin with another: the longest is meant.
    prefix = max((prefix for prefix in prefixes if name.startswith(f"{prefix}/")), key=len, default=None)
    if prefix is not None:
        return name[len(prefix) + 1 :]
    if "://" in name or as_guid(name.partition("/")[0]):
        message = f"Scope({name!r}) is a scope of another API; write its short name, or add its prefix to audiences="
        raise ConfigurationError(message)
    return name


@dataclass(frozen=True, slots=True)
class Scope(_Named):
    """A delegated permission, met by users only: applications have roles.

    The name may be short or begin with a prefix of this API, such as `api://{client_id}/Files.Read`; another prefix
    is a ConfigurationError when it is judged, because it would never be met.
    """

    def is_met_by(self, principal: Principal) -> bool:
        return self.short_name(principal.scope_prefixes) in principal.scopes and principal.kind == "user"

    def short_name(self, prefixes: frozenset[str]) -> str:
        """The name as tokens have it, without one of this API's `prefixes`."""
        return _short_name(self.name, prefixes)

    @property
    def scopes(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True, slots=True)
class Role(_Named):
    """An app role that was assigned to the user, directly or through a group. Met by users only."""

    def is_met_by(self, principal: Principal) -> bool:
        return principal.kind == "user" and self.name in principal.roles


@dataclass(frozen=True, slots=True)
class AppRole(_Named):
    """An application permission. Met only by applications that call for themselves, never by a user's role."""

    def is_met_by(self, principal: Principal) -> bool:
        return principal.kind == "app" and self.name in principal.roles


@dataclass(frozen=True, slots=True)
class Group(_Named):
    """Membership of a group, by its GUID. Never met when the token could not list all groups."""

    def __post_init__(self) -> None:
        _check_guid(self)

    def is_met_by(self, principal: Principal) -> bool:
        return not principal.groups_overage and self.name.lower() in {group.lower() for group in principal.groups}


@dataclass(frozen=True, slots=True)
class Tenant(_Named):
    """The caller's tenant, by its GUID."""

    def __post_init__(self) -> None:
        _check_guid(self)

    def is_met_by(self, principal: Principal) -> bool:
        return principal.tenant_id == self.name.lower()


@dataclass(frozen=True, slots=True)
class Client(_Named):
    """The calling application, by its client id. Met only by applications that call for themselves.

    A user's token names a client too, but others can obtain such tokens in its name, so it proves nothing
    (Microsoft, "Secure applications and APIs by validating claims"). The API must ask for the `idtyp` claim.
    To narrow which clients users may come by, see `allowed_clients` of the settings.
    """

    def __post_init__(self) -> None:
        _check_guid(self)

    def is_met_by(self, principal: Principal) -> bool:
        return principal.is_app_proved and principal.client_id == self.name.lower()


@dataclass(frozen=True, slots=True)
class AuthContext(_Named):
    """An authentication context of Conditional Access, "c1" to "c99". Unmet, `check` raises a ClaimsChallenge."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or _CONTEXT.fullmatch(self.name) is None:
            message = 'AuthContext() takes the id of an authentication context, "c1" to "c99"'
            raise ConfigurationError(message)

    def is_met_by(self, principal: Principal) -> bool:
        contexts = principal.claims.get("acrs")
        return self.name in contexts if isinstance(contexts, list) else self.name == contexts

    def check(self, principal: Principal | None) -> None:
        if not isinstance(principal, Principal):
            raise PermissionDenied(self)  # signing in comes first
        if not self.is_met_by(principal):
            raise ClaimsChallenge(acrs=self.name)


@dataclass(frozen=True, slots=True)
class IsUser(Requirement):
    """A user calls, through whatever application."""

    def is_met_by(self, principal: Principal) -> bool:
        return principal.kind == "user"

    def __str__(self) -> str:
        return "IsUser()"


@dataclass(frozen=True, slots=True)
class IsApp(Requirement):
    """An application calls for itself, without a user."""

    def is_met_by(self, principal: Principal) -> bool:
        return principal.kind == "app"

    def __str__(self) -> str:
        return "IsApp()"
