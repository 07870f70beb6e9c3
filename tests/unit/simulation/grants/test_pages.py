"""Codes and refresh tokens of pages that redeem them themselves (single-page applications)."""

import json

import pytest

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.errors import ConfigurationError
from tests.unit.simulation.conftest import VERIFIER

ORIGIN = "http://localhost:3000"
PAGE = f"{ORIGIN}/"
DAY = 86_400


@pytest.fixture
def app(caller):
    """A page's registration, with a secret that the page does not have."""
    return caller.tenant.register_app(secret="s", spa_redirect_uris=["http://localhost/"])


@pytest.fixture
def redeem(caller, app):
    """The token endpoint's response to the code of a page, with the headers of a browser."""

    def redeemed(**headers):
        asked = {"client_id": app.client_id, "redirect_uri": PAGE}
        code = caller.tenant.sign_in(caller.authorization_url(**asked))["code"]
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, **asked}
        return caller.send(caller.url("token"), form, **headers)

    return redeemed


@pytest.fixture
def refresh(caller, app):
    """The same for a refresh token."""

    def refreshed(token, **headers):
        form = {"grant_type": "refresh_token", "client_id": app.client_id, "refresh_token": token}
        return caller.send(caller.url("token"), form, **headers)

    return refreshed


def aadsts(response):
    """The code of a refusal."""
    return json.loads(response.body).get("error_codes")


def test_page_redeems_its_code(redeem, refresh):
    """It needs no credential, and may read the answer, whichever origin it is of."""
    response = redeem(origin=ORIGIN)
    assert (response.status, response.headers["access-control-allow-origin"]) == (200, "*")
    again = refresh(json.loads(response.body)["refresh_token"], origin=ORIGIN)
    assert (again.status, again.headers["access-control-allow-origin"]) == (200, "*")


def test_server_does_not_redeem_what_is_a_pages(redeem, refresh):
    """Without an origin code and refresh token are refused."""
    assert aadsts(redeem()) == [9002327]
    token = json.loads(redeem(origin=ORIGIN).body)["refresh_token"]
    assert aadsts(refresh(token)) == [9002327]


def test_page_does_not_redeem_what_is_a_servers(caller):
    """Codes of other redirect URIs are refused there, and nothing can be read."""
    code = caller.tenant.sign_in(caller.authorization_url())["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": "http://localhost:5000/auth/callback",
        **caller.proof,
    }
    response = caller.send(caller.url("token"), form, origin=ORIGIN)
    assert aadsts(response) == [9002326]
    assert "access-control-allow-origin" not in response.headers


def test_refusals_can_be_read_too(caller, redeem, refresh):
    """Those of the endpoint, and those that a test asks for."""
    refused = refresh("1.unknown", origin=ORIGIN)
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, "*")
    caller.tenant.fail("token", status=503)
    assert redeem(origin=ORIGIN).headers["access-control-allow-origin"] == "*"


def test_refresh_tokens_of_pages_live_a_day(caller, redeem, refresh):
    """From the sign-in on, however often they are used."""
    token = json.loads(redeem(origin=ORIGIN).body)["refresh_token"]
    caller.now += DAY - 1
    newer = json.loads(refresh(token, origin=ORIGIN).body)["refresh_token"]
    caller.now += 1
    assert aadsts(refresh(newer, origin=ORIGIN)) == [700084]


def test_pages_need_a_challenge(caller, app):
    """Also where the application has a secret."""
    asked = {"client_id": app.client_id, "redirect_uri": PAGE, "code_challenge": None, "code_challenge_method": None}
    assert "AADSTS9002325" in caller.tenant.sign_in(caller.authorization_url(**asked))["error_description"]


def test_redirect_uri_of_a_page_can_be_added(caller):
    """By its kind, of which there are two."""
    caller.tenant.add_redirect_uri("https://page.test/", kind="spa")
    assert caller.tenant.sign_in(caller.authorization_url(redirect_uri="https://page.test/"))["code"]
    with pytest.raises(ConfigurationError, match="kind= is none that redirect URIs have"):
        caller.tenant.add_redirect_uri("https://page.test/", kind="native")


def test_browser_may_ask_first(caller):
    """A preflight of the token endpoint allows POST."""
    answer = caller.tenant.answer(HttpRequest(method="OPTIONS", url=caller.url("token"))).response
    assert answer.headers["access-control-allow-methods"] == "POST, OPTIONS"
