"""A protected Starlette application.

uv run --all-extras python examples/starlette_api.py          serve it, with calls to try
uv run --all-extras python examples/starlette_api.py --check  make the calls and end
"""

from loopback import Call, run_asgi
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from azuread_auth import AzureAdSettings, Scope
from azuread_auth.asgi import AzureAdAuth


async def healthz(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def files(request: Request) -> JSONResponse:
    Scope("Files.Read").check(request.user)  # refused: the middleware answers 403 and names the scope
    return JSONResponse({"owner": request.user.display_name})


@requires("role:Admin")  # Starlette's own decorator: it answers 403 without saying what is missing
async def admin(request: Request) -> JSONResponse:
    return JSONResponse({"administrator": request.user.display_name})


def create_app(settings: AzureAdSettings | None = None) -> Starlette:
    """The application; settings come from the environment unless given."""
    return Starlette(
        routes=[Route("/healthz", healthz), Route("/files", files), Route("/admin", admin)],
        middleware=[Middleware(AzureAdAuth, settings=settings, public_paths=("/healthz",))],
    )


CALLS = [
    Call("public", "/healthz", None, 200),
    Call("without a token", "/files", None, 401),
    Call("with the scope Files.Read", "/files", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/files", {"scopes": ["Mail.Send"]}, 403),
    Call("as Megan, who has the role Admin", "/admin", {"user": "megan"}, 200),
    Call("as Adele, who has not", "/admin", {"user": "adele"}, 403),
]

if __name__ == "__main__":
    run_asgi(create_app, CALLS)
