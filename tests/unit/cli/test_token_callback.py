"""The listener that a sign-in in the browser comes back to."""

import socket

import httpx2
import pytest

from azuread_auth.cli.acquisition.callback import CallbackListener
from azuread_auth.errors import ConfigurationError, LoginFailed
from tests.conftest import PLAIN_HTTP

STATE = "state-of-this-sign-in"


@pytest.fixture
def listener():
    """A listener that waits for STATE."""
    with CallbackListener() as made:
        made.expect(STATE)
        yield made


@pytest.fixture
def http():
    """A client that does not keep connections from test to test."""
    with httpx2.Client(trust_env=False, verify=PLAIN_HTTP, timeout=10) as client:
        yield client


def test_answer_is_handed_on(listener, http):
    """The query of the answer comes out as it came in."""
    assert http.get(f"{listener.redirect_uri}/?code=abc&state={STATE}").status_code == 200
    assert listener.wait(seconds=5) == f"code=abc&state={STATE}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/?code=abc&state=another", 400, id="another state"),
        pytest.param("/?code=abc", 400, id="no state"),
        pytest.param(f"/?state={STATE}&state={STATE}", 400, id="a state twice"),
        pytest.param("/?state=%C3%A4", 400, id="no ASCII"),
        pytest.param("/?" + "&".join(f"a{number}=1" for number in range(40)), 400, id="many parameters"),
        pytest.param(f"/callback?code=abc&state={STATE}", 404, id="another path"),
        pytest.param("/favicon.ico", 404, id="icon"),
    ],
)
def test_whatever_else_asks_counts_for_nothing(listener, http, path, status):
    """A page of another site can neither end the sign-in nor bring an answer in."""
    assert http.get(f"{listener.redirect_uri}{path}").status_code == status
    with pytest.raises(LoginFailed):
        listener.wait(seconds=0.05)
    assert http.get(f"{listener.redirect_uri}/?error=x&state={STATE}").status_code == 200
    assert listener.wait(seconds=5) == f"error=x&state={STATE}"


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_T105_nothing_but_get_uses_the_answer_up(listener, http, method):
    """Other methods are not answered with the page, and the answer stays to come."""
    assert http.request(method, f"{listener.redirect_uri}/?code=abc&state={STATE}").status_code == 501
    with pytest.raises(LoginFailed):
        listener.wait(seconds=0.05)


def test_nothing_of_the_request_is_on_the_page(listener, http):
    """Markup in the parameters does not come back."""
    for path in (f"/?error=<script>&state={STATE}", "/<script>"):
        assert "<script" not in http.get(f"{listener.redirect_uri}{path}").text


def test_silent_connection_holds_nobody_up(listener, http):
    """A connection on which a browser says nothing does not keep the answer from being heard."""
    port = int(listener.redirect_uri.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        assert http.get(f"{listener.redirect_uri}/?code=abc&state={STATE}").status_code == 200
        assert listener.wait(seconds=5)


def test_time_out_names_the_redirect_uri():
    """Who waits in vain is told what may be missing in the registration."""
    with CallbackListener() as listener, pytest.raises(LoginFailed, match=r"AADSTS50011.*http://localhost"):
        listener.wait(seconds=0.01)


def test_taken_port_is_told():
    """A port that somebody else has is an error that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError, match="--port"):
        CallbackListener(port=taken.getsockname()[1])
