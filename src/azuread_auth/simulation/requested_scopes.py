"""Scopes as requests name them: permissions of one resource, beside those of OpenID Connect."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from azuread_auth.simulation.refusals import Refused

__all__ = ["GRAPH", "OIDC_SCOPES", "RequestedScopes", "resource_of", "scopes_by_resource", "scopes_in"]

GRAPH: Final = "https://graph.microsoft.com"
"""Whose permissions scopes are that name no resource."""
OIDC_SCOPES: Final = frozenset({"openid", "profile", "email", "offline_access"})
_DEFAULT: Final = ".default"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedScopes:
    """What was asked for, of one resource."""

    resource: str
    names: tuple[str, ...]
    """Short names; `.default` is one of them."""
    asked: tuple[str, ...]
    """All scopes as they were asked for, those of OpenID Connect included."""
    default_names: tuple[str, ...] | None = None
    """What `.default` stands for; None: what each API has at first."""

    @property
    def is_default(self) -> bool:
        """Whether everything that was consented to is asked for."""
        return _DEFAULT in self.names

    @property
    def spellings(self) -> frozenset[str]:
        """Each scope as it was asked for, and with its resource before it."""
        return frozenset(self.asked) | {f"{self.resource}/{name}" for name in self.names}

    @property
    def granted_names(self) -> tuple[str, ...]:
        """`scp` of the token."""
        first = ("User.Read" if self.resource == GRAPH else "user_impersonation",)
        return (first if self.default_names is None else self.default_names) if self.is_default else self.names

    @property
    def granted(self) -> str:
        """`scope` of the answer."""
        implied = [f"{self.resource}/{name}" for name in self.granted_names] if self.is_default else []
        return " ".join([*implied, *(scope for scope in self.asked if scope != "offline_access")])

    def wants(self, oidc_scope: str) -> bool:
        """Whether one of OpenID Connect's scopes was asked for."""
        return oidc_scope in self.asked


def resource_of(scope: str) -> str:
    """The resource that a scope names, which is all before its last slash; Microsoft Graph for a short name."""
    resource, slash, _ = scope.rpartition("/")
    return resource if slash else GRAPH


def scopes_in(text: str, *, takes_first_resource: bool = False) -> RequestedScopes:
    """Read a `scope` parameter. Raises Refused unless there is one resource in it, and `.default` alone if at all.

    `takes_first_resource` leaves out the permissions of other resources, as the authorization endpoint may be asked
    for several.
    """
    asked = tuple(dict.fromkeys(text.split()))
    permissions = [scope for scope in asked if scope not in OIDC_SCOPES]
    resources = list(dict.fromkeys(map(resource_of, permissions)))
    if len(resources) > 1 and not takes_first_resource:
        raise Refused(28000)
    resource = resources[0] if resources else GRAPH
    names = _names(permissions, resource)
    if _DEFAULT in names and len(names) > 1:
        raise Refused(70011, detail="The .default scope cannot be combined with other scopes of its resource.")
    kept = tuple(scope for scope in asked if scope in OIDC_SCOPES or resource_of(scope) == resource)
    return RequestedScopes(resource=resource, names=names, asked=kept)


def scopes_by_resource(text: str) -> tuple[RequestedScopes, ...]:
    """What the user is asked to consent to, for each resource. Raises Refused as `scopes_in` does."""
    permissions = [scope for scope in text.split() if scope not in OIDC_SCOPES]
    resources = dict.fromkeys(map(resource_of, permissions))
    return tuple(
        scopes_in(" ".join(scope for scope in permissions if resource_of(scope) == resource)) for resource in resources
    )


def _names(permissions: Iterable[str], resource: str) -> tuple[str, ...]:
    names = [scope.rpartition("/")[2] for scope in permissions if resource_of(scope) == resource]
    if not resource or not all(names):
        raise Refused(70011, detail="A scope lacks its resource, or its name after it.")
    return tuple(names)
