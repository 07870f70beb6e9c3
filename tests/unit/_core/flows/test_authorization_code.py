"""Sign-ins with a browser: what is asked for, and that a code goes out once."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from azuread_auth._protocol.authorization import SignInWishes, code_challenge
from azuread_auth.access_token import UserToken
from azuread_auth.errors import (
    AzureAdError,
    ConfigurationError,
    InteractionRequired,
    LoginFailed,
    ProviderUnavailable,
    TokenRequestFailed,
)
from azuread_auth.sign_in import AuthorizationRequest
from tests.conftest import Mode
from tests.unit._core.outbound import MAIL, ORDERS, REDIRECT, Application, DictStore, make_application


@pytest.fixture
def application(mode: Mode) -> Application:
    """An application of one tenant."""
    return make_application(mode)


def end(application: Application, request: AuthorizationRequest, answer: object) -> UserToken:
    """What a sign-in comes to."""
    tokens = application.engine.tokens
    token: UserToken = application.run(lambda: tokens.by_authorization_code(request, answer))  # type: ignore[arg-type]
    return token


def test_what_is_asked_for(mode: Mode) -> None:
    """Each sign-in has its own state, nonce and verifier; the challenge is the verifier's hash, the scopes are once."""
    application = make_application(mode, client_capabilities=["CP1"])
    first, second = application.begin(MAIL, "openid", MAIL), application.begin()
    asked = parse_qs(urlsplit(first.url).query)
    assert asked["code_challenge"] == [code_challenge(first.code_verifier)]
    assert (asked["state"], asked["nonce"], asked["code_challenge_method"]) == ([first.state], [first.nonce], ["S256"])
    assert asked["scope"] == [f"openid profile offline_access {MAIL}"]
    assert asked["claims"] == ['{"access_token":{"xms_cc":{"values":["CP1"]}}}']
    assert len({first.state, first.nonce, first.code_verifier, second.state, second.nonce, second.code_verifier}) == 6
    assert first.scopes == (MAIL, MAIL)
    for hidden in (first.state, first.nonce, first.code_verifier):
        assert hidden not in repr(first)


def test_signed_in(application: Application) -> None:
    """The first token is for the API that was named first; tokens for others come by the refresh token."""
    token = application.run(lambda: application.sign_in(MAIL, ORDERS))
    assert token.scopes >= {MAIL} or "Mail.Read" in token.scopes
    assert application.run(lambda: application.user(token.principal)).reveal() == token.reveal()
    application.run(lambda: application.user(token.principal, ORDERS))
    assert [entry.grant_type for entry in application.tenant.token_requests] == ["authorization_code", "refresh_token"]


def test_answer_as_query_string(application: Application) -> None:
    """The answer may come as it stands in the address or the form."""
    request = application.begin()
    answer = urlencode(application.tenant.sign_in(request.url, "megan"))
    assert end(application, request, f"?{answer}").principal.name == "Megan Bowen"


@pytest.mark.parametrize("scopes", [(), ("openid",), ("openid", "email")], ids=str)
def test_sign_in_without_an_api(mode: Mode, scopes: tuple[str, ...]) -> None:
    """Who only wants to know who it is asks for no API; nothing but the sign-in is kept."""
    application = make_application(mode)
    request = application.engine.tokens.start_authorization(REDIRECT, scopes, None, SignInWishes())
    token = end(application, request, application.tenant.sign_in(request.url))
    assert request.scopes == ()
    assert token.principal.name == "Adele Vance"
    assert isinstance(application.store, DictStore)
    assert all(":refresh_token_itself:" in key for key in application.store.kept)


def test_answer_without_a_refresh_token(application: Application) -> None:
    """A sign-in that brings none serves until its token ends."""
    request = application.begin()
    answer = application.tenant.sign_in(request.url)
    claims = {"azp": None, "nonce": request.nonce}
    id_token = application.tenant.mint_token(audience=application.tenant.client_id, claims=claims)
    application.tenant.fail("token", status=200, body={"access_token": "token", "id_token": id_token}, times=1)
    user = end(application, request, answer).principal
    application.run(lambda: application.user(user))
    with pytest.raises(InteractionRequired):
        application.run(lambda: application.user(user, ORDERS))


