"""Where metadata lies, and whom it may speak for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.authority import (
    TENANT_TEMPLATE,
    AuthorityKind,
    authority_at,
    authority_for_tenant,
)
from azuread_auth._protocol.clouds import CLOUDS, PERSONAL_TENANT, cloud_of

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
PUBLIC = "https://login.microsoftonline.com"
US_GOV = "https://login.microsoftonline.us"
CHINA = "https://login.partner.microsoftonline.cn"
LOOPBACK = "http://127.0.0.1:8400"
B2C = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_SignIn"

ENTRA = authority_for_tenant(PUBLIC, TENANT)
COMMON = authority_for_tenant(PUBLIC, "common")
LOCAL = authority_for_tenant(LOOPBACK, TENANT)
EXTERNAL = authority_at(f"https://contoso.ciamlogin.com/{TENANT}")
CUSTOM = authority_at(f"https://login.contoso.com/{TENANT}")
CONSUMER = authority_at(B2C)


@pytest.mark.parametrize(
    ("authority", "v2", "v1"),
    [
        pytest.param(
            ENTRA,
            f"{PUBLIC}/{TENANT}/v2.0/.well-known/openid-configuration",
            f"{PUBLIC}/{TENANT}/.well-known/openid-configuration",
            id="a tenant",
        ),
        pytest.param(
            authority_for_tenant(f"{PUBLIC.upper()}/".replace("HTTPS", "https"), "organizations"),
            f"{PUBLIC}/organizations/v2.0/.well-known/openid-configuration",
            f"{PUBLIC}/common/.well-known/openid-configuration",
            id="organizations, which version 1 calls common",
        ),
        pytest.param(
            authority_at("https://Contoso.ciamlogin.com/"),
            "https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration",
            "https://contoso.ciamlogin.com/contoso.onmicrosoft.com/.well-known/openid-configuration",
            id="External ID without a path",
        ),
        pytest.param(
            authority_at(f"https://login.contoso.com/{TENANT}/v2.0"),
            f"https://login.contoso.com/{TENANT}/v2.0/.well-known/openid-configuration",
            f"https://login.contoso.com/{TENANT}/.well-known/openid-configuration",
            id="a custom domain",
        ),
        pytest.param(
            authority_at(f"{B2C}/v2.0/"),
            f"{B2C}/v2.0/.well-known/openid-configuration",
            f"{B2C}/v2.0/.well-known/openid-configuration",
            id="B2C, whose tokens of version 1 are of version 2",
        ),
        pytest.param(
            authority_at("https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1A_v2.0"),
            "https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1A_v2.0/v2.0/.well-known/openid-configuration",
            "https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1A_v2.0/v2.0/.well-known/openid-configuration",
            id="B2C with tfp and a policy that ends like a version",
        ),
        pytest.param(
            authority_for_tenant("http://[::1]:8400", TENANT),
            f"http://[::1]:8400/{TENANT}/v2.0/.well-known/openid-configuration",
            f"http://[::1]:8400/{TENANT}/.well-known/openid-configuration",
            id="a simulated tenant",
        ),
    ],
)
def test_metadata_is_where_the_authority_says(authority, v2, v1):
    """T113: only the configured host and tenant make up the address, for each version of tokens."""
    assert (authority.metadata_url(2), authority.metadata_url(1)) == (v2, v1)


@pytest.mark.parametrize(
    ("url", "kind", "tenant", "policy"),
    [
        pytest.param("https://c.ciamlogin.com", AuthorityKind.EXTERNAL_ID, None, None, id="External ID"),
        pytest.param(f"https://c.ciamlogin.com/{TENANT}", AuthorityKind.EXTERNAL_ID, TENANT, None, id="with its GUID"),
        pytest.param(
            f"https://login.contoso.com/{TENANT.upper()}/v2.0",
            AuthorityKind.EXTERNAL_ID,
            TENANT,
            None,
            id="custom domain",
        ),
        pytest.param("https://login.contoso.com/contoso.com", AuthorityKind.EXTERNAL_ID, None, None, id="by domain"),
        pytest.param(B2C, AuthorityKind.B2C, None, "B2C_1_SignIn", id="B2C by domain"),
        pytest.param(f"https://c.b2clogin.com/{TENANT}/p", AuthorityKind.B2C, TENANT, "p", id="B2C by GUID"),
        pytest.param(f"https://c.b2clogin.com/tfp/{TENANT}/p/v2.0", AuthorityKind.B2C, TENANT, "p", id="B2C with tfp"),
        pytest.param(f"{PUBLIC}/contoso.com", AuthorityKind.ENTRA, "contoso.com", None, id="a tenant of the cloud"),
    ],
)
def test_an_authority_is_told_by_its_address(url, kind, tenant, policy):
    """Host and path say what sort of directory it is and which tenant it must be."""
    authority = authority_at(url)
    assert (authority.kind, authority.tenant, authority.policy) == (kind, tenant, policy)


@pytest.mark.parametrize(
    "url",
    [f"https://login.contoso.com/{TENANT}", f"https://c.b2clogin.com/{TENANT}/p", f"{PUBLIC}/{TENANT}"],
)
def test_T113_the_guid_in_the_path_goes_before_another_name(url):
    """A tenant given by its domain beside the address does not loosen what the address says."""
    assert authority_at(url, tenant="contoso.com").tenant == TENANT
    assert authority_at("https://c.ciamlogin.com", tenant=TENANT).tenant == TENANT


def test_endpoints_of_an_authority():
    """Challenges and token requests name the configured authority."""
    authority = authority_for_tenant(US_GOV, TENANT)
    assert authority.authorization_url == f"{US_GOV}/{TENANT}/oauth2/v2.0/authorize"
    assert authority.token_url == f"{US_GOV}/{TENANT}/oauth2/v2.0/token"
    assert authority.device_code_url == f"{US_GOV}/{TENANT}/oauth2/v2.0/devicecode"
    assert (authority.host, authority.is_loopback_http) == ("login.microsoftonline.us", False)


GOOD_ISSUERS = [
    pytest.param(ENTRA, 2, f"{PUBLIC}/{TENANT}/v2.0", TENANT, id="public v2"),
    pytest.param(ENTRA, 2, f"{PUBLIC}/{TENANT.upper()}/v2.0", TENANT, id="upper case"),
    pytest.param(ENTRA, 1, f"https://sts.windows.net/{TENANT}/", TENANT, id="public v1"),
    pytest.param(
        authority_for_tenant("https://login.windows.net", TENANT), 2, f"{PUBLIC}/{TENANT}/v2.0", TENANT, id="alias"
    ),
    pytest.param(
        authority_for_tenant(PUBLIC, "contoso.com"), 2, f"{PUBLIC}/{OTHER}/v2.0", OTHER, id="tenant by domain"
    ),
    pytest.param(COMMON, 2, f"{PUBLIC}/{{tenantid}}/v2.0", TENANT_TEMPLATE, id="common"),
    pytest.param(
        authority_for_tenant(PUBLIC, "organizations"),
        2,
        f"{PUBLIC}/{{tenantid}}/v2.0",
        TENANT_TEMPLATE,
        id="organizations",
    ),
    pytest.param(
        COMMON,
        1,
        "https://sts.windows.net/{tenantid}/",
        TENANT_TEMPLATE,
        id="common v1",
    ),
    pytest.param(
        authority_for_tenant(PUBLIC, "consumers"),
        2,
        f"{PUBLIC}/{PERSONAL_TENANT}/v2.0",
        PERSONAL_TENANT,
        id="consumers",
    ),
    pytest.param(authority_for_tenant(US_GOV, TENANT), 2, f"{US_GOV}/{TENANT}/v2.0", TENANT, id="US Government v2"),
    pytest.param(
        authority_for_tenant(US_GOV, TENANT), 1, f"https://sts.windows.net/{TENANT}/", TENANT, id="US Government v1"
    ),
    pytest.param(authority_for_tenant(CHINA, TENANT), 2, f"{CHINA}/{TENANT}/v2.0", TENANT, id="China v2"),
    pytest.param(
        authority_for_tenant(CHINA, TENANT), 1, f"https://sts.chinacloudapi.cn/{TENANT}/", TENANT, id="China v1"
    ),
    *(
        pytest.param(
            authority_for_tenant(f"https://login.sovcloud-identity.{country}", TENANT),
            2,
            f"https://login.sovcloud-identity.{country}/{TENANT}/v2.0",
            TENANT,
            id=f"sovereign cloud {country}",
        )
        for country in ("fr", "de", "sg")
    ),
    pytest.param(EXTERNAL, 2, f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0", TENANT, id="External ID by GUID"),
    pytest.param(EXTERNAL, 2, f"https://contoso.ciamlogin.com/{TENANT}/v2.0", TENANT, id="External ID by name"),
    pytest.param(
        authority_at("https://contoso.ciamlogin.com"),
        2,
        f"https://{OTHER}.ciamlogin.com/{OTHER}/v2.0",
        OTHER,
        id="External ID without a path",
    ),
    pytest.param(CUSTOM, 2, f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0", TENANT, id="custom domain"),
    pytest.param(CUSTOM, 2, f"https://contoso.ciamlogin.com/{TENANT}/v2.0", TENANT, id="its own name"),
    pytest.param(CUSTOM, 2, f"{PUBLIC}/{TENANT}/v2.0", TENANT, id="on the cloud's host"),
    pytest.param(
        CUSTOM,
        2,
        f"https://login.contoso.com/{TENANT}/v2.0",
        TENANT,
        id="on its own host",
    ),
    pytest.param(EXTERNAL, 1, f"https://sts.windows.net/{TENANT}/", TENANT, id="External ID v1"),
    pytest.param(CONSUMER, 2, f"https://contoso.b2clogin.com/{TENANT}/v2.0/", TENANT, id="B2C"),
    pytest.param(CONSUMER, 2, f"{PUBLIC}/{TENANT}/v2.0/", TENANT, id="B2C of long ago"),
    pytest.param(
        CONSUMER, 2, f"https://contoso.b2clogin.com/tfp/{TENANT}/b2c_1_signin/v2.0/", TENANT, id="B2C with tfp"
    ),
    pytest.param(
        authority_at(f"https://login.contoso.com/{TENANT}/p"),
        2,
        f"https://contoso.b2clogin.com/{TENANT}/v2.0/",
        TENANT,
        id="B2C on a custom domain",
    ),
    pytest.param(LOCAL, 2, f"{LOOPBACK}/{TENANT}/v2.0", TENANT, id="loopback"),
    pytest.param(LOCAL, 1, f"{LOOPBACK}/{TENANT}/", TENANT, id="loopback v1"),
]


@pytest.mark.parametrize(("authority", "version", "issuer", "tenant"), GOOD_ISSUERS)
def test_an_issuer_that_the_authority_may_name(authority, version, issuer, tenant):
    """T56, T62: each cloud and product has its own forms of issuers, which are not always on the authority's host."""
    assert authority.tenant_in_issuer(issuer, version) == tenant


