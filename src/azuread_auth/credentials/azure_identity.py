"""Credentials of other Azure libraries."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any, Final

from azuread_auth._protocol.http import Document
from azuread_auth._protocol.token_response import ReceivedToken, received_token, seconds_in
from azuread_auth.credentials.base import AppTokenSource, Credential, CredentialSurroundings
from azuread_auth.credentials.claims import capabilities_in
from azuread_auth.credentials.foreign_call import answer_of
from azuread_auth.errors import ConfigurationError, CredentialUnavailable
from azuread_auth.ports import Runtime

__all__ = ["AzureIdentity"]

_ANSWERS_CHALLENGES: Final = "CP1"


@dataclass(frozen=True, slots=True)
class AzureIdentity(Credential):
    """Any azure-core credential, such as those of azure-identity. Gets tokens for its own identity alone.

    A sync one may block, a blocking client needs a sync one. Raises ConfigurationError when the object has neither
    `get_token` nor `get_token_info`.
    """

    # Neither hashing nor a masked repr can be counted on in a foreign object.
    credential: object = field(repr=False, hash=False)

    def __post_init__(self) -> None:
        if not any(callable(getattr(self.credential, name, None)) for name in ("get_token", "get_token_info")):
            message = "AzureIdentity: expected an azure-core credential with get_token or get_token_info"
            raise ConfigurationError(message)

    def in_use(self, surroundings: CredentialSurroundings) -> AppTokenSource:
        """The credential itself; its tokens are shared with no other process, since nothing tells whose they are."""
        identity = surroundings.runtime.random_bytes(16).hex()
        return _AzureCredentialInUse(self.credential, identity, surroundings.runtime)


@dataclass(frozen=True, slots=True)
class _AzureCredentialInUse:
    credential: object = field(repr=False)
    identity: str
    runtime: Runtime
    flow: str = "azure_identity"

    async def token(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> ReceivedToken:
        options = _options(tenant_id, claims)
        method, call = _call(self.credential, scopes, options)
        is_async = iscoroutinefunction(method)
        what = f"AzureIdentity: {type(self.credential).__name__}"
        # The answer is named nowhere here: what a frame holds is shown by some reports of errors.
        return _received(
            await answer_of(call, what, runtime=self.runtime, is_async=is_async),
            what=what,
            scopes=scopes,
            now=self.runtime.now(),
        )


def _options(tenant_id: str | None, claims: str | None) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if tenant_id is not None:
        options["tenant_id"] = tenant_id
    if claims is not None:
        options["claims"] = claims
        if _ANSWERS_CHALLENGES in capabilities_in(claims):
            options["enable_cae"] = True
    return options


def _call(
    credential: object, scopes: tuple[str, ...], options: dict[str, Any]
) -> tuple[object, Callable[[], object | Awaitable[object]]]:
    """The method and a call of it; the newer of the two tells more."""
    # Any: a foreign object, of which only the names of its methods are known.
    newer: Any = getattr(credential, "get_token_info", None)
    if callable(newer):
        return newer, lambda: newer(*scopes, options=options)
    older: Any = getattr(credential, "get_token", None)
    return older, lambda: older(*scopes, **options)


def _received(answer: object, *, what: str, scopes: tuple[str, ...], now: float) -> ReceivedToken:
    until, refresh_on = (seconds_in(getattr(answer, name, None)) for name in ("expires_on", "refresh_on"))
    members = Document(access_token=getattr(answer, "token", None), token_type=getattr(answer, "token_type", "Bearer"))
    kind = type(answer).__name__
    del answer  # it shows its token; what reports errors may show the locals of every frame
    if not isinstance(members["access_token"], str) or until is None:
        message = f"{what} gave a {kind}, expected an AccessToken with token and expires_on"
        raise CredentialUnavailable(message)
    members["expires_in"] = max(until - now, 0.0)
    members["refresh_in"] = None if refresh_on is None else max(refresh_on - now, 0.0)
    return received_token(members, requested_scopes=scopes, received_at=now)
