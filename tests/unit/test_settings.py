"""What settings accept, and how each wrong one is refused: one table per rule."""

import copy
import dataclasses
import logging
import math
import pickle
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.clouds import CLOUDS
from azuread_auth._protocol.http import HttpRequest
from azuread_auth.credentials import ClientSecret
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer
from azuread_auth.secret import Secret
from azuread_auth.settings import (
    ANY_TENANT,
    AUTHORITY_CHINA,
    AUTHORITY_PUBLIC,
    AUTHORITY_US_GOVERNMENT,
    AnyTenant,
    AzureAdSettings,
)

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
KEY = bytes(range(32))
KEY_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
LOGIN_HOSTS = frozenset[str]().union(*(cloud.login_hosts for cloud in CLOUDS))


class NoNetwork:
    def answer(self, request: HttpRequest) -> TransportAnswer:
        return TransportAnswer(response=None)


def settings(**given_settings: Any) -> AzureAdSettings:
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given_settings})


def whole_authority(url: object, **given_settings: Any) -> AzureAdSettings:
    return settings(**{"tenant_id": None, "authority_url": url, **given_settings})


def refusal(**given_settings: Any) -> str:
    with pytest.raises(ConfigurationError) as refused:
        settings(**given_settings)
    return str(refused.value)


# ---- defaults and values


def test_the_fields_are_the_documented_ones_with_their_defaults() -> None:
    """Every documented setting exists, in order, keyword-only, with the documented default."""
    defaults = {field.name: field.default for field in dataclasses.fields(AzureAdSettings)}
    assert list(defaults.items()) == [
        ("tenant_id", None),
        ("client_id", ""),
        ("credential", None),
        ("authority_host", "https://login.microsoftonline.com"),
        ("authority_url", None),
        ("audiences", ()),
        ("tenants", None),
        ("allowed_clients", None),
        ("allow_guests", True),
        ("accept_tokens_without_permissions", False),
        ("algorithms", ("RS256", "RS384", "RS512")),
        ("clock_skew_seconds", 60),
        ("scope_prefix", None),
        ("client_capabilities", ()),
        ("cache_enabled", True),
        ("redis_url", None),
        ("encryption_keys", ()),
        ("ca_bundle", None),
        ("allow_loopback_http", False),
        ("timeout_seconds", 10.0),
        ("simulation", None),
        ("transport", None),
    ]
    assert all(field.kw_only for field in dataclasses.fields(AzureAdSettings))


def test_settings_are_frozen_and_compare_by_value() -> None:
    """Two settings with the same values are equal and hash alike; none can be changed."""
    one = settings(tenants=[OTHER_TENANT.upper()], audiences=["api://a"], credential=ClientSecret("s"))
    two = settings(tenants={OTHER_TENANT}, audiences=("api://a",), credential=ClientSecret("s"))
    assert one == two
    assert hash(one) == hash(two)
    assert one != settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.client_id = OTHER_TENANT  # type: ignore[misc]


def test_what_was_accepted_is_accepted_again() -> None:
    """Replacing one setting keeps all the others as they were, whatever form they were given in."""
    first = settings(
        tenants={OTHER_TENANT},
        redis_url="redis://cache:6379/0",
        encryption_keys=[KEY, KEY_TEXT],
        ca_bundle="ca.pem",
        client_capabilities=["cp1"],
        allowed_clients=[CLIENT],
    )
    assert dataclasses.replace(first, timeout_seconds=10.0) == first


def test_the_transport_is_neither_shown_nor_compared() -> None:
    """A transport is how to reach a simulated tenant, not part of what settings say."""
    transport = NoNetwork()
    assert settings(transport=transport) == settings()
    assert "transport" not in repr(settings(transport=transport))
    assert settings(transport=transport).transport is transport


def test_computed_sets() -> None:
    """The accepted audiences and scope prefixes follow from client id, audiences and scope prefix."""
    result = settings(audiences=["https://orders.contoso.com"], scope_prefix="api://orders/")
    assert result.accepted_audiences == {CLIENT, f"api://{CLIENT}", "https://orders.contoso.com"}
    assert result.scope_prefix == "api://orders"
    assert result.scope_prefixes == result.accepted_audiences | {"api://orders"}
    assert not result.is_multi_tenant
    assert settings(tenants=ANY_TENANT).is_multi_tenant


