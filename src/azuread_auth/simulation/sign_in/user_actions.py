"""What users of a simulated tenant do, without a browser."""

from collections.abc import Mapping

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import query_of
from azuread_auth.simulation.sign_in.accounts import check_account
from azuread_auth.simulation.sign_in.authorization import AuthorizationRequest
from azuread_auth.simulation.sign_in.conversation import authorization_authority, signed_in, silently_signed_in
from azuread_auth.simulation.sign_in.device_authorization import decide
from azuread_auth.simulation.sign_in.front_channel import front_channel_urls
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["UserActions"]


class UserActions:
    """The part of `SimulatedTenant` that stands for the people in front of browsers."""

    _state: TenantState

    @property
    def users(self) -> Mapping[str, SimulatedUser]:
        """The accounts by the names that `user=` takes; the first is meant where nobody is named."""
        return self._state.people.by_name

    def sign_in(self, authorization_url: str, user: SimulatedUser | str | None = None) -> dict[str, str]:
        """Sign in as the user would in a browser; returns the parameters of the callback: code, state and others.

        The user says yes to whatever is asked: a second factor, consent. With `prompt=none` nothing is, so the user
        must have signed in before. An error that the application is told about is returned as well (`error`,
        `error_description`). Raises ConfigurationError for what the browser would be shown instead: an unknown
        application or redirect URI, an account that is blocked or of another tenant.
        """
        asked, app = self._authorization(authorization_url)
        person = self._person(user)
        try:
            check_account(person, asked.authority, self._state.tenant_id)
        except Refused as refused:
            raise _shown_to_the_user(refused) from None
        sessions = self._state.sessions
        try:
            asked.check(app)
            with self._state.lock:
                known = sessions.without_browser(person)
                if known is not None:
                    known.user = person  # who may have other roles than before
                if asked.prompt == "none":
                    known = silently_signed_in(asked, app, known)
                return signed_in(asked, app, known or sessions.begin(person, has_browser=False))
        except Refused as refused:
            return dict(asked.refusal(refused).parameters)

    def sign_out(self, user: SimulatedUser | str | None = None) -> tuple[str, ...]:
        """End the sessions of one user, or of everybody, as signing out in their browsers would.

        Returns the front-channel logout URLs that those browsers would call, of all applications of the sessions:
        calling them is left to the test.
        """
        state = self._state
        with state.lock:
            sessions = state.sessions.of(state.people.id_of(user))
            state.sessions.end(sessions)
            return tuple(url for session in sessions for url in front_channel_urls(session, state.apps))

    def decline_sign_in(self, authorization_url: str) -> dict[str, str]:
        """Cancel; returns the parameters of the callback. Raises ConfigurationError as `sign_in` does."""
        asked, _ = self._authorization(authorization_url)
        return dict(asked.refusal(Refused(65004, error="access_denied")).parameters)

    def _authorization(self, url: str) -> tuple[AuthorizationRequest, SimulatedApp]:
        request = HttpRequest(url=url)
        authority = authorization_authority(request, self._state)
        if authority is None:
            message = "authorization_url= is not that of this tenant's authorization endpoint"
            raise ConfigurationError(message)
        try:
            asked = AuthorizationRequest(
                http=request, parameters=query_of(request), authority=authority, state=self._state
            )
            return asked, asked.checked_app()
        except Refused as refused:
            raise _shown_to_the_user(refused) from None

    def _person(self, user: SimulatedUser | str | None) -> SimulatedUser:
        with self._state.lock:
            return self._state.people.meet(user)

    def approve_device(self, user_code: str, user: SimulatedUser | str | None = None) -> None:
        """Enter the code that a device shows, and sign in.

        The user says yes to whatever is asked, as in `sign_in`. Raises ConfigurationError when nobody waits for the
        code, and for an account that is blocked or of another tenant.
        """
        with self._state.lock:
            try:
                decide(user_code, self._person(user), self._state)
            except Refused as refused:
                raise _shown_to_the_user(refused) from None

    def decline_device(self, user_code: str) -> None:
        """Enter the code and say no. Raises ConfigurationError when nobody waits for it."""
        with self._state.lock:
            decide(user_code, None, self._state)


def _shown_to_the_user(refused: Refused) -> ConfigurationError:
    return ConfigurationError(f"the tenant would show an error page (AADSTS{refused.aadsts}): {refused.text}")
