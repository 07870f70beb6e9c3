"""A FastAPI application that gets tokens for the next API, by hand and by a dependency."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from azuread_auth import AccessToken, Principal
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import require_user, user_token

READ, WRITE = "api://orders/Orders.Read", "api://orders/Orders.Write"

app = FastAPI()
app.add_middleware(AzureAdAuth)


@app.get("/by-hand")
async def by_hand(request: Request, user: Annotated[Principal, Depends(require_user)]):
    """By the client that the middleware has."""
    token = await request.scope["azuread_auth"].client.acquire_token_on_behalf_of(user, READ)
    return {"caller": user.object_id, "claims": token.reveal().split(".")[1]}


@app.get("/by-dependency")
async def by_dependency(
    user: Annotated[Principal, Depends(require_user)], token: Annotated[AccessToken, Depends(user_token(WRITE))]
):
    """By a dependency."""
    return {"caller": user.object_id, "claims": token.reveal().split(".")[1]}
