"""A protected Quart application.

uv run --all-extras python examples/quart_api.py          serve it, with calls to try
uv run --all-extras python examples/quart_api.py --check  make the calls and end
"""

from collections.abc import Mapping
from typing import Any

from loopback import Call, run_asgi
from quart import Quart, request
from quart.typing import ResponseReturnValue

from azuread_auth import (
    AppRole,
    AzureAdError,
    AzureAdSettings,
    IsApp,
    IsUser,
    PermissionDenied,
    Principal,
    Requirement,
    Role,
    Scope,
)
from azuread_auth.asgi import AzureAdAuth, RequestAuth, refusal


def auth() -> RequestAuth:
    """What the middleware found out about the present request."""
    scope: Mapping[str, Any] = {**request.scope}
    found: RequestAuth = scope["azuread_auth"]
    return found


def caller(requirement: Requirement) -> Principal:
    """Who calls, where they meet the requirement. A decorator would do nothing, unseen, if it stood above the route."""
    principal = auth().principal
    if principal is None:  # on an optional path: 401
        raise PermissionDenied(requirement)
    requirement.check(principal)
    return principal


async def refused(error: AzureAdError) -> ResponseReturnValue:
    """Quart would answer 500; the middleware knows the status, the challenge and the problem document."""
    return refusal(error, request.scope)


def create_app(settings: AzureAdSettings | None = None) -> Quart:
    """The application; settings come from the environment unless given."""
    app = Quart(__name__)
    protected = AzureAdAuth(app.asgi_app, settings, public_paths=("/healthz",))
    app.asgi_app = protected  # type: ignore[assignment, method-assign]  # as Quart's "Middleware" has it
    app.register_error_handler(AzureAdError, refused)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/whoami")
    async def whoami() -> dict[str, Any]:
        return {"caller": caller(IsUser() | IsApp()).display_name, "roles": auth().claims.get("roles", [])}

    @app.get("/files")
    async def files() -> dict[str, str]:
        return {"owner": caller(Scope("Files.Read")).display_name}

    @app.get("/admin")
    async def admin() -> dict[str, str]:
        return {"administrator": caller(Role("Admin")).display_name}

    @app.get("/reports")
    async def reports() -> list[str]:
        caller(AppRole("Reports.Read.All"))
        return ["one for applications that call for themselves"]

    return app


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
