"""pytest fixtures for applications that use this package; pytest loads them by itself.

Nothing of the package is imported before a test asks for a fixture, because pytest loads this file in every run.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from azuread_auth.settings import AzureAdSettings
    from azuread_auth.simulation.signed_in_clients import SignInClient
    from azuread_auth.simulation.tenant import MintToken, SimulatedTenant

__all__ = ["azuread_settings", "mint_token", "signed_in_client", "simulated_tenant"]


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


@pytest.fixture
def signed_in_client(simulated_tenant: "SimulatedTenant") -> "Iterator[SignInClient]":
    """`signed_in_client(app, user="adele")`: a test client of the application, with a session of that user.

    The user goes through the application's own sign-in at `simulated_tenant`, which the application trusts until the
    test ends. Flask applications get Flask's client, others of WSGI an `httpx2.Client`, those of ASGI Starlette's
    `TestClient`, with the lifespan begun.
    """
    from azuread_auth.simulation.signed_in_clients import signed_in_clients  # noqa: PLC0415 - see the docstring above

    with signed_in_clients(simulated_tenant) as signed_in:
        yield signed_in
