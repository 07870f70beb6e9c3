"""What a simulated tenant knows and remembers: its parts share it, under one lock."""

import secrets
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from azuread_auth.secret import Secret
from azuread_auth.simulation.apps import AppRegistry
from azuread_auth.simulation.behaviour import Behaviour
from azuread_auth.simulation.certificates import SimulatedCertificate, self_signed_certificate
from azuread_auth.simulation.directory import IN_PROCESS_HOST, Directory
from azuread_auth.simulation.grants.authorization_codes import AuthorizationCodes
from azuread_auth.simulation.grants.device_codes import DeviceCodes
from azuread_auth.simulation.grants.refresh_tokens import RefreshTokens
from azuread_auth.simulation.grants.replays import SeenAssertions
from azuread_auth.simulation.identities.identity import ManagedIdentities
from azuread_auth.simulation.key_ring import KeyRing
from azuread_auth.simulation.policies import Policies
from azuread_auth.simulation.sign_in.provider_sessions import ProviderSessions

__all__ = ["TenantState"]


class TenantState:
    """The memory of one tenant. Whoever reads or changes more than one thing of it holds `lock`."""

    def __init__(self, *, tenant_id: str, domain: str, client_id: str, now: Callable[[], float]) -> None:
        self.tenant_id: Final = tenant_id
        self.client_id: Final = client_id
        self.client_secret: Final = Secret(secrets.token_urlsafe(30))
        self.now: Final = now
        self.lock: Final = threading.RLock()
        self.directory: Final = Directory(tenant_id, domain)
        self.keys: Final = KeyRing()
        self.behaviour: Final = Behaviour()
        self.apps: Final = AppRegistry()
        self.policies: Final = Policies()
        self.refresh_tokens: Final = RefreshTokens()
        self.codes: Final = AuthorizationCodes()
        self.devices: Final = DeviceCodes()
        self.sessions: Final = ProviderSessions()
        self.seen_assertions: Final = SeenAssertions()
        self.identities: Final = ManagedIdentities()
        self.external_issuer: Final = f"https://oidc.azuread-auth.test/{uuid.uuid4()}"
        """Whose tokens `federated_token` mints: somebody else's, such as a cluster's."""
        self.identity_header: str = secrets.token_urlsafe(24)
        """What the hosts of managed identities want to see before they say anything."""
        self.arc_key_folder: Path | None = None
        self.arc_keys: Final[dict[str, Path]] = {}
        self.fabric_origin: str | None = None
        """Where Service Fabric's host serves over TLS, while it does."""
        self._fabric_certificate: SimulatedCertificate | None = None
        self.loopback_origin: str | None = None
        """Where the tenant serves over HTTP, while it does."""

    @property
    def origin(self) -> str:
        """Where the tenant is now."""
        return self.loopback_origin or IN_PROCESS_HOST

    def fabric_certificate(self) -> SimulatedCertificate:
        """What the host of Service Fabric shows; made when first asked for."""
        with self.lock:
            if self._fabric_certificate is None:
                self._fabric_certificate = self_signed_certificate("localhost", now=self.now(), valid_seconds=86_400)
            return self._fabric_certificate
