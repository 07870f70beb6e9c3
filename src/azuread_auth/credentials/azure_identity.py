"""Credentials of other Azure libraries."""

from dataclasses import dataclass, field

from azuread_auth.credentials.base import Credential
from azuread_auth.errors import ConfigurationError

__all__ = ["AzureIdentity"]


@dataclass(frozen=True, slots=True)
class AzureIdentity(Credential):
    """Any azure-core credential, such as those of azure-identity. Gets tokens for its own identity alone.

    Raises ConfigurationError when the object has neither `get_token` nor `get_token_info`.
    """

    # Neither hashing nor a masked repr can be counted on in a foreign object.
    credential: object = field(repr=False, hash=False)

    def __post_init__(self) -> None:
        if not any(callable(getattr(self.credential, name, None)) for name in ("get_token", "get_token_info")):
            message = "AzureIdentity: expected an azure-core credential with get_token or get_token_info"
            raise ConfigurationError(message)
