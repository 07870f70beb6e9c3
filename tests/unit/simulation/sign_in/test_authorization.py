"""The authorization endpoint: what it checks, and where it sends browsers."""

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from azuread_auth.errors import ConfigurationError

NO_PKCE = {"code_challenge": None, "code_challenge_method": None}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"client_id": "8f1d2c3b-0000-4000-8000-000000000000"}, "AADSTS700016", id="unknown client"),
        pytest.param({"client_id": None}, "AADSTS900144", id="no client"),
        pytest.param({"redirect_uri": "https://attacker.test/"}, "AADSTS50011", id="unregistered"),
        pytest.param({"redirect_uri": "http://localhost:5000/other"}, "AADSTS50011", id="another path"),
        pytest.param({"redirect_uri": "https://localhost/auth/callback"}, "AADSTS50011", id="https on loopback"),
        pytest.param({"redirect_uri": "http://localhost.attacker.test/auth/callback"}, "AADSTS50011", id="look-alike"),
        pytest.param({"redirect_uri": "http://localhost:5000@attacker.test/auth/callback"}, "AADSTS50011", id="user"),
        pytest.param(
            {"redirect_uri": "https://app.azuread-auth.test:444/auth/callback"}, "AADSTS50011", id="port of a web app"
        ),
        pytest.param({"redirect_uri": "http://localhost:x/auth/callback"}, "AADSTS50011", id="no port"),
        pytest.param({"redirect_uri": "http://x@localhost/auth/callback"}, "AADSTS50011", id="user on loopback"),
        pytest.param({"redirect_uri": None}, "AADSTS900971", id="none"),
    ],
)
def test_T131_nobody_is_sent_where_no_application_is(caller, changes, code):
    """What is wrong with client or redirect URI is said on a page; the browser stays."""
    url = caller.authorization_url(**changes)
    response = caller.send(f"{url}&simulated_user=adele")
    assert (response.status, "location" in response.headers) == (400, False)
    page = response.body.decode()
    assert code in page
    assert "Simulated tenant" in page
    with pytest.raises(ConfigurationError, match=code):
        caller.tenant.sign_in(url)


def test_repeated_parameter_is_refused(caller):
    """A parameter that is there twice has no meaning."""
    response = caller.send(f"{caller.authorization_url()}&state=2")
    assert b"AADSTS9000411" in response.body


@pytest.mark.parametrize("uri", ["http://localhost:1/auth/callback", "http://127.0.0.1:65535/auth/callback"])
def test_port_of_loopback_addresses_is_free(caller, callback, uri):
    """A native application listens where it can (RFC 8252 7.3)."""
    response = caller.send(f"{caller.authorization_url(redirect_uri=uri)}&simulated_user=adele")
    assert response.headers["location"].startswith(f"{uri}?code=")


def test_redirect_uris_can_be_registered(caller, callback):
    """What is registered later counts, a query of its own stays."""
    caller.tenant.add_redirect_uri("https://shop.test/cb?x=1")
    url = caller.authorization_url(redirect_uri="https://shop.test/cb?x=1")
    parameters = callback(caller.send(f"{url}&simulated_user=adele"))
    assert list(parameters) == ["x", "code", "state", "session_state"]
    with pytest.raises(ConfigurationError, match="names no registration"):
        caller.tenant.add_redirect_uri("https://shop.test/", client_id="x")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"response_type": "id_token"}, "unsupported_response_type", id="response type"),
        pytest.param({"response_type": None}, "invalid_request", id="no response type"),
        pytest.param({"response_mode": "fragment"}, "invalid_request", id="response mode"),
        pytest.param({"scope": None}, "invalid_request", id="no scope"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="plain PKCE"),
        pytest.param({"code_challenge_method": None}, "invalid_request", id="no PKCE method"),
        pytest.param({"claims": "{"}, "invalid_request", id="claims"),
        pytest.param({"prompt": "consent login"}, "invalid_request", id="prompt"),
        pytest.param({"prompt": "none"}, "login_required", id="nobody is signed in"),
        pytest.param({"prompt": "none", "login_hint": "nobody@x.test"}, "login_required", id="unknown hint"),
        pytest.param({"simulated_decline": "1"}, "access_denied", id="declined"),
    ],
)
def test_application_is_told_what_is_wrong(caller, callback, changes, error):
    """Other errors go to the application, with the state and without a code."""
    parameters = callback(caller.send(caller.authorization_url(**changes)))
    assert (parameters["error"], parameters["state"]) == (error, "the-state")
    assert parameters["error_description"].startswith("AADSTS")
    assert "code" not in parameters


