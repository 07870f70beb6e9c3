"""A protected FastAPI application.

uv run --all-extras python examples/fastapi_api.py          serve it, with calls to try
uv run --all-extras python examples/fastapi_api.py --check  make the calls and end
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from loopback import Call, run_asgi

from azuread_auth import AppRole, AzureAdSettings, Principal, Scope
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import DOCS_PATHS, require, require_scope, swagger_sign_in

Reader = Annotated[Principal, Depends(require_scope("Files.Read"))]
# Users by a scope they granted, and other services by an app role an administrator granted them.
ReportReader = Annotated[Principal, Depends(require(Scope("Reports.Read") | AppRole("Reports.Read.All")))]


def create_app(settings: AzureAdSettings | None = None) -> FastAPI:
    """The application; settings come from the environment unless given."""
    app = FastAPI()
    app.add_middleware(AzureAdAuth, settings=settings, public_paths=("/healthz", *DOCS_PATHS))
    swagger_sign_in(app, settings)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/files")
    async def files(user: Reader) -> dict[str, str]:
        return {"owner": user.display_name, "key": user.identity}

    @app.get("/reports")
    async def reports(caller: ReportReader) -> dict[str, str]:
        return {"kind": caller.kind}

    return app


CALLS = [
    Call("public", "/healthz", None, 200),
    Call("without a token", "/files", None, 401),
    Call("with the scope Files.Read", "/files", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/files", {"scopes": ["Mail.Send"]}, 403),
    Call("with an expired token", "/files", {"scopes": ["Files.Read"], "fault": "expired"}, 401),
    Call("as a service with an app role", "/reports", {"kind": "app", "roles": ["Reports.Read.All"]}, 200),
]

if __name__ == "__main__":
    run_asgi(create_app, CALLS)
