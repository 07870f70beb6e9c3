"""Under which address an application is asked, and whose pages may ask with its cookies."""

import pytest

from azuread_auth._web.origins import BaseUrls, is_same_site_request, origin_of

APP = BaseUrls(["https://app.example.com/prefix/", "https://b.example:8443", "http://localhost:8000", "https://[::1]"])


@pytest.mark.parametrize(
    ("host", "base_url"),
    [
        (b"app.example.com", "https://app.example.com/prefix"),
        (b"APP.Example.COM", "https://app.example.com/prefix"),
        (b"app.example.com:443", "https://app.example.com/prefix"),
        (b"b.example:8443", "https://b.example:8443"),
        (b"localhost:8000", "http://localhost:8000"),
        (b"[::1]", "https://[::1]"),
        (b"b.example", None),
        (b"app.example.com:80", None),
        (b"app.example.com:8443", None),
        (b"localhost", None),
        (b"evil.example", None),
        (b"app.example.com.", None),
        (b"app.example.com.evil.example", None),
        (b"app.example.com@evil.example", None),
        (b"evil.example@app.example.com", None),
        (b"app.example.com, evil.example", None),
        (b"app.example.com,app.example.com", None),
        (b"app.example.com/", None),
        (b"app.example.com/prefix", None),
        (b"app.example.com#", None),
        (b"app.example.com?", None),
        (b" app.example.com", None),
        (b"app.example.com\n", None),
        (b"app.example.com:", None),
        (b"app.example.com:0443x", None),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_T85_the_host_chooses_among_configured_addresses(host, base_url):
    """By name and port, whatever their case, where a scheme's own port may be left out; and adds none."""
    assert APP.choose([host]) == base_url


@pytest.mark.parametrize("hosts", [[], [b"app.example.com", b"app.example.com"], [b"app.example.com", b"evil.example"]])
def test_T85_there_must_be_one_host(hosts):
    """None, or two of them, choose nothing."""
    assert APP.choose(hosts) is None


@pytest.mark.parametrize(
    ("host", "base_url"),
    [
        (b"localhost", "http://localhost"),
        (b"localhost:8000", "http://localhost:8000"),
        (b"LOCALHOST:80", "http://localhost"),
        (b"127.0.0.1:5000", "http://127.0.0.1:5000"),
        (b"127.1.2.3", "http://127.1.2.3"),
        (b"[::1]:5000", "http://[::1]:5000"),
        (b"app.example.com", None),
        (b"localhost.evil.example", None),
        (b"10.0.0.1", None),
        (b"127.1", None),
        (b"2130706433", None),
        (b"[::2]", None),
        (b"localhost:99999", None),
        (b"localhost/x", None),
        (b"localhost@evil.example", None),
    ],
)
def test_T85_T86_without_an_address_there_is_this_machine_alone(host, base_url):
    """Over http, at the port that was asked."""
    assert BaseUrls(()).choose([host]) == base_url


def test_of_two_addresses_with_one_host_the_first_counts():
    """The path is no part of the choice."""
    assert BaseUrls(["https://a.example/x", "https://a.example/y"]).choose([b"a.example"]) == "https://a.example/x"


def test_addresses_must_be_some():
    """Settings have checked them; what comes past settings is refused."""
    with pytest.raises(ValueError, match="base_url"):
        BaseUrls(["https://a.example", "app.example.com"])


def test_origin_of_an_address():
    """As browsers write it."""
    assert origin_of("https://app.example.com/prefix") == "https://app.example.com"
    assert origin_of("http://[::1]:8000") == "http://[::1]:8000"


OWN, TRUSTED = "https://app.example.com", "https://shop.example.com"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "get", "PURGE"])
@pytest.mark.parametrize(
    ("origin", "sec_fetch_site", "passes"),
    [
        pytest.param(OWN, "same-origin", True, id="own page"),
        pytest.param(OWN, None, True, id="own page, older browser"),
        pytest.param(TRUSTED, "same-site", True, id="trusted page"),
        pytest.param("https://evil.example", "cross-site", False, id="another site"),
        pytest.param("https://evil.example", "same-origin", False, id="another site, whatever else it says"),
        pytest.param("https://evil.app.example.com", "same-site", False, id="a sub-domain"),
        pytest.param("http://app.example.com", "cross-site", False, id="another scheme"),
        pytest.param("https://app.example.com:8443", "same-site", False, id="another port"),
        pytest.param("https://APP.example.com", None, False, id="not as browsers write it"),
        pytest.param("https://app.example.com, https://evil.example", None, False, id="two origins"),
        pytest.param("null", "cross-site", False, id="a page without an origin"),
        pytest.param("null", "same-origin", True, id="a page that hides its origin"),
        pytest.param("", None, False, id="an empty origin"),
        pytest.param(None, "same-origin", True, id="own page without Origin"),
        pytest.param(None, "none", True, id="a person, not a page"),
        pytest.param(None, "same-site", False, id="a neighbour without Origin"),
        pytest.param(None, "cross-site", False, id="another site without Origin"),
        pytest.param(None, "Same-Origin", False, id="not as browsers write that"),
        pytest.param(None, None, False, id="no browser"),
    ],
)
def test_T19_unsafe_requests_with_a_cookie_come_from_own_or_trusted_pages(method, origin, sec_fetch_site, passes):
    """And so do WebSockets, whose method is safe."""
    told = {"origin": origin, "sec_fetch_site": sec_fetch_site, "own_origins": {OWN}, "trusted_origins": [TRUSTED]}
    assert is_same_site_request(method, **told) is passes
    assert is_same_site_request("GET", **told, is_websocket=True) is passes


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_T19_safe_requests_may_come_from_anywhere(method):
    """Links lead in from other sites."""
    told = {"origin": "https://evil.example", "sec_fetch_site": "cross-site"}
    assert is_same_site_request(method, **told, own_origins={OWN})
