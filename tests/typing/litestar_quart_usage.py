"""The middleware as applications of Litestar and Quart use it. Read by type checkers, not run."""

from collections.abc import Mapping
from typing import Any, assert_type

from litestar import Litestar, Request, Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from quart import Quart, has_request_context, request, websocket
from quart.typing import ResponseReturnValue

from azuread_auth import AsyncAzureAdClient, AzureAdError, Principal, Scope
from azuread_auth.asgi import AzureAdAuth, RequestAuth, refusal

OwnRequest = Request[Principal, RequestAuth, State]


def readers(connection: ASGIConnection[BaseRouteHandler, Principal, RequestAuth, State], _: BaseRouteHandler) -> None:
    """A guard."""
    Scope("Files.Read").check(assert_type(connection.user, Principal))


def refused(connection: OwnRequest, error: AzureAdError) -> Response[bytes]:
    """An exception handler of Litestar's."""
    body, status, headers = refusal(error, connection.scope)
    assert_type(headers, list[tuple[str, str]])
    return Response(assert_type(body, bytes), status_code=assert_type(status, int), headers=dict(headers))


@get("/files", guards=[readers])
async def files(request: OwnRequest) -> str:
    """A route."""
    assert_type(request.auth.principal, Principal | None)
    assert_type(request.auth.claims, Mapping[str, object])
    assert_type(request.auth.client, AsyncAzureAdClient)
    return request.user.display_name


litestar = AzureAdAuth(Litestar([files], exception_handlers={AzureAdError: refused}), public_paths=("/healthz",))

quart = Quart(__name__)
protected = AzureAdAuth(quart.asgi_app)
quart.asgi_app = protected  # type: ignore[assignment, method-assign]  # as Quart's "Middleware" has it


def caller() -> Principal | None:
    """Who calls a view of Quart's."""
    scope: Mapping[str, Any] = {**request.scope}
    auth: RequestAuth = scope["azuread_auth"]
    return auth.principal


@quart.errorhandler(AzureAdError)
async def refused_by_quart(error: AzureAdError) -> ResponseReturnValue:
    """An error handler of Quart's."""
    return refusal(error, request.scope if has_request_context() else websocket.scope)
