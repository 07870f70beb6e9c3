"""What a person is shown whose page or form is refused: a page, with the way on, and never a document for programs."""

import pytest

from azuread_auth.errors import ClaimsChallenge, InteractionRequired, ProviderUnavailable
from azuread_auth.requirements import Role
from tests.web.login_browser import PUBLIC

pytest_plugins = ("tests.web.login_fixtures",)

NEIGHBOUR = "https://neighbour.example.com"
OF_SCRIPTS = {"accept": "*/*", "sec_fetch_mode": "cors"}


def everything(browser):
    """All cookies, as a neighbouring site's form would have them sent."""
    return browser.jar.header(PUBLIC, is_cross_site=False, is_safe_navigation=True)


def is_hardened(reply):
    """A page of ours with all its headers: of its own style by hash, in no frame, kept nowhere."""
    policy = reply.header("content-security-policy")
    assert "style-src 'sha256-" in policy
    assert "frame-ancestors 'none'" in policy
    named = ("content-type", "cache-control", "x-content-type-options", "referrer-policy")
    values = [reply.header(name) for name in named]
    return values == ["text/html; charset=utf-8", "no-store", "nosniff", "no-referrer"]


def raising(error):
    """A page of the application that raises."""

    async def page(visit):
        raise error

    return page


async def admin(visit):
    """A page for administrators."""
    Role("Admin").check(visit.principal)
    return "for administrators"


def test_a_form_sent_after_the_session_gets_a_page(browser):
    """401 with the same challenge, and a link to sign in; a script gets the document."""
    reply = browser.post("/orders", {"item": "7"})
    assert (reply.status, reply.header("www-authenticate")) == (401, "Bearer")
    assert is_hardened(reply)
    assert '<a href="/auth/login?next=%2F">Sign in</a>' in reply.text
    assert "You have to sign in for this, or to sign in again; then send it once more." in reply.text
    script = browser.post("/orders", {"item": "7"}, **OF_SCRIPTS)
    assert (script.status, script.header("content-type")) == (401, "application/problem+json")
    assert '"sign_in_url": "/auth/login?next=%2F"' in script.text


def test_a_form_of_another_site_gets_a_page(browser):
    """403 as before, without a link: there is nothing to be done about it."""
    browser.sign_in()
    reply = browser.post("/orders", {"item": "7"}, by=NEIGHBOUR, cookie=everything(browser))
    assert (reply.status, reply.header("www-authenticate"), "href" in reply.text) == (403, "", False)
    assert is_hardened(reply)
    assert "Requests of other sites are not accepted here." in reply.text
    script = browser.post("/orders", by=NEIGHBOUR, cookie=everything(browser), **OF_SCRIPTS)
    assert (script.status, script.header("content-type")) == (403, "application/problem+json")


@pytest.mark.parametrize(
    "error",
    [
        ClaimsChallenge(acrs="c1"),
        InteractionRequired("more", error="consent_required", scopes=("User.Read",)),
    ],
)
def test_a_form_that_takes_more_of_a_sign_in_gets_a_page(site, browser, error):
    """A redirect would lose what was sent: the link leads to that sign-in."""
    site.pages["/orders"] = raising(error)
    browser.sign_in()
    reply = browser.post("/orders", {"item": "7"})
    assert reply.status == 401
    assert is_hardened(reply)
    assert "login_hint=" in reply.text
    assert ">Sign in</a>" in reply.text


def test_a_form_sent_while_the_provider_is_away_gets_a_page(site, browser):
    """503 with the time to wait."""
    site.pages["/orders"] = raising(ProviderUnavailable("down", retry_after=7))
    browser.sign_in()
    reply = browser.post("/orders", {"item": "7"})
    assert (reply.status, reply.header("retry-after")) == (503, "7")
    assert is_hardened(reply)


@pytest.mark.parametrize(("method", "next_path"), [("GET", "%2Fadmin%3Fa%3D1"), ("POST", "%2F")])
def test_who_lacks_a_role_may_come_as_somebody_else(site, browser, method, next_path):
    """403, with a link that lets the person choose another account; afterwards the page is there."""
    site.pages["/admin"] = admin
    browser.sign_in()
    reply = browser.ask(method, "/admin?a=1")
    assert reply.status == 403
    assert is_hardened(reply)
    address = f"/auth/login?next={next_path}&amp;prompt=select_account"
    assert f'<a href="{address}">Sign in with another account</a>' in reply.text
    begun = browser.get(address.replace("&amp;", "&"))
    assert begun.asked["prompt"] == "select_account"
    browser.user = "megan"
    arrived = browser.come_back(browser.answer(begun.location))
    assert browser.get("/admin").text == "for administrators"
    assert arrived.location == ("/admin?a=1" if method == "GET" else "/")


def test_scripts_and_tokens_are_offered_no_other_account(site, browser):
    """A script that finds an address to sign in at may go there by itself, and come back no wiser."""
    site.pages["/admin"] = admin
    browser.sign_in()
    script = browser.fetch("/admin")
    assert (script.status, "login" in script.text) == (403, False)
    token = browser.get("/admin", authorization=f"Bearer {site.tenant.mint_token()}")
    assert (token.status, token.header("content-type"), "login" in token.text) == (
        403,
        "application/problem+json",
        False,
    )


def test_a_page_of_the_application_is_told_both_addresses(make_site):
    """`render_problem` may offer them; only where a person looks at it."""
    problems = []
    site = make_site(render_problem=lambda problem: (problems.append(problem), ("text/html", b"own"))[1])
    site.pages["/admin"] = admin
    browser = site.browser()
    assert browser.post("/orders").text == "own"
    browser.sign_in()
    for reply in (browser.get("/admin"), browser.fetch("/admin")):
        assert (reply.status, reply.text, reply.header("cache-control")) == (403, "own", "no-store")
        assert reply.header("content-security-policy") == ""
    assert [(each.sign_in_url, each.other_account_url) for each in problems] == [
        ("/auth/login?next=%2F", None),
        (None, "/auth/login?next=%2Fadmin&prompt=select_account"),
        (None, None),
    ]


def test_T85_a_strange_host_is_offered_no_address(site, browser):
    """Neither to sign in, nor as somebody else: this application has none there."""
    site.pages["/admin"] = admin
    browser.sign_in()
    for reply in (browser.get("/admin", host="evil.example"), browser.post("/", host="evil.example")):
        assert (reply.status, "href" in reply.text) == (403, False)
