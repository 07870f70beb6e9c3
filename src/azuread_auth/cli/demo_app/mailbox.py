"""Another team's API, which the sample application calls for its users: it knows them by access tokens alone."""

from typing import Annotated, Final

import httpx2
from fastapi import Depends, FastAPI, HTTPException

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.fastapi import require_scope
from azuread_auth.principal import Principal

__all__ = ["MAILBOX_ID", "MAILBOX_PATH", "MAIL_READ", "build_mailbox", "fetch_mail"]

MAILBOX_ID: Final = "3d5f7a9b-1c2e-4f60-8a7b-9c0d1e2f3a4b"
"""Its app registration: tokens for the sample application are no good here, and the other way round."""
MAILBOX_PATH: Final = "/mailbox"
MAIL_READ: Final = f"api://{MAILBOX_ID}/Mail.Read"
_SUBJECTS: Final = ("Welcome on board", "Lunch on Thursday?", "Your parcel has arrived")

Reader = Annotated[Principal, Depends(require_scope("Mail.Read"))]


def build_mailbox(client: AsyncAzureAdClient) -> FastAPI:
    """The API, to be mounted at MAILBOX_PATH: a middleware of its own judges who calls."""
    app = FastAPI(title="Mailbox", openapi_url=None)
    app.add_middleware(AzureAdAuth, client=client)

    @app.get("/messages")
    async def messages(user: Reader) -> dict[str, object]:
        return {
            "for": user.display_name,
            "messages": _SUBJECTS,
            "audience": user.claims.get("aud"),
            "scopes": sorted(user.scopes),
            "called_by": user.client_id,
        }

    return app


async def fetch_mail(http: httpx2.AsyncClient, azure: AsyncAzureAdClient, user: Principal) -> dict[str, object]:
    """The user's messages, with a token of the user: for a session by its refresh token, for a bearer on behalf of.

    Raises InteractionRequired where the user has to do something first; the middleware answers it.
    """
    answer = await http.get(f"{MAILBOX_PATH}/messages", auth=azure.auth_for_user(user, MAIL_READ))
    if not answer.is_success:
        raise HTTPException(502, "the mailbox did not hand out the messages")
    mail: dict[str, object] = answer.json()
    return mail
