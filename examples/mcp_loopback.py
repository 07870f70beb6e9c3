"""What mcp_server.py does for --check: somebody with the client of the MCP SDK, who signs in when asked to."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from loopback import HOST
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from azuread_auth.simulation import SimulatedTenant

__all__ = ["REDIRECT", "Person", "call_tools", "free_port"]

REDIRECT = "http://localhost/callback"


@dataclass
class Person:
    """Somebody at an MCP client: what the client keeps, and what happens in the browser that it opens."""

    tenant: SimulatedTenant
    client_id: str
    user: str
    tokens: OAuthToken | None = None
    callback: Mapping[str, str] = field(default_factory=dict)

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull:
        # Entra lets no client register itself: this one was, by an administrator.
        return OAuthClientInformationFull(
            client_id=self.client_id, redirect_uris=[AnyUrl(REDIRECT)], token_endpoint_auth_method="none"
        )

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Nothing new is known about it."""

    async def open_browser(self, url: str) -> None:
        print(f"     {self.user} signs in for {httpx2.URL(url).params['scope']}")
        self.callback = self.tenant.sign_in(url, self.user)

    async def come_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=self.callback["code"], state=self.callback["state"])


async def call_tools(url: str, person: Person) -> bool:
    """Call each tool with the SDK's client, print what comes back, and say whether it was right."""
    metadata = OAuthClientMetadata(redirect_uris=[AnyUrl(REDIRECT)], token_endpoint_auth_method="none")
    auth = OAuthClientProvider(url, metadata, person, person.open_browser, person.come_back)
    calls: list[tuple[str, dict[str, Any], str]] = [
        ("whoami", {}, "Adele Vance"),
        ("orders", {}, "A book for Adele Vance"),
        ("order", {"book": "Emma"}, "ordered Emma"),
    ]
    is_right = True
    async with (
        httpx2.AsyncClient(auth=auth, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http)) as session,
    ):
        for tool, arguments, text in calls:
            answer = await session.call_tool(tool, arguments)
            told = " ".join(getattr(each, "text", "") for each in answer.content)
            print(f"tool {tool}, as {person.user}: {told}")
            is_right = is_right and text in told and not answer.is_error
    return is_right


def free_port(wanted: int) -> int:
    """The port, or any other when it is taken or 0: the server has to know its address before it starts."""
    try:
        listener = socket.create_server((HOST, wanted))
    except OSError:
        listener = socket.create_server((HOST, 0))
    with listener:
        port: int = listener.getsockname()[1]
    return port
