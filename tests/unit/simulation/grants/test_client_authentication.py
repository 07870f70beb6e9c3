"""Secrets, and what is wrong with them."""

import base64
import json

import pytest

from azuread_auth._protocol.http import HttpRequest

FORM = "application/x-www-form-urlencoded"


def basic(user: str, password: str) -> str:
    """An Authorization header."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"client_secret": "wrong"}, ("invalid_client", 7000215), id="wrong secret"),
        pytest.param({"client_secret": ""}, ("invalid_client", 7000218), id="no secret"),
        pytest.param({"client_id": ""}, ("invalid_request", 900144), id="no client id"),
        pytest.param(
            {"client_id": "8f1d2c3b-0000-4000-8000-000000000000"}, ("unauthorized_client", 700016), id="unknown client"
        ),
        pytest.param({"client_assertion": "a.b.c"}, ("invalid_request", 90023), id="two proofs"),
    ],
)
def test_T123_wrong_proof_is_refused(caller, verdict, changes, expected):
    """Each flaw has the error and the code that Entra gives it; proofs that are wrong have status 401."""
    url = caller.url("token")
    form = {"grant_type": "client_credentials", "scope": "api://o/.default"} | caller.proof | changes
    response = caller.send(url, {name: value for name, value in form.items() if value})
    assert verdict(caller.for_app(**changes)) == expected
    assert response.status == (401 if expected[0] == "invalid_client" else 400)
    assert caller.tenant.client_secret.encode() not in response.body


def test_secret_can_expire(caller, verdict):
    """A right secret that has expired is told apart from a wrong one."""
    caller.tenant.behaviour.secret_has_expired = True
    assert verdict(caller.for_app()) == ("invalid_client", 7000222)
    assert verdict(caller.for_app(client_secret="wrong")) == ("invalid_client", 7000215)


def test_secret_may_be_in_the_header(caller):
    """HTTP Basic works, with both parts form-encoded; what is malformed or said twice is refused."""
    app = caller.tenant.register_app(secret="a:b+c %")
    form = {"grant_type": "client_credentials", "scope": "api://o/.default"}
    header = basic(app.client_id, "a%3Ab%2Bc+%25")
    url = caller.url("token")
    assert caller.send(url, form, authorization=header).status == 200
    assert caller.send(url, form | {"client_secret": "x"}, authorization=header).status == 400
    assert caller.send(url, form, authorization="Basic ?").status == 401
    assert caller.send(url, form, authorization="Bearer x").status == 400
    assert caller.tenant.token_requests[0].client_id == app.client_id
    assert caller.tenant.token_requests[-2].client_id is None


def test_public_client_must_not_present_a_secret(caller, verdict):
    """An application without credentials that allows public clients has nothing to prove."""
    app = caller.tenant.register_app(public=True)
    assert verdict(caller.for_app(client_id=app.client_id)) == ("invalid_client", 700025)
    assert verdict(caller.for_app(client_id=app.client_id, client_secret="")) == ("invalid_client", 7000218)


def test_registering_again_replaces(caller):
    """A secret that was replaced is wrong from then on."""
    app = caller.tenant.register_app(secret="old")
    caller.tenant.register_app(app.client_id, secret="new")
    assert caller.for_app(client_id=app.client_id, client_secret="old")["error_codes"] == [7000215]
    assert "error" not in caller.for_app(client_id=app.client_id.upper(), client_secret="new")


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        pytest.param("grant_type=client_credentials&grant_type=client_credentials", FORM, 9000411, id="twice"),
        pytest.param("grant_type=client_credentials&grant_type=", FORM, 9000411, id="twice, once empty"),
        pytest.param('{"grant_type":"client_credentials"}', "application/json", 900144, id="JSON"),
        pytest.param("grant_type=client_credentials", "text/plain", 900144, id="text"),
        pytest.param("grant_type", FORM, 900144, id="a name alone"),
        pytest.param("", FORM, 900144, id="nothing"),
        pytest.param("&".join(f"a{n}=1" for n in range(101)), FORM, 900144, id="too many"),
        pytest.param(b"grant_type=\xff", FORM, 900144, id="not UTF-8"),
    ],
)
def test_form_is_read_strictly(caller, body, content_type, code):
    """What is no form, or says a thing twice, is refused before anything else."""
    data = body.encode() if isinstance(body, str) else body
    request = HttpRequest(method="POST", url=caller.url("token"), headers={"Content-Type": content_type}, body=data)
    response = caller.tenant.answer(request).response
    assert response.status == 400
    assert json.loads(response.body)["error_codes"] == [code]


def test_only_post_is_answered(caller):
    """A token request in a URL would be in every log."""
    response = caller.send(caller.url("token"))
    assert (response.status, response.headers["allow"]) == (405, "POST, OPTIONS")


def test_errors_are_documents_of_entras_kind(caller):
    """They carry the ids that support asks for; the correlation id is the client's own where it sent one."""
    form = {"grant_type": "client_credentials", "client_id": caller.tenant.client_id}
    response = caller.send(caller.url("token"), form, client_request_id="7d0e6d2a-0000-4000-8000-000000000000")
    document = json.loads(response.body)
    assert document["correlation_id"] == "7d0e6d2a-0000-4000-8000-000000000000"
    assert document["trace_id"] != document["correlation_id"]
    assert document["timestamp"] == "2023-11-14 22:13:20Z"
    assert document["error_uri"] == "https://login.azuread-auth.test/error?code=7000218"
    assert document["error_description"].startswith("AADSTS7000218: ")
    assert response.headers["cache-control"] == "no-store, no-cache"
