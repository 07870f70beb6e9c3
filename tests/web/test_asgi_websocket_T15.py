"""WebSockets: decided before they are accepted."""

import anyio
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.requirements import Role
from azuread_auth.simulation.users import DEFAULT_USERS


async def talk(websocket):
    """Accept, and say who is there."""
    await websocket.accept()
    principal = websocket.scope["azuread_auth"].principal
    await websocket.send_text("nobody" if principal is None else principal.object_id)
    await websocket.close()


async def talk_to_admins(websocket):
    """Refuse before accepting."""
    Role("Admin").check(websocket.user)
    await talk(websocket)


async def talk_to_admins_later(websocket):
    """Accept, and refuse then."""
    await websocket.accept()
    Role("Admin").check(websocket.user)


def protected(settings, **options):
    """A client of an application behind the middleware."""
    routes = [
        WebSocketRoute("/ws", talk),
        WebSocketRoute("/admin", talk_to_admins),
        WebSocketRoute("/later", talk_to_admins_later),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(AzureAdAuth, settings=settings, **options)]))


def test_T15_a_good_token_opens_a_websocket(tenant):
    """The handshake's Authorization header is judged as any other request's."""
    client = protected(tenant.settings())

    for _ in range(2):
        with client.websocket_connect("/ws", headers=tenant.headers(user="adele")) as session:
            assert session.receive_text() == DEFAULT_USERS["adele"].object_id


@pytest.mark.parametrize(
    ("path", "wishes", "status", "challenge"),
    [
        ("/ws", None, 401, "Bearer"),
        ("/ws", {"fault": "expired"}, 401, 'Bearer error="invalid_token"'),
        ("/admin", {}, 403, 'Bearer error="insufficient_scope"'),
    ],
)
def test_T15_a_refusal_is_a_denial_where_the_server_can_send_one(tenant, path, wishes, status, challenge):
    """With the extension `websocket.http.response` the handshake gets status, challenge and problem document."""
    client = protected(tenant.settings())
    headers = {} if wishes is None else tenant.headers(**wishes)

    with pytest.raises(WebSocketDenialResponse) as denial, client.websocket_connect(path, headers=headers):
        pass

    assert denial.value.status_code == status
    assert denial.value.headers["www-authenticate"].startswith(challenge)
    assert denial.value.headers["cache-control"] == "no-store"
    assert denial.value.json()["status"] == status


def test_T15_a_token_in_the_query_is_ignored(tenant):
    """What a browser puts in a WebSocket's address ends in logs: it is no credential."""
    client = protected(tenant.settings())

    address = f"/ws?access_token={tenant.mint_token()}"
    with pytest.raises(WebSocketDenialResponse) as denial, client.websocket_connect(address):
        pass

    assert denial.value.status_code == 401


def test_T15_a_public_websocket_is_anonymous(tenant):
    """Path rules hold for WebSockets too."""
    client = protected(tenant.settings(), public_paths=("/ws",))

    with client.websocket_connect("/ws", headers=tenant.headers()) as session:
        assert session.receive_text() == "nobody"
    with pytest.raises(WebSocketDenialResponse), client.websocket_connect("/admin"):
        pass


def test_T15_a_refusal_after_accepting_goes_to_the_server(tenant):
    """Once accepted there is no status to give: the error goes on, and the server closes and logs."""
    client = protected(tenant.settings())

    with (
        pytest.raises(Exception, match="Admin"),
        client.websocket_connect("/later", headers=tenant.headers()) as session,
        pytest.raises(WebSocketDisconnect),
    ):
        session.receive_text()


@pytest.mark.parametrize("extensions", [{}, None, "absent"])
@pytest.mark.parametrize("behaviour", ["refused by the middleware", "refused by the application"])
async def test_T15_without_the_extension_a_refusal_is_a_close_before_accepting(tenant, extensions, behaviour):
    """Servers turn that close into 403; nobody waits for a connect event that the application has taken."""
    events = ["websocket.connect"]
    sent = []

    async def receive():
        if not events:
            await anyio.sleep_forever()
        return {"type": events.pop()}

    async def send(message):
        sent.append(message)

    async def application(scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        Role("Admin").check(scope["user"])

    authorization = f"Bearer {tenant.mint_token()}" if behaviour.endswith("application") else "Bearer x"
    scope = {"type": "websocket", "path": "/", "headers": [(b"authorization", authorization.encode())]}
    if extensions != "absent":
        scope["extensions"] = extensions

    with anyio.fail_after(5):
        await AzureAdAuth(application, tenant.settings())(scope, receive, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]
