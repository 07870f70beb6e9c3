"""What tools of an MCP server see of callers, and what is refused in their name."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, authorization_context
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from starlette.requests import Request

from azuread_auth import (
    AppRole,
    AsyncAzureAdClient,
    ConfigurationError,
    PermissionDenied,
    Principal,
    ResourceMetadata,
    Scope,
    asgi,
)
from azuread_auth._mcp.caller import SdkUser
from azuread_auth.cli.checkup.application import unwrapped
from azuread_auth.mcp import AzureAdAuth, client, principal, require, require_app_role, require_role, require_scope
from azuread_auth.simulation import SimulatedTenant

METADATA = ResourceMetadata(resource="https://mcp.example.com/mcp")


@pytest.fixture
def tenant():
    """A tenant of the test's own."""
    with SimulatedTenant() as tenant:
        yield tenant


def context(scope):
    """The Context of a tool that this request calls."""
    request = Request(scope) if scope is not None else None
    return Context(request_context=ServerRequestContext(**SESSION, request=request))


SESSION = {"session": None, "lifespan_context": {}, "protocol_version": "2026-07-28", "method": "tools/call"}


class Site:
    """The middleware around an application that runs one tool, and answers with what came of it."""

    def __init__(self, tenant, tool=None, *, is_streaming=False, **options):
        self.tool, self.is_streaming, self.scopes, self.users = tool, is_streaming, [], []
        self.middleware = AzureAdAuth(self.application, tenant.settings(), resource_metadata=METADATA, **options)

    async def application(self, scope, receive, send):
        self.scopes.append(scope)
        self.users.append(auth_context_var.get())
        start = {"type": "http.response.start", "status": 200, "headers": []}
        if self.is_streaming:
            await send(start)
        answer = "done"
        if self.tool is not None:
            try:
                answer = await self.tool(scope)
            except ToolError as error:
                answer = f"error: {error}"
        if not self.is_streaming:
            await send(start)
        await send({"type": "http.response.body", "body": answer.encode()})

    def ask(self, headers=None):
        """Status, challenge and text."""
        sent = []

        async def send(message):
            sent.append(message)

        encoded = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"", "headers": encoded}
        asyncio.run(self.middleware(scope, None, send))
        start, body = sent
        return start["status"], dict(start["headers"]).get(b"www-authenticate", b"").decode(), body["body"].decode()


def test_user_is_the_sdk_s_too(tenant):
    """What the middleware puts in the scope is a Principal and the SDK's user; the context variable has it as well."""
    site = Site(tenant)
    site.ask(tenant.headers(scopes=["Orders.Read"]))
    user = site.scopes[0]["user"]
    assert isinstance(user, Principal)
    assert isinstance(user, AuthenticatedUser)
    assert user == site.scopes[0]["azuread_auth"].principal
    assert (user.display_name, user.scopes) == ("Adele Vance", {"Orders.Read"})
    assert site.users == [user]
    assert auth_context_var.get() is None


def test_session_belongs_to_client_issuer_and_subject(tenant):
    """The SDK compares these; each is in the token."""
    caller = tenant.principal()
    known = authorization_context(SdkUser(caller, "another"))
    assert known == {"client_id": caller.client_id, "issuer": caller.issuer, "subject": caller.subject}
    token = SdkUser(caller, "another").access_token
    assert token.token == caller.token.reveal()
    assert token.expires_at == int(caller.expires_at)


def test_browser_session_has_the_application_as_client(tenant):
    """There is no token, and no other client."""
    caller = tenant.principal()
    in_session = Principal(replace(caller._checked, client_id=None), None, "session")
    token = SdkUser(in_session, tenant.client_id).access_token
    assert (token.token, token.client_id) == ("", tenant.client_id)


def test_T112_token_is_masked(tenant):
    """In the representation of user and token alike."""
    user = SdkUser(tenant.principal(), "another")
    text = user.token.reveal()
    for shown in (repr(user), repr(user.access_token), str(user.access_token)):
        assert text not in shown
        assert "adele" not in shown.lower()


def test_anonymous_caller_is_nobody(tenant):
    """Where that is allowed, the SDK is told of nobody, and a tool that needs somebody answers 401."""

    async def tool(scope):
        return principal(context(scope)).display_name

    site = Site(tenant, require_scope("Orders.Read")(tool), allow_anonymous=True)
    status, challenge, body = site.ask()
    assert site.users == [None]
    assert (status, json.loads(body)["error"]["message"]) == (401, "this needs an access token")
    assert challenge.startswith('Bearer resource_metadata="')


