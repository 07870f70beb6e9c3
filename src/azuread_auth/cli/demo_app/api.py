"""The API that is protected: what an application of your own would look like."""

from typing import Annotated

from fastapi import Depends, FastAPI

from azuread_auth.fastapi import require, require_scope
from azuread_auth.principal import Principal
from azuread_auth.requirements import AppRole

__all__ = ["add_routes"]

_FILES = ("budget.xlsx", "holiday.jpg", "plan.docx")


def add_routes(app: FastAPI) -> None:
    """Three routes, each with the permission that it wants."""

    @app.get("/files")
    async def files(user: Annotated[Principal, Depends(require_scope("Files.Read"))]) -> dict[str, object]:
        return {"for": user.display_name, "files": _FILES}

    @app.delete("/files/{name}")
    async def delete(name: str, user: Annotated[Principal, Depends(require_scope("Files.Write"))]) -> dict[str, object]:
        return {"for": user.display_name, "deleted": name}

    @app.get("/backup")
    async def backup(
        caller: Annotated[Principal, Depends(require(AppRole("Files.Read.All")))],
    ) -> dict[str, object]:
        return {"for": f"application {caller.client_id}", "files": len(_FILES)}
