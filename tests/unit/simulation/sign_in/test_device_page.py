"""The page where users enter what a device shows, over HTTP."""

import httpx2
import pytest

from tests.conftest import PLAIN_HTTP


@pytest.fixture
def http():
    """A client that goes to loopback without proxies."""
    with httpx2.Client(trust_env=False, verify=PLAIN_HTTP) as client:
        yield client


def test_user_approves_in_a_browser(caller, http):
    """The page takes code and account, and the device is signed in."""
    with caller.tenant as tenant:
        tenant.serve()
        device = caller.device()
        page = http.get(device["verification_uri"], params={"user_code": '"><b>'})
        assert 'value="&quot;&gt;&lt;b&gt;"' in page.text
        form = {"user_code": device["user_code"], "user": "megan", "decision": "approve"}
        assert "Megan Bowen" in http.post(device["verification_uri"], data=form).text
        assert "error" not in caller.poll(device)


def test_user_declines_in_a_browser(caller, verdict):
    """The other button says no."""
    device = caller.device()
    form = {"user_code": device["user_code"], "user": "megan", "decision": "decline"}
    assert b"not signed in" in caller.send(device["verification_uri"], form).body
    assert verdict(caller.poll(device))[0] == "authorization_declined"


@pytest.mark.parametrize(
    "form",
    [{"user_code": "BBBBBBBBB", "decision": "approve"}, {"decision": "decline"}, {"decision": "approve", "user": "x"}],
    ids=["unknown code", "no code", "unknown user"],
)
def test_wrong_code_can_be_tried_again(caller, form):
    """The page says that it did not work."""
    response = caller.send(caller.device()["verification_uri"], form)
    assert (response.status, b"did not work" in response.body) == (400, True)


def test_page_opens_in_process(caller):
    """The page is there without a port, too, and counts as sign-in."""
    assert caller.send(caller.device()["verification_uri"]).status == 200
    assert caller.tenant.request_count("authorize") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.test", "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:1", "sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.test"},
        {"origin": "null"},
    ],
    ids=["another site", "another port", "an old browser", "nowhere"],
)
def test_T131_form_of_another_page_is_not_taken(caller, verdict, headers):
    """A page elsewhere cannot sign somebody's account in to its own device."""
    device = caller.device()
    form = {"user_code": device["user_code"], "user": "megan", "decision": "approve"}
    assert caller.send(device["verification_uri"], form, **headers).status == 403
    assert verdict(caller.poll(device))[0] == "authorization_pending"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "null", "sec-fetch-site": "same-origin"}, {"origin": "http://localhost:1", "host": "localhost:1"}],
)
def test_form_of_the_page_itself_is_taken(caller, headers):
    """The page sends no referrer, so that its origin may be hidden."""
    with caller.tenant as tenant:
        tenant.serve()
        device = caller.device()
        form = {"user_code": device["user_code"], "user": "megan", "decision": "approve"}
        assert caller.send(device["verification_uri"], form, **headers).status == 200