BAD_ISSUERS = [
    pytest.param(ENTRA, 2, f"https://login.evil.com/{TENANT}/v2.0", id="another host"),
    pytest.param(ENTRA, 2, f"{US_GOV}/{TENANT}/v2.0", id="another cloud"),
    pytest.param(authority_for_tenant(US_GOV, TENANT), 2, f"{PUBLIC}/{TENANT}/v2.0", id="another cloud, from there"),
    pytest.param(ENTRA, 1, f"https://sts.chinacloudapi.cn/{TENANT}/", id="of China v1"),
    pytest.param(ENTRA, 2, f"{PUBLIC}/{OTHER}/v2.0", id="another tenant"),
    pytest.param(ENTRA, 2, f"{PUBLIC}/{{tenantid}}/v2.0", id="a template for one tenant"),
    pytest.param(authority_for_tenant(PUBLIC, "contoso.com"), 2, f"{PUBLIC}/{{tenantid}}/v2.0", id="or for a domain"),
    pytest.param(COMMON, 2, f"{PUBLIC}/{TENANT}/v2.0", id="one tenant for common"),
    pytest.param(authority_for_tenant(PUBLIC, "consumers"), 2, f"{PUBLIC}/{TENANT}/v2.0", id="a tenant for consumers"),
    pytest.param(ENTRA, 2, f"{PUBLIC}/{TENANT}/v2.0/", id="a slash too many"),
    pytest.param(ENTRA, 2, f"{PUBLIC}/{TENANT}/v2.0.evil.com", id="a suffix"),
    pytest.param(ENTRA, 2, f"{PUBLIC}.evil.com/{TENANT}/v2.0", id="a longer host"),
    pytest.param(ENTRA, 2, f"{PUBLIC}:8443/{TENANT}/v2.0", id="another port"),
    pytest.param(ENTRA, 2, f"{PUBLIC}@evil.com/{TENANT}/v2.0", id="userinfo"),
    pytest.param(
        ENTRA,
        2,
        f"https://a@login.microsoftonline.com/{TENANT}/v2.0",
        id="userinfo before",
    ),
    pytest.param(ENTRA, 2, f"{PUBLIC}\\@evil.com/{TENANT}/v2.0", id="a backslash"),
    pytest.param(ENTRA, 2, f" {PUBLIC}/{TENANT}/v2.0", id="a blank before"),
    pytest.param(ENTRA, 2, f"{PUBLIC}/{TENANT}/v2.0\n", id="a line feed after"),
    pytest.param(ENTRA, 2, f"http://login.microsoftonline.com/{TENANT}/v2.0", id="http"),
    pytest.param(ENTRA, 2, f"{PUBLIC}/{TENANT}/", id="v1 form for v2"),
    pytest.param(ENTRA, 1, f"{PUBLIC}/{TENANT}/v2.0", id="v2 form for v1"),
    pytest.param(ENTRA, 2, "", id="nothing"),
    pytest.param(ENTRA, 2, PUBLIC, id="a host alone"),
    pytest.param(ENTRA, 2, TENANT, id="a tenant alone"),
    pytest.param(EXTERNAL, 2, f"https://{OTHER}.ciamlogin.com/{TENANT}/v2.0", id="External ID on another's host"),
    pytest.param(EXTERNAL, 2, f"https://fabrikam.ciamlogin.com/{TENANT}/v2.0", id="External ID on another name"),
    pytest.param(EXTERNAL, 2, f"{PUBLIC}/{TENANT}/v2.0", id="External ID on the cloud's host"),
    pytest.param(EXTERNAL, 2, f"https://{TENANT}.fakeciamlogin.com/{TENANT}/v2.0", id="a look-alike"),
    pytest.param(CUSTOM, 2, f"https://evil.com/{TENANT}/v2.0", id="custom domain, a stranger"),
    pytest.param(CUSTOM, 2, f"https://x.ciamlogin.com/{OTHER}/v2.0", id="a stranger's tenant"),
    pytest.param(CONSUMER, 2, f"https://contoso.b2clogin.com/{TENANT}/v2.0", id="B2C without the slash"),
    pytest.param(CONSUMER, 2, f"https://fabrikam.b2clogin.com/{TENANT}/v2.0/", id="B2C of another name"),
    pytest.param(CONSUMER, 2, f"https://fakeb2clogin.com/{TENANT}/v2.0/", id="B2C, a look-alike"),
    pytest.param(CONSUMER, 2, f"https://contoso.b2clogin.com/tfp/{TENANT}/other/v2.0/", id="another policy"),
    pytest.param(CONSUMER, 2, "https://contoso.b2clogin.com/{tenantid}/v2.0/", id="B2C with a template"),
    pytest.param(
        authority_at(f"https://c.b2clogin.com/{TENANT}/p"),
        2,
        f"https://c.b2clogin.com/{OTHER}/v2.0/",
        id="B2C, other tenant",
    ),
    pytest.param(LOCAL, 2, f"{PUBLIC}/{TENANT}/v2.0", id="loopback names a real cloud"),
    pytest.param(LOCAL, 2, f"http://127.0.0.1:8401/{TENANT}/v2.0", id="another port of it"),
    pytest.param(
        authority_for_tenant("https://login.example.test", TENANT),
        2,
        f"{PUBLIC}/{TENANT}/v2.0",
        id="a host of no cloud",
    ),
]


