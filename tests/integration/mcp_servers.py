"""An MCP server of the Python SDK behind the middleware, on a loopback port, and clients of the same SDK."""

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from socket import create_server
from typing import Any

import httpx2
import uvicorn
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from azuread_auth import ClaimsChallenge, ProviderUnavailable, ResourceMetadata, Scope
from azuread_auth.mcp import AzureAdAuth, client, principal, require, require_app_role, require_role, require_scope
from azuread_auth.requirements import IsUser
from azuread_auth.simulation import SimulatedTenant

REDIRECT = "http://localhost/callback"
DOWNSTREAM = "11111111-aaaa-4bbb-8ccc-222222222222"


async def whoami(ctx: Context) -> str:
    """Who calls."""
    return principal(ctx).display_name


@require_scope("Orders.Read")
async def read_orders(customer: str, ctx: Context) -> str:
    """The orders of a customer."""
    return f"orders of {customer} for {principal(ctx).username}"


@require_scope("Orders.Write")
def write_order(book: str) -> str:
    """Order a book."""
    return f"ordered {book}"


async def write_by_hand(ctx: Context) -> str:
    """Judged inside, without a decorator."""
    Scope("Orders.Write").check(principal(ctx))
    return "written"


@require(IsUser())
async def write_inside(ctx: Context) -> str:
    """Judged inside, under a decorator."""
    return await write_by_hand(ctx)


@require(IsUser())
async def downstream(ctx: Context) -> str:
    """The scopes of a token for another API."""
    token = await client(ctx).acquire_token_on_behalf_of(principal(ctx), f"api://{DOWNSTREAM}/Stock.Read")
    return " ".join(sorted(token.scopes))


@require(IsUser())
async def step_up() -> str:
    """Needs a stronger sign-in."""
    raise ClaimsChallenge(acrs="c1")


@require(IsUser())
async def busy() -> str:
    """Needs what cannot be had at the moment."""
    message = "the stock is closed"
    raise ProviderUnavailable(message, retry_after=7)


@require_role("Admin")
async def for_admins() -> str:
    """For administrators."""
    return "administrator"


@require_app_role("Orders.Read.All")
async def for_apps() -> str:
    """For applications."""
    return "application"


async def sdk_token() -> dict[str, Any]:
    """The SDK's view of the caller's token."""
    token = get_access_token()
    return {"shown": repr(token), "client": token.client_id, "subject": token.subject, "scopes": token.scopes}


@require_scope("Orders.Write")
def all_orders() -> str:
    """A resource."""
    return "all"


TOOLS = [
    whoami,
    read_orders,
    write_order,
    write_by_hand,
    write_inside,
    downstream,
    step_up,
    busy,
    for_admins,
    for_apps,
    sdk_token,
]


def orders_server() -> MCPServer:
    """Tools for each way of asking for a permission."""
    server = MCPServer("orders")
    for tool in TOOLS:
        server.add_tool(tool)
    server.resource("orders://all")(all_orders)
    return server


@dataclass
class Site:
    """The server, where it is, and the tenant it trusts."""

    tenant: SimulatedTenant
    url: str
    client_id: str

    @property
    def origin(self) -> str:
        return self.url.removesuffix("/mcp")


@contextmanager
def serving(tenant: SimulatedTenant, *, json_response: bool = False, scopes: tuple[str, ...] = ()) -> Iterator[Site]:
    """Serve inside the block."""
    tenant.serve()
    tenant.register_app(DOWNSTREAM)
    client_id = tenant.register_app(public=True, redirect_uris=[REDIRECT]).client_id
    with create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        app = orders_server().streamable_http_app(json_response=json_response)
        app.add_middleware(
            AzureAdAuth, settings=tenant.settings(), resource_metadata=ResourceMetadata(resource=url, scopes=scopes)
        )
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield Site(tenant, url, client_id)
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Person:
    """Somebody with an MCP client: keeps its tokens, and signs in when the client opens the browser."""

    site: Site
    user: str = "adele"
    tokens: OAuthToken | None = None
    opened: list[str] = field(default_factory=list)
    answer: dict[str, str] = field(default_factory=dict)

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        # Entra registers no clients by itself: the id is what an administrator has registered.
        return OAuthClientInformationFull(
            client_id=self.site.client_id, redirect_uris=[AnyUrl(REDIRECT)], token_endpoint_auth_method="none"
        )

    async def set_client_info(self, _info: OAuthClientInformationFull) -> None:
        raise AssertionError

    async def open_browser(self, url: str) -> None:
        self.opened.append(url)
        self.answer = self.site.tenant.sign_in(url, self.user)

    async def come_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=self.answer.get("code", ""), state=self.answer.get("state"))

    def provider(self) -> OAuthClientProvider:
        """The SDK's own sign-in."""
        metadata = OAuthClientMetadata(
            redirect_uris=[AnyUrl(REDIRECT)],
            grant_types=["authorization_code", "refresh_token"],
            token_endpoint_auth_method="none",
        )
        return OAuthClientProvider(self.site.url, metadata, self, self.open_browser, self.come_back)


@asynccontextmanager
async def connected(site: Site, auth: Any, *, mode: str = "auto") -> AsyncIterator[Client]:
    """A client of the SDK. `auth`: that of httpx2, or headers."""
    options = {"headers": auth} if isinstance(auth, dict) else {"auth": auth}
    async with (
        httpx2.AsyncClient(timeout=20, trust_env=False, **options) as http,
        Client(streamable_http_client(site.url, http_client=http), mode=mode) as session,
    ):
        yield session


def text_of(result: Any) -> str:
    """What a tool answered."""
    (content,) = result.content
    text: str = content.text
    return text
