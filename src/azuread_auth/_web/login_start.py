"""The login route: begins a sign-in and sends the browser to the provider."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from azuread_auth._protocol.authorization import SignInWishes
from azuread_auth._protocol.claims_request import claims_text
from azuread_auth._web.answer_parameters import AnswerParameters
from azuread_auth._web.login_context import LoginContext, Place
from azuread_auth._web.pending_logins import PendingLogin
from azuread_auth._web.replies import WebReply
from azuread_auth._web.sign_in_address import SignInAddress
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import AzureAdError, ConfigurationError, LoginFailed
from azuread_auth.ports import Event
from azuread_auth.sign_in import AuthorizationRequest
from azuread_auth.web_login import LoginProblem

__all__ = ["LoginStart"]

_MAX_HINT: Final = 256
_MAX_LINK_CHARACTERS: Final = 2_000  # pages cut what is longer
_LOOP: Final = LoginProblem(
    status=400,
    title="Signing in does not help",
    detail=(
        "this browser has signed in several times within a minute and was sent here again; wait a minute, allow "
        "cookies for this site, or tell the operator of this application"
    ),
)
_EMBEDDED: Final = LoginProblem(
    # Each such sign-in would leave a cookie behind, and none brings those of the others.
    status=403,
    title="This sign-in cannot be started",
    detail="nobody can sign in inside a page of another site",
)


class LoginStart:
    """Answers the login route, and begins sign-ins that other routes need."""

    def __init__(self, context: LoginContext) -> None:
        self._context = context

    async def reply(self, request: WebRequest, place: Place) -> WebReply:
        """The redirect to the provider, with this browser's cookie for the way back."""
        context = self._context
        if request.method != "GET":
            return context.replies.not_allowed("GET")
        if request.fetch_site == "cross-site" and not request.is_top_level:
            return context.replies.problem(_EMBEDDED, is_page=False)
        if context.count.is_loop(request.cookies, now=context.now()):
            return context.replies.problem(_LOOP, is_page=request.wants_page)
        next_path = None
        try:
            asked = AnswerParameters.read(request.query)
            next_path = place.next_path(asked.get("next"))
            wishes = _wishes(asked, context.web_login.response_mode)
        except (ConfigurationError, LoginFailed) as error:
            return self._refused(error, request, place, next_path)
        next_path = next_path or place.path(context.web_login.after_login)
        scopes = tuple(asked.get("scopes", "").split())
        return self.begin(request, place, next_path=next_path, scopes=scopes, wishes=wishes)

    def begin(
        self,
        request: WebRequest,
        place: Place,
        *,
        next_path: str,
        scopes: tuple[str, ...],
        wishes: SignInWishes,
        instead_of: PendingLogin | None = None,
    ) -> WebReply:
        """Begin a sign-in, or say that it cannot be.

        `instead_of`: the one that came back without an end. What it noted counts, since the form that the provider's
        page sends brings no other cookie.
        """
        context = self._context
        ended = context.pending.end(instead_of.state) if instead_of is not None else []
        all_scopes = tuple(dict.fromkeys((*scopes, *context.web_login.scopes)))
        redirect_uri = place.url(context.web_login.callback_path)
        try:
            authorization = context.engine.tokens.start_authorization(redirect_uri, all_scopes, None, wishes)
            pending = self._pending(authorization, request, next_path, wishes, instead_of)
            mine = context.pending.begin(self._bounded(pending, place), request.cookies, context.now())
        except ConfigurationError as error:
            return self._refused(error, request, place, next_path, ended)
        return context.replies.redirect(authorization.url, (*ended, *mine))

    def _pending(
        self,
        authorization: AuthorizationRequest,
        request: WebRequest,
        next_path: str,
        wishes: SignInWishes,
        instead_of: PendingLogin | None,
    ) -> PendingLogin:
        now = self._context.now()
        noted = (0, 0.0) if instead_of is None else (instead_of.attempts, instead_of.attempts_since)
        attempts, attempts_since = self._context.count.recent(request.cookies, now=now, noted=noted)
        earlier_session = "" if instead_of is None else instead_of.earlier_session
        return PendingLogin(
            state=authorization.state,
            nonce=authorization.nonce,
            code_verifier=authorization.code_verifier,
            next=next_path,
            tenant=authorization.tenant,
            redirect_uri=authorization.redirect_uri,
            scopes=authorization.scopes,
            is_silent=wishes.prompt == "none",
            attempts=attempts,
            attempts_since=attempts_since,
            earlier_session=earlier_session or self._earlier_session(request, wishes),
            started_at=now,
        )

    def _bounded(self, pending: PendingLogin, place: Place) -> PendingLogin:
        """The sign-in, which leads to the usual place where the address that was asked for is long.

        What the settings ask for of themselves counts for nothing: no page of another site has a say in it.
        """
        context = self._context
        scopes = tuple(scope for scope in pending.scopes if scope not in context.web_login.scopes)
        if context.pending.is_small(replace(pending, scopes=scopes)):
            return pending
        shorter = replace(pending, next=place.path(context.web_login.after_login))
        if not scopes or context.pending.is_small(replace(shorter, scopes=scopes)):
            return shorter
        message = "the address of the login route asks for too many scopes at once; ask for fewer"
        raise ConfigurationError(message)

    def _earlier_session(self, request: WebRequest, wishes: SignInWishes) -> str:
        """A form that the provider's page sends does not bring the session's cookie: what is to end is noted before."""
        context = self._context
        if wishes.response_mode != "form_post":
            return ""
        return context.sessions.present_id(request.cookies, now=context.now())

    def _refused(
        self,
        error: AzureAdError,
        request: WebRequest,
        place: Place,
        next_path: str | None,
        cookies: Sequence[str] = (),
    ) -> WebReply:
        """What is wrong with the address is for who made it, and in the log; a person can begin again without it."""
        context = self._context
        fields = {"reason": error.code, "path": request.path}
        message = f"a sign-in could not be started: {error}"
        context.engine.observer.record(Event("login.failed", logging.WARNING, message, fields))
        retry_url = login_path = place.path(context.web_login.login_path)
        if next_path is not None:
            retry_url = SignInAddress(next=next_path).location(login_path)
        problem = LoginProblem(
            status=400,
            title="This sign-in cannot be started",
            detail="the address that led here asks for something that is not possible; go on without it",
            retry_url=retry_url if len(retry_url) <= _MAX_LINK_CHARACTERS else login_path,
        )
        return context.replies.problem(problem, is_page=request.wants_page, cookies=cookies)


def _wishes(asked: Mapping[str, str], response_mode: str) -> SignInWishes:
    """What the address of the login route may ask for. Raises ConfigurationError."""
    return SignInWishes(
        response_mode=response_mode,
        prompt=asked.get("prompt") or None,
        login_hint=asked.get("login_hint", "")[:_MAX_HINT] or None,
        domain_hint=asked.get("domain_hint", "")[:_MAX_HINT] or None,
        claims=claims_text(asked.get("claims") or None),
    )