@pytest.mark.parametrize("left_out", [None, ""])
def test_the_scope_prefix_is_that_of_the_client_id_by_default(left_out: str | None) -> None:
    """Short scope names are advertised under api://{client_id} unless another prefix is given."""
    assert settings(scope_prefix=left_out, client_id=CLIENT.upper()).scope_prefix == f"api://{CLIENT}"


def test_nothing_is_read_or_opened_at_construction() -> None:
    """Files that are not there and servers that do not exist are no error until they are needed."""
    result = settings(ca_bundle="/nowhere/ca.pem", redis_url="redis://nowhere.invalid/0", encryption_keys=[KEY])
    assert result.ca_bundle == Path("/nowhere/ca.pem")


def test_any_tenant_is_one_and_the_same_in_every_copy() -> None:
    """ANY_TENANT can be compared by identity after copying and pickling, and reads well in logs."""
    assert copy.copy(ANY_TENANT) is ANY_TENANT
    assert copy.deepcopy(ANY_TENANT) is ANY_TENANT
    assert pickle.loads(pickle.dumps(ANY_TENANT)) is ANY_TENANT
    assert repr(ANY_TENANT) == "ANY_TENANT"
    assert "tenants=ANY_TENANT" in repr(settings(tenants=ANY_TENANT))


def test_T112_no_form_of_settings_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Client secret, Redis password and encryption keys are masked in repr, str, format, asdict, fields and logs."""
    shown = settings(
        credential=ClientSecret("canary-secret"),
        redis_url="redis://:canary-password@cache/0",
        encryption_keys=[b"canary-key-canary-key-canary-key"],
    )
    logging.getLogger("test").warning("settings: %s %r", shown, shown)
    fields = [getattr(shown, field.name) for field in dataclasses.fields(shown)]
    everywhere = [repr(shown), str(shown), f"{shown}", repr(dataclasses.asdict(shown)), repr(fields), caplog.text]
    assert not any("canary" in text for text in everywhere)
    assert isinstance(shown.redis_url, Secret)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(shown)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"redis_url": "redis://:canary@cache:port/0"}, id="T112 password in a malformed Redis address"),
        pytest.param({"redis_url": "https://:canary@cache"}, id="T112 password in an address of another scheme"),
        pytest.param({"redis_url": "redis://:canary@cache"}, id="T112 password in an address without keys"),
        pytest.param({"encryption_keys": ["canary"]}, id="T112 key of a wrong length"),
        pytest.param({"client_id": "canary"}, id="T112 secret put where the client id belongs"),
        pytest.param({"tenant_id": "canary canary"}, id="T112 secret put where the tenant belongs"),
        pytest.param({"authority_url": "https://u:canary@login.contoso.com/t"}, id="T112 password in the authority"),
        pytest.param({"credential": "canary"}, id="T112 bare text as credential"),
    ],
)
def test_T112_a_refusal_tells_no_value(wrong: dict[str, object]) -> None:
    """Neither the message nor the chain of a refusal repeats what was given."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**wrong)
    told = "".join(traceback.format_exception_only(refused.value))
    assert "canary" not in told
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_a_refusal_survives_the_way_back_from_another_process() -> None:
    """The error can be pickled, so that a process pool reports it in place of breaking."""
    with pytest.raises(ConfigurationError) as refused:
        settings(client_id="orders")
    returned = pickle.loads(pickle.dumps(refused.value))
    assert type(returned) is ConfigurationError
    assert str(returned) == str(refused.value)


# ---- tenant and client


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
    """common and organizations are good once it is said which tenants are welcome."""
    assert settings(tenant_id=tenant, tenants=[OTHER_TENANT]).tenant_id == tenant.lower()


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


# ---- authority_host


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        pytest.param("login.microsoftonline.us", AUTHORITY_US_GOVERNMENT, id="bare host"),
        pytest.param("https://login.partner.microsoftonline.cn", AUTHORITY_CHINA, id="China"),
        pytest.param("https://login.microsoftonline.com/", AUTHORITY_PUBLIC, id="slash at the end, as AKS writes it"),
        pytest.param("HTTPS://Login.MicrosoftOnline.COM:443", AUTHORITY_PUBLIC, id="upper case and default port"),
        pytest.param("login.sovcloud-identity.fr", "https://login.sovcloud-identity.fr", id="newer sovereign cloud"),
        pytest.param("https://localhost:8443", "https://localhost:8443", id="https on loopback"),
        pytest.param("login.microsoftonline.com:8443", "https://login.microsoftonline.com:8443", id="port"),
    ],
)
def test_authority_hosts_that_are_accepted(host: str, kept: str) -> None:
    """A login host is an origin: https is put before a bare host, the rest is brought to one form."""
    assert settings(authority_host=host).authority_host == kept


