"""A protected MCP server: tools with scopes of their own, and a call to another API in the user's name.

uv run --all-extras python examples/mcp_server.py          serve it, for a client such as MCP Inspector
uv run --all-extras python examples/mcp_server.py --check  sign in with the SDK's client, call the tools, and end
"""

import asyncio
import os
import sys
from collections.abc import Mapping

import httpx2
from loopback import HOST, Call, asgi_server, check_calls, wait_for_ctrl_c
from mcp.server.mcpserver import Context, MCPServer
from mcp_loopback import REDIRECT, Person, call_tools, free_port
from sign_in_loopback import options, simulated_surroundings
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware

from azuread_auth import AzureAdSettings, ResourceMetadata
from azuread_auth.mcp import AzureAdAuth, client, principal, require_scope


def create_server(environ: Mapping[str, str]) -> MCPServer:
    """The tools. What each needs stands above it, and is asked for when it is missing."""
    server = MCPServer("orders", log_level="WARNING")

    @server.tool()
    async def whoami(ctx: Context) -> str:
        """Tell who calls."""
        return principal(ctx).display_name

    @server.tool()
    @require_scope("Orders.Read")
    async def orders(ctx: Context) -> list[str]:
        """List the orders of the user."""
        token = await client(ctx).acquire_token_on_behalf_of(principal(ctx), environ["ORDERS_SCOPE"])
        async with httpx2.AsyncClient() as http:
            answer = await http.get(environ["ORDERS_URL"], headers={"Authorization": f"Bearer {token.reveal()}"})
        found: list[str] = answer.raise_for_status().json()
        return found

    @server.tool()
    @require_scope("Orders.Write")
    def order(book: str) -> str:
        """Order a book."""
        return f"ordered {book}"

    return server


def create_app(environ: Mapping[str, str] = os.environ) -> Starlette:
    """The server over HTTP. MCP_RESOURCE is the address that clients use; other settings come from the environment."""
    app = create_server(environ).streamable_http_app(json_response=True)
    app.add_middleware(
        AzureAdAuth,
        settings=AzureAdSettings.from_env(environ),
        # Just what everybody needs: the rest is asked for by the tool that needs it.
        resource_metadata=ResourceMetadata(resource=environ["MCP_RESOURCE"], scopes=["Orders.Read"], name="Orders"),
    )
    app.add_middleware(  # outside, for clients in browsers: preflights and refusals have its headers, too
        CORSMiddleware,
        allow_origins=["http://localhost:6274"],  # MCP Inspector
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Mcp-Session-Id", "MCP-Protocol-Version"],
        expose_headers=["WWW-Authenticate", "Mcp-Session-Id"],
    )
    return app


CALLS = [
    Call("resource metadata, for everybody", "/.well-known/oauth-protected-resource/mcp", None, 200),
    Call("without a token", "/mcp", None, 401),
]


def main() -> None:
    """Serve until Ctrl-C; with --check sign in, call and end."""
    chosen = options()
    with simulated_surroundings() as (tenant, environ):
        client_id = tenant.register_app(public=True, redirect_uris=[REDIRECT]).client_id
        port = free_port(chosen.port)
        app = create_app({**environ, "MCP_RESOURCE": f"http://{HOST}:{port}/mcp"})
        with asgi_server(app, port) as origin:
            if chosen.is_check:
                is_right = check_calls(origin, tenant, CALLS)
                is_right = asyncio.run(call_tools(f"{origin}/mcp", Person(tenant, client_id, "adele"))) and is_right
                sys.exit(0 if is_right else 1)
            print(f"Serving on {origin}/mcp, and a simulated tenant on {tenant.authority_host}. Ctrl-C ends both.")
            print(f"Client id: {client_id}", flush=True)
            wait_for_ctrl_c()


if __name__ == "__main__":
    main()
