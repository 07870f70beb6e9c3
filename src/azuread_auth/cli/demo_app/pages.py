"""The pages behind the sign-in: what a web application of your own would look like."""

from collections.abc import Mapping
from typing import Annotated

import httpx2
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse, Response

from azuread_auth.cli.demo_app import markup
from azuread_auth.cli.demo_app.journal import Journal
from azuread_auth.cli.demo_app.mailbox import fetch_mail
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.fastapi import azuread_client, require_user
from azuread_auth.principal import Principal
from azuread_auth.requirements import AuthContext, Role

__all__ = ["Pages"]

_FEW, _MANY = 5, 50  # lines of the log

User = Annotated[Principal, Depends(require_user)]
Azure = Annotated[AsyncAzureAdClient, Depends(azuread_client)]


class Pages:
    """Four pages. `tenants` are names by GUID; `headers` go with each page."""

    def __init__(
        self,
        *,
        http: httpx2.AsyncClient,
        journal: Journal,
        tenants: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> None:
        self._http = http
        self._journal = journal
        self._tenants = tenants
        self._headers = headers

    def add_to(self, app: FastAPI) -> None:
        """Add the routes. Who has no session is sent to sign in, and comes back to where that was."""

        @app.get("/profile")
        async def profile(user: User) -> Response:
            return self._page("/profile", "Profile", markup.facts(self._profile(user)), user=user)

        @app.get("/mail")
        async def mail(user: User, azure: Azure) -> Response:
            return self._mail(user, await fetch_mail(self._http, azure, user))

        @app.get("/payslip")
        async def payslip(user: User) -> Response:
            AuthContext("c1").check(user)
            return self._payslip(user)

        @app.get("/admin")
        async def admin(user: User) -> Response:
            Role("Admin").check(user)
            return self._admin(user)

    def tenant_name(self, user: Principal | None) -> str:
        """What the user's tenant is called; nothing for nobody."""
        return "" if user is None else self._tenants.get(user.tenant_id, user.tenant_id)

    def _profile(self, user: Principal) -> dict[str, str]:
        return {
            "Name": user.display_name,
            "User name": user.username or "none",
            "E-mail": user.email or "none",
            "Tenant": f"{self.tenant_name(user)}, {user.tenant_id}",
            "Object id": user.object_id,
            "Guest": "yes" if user.is_guest else "no",
            "Roles": ", ".join(sorted(user.roles)) or "none",
            "Groups": _groups(user),
            "Signed in by": user.auth_method,
            "Session ends": f"{markup.moment(user.expires_at)}, and later with each visit, but never after 8 hours",
        }

    def _mail(self, user: Principal, mail: Mapping[str, object]) -> Response:
        messages, scopes = mail["messages"], mail["scopes"]
        seen = {
            "Messages of": str(mail["for"]),
            "Its own audience": str(mail["audience"]),
            "Scopes": _joined(scopes),
            "Called by application": str(mail["called_by"]),
        }
        about = "Another API was asked for these, with an access token of yours that is good there alone."
        return self._page(
            "/mail",
            "Mail",
            markup.paragraph(about),
            markup.items(map(str, messages if isinstance(messages, list) else ())),
            "<h2>What that API saw</h2>",
            markup.facts(seen),
            user=user,
        )

    def _payslip(self, user: Principal) -> Response:
        return self._page(
            "/payslip",
            "Payslip",
            markup.paragraph("You have confirmed that it is you.", "granted"),
            markup.paragraph(
                "This page wants the authentication context c1. Whoever comes without it is sent through a stronger "
                "sign-in, and back here. The rest of the application asks for no more than before."
            ),
            markup.facts({"Authentication contexts": _joined(user.claims.get("acrs")), "Salary": "four thousand"}),
            user=user,
        )

    def _admin(self, user: Principal) -> Response:
        about = markup.paragraph("For those with the app role Admin: what happened last, the newest first.")
        return self._page("/admin", "Administration", about, user=user, lines=_MANY)

    def _page(self, path: str, title: str, *content: str, user: Principal, lines: int = _FEW) -> Response:
        log = markup.log(self._journal.latest(lines))
        text = markup.page(path, title, *content, log, user=user, tenant=self.tenant_name(user))
        return HTMLResponse(text, headers=dict(self._headers))


def _groups(user: Principal) -> str:
    if user.groups_overage:
        return "more than a token lists"
    return ", ".join(sorted(user.groups)) or "none"


def _joined(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
