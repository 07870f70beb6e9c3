"""Every page of ours and of the simulated provider that a journey may come to, as people have it in front of them.

SCREENSHOTS may name a folder that keeps pictures of all of them.
"""

import re

import pytest
from playwright.sync_api import expect

from azuread_auth.stores.memory import MemoryStore
from tests.e2e.journey_looks import keep_pictures, shortcomings
from tests.e2e.journey_steps import ACCOUNTS, FAILED, heading, pick, planted, sign_in, sign_out

pytestmark = pytest.mark.e2e

ELSEWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def site(journey_site):
    """One site: the pages are the same on all servers."""
    return journey_site("asgi", session_store=MemoryStore())


@pytest.fixture
def look(weak_contrasts, request):
    """Looks at a page that has come to be, and collects what is wrong with it; at the end nothing may be."""
    found: dict[str, list[str]] = {}

    def see(page, name, title):
        expect(heading(page)).to_have_text(title)
        keep_pictures(page, name)
        wrong = shortcomings(page, weak_contrasts)
        if wrong:
            found[name] = wrong

    yield see
    assert found == {}


def failing_sign_in(page, site, **how):
    """Sign in while the token endpoint says so."""
    page.context.clear_cookies()
    site.tenant.fail("token", **how)
    page.goto(f"{site.url}/private")
    pick(page, "Adele")
    expect(page.locator("main")).to_be_visible()
    page.wait_for_url(f"{site.url}/auth/callback?**")
    site.tenant.come_up()


def test_pages_of_a_failed_sign_in(site, page, look):
    """Each says what happened and how to go on, and gives the operator what helps."""
    page.goto(f"{site.url}/private")
    page.get_by_role("button", name="Cancel").click()
    look(page, "cancelled", FAILED)
    page.goto(f"{site.url}/auth/callback?code=old&state=unknown")
    look(page, "unknown", FAILED)
    failing_sign_in(page, site, aadsts=50011)
    expect(page.locator("main")).to_contain_text(f"{site.url}/auth/callback")
    look(page, "redirect-mismatch", FAILED)
    failing_sign_in(page, site, aadsts=7000215)
    look(page, "registration", "This application cannot sign you in")
    failing_sign_in(page, site, status=429, retry_after=120)
    look(page, "unreachable", "Signing in is not possible at the moment")
    page.context.clear_cookies()
    site.tenant.fail("authorize", aadsts=90094, times=1)
    page.goto(f"{site.url}/private")
    expect(page.locator("main")).to_contain_text("Orders.Read")
    look(page, "administrator-needed", FAILED)
    page.goto(f"{site.url}/auth/login?scopes=https://graph.microsoft.com/%22")
    look(page, "not-started", "This sign-in cannot be started")
    page.goto(f"http://127.0.0.1:{site.port}/auth/login")
    look(page, "wrong-host", "This address is not known here")
    page.goto(f"{site.url}/auth/consent")
    page.get_by_role("button", name="Decline").click()
    look(page, "no-consent", "The application has no consent")


def test_pages_of_a_refusal(site, page, look):
    """Who lacks a role, who comes while the provider is away, and whose form is not taken, are told so."""
    sign_in(page, site)
    page.goto(f"{site.url}/admin")
    look(page, "forbidden", "Forbidden")
    site.tenant.fail("token", status=429, retry_after=120)  # so long a time is not waited for
    page.goto(f"{site.url}/mail")
    site.tenant.come_up()
    look(page, "provider-away", "Service Unavailable")
    planted(page, ELSEWHERE, f"{site.url}/notes")
    look(page, "form-without-session", "Unauthorized")
    planted(page, "http://localhost:9", f"{site.url}/notes")
    look(page, "form-of-another-site", "Forbidden")


def test_pages_of_a_session(site, page, look):
    """The question before a sign-out, the end, and the end of a loop."""
    sign_in(page, site)
    planted(page, ELSEWHERE, f"{site.url}/auth/logout")
    look(page, "sign-out-question", "Sign out?")
    page.goto(f"{site.url}/private")
    sign_out(page, site)
    look(page, "signed-out", "Signed out")
    sign_in(page, site)
    for _ in range(5):
        page.goto(f"{site.url}/auth/login")
    look(page, "loop", "Signing in does not help")


def test_pages_of_the_provider(site, page, look):
    """They look unmistakably simulated, and can be used by everybody all the same."""
    page.goto(f"{site.url}/private")
    look(page, "provider-accounts", ACCOUNTS)
    pick(page, "Blake")
    look(page, "provider-blocked", ACCOUNTS)
    pick(page, "Morgan")
    look(page, "provider-second-factor", "Confirm that it is you")
    page.goto(f"{site.url}/auth/login?prompt=select_account&login_hint=casey@contoso.onmicrosoft.com")
    look(page, "provider-hinted", ACCOUNTS)
    pick(page, "Casey")
    look(page, "provider-consent", "Permissions requested")
    page.goto(f"{site.url}/auth/login?prompt=create")
    look(page, "provider-create", "Create an account")
    page.goto(f"{site.url}/auth/consent")
    look(page, "provider-admin-consent", re.compile("Consent for your organi[sz]ation"))
    page.goto(f"{site.tenant.authority_host}/{site.tenant.tenant_id}/oauth2/v2.0/authorize")
    look(page, "provider-error", "Signing in is not possible")


def test_further_pages_of_the_provider(site, page, look):
    """The code of a device, and the ways to sign out."""
    provider = site.tenant.authority_host
    sign_in(page, site)
    page.goto(f"{provider}/devicelogin")
    look(page, "provider-device", "Enter code")
    page.get_by_label("Code shown by the device").fill("ABCDEFGH")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("main")).to_contain_text("did not work")
    look(page, "provider-device-unknown", "Enter code")
    page.goto(f"{provider}/common/oauth2/v2.0/logout")
    look(page, "provider-sign-out-question", "Sign out?")
    page.get_by_role("button", name="Stay signed in").click()
    look(page, "provider-stayed", "Sign-out")
    page.goto(f"{provider}/common/oauth2/v2.0/logout")
    page.get_by_role("button", name="Sign out").click()
    look(page, "provider-signed-out", "Sign-out")


def test_pages_without_scripts(site, new_page, look):
    """Where scripts are off, a button takes their place: on the way back in a form, and after signing out."""
    page = new_page(java_script_enabled=False)
    callback = f"{site.url}/auth/callback"
    asked = f"response_type=code&response_mode=form_post&scope=openid&redirect_uri={callback}"
    host, tenant = site.tenant.authority_host, site.tenant
    page.goto(f"{host}/{tenant.tenant_id}/oauth2/v2.0/authorize?client_id={tenant.client_id}&{asked}&state=s")
    pick(page, "Adele")
    look(page, "provider-form", "Signing in")
    page.goto(f"{site.url}/private")
    page.get_by_role("button", name="Sign out").click()
    look(page, "provider-signing-out", "Signing out")
