"""Consent of an administrator for a whole tenant."""

from urllib.parse import urlencode

import pytest

from azuread_auth.simulation.users import SECOND_TENANT
from tests.unit.simulation.conftest import REDIRECT


def consent_url(caller, path=None, *, version="", **changes):
    """Where an application sends administrators."""
    asked = {"client_id": caller.tenant.client_id, "redirect_uri": REDIRECT, "state": "s&1"} | changes
    return f"{caller.tenant.authority_host}/{path or caller.tenant.tenant_id}{version}/adminconsent?{urlencode(asked)}"


def test_administrator_accepts(caller, browser):
    """The application learns the tenant, and nobody there is asked again."""
    caller.tenant.require_consent(caller.own_scope)
    page = browser.open(consent_url(caller))
    assert page.accounts == ["megan"]
    answer = page.pick("megan").callback
    assert answer == {"admin_consent": "True", "tenant": caller.tenant.tenant_id, "state": "s&1"}
    browser.open(caller.authorization_url()).pick("adele")
    assert "code" in browser.open(caller.authorization_url(prompt="none")).callback
    assert "code" in browser.open(caller.authorization_url(prompt="select_account")).pick("casey").callback


def test_administrator_of_another_tenant_accepts(caller, browser):
    """At a shared endpoint the tenant is that of the account; the scopes come back."""
    page = browser.open(
        consent_url(caller, "organizations", version="/v2.0", scope="https://graph.microsoft.com/.default")
    )
    assert page.accounts == ["megan", "nina"]
    assert "<li>https://graph.microsoft.com/.default</li>" in page.text
    answer = page.pick("nina").callback
    assert (answer["tenant"], answer["scope"]) == (SECOND_TENANT, "https://graph.microsoft.com/.default")


def test_administrator_declines(caller, browser):
    """The application learns that, too."""
    answer = browser.open(consent_url(caller)).press("simulated_decline", "1").callback
    assert (answer["error"], answer["error_subcode"], answer["state"]) == ("access_denied", "cancel", "s&1")
    assert "AADSTS65004" in answer["error_description"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"redirect_uri": "https://attacker.test/"}, "AADSTS50011"), ({"client_id": SECOND_TENANT}, "AADSTS700016")],
)
def test_T131_administrators_are_sent_to_registered_addresses_only(caller, browser, changes, code):
    """Otherwise a page says what is wrong."""
    page = browser.open(consent_url(caller, **changes))
    assert (page.response.status_code, code in page.text) == (400, True)


def test_only_administrators_accept(caller, browser):
    """The account of somebody else gets the question again."""
    url = consent_url(caller)
    page = browser.post(url.partition("?")[0], browser.open(url).fields | {"simulated_account": "adele"})
    assert page.title == "Consent for your organisation"
