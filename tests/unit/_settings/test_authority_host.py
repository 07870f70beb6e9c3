"""Which login hosts are accepted."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.clouds import CLOUDS
from azuread_auth._protocol.http import HttpRequest
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer
from azuread_auth.settings import (
    AUTHORITY_CHINA,
    AUTHORITY_PUBLIC,
    AUTHORITY_US_GOVERNMENT,
    AzureAdSettings,
)

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
LOGIN_HOSTS = frozenset[str]().union(*(cloud.login_hosts for cloud in CLOUDS))


class NoNetwork:
    def answer(self, request: HttpRequest) -> TransportAnswer:
        return TransportAnswer(response=None)


def settings(**given_settings: Any) -> AzureAdSettings:
    """Good settings, but for what is given."""
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given_settings})


def refusal(**given_settings: Any) -> str:
    """The message with which such settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**given_settings)
    return str(refused.value)


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
