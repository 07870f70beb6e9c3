"""Who a request is from when there may be a session: beside bearer tokens, from other sites, on paths of all kinds."""

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from tests.web.login_browser import LOCAL, PUBLIC
from tests.web.login_sites import KEY, AsgiSite

pytest_plugins = ("tests.web.login_fixtures",)


EVIL = "https://evil.example"


@pytest.mark.parametrize("base", [LOCAL, PUBLIC])
def test_a_page_leads_to_the_provider_and_back(make_site, base):
    """Nobody, a redirect to sign in, the provider, and the page that was asked for, with its query."""
    browser = make_site(login={"base_url": base}).browser()
    first = browser.get("/orders?a=1&b=%20x")
    assert (first.status, first.location) == (303, "/auth/login?next=%2Forders%3Fa%3D1%26b%3D%2520x")
    done = browser.sign_in("/orders?a=1&b=%20x")
    assert (done.status, done.location) == (303, "/orders?a=1&b=%20x")
    assert browser.get("/orders").text == "adele@contoso.onmicrosoft.com"


@pytest.mark.parametrize("path", ["/caf%C3%A9%20noir", "/a%3Fb=1", "/100%25"])
def test_T84_a_path_is_kept_as_the_browser_wrote_it(browser, path):
    """Decoded by the server, it is encoded again: what follows a "?" in a name does not become the query."""
    assert browser.sign_in(path).location == path


def test_other_requests_get_401_with_the_place_to_sign_in(browser):
    """A script is not sent to the provider, whose page it cannot show; nor is HEAD."""
    reply = browser.fetch("/api")
    assert (reply.status, reply.header("www-authenticate")) == (401, "Bearer")
    assert '"sign_in_url": "/auth/login?next=%2F"' in reply.text
    assert browser.ask("HEAD", "/").status == 401
    assert browser.post("/").status == 401


def test_T18_one_bad_credential_is_not_made_good_by_the_other(site, browser):
    """A bad token with a good session is 401; a good token with a bad cookie is the token's caller."""
    browser.sign_in()
    bad = browser.get("/", authorization="Bearer abc.def.ghi")
    assert bad.status == 401
    assert "invalid_token" in bad.header("www-authenticate")
    token = site.tenant.mint_token(user="megan")
    (name,) = browser.jar.named("session")
    reply = browser.get("/", authorization=f"Bearer {token}", cookie=f"{name}=1garbage")
    assert (reply.status, reply.text) == (200, "megan@contoso.onmicrosoft.com")
    assert browser.get("/", authorization=f"Bearer {token}").text == "megan@contoso.onmicrosoft.com"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_T19_unsafe_methods_come_from_our_own_pages(make_site, method):
    """Another origin, a hidden one and none at all are refused; our own and a trusted one pass."""
    site = make_site(login={"trusted_origins": ["https://friend.example"]})
    browser = site.browser()
    browser.sign_in()
    cookie = browser.jar.header(PUBLIC, is_cross_site=False, is_safe_navigation=True)
    for by, expected in ((EVIL, 403), ("null", 403), (None, 200), ("", 200), ("https://friend.example", 200)):
        reply = browser.ask(method, "/", by=by, cookie=cookie)
        assert (by, reply.status) == (by, expected)
        assert reply.header("cache-control") == "no-store"
    assert browser.ask(method, "/", by=None, cookie=cookie, sec_fetch_site="").status == 403
    assert browser.ask(method, "/", by="null", cookie=cookie, sec_fetch_site="same-origin").status == 200


def test_T19_a_token_needs_no_origin(site, browser):
    """Other sites cannot make a browser send tokens, so requests with one are judged by it alone."""
    token = site.tenant.mint_token()
    assert browser.post("/", by=EVIL, authorization=f"Bearer {token}").status == 200


def test_T19_a_cross_site_form_brings_no_session_along(browser):
    """The session cookie is Lax: the browser leaves it at home, so there is nobody to be forged."""
    browser.sign_in()
    assert browser.post("/", by=EVIL).status == 401


