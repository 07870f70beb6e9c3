"""What the application adds to sign-in, and what it sees: hooks, pages of its own, consent, other settings in tests."""

import asyncio
import re

import pytest

from azuread_auth.credentials import ClientCertificate
from azuread_auth.errors import ConfigurationError, LoginFailed, ProviderUnavailable
from azuread_auth.simulation import SimulatedTenant
from tests.web.login_browser import LOCAL, PUBLIC
from tests.web.login_sites import KEY

pytest_plugins = ("tests.web.login_fixtures",)

ADMIN_CONSENT = {"admin_consent_path": "/auth/consent"}


def refusing(principal):
    """Refuse whoever it is."""
    message = "only members of the <b>board</b> may sign in"
    raise LoginFailed(message)


async def refusing_later(principal):
    """The same as a coroutine."""
    refusing(principal)


@pytest.mark.parametrize("on_login", [refusing, refusing_later])
def test_on_login_may_refuse(make_site, on_login, is_told):
    """Its words are on the page, escaped; there is no session, and the tokens of the sign-in are dropped."""
    site = make_site(login={"on_login": on_login, "scopes": ["User.Read"]})
    browser = site.browser()
    reply = browser.sign_in()
    assert reply.status == 400
    assert "Only members of the &lt;b&gt;board&lt;/b&gt; may sign in." in reply.text
    assert not browser.jar.named("session")
    assert is_told("a sign-in failed")
    principal = {}
    allowed = make_site(login={"on_login": lambda user: principal.update(it=user)})
    allowed.browser().sign_in()
    with pytest.raises(Exception, match="no tokens of this user"):
        token_of(site, principal["it"])


def token_of(site, principal):
    """A token for the user, got with the site's own client."""
    answer = site.client.acquire_token_for_user(principal, "Mail.Read")
    return asyncio.run(answer) if site.kind == "asgi" else answer


@pytest.mark.parametrize("is_async", [False, True])
def test_on_login_sees_who_signs_in(make_site, is_async):
    """Sync or async, before there is a session."""
    seen = []

    async def note(principal):
        seen.append(principal.name)

    hook = note if is_async else lambda principal: seen.append(principal.name)
    assert make_site(login={"on_login": hook}).browser().sign_in().status == 303
    assert seen == ["Adele Vance"]


@pytest.mark.parametrize("is_async", [False, True])
def test_what_else_on_login_raises_is_an_error_of_the_application(make_site, is_async):
    """It reaches the server, and nobody is signed in."""

    async def later(principal):
        raise KeyError(principal.name)

    def now(principal):
        raise KeyError(principal.name)

    browser = make_site(login={"on_login": later if is_async else now}).browser()
    request = browser.answer(browser.begin())
    with pytest.raises(KeyError):
        browser.come_back(request)
    assert not browser.jar.named("session")
    assert browser.get("/").status == 303


def test_on_login_may_find_that_something_is_down(make_site):
    """An error of this package is a page like those of the provider."""

    def asking(principal):
        message = "the list of members cannot be read"
        raise ProviderUnavailable(message, retry_after=7)

    reply = make_site(login={"on_login": asking}).browser().sign_in()
    assert (reply.status, reply.header("retry-after")) == (503, "7")


def test_a_page_of_its_own_for_errors(make_site):
    """It is given what may be shown, and no policy of ours beyond not being framed."""
    problems = []

    def error_page(problem):
        problems.append(problem)
        return f"<h1>{problem.title}</h1>"

    site = make_site(login={"error_page": error_page, "on_login": refusing})
    reply = site.browser().sign_in("/orders")
    assert reply.text == "<h1>You could not be signed in</h1>"
    assert reply.header("content-security-policy") == "frame-ancestors 'none'"
    assert reply.header("content-type") == "text/html; charset=utf-8"
    assert problems[0].retry_url == "/auth/login?next=%2Forders"


def test_after_login_is_where_to_when_nothing_was_asked(make_site):
    """A path of the application."""
    browser = make_site(login={"after_login": "/home"}).browser()
    assert browser.sign_in("/auth/login").location == "/home"


def test_T107_every_page_of_ours_is_hardened(make_site, directory):
    """Policy, no framing, no sniffing, no referrer, no cache; nothing of the address on the page."""
    site = make_site(login=ADMIN_CONSENT)
    browser = site.browser()
    mark = "%3Cscript%3Ealert(1)%3C/script%3E%22onload=x"
    asked = ["/auth/login?prompt=", "/auth/callback?state=", "/auth/callback?code=x&error=", "/auth/consent?state="]
    pages = [browser.get(f"{address}{mark}", host=host) for address in asked for host in ("app.example.com", "evil")]
    browser.sign_in()
    pages += [browser.get(f"/auth/logout?{mark}", by="https://evil.example"), browser.get(f"/auth/signed-out?{mark}")]
    for page in pages:
        policy = page.header("content-security-policy")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert page.header("x-content-type-options") == "nosniff"
        assert page.header("referrer-policy") in ("no-referrer", "same-origin")
        assert page.header("cache-control") == "no-store"
        assert page.header("content-type") == "text/html; charset=utf-8"
        assert "<script" not in page.text
        assert "onload" not in page.text