def test_principal_of_an_anonymous_caller(tenant):
    """Asked for inside a tool that lets anybody in, it refuses as the decorator does."""

    @require(Scope("Orders.Read") | AppRole("Orders.Read.All"))
    async def inner(scope):
        return "in"

    async def tool(scope):
        with pytest.raises(Exception, match="no credentials"):
            principal(context(scope))
        return await inner(scope)

    assert Site(tenant, tool, allow_anonymous=True).ask()[0] == 401


def test_principal_and_client_of_a_context(tenant):
    """From the Context of a tool, and from what low-level handlers get."""

    async def tool(scope):
        ctx = context(scope)
        assert isinstance(client(ctx), AsyncAzureAdClient)
        assert client(ctx.request_context) is client(ctx)
        return principal(ctx.request_context).display_name

    assert Site(tenant, tool).ask(tenant.headers()) == (200, "", "Adele Vance")


@pytest.mark.parametrize("scope", [None, {"type": "http", "headers": []}], ids=["no request", "no middleware"])
@pytest.mark.parametrize("ask", [principal, client])
def test_without_the_middleware(scope, ask):
    """Over stdio, or where it was forgotten: an error that says what to add."""
    with pytest.raises(RuntimeError, match=r"add_middleware\(AzureAdAuth\)"):
        ask(context(scope))


@pytest.mark.parametrize("is_inside", [False, True])
@pytest.mark.parametrize("ask", [principal, client])
def test_T01_plain_middleware_is_not_enough(tenant, ask, is_inside):
    """It does not tell the SDK whose a session is, also where it takes the place of what has."""
    failures = []

    async def application(scope, receive, send):
        with pytest.raises(RuntimeError, match=r"azuread_auth\.mcp\.AzureAdAuth") as raised:
            ask(context(scope))
        failures.append(raised)

    app = asgi.AzureAdAuth(application, tenant.settings())
    if is_inside:
        app = AzureAdAuth(app, tenant.settings())
    authorization = [(b"authorization", tenant.headers()["Authorization"].encode())]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"", "headers": authorization}
    asyncio.run(app(scope, None, None))
    assert len(failures) == 1


def test_decorator_without_the_middleware():
    """Nothing runs."""
    with pytest.raises(RuntimeError, match=r"add_middleware\(AzureAdAuth\)"):
        require_scope("Orders.Read")(lambda: "in")()


@pytest.mark.parametrize("is_streaming", [False, True])
@pytest.mark.parametrize(
    ("decorate", "wishes", "is_in"),
    [
        pytest.param(require_scope("A", "B"), {"scopes": ["A", "B"]}, True, id="both scopes"),
        pytest.param(require_scope("A", "B"), {"scopes": ["A"]}, False, id="one of two scopes"),
        pytest.param(require_role("Admin"), {"user": "megan"}, True, id="role"),
        pytest.param(require_role("Admin"), {"user": "adele"}, False, id="no role"),
        pytest.param(require_app_role("Job"), {"kind": "app", "roles": ["Job"]}, True, id="app role"),
        pytest.param(require_app_role("Job"), {"roles": ["Job"]}, False, id="user with the role of an app"),
        pytest.param(require(Scope("A") | AppRole("Job")), {"scopes": ["A"]}, True, id="either"),
    ],
)
def test_T20_decorators(tenant, is_streaming, decorate, wishes, is_in):
    """403 where the answer has not begun, else an error of the tool."""

    @decorate
    async def tool(_scope):
        return "in"

    status, challenge, body = Site(tenant, tool, is_streaming=is_streaming).ask(tenant.headers(**wishes))
    if is_in:
        assert (status, challenge, body) == (200, "", "in")
    elif is_streaming:
        assert (status, challenge) == (200, "")
        assert body.startswith("error: this needs a permission")
    else:
        assert status == 403
        assert challenge.startswith('Bearer error="insufficient_scope"')
        assert json.loads(body) == {
            "jsonrpc": "2.0",
            "id": None,
            "error": {"code": -32600, "message": json.loads(body)["error"]["message"]},
        }


@pytest.mark.parametrize("wishes", [None, {}], ids=["anonymous", "without the scope"])
def test_refusal_that_a_guarded_function_handles(tenant, wishes):
    """What it calls may be guarded as well: the error is the one that it knows, and the answer is its own."""

    @require_scope("Premium")
    async def premium(scope):
        return "premium"

    @require_scope("Orders.Read")
    async def tool(scope):
        try:
            return await premium(scope)
        except PermissionDenied:
            return "basic"

    headers = {} if wishes is None else tenant.headers(scopes=["Orders.Read"], **wishes)
    status, _, body = Site(tenant, tool, allow_anonymous=True).ask(headers)
    assert (status, body) == (200, "basic") if wishes is not None else status == 401


