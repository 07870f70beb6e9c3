"""How both middlewares are made: settings, a shared client, and neither wrong nor both."""

import flask
import pytest

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.errors import ConfigurationError


def test_a_client_may_be_shared(make_door, kind_of_door, simulated_tenant):
    """Doors with the same client fetch the keys once."""
    client = kind_of_door.own_client(simulated_tenant.settings())
    token = simulated_tenant.mint_token()

    for _ in range(3):
        make_door(client=client).ask_with(token).assert_is("OK")

    assert simulated_tenant.request_count("keys") == 1


def test_settings_and_client_together_are_refused(make_door, kind_of_door, tenant):
    """A client has settings of its own, so that either would be ignored."""
    settings = tenant.settings()

    with pytest.raises(ConfigurationError, match=r"settings=.*client="):
        make_door(settings=settings, client=kind_of_door.own_client(settings))


def test_the_other_kind_of_client_is_refused(make_door, kind_of_door, tenant):
    """The async client is for ASGI, the blocking one for WSGI; the message says so."""
    with pytest.raises(ConfigurationError, match=r"client= is not an .*AzureAdClient; the .* client is for the"):
        make_door(client=kind_of_door.other_client(tenant.settings()))


@pytest.mark.parametrize("answer", [True, False])
def test_T59_a_rule_about_tenants_is_asked(make_door, tenant, answer):
    """A callable decides about tenants whose tokens are good."""
    asked = []
    door = make_door(settings=tenant.settings(tenants=lambda guid: asked.append(guid) or answer))

    for _ in range(3):
        door.ask_with(tenant.mint_token()).assert_is("OK" if answer else "401t")
    door.ask_with(tenant.mint_token(fault="bad-signature")).assert_is("401t")

    assert asked == [tenant.tenant_id]


def test_T59_a_rule_about_tenants_that_fails_is_503(make_door, tenant):
    """When the application's callable raises, nobody can tell: neither admitted nor refused."""
    door = make_door(settings=tenant.settings(tenants=lambda guid: {}[guid]))

    door.ask_with(tenant.mint_token()).assert_is("503")

    assert not door.visits


def test_an_application_of_flask_is_none_of_asgi(tenant):
    """The wrong import would leave the application open to everybody without a word."""
    with pytest.raises(ConfigurationError, match=r"AzureAdAuth\(app\) of azuread_auth\.flask"):
        AzureAdAuth(flask.Flask(__name__), tenant.settings())
