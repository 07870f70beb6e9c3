"""Credential, transport and simulation as settings."""

from typing import Any

import pytest

from azuread_auth.credentials import ClientSecret
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation import Recording, Replay

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"


def settings(**given_settings: Any) -> AzureAdSettings:
    """Good settings, but for what is given."""
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given_settings})


def refusal(**given_settings: Any) -> str:
    """The message with which such settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**given_settings)
    return str(refused.value)


@pytest.mark.parametrize("value", ["secret", Secret("secret"), object(), ClientSecret])
def test_the_credential_is_one_of_ours(value: object) -> None:
    """Bare texts, foreign credentials and classes are refused with the wrapper to use."""
    assert refusal(credential=value).startswith("credential is not a credential; expected one such as ClientSecret")


def test_the_transport_answers() -> None:
    """What cannot answer requests is no transport."""
    assert refusal(transport=object()).startswith("transport cannot answer requests")


@pytest.mark.parametrize("value", [object(), "replay", "tokens.json", Recording, Replay, True])
def test_a_simulation_is_a_recording_or_replay(value: object) -> None:
    """What would be ignored is refused, classes too."""
    assert refusal(simulation=value).startswith("simulation is no simulation; expected Recording(path) or Replay(path)")


def test_settings_take_a_simulation_without_opening_it() -> None:
    """Nothing is read when settings are made; equal simulations make equal settings."""
    for kind in (Recording, Replay):
        made = settings(simulation=kind("missing/tokens.json"))
        assert made == settings(simulation=kind("missing/tokens.json"))
        assert hash(made) == hash(settings())
    assert settings(simulation=None).simulation is None
