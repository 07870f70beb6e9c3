"""What a page of another site can have a browser begin, and addresses that do not fit the settings."""

from urllib.parse import urlencode

import pytest

from azuread_auth.web_login import WebLogin
from tests.web.login_browser import PUBLIC
from tests.web.login_sites import KEY

pytest_plugins = ("tests.web.login_fixtures",)


EVIL = "https://evil.example"
SERVERS_HEADER = 8_192
"""So long a header may be for the strictest of the usual servers."""


def cookie_header(browser):
    """What the browser sends to the site."""
    return browser.jar.header(PUBLIC, is_cross_site=False, is_safe_navigation=True)


def largest(site, browser, next_path):
    """The reply with the most scopes beside an address that goes through, sent by a page of another site."""
    best, least, most = None, 0, 2_000
    while least < most:
        middle = (least + most + 1) // 2
        query = urlencode({"next": next_path, "scopes": f"api://x/{'s' * middle}"})
        reply = site.send(browser.prepared("GET", f"/auth/login?{query}", by=EVIL))
        least, most, best = (middle, most, reply) if reply.status == 303 else (least, middle - 1, best)
    return best


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("length", [1, 300, 1_990])
def test_T90_a_hostile_page_cannot_fill_the_header(make_site, mode, length):
    """Whatever it has the browser begin: half of what servers take is left, and signing out works."""
    site = make_site(login={"response_mode": mode})
    browser = site.browser()
    browser.sign_in()
    usual = len(cookie_header(browser))
    for _ in range(8):
        browser.jar.take(PUBLIC, largest(site, browser, "/" + "a" * length).all("set-cookie"))
    assert len(cookie_header(browser)) - usual < SERVERS_HEADER / 2
    assert len(browser.jar.named("login")) <= 5
    assert browser.post("/auth/logout").status == 303


def test_T90_five_usual_tabs_fit(browser):
    """Their addresses have two hundred characters each; all of them come back."""
    urls = [browser.begin(f"/orders/{number}?{'q' * 190}") for number in range(5)]
    for number, url in enumerate(urls):
        assert browser.come_back(browser.answer(url)).location.startswith(f"/orders/{number}")


@pytest.mark.parametrize(("length", "is_kept"), [(500, True), (1_500, False)])
def test_T90_a_long_address_leads_to_the_usual_place(make_site, length, is_kept):
    """Nobody is kept from signing in by it."""
    browser = make_site(login={"after_login": "/home"}).browser()
    address = "/" + "a" * length
    assert browser.sign_in(address).location == (address if is_kept else "/home")


def test_T90_what_the_application_itself_asks_for_may_be_long(make_site):
    """Its own scopes are no other site's doing: they keep the usual addresses from nothing."""
    scopes = [f"https://graph.microsoft.com/Some.Long.Permission.{number:02d}" for number in range(25)]
    site = make_site(login={"scopes": scopes})
    browser = site.browser()
    url = browser.begin("/orders")
    (name,) = browser.jar.named("login")
    assert 1_500 < len(browser.jar.cookies[name].value) < 3_800
    assert "Permission.24" in url
    assert browser.get("/auth/login?next=/orders&scopes=api://x/" + "s" * 900).status == 400


