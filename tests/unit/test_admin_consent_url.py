"""`admin_consent_url()` of both clients: where an administrator is sent to consent for a whole tenant."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from azuread_auth import ANY_TENANT, AsyncAzureAdClient, AzureAdClient, AzureAdSettings
from azuread_auth.errors import ConfigurationError

OWN = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
CLIENT = "33333333-3333-4333-8333-333333333333"
REDIRECT = "https://app.example.com/consented"


@pytest.fixture(params=[AsyncAzureAdClient, AzureAdClient])
def make_client(request: pytest.FixtureRequest) -> Any:
    """Makes a client of either kind, of an application in one tenant unless told otherwise."""
    return lambda **settings: request.param(AzureAdSettings(client_id=CLIENT, **({"tenant_id": OWN} | settings)))


@pytest.mark.parametrize(
    ("settings", "tenant_id", "expected"),
    [
        pytest.param({}, None, OWN, id="the configured one"),
        pytest.param({}, OTHER, OTHER, id="the one named"),
        pytest.param({"tenants": {OTHER}}, None, "organizations", id="any of several"),
        pytest.param({"tenants": {OTHER}}, OTHER, OTHER, id="one of several"),
        pytest.param({"tenant_id": "common", "tenants": ANY_TENANT}, None, "organizations", id="any at all"),
        pytest.param({"tenants": ANY_TENANT}, "common", "organizations", id="one that Entra does not take here"),
        pytest.param({"authority_url": f"https://login.contoso.com/{OWN}/v2.0"}, None, OWN, id="a custom domain"),
    ],
)
def test_T113_tenant_of_the_administrator(make_client: Any, settings: Any, tenant_id: Any, expected: str) -> None:
    """T113: a tenant or Entra's name for all organisations is in the address, and nothing else."""
    client = make_client(**settings)
    address = urlsplit(client.admin_consent_url(redirect_uri=REDIRECT, tenant_id=tenant_id))
    assert address.path == f"/{expected}/adminconsent"
    assert parse_qs(address.query) == {"client_id": [CLIENT], "redirect_uri": [REDIRECT]}


def test_scopes_and_state_are_sent(make_client: Any) -> None:
    """Scopes of several APIs may be asked for at once."""
    scopes = ["User.Read", "api://orders/Orders.Read"]
    address = urlsplit(make_client().admin_consent_url(redirect_uri=REDIRECT, scopes=scopes, state="s"))
    assert address.path == f"/{OWN}/v2.0/adminconsent"
    asked = parse_qs(address.query)
    assert (asked["scope"], asked["state"]) == (["User.Read api://orders/Orders.Read"], ["s"])


@pytest.mark.parametrize(
    ("wishes", "text"),
    [
        pytest.param({"redirect_uri": "http://app.example.com/"}, "redirect_uri=", id="http"),
        pytest.param({"scopes": "User.Read"}, "scopes= is one text", id="one text"),
        pytest.param({"scopes": ["User.Read Mail.Read"]}, "a scope", id="two in one"),
        pytest.param({"tenant_id": "consumers"}, "no administrator", id="personal accounts"),
        pytest.param({"tenant_id": "../x"}, "tenant_id", id="no tenant"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(make_client: Any, wishes: dict[str, Any], text: str) -> None:
    """Before anybody is sent anywhere."""
    with pytest.raises(ConfigurationError, match=text):
        make_client().admin_consent_url(**({"redirect_uri": REDIRECT} | wishes))