def test_public_application_needs_pkce(caller, callback):
    """Without a secret, PKCE is what keeps a stolen code useless."""
    app = caller.tenant.register_app(public=True, redirect_uris=["http://localhost/auth/callback"])
    parameters = caller.tenant.sign_in(caller.authorization_url(client_id=app.client_id, **NO_PKCE))
    assert "AADSTS9002325" in parameters["error_description"]


def test_form_post_mode(caller):
    """The page sends itself; what it carries cannot leave its fields."""
    url = caller.authorization_url(response_mode="form_post", state='"><b>')
    page = caller.send(f"{url}&simulated_user=adele").body.decode()
    fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', page))
    assert 'method="post" action="http://localhost:5000/auth/callback"' in page
    assert html.unescape(fields["state"]) == '"><b>'
    assert "error" not in caller.redeem(fields["code"])


def test_python_signs_in_without_a_browser(caller, claims_of):
    """`sign_in` returns what the callback gets, for a user by name or value; `decline_sign_in` the refusal."""
    url = caller.authorization_url(client_info="1")
    parameters = caller.tenant.sign_in(url, "robin")
    assert set(parameters) == {"code", "client_info", "state", "session_state"}
    assert claims_of(caller.redeem(parameters["code"])["id_token"])["name"] == "Robin Fields"
    assert caller.tenant.decline_sign_in(url)["error"] == "access_denied"


def test_issuer_can_be_sent(caller):
    """RFC 9207, which Entra does not do."""
    assert "iss" not in caller.tenant.sign_in(caller.authorization_url())
    caller.tenant.behaviour.sends_issuer_in_callback = True
    parameters = caller.tenant.sign_in(caller.authorization_url("common"))
    assert parameters["iss"] == f"{caller.tenant.authority_host}/{caller.tenant.tenant_id}/v2.0"


@pytest.mark.parametrize(
    "url",
    [
        "https://login.azuread-auth.test/common/oauth2/v2.0/token?x=1",
        "https://login.azuread-auth.test/unknown.test/oauth2/v2.0/authorize?x=1",
        "https://attacker.test/",
    ],
)
def test_sign_in_needs_an_authorization_url(caller, url):
    """Any other URL is a mistake in the test."""
    with pytest.raises(ConfigurationError, match="authorization_url="):
        caller.tenant.sign_in(url)


def test_sign_ins_are_logged_without_secrets(caller):
    """The log says which application asked for what; neither query nor state is in it."""
    caller.send(caller.authorization_url())
    (entry,) = caller.tenant.requests
    assert (entry.kind, entry.client_id, entry.tenant) == (
        "authorize",
        caller.tenant.client_id,
        caller.tenant.tenant_id,
    )
    assert "the-state" not in repr(entry)
    assert not urlsplit(entry.url).query
    assert not parse_qs(entry.url)


def test_metadata_names_these_endpoints(caller):
    """What discovery says is what answers; MSAL's instance discovery is answered as well."""
    host = caller.tenant.authority_host
    document = json.loads(caller.send(f"{host}/common/v2.0/.well-known/openid-configuration").body)
    assert document["authorization_endpoint"] == caller.url("authorize", "common")
    assert document["token_endpoint"] == caller.url("token", "common")
    assert document["device_authorization_endpoint"] == caller.url("devicecode", "common")
    url = (
        f"{host}/common/discovery/instance?api-version=1.1&authorization_endpoint={document['authorization_endpoint']}"
    )
    instance = json.loads(caller.send(url).body)
    assert instance["metadata"][0]["aliases"] == [host.removeprefix("https://")]
    strange = caller.send(f"{host}/common/discovery/instance?authorization_endpoint=https://attacker.test/")
    assert json.loads(strange.body)["error"] == "invalid_instance"
