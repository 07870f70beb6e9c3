"""A program: serves one of the applications with uvicorn, one worker, on a socket that it is given.

python serve.py KIND FD; what others are told of the tenant is in $BENCH_TRUST, ours finds AZURE_... in the environment.
"""

import json
import os
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable

    from apps import Asgi
    from peers import Trust
    from starlette.applications import Starlette

# Each kind imports what it needs and no more: the time that a process takes to start is measured too.
# ruff: noqa: PLC0415


def _bare_starlette() -> "Starlette":
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def report(_request: Request) -> JSONResponse:
        return JSONResponse({"id": 1, "name": "report", "tags": ["draft", "finance"]})

    return Starlette(routes=[Route("/reports/1", report)])


def _starlette() -> "Starlette":
    from azuread_auth.asgi import AzureAdAuth

    app = _bare_starlette()
    app.add_middleware(AzureAdAuth)
    return app


def _floor() -> "Starlette":
    from floors import LookUpMiddleware

    app = _bare_starlette()
    app.add_middleware(LookUpMiddleware)
    return app


def _bare_fastapi() -> "Starlette":
    from apps import fastapi_app

    return fastapi_app()


def _fastapi() -> "Starlette":
    from azuread_auth.asgi import AzureAdAuth

    app = _bare_fastapi()
    app.add_middleware(AzureAdAuth)
    return app


def _pyjwt() -> "Asgi":
    from peers import pyjwt_app

    return pyjwt_app(_trust())


def _fastapi_azure_auth() -> "Asgi":
    from peers import fastapi_azure_auth_app

    return fastapi_azure_auth_app(_trust())


def _trust() -> "Trust":
    from peers import Trust

    return Trust(**json.loads(os.environ["BENCH_TRUST"]))


def _outage() -> "Asgi":
    from ageing import ageing_starlette

    return ageing_starlette()


def _outage_fastapi_azure_auth() -> "Asgi":
    from ageing import ageing_fastapi_azure_auth

    return ageing_fastapi_azure_auth(_trust())


_KINDS: "dict[str, Callable[[], Asgi]]" = {
    "bare-starlette": _bare_starlette,
    "starlette": _starlette,
    "floor": _floor,
    "pyjwt": _pyjwt,
    "bare-fastapi": _bare_fastapi,
    "fastapi": _fastapi,
    "fastapi-azure-auth": _fastapi_azure_auth,
    "outage": _outage,
    "outage-fastapi-azure-auth": _outage_fastapi_azure_auth,
}


def main() -> None:
    # The environment of the tests has trio, which the HTTP client loads where it finds it. An application has none.
    sys.modules["trio"] = None  # type: ignore[assignment]
    kind, descriptor = sys.argv[1:]
    listening = socket.socket(fileno=int(descriptor))
    config = uvicorn.Config(_KINDS[kind](), access_log=False, log_level="critical")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
