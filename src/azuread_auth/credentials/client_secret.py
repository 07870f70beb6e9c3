"""A secret that the application shares with Entra."""

from dataclasses import dataclass

from azuread_auth.credentials.base import Credential, secret_of
from azuread_auth.secret import Secret

__all__ = ["ClientSecret"]


@dataclass(frozen=True, slots=True, init=False)
class ClientSecret(Credential):
    """A client secret of the app registration. Serves every flow.

    Raises ConfigurationError when the secret is empty or not text.
    """

    secret: Secret

    def __init__(self, secret: str | Secret) -> None:
        remedy = "give the Value of a client secret of the app registration, not its Secret ID"
        object.__setattr__(self, "secret", secret_of(secret, "ClientSecret: secret", remedy=remedy))