@pytest.mark.parametrize(("authority", "version", "issuer"), BAD_ISSUERS)
def test_T62_an_issuer_that_the_authority_may_not_name(authority, version, issuer):
    """T62: another host, cloud, tenant, policy, form or spelling is not this authority's."""
    assert authority.tenant_in_issuer(issuer, version) is None


AT_CUSTOM = authority_at(f"https://login.contoso.com/{TENANT}/v2.0")


@pytest.mark.parametrize(
    ("authority", "url", "may"),
    [
        pytest.param(ENTRA, f"{PUBLIC}/common/discovery/v2.0/keys", True, id="its host"),
        pytest.param(ENTRA, "https://LOGIN.microsoftonline.com/keys", True, id="upper case"),
        pytest.param(ENTRA, "https://login.windows.net/keys", True, id="an alias"),
        pytest.param(CONSUMER, "https://contoso.b2clogin.com/t/keys?p=b2c_1_signin", True, id="a query"),
        pytest.param(authority_for_tenant("http://[::1]:8400", TENANT), "http://[::1]:8400/keys", True, id="loopback"),
        pytest.param(ENTRA, "http://login.microsoftonline.com/keys", False, id="http"),
        pytest.param(ENTRA, "https://evil.com/keys", False, id="another host"),
        pytest.param(ENTRA, f"{PUBLIC}.evil.com/keys", False, id="a longer host"),
        pytest.param(ENTRA, f"{PUBLIC}:444/keys", False, id="another port"),
        pytest.param(ENTRA, f"{US_GOV}/keys", False, id="another cloud"),
        pytest.param(ENTRA, f"{PUBLIC}@evil.com/keys", False, id="userinfo"),
        pytest.param(ENTRA, f"{PUBLIC}\\@evil.com/keys", False, id="a backslash"),
        pytest.param(ENTRA, f"{PUBLIC}\\.evil.com/keys", False, id="a backslash, no userinfo"),
        pytest.param(ENTRA, "https://login.microsoft\nonline.com/keys", False, id="a line feed"),
        pytest.param(ENTRA, f"\t{PUBLIC}/keys", False, id="a tab before"),
        pytest.param(ENTRA, f"{PUBLIC}/keys\r\nHost: evil.com", False, id="a header"),
        pytest.param(ENTRA, f"{PUBLIC}/keys#fragment", False, id="a fragment"),
        pytest.param(ENTRA, f"{PUBLIC}/k\u00e9ys", False, id="not ASCII"),
        pytest.param(ENTRA, "https://login.microsoftonline\u3002com/keys", False, id="IDN dot"),
        pytest.param(ENTRA, "https://[::1/keys", False, id="a broken address"),
        pytest.param(ENTRA, "//login.microsoftonline.com/keys", False, id="no scheme"),
        pytest.param(ENTRA, "file:///etc/passwd", False, id="a file"),
        pytest.param(LOCAL, f"{PUBLIC}/keys", False, id="loopback names a real cloud"),
        pytest.param(EXTERNAL, f"{PUBLIC}/keys", False, id="External ID names the cloud's host"),
        pytest.param(EXTERNAL, "https://other.ciamlogin.com/keys", False, id="External ID names another tenant's host"),
        pytest.param(AT_CUSTOM, "https://contoso.ciamlogin.com/keys", True, id="custom domain names its tenant's host"),
        pytest.param(AT_CUSTOM, "http://contoso.ciamlogin.com/keys", False, id="custom domain names it without TLS"),
        pytest.param(AT_CUSTOM, "https://ciamlogin.com.evil.com/keys", False, id="custom domain names a longer host"),
    ],
)
def test_T62_keys_and_endpoints_are_on_the_authoritys_host(authority, url, may):
    """T62, T113: metadata cannot send requests elsewhere, however the address is spelt."""
    assert authority.may_have_endpoint(url) is may