@pytest.mark.parametrize("host", sorted(LOGIN_HOSTS))
def test_every_login_host_of_every_cloud_is_accepted(host: str) -> None:
    """The login hosts of the public and the national clouds need no other setting."""
    assert settings(authority_host=host).authority_host == f"https://{host}"


NOT_A_HOST = "authority_host is not a login host; expected scheme and host alone"
STRANGER = "authority_host names a host that is not a login host of a Microsoft cloud"
HTTP_ABROAD = "authority_host is http off this machine; expected https"
HTTP_HERE = "authority_host is http; expected https, or allow_loopback_http to be true"


@pytest.mark.parametrize(
    ("host", "message"),
    [
        pytest.param("http://login.microsoftonline.com", HTTP_ABROAD, id="T113 T114 T106 http to the real cloud"),
        pytest.param("http://127.0.0.1:8400", HTTP_HERE, id="T114 http on loopback without the flag"),
        pytest.param("https://evil.com", STRANGER, id="T113 unknown host"),
        pytest.param("evil.com", STRANGER, id="T113 unknown bare host"),
        pytest.param("https://login.microsoftonline.com.evil.com", STRANGER, id="T113 known host as a prefix"),
        pytest.param("https://evillogin.microsoftonline.com", STRANGER, id="T113 known host as a suffix"),
        pytest.param("https://contoso.ciamlogin.com", STRANGER, id="External ID belongs in authority_url"),
        pytest.param("https://login.microsoftonline.com@evil.com", NOT_A_HOST, id="T113 userinfo"),
        pytest.param("https://login.microsoftonline.com#", NOT_A_HOST, id="T113 empty fragment"),
        pytest.param("https://login.microsoftonline.com?", NOT_A_HOST, id="T113 empty query"),
        pytest.param("https://login.microsoftonline.com/common", NOT_A_HOST, id="T113 path"),
        pytest.param("https://login.microsoftonline.com//", NOT_A_HOST, id="T113 empty segment"),
        pytest.param("https://login.microsoftonline.com\\@evil.com", NOT_A_HOST, id="T113 backslash"),
        pytest.param("https://login.microsoftonline.com%2eevil.com", NOT_A_HOST, id="T113 percent-encoding"),
        pytest.param("https://login.microsoftonline.com.", NOT_A_HOST, id="T113 trailing dot"),
        pytest.param("https://login.microsoftonline.com:0", NOT_A_HOST, id="T113 port 0"),
        pytest.param("https://login.microsoftonline.com:65536", NOT_A_HOST, id="T113 port beyond the last"),
        pytest.param("https://login.microsoftonline.com:", NOT_A_HOST, id="T113 empty port"),
        pytest.param("https://login.micro\tsoftonline.com", NOT_A_HOST, id="T113 tab that parsers drop"),
        pytest.param("https://login.microsoftonline.com\n", NOT_A_HOST, id="T113 newline at the end"),
        pytest.param(" login.microsoftonline.com", NOT_A_HOST, id="T113 space before"),
        pytest.param("ftp://login.microsoftonline.com", NOT_A_HOST, id="T113 another scheme"),
        pytest.param("file:///etc/passwd", NOT_A_HOST, id="T113 file"),
        pytest.param("https://169.254.169.254", NOT_A_HOST, id="T113 address of instance metadata"),
        pytest.param("https://2130706433", NOT_A_HOST, id="T113 IPv4 address as one number"),
        pytest.param("https://[::ffff:127.0.0.1]", NOT_A_HOST, id="T113 IPv4 address within IPv6"),
        pytest.param("https://[fe80::1]", NOT_A_HOST, id="T113 IPv6 address"),
        pytest.param("https://login\u3002microsoftonline.com", NOT_A_HOST, id="T113 ideographic full stop"),
        pytest.param("", NOT_A_HOST, id="empty"),
        pytest.param(None, NOT_A_HOST, id="None"),
        pytest.param(7, NOT_A_HOST, id="a number"),
    ],
)
def test_T113_authority_hosts_that_are_refused(host: object, message: str) -> None:
    """Tokens and secrets go to Microsoft's login hosts over TLS or nowhere."""
    assert refusal(authority_host=host).startswith(message)


