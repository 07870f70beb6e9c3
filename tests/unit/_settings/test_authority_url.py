"""Which whole authorities are accepted, and what contradicts one."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import (
    ANY_TENANT,
    AUTHORITY_CHINA,
    AzureAdSettings,
)

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"


def whole_authority(url: object, **given_settings: Any) -> AzureAdSettings:
    """Settings by authority_url."""
    return AzureAdSettings(**{"client_id": CLIENT, "authority_url": url, **given_settings})


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        pytest.param("https://contoso.ciamlogin.com/", "https://contoso.ciamlogin.com", id="External ID"),
        pytest.param(
            "https://Contoso.B2Clogin.com/contoso.onmicrosoft.com/B2C_1_SignIn/",
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_SignIn",
            id="B2C, the policy as it was written",
        ),
        pytest.param(
            "https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1_signin/v2.0",
            "https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1_signin/v2.0",
            id="B2C with tfp and version",
        ),
        pytest.param(
            f"https://login.contoso.com/{TENANT}/v2.0",
            f"https://login.contoso.com/{TENANT}/v2.0",
            id="custom domain",
        ),
        pytest.param(
            f"https://login.contoso.com:8443/{TENANT}", f"https://login.contoso.com:8443/{TENANT}", id="with a port"
        ),
    ],
)
def test_authority_urls_that_are_accepted(url: str, kept: str) -> None:
    """External ID, B2C and custom domains are given whole, and need no tenant beside."""
    assert whole_authority(url).authority_url == kept
    assert whole_authority(url).tenant_id is None


@pytest.mark.parametrize("tenant", [TENANT, TENANT.upper(), "contoso.onmicrosoft.com"])
def test_a_tenant_may_stand_beside_its_own_authority(tenant: str) -> None:
    """A GUID or domain beside a whole authority says which tenant must be the issuer."""
    result = whole_authority(f"https://login.contoso.com/{TENANT}/v2.0", tenant_id=tenant)
    assert result.tenant_id == tenant.lower()


NOT_AN_ADDRESS = "authority_url is not the address of an authority"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("https://login.contoso.com/../x", NOT_AN_ADDRESS, id="T113 dot segments"),
        pytest.param("https://login.contoso.com/./x", NOT_AN_ADDRESS, id="T113 dot segment"),
        pytest.param("https://login.contoso.com/x/..", NOT_AN_ADDRESS, id="T113 dot segments at the end"),
        pytest.param("https://login.contoso.com//x", NOT_AN_ADDRESS, id="T113 empty segment"),
        pytest.param("https://login.contoso.com/x//", NOT_AN_ADDRESS, id="T113 empty segment at the end"),
        pytest.param("https://login.contoso.com/%2e%2e/x", NOT_AN_ADDRESS, id="T113 percent-encoded dots"),
        pytest.param("https://login.contoso.com/x\\y", NOT_AN_ADDRESS, id="T113 backslash"),
        pytest.param("https://login.contoso.com/x?y", NOT_AN_ADDRESS, id="T113 query"),
        pytest.param("https://login.contoso.com/x#", NOT_AN_ADDRESS, id="T113 fragment"),
        pytest.param("https://me@login.contoso.com/x", NOT_AN_ADDRESS, id="T113 userinfo"),
        pytest.param("https://login.contoso.com/x y", NOT_AN_ADDRESS, id="T113 space"),
        pytest.param("login.contoso.com/x", NOT_AN_ADDRESS, id="no scheme"),
        pytest.param("https:///x", NOT_AN_ADDRESS, id="no host"),
        pytest.param("https://169.254.169.254/x", NOT_AN_ADDRESS, id="T113 address of instance metadata"),
        pytest.param(7, NOT_AN_ADDRESS, id="a number"),
        pytest.param("http://login.contoso.com/x", "authority_url is http off this machine", id="T114 T106 http"),
        pytest.param("http://localhost/x", "authority_url is http; expected https", id="T114 http without the flag"),
        pytest.param(
            f"https://login.microsoftonline.com/{TENANT}/v2.0",
            "authority_url names a login host of a Microsoft cloud; give authority_host and tenant_id in its place",
            id="login host of a cloud",
        ),
        pytest.param(
            "https://login.contoso.com/common/v2.0", "authority_url names many tenants", id="T59 common in the path"
        ),
        pytest.param(
            "https://login.contoso.com/Organizations", "authority_url names many tenants", id="T59 organizations there"
        ),
        pytest.param("https://login.contoso.com/", "authority_url lacks the tenant", id="custom domain alone"),
        pytest.param("https://login.contoso.com/v2.0", "authority_url lacks the tenant", id="version in its place"),
        pytest.param(
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com",
            "authority_url is not an authority of B2C; expected tenant and policy",
            id="B2C without a policy",
        ),
        pytest.param("https://login.contoso.com/a/b/c/d", "authority_url is not an authority", id="too many segments"),
    ],
)
def test_T113_authority_urls_that_are_refused(url: object, message: str) -> None:
    """A whole authority is https, a host name and plain segments that name one tenant."""
    with pytest.raises(ConfigurationError, match=re.escape(message)) as refused:
        whole_authority(url)
    assert str(refused.value).startswith("authority_url ")


def test_T114_a_whole_authority_may_be_http_on_loopback_with_the_flag() -> None:
    """A simulated External ID or B2C tenant on this machine is reached over http."""
    url = f"http://127.0.0.1:8400/{TENANT}"
    assert whole_authority(url, allow_loopback_http=True).authority_url == url


@given(path=st.text() | st.from_regex(r"[A-Za-z0-9._~@:#?/\\%-]{0,40}", fullmatch=True))
def test_T113_no_authority_url_leaves_its_host(path: str) -> None:
    """Whatever follows the host, an accepted authority is still on it, with plain segments alone."""
    try:
        accepted = whole_authority(f"https://login.contoso.com{path}").authority_url
    except ConfigurationError:
        return
    parts = urlsplit(accepted or "")
    assert (parts.scheme, parts.username, parts.query, parts.fragment) == ("https", None, "", "")
    assert (parts.hostname or "").startswith("login.contoso.com")
    assert not {"", ".", ".."} & set(parts.path.split("/")[1:])


@pytest.mark.parametrize(
    ("contradiction", "message"),
    [
        pytest.param(
            {"authority_host": AUTHORITY_CHINA},
            "authority_url contradicts authority_host: it holds the host already; give one of the two",
            id="a host of its own",
        ),
        pytest.param(
            {"tenant_id": "common"}, "tenant_id contradicts authority_url, which is one tenant", id="T59 many tenants"
        ),
        pytest.param({"tenant_id": OTHER_TENANT}, "tenant_id is not the tenant in authority_url", id="another tenant"),
        pytest.param(
            {"tenants": ANY_TENANT}, "tenants contradicts authority_url, which serves one tenant", id="T59 tenant rule"
        ),
    ],
)
def test_what_contradicts_a_whole_authority(contradiction: dict[str, object], message: str) -> None:
    """A whole authority says host and tenant; settings that say otherwise are refused."""
    with pytest.raises(ConfigurationError) as refused:
        whole_authority(f"https://login.contoso.com/{TENANT}/v2.0", **contradiction)
    assert str(refused.value).startswith(message)
