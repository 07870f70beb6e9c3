"""pytest fixtures for applications that use this package; pytest loads them by itself.

Nothing of the package is imported before a test asks for a fixture, because pytest loads this file in every run.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from azuread_auth.settings import AzureAdSettings
    from azuread_auth.simulation.tenant import MintToken, SimulatedTenant

__all__ = ["azuread_settings", "mint_token", "simulated_tenant"]


@pytest.fixture
def simulated_tenant() -> "Iterator[SimulatedTenant]":
    """A `SimulatedTenant` of this test's own, in process; closed afterwards."""
    from azuread_auth.simulation.tenant import SimulatedTenant  # noqa: PLC0415 - see the module's docstring

    with SimulatedTenant() as tenant:
        yield tenant


@pytest.fixture
def azuread_settings(simulated_tenant: "SimulatedTenant") -> "AzureAdSettings":
    """Settings of an application that trusts `simulated_tenant`."""
    return simulated_tenant.settings()


@pytest.fixture
def mint_token(simulated_tenant: "SimulatedTenant") -> "MintToken":
    """`simulated_tenant.mint_token`: the text of an access token, good unless told otherwise."""
    return simulated_tenant.mint_token
