"""Tokens for a sign-in on another device."""

from dataclasses import replace

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.users import DEFAULT_USERS, SECOND_TENANT


def test_device_is_told_what_to_show(caller):
    """The answer has what RFC 8628 and Entra put there."""
    device = caller.device()
    assert (device["expires_in"], device["interval"]) == (900, 5)
    assert device["verification_uri"] == "https://login.azuread-auth.test/devicelogin"
    assert device["user_code"] in device["message"]
    assert device["verification_uri"] in device["message"]
    assert "verification_uri_complete" not in device


def test_T119_device_waits_for_the_user(caller, claims_of, verdict):
    """The device asks, waits, and gets its tokens once."""
    device = caller.device()
    assert verdict(caller.poll(device)) == ("authorization_pending", 70016)
    caller.tenant.approve_device(device["user_code"], "megan")
    caller.now += 5
    document = caller.poll(device)
    assert claims_of(document["id_token"])["name"] == "Megan Bowen"
    assert claims_of(document["access_token"])["scp"] == "Files.Read"
    assert "error" not in caller.refresh(document["refresh_token"], client_secret="")
    assert verdict(caller.poll(device)) == ("bad_verification_code", 70018)


def test_T119_impatience_is_told(caller, verdict):
    """A device that asks more often than it may is told so; afterwards it goes on."""
    device = caller.device()
    caller.poll(device)
    caller.now += 4
    assert verdict(caller.poll(device)) == ("slow_down", None)
    caller.now += 5
    assert verdict(caller.poll(device)) == ("authorization_pending", 70016)


def test_interval_can_be_shortened(caller, verdict):
    """Tests need not wait."""
    caller.tenant.behaviour.device_interval_seconds = 0
    device = caller.device()
    assert device["interval"] == 0
    assert {verdict(caller.poll(device))[0] for _ in range(3)} == {"authorization_pending"}


def test_T119_user_may_decline(caller, verdict):
    """The device is told."""
    device = caller.device()
    caller.tenant.decline_device(device["user_code"].lower())
    document = caller.poll(device)
    assert verdict(document) == ("authorization_declined", None)
    assert document["error_codes"] == []
    assert "error_uri" not in document


def test_T119_code_expires(caller, verdict):
    """After its time neither device nor user can use it."""
    device = caller.device()
    caller.now += 900
    assert verdict(caller.poll(device)) == ("expired_token", 70019)
    with pytest.raises(ConfigurationError, match="user_code= is none that anybody waits for"):
        caller.tenant.approve_device(device["user_code"])


@pytest.mark.parametrize(
    ("path", "user", "tenant"),
    [("common", "adele", None), ("organizations", "nina", SECOND_TENANT), ("fabrikam.test", "robin", SECOND_TENANT)],
)
def test_tenant_of_the_endpoint_issues(caller, claims_of, path, user, tenant):
    """The shared endpoints sign users in to their own tenant."""
    device = caller.device(path)
    caller.tenant.approve_device(device["user_code"], user)
    document = caller.poll(device, path=path)
    assert claims_of(document["id_token"])["tid"] == (tenant or caller.tenant.tenant_id)


@pytest.mark.parametrize("path", ["fabrikam.test", "common", "consumers"])
def test_device_gets_its_tokens_where_it_began(caller, verdict, path):
    """Another endpoint redeems nothing, and the code stays good."""
    device = caller.device()
    caller.tenant.approve_device(device["user_code"])
    assert verdict(caller.poll(device, path=path)) == ("invalid_grant", 700005)
    assert "access_token" in caller.poll(device, path=caller.tenant.domain)


@pytest.mark.parametrize(("user", "amr"), [("morgan", ["pwd", "mfa"]), ("casey", None)])
def test_who_approves_says_yes_to_what_is_asked(caller, claims_of, user, amr):
    """The page asks for consent and for the second factor; later requests know."""
    device = caller.device()
    caller.tenant.approve_device(device["user_code"], user)
    document = caller.poll(device)
    assert claims_of(document["access_token"]).get("amr") == amr
    assert "error" not in caller.refresh(document["refresh_token"])


def test_account_that_is_blocked_since_gets_nothing(caller, verdict):
    """What counts is the account as it is when the device asks."""
    device = caller.device()
    caller.tenant.approve_device(device["user_code"])
    caller.tenant.mint_token(user=replace(DEFAULT_USERS["adele"], is_blocked=True))
    assert verdict(caller.poll(device)) == ("invalid_grant", 50057)


def test_unknown_codes_and_clients_are_refused(caller, verdict):
    """Codes belong to the client that got them, and clients must be registered."""
    app, device = caller.tenant.register_app(public=True), caller.device()
    assert verdict(caller.poll({"device_code": "x"})) == ("bad_verification_code", 70018)
    assert verdict(caller.poll(device, client_id=app.client_id)) == ("bad_verification_code", 70018)
    assert verdict(caller.device(client_id="x")) == ("unauthorized_client", 700016)
    assert verdict(caller.device(scope="")) == ("invalid_request", 900144)
    with pytest.raises(ConfigurationError, match="user_code="):
        caller.tenant.decline_device("BBBBBBBBB")


def test_application_without_public_clients_must_prove_itself(caller, verdict):
    """It may ask for a code, but not for tokens, unless it has proved itself."""
    app = caller.tenant.register_app(secret="s")
    device = caller.device(client_id=app.client_id)
    assert verdict(caller.poll(device, client_id=app.client_id)) == ("invalid_client", 7000218)
    document = caller.poll(device, client_id=app.client_id, client_secret="s")
    assert verdict(document) == ("authorization_pending", 70016)
