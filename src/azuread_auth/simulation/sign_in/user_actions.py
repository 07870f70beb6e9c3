"""What users of a simulated tenant do, without a browser."""

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.directory import endpoint_at, origin_of
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import query_of
from azuread_auth.simulation.sign_in.authorization import AuthorizationRequest
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser, find_user

__all__ = ["UserActions"]


class UserActions:
    """The part of `SimulatedTenant` that stands for the people in front of browsers."""

    _state: TenantState

    def sign_in(self, authorization_url: str, user: SimulatedUser | str = "adele") -> dict[str, str]:
        """Sign in as the user would in a browser; returns the parameters of the callback: code, state and others.

        An error that the application is told about is returned as well (`error`, `error_description`). Raises
        ConfigurationError for what the browser would be shown instead: an unknown application or redirect URI.
        """
        asked, app = self._authorization(authorization_url)
        return dict(asked.callback(app, find_user(user)).parameters)

    def decline_sign_in(self, authorization_url: str) -> dict[str, str]:
        """Cancel; returns the parameters of the callback. Raises ConfigurationError as `sign_in` does."""
        asked, _ = self._authorization(authorization_url)
        return dict(asked.refusal(Refused(65004, error="access_denied")).parameters)

    def _authorization(self, url: str) -> tuple[AuthorizationRequest, SimulatedApp]:
        endpoint = endpoint_at(url)
        authority = None if endpoint is None else self._state.directory.issuing_authority(origin_of(url), endpoint.path)
        if endpoint is None or endpoint.kind != "authorize" or authority is None:
            message = "authorization_url= is not that of this tenant's authorization endpoint"
            raise ConfigurationError(message)
        request = HttpRequest(url=url)
        try:
            asked = AuthorizationRequest(
                http=request, parameters=query_of(request), authority=authority, state=self._state
            )
            return asked, asked.checked_app()
        except Refused as refused:
            message = f"the tenant would show an error page (AADSTS{refused.aadsts}): {refused.text}"
            raise ConfigurationError(message) from None

    def approve_device(self, user_code: str, user: SimulatedUser | str = "adele") -> None:
        """Enter the code that a device shows, and sign in. Raises ConfigurationError when nobody waits for it."""
        with self._state.lock:
            self._state.devices.decide(user_code, find_user(user), now=self._state.now())

    def decline_device(self, user_code: str) -> None:
        """Enter the code and say no. Raises ConfigurationError when nobody waits for it."""
        with self._state.lock:
            self._state.devices.decide(user_code, None, now=self._state.now())
