"""App registrations of a simulated tenant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from azuread_auth._protocol.authority import TokenVersion
from azuread_auth._protocol.guid import as_guid
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret

__all__ = ["AppRegistry", "FederatedCredential", "SignInAudience", "SimulatedApp", "is_loopback_redirect"]

SignInAudience = Literal[
    "AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"
]
"""Whose accounts an application is for, as registrations spell it."""

_LOOPBACK: Final = re.compile(r"(http://(?:localhost|127\.0\.0\.1))(?::[0-9]{1,5})?((?:/[!-~]*)?)")
_RESOURCE: Final = re.compile(r"(?:api://)?([0-9a-fA-F-]{36})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedCredential:
    """Whose token proves an application: compared exactly, as Entra compares."""

    subject: str
    issuer: str | None = None
    """None: this tenant itself, as with managed identities, wherever it is served."""
    audience: str = "api://AzureADTokenExchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedApp:
    """One app registration, with what proves it and where its users may be sent."""

    client_id: str
    secret: Secret | None = None
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    """Registered certificates, as DER."""
    trusted_chain: tuple[str, bytes] | None = field(default=None, repr=False)
    """A subject name and its issuer's certificate (DER): any certificate of that name and issuer proves the app."""
    federated: tuple[FederatedCredential, ...] = ()
    public: bool = False
    """Whether public clients are allowed: requests without a credential."""
    redirect_uris: tuple[str, ...] = ()
    spa_redirect_uris: tuple[str, ...] = ()
    """Those of the platform "Single-page application": the page itself redeems the code, and needs no credential."""
    front_channel_logout_uri: str | None = None
    """What a browser calls when a user signs out elsewhere."""
    app_roles: tuple[str, ...] = ("access_as_app",)
    """What is granted to the application itself, in each API: the `roles` of its tokens."""
    name: str = ""
    tenant_id: str | None = None
    """The tenant of the registration; None: the simulated tenant's own."""
    sign_in_audience: SignInAudience = "AzureADandPersonalMicrosoftAccount"
    identifier_uris: tuple[str, ...] = ()
    """What scopes name it by, beside api://{client_id}."""
    access_token_version: TokenVersion | None = None
    """Of its access tokens as an API; None: the second."""
    scopes: tuple[str, ...] | None = None
    """The delegated permissions that it has as an API; None: whatever is asked for."""
    permissions: Mapping[str, tuple[str, ...]] | None = None
    """What it asks for, by API (a client id, or Microsoft Graph): what `.default` stands for; None: of each API."""
    granted_roles: Mapping[str, tuple[str, ...]] | None = None
    """The `roles` of its own tokens by API, in place of `app_roles`."""

    @property
    def has_credential(self) -> bool:
        """Whether anything could prove the application."""
        return bool(self.secret or self.certificates or self.trusted_chain or self.federated)

    def allows_redirect(self, uri: str) -> bool:
        """Whether users may be sent there: exactly as registered, but for the port of loopback addresses."""
        return _is_one_of(self.redirect_uris, uri) or self.is_spa_redirect(uri)

    def is_spa_redirect(self, uri: str) -> bool:
        """Whether a page is there that redeems the code itself."""
        return _is_one_of(self.spa_redirect_uris, uri)


def is_loopback_redirect(uri: str) -> bool:
    """Whether the address is http on this machine, where a native application listens on any port (RFC 8252 7.3)."""
    return _LOOPBACK.fullmatch(uri) is not None


def _is_one_of(registered: tuple[str, ...], uri: str) -> bool:
    return uri in registered or (
        is_loopback_redirect(uri) and any(_without_port(uri) == _without_port(each) for each in registered)
    )


def _without_port(uri: str) -> str:
    match = _LOOPBACK.fullmatch(uri)
    return uri if match is None else f"{match[1]}{match[2]}"


class AppRegistry:
    """The registrations by client id; its owner guards it with a lock."""

    def __init__(self) -> None:
        self._apps: dict[str, SimulatedApp] = {}

    def put(self, app: SimulatedApp) -> SimulatedApp:
        """Register, in place of what has the same client id. Raises ConfigurationError when that is no GUID."""
        client_id = as_guid(app.client_id)
        if client_id is None:
            message = "client_id= is not a GUID; leave it out for a new one"
            raise ConfigurationError(message)
        if app.access_token_version not in (None, 1, 2):
            message = "access_token_version= is none that tokens have; expected 1 or 2"
            raise ConfigurationError(message)
        if app.sign_in_audience not in get_args(SignInAudience):
            message = (
                f"sign_in_audience= is none that registrations have; expected {', '.join(get_args(SignInAudience))}"
            )
            raise ConfigurationError(message)
        known = replace(app, client_id=client_id)
        self._apps[client_id] = known
        return known

    def find(self, client_id: str) -> SimulatedApp | None:
        """The registration, if there is one."""
        return self._apps.get(client_id.lower())

    def get(self, client_id: str) -> SimulatedApp:
        """The registration. Raises ConfigurationError where there is none."""
        app = self.find(client_id)
        if app is None:
            message = "client_id= names no registration of the simulated tenant; register_app() makes one"
            raise ConfigurationError(message)
        return app

    def of_resource(self, resource: str) -> SimulatedApp | None:
        """The API that a resource such as api://{client_id} names, if it is registered here."""
        match = _RESOURCE.fullmatch(resource)
        if match is not None:
            return self.find(match[1])
        return next((app for app in self._apps.values() if resource in app.identifier_uris), None)

    def clear(self) -> None:
        """Forget every registration."""
        self._apps.clear()
