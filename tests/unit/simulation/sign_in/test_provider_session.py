"""The session of a browser at the tenant: silent sign-in, several applications, one account at a time."""

import pytest

from azuread_auth.simulation.sign_in.provider_sessions import ProviderSessions
from azuread_auth.simulation.users import DEFAULT_USERS, SimulatedUser

OTHER_REDIRECT = "https://orders.test/auth/callback"
OWN = SimulatedUser(object_id="0f1e2d3c-4b5a-4697-8877-665544332211", name="Own User", username="own@contoso.test")


def test_silent_sign_in_needs_a_session(caller, new_browser):
    """prompt=none works in the browser that signed in before, and in no other."""
    first, second = new_browser(), new_browser()
    url = caller.authorization_url(prompt="none")
    assert first.open(url).callback["error"] == "login_required"
    signed_in = first.open(caller.authorization_url()).pick("adele").callback
    silent = first.open(url).callback
    assert silent["session_state"] == signed_in["session_state"]
    assert "code" in silent
    assert second.open(url).callback["error"] == "login_required"


@pytest.mark.parametrize(("hint", "outcome"), [("adele", "code"), ("megan", "error")])
def test_silent_sign_in_takes_the_hinted_account_only(caller, browser, hint, outcome):
    """Somebody else's session is of no use, with prompt=none and without."""
    browser.open(caller.authorization_url()).pick("adele")
    hint = DEFAULT_USERS[hint].login_hint
    assert outcome in browser.open(caller.authorization_url(prompt="none", login_hint=hint)).callback
    page = browser.open(caller.authorization_url(login_hint=hint))
    assert page.response.status_code == (302 if outcome == "code" else 200)


@pytest.mark.parametrize("path", ["consumers", "d4e5f6a7-b8c9-4d0e-9f1a-2b3c4d5e6f70"])
def test_session_of_an_account_from_elsewhere(caller, browser, path):
    """Where the account of the session may not sign in, another one is asked for."""
    browser.open(caller.authorization_url("common")).pick("pat" if path != "consumers" else "adele")
    page = browser.open(caller.authorization_url(path))
    assert "AADSTS50020" in page.text
    assert page.accounts


def test_second_application_is_signed_in_without_a_page(caller, browser, claims_of):
    """One session serves all applications, and its `sid` is in the ID tokens of each, refreshed ones included."""
    app = caller.tenant.register_app(secret="s", redirect_uris=[OTHER_REDIRECT])
    first = browser.open(caller.authorization_url()).pick("adele").callback
    changes = {"client_id": app.client_id, "redirect_uri": OTHER_REDIRECT}
    second = browser.open(caller.authorization_url(**changes)).callback
    one = caller.redeem(first["code"])
    other = caller.redeem(second["code"], **changes, client_secret="s")
    refreshed = caller.refresh(one["refresh_token"], scope="openid offline_access")
    sids = {claims_of(tokens["id_token"])["sid"] for tokens in (one, other, refreshed)}
    assert sids == {first["session_state"]}


def test_browser_is_one_accounts_at_a_time(caller, browser):
    """Another account takes the place of the first."""
    first = browser.open(caller.authorization_url()).pick("adele").callback
    page = browser.open(caller.authorization_url(prompt="select_account"))
    second = page.pick("megan").callback
    silent = browser.open(caller.authorization_url(prompt="none")).callback
    assert second["session_state"] == silent["session_state"] != first["session_state"]
    hinted = caller.authorization_url(prompt="none", login_hint=DEFAULT_USERS["adele"].username)
    assert browser.open(hinted).callback["error"] == "login_required"


def test_cookie_is_kept_from_scripts_and_other_tenants(caller, browser):
    """Tenants on one host have cookies of different names; strange cookies count for nothing."""
    response = browser.open(caller.authorization_url()).pick("adele").response
    name, _, attributes = response.headers["set-cookie"].partition("=")
    assert name == f"simulated_session_{caller.tenant.tenant_id[:8]}"
    secure = "; Secure" if caller.tenant.authority_host.startswith("https") else ""
    assert attributes.partition("; ")[2] == f"Path=/; HttpOnly; SameSite=Lax{secure}"
    strange = caller.send(caller.authorization_url(prompt="none"), cookie=f"x; {name}=; {name}=guess; {name}")
    assert "login_required" in strange.headers["location"]


def test_python_has_a_session_too(caller):
    """`sign_in` keeps one session for each user, which prompt=none needs."""
    silent = caller.authorization_url(prompt="none")
    assert caller.tenant.sign_in(silent)["error"] == "login_required"
    first = caller.tenant.sign_in(caller.authorization_url())
    assert caller.tenant.sign_in(silent)["session_state"] == first["session_state"]
    assert caller.tenant.sign_in(silent, "megan")["error"] == "login_required"
    assert caller.tenant.sign_in(caller.authorization_url(), OWN)["session_state"] != first["session_state"]
    caller.tenant.sign_out("adele")
    assert caller.tenant.sign_in(silent)["error"] == "login_required"
    assert "code" in caller.tenant.sign_in(silent, OWN)


def test_oldest_sessions_are_forgotten():
    """What a tenant remembers is bounded, and cookies are not printed."""
    sessions = ProviderSessions(most=2)
    begun = [sessions.begin(OWN, has_browser=True) for _ in range(3)]
    assert [sessions.find(each.cookie) is not None for each in begun] == [False, True, True]
    assert begun[2].cookie not in repr(begun[2])
