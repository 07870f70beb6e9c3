"""Which proxy a request goes through."""

import pytest

from azuread_auth._adapters.proxies import Proxies

A, B = "http://a.example:3128", "http://b.example:3128"


@pytest.mark.parametrize(
    ("environ", "url", "expected"),
    [
        pytest.param({}, "https", None, id="no variable"),
        pytest.param({"HTTPS_PROXY": A}, "https", A, id="upper case"),
        pytest.param({"https_proxy": A, "HTTPS_PROXY": B}, "https", A, id="lower case goes first"),
        pytest.param({"https_proxy": " ", "HTTPS_PROXY": B}, "https", B, id="blank is absent"),
        pytest.param({"HTTP_PROXY": A}, "https", None, id="for the other scheme"),
        pytest.param({"ALL_PROXY": A}, "https", A, id="for all"),
        pytest.param({"HTTPS_PROXY": A, "ALL_PROXY": B}, "https", A, id="the scheme's own goes first"),
        pytest.param({"HTTPS_PROXY": "a.example:3128"}, "https", A, id="without scheme"),
        pytest.param({"HTTP_PROXY": A, "REQUEST_METHOD": "GET"}, "http", None, id="a client's header under CGI"),
        pytest.param({"http_proxy": A, "REQUEST_METHOD": "GET"}, "http", A, id="lower case under CGI"),
        pytest.param({"ALL_PROXY": A}, "ftp", None, id="unknown scheme"),
    ],
)
def test_T116_variables(environ: dict[str, str], url: str, expected: str | None) -> None:
    """T116: the variables count as they do for other programs."""
    proxy = Proxies(environ).proxy_for(url, "login.example", None)
    assert (proxy and proxy.url) == expected


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "127.0.0.1",
        "127.8.9.1",
        "::1",
        "169.254.169.254",
        "fe80::1",
    ],
)
def test_T116_local_addresses_are_never_proxied(host: str) -> None:
    """T116: loopback and link-local, the managed identity endpoints among them, are asked directly."""
    assert Proxies({"ALL_PROXY": A}).proxy_for("http", host, 80) is None


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_excepted"),
    [
        ("*", "login.example", True),
        ("login.example", "login.example", True),
        ("login.example", "LOGIN.example", True),
        ("LOGIN.EXAMPLE", "login.example", True),
        ("login.example", "a.login.example", True),
        ("login.example", "badlogin.example", False),
        (".example", "login.example", True),
        ("*.example", "login.example", True),
        ("*.example", "login.example.net", False),
        ("other.example, login.example", "login.example", True),
        (",, ,", "login.example", False),
        ("login.example:443", "login.example", True),
        ("login.example:8443", "login.example", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.10", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "login.example", False),
        ("2001:db8::1", "2001:db8::1", True),
        ("2001:db8::/32", "2001:db8::1", True),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("[2001:db8::1]:443", "2001:db8::1", True),
        ("[2001:db8::1]:80", "2001:db8::1", False),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_T116_exceptions(variable: str, no_proxy: str, host: str, is_excepted: bool) -> None:
    """T116: NO_PROXY names hosts, what is below them, addresses and networks."""
    proxy = Proxies({"ALL_PROXY": A, variable: no_proxy}).proxy_for("https", host, None)
    assert (proxy is None) == is_excepted


def test_password_of_a_proxy_is_not_shown() -> None:
    """A proxy's address may hold a password: its repr names the variable."""
    proxy = Proxies({"ALL_PROXY": "http://name:secret@a.example"}).proxy_for("https", "login.example", None)
    assert repr(proxy) == "Proxy(variable='ALL_PROXY')"
