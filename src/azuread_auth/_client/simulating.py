"""Recordings and replays, put between a client and those who issue its tokens."""

import logging
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from azuread_auth._adapters.loading import loading
from azuread_auth._settings.simulation_mode import (
    SimulatedRequests,
    Simulation,
    SimulationFile,
    SimulationSurroundings,
)
from azuread_auth.credentials.base import Credential
from azuread_auth.ports import Event, HttpPort, Observer, Runtime
from azuread_auth.settings import AzureAdSettings

__all__ = ["ClientSimulation", "with_simulation"]

_MESSAGE: Final = (
    "token requests of this client are simulated by %s(%s): %s; whom the application admits stays as it is; in "
    "production take AZURE_AD_SIMULATION_MODE out of the environment, and simulation= out of the settings"
)
_EFFECTS: Final = {"Recording": "what is answered to them is written down", "Replay": "the tokens are good for nothing"}


def with_simulation(settings: AzureAdSettings, simulation: Simulation | None) -> AzureAdSettings:
    """The settings with the client's own simulation, if it has one, and with the file that the environment names open.

    Clients made with the result share what they record.
    """
    chosen = settings.simulation if simulation is None else simulation
    if isinstance(chosen, SimulationFile):
        with loading():
            chosen = _of_file(chosen)
    return settings if chosen is settings.simulation else replace(settings, simulation=chosen)


def _of_file(file: SimulationFile) -> Simulation:
    # Imported here: applications load nothing of the simulation unless it is asked for.
    from azuread_auth.simulation.recordings.recording import Recording  # noqa: PLC0415
    from azuread_auth.simulation.recordings.replay import Replay  # noqa: PLC0415

    return Replay(file.path) if file.mode == "replay" else Recording(file.path)


@dataclass(frozen=True, slots=True)
class ClientSimulation:
    """What stands between one client and the issuers of its tokens; nothing does by default."""

    requests: SimulatedRequests | None = None

    @classmethod
    def of(cls, settings: AzureAdSettings, *, runtime: Runtime, observer: Observer) -> "ClientSimulation":
        """Begin what the settings want, loudly. Raises ConfigurationError when that cannot be."""
        simulation = settings.simulation
        if not isinstance(simulation, Simulation):
            return cls()
        name, path = type(simulation).__name__, getattr(simulation, "path", "")
        effect = _EFFECTS.get(name, "they may be answered by something else than the provider")
        fields = {"simulation": name, "path": str(path)}
        observer.record(Event("simulation.on", logging.WARNING, _MESSAGE % (name, path, effect), fields))
        surroundings = SimulationSurroundings(
            client_id=settings.client_id, tenants=_spellings(settings), runtime=runtime, observer=observer
        )
        return cls(simulation.begin(surroundings))

    @property
    def is_answered_by_provider(self) -> bool:
        """Whether the answers are the provider's own, as with a recording; what does not say so makes up its own."""
        return getattr(self.requests, "is_answered_by_provider", False) is True

    def http(self, http: HttpPort) -> HttpPort:
        """The port for all requests."""
        return http if self.requests is None else self.requests.http(http)

    def settings(self, settings: AzureAdSettings) -> AzureAdSettings:
        """The settings for the core."""
        credential: Credential | None = settings.credential
        if self.requests is None or credential is None:
            return settings
        return replace(settings, credential=self.requests.credential(credential))


def _spellings(settings: AzureAdSettings) -> frozenset[str]:
    path = urlsplit(settings.authority_url).path.strip("/") if settings.authority_url else None
    return frozenset(name.lower() for name in (settings.tenant_id, path) if name)
