"""App registrations of a simulated tenant, and what proves them."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from azuread_auth._protocol.authority import TokenVersion
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret
from azuread_auth.simulation.apps import FederatedCredential, SignInAudience, SimulatedApp
from azuread_auth.simulation.behaviour import Behaviour
from azuread_auth.simulation.certificates import SimulatedCertificate, issued_certificate, self_signed_certificate
from azuread_auth.simulation.federated_tokens import federated_token
from azuread_auth.simulation.identities.identity import SimulatedIdentity
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.text_lists import text_list

__all__ = ["Registrations"]

_OWN_REDIRECTS: Final = (
    "http://localhost",
    "http://localhost/",
    "http://localhost/auth/callback",
    "http://127.0.0.1/auth/callback",
    "https://app.azuread-auth.test/auth/callback",
    "http://localhost/auth/signed-out",
    "http://127.0.0.1/auth/signed-out",
    "https://app.azuread-auth.test/auth/signed-out",
)


class Registrations:
    """The part of `SimulatedTenant` that knows applications."""

    _state: TenantState

    def _register_first_apps(self) -> None:
        """Those of the directory. The tenant's own has a secret; made up, it allows public clients on loopback."""
        state = self._state
        for app in state.first_apps:
            state.apps.put(app)
        own = state.apps.find(state.client_id) or SimulatedApp(
            client_id=state.client_id, public=True, redirect_uris=_OWN_REDIRECTS
        )
        state.apps.put(replace(own, secret=state.client_secret))

    @property
    def client_secret(self) -> str:
        """The secret of the tenant's own application, made anew for each tenant; `settings()` has it already."""
        return self._state.client_secret.reveal()

    @property
    def behaviour(self) -> Behaviour:
        """Switches: lifetimes, `refresh_in`, what becomes of refresh tokens that are used twice, and more."""
        return self._state.behaviour

    def register_app(
        self,
        client_id: str | None = None,
        *,
        secret: str | Secret | None = None,
        certificate_der: bytes | Iterable[bytes] = (),
        public: bool = False,
        redirect_uris: Iterable[str] = (),
        spa_redirect_uris: Iterable[str] = (),
        federated: Iterable[FederatedCredential | SimulatedIdentity] = (),
        app_roles: Iterable[str] = ("access_as_app",),
        front_channel_logout_uri: str | None = None,
        sign_in_audience: SignInAudience = "AzureADandPersonalMicrosoftAccount",
        identifier_uris: Iterable[str] = (),
        scopes: Iterable[str] | None = None,
        access_token_version: TokenVersion | None = None,
    ) -> SimulatedApp:
        """Register an application, in place of what has the same client id; without one it gets a GUID of its own.

        `public` allows requests without a credential. At `spa_redirect_uris` are pages that redeem codes themselves,
        from the browser: any origin may read the answers. `federated` names the external or managed identities that
        prove it. `app_roles` are granted to it in each API. `front_channel_logout_uri` is called by browsers that sign
        out elsewhere. `sign_in_audience` says whose accounts it is for, as its manifest does. As an API it goes by
        `identifier_uris` too, has these `scopes` alone unless they are None, and tokens of `access_token_version`, 2
        unless it is 1. Raises ConfigurationError when `client_id` is not a GUID, or the audience none of a manifest.
        """
        ders = (certificate_der,) if isinstance(certificate_der, bytes) else tuple(certificate_der)
        app = SimulatedApp(
            client_id=client_id or str(uuid.uuid4()),
            secret=Secret(secret) if isinstance(secret, str) else secret,
            certificates=ders,
            public=public,
            redirect_uris=text_list("redirect_uris", redirect_uris),
            spa_redirect_uris=text_list("spa_redirect_uris", spa_redirect_uris),
            federated=tuple(_federated(each) for each in federated),
            app_roles=text_list("app_roles", app_roles),
            front_channel_logout_uri=front_channel_logout_uri,
            sign_in_audience=sign_in_audience,
            identifier_uris=text_list("identifier_uris", identifier_uris),
            access_token_version=access_token_version,
            scopes=None if scopes is None else text_list("scopes", scopes),
        )
        with self._state.lock:
            return self._state.apps.put(app)

    def add_redirect_uri(self, uri: str, *, client_id: str | None = None, kind: Literal["web", "spa"] = "web") -> None:
        """Register one more redirect URI, of the tenant's own application unless another is named.

        At one of the kind "spa" is a page that redeems its codes itself. Raises ConfigurationError for an application
        that is not registered.
        """
        if kind not in ("web", "spa"):
            message = "kind= is none that redirect URIs have; expected 'web' or 'spa'"
            raise ConfigurationError(message)
        with self._state.lock:
            app = self._state.apps.get(client_id or self._state.client_id)
            if kind == "spa":
                self._state.apps.put(replace(app, spa_redirect_uris=(*app.spa_redirect_uris, uri)))
            else:
                self._state.apps.put(replace(app, redirect_uris=(*app.redirect_uris, uri)))

    def set_front_channel_logout(self, uri: str | None, *, client_id: str | None = None) -> None:
        """Name what browsers call when a user signs out elsewhere, for the tenant's own application or another.

        Raises ConfigurationError for an application that is not registered.
        """
        with self._state.lock:
            app = self._state.apps.get(client_id or self._state.client_id)
            self._state.apps.put(replace(app, front_channel_logout_uri=uri))

    def add_federated_credential(
        self, trusted: FederatedCredential | SimulatedIdentity, *, client_id: str | None = None
    ) -> None:
        """Let an external or managed identity prove an application, as `register_app(federated=...)` does."""
        with self._state.lock:
            app = self._state.apps.get(client_id or self._state.client_id)
            self._state.apps.put(replace(app, federated=(*app.federated, _federated(trusted))))

    def make_certificate(
        self,
        *,
        client_id: str | None = None,
        register: bool = True,
        subject_name: str = "app.azuread-auth.test",
        has_chain: bool = False,
        valid_seconds: float = 31_536_000,
    ) -> SimulatedCertificate:
        """A new certificate with its key, registered on the tenant's own application or the one that is named.

        `has_chain` has it issued by an authority, and registers subject name and issuer in place of the certificate.
        A negative `valid_seconds` makes one that has expired. Raises ConfigurationError for an unknown application.
        """
        make = issued_certificate if has_chain else self_signed_certificate
        certificate = make(subject_name, now=self._state.now(), valid_seconds=valid_seconds)
        if register:
            with self._state.lock:
                app = self._state.apps.get(client_id or self._state.client_id)
                self._state.apps.put(certificate.registered_on(app))
        return certificate

    @property
    def external_issuer(self) -> str:
        """The issuer of `federated_token`, for `FederatedCredential(issuer=...)`."""
        return self._state.external_issuer

    def federated_token(
        self,
        *,
        subject: str,
        audience: str = "api://AzureADTokenExchange",
        issuer: str | None = None,
        expires_in: float = 3600,
    ) -> str:
        """A token of an issuer outside of the tenant, as a cluster writes it for a workload.

        It proves an application that has `FederatedCredential(subject=..., issuer=tenant.external_issuer)`.
        """
        return federated_token(
            issuer=issuer or self._state.external_issuer,
            subject=subject,
            audience=audience,
            now=self._state.now(),
            expires_in=expires_in,
        )


def _federated(trusted: FederatedCredential | SimulatedIdentity) -> FederatedCredential:
    if isinstance(trusted, FederatedCredential):
        return trusted
    return FederatedCredential(subject=trusted.object_id)
