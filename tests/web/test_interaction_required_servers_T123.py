"""Errors of token requests where answers have begun, on WebSockets, in mounts and in generators."""

from wsgiref.util import setup_testing_defaults

import anyio
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse

from azuread_auth import asgi, wsgi
from azuread_auth.errors import AssertionRefused, InteractionRequired, ProviderUnavailable, Throttled

CP1 = {"xms_cc": ["cp1"]}


def interaction():
    """What an on-behalf-of request raises when the user has to do more to sign in."""
    claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    return InteractionRequired("the user has to sign in", error="interaction_required", claims=claims, aadsts=50076)


def consent():
    """What an on-behalf-of request raises when nobody has consented."""
    return InteractionRequired("nobody has consented", error="invalid_grant", scopes=("User.Read",), aadsts=65001)


def test_T123_it_is_answered_for_a_mounted_application(tenant):
    """Under Starlette an error of an endpoint reaches the middleware, from a mount as from a route."""

    async def mail(request):
        raise interaction()

    routes = [Route("/mail", mail), Mount("/sub", routes=[Route("/mail", mail)])]
    app = Starlette(routes=routes, middleware=[Middleware(asgi.AzureAdAuth, settings=tenant.settings())])

    for path in ("/mail", "/sub/mail"):
        answer = TestClient(app).get(path, headers=tenant.headers(claims=CP1))
        assert answer.status_code == 401
        assert "insufficient_claims" in answer.headers["www-authenticate"]


def test_T123_after_the_answer_has_begun_it_goes_to_the_server(tenant):
    """What is on its way cannot be taken back: the server aborts the connection and logs."""

    async def parts():
        yield b"some"
        raise interaction()

    async def stream(request):
        return StreamingResponse(parts())

    app = Starlette(routes=[Route("/", stream)], middleware=[Middleware(asgi.AzureAdAuth, settings=tenant.settings())])

    with pytest.raises(InteractionRequired):
        TestClient(app).get("/", headers=tenant.headers(claims=CP1))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(interaction(), 401, id="claims"),
        pytest.param(consent(), 403, id="consent"),
        pytest.param(AssertionRefused("x", error="invalid_grant"), 401, id="assertion"),
        pytest.param(Throttled("x", error="temporarily_unavailable", retry_after=3), 503, id="throttled"),
    ],
)
def test_T123_a_websocket_is_denied(tenant, error, status):
    """Before it is accepted, a handshake is answered like a request; nothing is accepted first."""

    async def talk(websocket):
        raise error

    app = Starlette(
        routes=[WebSocketRoute("/ws", talk)], middleware=[Middleware(asgi.AzureAdAuth, settings=tenant.settings())]
    )

    with (
        pytest.raises(WebSocketDenialResponse) as denial,
        TestClient(app).websocket_connect("/ws", headers=tenant.headers(claims=CP1)),
    ):
        pass

    assert denial.value.status_code == status
    assert ("retry-after" in denial.value.headers) == (status == 503)


async def test_T123_a_websocket_is_closed_where_no_denial_can_be_sent(tenant):
    """Servers turn a close before accepting into 403."""
    sent = []

    async def send(message):
        sent.append(message)

    async def application(scope, receive, send):
        raise interaction()

    authorization = tenant.headers()["Authorization"].encode()
    scope = {"type": "websocket", "path": "/", "headers": [(b"authorization", authorization)]}
    with anyio.fail_after(5):
        await asgi.AzureAdAuth(application, tenant.settings())(scope, None, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]


class Streaming:
    """A WSGI application that is a generator and a server in one: what was started, and what was sent."""

    def __init__(self, *steps):
        self.steps = steps
        self.started = []
        self.sent = []

    def __call__(self, environ, start_response):
        for step in self.steps:
            if step == "start":
                start_response("200 OK", [("Content-Type", "text/plain")])
            elif isinstance(step, Exception):
                raise step
            else:
                yield step

    def start_response(self, status, headers, exc_info=None):
        if exc_info is not None and any(self.sent):
            raise exc_info[1]
        self.started.append((status, dict(headers)))
        return self.sent.append

    def get(self, tenant):
        environ = {"HTTP_AUTHORIZATION": tenant.headers(claims=CP1)["Authorization"]}
        setup_testing_defaults(environ)
        self.sent.extend(wsgi.AzureAdAuth(self, tenant.settings())(environ, self.start_response))


@pytest.mark.parametrize("steps", [("raise", "start"), ("start", "raise"), ("start", b"", "raise")], ids=repr)
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (interaction(), "401 Unauthorized"),
        (consent(), "403 Forbidden"),
        (AssertionRefused("x", error="invalid_grant"), "401 Unauthorized"),
        (ProviderUnavailable("x"), "503 Service Unavailable"),
    ],
)
def test_T123_a_generators_error_is_answered(tenant, steps, error, status):
    """A generator's first line runs when it is iterated; the refusal replaces the answer that was begun."""
    server = Streaming(*(error if step == "raise" else step for step in steps))

    server.get(tenant)

    assert server.started[-1][0] == status


def test_T123_a_generators_error_after_the_answer_was_sent_goes_to_the_server(tenant):
    """What is on the wire cannot be taken back."""
    server = Streaming("start", b"some", interaction())
    environ = {"HTTP_AUTHORIZATION": tenant.headers(claims=CP1)["Authorization"]}
    setup_testing_defaults(environ)

    body = iter(wsgi.AzureAdAuth(server, tenant.settings())(environ, server.start_response))
    server.sent.append(next(body))

    with pytest.raises(InteractionRequired):
        next(body)