@pytest.mark.parametrize("failure", [{"status": 503}, {"status": 429}, {"aadsts": 54005}], ids=str)
def test_R23_code_goes_out_once(mode: Mode, failure: dict[str, int]) -> None:
    """R23: whatever becomes of it, a code is not sent again."""
    application = make_application(mode)
    application.tenant.fail("token", **failure)  # type: ignore[arg-type]
    with pytest.raises(AzureAdError):
        application.run(application.sign_in)
    assert application.requests == 1


def test_R23_code_whose_answer_is_lost(application: Application) -> None:
    """R23: nor when nobody knows what became of it."""
    application.http.lost = 1
    with pytest.raises(ProviderUnavailable):
        application.run(application.sign_in)
    assert application.requests == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"code": "canary", "state": "other"}, id="of another sign-in"),
        pytest.param({"code": "canary"}, id="without state"),
        pytest.param({"state": "{state}"}, id="without code"),
        pytest.param({"state": "{state}", "code": "canary", "error": "access_denied"}, id="code and error"),
        pytest.param({"state": "{state}", "code": "canary", "iss": "https://evil.test"}, id="of another issuer"),
        pytest.param({"state": "{state}", "error": "access_denied", "error_description": "canary"}, id="declined"),
    ],
)
def test_answers_that_end_the_sign_in(mode: Mode, answer: dict[str, str]) -> None:
    """A forged answer and a refusal send no code, and say nothing of what came."""
    application = make_application(mode)
    request = application.begin()
    given = {name: value.replace("{state}", request.state) for name, value in answer.items()}
    with pytest.raises(LoginFailed) as refusal:
        end(application, request, given)
    assert "canary" not in str(refusal.value)
    assert application.requests == 0


def test_sign_in_without_a_page_that_needs_one(application: Application) -> None:
    """Where prompt=none fails for want of a page, the error says so."""
    request = application.begin()
    with pytest.raises(InteractionRequired) as refusal:
        end(application, request, {"state": request.state, "error": "login_required"})
    assert refusal.value.scopes == (MAIL,)


def test_verifier_is_proved(application: Application) -> None:
    """A code that was stolen is of no use without the verifier, which never left the application."""
    request, stolen = application.begin(), application.begin()
    answer = application.tenant.sign_in(stolen.url) | {"state": request.state}
    with pytest.raises(TokenRequestFailed):
        end(application, request, answer)


@pytest.mark.parametrize(
    ("redirect_uri", "scopes"),
    [("http://evil.test/callback", (MAIL,)), (REDIRECT, "User.Read"), (REDIRECT, ("User Read",))],
    ids=["http", "text", "blank in a scope"],
)
def test_what_cannot_be_asked_for(mode: Mode, redirect_uri: str, scopes: tuple[str, ...]) -> None:
    """Mistakes are told at the beginning."""
    application = make_application(mode)
    with pytest.raises(ConfigurationError):
        application.engine.tokens.start_authorization(redirect_uri, scopes, None, SignInWishes())


def test_T113_tenant_of_a_sign_in(application: Application) -> None:
    """T113: users can be sent to another tenant, and nowhere else."""
    assert f"/{application.tenant.domain}/oauth2/" in application.begin(tenant_id=application.tenant.domain).url
    with pytest.raises(ConfigurationError):
        application.begin(tenant_id="../evil")


def test_two_users_of_one_process(application: Application) -> None:
    """T109: two users who sign in have tokens of their own."""
    adele, megan = application.run(application.sign_in), application.run(lambda: application.sign_in(user="megan"))
    got = [application.run(lambda each=each: application.user(each.principal)).reveal() for each in (adele, megan)]
    assert got == [adele.reveal(), megan.reveal()]
    assert len(set(got)) == 2
