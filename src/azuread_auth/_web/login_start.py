"""The login route: begins a sign-in and sends the browser to the provider."""

from collections.abc import Mapping
from typing import Final

from azuread_auth._protocol.authorization import SignInWishes, single_parameters
from azuread_auth._protocol.claims_request import claims_text
from azuread_auth._web.login_context import LoginContext, Place
from azuread_auth._web.pending_logins import PendingLogin
from azuread_auth._web.replies import WebReply
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import AzureAdError, ConfigurationError, LoginFailed
from azuread_auth.web_login import LoginProblem

__all__ = ["LoginStart"]

_MAX_HINT: Final = 256
_LOOP: Final = LoginProblem(
    status=400,
    title="Signing in does not help",
    detail=(
        "this browser has signed in several times within a minute and was sent here again; wait a minute, allow "
        "cookies for this site, or tell the operator of this application"
    ),
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
        if context.count.is_loop(request.cookies, now=context.now()):
            return context.replies.problem(_LOOP, is_page=request.wants_page)
        try:
            asked = single_parameters(request.query)
            wishes = _wishes(asked, context.web_login.response_mode)
            return self.begin(
                request,
                place,
                next_path=place.next_path(asked.get("next")) or place.path(context.web_login.after_login),
                scopes=tuple(asked.get("scopes", "").split()),
                wishes=wishes,
                is_silent=wishes.prompt == "none",
            )
        except (ConfigurationError, LoginFailed) as error:
            return self._refused(error, request, place)

    def begin(
        self,
        request: WebRequest,
        place: Place,
        *,
        next_path: str,
        scopes: tuple[str, ...],
        wishes: SignInWishes,
        is_silent: bool = False,
        cookies: tuple[str, ...] = (),
        earlier_session: str = "",
    ) -> WebReply:
        """Begin a sign-in. Raises ConfigurationError for scopes that are none.

        `earlier_session`: what was noted of it when this request, which brings no cookie of it, was made necessary.
        """
        context = self._context
        all_scopes = tuple(dict.fromkeys((*scopes, *context.web_login.scopes)))
        redirect_uri = place.url(context.web_login.callback_path)
        authorization = context.engine.tokens.start_authorization(redirect_uri, all_scopes, None, wishes)
        attempts, attempts_since = context.count.recent(request.cookies, now=context.now())
        pending = PendingLogin(
            state=authorization.state,
            nonce=authorization.nonce,
            code_verifier=authorization.code_verifier,
            next=next_path,
            tenant=authorization.tenant,
            redirect_uri=redirect_uri,
            scopes=authorization.scopes,
            is_silent=is_silent,
            attempts=attempts,
            attempts_since=attempts_since,
            earlier_session=earlier_session or self._earlier_session(request, wishes),
            started_at=context.now(),
        )
        try:
            mine = context.pending.begin(pending, request.cookies, context.now())
        except ValueError as error:  # no browser would keep so large a cookie
            message = "the sign-in asks for too much at once; ask for fewer scopes, or go on to a shorter address"
            raise ConfigurationError(message) from error
        return context.replies.redirect(authorization.url, (*cookies, *mine))

    def _earlier_session(self, request: WebRequest, wishes: SignInWishes) -> str:
        """A form that the provider's page sends does not bring the session's cookie: what is to end is noted before."""
        context = self._context
        if wishes.response_mode != "form_post":
            return ""
        return context.sessions.present_id(request.cookies, now=context.now())

    def _refused(self, error: AzureAdError, request: WebRequest, place: Place) -> WebReply:
        problem = LoginProblem(
            status=400,
            title="This sign-in cannot be started",
            detail=str(error),
            retry_url=place.path(self._context.web_login.login_path),
        )
        return self._context.replies.problem(problem, is_page=request.wants_page)


def _wishes(asked: Mapping[str, str], response_mode: str) -> SignInWishes:
    """What the address of the login route may ask for. Raises ConfigurationError."""
    return SignInWishes(
        response_mode=response_mode,
        prompt=asked.get("prompt") or None,
        login_hint=asked.get("login_hint", "")[:_MAX_HINT] or None,
        domain_hint=asked.get("domain_hint", "")[:_MAX_HINT] or None,
        claims=claims_text(asked.get("claims") or None),
    )