@given(
    host=st.text()
    | st.from_regex(r"(https?://)?[a-z0-9.@:#?/\\%\[\]-]{1,40}", fullmatch=True)
    | st.builds("{}{}{}".format, st.text(max_size=5), st.sampled_from(sorted(LOGIN_HOSTS)), st.text(max_size=9))
)
def test_T113_no_authority_host_leads_to_a_stranger(host: str) -> None:
    """Whatever text is given as host, an accepted one is https to a login host or this machine, and nothing else."""
    try:
        accepted = settings(authority_host=host).authority_host
    except ConfigurationError:
        return
    parts = urlsplit(accepted)
    assert parts.scheme == "https"
    assert parts.hostname in LOGIN_HOSTS | {"localhost", "::1"} or (parts.hostname or "").startswith("127.")
    assert (parts.path, parts.query, parts.fragment, parts.username) == ("", "", "", None)


LOOPBACK = [
    pytest.param("http://127.0.0.1:8400", id="T114 127.0.0.1"),
    pytest.param("http://127.8.9.1", id="T114 elsewhere in 127.0.0.0/8"),
    pytest.param("http://localhost:8400", id="T114 localhost"),
    pytest.param("http://[::1]:8400", id="T114 IPv6 loopback"),
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_T114_http_is_for_loopback_with_the_flag(host: str) -> None:
    """The simulated tenant on this machine may be reached over http, once that is said aloud."""
    assert settings(authority_host=host, allow_loopback_http=True).authority_host == host
    assert refusal(authority_host=host).startswith(HTTP_HERE)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("http://10.0.0.1", id="T114 private network"),
        pytest.param("http://0.0.0.0", id="T114 any address"),
        pytest.param("http://127.0.0.1.evil.com", id="T114 loopback address as a prefix"),
        pytest.param("http://localhost.evil.com", id="T114 localhost as a prefix"),
        pytest.param("http://evil.com", id="T114 T106 any other host"),
        pytest.param("http://127.1", id="T114 short form of an address"),
    ],
)
def test_T114_the_flag_opens_nothing_but_loopback(host: str) -> None:
    """With the loopback flag, http to another machine is refused as before."""
    assert refusal(authority_host=host, allow_loopback_http=True).startswith((HTTP_ABROAD, NOT_A_HOST))


def test_a_simulated_tenant_may_be_on_any_https_host() -> None:
    """With a transport nothing leaves the process, so the host may be any; http stays off."""
    host = "https://login.simulated.example"
    assert settings(authority_host=host, transport=NoNetwork()).authority_host == host
    assert refusal(authority_host="http://evil.com", transport=NoNetwork()).startswith(HTTP_ABROAD)


# ---- authority_url


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
        pytest.param(
            {"tenant_id": OTHER_TENANT}, "tenant_id is not the tenant in authority_url", id="another tenant"
        ),
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


# ---- who is welcome


def is_customer(tenant_id: str) -> bool:
    return tenant_id == OTHER_TENANT


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        pytest.param(ANY_TENANT, ANY_TENANT, id="any tenant, said aloud"),
        pytest.param({OTHER_TENANT.upper()}, frozenset({OTHER_TENANT}), id="set of GUIDs"),
        pytest.param([OTHER_TENANT, OTHER_TENANT], frozenset({OTHER_TENANT}), id="list of GUIDs"),
        pytest.param(is_customer, is_customer, id="callable"),
    ],
)
def test_tenant_rules_that_are_accepted(rule: object, kept: object) -> None:
    """A tenant rule is a collection of GUIDs, ANY_TENANT or a callable."""
    assert settings(tenant_id="common", tenants=rule).tenants == kept
    assert settings(tenant_id="common", tenants=iter([OTHER_TENANT])).tenants == frozenset({OTHER_TENANT})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"tenant_id": "common"}, "tenants is missing; tenant_id stands for many", id="T59 common alone"),
        pytest.param({"tenant_id": "organizations"}, "tenants is missing; tenant_id", id="T59 organizations alone"),
        pytest.param(
            {"tenant_id": "consumers", "tenants": ANY_TENANT}, "tenants contradicts tenant_id: personal", id="consumers"
        ),
        pytest.param(
            {"tenant_id": "organizations", "tenants": [PERSONAL_TENANT]},
            "tenants has the tenant of personal accounts, which tenant_id excludes",
            id="T59 personal accounts under organizations",
        ),
        pytest.param({"tenants": []}, "tenants is empty, so that nobody could come in", id="T59 empty"),
        pytest.param({"tenants": OTHER_TENANT}, "tenants is not a collection", id="T59 one text"),
        pytest.param({"tenants": "any"}, "tenants is not a collection", id="T59 the environment's word in code"),
        pytest.param({"tenants": ["contoso.com"]}, "tenants has an item that is not a GUID", id="T59 a domain"),
        pytest.param({"tenants": ["*"]}, "tenants has an item that is not a GUID", id="T59 a wildcard"),
        pytest.param({"tenants": [OTHER_TENANT, 7]}, "tenants has an item that is empty, no text", id="a number"),
        pytest.param({"tenants": True}, "tenants is not a collection", id="T59 a boolean"),
        pytest.param({"tenants": AnyTenant}, "tenants is missing", id="T59 the enum in place of its member"),
        pytest.param({"tenants": str}, "tenants is not a collection", id="T59 a class"),
    ],
)
def test_T59_tenant_rules_that_are_refused(wrong: dict[str, Any], message: str) -> None:
    """Many tenants need a rule that says which; a rule that cannot work is refused."""
    if wrong.get("tenants") is AnyTenant:
        message = "tenants has an item"
    assert refusal(**wrong).startswith(message)


