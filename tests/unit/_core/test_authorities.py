"""Which tenant a token is asked of, and that nothing else becomes part of an address."""

from typing import Any

import pytest

from azuread_auth._core.authorities import Authorities
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import ANY_TENANT, AzureAdSettings

OWN = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
HOST = "https://login.microsoftonline.com"
EXTERNAL = "https://contoso.ciamlogin.com"
CUSTOM = f"https://login.contoso.com/{OWN}/v2.0"
B2C = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signin"
HOSTILE = (
    *("../../x", "evil.com#", "a@evil", "%2f", "..", "evil.com/x", "evil.com?x", "evil.com:443", "//evil", "\\evil"),
    *("contoso.com\n", " ", "tenant with blank", "ärger.com", f"{OWN}/..", f"{OWN}#", "{tenantid}", "x" * 300),
)


def authorities(**settings: Any) -> Authorities:
    """Those of an application with these settings."""
    return Authorities(AzureAdSettings(client_id="33333333-3333-4333-8333-333333333333", **settings))


@pytest.mark.parametrize(
    ("tenant_id", "caller", "expected"),
    [
        pytest.param(None, None, OWN, id="the configured one"),
        pytest.param("", None, OWN, id="left empty"),
        pytest.param(None, OTHER, OTHER, id="the caller's"),
        pytest.param(OTHER, OWN, OTHER, id="the one named"),
        pytest.param(OTHER.upper(), None, OTHER, id="in capitals"),
        pytest.param("Contoso.onmicrosoft.com", None, "contoso.onmicrosoft.com", id="a domain"),
        pytest.param("common", None, "common", id="any"),
        pytest.param("organizations", None, "organizations", id="any of work and school"),
        pytest.param("consumers", None, "consumers", id="personal accounts"),
    ],
)
def test_T113_tenant_of_a_call(tenant_id: str | None, caller: str | None, expected: str) -> None:
    """T113: a tenant is a GUID, a domain or a known name; the most particular that is given counts."""
    ours = authorities(tenant_id=OWN)
    assert ours.tenant(tenant_id, caller=caller) == expected
    assert ours.at(expected).token_url == f"{HOST}/{expected}/oauth2/v2.0/token"


@pytest.mark.parametrize("tenant_id", [*HOSTILE, 17, b"contoso.com", ["common"]], ids=range(len(HOSTILE) + 3))
@pytest.mark.parametrize("settings", [{"tenant_id": OWN}, {"authority_url": EXTERNAL}], ids=["host", "URL"])
def test_T113_anything_else_is_refused(settings: dict[str, Any], tenant_id: Any) -> None:
    """T113: what is no tenant never becomes part of an address, and is not repeated in the error."""
    with pytest.raises(ConfigurationError) as refusal:
        authorities(**settings).tenant(tenant_id)
    assert str(refusal.value).startswith("tenant_id")
    assert str(tenant_id) not in str(refusal.value) or str(tenant_id).strip() in ("", "..", "common")


def test_the_tenant_of_an_external_directory_is_the_configured_one() -> None:
    """Its address has a name alone; which GUID an issuer there must have, the settings say."""
    assert authorities(authority_url=EXTERNAL, tenant_id=OWN).at("contoso.onmicrosoft.com").tenant == OWN
    assert authorities(authority_url=EXTERNAL).at("contoso.onmicrosoft.com").tenant is None


@pytest.mark.parametrize("tenant_id", ["common", "organizations"])
def test_application_has_tokens_of_one_tenant(tenant_id: str) -> None:
    """An application's token of many tenants is refused before anybody is asked."""
    with pytest.raises(ConfigurationError, match="give its GUID or domain"):
        authorities(tenant_id=OWN).tenant(tenant_id, is_app=True)
    of_many = authorities(tenant_id=tenant_id, tenants=frozenset({OWN}))
    with pytest.raises(ConfigurationError, match="tenant_id= is missing"):
        of_many.tenant(None, is_app=True)
    assert of_many.tenant(OWN, is_app=True) == OWN


@pytest.mark.parametrize(
    ("url", "path"),
    [
        pytest.param(EXTERNAL, "contoso.onmicrosoft.com", id="External ID"),
        pytest.param(f"{EXTERNAL}/{OWN}", OWN, id="External ID by its GUID"),
        pytest.param(CUSTOM, OWN, id="custom domain"),
        pytest.param(B2C, "contoso.onmicrosoft.com/B2C_1_signin", id="B2C"),
    ],
)
def test_whole_address_is_one_tenant(url: str, path: str) -> None:
    """Where the settings name an authority, all is asked there, whoever calls."""
    ours = authorities(authority_url=url)
    assert ours.own_tenant == path
    assert {ours.tenant(None), ours.tenant(None, caller=OTHER), ours.tenant(path.lower())} == {path}
    origin = "/".join(url.split("/")[:3])
    assert ours.at(OTHER).token_url == f"{origin}/{path}/oauth2/v2.0/token"
    with pytest.raises(ConfigurationError, match="contradicts the authority_url"):
        ours.tenant(OTHER)


def test_whole_address_with_its_tenant() -> None:
    """The tenant_id that the settings give beside an authority_url may be named in calls too."""
    ours = authorities(authority_url=EXTERNAL, tenant_id=OWN)
    assert ours.tenant(OWN.upper(), is_app=True) == "contoso.onmicrosoft.com"


@pytest.mark.parametrize(
    ("settings", "named", "expected"),
    [
        pytest.param({"tenant_id": OWN}, None, OWN, id="the configured one"),
        pytest.param({"tenant_id": OWN}, OTHER, OTHER, id="the one named"),
        pytest.param({"tenant_id": OWN}, "common", "organizations", id="any, as it is named"),
        pytest.param({"tenant_id": OWN, "tenants": ANY_TENANT}, None, "organizations", id="any that is welcome"),
        pytest.param({"tenant_id": OWN, "tenants": ANY_TENANT}, OTHER, OTHER, id="the one named of those"),
        pytest.param({"tenant_id": "common", "tenants": ANY_TENANT}, None, "organizations", id="any, as configured"),
        pytest.param({"authority_url": CUSTOM}, None, OWN, id="that of the URL"),
    ],
)
def test_whose_administrator_consents(settings: dict[str, Any], named: str | None, expected: str) -> None:
    """One tenant's, or that of any organisation."""
    assert authorities(**settings).of_administrators(named) == expected


def test_personal_accounts_have_no_administrator() -> None:
    """That is told before anybody is sent anywhere."""
    with pytest.raises(ConfigurationError, match="no administrator"):
        authorities(tenant_id=OWN).of_administrators("consumers")
