"""Microsoft Graph as far as it tells who somebody is, and in which groups."""

import json
from urllib.parse import urlencode

import pytest

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation import SimulatedUser
from azuread_auth.simulation.users import DEFAULT_USERS, SECOND_TENANT
from tests.unit.simulation.conftest import Caller

GRAPH = "https://graph.microsoft.com"
KIM = SimulatedUser(
    object_id="0f1e2d3c-4b5a-4968-8776-655443322110",
    name="Kim Larsen",
    username="kim@contoso.test",
    groups=tuple(f"00000000-0000-4000-8000-{number:012}" for number in range(205)),
)
ADELE, MEGAN, NINA = (DEFAULT_USERS[name] for name in ("adele", "megan", "nina"))
MEMBERS = {"path": "/me/getMemberObjects", "method": "POST"}


def ask(
    caller: Caller, path: str, token: str | None, *, method: str = "GET", body: object = None, **query: str
) -> HttpResponse:
    """Graph's answer."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    url = f"{caller.tenant.graph_url}{path}" + (f"?{urlencode(query)}" if query else "")
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = caller.tenant.answer(HttpRequest(method=method, url=url, headers=headers, body=data)).response
    assert answer is not None
    return answer


def document(response: HttpResponse) -> dict[str, object]:
    """The JSON of a good answer."""
    assert response.status == 200, response.body
    return json.loads(response.body)


def error(response: HttpResponse) -> tuple[int, str]:
    """Status and code of a refusal, which has what clients log."""
    told = json.loads(response.body)["error"]
    assert told["message"]
    assert set(told["innerError"]) == {"date", "request-id", "client-request-id"}
    return response.status, told["code"]


def graph_token(caller: Caller, *scopes: str, **wishes: object) -> str:
    """A token for Graph."""
    return caller.tenant.mint_token(scopes=list(scopes), audience=GRAPH, **wishes)


@pytest.mark.parametrize("served", [False, True], ids=["in process", "loopback"])
def test_metadata_names_the_host(caller, served):
    """Clients that look for Graph by `msgraph_host` find it, wherever the tenant is."""
    with caller.tenant as tenant:
        if served:
            tenant.serve()
        metadata = json.loads(caller.send(f"{tenant.authority_host}/common/v2.0/.well-known/openid-configuration").body)
        scheme = "http" if served else "https"
        assert tenant.graph_url == f"{scheme}://{metadata['msgraph_host']}/v1.0"
        person = document(ask(caller, "/me", graph_token(caller, "User.Read")))
        assert (person["id"], person["displayName"]) == (ADELE.object_id, "Adele Vance")
        assert person["@odata.context"] == f"{tenant.graph_url}/$metadata#users/$entity"


def test_tokens_of_every_grant_are_good(caller):
    """A token that was got for Graph, by any of its names, opens it."""
    tenant = caller.tenant
    for resource in (GRAPH, "00000003-0000-0000-c000-000000000000", "https://graph.azuread-auth.test"):
        tokens = caller.on_behalf_of(tenant.mint_token(user="megan"), scope=f"{resource}/User.Read")
        assert document(ask(caller, "/me", tokens["access_token"]))["userPrincipalName"] == MEGAN.username
    tokens = caller.on_behalf_of(tenant.mint_token(), scope="User.Read")
    assert document(ask(caller, "/me", tokens["access_token"]))["givenName"] == "Adele"


def test_person_has_what_is_selected(caller):
    """`$select` leaves the rest out."""
    token = graph_token(caller, "User.Read")
    person = document(ask(caller, "/me", token, **{"$select": "id,mail,unknown"}))
    assert person == {
        "@odata.context": f"{caller.tenant.graph_url}/$metadata#users/$entity",
        "id": ADELE.object_id,
        "mail": "adele@contoso.test",
    }


@pytest.mark.parametrize("name", [MEGAN.object_id, MEGAN.username, "Megan%40contoso.onmicrosoft.com"])
def test_others_are_found_by_id_and_by_name(caller, name):
    """With the permission for everybody."""
    token = graph_token(caller, "User.Read.All")
    assert document(ask(caller, f"/users/{name}", token))["displayName"] == "Megan Bowen"


def test_groups_that_no_token_lists_are_told(caller, claims_of):
    """A user in too many groups: the token names a source in place of them, and Graph lists them all."""
    tenant = caller.tenant
    claims = claims_of(tenant.mint_token(user=KIM))
    assert "groups" not in claims
    assert claims["_claim_names"] == {"groups": "src1"}
    source = claims["_claim_sources"]["src1"]["endpoint"]
    assert source.endswith(f"/{tenant.tenant_id}/users/{KIM.object_id}/getMemberObjects")
    body = {"securityEnabledOnly": False}
    as_user = ask(caller, "/me/getMemberObjects", graph_token(caller, "User.Read", user=KIM), method="POST", body=body)
    assert document(as_user)["value"] == list(KIM.groups)
    app = graph_token(caller, kind="app", roles=["GroupMember.Read.All"])
    as_app = ask(caller, f"/users/{KIM.object_id}/getMemberObjects", app, method="POST", body=body)
    assert document(as_app)["value"] == list(KIM.groups)


def test_memberships_come_in_pages(caller):
    """`@odata.nextLink` leads through all of them, each once."""
    token = graph_token(caller, "User.Read", user=KIM)
    answer = document(ask(caller, "/me/memberOf", token))
    found = [each["id"] for each in answer["value"]]
    assert len(found) == 100
    while "@odata.nextLink" in answer:
        request = HttpRequest(url=str(answer["@odata.nextLink"]), headers={"Authorization": f"Bearer {token}"})
        answer = document(caller.tenant.answer(request).response)
        found += [each["id"] for each in answer["value"]]
    assert found == list(KIM.groups)
    few = document(ask(caller, "/me/memberOf", token, **{"$top": "2"}))
    assert [each["displayName"] for each in few["value"]] == ["Group 00000000"] * 2
    assert [each["@odata.type"] for each in few["value"]] == ["#microsoft.graph.group"] * 2


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        pytest.param({"fault": "bad-signature"}, "signature", id="bad signature"),
        pytest.param({"fault": "unknown-key"}, "signature", id="a stranger's key"),
        pytest.param({"fault": "consumer-key"}, "signature", id="a key for another tenant"),
        pytest.param({"fault": "wrong-issuer"}, "issuer", id="another issuer"),
        pytest.param({"fault": "mismatched-tid"}, "issuer", id="another tenant than its issuer's"),
        pytest.param({"audience": "api://orders"}, "audience", id="for another API"),
        pytest.param({"expires_in": -1}, "lifetime", id="expired"),
        pytest.param({"fault": "not-yet-valid"}, "lifetime", id="not valid yet"),
        pytest.param({"fault": "two-parts"}, "compact", id="no signed token"),
    ],
)
def test_bad_token_is_refused(caller, wishes, said):
    """Signature, issuer, audience and time are really looked at."""
    token = caller.tenant.mint_token(**{"scopes": ["User.Read"], "audience": GRAPH} | wishes)
    response = ask(caller, "/me", token)
    assert error(response) == (401, "InvalidAuthenticationToken")
    assert said in response.body.decode()
    assert response.headers["www-authenticate"].startswith('Bearer realm="", authorization_uri="https://login.')
    assert "insufficient_claims" not in response.headers["www-authenticate"]


def test_personal_accounts_have_keys_of_their_own(caller):
    """Their tokens are good too."""
    token = graph_token(caller, "User.Read", user="pat")
    assert document(ask(caller, "/me", token))["displayName"] == "Pat Miller"


def test_missing_token_is_refused(caller):
    """Without a header, and with another scheme."""
    assert error(ask(caller, "/me", None)) == (401, "InvalidAuthenticationToken")
    request = HttpRequest(url=f"{caller.tenant.graph_url}/me", headers={"authorization": "Basic eDp5"})
    assert error(caller.tenant.answer(request).response) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize(
    ("path", "wishes"),
    [
        pytest.param("/me", {"scopes": ["Mail.Read"]}, id="oneself"),
        pytest.param(f"/users/{MEGAN.object_id}", {"scopes": ["User.Read"]}, id="somebody else"),
        pytest.param(f"/users/{MEGAN.object_id}", {"scopes": ["Mail.Read"]}, id="no permission at all"),
        pytest.param("/me/memberOf", {"scopes": ["User.ReadBasic.All"]}, id="groups"),
        pytest.param(f"/users/{MEGAN.object_id}/memberOf", {"scopes": ["User.Read"]}, id="groups of somebody else"),
        pytest.param(f"/users/{MEGAN.object_id}", {"kind": "app", "roles": ["Mail.Read"]}, id="an application"),
        pytest.param(
            f"/users/{MEGAN.object_id}",
            {"kind": "app", "scopes": ["User.Read.All"], "roles": ["X"]},
            id="an application with a scope",
        ),
        pytest.param("/me", {"scopes": ["X"], "roles": ["User.Read.All"]}, id="a user with a role"),
    ],
)
def test_permission_is_needed(caller, path, wishes):
    """Scopes count for users and roles for applications."""
    token = caller.tenant.mint_token(audience=GRAPH, **wishes)
    assert error(ask(caller, path, token)) == (403, "Authorization_RequestDenied")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param({"path": "/users/nobody@x.test"}, (404, "Request_ResourceNotFound"), id="unknown user"),
        pytest.param({"path": f"/users/{NINA.object_id}"}, (404, "Request_ResourceNotFound"), id="of another tenant"),
        pytest.param({"path": "/me/messages"}, (404, "ResourceNotFound"), id="not simulated"),
        pytest.param({"path": "/groups"}, (404, "ResourceNotFound"), id="not simulated either"),
        pytest.param({"method": "DELETE"}, (405, "Request_BadRequest"), id="method"),
        pytest.param(MEMBERS | {"body": {}}, (400, "BadRequest"), id="body says nothing"),
        pytest.param(MEMBERS | {"body": b"[" * 9999}, (400, "BadRequest"), id="body is no JSON"),
        pytest.param({"path": "/me/memberOf", "$top": "0"}, (400, "BadRequest"), id="page too small"),
        pytest.param({"path": "/me/memberOf", "$top": "x"}, (400, "BadRequest"), id="no number"),
    ],
)
def test_wrong_question_is_refused(caller, question, expected):
    """With Graph's status and code."""
    token = graph_token(caller, "User.Read.All")
    assert error(ask(caller, **{"path": "/me", "token": token} | question)) == expected


