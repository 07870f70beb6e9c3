"""A FastAPI application: middleware by `add_middleware`, permissions by dependencies."""

from typing import Annotated

from fastapi import Depends, FastAPI

from azuread_auth import Principal
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import require_scope, require_user

app = FastAPI()
app.add_middleware(AzureAdAuth)


@app.get("/whoami")
async def whoami(user: Annotated[Principal, Depends(require_user)]):
    """Who calls."""
    return {"caller": user.object_id}


@app.get("/files")
async def files(user: Annotated[Principal, Depends(require_scope("Files.Read"))]):
    """For callers with a scope."""
    return {"caller": user.object_id}
