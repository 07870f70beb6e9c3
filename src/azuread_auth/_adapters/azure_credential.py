"""This package's tokens for clients of Azure SDKs, by the protocols of azure-core."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Protocol, Self

try:
    from azure.core.credentials import AccessToken as AzureToken
    from azure.core.credentials import AccessTokenInfo, TokenRequestOptions
except ModuleNotFoundError as _error:
    _MISSING: Final = 'a token credential needs azure-core, which is not installed: pip install "azuread-auth[azure]"'
    raise ImportError(_MISSING) from _error

from azuread_auth.access_token import AccessToken

__all__ = ["AsyncTokenCredential", "TokenCredential"]


class _Acquire(Protocol):
    def __call__(
        self, *scopes: str, tenant_id: str | None, claims: str | Mapping[str, object] | None
    ) -> AccessToken: ...


class _AcquireAsync(Protocol):
    async def __call__(
        self, *scopes: str, tenant_id: str | None, claims: str | Mapping[str, object] | None
    ) -> AccessToken: ...


class TokenCredential:
    """`azure.core.credentials.TokenCredential` and `SupportsTokenInfo`, for blocking clients.

    Closing it closes nothing: it belongs to the client that made it.
    """

    def __init__(self, acquire: _Acquire) -> None:
        self._acquire = acquire

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,  # noqa: ARG002 - the settings' client_capabilities say it for all tokens
        **kwargs: Any,  # noqa: ANN401, ARG002 - as azure-core's protocol has it
    ) -> AzureToken:
        """The token and when it expires. Raises what the client's methods raise."""
        token = self._acquire(*scopes, tenant_id=tenant_id, claims=claims)
        return AzureToken(token.reveal(), int(token.expires_at))

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """The token, when it expires and when to ask for the next. Raises what the client's methods raise."""
        asked = options or {}
        token = self._acquire(*scopes, tenant_id=asked.get("tenant_id"), claims=asked.get("claims"))
        return _info(token)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncTokenCredential:
    """`azure.core.credentials_async.AsyncTokenCredential` and `AsyncSupportsTokenInfo`, for clients of `azure.….aio`.

    Closing it closes nothing: it belongs to the client that made it.
    """

    def __init__(self, acquire: _AcquireAsync) -> None:
        self._acquire = acquire

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,  # noqa: ARG002 - the settings' client_capabilities say it for all tokens
        **kwargs: Any,  # noqa: ANN401, ARG002 - as azure-core's protocol has it
    ) -> AzureToken:
        """The token and when it expires. Raises what the client's methods raise."""
        token = await self._acquire(*scopes, tenant_id=tenant_id, claims=claims)
        return AzureToken(token.reveal(), int(token.expires_at))

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """The token, when it expires and when to ask for the next. Raises what the client's methods raise."""
        asked = options or {}
        token = await self._acquire(*scopes, tenant_id=asked.get("tenant_id"), claims=asked.get("claims"))
        return _info(token)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


def _info(token: AccessToken) -> AccessTokenInfo:
    return AccessTokenInfo(
        token.reveal(), int(token.expires_at), token_type=token.token_type, refresh_on=int(token.refresh_at)
    )
