"""Signing users in on another device (RFC 8628; Microsoft, "OAuth 2.0 device authorization grant")."""

from collections.abc import Callable
from typing import Final

from azuread_auth._core.authorities import Authorities
from azuread_auth._core.flows.exchange import Exchange
from azuread_auth._core.id_tokens import IdTokens
from azuread_auth._protocol.claims_request import with_capabilities
from azuread_auth._protocol.device_code import read_device_authorization
from azuread_auth._protocol.grants import device_code_grant
from azuread_auth._protocol.http import json_object
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.errors import InteractionRequired, LoginFailed, ProviderUnavailable, Throttled, TokenRequestFailed
from azuread_auth.ports import Runtime
from azuread_auth.principal import Principal
from azuread_auth.settings import AzureAdSettings
from azuread_auth.sign_in import DeviceCode

__all__ = ["DeviceCodes"]

_SIGN_IN_SCOPES: Final = ("openid", "profile", "offline_access")
_SLOWER_SECONDS: Final = 5.0  # RFC 8628 3.5
_LOOK_SECONDS: Final = 1.0
_LEAST_SECONDS: Final = 0.1  # a provider that says 0 is not asked without end
_ENDINGS: Final = {
    "authorization_declined": "the user declined to sign in",
    "access_denied": "the user declined to sign in",
    "expired_token": "the code has expired before the user signed in",
    "bad_verification_code": "the code is not known to the provider",
}


class DeviceCodes:
    """Gets a code for the user, and asks until the user has signed in with it."""

    def __init__(
        self,
        settings: AzureAdSettings,
        *,
        exchange: Exchange,
        authorities: Authorities,
        id_tokens: IdTokens,
        runtime: Runtime,
    ) -> None:
        self._settings = settings
        self._exchange = exchange
        self._authorities = authorities
        self._id_tokens = id_tokens
        self._runtime = runtime

    async def start(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> DeviceCode:
        """A code to show. Raises TokenRequestFailed when the provider refuses, ProviderUnavailable."""
        tenant = self._authorities.tenant(tenant_id)
        asked = with_capabilities(claims, tuple(self._settings.client_capabilities))
        fields = {"client_id": self._settings.client_id, "scope": " ".join((*_SIGN_IN_SCOPES, *scopes))}
        response = await self._exchange.post(
            self._authorities.at(tenant).device_code_url, fields | ({"claims": asked} if asked is not None else {})
        )
        if response.status != 200:
            raise self._exchange.failure(response, flow="device_code", scopes=scopes)
        now = self._runtime.now()
        found = read_device_authorization(json_object(response, what="device code", now=now))
        return DeviceCode(
            user_code=found.user_code,
            verification_uri=found.verification_uri,
            message=found.message,
            expires_at=now + found.expires_in,
            interval=found.interval,
            device_code=found.device_code,
            scopes=scopes,
            tenant=tenant,
        )

    async def finish(self, device: DeviceCode, *, is_cancelled: Callable[[], bool]) -> tuple[Principal, ReceivedToken]:
        """Who signed in, and the tokens, as soon as that is so.

        Raises LoginFailed when the user declines, the time is over or `is_cancelled` says so.
        """
        left = device.expires_at - self._runtime.now()
        deadline, interval = self._runtime.monotonic() + left, max(device.interval, _LEAST_SECONDS)
        pause = interval
        while True:
            await self._wait(pause, deadline, is_cancelled)
            try:
                received = await self._asked(device)
            except (ProviderUnavailable, Throttled) as error:  # RFC 8628 3.5: reasons to ask less often
                interval += _SLOWER_SECONDS
                pause = max(interval, error.retry_after)
                continue
            if not isinstance(received, ReceivedToken):
                pause = interval = interval + received
                continue
            principal = await self._id_tokens.principal(
                received.id_token, nonce=None, access_token=received.access_token
            )
            return principal, received

    async def _asked(self, device: DeviceCode) -> ReceivedToken | float:
        """The tokens, or by how many seconds to ask less often."""
        await self._id_tokens.metadata()  # without keys the tokens could not be judged, and the code would be used up
        grant = device_code_grant(device.device_code, (*_SIGN_IN_SCOPES, *device.scopes), claims=None)
        try:
            return await self._exchange.token(grant, authority=self._authorities.at(device.tenant))
        except Throttled:
            raise
        except TokenRequestFailed as error:
            if error.error == "authorization_pending":
                return 0.0
            if error.error == "slow_down":
                return _SLOWER_SECONDS
            if error.error in _ENDINGS and not (isinstance(error, InteractionRequired) and error.claims):
                message = f"{_ENDINGS[error.error]}; start the sign-in again"
                raise LoginFailed(message) from error
            raise

    async def _wait(self, seconds: float, deadline: float, is_cancelled: Callable[[], bool]) -> None:
        """Wait, in short steps so that a thread too notices that it is no longer wanted."""
        until = self._runtime.monotonic() + seconds
        while True:
            if is_cancelled():
                message = "the sign-in was cancelled"
                raise LoginFailed(message)
            now = self._runtime.monotonic()
            if now >= deadline:
                message = "the code has expired before the user signed in; start the sign-in again"
                raise LoginFailed(message)
            if now >= until:
                return
            await self._runtime.sleep(min(_LOOK_SECONDS, until - now, max(deadline - now, 0.01)))
