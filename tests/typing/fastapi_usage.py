"""FastAPI dependencies as applications write them, with the types they should have. Read by type checkers, not run."""

from collections.abc import Mapping
from typing import Annotated, assert_type

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response, WebSocket

from azuread_auth import (
    AsyncAzureAdClient,
    AzureAdAuth,
    AzureAdError,
    AzureAdSettings,
    PermissionDenied,
    Principal,
    Secret,
)
from azuread_auth.access_token import AccessToken
from azuread_auth.errors import InteractionRequired
from azuread_auth.fastapi import (
    DOCS_PATHS,
    AccessRefused,
    Dependency,
    RequiredCaller,
    TokenUnavailable,
    app_token,
    azuread_client,
    require,
    require_app_role,
    require_role,
    require_scope,
    require_user,
    swagger_sign_in,
    user_token,
)
from azuread_auth.requirements import AppRole, Requirement, Scope

settings = AzureAdSettings(
    tenant_id="11111111-2222-3333-4444-555555555555", client_id="aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
)

app = FastAPI()
app.add_middleware(AzureAdAuth, settings=settings, public_paths=("/healthz", *DOCS_PATHS))
assert_type(swagger_sign_in(app), None)
swagger_sign_in(app, settings, client_id="99999999-8888-7777-6666-555555555555")

assert_type(DOCS_PATHS, tuple[str, ...])
assert_type(require_scope("Files.Read", "Files.Write"), RequiredCaller)
assert_type(require_role("Admin"), RequiredCaller)
assert_type(require_app_role("Files.Read.All"), RequiredCaller)
assert_type(require(Scope("Files.Read") | AppRole("Files.Read.All")), RequiredCaller)
assert_type(user_token("User.Read", "Mail.Read"), Dependency[AccessToken])
assert_type(app_token("api://orders/.default"), Dependency[AccessToken])
assert_type(require_user, RequiredCaller)
assert_type(require_user.requirement, Requirement)

User = Annotated[Principal, Depends(require_user)]
Azure = Annotated[AsyncAzureAdClient, Depends(azuread_client)]


@app.get("/files")
async def files(user: Annotated[Principal, Depends(require_scope("Files.Read"))], azure: Azure) -> list[str]:
    """A route that takes a scope."""
    assert_type(user, Principal)
    assert_type(user.token, Secret | None)
    assert_type(azure, AsyncAzureAdClient)
    assert_type(await azure.validate_token("token"), Principal)
    return [user.display_name]


@app.get("/orders")
async def orders(
    mail: Annotated[AccessToken, Depends(user_token("https://graph.microsoft.com/Mail.Read"))],
    own: Annotated[AccessToken, Depends(app_token("api://orders/.default"))],
) -> list[str]:
    """A route that calls two other APIs."""
    assert_type(mail.token, Secret)
    return [mail.reveal(), own.reveal()]


@app.get("/me")
def me(user: User) -> dict[str, str | None]:
    """A route that runs in a thread."""
    return {"name": user.name}


@app.websocket("/events")
async def events(websocket: WebSocket, user: User) -> None:
    """A WebSocket."""
    await websocket.accept()
    await websocket.send_text(user.identity)


admin = APIRouter(prefix="/admin", dependencies=[Depends(require_role("Admin", "Owner"))])
app.include_router(admin)


@app.exception_handler(AccessRefused)
async def answer_in_house_style(_request: Request, error: AccessRefused) -> Response:
    """A handler of the application's."""
    assert_type(error.requirement, Requirement)
    assert_type(error.status_code, int)
    assert_type(error.headers, Mapping[str, str] | None)
    assert_type(error.body, bytes)
    as_denied: PermissionDenied = error
    as_http: HTTPException = error
    return Response(f"{as_denied} {as_http.detail}", error.status_code, error.headers)


@app.exception_handler(TokenUnavailable)
async def answer_without_a_token(_request: Request, error: TokenUnavailable) -> Response:
    """Another one: the error is of two kinds."""
    assert_type(error.body, bytes)
    as_ours: AzureAdError = error
    as_http: HTTPException = error
    scopes = error.scopes if isinstance(error, InteractionRequired) else ()
    return Response(f"{as_ours} {as_http.detail} {scopes}", error.status_code, error.headers)


def override(principal: Principal, token: AccessToken) -> None:
    """What a test does."""
    app.dependency_overrides[user_token("User.Read")] = lambda: token
    app.dependency_overrides[require_scope("Files.Read")] = lambda: principal
    app.dependency_overrides[require_user] = lambda: principal


async def called_by_hand(request: Request) -> None:
    """A dependency of the application's may build on one of ours."""
    assert_type(await require_user(request), Principal)
    assert_type(await azuread_client(request), AsyncAzureAdClient)
    assert_type(await user_token("User.Read")(request), AccessToken)


# What the type checkers must refuse: an ignore that is not needed is an error itself.
require_scope(["Files.Read"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
user_token(["User.Read"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
app_token(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
require("Files.Read")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
require()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
