"""Pages that want more of a session than it has: a stronger sign-in, consent, a second factor."""

import json

import pytest

from azuread_auth.errors import ClaimsChallenge, InteractionRequired
from azuread_auth.requirements import AuthContext, Scope

pytest_plugins = ("tests.web.login_fixtures",)


def raising(make_error, *, unless=lambda visit: False):
    """A page that raises, unless the session is good enough."""

    async def page(visit):
        if unless(visit):
            return "good"
        raise make_error()

    return page


def has_c1(visit):
    """Whether the session has met the authentication context."""
    return "c1" in visit.principal.claims.get("acrs", ())


@pytest.mark.parametrize(
    "claims", [None, '{"access_token":{"acrs":{"essential":true,"value":"c1"}},"id_token":{"x":null}}']
)
def test_a_claims_challenge_is_a_stronger_sign_in(make_site, claims):
    """Redirected with the claims, in the ID token as well, and back with them to the same page."""
    site = make_site()
    challenge = {"acrs": "c1"} if claims is None else {"claims": claims}
    site.pages["/secret"] = raising(lambda: ClaimsChallenge(**challenge), unless=has_c1)
    browser = site.browser()
    browser.sign_in()
    reply = browser.get("/secret?a=1")
    assert (reply.status, reply.asked["next"]) == (303, "/secret?a=1")
    asked = json.loads(reply.asked["claims"])
    assert asked["id_token"]["acrs"] == asked["access_token"]["acrs"] == {"essential": True, "value": "c1"}
    reply = browser.get(reply.location)
    assert json.loads(reply.asked["claims"])["id_token"]["acrs"]["value"] == "c1"
    done = browser.come_back(browser.answer(reply.location))
    assert done.location == "/secret?a=1"
    assert browser.get("/secret?a=1").text == "good"


def test_claims_of_another_kind_are_passed_on(make_site):
    """What asks nothing of access tokens goes as it is."""
    site = make_site()
    site.pages["/x"] = raising(lambda: ClaimsChallenge(claims={"id_token": {"auth_time": {"essential": True}}}))
    browser = site.browser()
    browser.sign_in()
    assert json.loads(browser.get("/x").asked["claims"]) == {"id_token": {"auth_time": {"essential": True}}}


def test_a_script_is_told_where_to_sign_in(make_site):
    """401 with the address, which has the claims and leads to the usual page."""
    site = make_site()
    site.pages["/secret"] = raising(lambda: ClaimsChallenge(acrs="c1"))
    browser = site.browser()
    browser.sign_in()
    reply = browser.fetch("/secret")
    assert (reply.status, reply.header("content-type")) == (401, "application/problem+json")
    address = json.loads(reply.text)["sign_in_url"]
    assert address.startswith("/auth/login?next=%2F&login_hint=")
    assert "claims=" in address


def test_a_requirement_steps_up_too(make_site):
    """`AuthContext` is met after the redirect."""
    site = make_site()

    async def page(visit):
        AuthContext("c1").check(visit.principal)
        return "good"

    site.pages["/secret"] = page
    browser = site.browser()
    browser.sign_in()
    assert browser.visit("/secret").text == "good"


@pytest.mark.parametrize("claims", ["nonsense", "[]", '"x"', "{"])
def test_claims_that_cannot_be_asked_for_are_left_out(make_site, claims):
    """A provider's nonsense is a plain sign-in, not an error."""
    site = make_site()
    error = InteractionRequired("sign in", error="invalid_grant", claims=claims, scopes=("Mail.Read",))
    site.pages["/x"] = raising(lambda: error)
    browser = site.browser()
    browser.sign_in()
    reply = browser.get("/x")
    assert (reply.status, reply.asked["scopes"], reply.asked.get("claims")) == (303, "Mail.Read", None)


@pytest.mark.parametrize("demand", ["consent", "mfa"])
def test_tokens_that_need_the_user_send_the_user_through_a_sign_in(make_site, directory, demand):
    """Consent or a second factor is given on the way, and the page is there afterwards."""
    site = make_site(login={"scopes": ["User.Read"]})

    async def page(visit):
        return (await visit.token("Mail.Read")).token_type

    site.pages["/mail"] = page
    browser = site.browser()
    browser.sign_in()
    if demand == "consent":
        directory.require_consent("Mail.Read")
    else:
        directory.require_mfa("Mail.Read")
    assert json.loads(browser.fetch("/mail").text)["sign_in_url"].startswith("/auth/login?")
    reply = browser.get("/mail")
    assert (reply.status, reply.asked["next"], reply.asked["scopes"]) == (303, "/mail", "Mail.Read")
    assert "prompt" not in reply.asked
    if demand == "mfa":
        assert "claims" in reply.asked
    reply = browser.get(reply.location)
    if demand == "consent":
        directory.grant_consent("Mail.Read")
    browser.come_back(browser.answer(reply.location))
    assert browser.get("/mail").text == "Bearer"


def test_a_bearer_token_is_challenged_as_ever(make_site, directory):
    """Who came with a token is not sent to a browser's sign-in."""
    site = make_site()
    site.pages["/secret"] = raising(lambda: ClaimsChallenge(acrs="c1"))
    reply = site.browser().get("/secret", authorization=f"Bearer {directory.mint_token()}")
    assert (reply.status, reply.location) == (403, "")


def test_a_permission_that_is_missing_is_no_reason_to_sign_in_again(make_site):
    """403, as a page; session scopes are what the settings say."""
    site = make_site(login={"session_scopes": ["Files.Read"]})

    def page_for(requirement):
        async def page(visit):
            requirement.check(visit.principal)
            return "good"

        return page

    site.pages |= {"/files": page_for(Scope("Files.Read")), "/write": page_for(Scope("Files.Write"))}
    browser = site.browser()
    browser.sign_in()
    assert browser.get("/files").text == "good"
    refused = browser.get("/write")
    assert (refused.status, refused.header("content-type")) == (403, "text/html; charset=utf-8")
    assert refused.header("cache-control") == "no-store"


def test_wishes_at_the_login_route_reach_the_provider(make_site):
    """Incremental consent, hints and prompts."""
    browser = make_site(login={"scopes": ["User.Read"]}).browser()
    query = "prompt=select_account&login_hint=a%40b.test&domain_hint=contoso.test&scopes=Mail.Read+User.Read"
    asked = browser.get(f"/auth/login?{query}").asked
    assert (asked["prompt"], asked["login_hint"], asked["domain_hint"]) == (
        "select_account",
        "a@b.test",
        "contoso.test",
    )
    assert [scope for scope in asked["scope"].split() if scope.endswith(".Read")] == ["Mail.Read", "User.Read"]
    assert {"openid", "profile", "offline_access"} <= set(asked["scope"].split())


@pytest.mark.parametrize(
    "query", ["prompt=admin", "claims=nonsense", "scopes=a+b&scopes=c", "scopes=%3Cscript%3E%22", "claims=[]"]
)
def test_wishes_that_are_none_are_a_page(make_site, query):
    """400, escaped, with no cookie; not an error of the application."""
    reply = make_site().browser().get(f"/auth/login?{query}")
    assert (reply.status, reply.all("set-cookie")) == (400, [])
    assert "<script" not in reply.text
