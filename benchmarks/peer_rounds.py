"""Rounds of the other libraries; as a program, in a process of its own that runs a round when it is told a name.

The process exists because two releases of PyJWT cannot be in one interpreter.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence

from apps import Asgi, asgi_round, fastapi_app, starlette_app
from peers import Trust, fastapi_azure_auth_app, pyjwt_app, pyjwt_claims

__all__ = ["asgi_rounds", "check_round"]

Round = Callable[[], float]


def asgi_rounds(trust: Trust, tokens: Sequence[str], runner: asyncio.Runner) -> dict[str, Round]:
    """Seconds per request of the bare applications and of those that others protect."""

    def rounds_of(app: Asgi) -> Round:
        return lambda: runner.run(asgi_round(app, tokens))

    return {
        "Starlette": rounds_of(starlette_app()),
        "FastAPI": rounds_of(fastapi_app()),
        "PyJWT": rounds_of(pyjwt_app(trust)),
        "fastapi-azure-auth": rounds_of(fastapi_azure_auth_app(trust)),
    }


def check_round(check: Callable[[str], object], tokens: Sequence[str]) -> Round:
    """Seconds per token."""

    def one_round() -> float:
        started_at = time.process_time()
        for token in tokens:
            check(token)
        return (time.process_time() - started_at) / len(tokens)

    return one_round


def main() -> None:
    logging.disable(logging.CRITICAL)
    given = json.loads(sys.stdin.readline())
    trust, tokens = Trust(**given["trust"]), given["tokens"]
    with asyncio.Runner() as runner:
        rounds = asgi_rounds(trust, tokens, runner)
        rounds["check"] = check_round(pyjwt_claims(trust), tokens)
        for name in sys.stdin:
            sys.stdout.write(f"{rounds[name.strip()]()}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
