"""What a token is usually mistaken for."""

import pytest

from azuread_auth.cli.inspection.decoded_token import decode_token
from azuread_auth.cli.inspection.hints import hints_about
from azuread_auth.simulation import SimulatedTenant

TENANT = SimulatedTenant()


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        pytest.param({"fault": "graph-token"}, "Microsoft Graph", id="nonce in the header"),
        pytest.param({"fault": "graph-audience"}, "Microsoft Graph", id="audience of Graph by GUID"),
        pytest.param({"audience": "https://graph.microsoft.com"}, "Microsoft Graph", id="audience of Graph by URL"),
        pytest.param({"fault": "id-token"}, "ID token", id="ID token with a nonce"),
        pytest.param({"scopes": [], "claims": {"azp": None}}, "ID token", id="ID token without a nonce"),
        pytest.param({"version": 1}, "version 1 token", id="version 1"),
        pytest.param({"fault": "encrypted-shape"}, "encrypted", id="encrypted"),
        pytest.param({"audience": "api://orders"}, "AZURE_AD_AUDIENCES", id="another Application ID URI"),
    ],
)
def test_usual_mistakes_are_recognised(wishes, words):
    """Each of the usual mistakes gets its hint, and only that one."""
    token = TENANT.mint_token(**wishes)
    (hint,) = hints_about(token, decode_token(token), TENANT.settings())
    assert words in hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("EwB4A8l6BAAU", "opaque", id="opaque"),
        pytest.param("0.AXEA-refresh", "refresh token", id="refresh token"),
        pytest.param("1.AXEA-refresh.AgABA", "refresh token", id="refresh token with more parts"),
    ],
)
def test_text_that_is_no_jwt_is_recognised(text, words):
    """What is not a JSON Web Token gets a guess at what it is."""
    (hint,) = hints_about(text, decode_token(text), None)
    assert words in hint


@pytest.mark.parametrize(
    "token", [TENANT.mint_token(), TENANT.mint_token(kind="app", roles=["Files.Read.All"]), "a.b.c"]
)
def test_no_hint_where_none_fits(token):
    """An ordinary token, and plain nonsense, get no hint."""
    assert hints_about(token, decode_token(token), TENANT.settings()) == ()


def test_audience_is_no_hint_without_settings():
    """Without settings nobody knows which audience is right."""
    token = TENANT.mint_token(audience="api://orders")
    assert hints_about(token, decode_token(token), None) == ()
