"""What an application is registered with: lists of text, and the version of its tokens."""

import pytest

from azuread_auth.errors import ConfigurationError
from tests.unit.simulation.conftest import Caller, parts_of

LISTS = ("redirect_uris", "spa_redirect_uris", "app_roles", "identifier_uris", "scopes")


@pytest.mark.parametrize("name", LISTS)
def test_text_is_a_list_of_one(caller: Caller, name: str) -> None:
    """It is not taken apart into letters."""
    assert getattr(caller.tenant.register_app(**{name: "api://orders"}), name) == ("api://orders",)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("value", [5, [5], [["a"]]])
def test_what_is_no_list_of_text_is_refused(caller: Caller, name: str, value: object) -> None:
    """The message names the argument."""
    with pytest.raises(ConfigurationError, match=f"{name}= is no list of text"):
        caller.tenant.register_app(**{name: value})


@pytest.mark.parametrize("name", ["api://orders", None])
def test_version_of_tokens_is_the_apis(caller: Caller, name: str | None) -> None:
    """An API of the first version gets tokens with its name as audience, and calls on behalf of their users."""
    api = caller.tenant.register_app(secret="s", identifier_uris=["api://orders"], access_token_version=1)
    resource = name or f"api://{api.client_id}"
    token = caller.on_behalf_of(caller.tenant.mint_token(), scope=f"{resource}/Read")["access_token"]
    _, claims = parts_of(token)
    assert (claims["ver"], claims["aud"], claims["appid"]) == ("1.0", resource, caller.tenant.client_id)
    assert (claims["appidacr"], "azpacr" in claims) == ("1", False)
    assert claims["iss"] == f"https://login.azuread-auth.test/{caller.tenant.tenant_id}/"
    proof = {"client_id": api.client_id, "client_secret": "s", "scope": "User.Read"}
    assert "access_token" in caller.on_behalf_of(str(token), **proof)
    app_token = caller.for_app(scope=f"{resource}/.default")["access_token"]
    assert parts_of(app_token)[1]["aud"] == resource


def test_version_is_one_that_there_is(caller: Caller) -> None:
    """There are two."""
    with pytest.raises(ConfigurationError, match="access_token_version= is none"):
        caller.tenant.register_app(access_token_version=3)
