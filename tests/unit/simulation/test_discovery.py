"""What a simulated tenant publishes about itself."""

import json

import pytest

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation import SimulatedTenant

HOST = "https://login.azuread-auth.test"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"


@pytest.fixture
def tenant():
    """A tenant at a fixed time."""
    return SimulatedTenant(now=lambda: 1_700_000_000.0)


def fetch(tenant: SimulatedTenant, url: str, method: str = "GET") -> HttpResponse:
    """The answer, which there must be."""
    answer = tenant.answer(HttpRequest(url=url, method=method))
    assert answer.response is not None
    return answer.response


def document(tenant: SimulatedTenant, path: str) -> dict[str, object]:
    """The JSON document at a path of the authority."""
    response = fetch(tenant, f"{HOST}/{path}")
    assert response.status == 200
    return json.loads(response.body)


def issuers_by_name(tenant: SimulatedTenant) -> dict[str, str]:
    """The tenant in the issuer, by the names that directories go by."""
    return {
        tenant.tenant_id: tenant.tenant_id,
        tenant.tenant_id.upper(): tenant.tenant_id,
        "contoso.onmicrosoft.com": tenant.tenant_id,
        "common": "{tenantid}",
        "organizations": "{tenantid}",
        "consumers": PERSONAL,
        PERSONAL: PERSONAL,
    }


def test_issuer_of_version_2_is_the_directorys(tenant):
    """Each name of a directory leads to its issuer; the shared names to the literal template."""
    for name, owner in issuers_by_name(tenant).items():
        metadata = document(tenant, f"{name}/v2.0/.well-known/openid-configuration")
        assert metadata["issuer"] == f"{HOST}/{owner}/v2.0"
        assert metadata["jwks_uri"] == f"{HOST}/{name}/discovery/v2.0/keys"
        assert metadata["token_endpoint"] == f"{HOST}/{name}/oauth2/v2.0/token"
        assert metadata["cloud_instance_name"] == "azuread-auth.test"
        assert metadata["tenant_region_scope"] == (None if owner == "{tenantid}" else "WW")


def test_version_1_has_an_issuer_and_keys_of_its_own(tenant):
    """Metadata of version 1 names an issuer with a slash at the end, and the common key set."""
    for name, owner in issuers_by_name(tenant).items():
        metadata = document(tenant, f"{name}/.well-known/openid-configuration")
        assert metadata["issuer"] == f"{HOST}/{owner}/"
        assert metadata["jwks_uri"] == f"{HOST}/common/discovery/keys"
        assert metadata["authorization_endpoint"] == f"{HOST}/{name}/oauth2/authorize"
        assert metadata["microsoft_multi_refresh_token"] is True


def test_T124_nothing_bears_the_name_of_a_real_host(tenant):
    """Apart from the name of the other cloud, which a real key set has too, no published text names Microsoft."""
    for path in ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration", "discovery/keys"):
        text = json.dumps(document(tenant, f"{tenant.tenant_id}/{path}")).replace("microsoftonline.us", "")
        assert "microsoft" not in text.replace("microsoft_multi_refresh_token", "")
        assert "windows.net" not in text


def test_keys_of_version_2_are_bound(tenant):
    """Each key names issuer and cloud; one is bound to personal accounts, one belongs to another cloud."""
    keys = document(tenant, "common/discovery/v2.0/keys")["keys"]
    template = f"{HOST}/{{tenantid}}/v2.0"
    assert [(key["issuer"], key["cloud_instance_name"]) for key in keys] == [
        (template, "azuread-auth.test"),
        (template, "azuread-auth.test"),
        (f"{HOST}/{PERSONAL}/v2.0", "azuread-auth.test"),
        (template, "microsoftonline.us"),
    ]
    assert all("alg" not in key for key in keys)


def test_keys_of_version_1_have_no_issuer(tenant):
    """The older key set tells the cloud only, and has no key of personal accounts."""
    keys = document(tenant, "common/discovery/keys")["keys"]
    assert len(keys) == 3
    assert all("issuer" not in key for key in keys)
    bound = document(tenant, "common/discovery/v2.0/keys")["keys"]
    assert {key["kid"] for key in keys} < {key["kid"] for key in bound}


