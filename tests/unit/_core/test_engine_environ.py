"""The environment that an engine has, for rules that depend on the platform."""

from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.simulation import SimulatedTenant
from tests.unit._core.conftest import Scene


def test_environment_is_the_clients() -> None:
    """Nothing of the process's own comes through where another was given."""
    environ = {"WEBSITE_SITE_NAME": "shop"}
    client = AsyncAzureAdClient(SimulatedTenant().settings(), environ=environ)
    assert client.engine.environ == environ


def test_engine_without_surroundings_has_none(scene: Scene) -> None:
    """An engine that only checks tokens is on no platform."""
    assert scene.engine.environ == {}
