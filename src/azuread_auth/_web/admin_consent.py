"""Consent of an administrator for a whole tenant (Microsoft, "Admin consent on the Microsoft identity platform")."""

from typing import Final
from urllib.parse import urlencode

from azuread_auth._protocol.authorization import unguessable
from azuread_auth._web.answer_parameters import AnswerParameters
from azuread_auth._web.login_context import LoginContext, Place
from azuread_auth._web.pending_logins import PendingLogin
from azuread_auth._web.replies import WebReply
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import LoginFailed
from azuread_auth.web_login import LoginProblem

__all__ = ["AdminConsent"]

_ORGANIZATIONS: Final = "organizations"
_CONSENT: Final = "admin consent"
_UNKNOWN: Final = "this request is not known in this browser, or took longer than ten minutes"


class AdminConsent:
    """Sends an administrator to the provider, and takes the answer; the state is bound to the browser."""

    def __init__(self, context: LoginContext) -> None:
        self._context = context

    async def reply(self, request: WebRequest, place: Place) -> WebReply:
        """Begin without parameters, end with them."""
        context = self._context
        if request.method != "GET":
            return context.replies.not_allowed("GET")
        try:
            asked = AnswerParameters.read(request.query)
        except LoginFailed as error:
            return self._failed(request, place, str(error))
        return self._finish(request, place, asked) if "state" in asked else self._begin(request, place)

    def _begin(self, request: WebRequest, place: Place) -> WebReply:
        context, now = self._context, self._context.now()
        state = unguessable(context.engine.runtime.random_bytes(32))
        pending = PendingLogin(
            state=state,
            nonce="",
            code_verifier="",
            next="",
            tenant=_CONSENT,
            redirect_uri=place.url(context.web_login.admin_consent_path or ""),
            scopes=(),
            is_silent=False,
            attempts=0,
            started_at=now,
        )
        settings = context.engine.settings
        tenant = _ORGANIZATIONS if settings.is_multi_tenant else settings.tenant_id or ""
        parameters = {"client_id": settings.client_id, "state": state, "redirect_uri": pending.redirect_uri}
        location = f"{context.engine.tokens.authority(tenant).admin_consent_url}?{urlencode(parameters)}"
        return context.replies.redirect(location, context.pending.begin(pending, request.cookies, now))

    def _finish(self, request: WebRequest, place: Place, asked: AnswerParameters) -> WebReply:
        context = self._context
        pending = context.pending.find(asked["state"], request.cookies, context.now())
        if pending is None or pending.tenant != _CONSENT:
            return self._failed(request, place, _UNKNOWN)
        cookies = context.pending.end(pending.state)
        if asked.get("admin_consent", "").lower() != "true" or "error" in asked:
            return self._failed(request, place, "consent was not given", cookies)
        return context.replies.redirect(place.path(context.web_login.after_login), cookies)

    def _failed(self, request: WebRequest, place: Place, detail: str, cookies: list[str] | None = None) -> WebReply:
        problem = LoginProblem(
            status=400,
            title="The application has no consent",
            detail=detail,
            retry_url=place.path(self._context.web_login.admin_consent_path or ""),
        )
        return self._context.replies.problem(problem, is_page=request.wants_page, cookies=cookies or ())