def test_clouds_do_not_share_login_hosts():
    """T61: a login host belongs to one cloud; a stranger's to none."""
    hosts = [host for cloud in CLOUDS for host in cloud.login_hosts]
    assert len(hosts) == len(set(hosts))
    assert cloud_of("login.microsoftonline.us") is CLOUDS[1]
    assert cloud_of("login.microsoftonline.com.evil.com") is None


AUTHORITIES = [ENTRA, COMMON, EXTERNAL, CUSTOM, CONSUMER, LOCAL]
pieces = st.sampled_from(
    [
        "https://",
        "http://",
        "login.microsoftonline.com",
        "contoso.b2clogin.com",
        TENANT,
        "{tenantid}",
        "/",
        "v2.0",
        "@",
        "\\",
    ]
)


@given(
    st.sampled_from(AUTHORITIES),
    st.text() | st.lists(pieces | st.text(max_size=2)).map("".join),
    st.sampled_from([1, 2]),
)
def test_arbitrary_text_raises_nothing(authority, text, version):
    """Whatever metadata holds, there is an answer; a tenant that is found is a GUID or the template."""
    tenant = authority.tenant_in_issuer(text, version)
    assert tenant is None or tenant in (TENANT, TENANT_TEMPLATE)
    assert authority.may_have_endpoint(text) in (True, False)