def test_applications_have_no_me(caller):
    """There is nobody that it could be."""
    app = graph_token(caller, kind="app", roles=["User.Read.All"])
    assert error(ask(caller, "/me", app)) == (400, "BadRequest")


def test_parameter_that_is_there_twice_is_refused(caller):
    """As everywhere else."""
    url = f"{caller.tenant.graph_url}/me?$select=id&$select=mail"
    request = HttpRequest(
        url=url, headers={"authorization": f"Bearer {graph_token(caller, 'User.Read')}", "client-request-id": "mine"}
    )
    answer = caller.tenant.answer(request).response
    assert error(answer) == (400, "BadRequest")
    assert answer.headers["client-request-id"] == "mine"


def test_throttling_and_outages(caller):
    """Graph fails on purpose with its own documents, and counts."""
    tenant, token = caller.tenant, graph_token(caller, "User.Read", user="megan")
    tenant.fail("graph", status=429, retry_after=7, times=1)
    throttled = ask(caller, "/me", token)
    assert error(throttled) == (429, "TooManyRequests")
    assert throttled.headers["retry-after"] == "7"
    tenant.fail("graph", error="Directory_Broken", user="megan", headers={"X-Ms-Test": "1"})
    broken = ask(caller, "/me", token)
    assert error(broken) == (503, "Directory_Broken")
    assert broken.headers["x-ms-test"] == "1"
    assert ask(caller, "/me", graph_token(caller, "User.Read")).status == 200
    tenant.fail("graph", status=200, body={"id": 5}, user="megan")
    assert document(ask(caller, "/me", token)) == {"id": 5}
    tenant.come_up()
    assert ask(caller, "/me", token).status == 200
    assert tenant.request_count("graph") == 5
    entry = tenant.requests[0]
    assert (entry.kind, entry.status, entry.error) == ("graph", 429, "TooManyRequests")
    assert (entry.user, entry.scopes, entry.tenant) == (MEGAN.object_id, ("User.Read",), tenant.tenant_id)