@pytest.mark.parametrize("mode", ["no-cors", "cors"])
def test_T90_an_image_of_another_site_begins_nothing(site, browser, mode):
    """Many of them at the same time would each get a cookie, since none of them brings those of the others."""
    reply = browser.get("/auth/login", by=EVIL, accept="image/*", sec_fetch_mode=mode)
    assert (reply.status, reply.all("set-cookie")) == (403, [])
    assert browser.get("/auth/login", by=EVIL).status == 303
    assert browser.get("/auth/login", by="", sec_fetch_mode=mode).status == 303


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_a_silent_sign_in_at_the_limit_goes_on_with_a_page(make_site, mode):
    """That it is silent no more takes a character more: the address or the sign-in is given up, with a page."""
    site = make_site(login={"response_mode": mode})
    statuses = set()
    # Which length it is depends on how many digits the time of day has just then.
    for length in (*range(640, 760), *([*range(700, 740)] * 20)):
        if statuses == {303, 400}:
            break
        browser = site.browser()
        query = urlencode({"prompt": "none", "next": "/x", "scopes": f"api://x/{'s' * length}"})
        begun = browser.get(f"/auth/login?{query}")
        if begun.status != 303:
            assert "cannot be started" in begun.text
            continue
        query = urlencode({"error": "login_required", "state": begun.asked["state"]})
        reply = browser.come_back(browser.callback(query, begun.location))
        statuses.add(reply.status)
        assert len(browser.jar.named("login")) == (reply.status == 303)
    assert statuses == {303, 400}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("prompt=zzz", "prompt= is not known"),
        ("claims=%7B", "claims= is not"),
        ("scopes=%22", "scope"),
        ("scopes=" + "s" * 1_000, "too many scopes"),
    ],
)
def test_what_is_wrong_with_the_address_is_told_to_the_operator(browser, is_told, query, told):
    """The person gets a plain sentence, and a link to the same place without what was wrong."""
    reply = browser.get(f"/auth/login?next=/orders%3Fa=1&{query}")
    assert reply.status == 400
    assert told not in reply.text
    assert "go on without it" in reply.text
    assert 'href="/auth/login?next=%2Forders%3Fa%3D1"' in reply.text
    assert is_told(told)
    assert is_told("a sign-in could not be started")


@pytest.mark.parametrize(
    "query", ["prompt=zzz&next=//evil.example", "next=/a&next=/b", "prompt=x&next=/" + "%25" * 700]
)
def test_T84_the_link_to_begin_again_leads_nowhere_else(browser, query):
    """What is no path of ours, is there twice or makes a link too long is left out."""
    reply = browser.get(f"/auth/login?{query}")
    assert reply.status == 400
    assert 'href="/auth/login"' in reply.text


@pytest.mark.parametrize("prefix", ["", "/portal"])
def test_a_prefix_that_nothing_takes_off_is_told_and_not_followed(make_site, is_told, prefix):
    """The path as routed has the prefix of base_url: each redirect to sign in would be the next page to sign in for."""
    browser = make_site(login={"base_url": f"{PUBLIC}/portal"}, prefix=prefix).browser()
    reply = browser.get("/portal/orders")
    while reply.location and not reply.location.startswith("https://login."):
        reply = browser.get(reply.location)
    if prefix:
        assert reply.status == 303
        assert not is_told("root_path")
        return
    assert (reply.status, "tell its operator" in reply.text) == (500, True)
    assert is_told("root_path")
    assert is_told("base_url")
    assert browser.fetch("/portal/auth/login").header("content-type") == "application/problem+json"


def test_a_prefix_may_make_one_path_of_another(make_site):
    """Where the login route of an address with a prefix is a route of its own, that is what it is."""
    login = WebLogin(base_url=f"{PUBLIC}/auth", login_path="/login", callback_path="/auth/login", cookie_keys=[KEY])
    site = make_site(login=login)
    assert site.browser().get("/auth/login").status == 400
    assert "is not known in this browser" in site.browser().get("/auth/login").text


@pytest.mark.parametrize("destination", ["iframe", "frame", "embed", "object"])
def test_T90_a_page_of_another_site_begins_no_sign_in_inside_itself(site, browser, destination):
    """Frames come at the same time, none with the others' cookies: each would leave one more; a link leads on."""
    reply = browser.get("/auth/login", by=EVIL, sec_fetch_dest=destination)
    assert (reply.status, reply.all("set-cookie")) == (403, [])
    assert browser.get("/auth/login", by=EVIL, sec_fetch_dest="document").status == 303
    assert browser.get("/auth/login", by="", sec_fetch_dest=destination).status == 303
