"""The pages of the authorization endpoint, from picking an account to the application's callback."""

import html
import json
import re

import pytest

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.users import DEFAULT_USERS, SECOND_TENANT

CLAIMS = json.dumps({"id_token": {"acrs": {"essential": True, "value": "c1"}, "amr": None}})


def test_member_signs_in(caller, browser, claims_of):
    """The account that is picked is who signs in; the form carries all that the application asked."""
    page = browser.open(caller.authorization_url(state='"><script>alert(1)</script>'))
    assert page.title == "Pick an account"
    assert "<script" not in page.text
    assert page.fields["state"] == '"><script>alert(1)</script>'
    answer = page.pick("megan").callback
    assert answer["state"] == page.fields["state"]
    claims = claims_of(caller.redeem(answer["code"])["id_token"])
    assert (claims["name"], claims["roles"], claims["sid"]) == ("Megan Bowen", ["Admin"], answer["session_state"])


@pytest.mark.parametrize(
    ("path", "hint", "missing"),
    [
        pytest.param(None, None, {"pat", "nina"}, id="the tenant's own"),
        pytest.param("common", None, set(), id="common"),
        pytest.param("organizations", None, {"pat"}, id="organizations"),
        pytest.param("common", "organizations", {"pat"}, id="no personal ones"),
        pytest.param("consumers", None, set(DEFAULT_USERS) - {"pat"}, id="consumers"),
        pytest.param("common", "consumers", set(DEFAULT_USERS) - {"pat"}, id="personal ones"),
        pytest.param("common", "fabrikam.test", set(), id="a domain"),
        pytest.param(SECOND_TENANT, None, set(DEFAULT_USERS) - {"robin", "nina"}, id="another tenant"),
    ],
)
def test_accounts_that_can_sign_in_are_offered(caller, browser, path, hint, missing):
    """Personal accounts and those of other tenants are offered where they may sign in."""
    page = browser.open(caller.authorization_url(path, domain_hint=hint))
    assert set(page.accounts) == set(DEFAULT_USERS) - missing


@pytest.mark.parametrize(("account", "tenant_id"), [("pat", PERSONAL_TENANT), ("nina", SECOND_TENANT)])
def test_shared_endpoint_issues_tokens_of_the_accounts_tenant(caller, browser, claims_of, account, tenant_id):
    """At common, tenant and issuer are those of the account."""
    answer = browser.open(caller.authorization_url("common")).pick(account).callback
    claims = claims_of(caller.redeem(answer["code"], path="common")["id_token"])
    assert (claims["tid"], claims["iss"]) == (tenant_id, f"{caller.tenant.authority_host}/{tenant_id}/v2.0")


@pytest.mark.parametrize(
    "hint",
    ["megan", "Megan@contoso.onmicrosoft.com", "megan@contoso.test", DEFAULT_USERS["megan"].login_hint],
    ids=["name", "user name", "address", "claim"],
)
def test_hinted_account_comes_first(caller, browser, hint):
    """`login_hint` preselects; an unknown one does nothing."""
    page = browser.open(caller.authorization_url(login_hint=hint))
    assert page.accounts[0] == "megan"
    assert page.text.index("autofocus") < page.text.index("Megan Bowen")
    assert "autofocus" not in browser.open(caller.authorization_url(login_hint="nobody")).text


@pytest.mark.parametrize(
    ("account", "code"), [("blake", "AADSTS50057"), ("nina", "AADSTS50020")], ids=["blocked", "of another tenant"]
)
def test_account_that_may_not_sign_in(caller, browser, account, code):
    """Only the user is told, and can pick another account."""
    url = caller.authorization_url()
    fields = browser.open(url).fields
    page = browser.post(url.partition("?")[0], fields | {"simulated_account": account})
    assert (page.response.status_code, code in page.text) == (400, True)
    assert "code" in page.pick("adele").callback
    with pytest.raises(ConfigurationError, match=code):
        caller.tenant.sign_in(url, account)


def test_second_factor(caller, browser, claims_of):
    """Who needs a second factor confirms once in a browser; tokens say so."""
    page = browser.open(caller.authorization_url(claims=CLAIMS)).pick("morgan")
    assert page.title == "Confirm that it is you"
    tokens = caller.redeem(page.press("simulated_mfa", "confirmed").callback["code"])
    assert claims_of(tokens["access_token"])["amr"] == ["pwd", "mfa"]
    claims = claims_of(tokens["id_token"])
    assert (claims["amr"], claims["acrs"]) == (["pwd", "mfa"], ["c1"])
    assert "code" in browser.open(caller.authorization_url()).callback


def test_step_up(caller, browser, claims_of):
    """An authentication context asks for the second factor of whoever has not given it."""
    browser.open(caller.authorization_url()).pick("adele")
    silent = browser.open(caller.authorization_url(claims=CLAIMS, prompt="none")).callback
    assert (silent["error"], "capolids" in silent["claims"]) == ("interaction_required", True)
    page = browser.open(caller.authorization_url(claims=CLAIMS))
    tokens = caller.redeem(page.press("simulated_mfa", "confirmed").callback["code"])
    assert claims_of(tokens["id_token"])["acrs"] == ["c1"]


def test_password_alone_is_told_when_asked(caller, claims_of):
    """`amr` says how the user signed in where the application wants to know."""
    claims = json.dumps({"id_token": {"amr": None}})
    tokens = caller.redeem(caller.tenant.sign_in(caller.authorization_url(claims=claims))["code"])
    assert claims_of(tokens["id_token"])["amr"] == ["pwd"]
    wrong = caller.tenant.sign_in(caller.authorization_url(claims='{"id_token": []}'))
    assert "AADSTS90023" in wrong["error_description"]


