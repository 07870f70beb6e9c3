"""FastAPI dependencies that give tokens for the next API, and what a caller is answered where there is none."""

import base64
from typing import Annotated, NamedTuple

import pytest
from fastapi import Depends, FastAPI, HTTPException, WebSocket
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from azuread_auth import AccessToken, AsyncAzureAdClient, AzureAdAuth, AzureAdError, Secret
from azuread_auth.errors import AssertionRefused, ClientRejected, InteractionRequired, ProviderUnavailable, Throttled
from azuread_auth.fastapi import TokenUnavailable, app_token, user_token

READ, MAIL = "https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/Mail.Read"
ORDERS = "api://orders/.default"
CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
CP1 = {"xms_cc": ["cp1"]}

NEEDS_CLAIMS = InteractionRequired(
    "the user has to sign in", error="interaction_required", claims=CLAIMS, scopes=(READ,), aadsts=50076
)
NEEDS_CONSENT = InteractionRequired("nobody has consented", error="invalid_grant", scopes=(READ, MAIL), aadsts=65001)
EXPIRED = AssertionRefused("the token has expired", error="invalid_grant", aadsts=500133)
BUSY = Throttled("too many requests", error="temporarily_unavailable", retry_after=17.0)
AWAY = ProviderUnavailable("the provider cannot be reached", retry_after=4.2)


class Case(NamedTuple):
    """An error of a token request, the status of the answer, and what is in its challenge or time to wait."""

    error: AzureAdError
    status: int
    challenge: str

    def assert_answered(self, answer):
        assert answer.status_code == self.status
        header = "retry-after" if self.status == 503 else "www-authenticate"
        assert self.challenge in answer.headers[header]


CASES = [
    pytest.param(Case(NEEDS_CLAIMS, 401, 'error="insufficient_claims"'), id="claims"),
    pytest.param(Case(NEEDS_CONSENT, 403, f'scope="{READ} {MAIL}"'), id="consent"),
    pytest.param(Case(EXPIRED, 401, 'error="invalid_token"'), id="assertion"),
    pytest.param(Case(BUSY, 503, "17"), id="throttled"),
    pytest.param(Case(AWAY, 503, "5"), id="unavailable"),
]


class Client(AsyncAzureAdClient):
    """A client whose provider answers as a test says: with an error, or a token that says for whom it is."""

    error: AzureAdError | None = None

    def __init__(self, settings):
        super().__init__(settings)
        self.asked = []

    async def acquire_token_for_user(self, principal, *scopes, tenant_id=None, claims=None):
        return self._give(principal.object_id, *scopes)

    async def acquire_token_for_app(self, *scopes, tenant_id=None, claims=None):
        return self._give("the app", *scopes)

    def _give(self, *words):
        self.asked.append(words)
        if self.error is not None:
            raise self.error
        token = Secret(" ".join(words))
        return AccessToken(token=token, expires_at=2.0, refresh_at=1.0, scopes=frozenset(words[1:]))


def add_routes(app):
    """A route for each kind of token; they say whose they have."""

    @app.get("/user")
    async def for_user(token: Annotated[AccessToken, Depends(user_token(READ, MAIL))]):
        return token.reveal()

    @app.get("/app")
    async def for_app(token: Annotated[AccessToken, Depends(app_token(ORDERS))]):
        return token.reveal()

    @app.get("/thread")
    def in_a_thread(token: Annotated[AccessToken, Depends(user_token(READ))]):
        return token.reveal()

    @app.websocket("/ws")
    async def talk(websocket: WebSocket, token: Annotated[AccessToken, Depends(user_token(READ))]):
        await websocket.accept()
        await websocket.send_text(token.reveal())
        await websocket.close()

    return app


class Site:
    """An application with these routes, and with the same mounted in it; anonymous callers come as far as a route."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.client = Client(tenant.settings())
        self.app = add_routes(FastAPI())
        self.app.mount("/sub", add_routes(FastAPI()))
        self.app.add_middleware(AzureAdAuth, client=self.client, allow_anonymous=True)

    def ask(self, path="/user", **wishes):
        """The answer to a user's GET, or to that of whom the wishes describe."""
        return TestClient(self.app).get(path, headers=self.tenant.headers(**wishes))

    def ask_anonymously(self, path="/user"):
        return TestClient(self.app).get(path)


@pytest.fixture
def site(tenant):
    """The application and its client."""
    return Site(tenant)


@pytest.mark.parametrize("mount", ["", "/sub"])
def test_the_user_who_calls_is_meant(site, tenant, mount):
    """Each request gets the token of its caller, on the event loop and in threads."""
    for user in ("adele", "megan", "adele"):
        object_id = tenant.principal(user=user).object_id

        assert site.ask(f"{mount}/user", user=user).json() == f"{object_id} {READ} {MAIL}"
        assert site.ask(f"{mount}/thread", user=user).json() == f"{object_id} {READ}"


def test_the_application_is_meant_whoever_calls(site):
    """The application's own token has nothing to do with the caller."""
    answers = site.ask("/app"), site.ask("/app", kind="app", roles=["Any"]), site.ask_anonymously("/app")

    assert [answer.json() for answer in answers] == [f"the app {ORDERS}"] * 3


def test_an_anonymous_caller_is_401(site):
    """Who brings no credentials is asked for them, and nothing is asked of the provider."""
    answer = site.ask_anonymously()

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert site.client.asked == []


def test_T64_an_application_is_403_where_a_user_is_meant(site):
    """There is no user on whose behalf to ask."""
    answer = site.ask(kind="app", roles=["Any"])

    assert answer.status_code == 403
    assert answer.headers["www-authenticate"].startswith('Bearer error="insufficient_scope"')
    assert site.client.asked == []


