"""What becomes of a sign-in when the provider does one thing wrong."""

import json
from dataclasses import replace

import pytest

from azuread_auth.errors import ClaimsChallenge
from tests.misbehaving_provider import FAULTS, Fault, SpoiledTenant
from tests.web.login_browser import PUBLIC

pytest_plugins = ("tests.web.login_fixtures",)

STATUSES = {"reject": {400, 403}, "unavailable": {503}}
SIGNING_IN = [name for name, fault in FAULTS.items() if fault.grant == "authorization_code"]


@pytest.mark.parametrize("fault", SIGNING_IN)
def test_T80_T81_T93_T95_a_provider_that_is_not_right_signs_nobody_in(make_site, directory, fault):
    """Each fault of callbacks, ID tokens and token answers: a page, no session, and nothing more is asked for."""
    provider = SpoiledTenant(directory, fault)
    site = make_site(settings=provider.settings())
    browser = site.browser()
    url = browser.begin("/orders")
    reply = browser.come_back(browser.callback(provider.callback(url), url))
    if provider.outcome == "accept":
        assert (reply.status, reply.location) == (303, "/orders")
        assert browser.get("/").text == "adele@contoso.onmicrosoft.com"
        return
    assert reply.status in STATUSES[provider.outcome]
    assert not browser.jar.named("session")
    assert not any("attacker.test" in url for url in provider.urls)
    token_requests = [number for number, url in enumerate(provider.urls) if "/token" in url]
    after = provider.urls[token_requests[0] + 1 :] if token_requests else []
    assert len(token_requests) <= 1
    assert all("/discovery/" in url or "/.well-known/" in url for url in after)
    asked = len(provider.urls)
    assert browser.get("/").status == 303
    assert len(provider.urls) == asked


@pytest.mark.parametrize("fault", [name for name in SIGNING_IN if name.startswith(("state-", "callback-", "code-and"))])
def test_T73_T80_T81_a_bad_answer_costs_no_token_request(make_site, directory, fault):
    """What is wrong with the callback is found before a code is redeemed."""
    provider = SpoiledTenant(directory, fault)
    browser = make_site(settings=provider.settings()).browser()
    url = browser.begin()
    browser.come_back(browser.callback(provider.callback(url), url))
    assert not any("/token" in url for url in provider.urls)


@pytest.mark.parametrize("fault", ["token-500", "token-429", "token-html"])
def test_T95_trouble_at_the_provider_says_when_to_come_back(make_site, directory, fault):
    """503 with Retry-After, and the same browser succeeds later."""
    provider = SpoiledTenant(directory, fault)
    browser = make_site(settings=provider.settings()).browser()
    url = browser.begin()
    reply = browser.come_back(browser.callback(provider.callback(url), url))
    assert reply.status == 503
    assert int(reply.header("retry-after") or 1) >= 1
    browser.site = make_site()
    assert browser.sign_in().status == 303


def test_T93_the_reason_is_in_the_log_alone(make_site, directory, is_told):
    """The operator reads which check failed."""
    provider = SpoiledTenant(directory, "audience-wrong")
    browser = make_site(settings=provider.settings()).browser()
    url = browser.begin()
    browser.come_back(browser.callback(provider.callback(url), url))
    assert is_told("login.failed") or is_told("a sign-in failed")


@pytest.mark.parametrize(
    ("aadsts", "status", "shown"),
    [
        (7000215, 500, "registration is at fault"),
        (50011, None, f"{PUBLIC}/auth/callback"),
        (65001, 403, "https://graph.microsoft.com/User.Read"),
    ],
)
def test_a_refused_code_is_explained(make_site, directory, aadsts, status, shown):
    """A secret that is wrong, an address that is not registered, consent that is missing; with the correlation id."""
    browser = make_site(login={"scopes": ["https://graph.microsoft.com/User.Read"]}).browser()
    directory.fail("token", aadsts=aadsts, times=1)
    reply = browser.sign_in()
    assert status in (None, reply.status)
    assert shown in reply.text


def test_T95_a_provider_that_is_down_is_503(make_site, directory):
    """Neither signed in nor an error of the application."""
    browser = make_site().browser()
    request = browser.answer(browser.begin())
    directory.go_down()
    assert browser.come_back(request).status == 503


