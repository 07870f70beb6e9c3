"""Tokens for the application itself."""

import httpx2
import pytest

from azuread_auth.client import AzureAdClient
from azuread_auth.simulation import SimulatedTenant
from tests.conftest import PLAIN_HTTP


def test_token_of_the_own_api_is_good():
    """The application's token opens its own API by the rules of production, with the role that was granted."""
    tenant = SimulatedTenant()
    form = {
        "grant_type": "client_credentials",
        "scope": f"api://{tenant.client_id}/.default",
        "client_id": tenant.client_id,
        "client_secret": tenant.client_secret,
    }
    with httpx2.Client(transport=tenant.http) as client:
        url = f"{tenant.authority_host}/{tenant.tenant_id}/oauth2/v2.0/token"
        answer = client.post(url, data=form).json()
    with AzureAdClient(tenant.settings()) as azure:
        principal = azure.validate_token(answer["access_token"])
    assert (principal.kind, principal.roles) == ("app", {"access_as_app"})


def test_tokens_come_over_http_too(caller, claims_of):
    """Once the tenant serves, its token endpoint answers at the loopback address, and tokens come from there."""
    with caller.tenant as tenant:
        origin = tenant.serve()
        form = {"grant_type": "client_credentials", "scope": "api://orders/.default"} | caller.proof
        with httpx2.Client(trust_env=False, verify=PLAIN_HTTP) as http:
            answers = [http.post(caller.url("token"), data=form | wrong) for wrong in ({}, {"client_secret": "x"})]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert claims_of(answers[0].json()["access_token"])["iss"] == f"{origin}/{tenant.tenant_id}/v2.0"


def test_answer_is_entras(caller):
    """There is no scope and no refresh token in it, and it says how long it is good."""
    document = caller.for_app()
    assert {name: document[name] for name in document if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 3599,
        "ext_expires_in": 3599,
    }


@pytest.mark.parametrize(
    ("resource", "audience"),
    [
        pytest.param("https://graph.microsoft.com", "https://graph.microsoft.com", id="Microsoft Graph"),
        pytest.param("https://management.azure.com/", "https://management.azure.com/", id="a slash of its own"),
        pytest.param("api://orders", "api://orders", id="an API that is not registered"),
        pytest.param("api://9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d", None, id="a registered API by its URI"),
        pytest.param("9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d", None, id="a registered API by its client id"),
    ],
)
def test_token_is_for_the_resource(caller, claims_of, resource, audience):
    """What stands before /.default is the audience; registered APIs have tokens for their client id."""
    claims = claims_of(caller.for_app(scope=f"{resource}/.default")["access_token"])
    assert claims["aud"] == (audience or caller.tenant.client_id)
    assert (claims["azp"], claims["azpacr"], claims["idtyp"]) == (caller.tenant.client_id, "1", "app")


def test_tokens_are_unique(caller, claims_of):
    """No two tokens are the same, at the same second."""
    tokens = [claims_of(caller.for_app()["access_token"])["uti"] for _ in range(3)]
    assert len(set(tokens)) == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"scope": "User.Read"}, 1002012, id="no resource"),
        pytest.param({"scope": "api://orders/Orders.Read"}, 1002012, id="one permission"),
        pytest.param({"scope": "api://a/.default api://b/.default"}, 1002012, id="two resources"),
        pytest.param({"scope": "/.default"}, 70011, id="a resource without a name"),
        pytest.param({"scope": ""}, 900144, id="no scope"),
        pytest.param({"path": "common"}, 9001023, id="common"),
        pytest.param({"path": "organizations"}, 9001023, id="organizations"),
        pytest.param({"path": "consumers"}, 9001023, id="consumers"),
        pytest.param({"path": "fabrikam.onmicrosoft.com"}, 90002, id="unknown tenant"),
        pytest.param({"grant_type": "password"}, 70003, id="unknown grant"),
        pytest.param({"grant_type": ""}, 900144, id="no grant"),
    ],
)
def test_wrong_request_is_refused(caller, changes, code):
    """Each flaw has the code that Entra gives it."""
    assert caller.for_app(**changes)["error_codes"] == [code]


@pytest.mark.parametrize(
    "path", ["contoso.onmicrosoft.com", "8f1d2c3b-0000-4000-8000-000000000000", "8F1D2C3B-0000-4000-8000-000000000000"]
)
def test_tenant_of_the_endpoint_issues(caller, claims_of, path):
    """The domain is the tenant's own; any other GUID is a tenant, too."""
    tenant_id = caller.tenant.tenant_id if "contoso" in path else path.lower()
    claims = claims_of(caller.for_app(path=path)["access_token"])
    assert (claims["tid"], claims["iss"]) == (tenant_id, f"{caller.tenant.authority_host}/{tenant_id}/v2.0")


def test_b2c_and_external_id_issue(caller, claims_of):
    """The token endpoints of the other products answer as well."""
    for url in (caller.tenant.b2c_authority_url(), caller.tenant.external_id_authority_url):
        form = {"grant_type": "client_credentials", "scope": f"api://{caller.tenant.client_id}/.default"}
        response = caller.send(f"{url}/oauth2/v2.0/token", form | caller.proof)
        assert response.status == 200


def test_claims_that_were_asked_for(caller, claims_of):
    """An authentication context becomes acrs, capabilities become xms_cc."""
    wish = '{"access_token":{"acrs":{"essential":true,"value":"c1"},"xms_cc":{"values":["CP1"]},"nbf":null}}'
    claims = claims_of(caller.for_app(claims=wish)["access_token"])
    assert (claims["acrs"], claims["xms_cc"]) == (["c1"], ["CP1"])


@pytest.mark.parametrize("wish", ["no json", "[]", '{"access_token":[]}', '{"access_token":{"acrs":"c1"}}'], ids=str)
def test_malformed_claims_are_refused(caller, verdict, wish):
    """What is no claims request is not guessed at."""
    assert verdict(caller.for_app(claims=wish)) == ("invalid_request", 90023)


def test_lifetimes_can_be_set(caller, claims_of):
    """The tenant says when to refresh, and how long tokens live, as it is told."""
    caller.tenant.behaviour.token_lifetime_seconds = 7200
    caller.tenant.behaviour.refresh_in_seconds = 3600
    document = caller.for_app()
    claims = claims_of(document["access_token"])
    assert (document["expires_in"], document["refresh_in"]) == (7199, 3600)
    assert claims["exp"] - claims["iat"] == 7200
