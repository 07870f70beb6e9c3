"""The log of what was asked and answered: for assertions, as JSON, and without secrets."""

import json
import re

import pytest

from azuread_auth import ConfigurationError
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.request_details import RequestDetails
from azuread_auth.simulation.request_log import RequestLog
from azuread_auth.simulation.users import DEFAULT_USERS
from tests.unit.simulation.conftest import FORM


def test_outcome_is_told(caller):
    """Status, error and AADSTS code of each answer; nothing where the tenant was down."""
    tenant = caller.tenant
    caller.for_app()
    caller.for_app(client_secret="wrong")
    tenant.require_mfa()
    caller.on_behalf_of(tenant.mint_token(user="megan"))
    tenant.fail("token", aadsts=90033, times=1)
    caller.for_app()
    tenant.fail("token", status=502, body="oops", times=1)
    caller.send(caller.url("token"), {"x": "1"})
    tenant.go_down()
    tenant.answer(HttpRequest(url=caller.url("token")))
    assert [(each.status, each.error, each.aadsts) for each in tenant.requests] == [
        (200, None, None),
        (401, "invalid_client", 7000215),
        (400, "interaction_required", 50076),
        (503, "temporarily_unavailable", 90033),
        (502, None, None),
        (None, None, None),
    ]
    assert [each.number for each in tenant.requests] == [1, 2, 3, 4, 5, 6]
    assert tenant.requests[2].user == DEFAULT_USERS["megan"].object_id


def test_outcome_of_a_sign_in_is_told(caller):
    """Of redirects, of pages, of forms that send themselves, and who was picked."""
    tenant = caller.tenant
    tenant.answer(HttpRequest(url=caller.authorization_url(simulated_user="megan")))
    tenant.answer(HttpRequest(url=caller.authorization_url(prompt="none")))
    tenant.answer(HttpRequest(url=caller.authorization_url(redirect_uri="https://evil.test/")))
    tenant.answer(HttpRequest(url=caller.authorization_url(prompt="none", response_mode="form_post")))
    tenant.answer(HttpRequest(url=caller.authorization_url(claims='{"access_token":{}}')))
    log = tenant.find_requests("authorize")
    assert [(each.status, each.error, each.aadsts) for each in log] == [
        (302, None, None),
        (302, "login_required", 50058),
        (400, None, 50011),
        (200, None, 50058),
        (200, None, None),
    ]
    assert [each.user for each in log[:2]] == [DEFAULT_USERS["megan"].object_id, None]
    assert [each.has_claims for each in log] == [False, False, False, False, True]


def test_requests_are_found(caller):
    """By whatever is asked about; none is an answer too."""
    tenant = caller.tenant
    caller.for_app()
    caller.for_app(client_secret="wrong")
    caller.on_behalf_of(tenant.mint_token(user="megan"))
    assert [each.status for each in tenant.find_requests("token", grant_type="client_credentials")] == [200, 401]
    assert [each.number for each in tenant.find_requests(aadsts=7000215, client_id=tenant.client_id)] == [2]
    assert [each.grant_type for each in tenant.find_requests(user="megan", status=200)] == ["on_behalf_of"]
    assert tenant.find_requests("keys") == ()
    assert tenant.find_requests() == tenant.requests
    with pytest.raises(ConfigurationError, match="user= names nobody"):
        tenant.find_requests(user="nobody")


def test_log_is_asked_from_where_one_left_off(caller):
    """Whoever shows it as it grows asks for those after the last one."""
    caller.for_app()
    last = caller.tenant.requests[-1].number
    assert caller.tenant.requests_since(last) == ()
    caller.for_app()
    assert [each.number for each in caller.tenant.requests_since(last)] == [last + 1]


def test_log_is_json_without_secrets(caller):
    """No secret, code, token, cookie, verifier or state of the requests or their answers is in it."""
    tenant = caller.tenant
    callback = tenant.sign_in(caller.authorization_url(state="canary-state", nonce="canary-nonce"))
    url = caller.authorization_url(state="canary-state", nonce="canary-nonce", simulated_user="adele")
    tenant.answer(HttpRequest(url=url, headers={"cookie": "x=canary-cookie"}))
    tokens = caller.redeem(callback["code"])
    refreshed = caller.refresh(tokens["refresh_token"])
    device = caller.device()
    tenant.approve_device(device["user_code"])
    caller.poll(device)
    assertion = tenant.mint_token()
    caller.on_behalf_of(assertion)
    caller.for_app(client_secret="canary-secret")
    tenant.route("https://user:canary-password@graph.microsoft.com/v1.0/x", {"error": "canary-answer"})
    tenant.answer(HttpRequest(url="https://user:canary-password@graph.microsoft.com/v1.0/x?code=canary-query"))
    tenant.fail("token", status=400, body={"error": "canary body with blanks", "error_description": "canary"})
    caller.for_app()
    text = json.dumps([each.as_dict() for each in tenant.requests])
    assert json.loads(text)[-1]["kind"] == "token"
    secrets = [
        callback["code"],
        *(str(tokens[name]) for name in ("access_token", "refresh_token", "id_token")),
        str(refreshed["refresh_token"]),
        str(device["device_code"]),
        str(device["user_code"]),
        assertion,
        tenant.client_secret,
    ]
    assert not [each for each in secrets if each in text]
    assert not re.search("canary", text)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[" * 99_999,
        b'{"error": 5}',
        b'{"error": {"code": null}}',
        b'{"error": "two words"}',
        b"\xff",
    ],
)
def test_any_answer_can_be_logged(body):
    """Whatever a test passes off as a document."""
    log = RequestLog()
    number = log.add("token", HttpRequest(url="https://a.test/"), RequestDetails(), at=0)
    log.answered(number, HttpResponse(status=400, body=body))
    entry = log.since(0)[0]
    assert (entry.status, entry.error, entry.aadsts) == (400, None, None)


def test_log_is_bounded():
    """The last 10,000 are kept; the count goes on, and what was dropped is not answered."""
    log = RequestLog()
    for _ in range(10_002):
        last = log.add("keys", HttpRequest(url="https://a.test/"), RequestDetails(), at=0)
    assert (last, log.count("keys"), log.count(None)) == (10_002, 10_002, 10_002)
    assert (len(log.since(0)), log.since(0)[0].number) == (10_000, 3)
    log.answered(1, HttpResponse(status=200))
    assert log.since(0)[0].number == 3


def test_broken_tokens_at_graph_are_logged(caller):
    """They tell nothing of themselves."""
    for value in ("Bearer x.y.z", "Basic x", ""):
        caller.tenant.answer(HttpRequest(url=f"{caller.tenant.graph_url}/me", headers={"authorization": value} | FORM))
    assert {(each.user, each.client_id, each.scopes) for each in caller.tenant.requests} == {(None, None, ())}
