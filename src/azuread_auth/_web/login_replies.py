"""The answers of the sign-in routes: redirects, pages, and JSON for scripts. None of them may be kept by a cache."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from azuread_auth._web.pages.consent_needed import consent_needed_page
from azuread_auth._web.pages.frame import PAGE_HEADERS
from azuread_auth._web.pages.login_error import login_error_page
from azuread_auth._web.problem import Problem
from azuread_auth._web.replies import ProblemRenderer, WebReply
from azuread_auth.web_login import LoginProblem

__all__ = ["LoginReplies"]

Headers = Sequence[tuple[str, str]]

_PRIVATE: Final = (
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
)
_NO_POLICY: Final = tuple((name, value) for name, value in PAGE_HEADERS if name != "content-security-policy")
# What an application's own page loads and runs is its own business.
_OWN_PAGE: Final = (*_NO_POLICY, ("content-security-policy", "frame-ancestors 'none'"))
# The provider frames this one (OpenID Connect Front-Channel Logout 1.0, 3); there is nothing on it to be clicked.
_FRAMED: Final = (*_NO_POLICY, ("content-security-policy", "default-src 'none'"))
_EMPTYING: Final = ("clear-site-data", '"cache"')
_FRAMED_PAGE: Final = b'<!doctype html>\n<html lang="en"><title>Signed out</title></html>\n'


class LoginReplies:
    """Words the answers.

    `error_page` is the application's own page for errors, or None for ours; `render_problem` its own document.
    """

    def __init__(
        self, *, error_page: Callable[[LoginProblem], str | None] | None, render_problem: ProblemRenderer | None = None
    ) -> None:
        self._error_page = error_page
        self._render_problem = render_problem

    def redirect(self, location: str, cookies: Sequence[str] = ()) -> WebReply:
        """303: go there with GET, whatever this was (RFC 9700 4.12)."""
        return _reply(303, (*_PRIVATE, ("location", location)), b"", cookies)

    def page(self, page: str, headers: Headers = PAGE_HEADERS) -> WebReply:
        """A page of ours."""
        return _reply(200, headers, page.encode())

    def problem(
        self,
        problem: LoginProblem,
        *,
        is_page: bool,
        cookies: Sequence[str] = (),
        retry_after: float | None = None,
        admin_consent_url: str | None = None,
    ) -> WebReply:
        """The answer to an error: a page for a person, a problem document for whatever else asks."""
        if is_page:
            page, headers = self._page(problem, admin_consent_url)
        else:
            page, headers = self._document(problem)
        if retry_after is not None:
            headers = (*headers, ("retry-after", str(max(1, math.ceil(retry_after)))))
        return _reply(problem.status, headers, page, cookies)

    def _page(self, problem: LoginProblem, admin_consent_url: str | None) -> tuple[bytes, Headers]:
        """The application's own page, which it lets do what it likes, or ours."""
        own = self._error_page(problem) if self._error_page is not None else None
        if own is not None:
            return own.encode(), _OWN_PAGE
        if problem.scopes:
            return consent_needed_page(problem, admin_consent_url=admin_consent_url).encode(), PAGE_HEADERS
        return login_error_page(problem).encode(), PAGE_HEADERS

    def _document(self, problem: LoginProblem) -> tuple[bytes, Headers]:
        shown = Problem(status=problem.status, title=HTTPStatus(problem.status).phrase, detail=problem.detail)
        render = self._render_problem
        content_type, body = ("application/problem+json", shown.as_json()) if render is None else render(shown)
        return body, (("content-type", content_type), *_PRIVATE)

    def document(self, document: Mapping[str, object], *, status: int = 200, cookies: Sequence[str] = ()) -> WebReply:
        """JSON."""
        content_type = "application/json" if status < 400 else "application/problem+json"
        return _reply(status, (("content-type", content_type), *_PRIVATE), json.dumps(document).encode(), cookies)

    def framed(self) -> WebReply:
        """An empty page that the provider shows in a frame."""
        return _reply(200, _FRAMED, _FRAMED_PAGE)

    def emptying_memory(self, reply: WebReply) -> WebReply:
        """The same, after which the browser has none of this origin's pages in memory for a step back.

        Chromium keeps pages that are `no-store` too, and drops them for a changed cookie only at times. Browsers heed
        this over https and on the machine itself alone.
        """
        return replace(reply, headers=(*reply.headers, _EMPTYING))

    def not_allowed(self, *methods: str) -> WebReply:
        """405 for another method."""
        return _reply(405, (*_PRIVATE, ("allow", ", ".join(methods))), b"")


def _reply(status: int, headers: Headers, body: bytes, cookies: Sequence[str] = ()) -> WebReply:
    all_headers = [*headers, ("content-length", str(len(body))), *(("set-cookie", cookie) for cookie in cookies)]
    return WebReply(status, tuple(all_headers), body)
