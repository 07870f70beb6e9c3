"""Why a request is refused, before anything is said about how."""

from typing import Final

from azuread_auth.errors import (
    AssertionRefused,
    AzureAdError,
    ClaimsChallenge,
    InteractionRequired,
    PermissionDenied,
    ProviderUnavailable,
    Throttled,
)

__all__ = ["ABOUT_CALLERS", "ANSWERED", "CrossSiteRequest", "MalformedAuthorization", "NotAuthenticated"]

ABOUT_CALLERS: Final = (PermissionDenied, ClaimsChallenge, InteractionRequired, AssertionRefused)
"""What the caller can do something about, who must be known for that."""
ANSWERED: Final = (*ABOUT_CALLERS, Throttled, ProviderUnavailable)
"""What an application may raise for the middleware to answer. Other errors are its own, and go on to the server."""


class MalformedAuthorization(AzureAdError):
    """The request's credentials cannot be read: RFC 6750 3.1 `invalid_request`."""

    code = "malformed_authorization"

    def __init__(self) -> None:
        super().__init__("the Authorization header is malformed; expected one, of the form: Bearer <token>")


class NotAuthenticated(AzureAdError):
    """The request has no credentials where they are needed."""

    code = "not_authenticated"

    def __init__(self, *, has_other_scheme: bool = False) -> None:
        self.has_other_scheme = has_other_scheme
        """Whether there is an Authorization header, of a scheme other than Bearer."""
        message = "the request has no credentials"
        if has_other_scheme:
            message = "the Authorization header is not of the scheme Bearer; expected: Bearer <token>"
        super().__init__(message)


class CrossSiteRequest(AzureAdError):
    """A page of another site sends, with this browser's session, what only the application's own pages may."""

    code = "cross_site_request"

    def __init__(self, *, can_be_trusted: bool = True) -> None:
        """`can_be_trusted`: whether there is a setting for other origins."""
        remedy = "add its origin to trusted_origins if it may" if can_be_trusted else "expected one of its own pages"
        super().__init__(
            f"a page of another origin sent an unsafe request or opened a WebSocket with the session; {remedy}"
        )
