"""The end of a session (OpenID Connect RP-Initiated Logout 2), and word of it to every application in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.signed_token import PresentedToken, presented_token
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import parameters_of
from azuread_auth.simulation.sign_in.browser_cookie import browser_session, forgetting
from azuread_auth.simulation.sign_in.callback import redirect, with_query
from azuread_auth.simulation.sign_in.front_channel import front_channel_urls
from azuread_auth.simulation.sign_in.pages import error_page
from azuread_auth.simulation.sign_in.provider_sessions import ProviderSession
from azuread_auth.simulation.sign_in.sign_out_pages import ANSWER, confirm_page, signed_out_page, signing_out_page
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["logout_answer"]


def logout_answer(request: HttpRequest, _: SimulatedAuthority, state: TenantState) -> HttpResponse:
    """A page, or the way back to the application."""
    try:
        parameters = parameters_of(request)
    except Refused as refused:
        return error_page(refused)
    if request.method == "POST" and ANSWER not in parameters:
        # The cookie does not come with a form of another site, but it does with the link that this becomes.
        return redirect("logout", parameters)
    return _SigningOut(parameters, browser_session(request, state), state).answer()


@dataclass(frozen=True, slots=True)
class _SigningOut:
    parameters: Mapping[str, str]
    session: ProviderSession | None
    state: TenantState

    def answer(self) -> HttpResponse:
        session, answer = self.session, self.parameters.get(ANSWER)
        if session is None:
            return self._end(())
        if answer is None and not self._is_meant(session):
            return confirm_page(self.parameters, session.user)
        if answer not in (None, "yes"):
            return signed_out_page("You are still signed in.")
        with self.state.lock:
            self.state.sessions.end([session])
            urls = front_channel_urls(session, self.state.apps)
        return forgetting(self._end(urls), self.state)

    def _is_meant(self, session: ProviderSession) -> bool:
        hint, token = self.parameters.get("logout_hint"), self._token()
        if hint is not None:
            return session.user.is_meant_by(hint)
        return token is not None and token.text("sid") == session.sid

    def _end(self, urls: tuple[str, ...]) -> HttpResponse:
        target = self._target()
        if urls:
            return signing_out_page(urls, target)
        return signed_out_page() if target is None else redirect(target, {})

    def _target(self) -> str | None:
        """Where the browser goes then: to a redirect URI of the application, else nowhere."""
        uri = self.parameters.get("post_logout_redirect_uri")
        if uri is None or not self._is_registered(uri):
            return None
        state = self.parameters.get("state")
        return uri if state is None else with_query(uri, {"state": state})

    def _is_registered(self, uri: str) -> bool:
        token, named = self._token(), self.parameters.get("client_id")
        audience = None if token is None else token.text("aud")
        if named is not None and audience not in (None, named):
            return False
        client_id = named or audience
        # Where the application says nothing of itself, those of the session are the ones that may be meant.
        known = () if self.session is None else tuple(self.session.issuers)
        client_ids = known if client_id is None else (client_id,)
        apps = [self.state.apps.find(each) for each in client_ids]
        return any(app is not None and app.allows_redirect(uri) for app in apps)

    def _token(self) -> PresentedToken | None:
        """The ID token that the request has, if this tenant signed it; it may have expired."""
        token = presented_token(self.parameters.get("id_token_hint", ""))
        with self.state.lock:
            keys = [each.key.private_key.public_key() for each in self.state.keys.published()]
        is_own = token is not None and any(token.is_signed_by(key, algorithms=("RS256",)) for key in keys)
        return token if is_own else None