RESULT, ERROR = '{"result": {"content": []}}', '{"result": {"isError": true}}'


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param(RESULT, 200, id="result"),
        pytest.param(f"event: message\r\ndata: {RESULT}\r\n\r\n", 200, id="result in an event"),
        pytest.param(ERROR, 403, id="error of the tool"),
        pytest.param(f"event: message\r\ndata: {ERROR}\r\n\r\n", 403, id="error in an event"),
        pytest.param('{"error": {"code": 0}}', 403, id="error of the protocol"),
        pytest.param("[]", 403, id="something else"),
        pytest.param("{", 403, id="no JSON"),
    ],
)
def test_T20_refusal_that_the_tool_handles(tenant, caplog, answer, status):
    """A tool without a decorator may handle it as well: what the SDK answers tells."""

    async def tool(_scope):
        with pytest.raises(ToolError):
            require_scope("Premium")(lambda: "premium")()
        return answer

    assert Site(tenant, tool).ask(tenant.headers(scopes=["Orders.Read"]))[0] == status
    assert ("request refused" in caplog.text) == (status == 403)


def test_T20_refusal_that_a_guarded_function_leaves(tenant):
    """It is the outer one's, with the scope that is missing inside; `def` in `async` too."""

    @require_scope("Premium")
    def premium():
        return "premium"

    @require_scope("Orders.Read")
    async def tool(_scope):
        return await asyncio.to_thread(premium)

    site = Site(tenant, tool)
    status, challenge, _ = site.ask(tenant.headers(scopes=["Orders.Read"]))
    assert (status, "/Premium" in challenge) == (403, True)
    assert site.ask(tenant.headers(scopes=["Orders.Read", "Premium"]))[2] == "premium"


class Slow:
    """A tool that is an object."""

    async def __call__(self, _scope):
        return "in"


def test_what_can_be_decorated(tenant):
    """Functions keep their name; objects and partial functions that are async stay so."""

    async def named(_scope, extra):
        """Say something."""
        return extra

    assert (require_scope("A")(named).__name__, require_scope("A")(named).__doc__) == ("named", "Say something.")
    headers = tenant.headers(scopes=["A"])
    assert Site(tenant, require_scope("A")(Slow())).ask(headers)[2] == "in"
    assert Site(tenant, require_scope("A")(partial(named, extra="more"))).ask(headers)[2] == "more"


@pytest.mark.parametrize("misuse", [require_scope, require_role, require_app_role])
def test_decorators_need_a_name(misuse):
    """Without parentheses or names they would let everybody in."""
    with pytest.raises(ConfigurationError):
        misuse()
    with pytest.raises(ConfigurationError):
        misuse(lambda: "in")


def test_require_needs_a_requirement():
    """And says so when the tool is made."""
    with pytest.raises(ConfigurationError, match="takes one requirement"):
        require("Orders.Read")


def test_other_connections_pass_through(tenant):
    """Start-up, and WebSockets of an application that has MCP beside others."""
    seen = []

    async def application(scope, receive, send):
        seen.append((scope["type"], type(scope.get("user"))))
        await send({"type": "lifespan.shutdown.complete"})

    async def send(_message):
        pass

    middleware = AzureAdAuth(application, tenant.settings())
    authorization = [(b"authorization", tenant.headers()["Authorization"].encode())]
    asyncio.run(middleware({"type": "lifespan"}, None, send))
    asyncio.run(middleware({"type": "websocket", "path": "/", "headers": authorization}, None, send))
    assert seen == [("lifespan", type(None)), ("websocket", Principal)]


def test_installed_tenant_is_found():
    """A test's tenant gets in through what the middleware wraps."""
    with SimulatedTenant() as own, SimulatedTenant() as other:
        site = Site(own)
        with other.installed_in(site.middleware):
            assert site.ask(other.headers())[0] == 200
        assert site.ask(other.headers())[0] == 401


def test_doctor_finds_it(tenant):
    """Added to the SDK's application, whose routes it guards."""
    app = MCPServer("orders").streamable_http_app()
    app.add_middleware(AzureAdAuth, settings=tenant.settings(), public_paths=("/healthz",))
    found = unwrapped(app)
    assert [guard.settings for guard in found.guards] == [tenant.settings()]
    assert found.application is app


def test_without_the_sdk_it_says_what_to_install():
    """Where the MCP SDK is not installed, the ImportError has the command."""
    code = "import sys; sys.modules['mcp'] = None; import azuread_auth.mcp"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert child.returncode == 1
    assert child.stderr.splitlines()[-1] == (
        'ImportError: azuread_auth.mcp needs the MCP SDK, which is not installed: pip install "azuread-auth[mcp]"'
    )
