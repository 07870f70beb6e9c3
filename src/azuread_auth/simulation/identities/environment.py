"""The part of `SimulatedTenant` that is an Azure host with managed identities."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.identities.hosts import HostKind, endpoint_of
from azuread_auth.simulation.identities.identity import SimulatedIdentity
from azuread_auth.simulation.responder import Responder
from azuread_auth.simulation.tenant_state import TenantState

if TYPE_CHECKING:
    from azuread_auth.simulation.server import LoopbackServer

__all__ = ["ManagedIdentityHosts"]


class ManagedIdentityHosts:
    """Gives managed identities, and the environment in which their tokens are asked for."""

    _state: TenantState
    _responder: Responder
    _fabric_server: "LoopbackServer | None" = None

    @property
    def system_assigned_identity(self) -> SimulatedIdentity | None:
        """The identity of the machine, app or cluster itself; set it to None to take it away."""
        return self._state.identities.system_assigned

    @system_assigned_identity.setter
    def system_assigned_identity(self, identity: SimulatedIdentity | None) -> None:
        with self._state.lock:
            self._state.identities.system_assigned = identity

    def add_managed_identity(
        self,
        name: str = "simulated",
        *,
        client_id: str | None = None,
        object_id: str | None = None,
        resource_id: str | None = None,
    ) -> SimulatedIdentity:
        """Add a user-assigned identity; what is not given is made up.

        Let it prove an application with `add_federated_credential(identity)`.
        """
        with self._state.lock:
            return self._state.identities.add(name, client_id=client_id, object_id=object_id, resource_id=resource_id)

    def managed_identity_environ(self, kind: HostKind, *, key_folder: str | Path | None = None) -> dict[str, str]:
        """The environment of an application on such a host: in process, or over loopback once the tenant serves.

        "azure_arc" needs a folder for the key files of its challenges. Raises ConfigurationError for a kind that does
        not exist or a folder that is missing.
        """
        state, header = self._state, self._state.identity_header
        if kind == "azure_arc":
            self._use_key_folder(key_folder)
        if kind == "service_fabric" and state.loopback_origin is not None:
            self._serve_fabric()
        try:
            endpoint = endpoint_of(kind, state)
        except KeyError:
            message = "kind= is no host of managed identities; HostKind lists them"
            raise ConfigurationError(message) from None
        if kind == "imds":
            return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": state.loopback_origin} if state.loopback_origin else {}
        if kind == "service_fabric":
            thumbprint = state.fabric_certificate().sha1_thumbprint
            return {
                "IDENTITY_ENDPOINT": endpoint,
                "IDENTITY_HEADER": header,
                "IDENTITY_SERVER_THUMBPRINT": thumbprint,
            }
        environments: dict[str, dict[str, str]] = {
            "app_service": {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": header},
            "azure_arc": {"IDENTITY_ENDPOINT": endpoint, "IMDS_ENDPOINT": endpoint.partition("/metadata")[0]},
            "cloud_shell": {"MSI_ENDPOINT": endpoint},
        }
        return environments.get(kind, {"MSI_ENDPOINT": endpoint, "MSI_SECRET": header})

    def rotate_identity_header(self) -> None:
        """Expect another IDENTITY_HEADER (or MSI_SECRET) from now on, as platforms do now and then."""
        self._state.identity_header = secrets.token_urlsafe(24)

    def _use_key_folder(self, key_folder: str | Path | None) -> None:
        if key_folder is None or not Path(key_folder).is_dir():
            message = "key_folder= is not a folder; Azure Arc writes the keys of its challenges there"
            raise ConfigurationError(message)
        self._state.arc_key_folder = Path(key_folder).absolute()

    def _serve_fabric(self) -> None:
        from azuread_auth.simulation.identities.tls import server_context  # noqa: PLC0415 - in process no TLS is needed
        from azuread_auth.simulation.server import LoopbackServer  # noqa: PLC0415

        with self._state.lock:
            if self._fabric_server is None:
                context = server_context(self._state.fabric_certificate())
                self._fabric_server = LoopbackServer(self._responder.answer, tls=context)
                self._state.fabric_origin = self._fabric_server.origin

    def _close_fabric(self) -> None:
        with self._state.lock:
            server, self._fabric_server, self._state.fabric_origin = self._fabric_server, None, None
        if server is not None:
            server.close()