@pytest.mark.parametrize(("origin", "status"), [(PUBLIC, 101), (EVIL, 403), (None, 403), ("null", 403)])
def test_T15_a_websocket_with_a_session_checks_the_origin(directory, clock, origin, status):
    """What a hostile page opens is denied before it is accepted."""
    site = AsgiSite(directory, clock, login={"base_url": PUBLIC, "cookie_keys": [KEY]})
    browser = site.browser()
    browser.sign_in()
    cookie = browser.jar.header(PUBLIC, is_cross_site=False, is_safe_navigation=True)
    headers = {"cookie": cookie} | ({} if origin is None else {"origin": origin})
    client = TestClient(site.app, base_url=PUBLIC)
    if status == 101:
        with client.websocket_connect("wss://app.example.com/feed", headers=headers) as socket:
            assert socket.receive_text() == "adele@contoso.onmicrosoft.com"
        return
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect("wss://app.example.com/feed", headers=headers),
    ):
        pass
    assert denied.value.status_code == status


def test_T15_a_websocket_without_a_session_is_401(directory, clock):
    """A handshake is no page: it is not redirected."""
    site = AsgiSite(directory, clock, login={"base_url": PUBLIC, "cookie_keys": [KEY]})
    client = TestClient(site.app, base_url=PUBLIC)
    with pytest.raises(WebSocketDenialResponse) as denied, client.websocket_connect("wss://app.example.com/feed"):
        pass
    assert denied.value.status_code == 401


def test_T20_T100_nothing_of_a_session_is_kept(site, browser):
    """Redirects, callbacks, pages with a session, errors and sign-outs: no cache and no bfcache keeps any."""
    replies = [browser.get("/"), browser.get("/auth/login"), browser.get("/auth/callback?state=x&code=y")]
    replies += [browser.sign_in(), browser.get("/"), browser.fetch("/auth/me"), browser.get("/auth/logout", by=EVIL)]
    replies += [browser.post("/auth/logout"), browser.get("/auth/signed-out"), browser.fetch("/auth/me")]
    replies += [browser.fetch("/"), browser.ask("PUT", "/auth/login"), browser.get("/auth/frontchannel-logout")]
    assert [reply.header("cache-control") for reply in replies] == ["no-store"] * len(replies)


def test_optional_paths_know_sessions_and_public_ones_do_not(make_site):
    """Anonymous callers are let in where that is allowed; on public paths nobody is looked for."""
    site = make_site(optional_paths=["/maybe"], public_paths=["/open"])
    browser = site.browser()
    assert browser.get("/maybe").text == browser.get("/open").text == "nobody"
    browser.sign_in()
    assert browser.get("/maybe").text == "adele@contoso.onmicrosoft.com"
    public = browser.get("/open")
    assert (public.text, public.header("cache-control")) == ("nobody", "")
    assert make_site(allow_anonymous=True).browser().get("/any").text == "nobody"


def test_a_preflight_is_a_question_with_a_session_too(browser):
    """A browser's question goes to the CORS layer further in, and brings nothing back."""
    browser.sign_in()
    reply = browser.ask("OPTIONS", "/", by=EVIL, access_control_request_method="POST")
    assert (reply.status, reply.text, reply.all("set-cookie")) == (200, "", [])


def test_me_tells_who_it_is(site, browser):
    """The session as JSON, and 401 without one; only for reading."""
    assert browser.fetch("/auth/me").status == 401
    browser.sign_in()
    reply = browser.fetch("/auth/me")
    assert (reply.status, reply.header("content-type")) == (200, "application/json")
    assert '"username": "adele@contoso.onmicrosoft.com"' in reply.text
    assert browser.ask("HEAD", "/auth/me").text == ""
    assert (browser.post("/auth/me").status, browser.post("/auth/me").header("allow")) == (405, "GET, HEAD")


def test_T85_a_strange_host_gets_no_address_to_sign_in(browser):
    """A page for another host is 401 without a redirect; the routes are 400."""
    reply = browser.get("/", host="evil.example")
    assert (reply.status, reply.location, reply.header("content-type")) == (401, "", "text/html; charset=utf-8")
    assert "sign_in_url" not in browser.fetch("/", host="evil.example").text


def test_T85_the_operator_is_told_of_a_strange_host_once(browser, caplog):
    """As it may be the application's own, that is not configured; scripts and programs are no reason to."""
    browser.fetch("/", host="script.example")
    assert not told_of_hosts(caplog)
    for path in ("/orders", "/auth/login"):
        browser.get(path, host="shop.example.com")
    assert told_of_hosts(caplog) == [("shop.example.com", "/orders")]


def told_of_hosts(caplog):
    """What the log has of such requests."""
    told = [vars(record) for record in caplog.records if vars(record).get("azuread_event") == "login.unknown_host"]
    return [(fields["azuread_host"], fields["azuread_path"]) for fields in told]
