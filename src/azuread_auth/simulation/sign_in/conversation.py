"""What a user is asked at the authorization endpoint, one page after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.directory import SimulatedAuthority, endpoint_at, origin_of
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import parameters_of
from azuread_auth.simulation.sign_in.accounts import check_account, hinted_account, offered_accounts
from azuread_auth.simulation.sign_in.authorization import AuthorizationRequest
from azuread_auth.simulation.sign_in.browser_cookie import browser_session, remembering
from azuread_auth.simulation.sign_in.pages import (
    ACCOUNT,
    CONSENT,
    DECLINE,
    MFA,
    account_page,
    consent_page,
    error_page,
    mfa_page,
)
from azuread_auth.simulation.sign_in.provider_sessions import ProviderSession
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser

__all__ = [
    "authorization_answer",
    "authorization_authority",
    "refused_authorization",
    "signed_in",
    "silently_signed_in",
]

_AT_ONCE: Final = "simulated_user"
"""Names an account that signs in without a page, and says yes to everything."""
_SHOWN_TO_THE_USER: Final = frozenset({50011, 50020, 50034, 50049, 50057, 90002, 700011, 700016, 900971, 9000411})
"""What Entra never tells the application: the address is in doubt, or another account might do."""


def authorization_answer(request: HttpRequest, authority: SimulatedAuthority, state: TenantState) -> HttpResponse:
    """A page, or the way back to the application."""
    try:
        asked = AuthorizationRequest(http=request, parameters=parameters_of(request), authority=authority, state=state)
        app = asked.checked_app()
    except Refused as refused:
        return error_page(refused)
    if DECLINE in asked.parameters:
        return asked.refusal(Refused(65004, error="access_denied")).response()
    try:
        asked.check(app)
        return _Conversation(asked, app, browser_session(request, state)).answer()
    except Refused as refused:
        return asked.refusal(refused).response()


def refused_authorization(
    request: HttpRequest, authority: SimulatedAuthority | None, state: TenantState, refused: Refused
) -> HttpResponse:
    """The answer to a request that was to be refused: a page, or the way back to the application."""
    if authority is None or refused.aadsts in _SHOWN_TO_THE_USER:
        return error_page(refused)
    try:
        asked = AuthorizationRequest(http=request, parameters=parameters_of(request), authority=authority, state=state)
        asked.checked_app()
    except Refused as found:
        return error_page(found)
    return asked.refusal(refused).response()


def authorization_authority(request: HttpRequest, state: TenantState) -> SimulatedAuthority | None:
    """The authority whose authorization endpoint a URL is; None for any other URL."""
    endpoint = endpoint_at(request.url)
    if endpoint is None or endpoint.kind != "authorize":
        return None
    return state.directory.issuing_authority(origin_of(request.url), endpoint.path)


def signed_in(asked: AuthorizationRequest, app: SimulatedApp, session: ProviderSession) -> dict[str, str]:
    """The callback's parameters when the user says yes to everything. Raises Refused."""
    with asked.state.lock:
        session.has_mfa |= asked.needs_mfa(session)
    asked.accept(session.user, app)
    return dict(asked.callback(app, session).parameters)


def silently_signed_in(
    asked: AuthorizationRequest, app: SimulatedApp, session: ProviderSession | None
) -> ProviderSession:
    """The session, which needs nothing more of its user (`prompt=none`). Raises Refused."""
    hint = asked.parameters.get("login_hint")
    if session is None or not _is_hinted(session.user, hint, asked.state):
        raise Refused(50058)
    check_account(session.user, asked.authority, asked.state.tenant_id)
    if asked.needs_consent(session.user, app):
        raise Refused(65001, error="consent_required")
    if asked.needs_mfa(session):
        raise Refused(50076, claims=asked.state.policies.mfa_claims)
    return session


def _is_hinted(user: SimulatedUser, hint: str | None, state: TenantState) -> bool:
    return hint is None or user.is_meant_by(hint) or state.people.by_name.get(hint) == user


@dataclass(frozen=True, slots=True)
class _Conversation:
    asked: AuthorizationRequest
    app: SimulatedApp
    session: ProviderSession | None

    def answer(self) -> HttpResponse:
        """The next page, or the end. Raises Refused with what the application is told."""
        asked = self.asked
        if asked.prompt == "none" and _AT_ONCE not in asked.parameters:
            return asked.callback(self.app, silently_signed_in(asked, self.app, self.session)).response()
        user = self._user()
        if user is None:
            return self._accounts()
        try:
            check_account(user, asked.authority, asked.state.tenant_id)
        except Refused as refused:
            return self._accounts(refused)
        session = self._session_of(user)
        return remembering(self._next(session), session, asked.state)

    def _user(self) -> SimulatedUser | None:
        parameters = self.asked.parameters
        name = parameters.get(ACCOUNT) or parameters.get(_AT_ONCE) or ""
        chosen = self.asked.state.people.by_name.get(name)
        if chosen is not None or self.session is None or self.asked.prompt in ("login", "select_account", "create"):
            return chosen
        user = self.session.user
        return user if _is_hinted(user, parameters.get("login_hint"), self.asked.state) else None

    def _accounts(self, problem: Refused | None = None) -> HttpResponse:
        parameters = self.asked.parameters
        state = self.asked.state
        accounts = offered_accounts(
            state.people.by_name, self.asked.authority, state.tenant_id, parameters.get("domain_hint")
        )
        hinted = hinted_account(accounts, parameters.get("login_hint"))
        return account_page(self._carried(), accounts, hinted=hinted, problem=problem)

    def _session_of(self, user: SimulatedUser) -> ProviderSession:
        """The browser's session, or a new one in its place: a browser is one account's at a time."""
        if self.session is not None and self.session.user == user:
            return self.session
        sessions = self.asked.state.sessions
        with self.asked.state.lock:
            if self.session is not None:
                sessions.end([self.session])
            return sessions.begin(user, has_browser=True)

    def _next(self, session: ProviderSession) -> HttpResponse:
        asked, user = self.asked, session.user
        is_agreed = _AT_ONCE in asked.parameters
        if asked.needs_mfa(session):
            if not is_agreed and asked.parameters.get(MFA) != "confirmed":
                return mfa_page(self._carried(user), user)
            session.has_mfa = True
        if asked.needs_consent(user, self.app) or asked.prompt == "consent":
            if not is_agreed and asked.parameters.get(CONSENT) != "accepted":
                return consent_page(self._carried(user), user, asked.parameters["scope"].split())
            asked.accept(user, self.app)
        return asked.callback(self.app, session).response()

    def _carried(self, user: SimulatedUser | None = None) -> Mapping[str, str]:
        """The parameters of the next form: those of the request, and what was answered before."""
        answers = (ACCOUNT, CONSENT, _AT_ONCE)
        carried = {name: value for name, value in self.asked.parameters.items() if name not in answers}
        chosen = None if user is None else self.asked.state.people.name_of(user)
        return carried if chosen is None else carried | {ACCOUNT: chosen}