@pytest.mark.parametrize(
    ("clients", "message"),
    [
        pytest.param([], "allowed_clients is empty, so that nobody could come in", id="empty"),
        pytest.param(CLIENT, "allowed_clients is not a collection", id="one text"),
        pytest.param(["orders"], "allowed_clients has an item that is not a GUID", id="a name"),
        pytest.param([""], "allowed_clients has an item that is empty", id="an empty one"),
        pytest.param(7, "allowed_clients is not a collection", id="a number"),
    ],
)
def test_allowed_clients_that_are_refused(clients: object, message: str) -> None:
    """Client applications are named by GUID, and a list of none would shut everybody out."""
    assert refusal(allowed_clients=clients).startswith(message)


def test_allowed_clients_are_a_set_in_lower_case() -> None:
    """The case of a GUID means nothing."""
    assert settings(allowed_clients=[CLIENT.upper(), CLIENT]).allowed_clients == frozenset({CLIENT})


@pytest.mark.parametrize(
    "audiences",
    [
        pytest.param([""], id="T55 empty audience"),
        pytest.param(["api://a", "  "], id="T55 blank audience"),
        pytest.param(["api://a b"], id="T55 space within"),
        pytest.param(["api://a\n"], id="T55 newline"),
        pytest.param([None], id="T55 None"),
        pytest.param([b"api://a"], id="T55 bytes"),
        pytest.param("api://a", id="T55 one text, whose letters would be audiences"),
        pytest.param(b"api://a", id="T55 bytes in place of a collection"),
        pytest.param(None, id="T55 None in place of a collection"),
    ],
)
def test_T55_audiences_that_are_refused(audiences: object) -> None:
    """An audience is a text that can stand in aud; an empty one would match a token that is for nobody."""
    assert refusal(audiences=audiences).startswith("audiences ")


def test_audiences_keep_their_order_once_each() -> None:
    """Audiences are kept as a tuple without repetition."""
    assert settings(audiences=["api://b", "api://a", "api://b"]).audiences == ("api://b", "api://a")


@pytest.mark.parametrize(
    "algorithms", [["RS256"], ("PS256", "PS384"), {"ES256"}, ["ES256", "ES384", "ES512"], ["RS512", "RS256"]]
)
def test_algorithms_that_are_accepted(algorithms: object) -> None:
    """Any of one asymmetric family is good."""
    assert set(settings(algorithms=algorithms).algorithms) == set(algorithms)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("algorithms", "message"),
    [
        pytest.param(["HS256"], "algorithms has one that is not accepted", id="T25 shared secret"),
        pytest.param(["RS256", "HS256"], "algorithms has one that is not accepted", id="T25 shared secret beside RSA"),
        pytest.param(["none"], "algorithms has one that is not accepted", id="T25 none"),
        pytest.param(["RS256", "none"], "algorithms has one that is not accepted", id="T25 none beside RSA"),
        pytest.param(["rs256"], "algorithms has one that is not accepted", id="T25 lower case"),
        pytest.param(["EdDSA"], "algorithms has one that is not accepted", id="T25 one that Entra does not have"),
        pytest.param(["RS256", "PS256"], "algorithms mixes families", id="T25 RS and PS"),
        pytest.param(["RS256", "ES256"], "algorithms mixes families", id="T25 RS and ES"),
        pytest.param(["PS256", "ES256"], "algorithms mixes families", id="T25 PS and ES"),
        pytest.param([], "algorithms is empty, so that no token could be good", id="T25 empty"),
        pytest.param("RS256", "algorithms is not a collection", id="T25 one text"),
        pytest.param(None, "algorithms is not a collection", id="T25 None"),
    ],
)
def test_T25_algorithms_that_are_refused(algorithms: object, message: str) -> None:
    """Only asymmetric algorithms exist, and only of one family at a time."""
    assert refusal(algorithms=algorithms).startswith(message)