def test_where_an_authority_is():
    """Settings have checked the form; a slash at the end, and the case of the host, do not count."""
    entra = authority_for_tenant("https://Login.Microsoftonline.com/", "Xeno.onmicrosoft.com")
    assert (entra.kind, entra.origin, entra.path) == (AuthorityKind.ENTRA, PUBLIC, "Xeno.onmicrosoft.com")
    external = authority_at("https://Contoso.ciamlogin.com/Xeno.onmicrosoft.comX/")
    assert (external.origin, external.path) == ("https://contoso.ciamlogin.com", "Xeno.onmicrosoft.comX")
    completed = authority_at("https://contoso.ciamlogin.com")
    assert (completed.origin, completed.path) == ("https://contoso.ciamlogin.com", "contoso.onmicrosoft.com")


@pytest.mark.parametrize(
    ("authority", "version", "issuer"),
    [
        pytest.param(EXTERNAL, 1, f"https://evil.example/{TENANT}/", id="another host in version 1"),
        pytest.param(EXTERNAL, 2, f"https://sts.windows.net/{TENANT}/v2.0", id="the issuer of version 1 in version 2"),
        pytest.param(
            authority_at(f"{LOOPBACK}/{TENANT}"),
            2,
            f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0",
            id="a real tenant from a simulated one",
        ),
    ],
)
def test_T62_issuers_that_external_id_may_not_name(authority, version, issuer):
    """Version, host and whether it is this machine are all looked at."""
    assert authority.tenant_in_issuer(issuer, version) is None