def test_T106_http_beyond_this_machine_does_not_start(make_site):
    """Neither do cookies that anybody on the way can read."""
    with pytest.raises(ConfigurationError, match="https"):
        make_site(login={"base_url": "http://app.example.com"})
    with pytest.raises(ConfigurationError, match="cookie_keys"):
        make_site(login={"cookie_keys": ()})


def test_a_credential_that_proves_nothing_does_not_start(make_site, directory):
    """Signing in takes one that the provider knows the application by."""
    with pytest.raises(ConfigurationError, match="login="):
        make_site(settings=directory.settings(credential=None))


@pytest.mark.parametrize("base", [LOCAL, PUBLIC])
def test_admin_consent_goes_to_the_provider_and_back(make_site, base):
    """The state is bound to this browser; afterwards its cookie is gone."""
    site = make_site(login={**ADMIN_CONSENT, "base_url": base})
    browser = site.browser()
    begun = browser.get("/auth/consent")
    assert re.match(r"https://login\.azuread-auth\.test/[0-9a-f-]+/adminconsent\?", begun.location)
    assert begun.asked["redirect_uri"] == f"{base}/auth/consent"
    assert begun.asked["client_id"] == site.tenant.client_id
    back = f"/auth/consent?admin_consent=True&tenant=x&state={begun.asked['state']}"
    assert site.browser().get(back).status == 400
    done = browser.get(back, by="https://login.azuread-auth.test")
    assert (done.status, done.location) == (303, "/")
    assert not browser.jar.named("login")
    assert browser.get(back).status == 400


@pytest.mark.parametrize("answer", ["error=access_denied", "admin_consent=False", "", "admin_consent=True&error=x"])
def test_admin_consent_that_was_not_given_is_a_page(make_site, answer):
    """With the way to ask again."""
    browser = make_site(login=ADMIN_CONSENT).browser()
    state = browser.get("/auth/consent").asked["state"]
    reply = browser.get(f"/auth/consent?{answer}&state={state}")
    assert (reply.status, "Consent was not given" in reply.text) == (400, True)
    assert browser.get("/auth/consent?state=1&state=2").status == 400
    assert browser.post("/auth/consent").status == 405


def test_admin_consent_of_many_tenants_is_asked_of_any(make_site, directory):
    """The administrator's own tenant gives it."""
    settings = directory.settings(tenant_id="organizations", tenants=frozenset({directory.tenant_id}))
    browser = make_site(settings=settings, login=ADMIN_CONSENT).browser()
    assert "/organizations/adminconsent?" in browser.get("/auth/consent").location


def test_a_state_serves_what_it_was_made_for(make_site):
    """That of a consent signs nobody in, and that of a sign-in consents to nothing."""
    browser = make_site(login=ADMIN_CONSENT).browser()
    consent = browser.get("/auth/consent").asked["state"]
    assert browser.get(f"/auth/callback?code=x&state={consent}").status == 400
    login = browser.get("/auth/login").asked["state"]
    assert browser.get(f"/auth/consent?admin_consent=True&state={login}").status == 400
    assert browser.site.tenant.request_count("token") == 0


def test_signing_in_goes_on_with_another_tenant_in_place(make_site, clock):
    """`installed_in` changes who is believed, of sessions too, and nothing else; afterwards all is as before."""
    site = make_site()
    browser = site.browser()
    browser.sign_in()
    with SimulatedTenant(now=clock.now) as other:
        other.add_redirect_uri(f"{PUBLIC}/auth/callback")
        with other.installed_in(site.app):
            site.tenant, own = other, site.tenant
            assert browser.get("/").status == 303
            guest = site.browser("megan")
            guest.sign_in()
            assert guest.get("/").text == "megan@contoso.onmicrosoft.com"
        site.tenant = own
    assert browser.get("/").status == 200


def test_a_certificate_without_keys_works_in_one_process(make_site, directory):
    """On this machine there need be neither a secret nor a key: then sessions end with the process."""
    settings = directory.settings(credential=ClientCertificate(data=directory.make_certificate().pem))
    site = make_site(settings=settings, login={"base_url": LOCAL, "cookie_keys": ()})
    browser = site.browser()
    browser.sign_in()
    assert browser.get("/").status == 200
    browser.site = make_site(settings=settings, login={"base_url": LOCAL, "cookie_keys": ()})
    assert browser.get("/").status == 303


def test_keys_are_bytes_or_text(make_site):
    """In whatever form they are given."""
    browser = make_site(login={"cookie_keys": [KEY]}).browser()
    browser.sign_in()
    assert browser.get("/").status == 200
