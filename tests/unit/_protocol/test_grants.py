"""The forms that the token endpoint takes."""

import pytest

from azuread_auth._protocol.grants import (
    authorization_code_grant,
    client_credentials_grant,
    device_code_grant,
    on_behalf_of_grant,
    refresh_token_grant,
)
from azuread_auth.secret import Secret

CANARY = Secret("canary")
SCOPES = ("https://graph.microsoft.com/.default",)
CLAIMS = '{"access_token":{"wanted":null}}'
REDIRECT = "https://app.example/callback"

APP = client_credentials_grant(SCOPES, claims=CLAIMS)
OBO = on_behalf_of_grant(CANARY, SCOPES, claims=CLAIMS)
REFRESH = refresh_token_grant(CANARY, SCOPES, claims=CLAIMS)
DEVICE = device_code_grant(CANARY, SCOPES, claims=CLAIMS)
CODE = authorization_code_grant(CANARY, SCOPES, redirect_uri=REDIRECT, code_verifier=CANARY, claims=CLAIMS)


@pytest.mark.parametrize(
    ("grant", "flow", "fields", "secrets"),
    [
        pytest.param(APP, "client_credentials", {"grant_type": "client_credentials"}, set(), id="for the application"),
        pytest.param(
            OBO,
            "on_behalf_of",
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "requested_token_use": "on_behalf_of",
            },
            {"assertion"},
            id="on behalf of the caller",
        ),
        pytest.param(
            REFRESH, "refresh_token", {"grant_type": "refresh_token"}, {"refresh_token"}, id="by a refresh token"
        ),
        pytest.param(
            CODE,
            "authorization_code",
            {"grant_type": "authorization_code", "redirect_uri": REDIRECT},
            {"code", "code_verifier"},
            id="by a code, with its verifier",
        ),
        pytest.param(
            DEVICE,
            "device_code",
            {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
            {"device_code"},
            id="by a device code",
        ),
    ],
)
def test_the_form_of_each_grant(grant, flow, fields, secrets):
    """What is secret is kept apart from the other fields until it is sent."""
    assert (grant.flow, grant.fields, grant.secrets.keys()) == (flow, fields, secrets)
    assert (grant.scopes, grant.claims) == (SCOPES, CLAIMS)
    assert all(secret.reveal() == "canary" for secret in grant.secrets.values())


@pytest.mark.parametrize(
    ("grant", "repeatable", "is_confidential"),
    [
        pytest.param(APP, "always", True, id="for the application"),
        pytest.param(OBO, "always", True, id="on behalf of the caller"),
        pytest.param(REFRESH, "when refused", False, id="a refresh token that is used twice may count as stolen"),
        pytest.param(CODE, "never", False, id="a code is good for one use"),
        pytest.param(DEVICE, "never", False, id="the poll itself is the repetition"),
    ],
)
def test_what_may_be_sent_again_and_by_whom(grant, repeatable, is_confidential):
    """Codes are never repeated; only grants of users serve public clients."""
    assert (grant.repeatable, grant.is_confidential) == (repeatable, is_confidential)


@pytest.mark.parametrize("grant", [APP, OBO, REFRESH, CODE, DEVICE], ids=lambda grant: grant.flow)
def test_T112_a_grant_shows_nothing_secret(grant):
    """Neither the secrets nor what is asked for in claims."""
    for text in (repr(grant), str(grant), f"{grant}"):
        assert "canary" not in text
        assert "wanted" not in text
