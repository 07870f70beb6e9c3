"""The Flask extension as applications use it, with the types it should have. Read by type checkers, not run."""

from typing import assert_type

from flask import Flask

from azuread_auth import AppRole, AzureAdClient, AzureAdSettings, Principal, Scope, WebLogin
from azuread_auth.access_token import AccessToken
from azuread_auth.flask import (
    AzureAdAuth,
    app_token,
    azuread_client,
    current_principal,
    login_required,
    require,
    require_app_role,
    require_role,
    require_scope,
    user_token,
)

settings = AzureAdSettings(
    tenant_id="11111111-2222-3333-4444-555555555555", client_id="aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
)

app = Flask(__name__)
AzureAdAuth(app)
AzureAdAuth(app, settings, public_paths=("/healthz",), optional_paths=["/"], login=WebLogin())
AzureAdAuth(app, settings, easy_auth="id_token")
assert_type(AzureAdAuth(settings=settings).init_app(app), None)

assert_type(current_principal, Principal)
assert_type(azuread_client, AzureAdClient)


@app.get("/files")
@login_required
@require_scope("Files.Read", "Files.Write")
def files() -> dict[str, str]:
    """A view keeps its type."""
    return {"owner": current_principal.display_name}


assert_type(files(), dict[str, str])


@app.get("/orders/<int:number>")
@require(Scope("Orders.Read") | AppRole("Orders.Read.All"))
async def order(number: int) -> str:
    """So does one that is async."""
    token = user_token("api://orders/Orders.Read", claims={"access_token": {}})
    assert_type(token, AccessToken)
    assert_type(app_token("api://orders/.default", tenant_id="contoso.com"), AccessToken)
    return str(number)


@require_role("Admin")
@require_app_role("Files.Read.All")
def admin(name: str, *, is_late: bool = False) -> str:
    """Parameters stay too."""
    return name if is_late else ""


assert_type(admin("a", is_late=True), str)