@pytest.mark.parametrize("path", ["/user", "/sub/user"])
@pytest.mark.parametrize("case", CASES)
def test_T123_where_there_is_no_token_the_caller_is_told_what_helps(site, path, case):
    """The application that has the route answers, mounted in another or not: with a challenge, or the time to wait."""
    site.client.error = case.error

    answer = site.ask(path, claims=CP1)

    case.assert_answered(answer)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


def test_T123_the_claims_are_those_of_the_provider(site):
    """In base64, for a client that can answer; another one is forbidden, and told nothing to try."""
    site.client.error = NEEDS_CLAIMS

    capable, other = site.ask(claims=CP1), site.ask()

    encoded = capable.headers["www-authenticate"].partition('claims="')[2].partition('"')[0]
    assert base64.b64decode(encoded).decode() == CLAIMS
    assert other.status_code == 403
    assert "scope=" not in other.headers["www-authenticate"]


@pytest.mark.parametrize("case", CASES)
def test_T123_the_answer_is_that_of_the_middleware(site, case):
    """Raised by a dependency or by a route: a client cannot tell."""

    @site.app.get("/by-route")
    async def by_route():
        raise case.error

    site.client.error = case.error
    one, other = site.ask(claims=CP1), site.ask("/by-route", claims=CP1)

    assert one.status_code == other.status_code == case.status
    assert one.json()["detail"] == other.json()["detail"]
    assert {name: value for name, value in one.headers.items() if name != "content-length"} == {
        name: value for name, value in other.headers.items() if name != "content-length"
    }


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("is_by_kind", [True, False])
def test_T123_the_application_may_answer_itself(site, is_by_kind, case):
    """A handler finds the error with its attributes, and an HTTPException; the challenge is in its headers."""
    seen = []

    @site.app.exception_handler(type(case.error) if is_by_kind else TokenUnavailable)
    async def answer_in_house_style(_request, caught):
        seen.append(caught)
        return JSONResponse("no", caught.status_code, caught.headers)

    site.client.error = case.error
    answer = site.ask(claims=CP1)

    (caught,) = seen
    assert isinstance(caught, TokenUnavailable)
    assert isinstance(caught, HTTPException)
    assert isinstance(caught, type(case.error))
    assert (str(caught), caught.code) == (str(case.error), case.error.code)
    assert caught.retryable is case.error.retryable
    assert vars(case.error).items() <= vars(caught).items()
    assert caught.__cause__ is case.error
    assert b'"about:blank"' in caught.body
    case.assert_answered(answer)
    assert (answer.json(), answer.headers["content-type"]) == ("no", "application/json")


@pytest.mark.parametrize("path", ["/user", "/app"])
def test_T123_the_operators_fault_is_an_error_of_the_application(site, path):
    """A wrong secret is nothing that a caller could mend."""
    site.client.error = ClientRejected("the secret is wrong", error="invalid_client", aadsts=7000215)

    with pytest.raises(ClientRejected):
        site.ask(path)


@pytest.mark.parametrize(("error", "wait"), [(BUSY, "17"), (AWAY, "5")], ids=["throttled", "unavailable"])
def test_T123_the_applications_own_token_can_be_waited_for(site, error, wait):
    """503 and the time to wait, whoever calls."""
    site.client.error = error

    for answer in (site.ask("/app"), site.ask_anonymously("/app")):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, wait)


def test_T123_the_log_says_why_once(site, tenant, caplog):
    """The operator reads number and path in one record, without the caller's token."""
    site.client.error = NEEDS_CONSENT
    token = tenant.mint_token()
    with caplog.at_level("INFO", logger="azuread_auth"):
        TestClient(site.app).get("/user", headers={"Authorization": f"Bearer {token}"})

    (record,) = (record for record in caplog.records if getattr(record, "azuread_event", None) == "request.refused")
    assert (record.azuread_aadsts, record.azuread_path) == (65001, "/user")
    assert token.rpartition(".")[2] not in str(vars(record))


def test_inner_middleware_sees_the_status(site, tenant):
    """What stands between the middleware and the routes sees a response, not an exception."""
    app, seen = add_routes(FastAPI()), []

    @app.middleware("http")
    async def watch(request, call_next):
        response = await call_next(request)
        seen.append(response.status_code)
        return response

    app.add_middleware(AzureAdAuth, client=site.client)
    site.client.error = NEEDS_CONSENT

    assert TestClient(app).get("/user", headers=tenant.headers()).status_code == 403
    assert seen == [403]


def test_websocket_gets_its_token(site, tenant):
    """Dependencies work on WebSockets as on other routes."""
    with TestClient(site.app).websocket_connect("/ws", headers=tenant.headers(user="adele")) as websocket:
        assert websocket.receive_text() == f"{tenant.principal(user='adele').object_id} {READ}"


@pytest.mark.parametrize("case", CASES)
def test_T123_websocket_is_denied(site, tenant, case):
    """A handshake without a token to go on with is answered like a request."""
    site.client.error = case.error

    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        TestClient(site.app).websocket_connect("/ws", headers=tenant.headers(claims=CP1)),
    ):
        pass

    case.assert_answered(caught.value)


@pytest.mark.parametrize("error", [NEEDS_CLAIMS, EXPIRED, BUSY], ids=lambda error: error.code)
async def test_T123_server_without_denial_responses(site, tenant, error):
    """Where the server cannot answer a handshake, the connection is closed, which it makes a 403."""
    site.client.error = error
    authorization = tenant.headers()["Authorization"].encode()
    scope = {"type": "websocket", "path": "/ws", "query_string": b"", "headers": [(b"authorization", authorization)]}
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await site.app(scope, receive, send)

    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]