@pytest.mark.parametrize("prefix", ["api:// x", " ", "/", 7, ["api://a"]])
def test_scope_prefixes_that_are_refused(prefix: object) -> None:
    """A prefix is a text without spaces that something can stand behind."""
    assert refusal(scope_prefix=prefix).startswith("scope_prefix is not a prefix of scopes")


def test_client_capabilities_are_known_ones() -> None:
    """CP1, in any case, is the one capability there is."""
    assert settings(client_capabilities=["cp1", "CP1"]).client_capabilities == ("CP1",)
    assert refusal(client_capabilities=["CP2"]).startswith("client_capabilities has one that is not known")
    assert refusal(client_capabilities="CP1").startswith("client_capabilities is not a collection")


# ---- plain values


@pytest.mark.parametrize("seconds", [0, 60, 0.5, 600])
def test_T41_clock_skews_that_are_accepted(seconds: float) -> None:
    """Clocks may differ by 0 to 600 seconds."""
    assert settings(clock_skew_seconds=seconds).clock_skew_seconds == seconds


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(601, id="T41 more than ten minutes"),
        pytest.param(600.001, id="T41 a little more than ten minutes"),
        pytest.param(-1, id="T41 negative"),
        pytest.param(math.inf, id="T41 infinite"),
        pytest.param(math.nan, id="T41 not a number"),
        pytest.param(True, id="T41 boolean"),
        pytest.param("60", id="T41 text"),
        pytest.param(None, id="T41 None"),
    ],
)
def test_T41_clock_skews_that_are_refused(seconds: object) -> None:
    """A tolerance beyond ten minutes, or none that can be counted with, is refused."""
    assert refusal(clock_skew_seconds=seconds).startswith("clock_skew_seconds is out of range; expected seconds from 0")


@pytest.mark.parametrize("seconds", [0, -1, 120.5, math.inf, math.nan, True, "10", None])
def test_timeouts_that_are_refused(seconds: object) -> None:
    """A request must be able to end, and to end soon."""
    assert refusal(timeout_seconds=seconds).startswith("timeout_seconds is out of range; expected seconds above 0")


@pytest.mark.parametrize("seconds", [0.1, 10, 120])
def test_timeouts_that_are_accepted(seconds: float) -> None:
    """Up to two minutes for one request."""
    assert settings(timeout_seconds=seconds).timeout_seconds == seconds


@pytest.mark.parametrize(
    "name", ["allow_guests", "accept_tokens_without_permissions", "cache_enabled", "allow_loopback_http"]
)
@pytest.mark.parametrize("value", ["false", "", 0, 1, None])
def test_flags_are_booleans(name: str, value: object) -> None:
    """What only counts as true or false is refused: the text "false" counts as true."""
    assert refusal(**{name: value}) == f"{name} is not a boolean; expected True or False"


@pytest.mark.parametrize("value", ["", b"ca.pem", "a\0b", 7, False])
def test_the_ca_bundle_is_a_path(value: object) -> None:
    """Certificate checks cannot be turned off: False is not a path."""
    assert refusal(ca_bundle=value).startswith("ca_bundle is not a path")


@pytest.mark.parametrize("value", ["ca.pem", Path("ca.pem")])
def test_ca_bundles_that_are_accepted(value: str | Path) -> None:
    """Text and Path name the same file."""
    assert settings(ca_bundle=value).ca_bundle == Path("ca.pem")


@pytest.mark.parametrize("value", ["secret", Secret("secret"), object(), ClientSecret])
def test_the_credential_is_one_of_ours(value: object) -> None:
    """Bare texts, foreign credentials and classes are refused with the wrapper to use."""
    assert refusal(credential=value).startswith("credential is not a credential; expected one such as ClientSecret")


