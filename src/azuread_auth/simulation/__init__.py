"""A tenant to test and to demonstrate with: no directory, no network, throw-away keys.

Names load when first used, so that the pytest plugin in this package costs the test runs of others next to nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azuread_auth.simulation.apps import FederatedCredential
    from azuread_auth.simulation.tenant import SimulatedTenant
    from azuread_auth.simulation.users import SimulatedUser

__all__ = ["FederatedCredential", "SimulatedTenant", "SimulatedUser"]


def __getattr__(name: str) -> object:
    if name == "FederatedCredential":
        from azuread_auth.simulation.apps import FederatedCredential  # noqa: PLC0415 - see the module's docstring

        return FederatedCredential
    if name == "SimulatedTenant":
        from azuread_auth.simulation.tenant import SimulatedTenant  # noqa: PLC0415 - see the module's docstring

        return SimulatedTenant
    if name == "SimulatedUser":
        from azuread_auth.simulation.users import SimulatedUser  # noqa: PLC0415 - see the module's docstring

        return SimulatedUser
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
