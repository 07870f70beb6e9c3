"""Sign-ins under way, as an application keeps them between two requests."""

from dataclasses import dataclass, field

from azuread_auth.secret import Secret

__all__ = ["AuthorizationRequest", "DeviceCode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A sign-in that was begun: send the user's browser to `url`, and keep the rest for when it comes back.

    Keep it where only this browser's next request finds it, such as a sealed cookie: it is what proves that the answer
    belongs to the request. It shows nothing of itself.
    """

    url: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    redirect_uri: str
    scopes: tuple[str, ...]
    """Those of APIs that were asked for; the token will be for the API of the first."""
    tenant: str
    """The tenant, or name for many, that the user signs in to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """A sign-in on another device: show the user `message`, or `user_code` and `verification_uri`."""

    user_code: str = field(repr=False)
    verification_uri: str
    message: str = field(repr=False)
    expires_at: float
    """When the code ends, in seconds since the epoch."""
    interval: float
    """The least seconds between two questions whether the user has signed in."""
    device_code: Secret
    scopes: tuple[str, ...]
    tenant: str
