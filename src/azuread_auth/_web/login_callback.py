"""The callback route: ends a sign-in and begins a session."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from azuread_auth._protocol.authorization import SignInWishes
from azuread_auth._web.answer_parameters import AnswerParameters
from azuread_auth._web.login_context import LoginContext, Place
from azuread_auth._web.login_problems import problem_for
from azuread_auth._web.login_start import LoginStart
from azuread_auth._web.pending_logins import PendingLogin
from azuread_auth._web.recent_answers import RecentAnswers
from azuread_auth._web.replies import WebReply
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import AzureAdError, InteractionRequired, LoginFailed
from azuread_auth.ports import Event
from azuread_auth.principal import Principal
from azuread_auth.sign_in import AuthorizationRequest

__all__ = ["LoginCallback"]

ReadBody = Callable[[], Awaitable[bytes]]

_RESUME: Final = "signed_in=1"
_UNKNOWN: Final = "this sign-in is not known in this browser, or took longer than ten minutes"
_USED: Final = "this sign-in was answered before; try to sign in again"


class LoginCallback:
    """Answers the callback route, once for each sign-in: a double click gets the same answer."""

    def __init__(self, context: LoginContext, start: LoginStart) -> None:
        self._context = context
        self._start = start
        self._answers = RecentAnswers(context.engine.runtime)

    async def reply(self, request: WebRequest, place: Place, read_body: ReadBody) -> WebReply:
        """A redirect into the application with its session, or a page that says why not."""
        context = self._context
        method = "POST" if context.web_login.response_mode == "form_post" else "GET"
        if request.method != method:
            return await self._other_method(request, place, method)
        try:
            parameters = await _parameters(request, read_body)
        except LoginFailed as error:
            return self._failed(error, request, place, None)
        pending = context.pending.find(parameters.get("state", ""), request.cookies, context.now())
        if pending is None or not pending.code_verifier:  # without: a consent under way, which ends elsewhere
            return await self._unknown(request, place)
        key = sha256(b"callback" + pending.state.encode("utf-8", "replace")).digest()
        reply = await self._answers.get(key, lambda: self._finish(request, place, pending, parameters))
        # A code is sent once: where nothing came of it, a reload must not send it again.
        return reply or await self._unknown(request, place, pending)

    async def _other_method(self, request: WebRequest, place: Place, method: str) -> WebReply:
        # After a cross-site POST the session cookie is not sent; the redirect that follows brings it.
        if request.method == "GET" and request.query == _RESUME:
            return await self._unknown(request, place)
        return self._context.replies.not_allowed(method)

    async def _unknown(self, request: WebRequest, place: Place, used: PendingLogin | None = None) -> WebReply:
        """The back button, a reload, or a stranger's address: never an error page for who is signed in.

        `used`: the sign-in that was answered before.
        """
        context = self._context
        cookies = context.pending.end(used.state) if used is not None else []
        found = await context.sessions.find(request.cookies, now=context.now())
        if found is not None:
            wanted = place.next_path(used.next) if used is not None else None
            return context.replies.redirect(wanted or place.path(context.web_login.after_login), cookies)
        if request.method == "POST":
            return context.replies.redirect(f"{place.path(context.web_login.callback_path)}?{_RESUME}", cookies)
        return self._failed(LoginFailed(_UNKNOWN if used is None else _USED), request, place, used)

    async def _finish(
        self, request: WebRequest, place: Place, pending: PendingLogin, parameters: AnswerParameters
    ) -> WebReply:
        context = self._context
        authorization = AuthorizationRequest(
            url="",
            state=pending.state,
            nonce=pending.nonce,
            code_verifier=pending.code_verifier,
            redirect_uri=pending.redirect_uri,
            scopes=pending.scopes,
            tenant=pending.tenant,
        )
        try:
            token = await context.engine.tokens.by_authorization_code(authorization, parameters)
            principal = token.principal
            await self._welcome(principal)
            cookies = await context.sessions.begin(
                principal, request.cookies, now=context.now(), earlier=pending.earlier_session
            )
        except InteractionRequired as error:
            if pending.is_silent:
                return self._with_a_page(request, place, pending)
            return self._failed(error, request, place, pending)
        except AzureAdError as error:
            return self._failed(error, request, place, pending)
        fields = {"tenant_id": principal.tenant_id, "object_id": principal.object_id}
        context.engine.observer.record(Event("login.completed", logging.INFO, "a user signed in", fields))
        noted = pending.attempts, pending.attempts_since
        known = context.count.recent(request.cookies, now=context.now(), noted=noted)
        counted = context.count.one_more(known, now=context.now())
        destination = place.next_path(pending.next) or place.path(context.web_login.after_login)
        return context.replies.redirect(destination, (*cookies, *context.pending.end(pending.state), counted))

    async def _welcome(self, principal: Principal) -> None:
        """Ask the application. What it raises beside LoginFailed is its own slip, and nobody gets in by it."""
        on_login = self._context.web_login.on_login
        if on_login is None:
            return
        try:
            answer = on_login(principal)
            if inspect.isawaitable(answer):
                await answer
        except BaseException:
            await self._context.engine.tokens.forget_user(principal)
            raise

    def _with_a_page(self, request: WebRequest, place: Place, pending: PendingLogin) -> WebReply:
        """Signing in without a page did not do: once with one."""
        return self._start.begin(
            request,
            place,
            next_path=pending.next,
            scopes=pending.scopes,
            wishes=SignInWishes(response_mode=self._context.web_login.response_mode),
            instead_of=pending,
        )

    def _failed(self, error: AzureAdError, request: WebRequest, place: Place, pending: PendingLogin | None) -> WebReply:
        context = self._context
        problem, retry_after = problem_for(error, place=place, web_login=context.web_login, pending=pending)
        fields: dict[str, str | int | float] = {"reason": error.code, "path": request.path}
        for name in ("error", "aadsts", "correlation_id", "trace_id"):
            if value := getattr(error, name, None):
                fields[name] = value
        message = f"a sign-in failed: {error}"
        context.engine.observer.record(Event("login.failed", logging.WARNING, message, fields))
        cookies = context.pending.end(pending.state) if pending is not None else []
        return context.replies.problem(problem, is_page=request.wants_page, cookies=cookies, retry_after=retry_after)


async def _parameters(request: WebRequest, read_body: ReadBody) -> AnswerParameters:
    """Those of the form or of the query. Raises LoginFailed."""
    text = (await read_body()).decode("ascii", "replace") if request.method == "POST" else request.query
    return AnswerParameters.read(text)