class AnswersWithAnIdToken:
    """Sends an ID token of somebody else with every refresh, which nobody has asked for."""

    def __init__(self, tenant):
        self.tenant = tenant

    def answer(self, request):
        answer = self.tenant.answer(request)
        if b"grant_type=refresh_token" not in request.body:
            return answer
        document = json.loads(answer.response.body)
        assert "id_token" not in document
        body = json.dumps(document | {"id_token": self.tenant.mint_token(user="megan")}).encode()
        return replace(answer, response=replace(answer.response, body=body))


def test_T102_an_answer_to_a_refresh_changes_nobody(make_site, directory):
    """An ID token that comes with a refresh is not asked for and not used: the session stays who it was."""
    settings = directory.settings(transport=AnswersWithAnIdToken(directory))
    site = make_site(settings=settings, login={"scopes": ["User.Read"]})

    async def page(visit):
        await visit.token("Mail.Read")
        return visit.principal.username

    site.pages["/mail"] = page
    browser = site.browser()
    browser.sign_in()
    assert browser.get("/mail").text == "adele@contoso.onmicrosoft.com"
    assert browser.get("/").text == "adele@contoso.onmicrosoft.com"


def test_T102_a_dead_refresh_token_sends_pages_to_sign_in_and_scripts_401(make_site, directory):
    """What was revoked ends in a sign-in, not in an error."""
    site = make_site(login={"scopes": ["User.Read"]})

    async def page(visit):
        return (await visit.token("Mail.Read")).token_type

    site.pages["/mail"] = page
    browser = site.browser()
    browser.sign_in()
    directory.revoke_refresh_tokens()
    assert browser.fetch("/mail").status == 401
    reply = browser.get("/mail")
    assert (reply.status, reply.asked["next"]) == (303, "/mail")
    assert browser.visit("/mail").text == "Bearer"


def spoiled(tenant, **fault):
    """Settings of a tenant that is unusual, and not wrong."""
    provider = SpoiledTenant(tenant, "nothing")
    provider.fault = Fault(outcome="accept", **fault)
    return provider.settings()


@pytest.mark.parametrize(
    ("endpoint", "location"),
    [
        (None, "/auth/signed-out"),
        ("https://login.azuread-auth.test/out?p=B2C_1_x", "https://login.azuread-auth.test/out?p=B2C_1_x&post_logout"),
    ],
)
def test_T97_a_provider_says_itself_where_its_session_ends(make_site, directory, endpoint, location):
    """Nowhere, or at an address that has a query already, as those of B2C have."""

    def changed(document):
        kept = {name: value for name, value in document.items() if name != "end_session_endpoint"}
        return kept if endpoint is None else kept | {"end_session_endpoint": endpoint}

    browser = make_site(settings=spoiled(directory, metadata=changed)).browser()
    browser.sign_in()
    assert browser.post("/auth/logout").location.startswith(location)
    assert not browser.jar.named("session")


def test_without_a_login_hint_the_user_name_says_who_is_meant(make_site, directory):
    """The optional claim is better, and not everybody has it; a sign-out does without."""

    def without_hint(token):
        claims = {name: value for name, value in token.claims.items() if name != "login_hint"}
        return replace(token, claims=claims).signed()

    site = make_site(settings=spoiled(directory, id_token=without_hint))

    async def page(visit):
        raise ClaimsChallenge(acrs="c1")

    site.pages["/secret"] = page
    browser = site.browser()
    browser.sign_in()
    assert browser.get("/secret").asked["login_hint"] == "adele@contoso.onmicrosoft.com"
    assert "logout_hint" not in browser.post("/auth/logout").asked


def test_T94_userinfo_is_never_asked_for(make_site, directory):
    """T94: who it is comes from the ID token; the endpoint that could say something else is not used."""
    provider = SpoiledTenant(directory, next(name for name, fault in FAULTS.items() if fault.outcome == "accept"))
    browser = make_site(settings=provider.settings()).browser()
    url = browser.begin("/orders")
    assert browser.come_back(browser.callback(provider.callback(url), url)).status == 303
    assert provider.urls
    assert not [url for url in provider.urls if "userinfo" in url]
