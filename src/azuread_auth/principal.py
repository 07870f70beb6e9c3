"""The caller, as an application sees it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NoReturn, TypeAlias

from azuread_auth._protocol.claims import CallerKind, CheckedClaims
from azuread_auth._protocol.digest import digest_of
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret

__all__ = ["Account", "GroupMembership", "Principal"]

AuthMethod: TypeAlias = Literal["bearer", "session"]


@dataclass(frozen=True, slots=True)
class Account:
    """A user who is not here: names whose tokens or sessions are meant. Both are GUIDs."""

    tenant_id: str
    object_id: str


@dataclass(frozen=True, slots=True)
class GroupMembership:
    """In which groups somebody is, as far as it could be found out: `principal.with_groups(membership)`."""

    groups: frozenset[str]
    """The GUIDs of all groups, also of those that the caller is in by way of others; empty when unknown."""
    is_known: bool = True
    """False: nobody could tell. Then absence from `groups` means nothing."""


class Principal:
    """Whoever calls: a user or an application, by a bearer token or in a session. Immutable.

    Two principals are equal when tenant and object id are: never compare e-mail addresses or names, which the
    administrator of any tenant can set at will (Microsoft, "Secure applications and APIs by validating claims").
    """

    __slots__ = ("_auth_method", "_checked", "_claims", "_digest", "_groups", "_token")

    _auth_method: AuthMethod
    _claims: Mapping[str, object] | None
    _groups: frozenset[str] | None

    def __init__(
        self,
        checked: CheckedClaims,
        token: bytes | None = None,
        auth_method: AuthMethod = "bearer",
        digest: bytes | None = None,
    ) -> None:
        self._checked = checked
        self._token = token
        self._auth_method = auth_method
        self._digest = digest  # of the token, where it was computed before
        self._claims = None
        self._groups = None

    @property
    def object_id(self) -> str:
        """The GUID of the user or service principal in its tenant (`oid`)."""
        return self._checked.object_id

    @property
    def tenant_id(self) -> str:
        """The GUID of the tenant (`tid`), in lower case."""
        return self._checked.tenant_id

    @property
    def subject(self) -> str:
        """The caller's id for this application alone (`sub`)."""
        return self._text("sub") or self._checked.object_id

    @property
    def issuer(self) -> str:
        """Who issued the token (`iss`)."""
        return self._text("iss") or ""

    @property
    def client_id(self) -> str | None:
        """The application that calls (`azp`, `appid`); None in a session."""
        return self._checked.client_id

    @property
    def kind(self) -> CallerKind:
        """Either "user", or "app" for an application that calls for itself."""
        return self._checked.kind

    @property
    def is_app_proved(self) -> bool:
        """Whether the token itself says that an application calls for itself (`idtyp` "app")."""
        return self._checked.is_app_proved

    @property
    def name(self) -> str | None:
        """The display name. For display only: not unique, and set by the user's tenant."""
        return self._text("name")

    @property
    def username(self) -> str | None:
        """`preferred_username`, in version 1 `upn` or `unique_name`. For display only: it changes and can be forged."""
        return self._text("preferred_username") or self._text("upn") or self._text("unique_name")

    @property
    def email(self) -> str | None:
        """`email`. For display only: in a multi-tenant application anybody can claim any address."""
        return self._text("email")

    @property
    def scopes(self) -> frozenset[str]:
        """The delegated permissions, by their short names; empty for applications."""
        return self._checked.scopes

    @property
    def roles(self) -> frozenset[str]:
        """The app roles: a user's, or an application's permissions. `kind` says which."""
        return self._checked.roles

    @property
    def groups(self) -> frozenset[str]:
        """The GUIDs of groups in the token, or those of `with_groups`; empty and incomplete when `groups_overage`."""
        if self._groups is not None:
            return self._groups
        groups = self.claims.get("groups")
        if not isinstance(groups, list):
            return frozenset()
        return frozenset(group for group in groups if isinstance(group, str))

    @property
    def groups_overage(self) -> bool:
        """Whether the user is in too many groups to list, so that absence from `groups` means nothing."""
        if self._groups is not None:
            return False
        names = self.claims.get("_claim_names")
        return (isinstance(names, dict) and "groups" in names) or bool(self.claims.get("hasgroups"))

    @property
    def is_guest(self) -> bool:
        """Whether the user's home is another tenant or identity provider (`acct`, `idp`)."""
        return self._checked.is_guest

    @property
    def expires_at(self) -> float:
        """When the token or session ends, in seconds since the epoch."""
        return self._checked.expires_at

    @property
    def token_version(self) -> str:
        """Either "1.0" or "2.0"."""
        return self._checked.version

    @property
    def auth_method(self) -> AuthMethod:
        """Either "bearer" or "session"."""
        return self._auth_method

    @property
    def claims(self) -> Mapping[str, object]:
        """All claims, read-only."""
        if self._claims is None:
            self._claims = MappingProxyType(dict(self._checked.parse()))
        return self._claims

    @property
    def token(self) -> Secret | None:
        """The access token as it came; None in a session."""
        return Secret(self._token) if self._token is not None else None

    @property
    def token_digest(self) -> bytes | None:
        """The SHA-256 digest of the access token, which tokens got with it are kept under; None in a session."""
        if self._digest is None and self._token is not None:
            self._digest = digest_of(self._token)
        return self._digest

    @property
    def is_authenticated(self) -> bool:
        """True: part of Starlette's user interface."""
        return True

    @property
    def display_name(self) -> str:
        """A name to show: part of Starlette's user interface."""
        return self.name or self.username or self.object_id

    @property
    def identity(self) -> str:
        """The text "{object_id}.{tenant_id}", unique across tenants and stable: the key to keep data under."""
        return f"{self.object_id}.{self.tenant_id}"

    @property
    def scope_prefixes(self) -> frozenset[str]:
        """What a requirement may put before a scope's short name."""
        return self._checked.scope_prefixes

    def with_groups(self, groups: "Iterable[str] | GroupMembership") -> "Principal":
        """The same caller, with all groups known: what `member_groups()` of the client found out.

        The requirement `Group` is then judged by them. `claims` stays as the token has it. A membership that is not
        known changes nothing. Raises ConfigurationError for one text in place of several.
        """
        if isinstance(groups, GroupMembership):
            if not groups.is_known:
                return self
            groups = groups.groups
        if isinstance(groups, str):
            message = "groups is one text; expected the GUIDs of all groups, or what member_groups() gave"
            raise ConfigurationError(message)
        made = Principal(self._checked, self._token, self._auth_method, self._digest)
        made._claims, made._groups = self._claims, frozenset(groups)
        return made

    def _text(self, claim: str) -> str | None:
        value = self.claims.get(claim)
        return value if isinstance(value, str) else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Principal):
            return NotImplemented
        return (self.tenant_id, self.object_id) == (other.tenant_id, other.object_id)

    def __hash__(self) -> int:
        return hash((self.tenant_id, self.object_id))

    def __repr__(self) -> str:
        return f"<Principal {self.kind} {self.object_id} of tenant {self.tenant_id} by {self.auth_method}>"

    def __reduce__(self) -> NoReturn:
        message = "a Principal cannot be pickled: it may hold a token; keep its identity and claims instead"
        raise TypeError(message)
