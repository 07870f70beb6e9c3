"""`azuread-auth key`."""

import base64
import json

from azuread_auth import AzureAdSettings


def test_key_is_what_settings_take(run):
    """The printed key is 32 bytes, and the settings accept it as it is."""
    key = run("key").out.strip()
    assert len(base64.urlsafe_b64decode(key)) == 32
    settings = AzureAdSettings(
        tenant_id="contoso.onmicrosoft.com",
        client_id="9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d",
        redis_url="redis://localhost",
        encryption_keys=[key],
    )
    assert settings.encryption_keys


def test_each_key_is_another(run):
    """Two runs print different keys."""
    assert run("key").out != run("key").out


def test_key_as_json(run):
    """--json gives an object with the key."""
    outcome = run("key", "--json")
    assert outcome.code == 0
    assert len(base64.urlsafe_b64decode(json.loads(outcome.out)["key"])) == 32