def test_the_transport_answers() -> None:
    """What cannot answer requests is no transport."""
    assert refusal(transport=object()).startswith("transport cannot answer requests")


# ---- token store


@pytest.mark.parametrize(
    "url",
    ["redis://cache", "redis://:p%40ss@cache:6379/0", "rediss://cache.contoso.com:6380", "unix:///run/redis.sock"],
)
def test_redis_addresses_that_are_accepted(url: str) -> None:
    """Redis is reached by TCP, TLS or a socket in the file system."""
    kept = settings(redis_url=url, encryption_keys=[KEY]).redis_url
    assert isinstance(kept, Secret)
    assert kept.reveal() == url


@pytest.mark.parametrize(
    "url",
    ["cache:6379", "http://cache", "redis://", "redis:///0", "redis://cache:port", "redis://cache:0", "unix://"]
    + ["unix:///", "redis://[::1", "redis://ca che", "redis://cache\n", 7, b"redis://cache"],
)
def test_redis_addresses_that_are_refused(url: object) -> None:
    """An address that leads nowhere is told at once."""
    assert refusal(redis_url=url, encryption_keys=[KEY]).startswith("redis_url is not the address of a Redis server")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(KEY, id="32 bytes"),
        pytest.param(KEY_TEXT, id="URL-safe base64"),
        pytest.param(f"{KEY_TEXT}=", id="base64 with padding"),
        pytest.param(Secret(KEY), id="a secret of 32 bytes"),
    ],
)
def test_encryption_keys_that_are_accepted(key: object) -> None:
    """A key is 32 bytes, or their base64 as the key command prints it."""
    kept = settings(redis_url="redis://cache", encryption_keys=[key]).encryption_keys
    assert kept == (Secret(KEY),)


def test_both_alphabets_of_base64_are_read() -> None:
    """Standard and URL-safe base64 of the same bytes are the same key."""
    standard, url_safe = "+/" * 21 + "8=", "-_" * 21 + "8="
    one = settings(redis_url="redis://cache", encryption_keys=[standard])
    assert one == settings(redis_url="redis://cache", encryption_keys=[url_safe])


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([b"short"], id="short bytes"),
        pytest.param([KEY + b"x"], id="33 bytes"),
        pytest.param(["x" * 32], id="32 letters, which are no random bytes"),
        pytest.param([KEY_TEXT[:-1]], id="base64 of 31 bytes"),
        pytest.param(["+-" * 21 + "8"], id="both alphabets of base64 at once"),
        pytest.param([KEY_TEXT, ""], id="an empty one"),
        pytest.param([Secret("short")], id="a short secret"),
        pytest.param([7], id="a number"),
        pytest.param(KEY_TEXT, id="one text"),
        pytest.param(KEY, id="one key as bytes"),
        pytest.param(Secret(KEY), id="one secret"),
        pytest.param(None, id="None"),
    ],
)
def test_encryption_keys_that_are_refused(keys: object) -> None:
    """What is not exactly 32 bytes is no key."""
    assert refusal(redis_url="redis://cache", encryption_keys=keys).startswith("encryption_keys ")


@pytest.mark.parametrize(
    ("half", "message"),
    [
        pytest.param({"redis_url": "redis://cache"}, "redis_url needs encryption_keys", id="Redis without keys"),
        pytest.param({"encryption_keys": [KEY]}, "encryption_keys has no use without redis_url", id="keys without it"),
    ],
)
def test_redis_and_keys_belong_together(half: dict[str, object], message: str) -> None:
    """Tokens are never in Redis in the clear, and keys that encrypt nothing point to a slip."""
    assert refusal(**half).startswith(message)


def test_simulation_is_kept_as_it_is() -> None:
    """A recording or replay is the outbound side's: settings only carry it."""
    simulation = object()
    assert settings(simulation=simulation).simulation is simulation


@pytest.mark.parametrize("make", [settings, whole_authority], ids=["by tenant", "by authority"])
def test_an_unknown_setting_is_refused(make: Callable[..., AzureAdSettings]) -> None:
    """A misspelt keyword is an error, not a setting without effect."""
    with pytest.raises(TypeError, match="tenats"):
        make(f"https://login.contoso.com/{TENANT}", tenats=ANY_TENANT) if make is whole_authority else make(tenats=1)
