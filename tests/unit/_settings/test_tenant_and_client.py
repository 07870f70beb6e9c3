"""Which tenants and applications can be named."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import (
    ANY_TENANT,
    AUTHORITY_PUBLIC,
    AzureAdSettings,
)

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"


def settings(**given_settings: Any) -> AzureAdSettings:
    """Good settings, but for what is given."""
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given_settings})


def refusal(**given_settings: Any) -> str:
    """The message with which such settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**given_settings)
    return str(refused.value)


@pytest.mark.parametrize(
    ("tenant", "kept"),
    [
        pytest.param(TENANT.upper(), TENANT, id="GUID in upper case"),
        pytest.param("Contoso.com", "contoso.com", id="verified domain"),
        pytest.param("contoso.onmicrosoft.com", "contoso.onmicrosoft.com", id="initial domain"),
        pytest.param("xn--bcher-kva.example", "xn--bcher-kva.example", id="international domain in its ASCII form"),
        pytest.param("consumers", "consumers", id="personal accounts"),
    ],
)
def test_tenants_that_are_accepted(tenant: str, kept: str) -> None:
    """A tenant is a GUID, a domain or one of Microsoft's names, kept in lower case."""
    assert settings(tenant_id=tenant).tenant_id == kept


@pytest.mark.parametrize("tenant", ["common", "organizations", "Common"])
def test_names_of_many_tenants_are_accepted_with_a_rule(tenant: str) -> None:
    """The names common and organizations are good once it is said which tenants are welcome."""
    assert settings(tenant_id=tenant, tenants=[TENANT]).tenant_id == tenant.lower()


BAD_TENANTS = [
    pytest.param("../../x", id="T113 path traversal"),
    pytest.param("evil.com#", id="T113 fragment"),
    pytest.param("a@evil", id="T113 userinfo"),
    pytest.param("a@evil.com", id="T113 userinfo before a domain"),
    pytest.param("%2f", id="T113 percent-encoded slash"),
    pytest.param("evil.com/x", id="T113 slash"),
    pytest.param("evil.com\\x", id="T113 backslash"),
    pytest.param("evil.com?x", id="T113 query"),
    pytest.param("evil.com:443", id="T113 port"),
    pytest.param("https://evil.com", id="T113 whole address"),
    pytest.param("contoso", id="T113 one label"),
    pytest.param("127.0.0.1", id="T113 IP address"),
    pytest.param("169.254.169.254", id="T113 address of instance metadata"),
    pytest.param("contoso..com", id="T113 empty label"),
    pytest.param(".contoso.com", id="T113 leading dot"),
    pytest.param("contoso.com.", id="T113 trailing dot"),
    pytest.param("-contoso.com", id="T113 label with a leading hyphen"),
    pytest.param("a" * 64 + ".com", id="T113 label of 64 characters"),
    pytest.param(".".join(["a" * 60] * 5), id="T113 name of more than 253 characters"),
    pytest.param("contoso.com\n", id="T113 trailing newline"),
    pytest.param(" ", id="T113 a space"),
    pytest.param(f" {TENANT}", id="T113 GUID after a space"),
    pytest.param(f"{{{TENANT}}}", id="T113 GUID in braces"),
    pytest.param(TENANT.replace("-", ""), id="T113 GUID without hyphens"),
    pytest.param("bücher.example", id="T113 letters beyond ASCII"),
    pytest.param("contoso\u3002com", id="T113 ideographic full stop"),
    pytest.param("\u212aontoso.com", id="T113 Kelvin sign, whose lower case is k"),
    pytest.param(7, id="T113 a number"),
    pytest.param(b"contoso.com", id="T113 bytes"),
]


@pytest.mark.parametrize("tenant", BAD_TENANTS)
def test_T113_a_tenant_of_another_form_is_refused(tenant: object) -> None:
    """Nothing becomes part of a URL as tenant but a GUID, a DNS name or one of Microsoft's three names."""
    message = refusal(tenant_id=tenant)
    assert message.startswith("tenant_id is not a tenant; expected its GUID")


@given(tenant=st.text() | st.from_regex(r"[a-z0-9./@#%:\\-]{1,40}", fullmatch=True))
def test_T113_no_tenant_changes_the_host_or_the_path(tenant: str) -> None:
    """Whatever text is given as tenant, an accepted one is exactly one segment of a URL's path."""
    try:
        accepted = settings(tenant_id=tenant, tenants=ANY_TENANT).tenant_id
    except ConfigurationError:
        return
    parts = urlsplit(f"{AUTHORITY_PUBLIC}/{accepted}/v2.0")
    assert (parts.hostname, parts.query, parts.fragment) == ("login.microsoftonline.com", "", "")
    assert parts.path.split("/") == ["", accepted, "v2.0"]
    assert accepted not in {".", ".."}


@pytest.mark.parametrize("left_out", [None, ""])
def test_the_tenant_is_required(left_out: str | None) -> None:
    """Without a whole authority there must be a tenant."""
    assert refusal(tenant_id=left_out).startswith("tenant_id is missing; expected the GUID of the tenant")


@pytest.mark.parametrize("left_out", [None, ""])
def test_the_client_id_is_required(left_out: str | None) -> None:
    """There is no application without its id."""
    assert refusal(client_id=left_out).startswith("client_id is missing; expected the Application (client) ID")


@pytest.mark.parametrize("wrong", [f"api://{CLIENT}", "orders", f"{CLIENT} ", f"{CLIENT}\n", 7, CLIENT.encode()])
def test_the_client_id_is_a_guid(wrong: object) -> None:
    """Neither name nor URI of the application stands for its id."""
    assert refusal(client_id=wrong).startswith("client_id is not a GUID; expected the Application (client) ID")
