"""Simulation by the environment: only ever about outbound token requests, never about whom the application admits."""

from typing import Final

from azuread_auth._settings.variables import Variables
from azuread_auth.errors import ConfigurationError

__all__ = ["check_simulation_mode"]

_MODE: Final = "AZURE_AD_SIMULATION_MODE"
_FILE: Final = "AZURE_AD_SIMULATION_FILE"


def check_simulation_mode(variables: Variables) -> None:
    """Raise ConfigurationError unless simulation is absent or disabled: this version has no recordings."""
    mode = variables.choice(_MODE, ("recording", "replay", "disabled"))
    if mode is None or mode == "disabled":
        return
    if variables.text(_FILE) is None:
        message = f"{_FILE} is missing, and {_MODE} is {mode}; name the file, or set {_MODE} to disabled"
        raise ConfigurationError(message)
    message = f"{_MODE} is {mode}, and this version has no recordings; set it to disabled"
    raise ConfigurationError(message)
