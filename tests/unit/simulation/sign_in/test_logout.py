"""Signing out at the tenant: the question, the applications that are told, and the way back."""

import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.users import DEFAULT_USERS

SIGNED_OUT = "http://localhost:5000/auth/signed-out"
OTHER_REDIRECT = "https://orders.test/auth/callback"
FRAME = re.compile(r'<iframe src="([^"]*)"')


class Leaver:
    """Signs in and out in one browser."""

    def __init__(self, caller, browser):
        self.caller, self.browser = caller, browser
        answer = browser.open(caller.authorization_url()).pick("adele").callback
        self.sid = answer["session_state"]
        self.id_token = caller.redeem(answer["code"])["id_token"]
        self.hint = DEFAULT_USERS["adele"].login_hint
        self.back = {"client_id": caller.tenant.client_id, "post_logout_redirect_uri": SIGNED_OUT}

    def leave(self, **parameters):
        """Open the sign-out page."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self.browser.open(f"{self.caller.url('logout')}{query}")

    @property
    def is_signed_in(self):
        """Whether the browser would sign in silently."""
        return "code" in self.browser.open(self.caller.authorization_url(prompt="none")).callback


@pytest.fixture
def leaver(caller, browser):
    """Adele, signed in."""
    return Leaver(caller, browser)


def test_hint_signs_out_at_once(leaver):
    """With the `login_hint` claim as `logout_hint` nobody is asked, and the browser goes back with the state."""
    page = leaver.leave(**leaver.back, logout_hint=leaver.hint, state="s&1")
    assert page.location == f"{SIGNED_OUT}?state=s%261"
    assert not leaver.is_signed_in


def test_id_token_signs_out_at_once(leaver):
    """So does the ID token of the session, whose audience may use its addresses."""
    page = leaver.leave(id_token_hint=leaver.id_token, post_logout_redirect_uri=SIGNED_OUT)
    assert page.location == SIGNED_OUT
    assert not leaver.is_signed_in


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"logout_hint": DEFAULT_USERS["megan"].login_hint},
        {"id_token_hint": "x.y.z"},
        {"id_token_hint": "{access}"},
    ],
    ids=["none", "somebody else", "no token", "another token"],
)
def test_T96_user_is_asked_without_a_hint(leaver, parameters):
    """A request that may come from anywhere signs nobody out by itself."""
    if "{access}" in parameters.values():
        parameters = {"id_token_hint": leaver.caller.tenant.mint_token()}
    page = leaver.leave(**leaver.back, **parameters)
    assert page.title == "Sign out?"
    assert "still signed in" in page.press("simulated_sign_out", "no").text
    assert leaver.is_signed_in
    assert page.press("simulated_sign_out", "yes").location == SIGNED_OUT
    assert not leaver.is_signed_in


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"post_logout_redirect_uri": "https://attacker.test/"}, id="unregistered"),
        pytest.param({"post_logout_redirect_uri": f"{SIGNED_OUT}/../x"}, id="another path"),
        pytest.param({"client_id": "8f1d2c3b-0000-4000-8000-000000000000"}, id="unknown application"),
        pytest.param({"client_id": "{other}"}, id="another application"),
        pytest.param({"client_id": "{other}", "id_token_hint": "{id_token}"}, id="contradiction"),
    ],
)
def test_T97_browser_goes_to_registered_addresses_only(leaver, changes):
    """Any other address ends on a plain page, signed out all the same."""
    other = leaver.caller.tenant.register_app(redirect_uris=[OTHER_REDIRECT]).client_id
    values = {"{other}": other, "{id_token}": leaver.id_token}
    changes = {name: values.get(value, value) for name, value in changes.items()}
    page = leaver.leave(**{**leaver.back, "logout_hint": leaver.hint} | changes)
    assert (page.response.status_code, page.title) == (200, "Sign-out")
    assert not leaver.is_signed_in


def test_application_of_the_session_need_not_be_named(leaver):
    """Without client id and ID token the applications of the session count; without a session there are none."""
    asked = {"post_logout_redirect_uri": SIGNED_OUT, "logout_hint": leaver.hint}
    assert leaver.leave(**asked).location == SIGNED_OUT
    assert leaver.leave(**asked).title == "Sign-out"
    assert leaver.leave(**leaver.back).location == SIGNED_OUT


def test_form_of_an_application_signs_out(leaver):
    """A POST becomes a link, with which the browser sends its cookie."""
    page = leaver.browser.post(leaver.caller.url("logout"), leaver.back | {"logout_hint": leaver.hint})
    assert page.location.startswith("logout?")
    assert leaver.browser.open(leaver.caller.url("logout") + page.location[6:]).location == SIGNED_OUT
    assert not leaver.is_signed_in


def test_repeated_parameter_ends_nothing(leaver):
    """A parameter that is there twice has no meaning."""
    page = leaver.browser.open(f"{leaver.caller.url('logout')}?state=1&state=2&logout_hint={leaver.hint}")
    assert "AADSTS9000411" in page.text
    assert leaver.is_signed_in


def test_T98_every_application_of_the_session_is_told(leaver):
    """The page frames the registered URLs with sid and iss, allows no other frames, and goes back afterwards."""
    tenant = leaver.caller.tenant
    tenant.set_front_channel_logout("http://localhost:5000/auth/frontchannel-logout")
    app = tenant.register_app(
        redirect_uris=[OTHER_REDIRECT], public=True, front_channel_logout_uri="https://orders.test/out?x=1"
    )
    tenant.register_app(front_channel_logout_uri="https://nobody.test/out")
    url = leaver.caller.authorization_url(client_id=app.client_id, redirect_uri=OTHER_REDIRECT)
    leaver.browser.open(url)
    page = leaver.leave(**leaver.back, logout_hint=leaver.hint, state="s")
    frames = [urlsplit(html.unescape(each)) for each in FRAME.findall(page.text)]
    issuer = f"{tenant.authority_host}/{tenant.tenant_id}/v2.0"
    assert [dict(parse_qsl(frame.query)) for frame in frames] == [
        {"sid": leaver.sid, "iss": issuer},
        {"x": "1", "sid": leaver.sid, "iss": issuer},
    ]
    policy = page.response.headers["content-security-policy"]
    assert "frame-src http://localhost:5000 https://orders.test;" in policy
    assert f'href="{SIGNED_OUT}?state=s"' in page.text
    assert f'content="3;url={SIGNED_OUT}?state=s"' in page.text
    assert "max-age=0" in page.response.headers["set-cookie"].lower()


def test_T98_applications_are_told_without_a_way_back(leaver):
    """The page for sign-outs that end nowhere frames the URLs as well, and needs no script."""
    leaver.caller.tenant.set_front_channel_logout("http://localhost:5000/out")
    page = leaver.leave(logout_hint=leaver.hint)
    assert len(FRAME.findall(page.text)) == 1
    assert "script" not in page.text
    assert "You are signed out" in page.text


def test_python_signs_out_without_a_browser(leaver):
    """`sign_out` ends sessions of Python and of browsers, and returns what would be called."""
    tenant = leaver.caller.tenant
    tenant.set_front_channel_logout("http://localhost:5000/out")
    own = tenant.sign_in(leaver.caller.authorization_url())["session_state"]
    assert tenant.sign_out("megan") == ()
    called = [dict(parse_qsl(urlsplit(url).query))["sid"] for url in tenant.sign_out()]
    assert called == [leaver.sid, own]
    assert not leaver.is_signed_in
    assert tenant.sign_out("adele") == ()
    with pytest.raises(ConfigurationError, match="names no registration"):
        tenant.set_front_channel_logout("https://x.test/", client_id="x")


def test_sign_outs_are_counted(leaver):
    """They are requests of a kind of their own, which can fail."""
    leaver.leave()
    assert leaver.caller.tenant.request_count("logout") == 1
    leaver.caller.tenant.fail("logout", status=503, headers={"cache-control": "no-store, no-cache"})
    response = leaver.caller.send(leaver.caller.url("logout"))
    assert response.status == 503
