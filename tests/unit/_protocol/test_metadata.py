"""OpenID configurations are believed only as far as they must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.authority import authority_at, authority_for_tenant
from azuread_auth._protocol.metadata import parse_metadata
from azuread_auth.errors import ProviderUnavailable

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
PUBLIC = "https://login.microsoftonline.com"
ENTRA = authority_for_tenant(PUBLIC, TENANT)
DOCUMENT = {
    "issuer": f"{PUBLIC}/{TENANT}/v2.0",
    "jwks_uri": f"{PUBLIC}/{TENANT}/discovery/v2.0/keys",
    "authorization_endpoint": f"{PUBLIC}/{TENANT}/oauth2/v2.0/authorize",
    "token_endpoint": f"{PUBLIC}/{TENANT}/oauth2/v2.0/token",
    "end_session_endpoint": f"{PUBLIC}/{TENANT}/oauth2/v2.0/logout",
    "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
    "cloud_instance_name": "microsoftonline.com",
    "tenant_region_scope": "EU",
}


def test_a_document_of_entra_is_read():
    """What Entra answers for a tenant (version 2) is understood; what is not needed may lie anywhere."""
    metadata = parse_metadata(DOCUMENT, authority=ENTRA, version=2)
    assert metadata.issuer_for("ignored, as the issuer is no template") == DOCUMENT["issuer"]
    assert (metadata.version, metadata.tenant_id, metadata.cloud_instance_name) == (2, TENANT, "microsoftonline.com")
    assert metadata.jwks_uri == DOCUMENT["jwks_uri"]
    assert metadata.authorization_endpoint == DOCUMENT["authorization_endpoint"]
    assert metadata.token_endpoint == DOCUMENT["token_endpoint"]
    assert metadata.end_session_endpoint == DOCUMENT["end_session_endpoint"]


def test_a_document_of_version_1_is_read():
    """Version 1 has its issuer on another host than its keys."""
    document = {"issuer": f"https://sts.windows.net/{TENANT}/", "jwks_uri": f"{PUBLIC}/common/discovery/keys"}
    metadata = parse_metadata(document, authority=ENTRA, version=1)
    assert (metadata.issuer, metadata.tenant_id) == (document["issuer"], TENANT)
    assert (metadata.cloud_instance_name, metadata.authorization_endpoint, metadata.token_endpoint) == (
        None,
        None,
        None,
    )


def test_a_template_becomes_the_issuer_of_a_tenant():
    """Tenant-independent metadata names a template, which each token's tenant is put into."""
    common = authority_for_tenant(PUBLIC, "common")
    document = {"issuer": f"{PUBLIC}/{{tenantid}}/v2.0", "jwks_uri": f"{PUBLIC}/common/discovery/v2.0/keys"}
    metadata = parse_metadata(document, authority=common, version=2)
    assert (metadata.tenant_id, metadata.issuer_for(TENANT)) == (None, f"{PUBLIC}/{TENANT}/v2.0")


def test_a_document_of_b2c_is_read():
    """B2C's documents lack most of what Entra's have."""
    url = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin"
    document = {"issuer": f"https://contoso.b2clogin.com/{TENANT}/v2.0/", "jwks_uri": f"{url}/discovery/v2.0/keys"}
    assert parse_metadata(document, authority=authority_at(url), version=2).tenant_id == TENANT


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"issuer": None}, "no issuer", id="T62 no issuer"),
        pytest.param({"issuer": ""}, "no issuer", id="T62 empty issuer"),
        pytest.param({"issuer": [PUBLIC]}, "issuer that is not text", id="T62 issuer is a list"),
        pytest.param({"issuer": "https://evil.com/v2.0"}, "not this authority's", id="T62 a stranger's issuer"),
        pytest.param({"issuer": f"{DOCUMENT['issuer']}/x"}, "not this authority's", id="T62 issuer with a suffix"),
        pytest.param({"jwks_uri": None}, "no jwks_uri", id="T62 no keys"),
        pytest.param({"jwks_uri": 1}, "jwks_uri that is not text", id="T62 keys are a number"),
        pytest.param(
            {"jwks_uri": "http://login.microsoftonline.com/k"}, "jwks_uri on another host", id="T62 keys over http"
        ),
        pytest.param({"jwks_uri": "https://evil.com/keys"}, "jwks_uri on another host", id="T62 keys elsewhere"),
        pytest.param({"jwks_uri": f"{PUBLIC}@evil.com/keys"}, "jwks_uri on another host", id="T62 userinfo"),
        pytest.param({"jwks_uri": "https://[bad/keys"}, "jwks_uri on another host", id="T62 no address at all"),
        pytest.param({"token_endpoint": "https://evil.com/t"}, "token_endpoint on another", id="T62 token endpoint"),
        pytest.param(
            {"authorization_endpoint": "https://evil.com/a"}, "authorization_endpoint on another", id="T62 sign-in page"
        ),
        pytest.param({"token_endpoint": 5}, "token_endpoint that is not text", id="T62 token endpoint is a number"),
        pytest.param({"token_endpoint": ""}, "no token_endpoint", id="T62 empty token endpoint"),
        pytest.param({"cloud_instance_name": {}}, "cloud_instance_name that is not text", id="T61 cloud is an object"),
    ],
)
def test_T62_a_document_that_cannot_be_trusted_counts_as_an_outage(change, told):
    """T62: nothing of it is used, and the message names no value that the document holds."""
    with pytest.raises(ProviderUnavailable, match=told) as refused:
        parse_metadata({**DOCUMENT, **change}, authority=ENTRA, version=2)
    assert "evil.com" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "promises"),
    [
        pytest.param(True, True, id="T80 promised"),
        pytest.param(False, False, id="T80 not promised"),
        pytest.param(None, False, id="T80 null"),
        pytest.param("true", False, id="T80 a text is no promise"),
        pytest.param(1, False, id="T80 a number is no promise"),
    ],
)
def test_T80_whether_answers_name_their_issuer(value, promises):
    """RFC 9207 3: where it is promised, an answer without an issuer is refused."""
    assert not parse_metadata(DOCUMENT, authority=ENTRA, version=2).promises_iss
    document = {**DOCUMENT, "authorization_response_iss_parameter_supported": value}
    assert parse_metadata(document, authority=ENTRA, version=2).promises_iss is promises


values = st.none() | st.text(max_size=20) | st.integers() | st.lists(st.text(max_size=3), max_size=2)


@given(st.dictionaries(st.sampled_from(sorted(DOCUMENT)), values))
def test_arbitrary_documents_raise_nothing_but_unavailability(change):
    """T62: whatever the members hold."""
    try:
        metadata = parse_metadata({**DOCUMENT, **change}, authority=ENTRA, version=2)
    except ProviderUnavailable:
        return
    assert metadata.tenant_id == TENANT
