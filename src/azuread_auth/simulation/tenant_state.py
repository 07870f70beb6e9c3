"""What a simulated tenant knows and remembers: its parts share it, under one lock."""

import secrets
import threading
import uuid
from pathlib import Path
from typing import Final

from azuread_auth.secret import Secret
from azuread_auth.simulation.apps import AppRegistry, SimulatedApp
from azuread_auth.simulation.behaviour import Behaviour
from azuread_auth.simulation.certificates import SimulatedCertificate, self_signed_certificate
from azuread_auth.simulation.clock import SimulatedClock
from azuread_auth.simulation.directory import CLOUD, IN_PROCESS_HOST, Directory, SimulatedAuthority
from azuread_auth.simulation.directory_content import SimulatedDirectory
from azuread_auth.simulation.grants.authorization_codes import AuthorizationCodes
from azuread_auth.simulation.grants.device_codes import DeviceCodes
from azuread_auth.simulation.grants.refresh_tokens import RefreshTokens
from azuread_auth.simulation.grants.replays import SeenAssertions
from azuread_auth.simulation.identities.identity import ManagedIdentities
from azuread_auth.simulation.key_ring import KeyRing
from azuread_auth.simulation.people import People
from azuread_auth.simulation.policies import Policies
from azuread_auth.simulation.revocations import Revocations
from azuread_auth.simulation.sign_in.provider_sessions import ProviderSessions
from azuread_auth.simulation.token_claims import Issuing

__all__ = ["TenantState"]


class TenantState:
    """The memory of one tenant. Whoever reads or changes more than one thing of it holds `lock`."""

    codes: AuthorizationCodes
    devices: DeviceCodes
    policies: Policies
    refresh_tokens: RefreshTokens
    revocations: Revocations
    seen_assertions: SeenAssertions
    sessions: ProviderSessions

    def __init__(
        self,
        *,
        tenant_id: str,
        domain: str,
        client_id: str,
        clock: SimulatedClock,
        content: SimulatedDirectory | None = None,
    ) -> None:
        self.tenant_id: Final = tenant_id
        self.client_id: Final = client_id
        self.client_secret: Final = _secret_of(client_id, content)
        self.now: Final = clock
        self.lock: Final = threading.RLock()
        self._content: Final = content
        self.directory: Final = Directory(tenant_id, domain) if content is None else _directory_of(content)
        self.people: Final = People() if content is None else _people_of(content)
        self.keys: Final = KeyRing()
        self.behaviour: Final = Behaviour()
        self.apps: Final = AppRegistry()
        self.identities: Final = ManagedIdentities()
        self.forget()
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

    def forget(self) -> None:
        """Forget who signed in, what was issued, demanded and consented to; consent of the beginning is there again."""
        with self.lock:
            self.policies = Policies()
            self.refresh_tokens, self.codes, self.devices = RefreshTokens(), AuthorizationCodes(), DeviceCodes()
            self.sessions, self.seen_assertions, self.revocations = ProviderSessions(), SeenAssertions(), Revocations()
            self.people.forget_strangers()
            if self._content is not None:
                self.policies.begin_with({*self._content.tenant_consents, *self._content.user_consents})

    @property
    def first_apps(self) -> tuple[SimulatedApp, ...]:
        """The applications of the beginning, but for the tenant's own where no directory has it."""
        return () if self._content is None else self._content.apps

    @property
    def external_issuers(self) -> frozenset[str | None]:
        """Whose tokens `federated_token` mints: those of the beginning, and one that is made up."""
        named = {each.issuer for app in self.first_apps for each in app.federated}
        return frozenset({self.external_issuer, *named})

    def issuing(self, authority: SimulatedAuthority, *, tenant_id: str, audience: str) -> Issuing:
        """The circumstances of a token that is issued now."""
        return Issuing(
            authority=authority,
            tenant_id=tenant_id,
            api_client_id=audience,
            now=self.now(),
            serial=self.revocations.next_serial(),
            most_groups=self.people.most_groups,
        )

    def is_own(self, origin: str) -> bool:
        """Whether an origin is the tenant's: of its cloud, in process, or where it serves."""
        is_in_process = origin.startswith("https://") and origin.endswith(f".{CLOUD}")
        return is_in_process or (self.loopback_origin is not None and origin == self.loopback_origin)

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


def _secret_of(client_id: str, content: SimulatedDirectory | None) -> Secret:
    """The secret that the directory has for the application, else one of this run."""
    apps = () if content is None else content.apps
    given = next((app.secret for app in apps if app.client_id == client_id.lower()), None)
    return given or Secret(secrets.token_urlsafe(30))


def _directory_of(content: SimulatedDirectory) -> Directory:
    own, *others = content.tenants
    return Directory(own.tenant_id, own.domain, neighbours=tuple(others), knows_all=True)


def _people_of(content: SimulatedDirectory) -> People:
    return People(content.users, group_names=content.group_names, most_groups=content.most_groups)
