"""Credential, transport and simulation as settings."""

from typing import Any

import pytest

from azuread_auth.credentials import ClientSecret
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret
from azuread_auth.settings import (
    AzureAdSettings,
)

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


def test_simulation_is_refused_while_there_is_none() -> None:
    """A recording or replay that would be ignored is refused, as it is in the environment."""
    assert refusal(simulation=object()).startswith("simulation is not for this version")
    assert settings(simulation=None).simulation is None
