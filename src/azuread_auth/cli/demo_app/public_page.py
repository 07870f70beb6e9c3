"""The public page, which plays the cases and tells what there is to sign in for."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from fastapi import FastAPI, HTTPException, Request, Response

from azuread_auth.cli.demo_app import markup
from azuread_auth.cli.demo_app.cases import CASES, GROUPS
from azuread_auth.cli.demo_app.pages import Pages
from azuread_auth.cli.demo_app.stage import Stage
from azuread_auth.principal import Principal

__all__ = ["PublicPage", "page_headers"]

_PAGE: Final = "index.html"
_ACCOUNT: Final = b"<!-- account -->"
_FILES: Final = {
    _PAGE: "text/html; charset=utf-8",
    "demo.css": "text/css; charset=utf-8",
    "pages.css": "text/css; charset=utf-8",
    "demo.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def page_headers(provider: str) -> dict[str, str]:
    """The headers of all pages: nothing from elsewhere, nothing inline, nothing kept.

    Signing out is a form that goes on to the provider, and Chromium holds form-action against redirects too. Without a
    referrer it would have no origin either, and be refused (Fetch 3.2, "serializing a request origin").
    """
    return {
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            f"base-uri 'none'; form-action 'self' {provider}; frame-ancestors 'none'"
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cache-control": "no-store",
    }


class PublicPage:
    """The page, its parts, and what its script asks for."""

    def __init__(self, stage: Stage, pages: Pages, *, origin: str, provider: str, headers: Mapping[str, str]) -> None:
        self._stage = stage
        self._pages = pages
        self._origin = origin
        self._provider = provider
        self._headers = headers

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""

        @app.get("/")
        async def page(request: Request) -> Response:
            user: Principal | None = request.scope["azuread_auth"].principal
            account = markup.account(user, self._pages.tenant_name(user))
            return self._file(_PAGE, account=account)

        @app.get("/demo/cases")
        async def cases() -> dict[str, object]:
            return self._cases()

        @app.post("/demo/cases/{name}")
        async def play(name: str) -> Response:
            case = CASES.get(name)
            if case is None:
                raise HTTPException(404)
            performance = await self._stage.play(case)
            return Response(performance.as_json(), media_type="application/json", headers=dict(self._headers))

        @app.get("/demo/{name}")
        async def asset(name: str) -> Response:
            return self._file(name)

    def _cases(self) -> dict[str, object]:
        return {
            "api": self._origin,
            "provider": self._provider,
            "groups": [{"name": name, "about": about} for name, about in GROUPS.items()],
            "cases": [
                {
                    "id": name,
                    "group": case.group,
                    "title": case.title,
                    "story": case.story,
                    "call": f"{case.method} {case.path}",
                    "expected_status": case.expected_status,
                }
                for name, case in CASES.items()
            ],
        }

    def _file(self, name: str, *, account: str = "") -> Response:
        content_type = _FILES.get(name)
        if content_type is None:
            raise HTTPException(404)
        content = files("azuread_auth.cli.demo_app").joinpath("page", name).read_bytes()
        content = content.replace(_ACCOUNT, account.encode())
        return Response(content, headers=dict(self._headers) | {"content-type": content_type})
