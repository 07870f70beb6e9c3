"""What App Service's own authentication says of itself in the environment (Microsoft, "App Service Authentication")."""

from collections.abc import Mapping
from typing import Final, Literal

from azuread_auth.errors import ConfigurationError

__all__ = ["EasyAuthToken", "check_platform", "token_header"]

EasyAuthToken = Literal["id_token", "access_token"]
"""Which of the tokens that App Service passes on says who calls."""

_HEADERS: Final[Mapping[str, str]] = {
    "id_token": "x-ms-token-aad-id-token",
    "access_token": "x-ms-token-aad-access-token",
}
_SITE: Final = "WEBSITE_SITE_NAME"
_ENABLED: Final = "WEBSITE_AUTH_ENABLED"
_CLIENT: Final = "WEBSITE_AUTH_CLIENT_ID"


def token_header(token: object) -> str:
    """The header that has this token, in lower case. Raises ConfigurationError for what is no such token."""
    header = _HEADERS.get(token) if isinstance(token, str) else None
    if header is None:
        message = f"easy_auth= is not one of the tokens that App Service passes on; expected {_choices()}, or nothing"
        raise ConfigurationError(message)
    return header


def _choices() -> str:
    return " or ".join(f'"{name}"' for name in _HEADERS)


def check_platform(environ: Mapping[str, str], *, client_id: str) -> None:
    """Raise ConfigurationError unless this is App Service, with its authentication on and for this application.

    Anywhere else nobody takes the headers out of what comes from outside.
    """
    if not environ.get(_SITE):
        message = (
            f"easy_auth= is set and {_SITE} is not: this is not App Service, where nobody but the platform can set the "
            "headers; leave it out here"
        )
        raise ConfigurationError(message)
    if environ.get(_ENABLED, "").lower() != "true":
        message = (
            f"easy_auth= is set and {_ENABLED} is not True: the authentication of this App Service is off; turn it on "
            "(Settings, Authentication) or leave easy_auth= out"
        )
        raise ConfigurationError(message)
    platform_client = environ.get(_CLIENT, "")
    if platform_client and platform_client.lower() != client_id.lower():
        message = (
            f"easy_auth= is set and {_CLIENT} names another application than client_id, so that no token would be for "
            "this one; expected the same app registration in both"
        )
        raise ConfigurationError(message)
