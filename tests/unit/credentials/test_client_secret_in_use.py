"""A client secret as it is used, and a credential that is none."""

import pytest

from azuread_auth.credentials import ClientSecret, Credential
from azuread_auth.credentials.base import ClientAuthentication
from azuread_auth.errors import ConfigurationError
from tests.unit.credentials.conftest import CLIENT, TOKEN_URL, World


def test_secret_goes_into_the_form(world: World) -> None:
    """RFC 6749 2.3.1; another look at it brings no other."""
    used = ClientSecret("canary").in_use(world.surroundings())
    assert isinstance(used, ClientAuthentication)
    assert used.client_id is None
    assert world.run(used.fields(client_id=CLIENT, token_url=TOKEN_URL)) == {"client_secret": "canary"}  # type: ignore[arg-type]
    assert not used.reload()
    assert "canary" not in repr(used)


def test_bare_credential_gets_nothing(world: World) -> None:
    """What is of no kind cannot be used."""
    with pytest.raises(ConfigurationError, match="Credential is no credential that tokens can be got with"):
        Credential().in_use(world.surroundings())