def test_consent_is_asked_for_once(caller, browser):
    """Who has not consented sees the scopes; a yes lasts."""
    page = browser.open(caller.authorization_url()).pick("casey")
    assert page.title == "Permissions requested"
    assert f"<code>{caller.own_scope}</code>" in page.text
    assert browser.open(caller.authorization_url(prompt="none")).callback["error"] == "consent_required"
    assert "code" in page.press("simulated_consent", "accepted").callback
    assert "code" in browser.open(caller.authorization_url(prompt="none")).callback
    assert browser.open(caller.authorization_url(prompt="consent")).title == "Permissions requested"


@pytest.mark.parametrize("account", ["adele", "casey", "morgan"])
def test_user_says_no(caller, browser, account):
    """Cancelling on any page goes back to the application with access_denied."""
    page = browser.open(caller.authorization_url(prompt="consent"))
    pages = [page, page.pick(account)]
    answers = [each.press("simulated_decline", "1").callback for each in pages]
    assert {answer["error"] for answer in answers} == {"access_denied"}
    assert all("AADSTS65004" in answer["error_description"] for answer in answers)


def test_consent_ends_the_refusal_of_a_scope(caller, browser, verdict):
    """What `require_consent` demands is asked for on the page, of whichever resource; the others go on being asked."""
    caller.tenant.require_consent("User.Read")
    url = caller.authorization_url(scope=f"openid {caller.own_scope} User.Read")
    page = browser.open(url).pick("adele")
    code = page.press("simulated_consent", "accepted").callback["code"]
    token = caller.redeem(code)["access_token"]
    assert "error" not in caller.on_behalf_of(token, scope="User.Read")
    assert verdict(caller.on_behalf_of(caller.tenant.mint_token(user="megan"), scope="User.Read"))[1] == 65001
    caller.tenant.require_consent("User.Read")
    assert verdict(caller.on_behalf_of(token, scope="User.Read"))[1] == 65001


def test_account_can_be_named_in_the_url(caller, browser):
    """`simulated_user` signs in without a page and says yes to everything."""
    url = caller.authorization_url(prompt="consent", claims=CLAIMS)
    assert "code" in browser.open(f"{url}&simulated_user=casey").callback


@pytest.mark.parametrize(("prompt", "title"), [("create", "Create an account"), ("login", "Pick an account")])
def test_prompt_asks_again(caller, browser, prompt, title):
    """Signed in or not, the account is asked for."""
    browser.open(caller.authorization_url()).pick("adele")
    page = browser.open(caller.authorization_url(prompt=prompt))
    assert page.title == title
    assert "code" in page.pick("adele").callback


def test_form_post_page_works_without_scripts(caller, browser):
    """The page sends itself by the one script that its policy allows, and has a button."""
    page = browser.open(caller.authorization_url(response_mode="form_post")).pick("adele")
    assert "<button" in page.text
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'", page.response.headers["content-security-policy"])
    assert set(page.fields) == {"code", "state", "session_state"}
    assert html.unescape(re.search(r'action="([^"]*)"', page.text)[1]) == "http://localhost:5000/auth/callback"
    assert "set-cookie" in page.response.headers


def test_T131_form_cannot_change_where_the_browser_goes(caller, browser):
    """A form with another redirect URI, or without its media type, ends on a page."""
    url = caller.authorization_url()
    fields = browser.open(url).fields | {"simulated_account": "adele"}
    for changes in ({"redirect_uri": "https://attacker.test/"}, {"client_id": SECOND_TENANT}):
        page = browser.post(url.partition("?")[0], fields | changes)
        assert (page.response.status_code, "location" in page.response.headers) == (400, False)
    assert caller.tenant.request_count("authorize") == 3


@pytest.mark.parametrize(
    ("aadsts", "error"),
    [(50105, "access_denied"), (65001, "consent_required"), (65004, "access_denied"), (53003, "interaction_required")],
)
def test_errors_on_demand_go_to_the_application(caller, browser, aadsts, error):
    """`fail("authorize", aadsts=...)` sends the browser back with it."""
    caller.tenant.fail("authorize", aadsts=aadsts, times=1)
    answer = browser.open(caller.authorization_url()).callback
    assert (answer["error"], answer["state"]) == (error, "the-state")
    assert f"AADSTS{aadsts}" in answer["error_description"]
    assert browser.open(caller.authorization_url()).title == "Pick an account"


@pytest.mark.parametrize("aadsts", [50011, 700016])
def test_errors_on_demand_that_applications_never_see(caller, browser, aadsts):
    """Where Entra keeps the browser, a page says what is wrong."""
    caller.tenant.fail("authorize", aadsts=aadsts)
    page = browser.open(caller.authorization_url())
    assert (page.response.status_code, f"AADSTS{aadsts}" in page.text) == (400, True)


def test_T131_errors_on_demand_go_nowhere_else(caller, browser):
    """An address that is not registered gets no error either, and the page for devices has none to send it to."""
    caller.tenant.fail("authorize", aadsts=65004)
    page = browser.open(caller.authorization_url(redirect_uri="https://attacker.test/"))
    assert "AADSTS50011" in page.text
    assert "AADSTS65004" in browser.open(f"{caller.tenant.authority_host}/devicelogin").text
