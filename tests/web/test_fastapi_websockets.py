"""WebSocket routes of FastAPI."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from azuread_auth import AsyncAzureAdClient, AzureAdAuth, Principal
from azuread_auth.fastapi import azuread_client, require, require_scope
from azuread_auth.requirements import AuthContext, Requirement


def make_app(tenant, dependency, **options):
    """A WebSocket that says its caller's name."""
    app = FastAPI()
    app.add_middleware(AzureAdAuth, settings=tenant.settings(), **options)

    @app.websocket("/ws")
    async def greet(
        websocket: WebSocket,
        caller: Annotated[Principal, Depends(dependency)],
        client: Annotated[AsyncAzureAdClient, Depends(azuread_client)],
    ):
        await websocket.accept()
        await websocket.send_text(f"{caller.name} by {client.settings.client_id}")
        await websocket.close()

    return app


def refusal_of(app, headers, path="/ws"):
    """The answer to a handshake that fails."""
    with pytest.raises(WebSocketDenialResponse) as caught, TestClient(app).websocket_connect(path, headers=headers):
        pass
    return caught.value


def test_websocket_gets_its_caller(tenant):
    """Dependencies work on WebSockets as on other routes."""
    app = make_app(tenant, require_scope("Chat"))

    with TestClient(app).websocket_connect("/ws", headers=tenant.headers(scopes="Chat")) as websocket:
        assert websocket.receive_text() == f"Adele Vance by {tenant.client_id}"


@pytest.mark.parametrize(
    ("options", "headers", "path", "status"),
    [
        pytest.param({}, {}, "/ws", 401, id="T15 no token"),
        pytest.param({}, {"Authorization": "Bearer bad"}, "/ws", 401, id="T15 bad token"),
        pytest.param({}, {}, "/ws?access_token={token}", 401, id="T15 token in the query"),
        pytest.param({"allow_anonymous": True}, {}, "/ws", 401, id="T15 anonymous, refused by the dependency"),
        pytest.param({"allow_anonymous": True}, {}, "/ws?access_token={token}", 401, id="T15 query, by the dependency"),
        pytest.param({}, {"Authorization": "Bearer {other}"}, "/ws", 403, id="T15 scope is missing"),
    ],
)
def test_T15_websocket_is_denied_before_it_is_accepted(tenant, options, headers, path, status):
    """A handshake without what is required is answered like a request; the route does not run."""
    texts = {"token": tenant.mint_token(scopes="Chat"), "other": tenant.mint_token(scopes="Other")}
    app = make_app(tenant, require_scope("Chat"), **options)

    denial = refusal_of(
        app, {name: value.format(**texts) for name, value in headers.items()}, path=path.format(**texts)
    )

    assert denial.status_code == status
    assert denial.headers["www-authenticate"].startswith("Bearer")
    assert denial.headers["content-type"] == "application/problem+json"
    assert (f'scope="api://{tenant.client_id}/Chat"' in denial.headers["www-authenticate"]) == (status == 403)


def test_T71_websocket_is_asked_for_more_claims(tenant):
    """A claims challenge gets through to the middleware here too."""
    app = make_app(tenant, require(AuthContext("c1")))

    denial = refusal_of(app, tenant.headers(claims={"xms_cc": ["cp1"]}))

    assert denial.status_code == 401
    assert "insufficient_claims" in denial.headers["www-authenticate"]


@pytest.mark.parametrize("is_anonymous", [True, False])
async def test_T15_server_without_denial_responses(tenant, is_anonymous):
    """Where the server cannot answer a handshake, the connection is closed, which it makes a 403."""
    app = make_app(tenant, require_scope("Chat"), allow_anonymous=True)
    authorization = tenant.headers(scopes="Other")["Authorization"].encode()
    scope = {
        "type": "websocket",
        "path": "/ws",
        "query_string": b"",
        "headers": [] if is_anonymous else [(b"authorization", authorization)],
    }
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)

    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]


class OnlyOnce(Requirement):
    """Takes note of each time it is judged."""

    def __init__(self):
        self.judged = 0

    def is_met_by(self, principal):
        self.judged += 1
        return True


def test_websocket_is_judged_when_it_opens(tenant):
    """One connection is one request: what happens on it later is not judged again."""
    requirement = OnlyOnce()
    app = make_app(tenant, require(requirement))

    with TestClient(app).websocket_connect("/ws", headers=tenant.headers()) as websocket:
        websocket.receive_text()

    assert requirement.judged == 1
