"""Settings that are objects with a behaviour of their own: credential, simulation and transport."""

from azuread_auth._settings.refusal import SettingRefused
from azuread_auth._settings.simulation_mode import Simulation, SimulationFile
from azuread_auth.credentials.base import Credential

__all__ = ["credential_or_none", "simulation_or_none", "transport_or_none"]


def credential_or_none(value: object, setting: str) -> Credential | None:
    """One of this package's credentials, or None."""
    if value is not None and not isinstance(value, Credential):
        problem = (
            "is not a credential; expected one such as ClientSecret(…) or ManagedIdentity(); put AzureIdentity(…) "
            "round a credential of azure-identity"
        )
        raise SettingRefused(setting, problem)
    return value


def simulation_or_none(value: object, setting: str) -> Simulation | SimulationFile | None:
    """A recording or replay, or None."""
    if value is None or isinstance(value, SimulationFile):
        return value
    if isinstance(value, type) or not isinstance(value, Simulation):
        problem = "is no simulation; expected Recording(path) or Replay(path) of azuread_auth.simulation, or None"
        raise SettingRefused(setting, problem)
    return value


def transport_or_none(value: object, setting: str) -> object:
    """Something that answers requests within this process, or None."""
    if value is not None and not callable(getattr(value, "answer", None)):
        raise SettingRefused(setting, "cannot answer requests; it is set by SimulatedTenant.settings() alone")
    return value
