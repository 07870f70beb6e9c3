"""Why a request is refused, before anything is said about how."""

from azuread_auth.errors import AzureAdError

__all__ = ["MalformedAuthorization", "NotAuthenticated"]


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
