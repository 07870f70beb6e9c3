"""Failures on purpose: any AADSTS code, some requests or all of them; and the log of token requests."""

import json

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.error_catalogue import CATALOGUE
from azuread_auth.simulation.users import DEFAULT_USERS

LISTED = [
    *(50076, 50078, 50079, 50072, 50074, 65001, 65004, 90094, 50058, 50105, 53000, 53003, 530032, 50158, 16000, 700020),
    *(70000, 70008, 700082, 700084, 70043, 50173, 50089, 50132, 50133, 54005, 501481, 700005),
    *(50013, 500133, 500131, 50027, 7000114, 240002, 501461),
    *(7000215, 7000222, 7000218, 700025, 700027, 700024, 7000214, 7000274, 7000277, 1000502, 700030, 50012, 700021),
    *(700023, 700211, 700212, 700213, 700229),
    *(700016, 700011, 7000112, 90002, 50194, 9001023, 90124, 90130, 500011, 650057, 70011, 700022, 901002),
    *(50011, 900971, 70004, 50020, 50034, 50057, 500208, 500212, 500213, 51004, 90072),
    *(50033, 90006, 90012, 90024, 90033, 90090, 50087, 70012, 90055, 50196, 70016, 70018, 70019, 100007, 51000),
]


@pytest.mark.parametrize("code", LISTED)
def test_T123_every_code_has_its_document(caller, code):
    """The codes that applications meet have their error, status and sentence."""
    caller.tenant.fail("token", aadsts=code)
    form = {"grant_type": "client_credentials", "scope": "api://o/.default"} | caller.proof
    response = caller.send(caller.url("token"), form)
    document = json.loads(response.body)
    assert (response.status, document["error"]) == (CATALOGUE[code].status, CATALOGUE[code].error)
    assert document["error_codes"] == [code]
    assert document["error_description"].startswith(f"AADSTS{code}: {CATALOGUE[code].text}")


@pytest.mark.parametrize(
    ("code", "error", "status", "suberror"),
    [
        (50076, "interaction_required", 400, "basic_action"),
        (65001, "invalid_grant", 400, "consent_required"),
        (7000215, "invalid_client", 401, None),
        (700016, "unauthorized_client", 400, None),
        (90055, "temporarily_unavailable", 429, None),
        (90033, "temporarily_unavailable", 503, None),
        (50033, "server_error", 500, None),
        (123456, "invalid_request", 400, None),
    ],
)
def test_error_and_status_belong_to_the_code(caller, code, error, status, suberror):
    """The catalogue says what goes together; for a code that is not in it, a plain refusal."""
    caller.tenant.fail("token", aadsts=code)
    response = caller.send(caller.url("token"), {"x": "1"})
    document = json.loads(response.body)
    assert (response.status, document["error"], document.get("suberror")) == (status, error, suberror)


def test_document_can_be_changed(caller):
    """Error, suberror, claims, status and headers can be given."""
    caller.tenant.fail(
        "token",
        aadsts=50076,
        error="invalid_grant",
        suberror="message_only",
        claims="{}",
        status=403,
        retry_after=7,
        headers={"X-Test": "1"},
    )
    response = caller.send(caller.url("token"), {"x": "1"}, client_request_id="my-id")
    document = json.loads(response.body)
    assert (response.status, response.headers["retry-after"], response.headers["x-test"]) == (403, "7", "1")
    names = ("error", "suberror", "claims", "correlation_id")
    assert [document[name] for name in names] == ["invalid_grant", "message_only", "{}", "my-id"]
    caller.tenant.fail("token", error="slow_down")
    assert caller.for_app()["error"] == "slow_down"


def test_failure_can_aim_at_one_user(caller, verdict):
    """One user's requests fail by assertion, refresh token, code and device; others go on."""
    tenant = caller.tenant
    scope = f"{caller.own_scope} offline_access"
    grants = {
        name: caller.on_behalf_of(tenant.mint_token(user=name), scope=scope)["refresh_token"]
        for name in ("adele", "megan")
    }
    devices = {name: caller.device() for name in grants}
    codes = {name: tenant.sign_in(caller.authorization_url(), name)["code"] for name in grants}
    for name, device in devices.items():
        tenant.approve_device(device["user_code"], name)
    tenant.fail("token", aadsts=50076, user="megan")
    for name, error in (("megan", "interaction_required"), ("adele", None)):
        assert verdict(caller.on_behalf_of(tenant.mint_token(user=name)))[0] == error
        assert verdict(caller.refresh(grants[name]))[0] == error
        assert verdict(caller.redeem(codes[name]))[0] == error
        assert verdict(caller.poll(devices[name]))[0] == error
    assert "error" not in caller.for_app()
    assert {entry.user for entry in tenant.token_requests} == {
        None,
        DEFAULT_USERS["adele"].object_id,
        DEFAULT_USERS["megan"].object_id,
    }


def test_failures_can_aim_at_grants_and_anything_else(caller, verdict):
    """What is aimed comes before what is for all, and each is taken back by its own."""
    tenant = caller.tenant
    tenant.fail("token", status=503, times=1)
    tenant.fail("token", aadsts=50013, grant_type="on_behalf_of")
    tenant.fail("token", aadsts=500011, matching=lambda asked: "api://gone/.default" in asked.scopes)
    assert verdict(caller.on_behalf_of(tenant.mint_token()))[1] == 50013
    assert verdict(caller.for_app(scope="api://gone/.default"))[1] == 500011
    url, form = caller.url("token"), {"grant_type": "client_credentials", "scope": "api://o/.default"} | caller.proof
    assert [caller.send(url, form).status for _ in range(2)] == [503, 200]
    tenant.fail("token", aadsts=90033, grant_type="on_behalf_of", times=1)
    assert verdict(caller.on_behalf_of(tenant.mint_token()))[1] == 90033
    assert "error" not in caller.on_behalf_of(tenant.mint_token())
    tenant.come_up()
    assert "error" not in caller.for_app(scope="api://gone/.default")


def test_failure_must_aim_at_somebody(caller):
    """An unknown user is a mistake in the test."""
    with pytest.raises(ConfigurationError, match="names nobody"):
        caller.tenant.fail("token", aadsts=50076, user="nobody")


def test_token_requests_are_logged_by_grant(caller):
    """The log tells grant, client, tenant, scopes and user, and never a secret."""
    assertion = caller.tenant.mint_token(user="megan")
    document = caller.on_behalf_of(assertion, path="common", scope="User.Read offline_access")
    caller.refresh(document["refresh_token"], scope="User.Read")
    caller.redeem("1.unknown")
    caller.for_app()
    caller.token(grant_type="odd" * 100)
    caller.on_behalf_of("nonsense")
    entries = caller.tenant.token_requests
    assert [entry.grant_type for entry in entries] == [
        "on_behalf_of",
        "refresh_token",
        "authorization_code",
        "client_credentials",
        ("odd" * 100)[:200],
        "on_behalf_of",
    ]
    megan = DEFAULT_USERS["megan"].object_id
    assert entries[0] == ("on_behalf_of", caller.tenant.client_id, "common", ("User.Read", "offline_access"), megan)
    assert [entry.user for entry in entries[1:]] == [megan, None, None, None, None]
    shown = repr(caller.tenant.requests)
    assert caller.tenant.client_secret not in shown
    assert assertion not in shown
    assert caller.tenant.request_count("token") == 6
