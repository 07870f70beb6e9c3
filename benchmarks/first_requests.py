"""A thousand requests at once to an application that has just started and knows no keys."""

import asyncio
import time
from collections.abc import Callable

from apps import Asgi, asgi_round, starlette_app
from peers import fastapi_azure_auth_app
from table import Row, seconds_text
from tokens import Tokens

from azuread_auth.asgi import AzureAdAuth

__all__ = ["GROUP", "measure"]

GROUP = "first"
_REQUESTS = 1_000


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:  # noqa: ARG001 - there is nothing to shorten
    """How many fetches they cause, over loopback HTTP."""

    def ours() -> Asgi:
        app = starlette_app()
        app.add_middleware(AzureAdAuth, settings=tokens.tenant.settings(transport=None))
        return app

    seconds, fetches = _thousand(tokens, ours)
    other_seconds, other_fetches = _thousand(tokens, lambda: fastapi_azure_auth_app(tokens.trust))
    return [
        Row(
            group=GROUP,
            what=f"fetches for {_REQUESTS:,} concurrent first requests, each with its own token",
            ours=f"{fetches[0]} + {fetches[1]} in {seconds_text(seconds)}",
            reference="metadata 1 + keys 1",
            ratio=sum(fetches) / 2,
            direction="≤",
            target=1.0,
            others={"fastapi-azure-auth": f"{other_fetches[0]} + {other_fetches[1]} in {seconds_text(other_seconds)}"},
        )
    ]


def _thousand(tokens: Tokens, make: Callable[[], Asgi]) -> tuple[float, tuple[int, int]]:
    """Seconds until all are answered, and how often metadata and keys were asked for."""
    tenant, texts = tokens.tenant, tokens.distinct(_REQUESTS)
    before = tenant.request_count("discovery"), tenant.request_count("keys")

    async def ask_at_once() -> float:
        app = make()
        started_at = time.perf_counter()
        await asyncio.gather(*(asgi_round(app, [token]) for token in texts))
        return time.perf_counter() - started_at

    seconds = asyncio.run(ask_at_once())
    return seconds, (tenant.request_count("discovery") - before[0], tenant.request_count("keys") - before[1])
