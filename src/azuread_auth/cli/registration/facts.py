"""What is known of an application that its registration depends on."""

from collections.abc import Iterator
from dataclasses import dataclass

from azuread_auth._core.engine import authority_of
from azuread_auth._protocol.authority import Authority
from azuread_auth.cli.checkup.needs import Need
from azuread_auth.errors import ConfigurationError
from azuread_auth.requirements import AllOf, AnyOf, AppRole, Requirement, Role, Scope
from azuread_auth.settings import AzureAdSettings
from azuread_auth.web_login import WebLogin

__all__ = ["FederatedToken", "RegistrationFacts", "SwaggerSignIn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwaggerSignIn:
    """Swagger UI signs users in: to which registration, and at which path it is come back to."""

    client_id: str
    redirect_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedToken:
    """What the workload's own token says of itself, as its federated credential has to."""

    issuer: str
    subject: str
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationFacts:
    """All of it. `knows_routes`: whether there was a table of routes or views to look through."""

    settings: AzureAdSettings
    logins: tuple[WebLogin, ...] = ()
    needs: tuple[Need, ...] = ()
    knows_routes: bool = True
    swagger: SwaggerSignIn | None = None
    federated: FederatedToken | None = None
    opaque_paths: tuple[str, ...] = ()
    """Where something is that could not be looked through."""
    is_easy_auth: bool = False
    """Whether App Service signs the users in."""

    @property
    def authority(self) -> Authority:
        """Whose tokens are judged."""
        return authority_of(self.settings)

    @property
    def bases(self) -> tuple[str, ...]:
        """The addresses that browsers use; localhost, where Entra looks at no port, where none is set."""
        urls = tuple(url.rstrip("/") for login in self.logins for url in login.urls or ("http://localhost",))
        return tuple(dict.fromkeys(urls))

    def has(self, *kinds: type[Requirement]) -> bool:
        """Whether one of these requirements is anywhere."""
        return any(isinstance(leaf, kinds) for leaf in self._leaves())

    @property
    def scopes(self) -> tuple[str, ...]:
        """The short names of the scopes that callers need, sorted."""
        return tuple(sorted({name for leaf in self._leaves() if (name := self._short_name(leaf)) is not None}))

    @property
    def roles(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The app roles, sorted, and who may have each: "User", "Application" or both."""
        kinds: tuple[tuple[type[Role | AppRole], str], ...] = ((Role, "User"), (AppRole, "Application"))
        found = {(leaf.name, member) for leaf in self._leaves() for kind, member in kinds if isinstance(leaf, kind)}
        names = sorted({name for name, _ in found})
        return tuple((name, tuple(member for _, member in kinds if (name, member) in found)) for name in names)

    @property
    def user_scopes(self) -> tuple[str, ...]:
        """What is asked of other APIs in the name of users."""
        asked = [scope for login in self.logins for scope in login.scopes]
        return tuple(dict.fromkeys([*asked, *(scope for need in self.needs for scope in need.user_scopes)]))

    @property
    def app_scopes(self) -> tuple[str, ...]:
        """What is asked of other APIs in the application's own name."""
        return tuple(dict.fromkeys(scope for need in self.needs for scope in need.app_scopes))

    def _short_name(self, leaf: Requirement) -> str | None:
        if not isinstance(leaf, Scope):
            return None
        try:
            return leaf.short_name(self.settings.scope_prefixes)
        except ConfigurationError:  # a scope of another API, which the route will tell
            return None

    def _leaves(self) -> Iterator[Requirement]:
        for need in self.needs:
            if need.requirement is not None:
                yield from _leaves_of(need.requirement)


def _leaves_of(requirement: Requirement) -> Iterator[Requirement]:
    if isinstance(requirement, AllOf | AnyOf):
        for part in requirement.parts:
            yield from _leaves_of(part)
    else:
        yield requirement
