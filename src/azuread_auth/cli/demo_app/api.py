"""The API that is protected: what an application of your own would look like."""

from typing import Annotated, Final

import httpx2
from fastapi import Depends, FastAPI

from azuread_auth.cli.demo_app.mailbox import fetch_mail
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.fastapi import azuread_client, require, require_scope
from azuread_auth.principal import Principal
from azuread_auth.requirements import AppRole

__all__ = ["FILES", "add_routes"]

FILES: Final = ("budget.xlsx", "holiday.jpg", "plan.docx")

Reader = Annotated[Principal, Depends(require_scope("Files.Read"))]
Writer = Annotated[Principal, Depends(require_scope("Files.Write"))]
BackupJob = Annotated[Principal, Depends(require(AppRole("Files.Read.All")))]
Azure = Annotated[AsyncAzureAdClient, Depends(azuread_client)]


def add_routes(app: FastAPI, http: httpx2.AsyncClient) -> None:
    """Four routes, each with the permission that it wants; the last one calls another API."""

    @app.get("/files")
    async def files(user: Reader) -> dict[str, object]:
        return {"for": user.display_name, "files": FILES}

    @app.delete("/files/{name}")
    async def delete(name: str, user: Writer) -> dict[str, object]:
        return {"for": user.display_name, "deleted": name}

    @app.get("/backup")
    async def backup(caller: BackupJob) -> dict[str, object]:
        return {"for": f"application {caller.client_id}", "files": len(FILES)}

    @app.get("/inbox")
    async def inbox(user: Reader, azure: Azure) -> dict[str, object]:
        return await fetch_mail(http, azure, user)