def test_graph_knows_no_aadsts(caller):
    """Those codes are the sign-in's."""
    with pytest.raises(Exception, match="aadsts= is none of Graph's errors"):
        caller.tenant.fail("graph", aadsts=50076)


def test_added_route_comes_first(caller):
    """A test may answer for Graph itself, as before."""
    caller.tenant.route(f"{caller.tenant.graph_url}/me", {"id": "mine"})
    assert document(ask(caller, "/me", None)) == {"id": "mine"}
    assert caller.tenant.requests[-1].kind == "route"


def test_blocked_user_is_refused(caller):
    """Their tokens are of no use, however good."""
    response = ask(caller, "/me", caller.tenant.mint_token(user="blake", audience=GRAPH, scopes=["User.Read"]))
    assert response.status == 401
    assert "disabled" in json.loads(response.body)["error"]["message"]


def test_guest_is_a_member_at_home(caller):
    """Graph speaks of users as their token's tenant knows them."""
    wishes = {"user": "robin", "audience": GRAPH, "scopes": ["User.Read"]}
    away = document(ask(caller, "/me", caller.tenant.mint_token(**wishes)))
    home = document(ask(caller, "/me", caller.tenant.mint_token(**wishes, tenant_id=SECOND_TENANT)))
    assert "#EXT#" in away["userPrincipalName"]
    assert home["userPrincipalName"] == "robin@fabrikam.test"
