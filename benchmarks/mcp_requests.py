"""Requests to a protected route as the MCP SDK protects it, in this process: no server, no sockets, no tool."""

import asyncio
from collections.abc import Callable

from apps import Asgi, asgi_round, starlette_app
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken
from measure import interleave, median_ratio
from peers import Trust, pyjwt_claims
from starlette.middleware.authentication import AuthenticationMiddleware
from table import Row, seconds_text, times
from tokens import SCOPE, Tokens

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.mcp import AzureAdAuth as McpAuth

__all__ = ["GROUP", "measure"]

GROUP = "mcp"
_SLOW = 40


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The row of a repeat token against the bare application and the SDK's own."""
    count, rounds = (200, 15) if is_quick else (400, 60)
    repeat = tokens.distinct(1) * count
    settings = tokens.tenant.settings()
    with asyncio.Runner() as runner:

        def rounds_of(app: Asgi, number: int = count) -> Callable[[], float]:
            return lambda: runner.run(asgi_round(app, repeat[:number]))

        found = interleave(
            {
                "bare": rounds_of(starlette_app()),
                "ours": rounds_of(McpAuth(starlette_app(), settings)),
                "any": rounds_of(AzureAdAuth(starlette_app(), settings)),
                "SDK": rounds_of(_sdk_app(tokens.trust), _SLOW),
            },
            rounds=rounds,
        )
    bare = found["bare"]
    return [
        Row(
            group=GROUP,
            what="repeat token, the middleware for MCP servers, Starlette in process",
            ours=seconds_text(found["ours"].median),
            reference=f"bare Starlette {seconds_text(bare.median)}",
            ratio=median_ratio(found["ours"], bare),
            others={
                "the middleware for any application": times(median_ratio(found["any"], bare)),
                "the SDK's bearer authentication with PyJWT": times(median_ratio(found["SDK"], bare)),
            },
        )
    ]


def _sdk_app(trust: Trust) -> Asgi:
    """As `streamable_http_app()` of the SDK puts it round its route; the verifier is left to the application."""
    claims_of = pyjwt_claims(trust)

    class Verifier:
        async def verify_token(self, token: str) -> AccessToken | None:
            claims = claims_of(token)
            if not isinstance(claims, dict):
                return None
            return AccessToken(
                token=token,
                client_id=claims["azp"],
                scopes=claims["scp"].split(),
                expires_at=claims["exp"],
                subject=claims["sub"],
                claims=claims,
            )

    inner: Asgi = RequireAuthMiddleware(starlette_app(), [SCOPE])
    return AuthenticationMiddleware(AuthContextMiddleware(inner), backend=BearerAuthBackend(Verifier()))
