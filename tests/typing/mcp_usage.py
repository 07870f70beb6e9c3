"""MCP servers and resource metadata as applications use them, with the types they should have. Read, not run."""

from typing import assert_type

from mcp.server.mcpserver import Context, MCPServer

from azuread_auth import AppRole, AsyncAzureAdClient, AzureAdSettings, Principal, ResourceMetadata, Scope, WebLogin
from azuread_auth.access_token import AccessToken
from azuread_auth.asgi import AzureAdAuth as AsgiAuth
from azuread_auth.mcp import AzureAdAuth, client, principal, require, require_app_role, require_role, require_scope
from azuread_auth.wsgi import AzureAdAuth as WsgiAuth

settings = AzureAdSettings(
    tenant_id="11111111-2222-3333-4444-555555555555", client_id="aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
)
metadata = ResourceMetadata(resource="https://mcp.example.com/mcp")
ResourceMetadata(
    resource="https://mcp.example.com/mcp",
    scopes=["Orders.Read"],
    metadata_url="https://mcp.example.com/.well-known/oauth-protected-resource",
    name="Orders",
    authorization_servers=("https://login.example.com",),
)
assert_type(metadata.resource, str)
assert_type(metadata.document_url, str)
assert_type(metadata.routes, frozenset[str])

server = MCPServer("orders")


@server.tool()
@require_scope("Orders.Read", "Orders.Write")
async def orders(customer: str, ctx: Context) -> str:
    """A tool keeps its type."""
    assert_type(principal(ctx), Principal)
    assert_type(client(ctx), AsyncAzureAdClient)
    token = await client(ctx).acquire_token_on_behalf_of(principal(ctx), "api://orders/Orders.Read")
    assert_type(token, AccessToken)
    return customer


@require(Scope("Orders.Read") | AppRole("Orders.Read.All"))
def count(customer: str, *, is_late: bool = False) -> int:
    """So does one that is not async."""
    return len(customer) if is_late else 0


@require_role("Admin")
@require_app_role("Orders.Read.All")
async def low_level(ctx: Context) -> None:
    """Decorators can be combined."""
    assert_type(principal(ctx.request_context), Principal)


assert_type(count("Contoso", is_late=True), int)

app = server.streamable_http_app()
app.add_middleware(AzureAdAuth, settings=settings, resource_metadata=metadata, public_paths=("/healthz",))
AzureAdAuth(app, settings, resource_metadata=metadata, login=WebLogin())
AsgiAuth(app, settings, resource_metadata=metadata)
WsgiAuth(lambda _environ, _start: [], settings, resource_metadata=metadata)