def test_metadata_for_an_application_with_its_own_keys(tenant):
    """The application of ?appid= is handed on to the key set."""
    metadata = document(tenant, "common/v2.0/.well-known/openid-configuration?appid=a-1")
    assert metadata["jwks_uri"] == f"{HOST}/common/discovery/v2.0/keys?appid=a-1"
    assert document(tenant, "common/discovery/v2.0/keys?appid=a-1")["keys"]


@pytest.mark.parametrize(
    ("path", "issuer"),
    [
        pytest.param("contoso.onmicrosoft.com/B2C_1_signin", "{guid}/v2.0/", id="default form"),
        pytest.param("{guid}/b2c_1a_custom", "{guid}/v2.0/", id="custom policy"),
        pytest.param("tfp/{guid}/B2C_1_signin", "tfp/{guid}/B2C_1_signin/v2.0/", id="policy in the issuer"),
    ],
)
def test_b2c_policy_has_metadata_and_keys(tenant, path, issuer):
    """A policy's issuer ends in a slash, and its keys are bound to nothing."""
    path, issuer = (text.replace("{guid}", tenant.tenant_id) for text in (path, issuer))
    metadata = document(tenant, f"{path}/v2.0/.well-known/openid-configuration")
    assert metadata["issuer"] == f"{HOST}/{issuer}"
    assert "cloud_instance_name" not in metadata
    keys = document(tenant, f"{path}/discovery/v2.0/keys")["keys"]
    assert [set(key) for key in keys] == [{"kty", "use", "kid", "n", "e"}] * 2


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("8f1d2c3b-0000-4000-8000-000000000000", id="another GUID"),
        pytest.param("fabrikam.onmicrosoft.com", id="another domain"),
        pytest.param("tfp", id="a policy without anything"),
        pytest.param("common/B2C_1_signin", id="a policy of all tenants"),
        pytest.param("contoso.onmicrosoft.com/signin", id="no name of a policy"),
        pytest.param("contoso.onmicrosoft.com/B2C_1_a/B2C_1_b", id="two policies"),
    ],
)
def test_unknown_tenant_is_refused(tenant, name):
    """A tenant that does not exist gets AADSTS90002, in metadata and keys of both versions."""
    for path in ("v2.0/.well-known/openid-configuration", "discovery/keys"):
        response = fetch(tenant, f"{HOST}/{name}/{path}")
        error = json.loads(response.body)
        assert response.status == 400
        assert (error["error"], error["error_codes"]) == ("invalid_tenant", [90002])
        assert error["error_description"].startswith(f"AADSTS90002: Tenant '{name}'")
        assert error["timestamp"] == "2023-11-14 22:13:20Z"


def test_documents_come_with_entras_headers(tenant):
    """Documents may be kept for a day and read by any web page."""
    headers = fetch(tenant, f"{HOST}/common/discovery/keys").headers
    assert headers["cache-control"] == "max-age=86400, private"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["content-type"].startswith("application/json")
    assert headers["x-ms-request-id"] != fetch(tenant, f"{HOST}/common/discovery/keys").headers["x-ms-request-id"]


def test_other_methods(tenant):
    """A preflight is answered, writing is not allowed."""
    url = f"{HOST}/common/discovery/keys"
    preflight = fetch(tenant, url, "OPTIONS")
    assert (preflight.status, preflight.headers["access-control-allow-methods"]) == (200, "GET, OPTIONS")
    assert fetch(tenant, url, "POST").status == 405


def test_other_addresses(tenant):
    """An unknown path of the authority is 404; nothing listens on other hosts or on its name without TLS."""
    assert fetch(tenant, f"{HOST}/favicon.ico").status == 404
    for url in (
        "https://login.microsoftonline.com/common/discovery/keys",
        "http://login.azuread-auth.test/common/discovery/keys",
        "https://login.azuread-auth.test.attacker.test/common/discovery/keys",
        "http://127.0.0.1/common/discovery/keys",
    ):
        assert tenant.answer(HttpRequest(url=url)).response is None
