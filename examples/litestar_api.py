"""A protected Litestar application.

uv run --all-extras python examples/litestar_api.py          serve it, with calls to try
uv run --all-extras python examples/litestar_api.py --check  make the calls and end
"""

from collections.abc import Callable
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from loopback import Call, run_asgi

from azuread_auth import AppRole, AzureAdError, AzureAdSettings, PermissionDenied, Principal, Requirement, Role, Scope
from azuread_auth.asgi import AzureAdAuth, RequestAuth, refusal

Connection = ASGIConnection[BaseRouteHandler, Principal, RequestAuth, State]
OwnRequest = Request[Principal, RequestAuth, State]


def needs(requirement: Requirement) -> Callable[[Connection, BaseRouteHandler], None]:
    """A guard, for a route, a controller, a router or the whole application."""

    def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        caller = connection.auth.principal
        if caller is None:  # on an optional path: 401
            raise PermissionDenied(requirement)
        requirement.check(caller)

    return guard


def refused(request: OwnRequest, error: AzureAdError) -> Response[bytes]:
    """Litestar would answer 500; the middleware knows the status, the challenge and the problem document."""
    body, status, headers = refusal(error, request.scope)
    return Response(body, status_code=status, headers=dict(headers))


@get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@get("/whoami")
async def whoami(request: OwnRequest) -> dict[str, Any]:
    return {"caller": request.user.display_name, "roles": request.auth.claims.get("roles", [])}


@get("/files", guards=[needs(Scope("Files.Read"))])
async def files(request: OwnRequest) -> dict[str, str]:
    return {"owner": request.user.display_name}


@get("/admin", guards=[needs(Role("Admin"))])
async def admin(request: OwnRequest) -> dict[str, str]:
    return {"administrator": request.user.display_name}


@get("/reports", guards=[needs(AppRole("Reports.Read.All"))])
async def reports() -> list[str]:
    return ["one for applications that call for themselves"]


def create_app(settings: AzureAdSettings | None = None) -> AzureAdAuth:
    """The application; settings come from the environment unless given."""
    app = Litestar([healthz, whoami, files, admin, reports], exception_handlers={AzureAdError: refused})
    return AzureAdAuth(app, settings, public_paths=("/healthz",))


CALLS = [
    Call("public", "/healthz", None, 200),
    Call("without a token", "/whoami", None, 401),
    Call("with any token, and claims of it", "/whoami", {"user": "megan"}, 200),
    Call("with the scope Files.Read", "/files", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/files", {"scopes": ["Mail.Send"]}, 403),
    Call("as Megan, who has the role Admin", "/admin", {"user": "megan"}, 200),
    Call("as Adele, who has not", "/admin", {"user": "adele"}, 403),
    Call("as an application with a role", "/reports", {"kind": "app", "roles": ["Reports.Read.All"]}, 200),
    Call("as a user with a role of that name", "/reports", {"roles": ["Reports.Read.All"]}, 403),
]

if __name__ == "__main__":
    run_asgi(create_app, CALLS)
