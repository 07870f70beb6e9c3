"""Simulation: only ever about outbound token requests, never about whom the application admits."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, runtime_checkable

from azuread_auth._settings.variables import Variables
from azuread_auth.credentials.base import Credential
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import HttpPort, Observer, Runtime

__all__ = [
    "SimulatedRequests",
    "Simulation",
    "SimulationFile",
    "SimulationSurroundings",
    "simulation_in",
]

_MODE: Final = "AZURE_AD_SIMULATION_MODE"
_FILE: Final = "AZURE_AD_SIMULATION_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSurroundings:
    """The client whose requests are recorded or replayed."""

    client_id: str
    tenants: frozenset[str]
    """How the configured tenant may be spelled in an address, in lower case."""
    runtime: Runtime
    observer: Observer


class SimulatedRequests(Protocol):
    """What stands between one client and those who issue tokens."""

    def http(self, http: HttpPort) -> HttpPort:
        """The port with its token requests recorded or replayed; all else goes through as it is."""
        ...

    def credential(self, credential: Credential) -> Credential:
        """The credential with the tokens that it gets by itself recorded or replayed."""
        ...


@runtime_checkable
class Simulation(Protocol):
    """A recording or replay: `Recording` or `Replay` of azuread_auth.simulation."""

    def begin(self, surroundings: SimulationSurroundings) -> SimulatedRequests:
        """Stand between this client and those who issue tokens. Raises ConfigurationError when that cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class SimulationFile:
    """What the environment says of simulation. Nothing is opened."""

    mode: Literal["recording", "replay"]
    path: Path


def simulation_in(variables: Variables) -> SimulationFile | None:
    """The simulation that the environment wants; None for none. Raises ConfigurationError when it is not complete."""
    mode = variables.choice(_MODE, ("recording", "replay", "disabled"))
    if mode is None or mode == "disabled":
        return None
    path = variables.text(_FILE)
    if path is None:
        message = f"{_FILE} is missing, and {_MODE} is {mode}; name the file, or set {_MODE} to disabled"
        raise ConfigurationError(message)
    if "\0" in path:
        message = f"{_FILE} is not the path of a file; name the file, or set {_MODE} to disabled"
        raise ConfigurationError(message)
    return SimulationFile("replay" if mode == "replay" else "recording", Path(path))
