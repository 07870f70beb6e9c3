"""A tenant to test and to demonstrate with, and recordings: no directory, no network, throw-away keys.

Names load when first used, so that the pytest plugin in this package costs the test runs of others next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from azuread_auth.simulation.apps import FederatedCredential
    from azuread_auth.simulation.directory_content import SimulatedDirectory
    from azuread_auth.simulation.directory_file import load_directory
    from azuread_auth.simulation.recordings.recording import Recording
    from azuread_auth.simulation.recordings.replay import Replay
    from azuread_auth.simulation.tenant import SimulatedTenant
    from azuread_auth.simulation.users import SimulatedUser

__all__ = [
    "FederatedCredential",
    "Recording",
    "Replay",
    "SimulatedDirectory",
    "SimulatedTenant",
    "SimulatedUser",
    "load_directory",
]

_HOMES: Final = {
    "FederatedCredential": "apps",
    "Recording": "recordings.recording",
    "Replay": "recordings.replay",
    "SimulatedDirectory": "directory_content",
    "SimulatedTenant": "tenant",
    "SimulatedUser": "users",
    "load_directory": "directory_file",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
