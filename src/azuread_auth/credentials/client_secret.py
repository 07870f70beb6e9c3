"""A secret that the application shares with Entra."""

from collections.abc import Mapping
from dataclasses import dataclass

from azuread_auth.credentials.base import ClientAuthentication, Credential, CredentialSurroundings, secret_of
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

    def in_use(self, surroundings: CredentialSurroundings) -> ClientAuthentication:
        """The secret itself: there is nothing to load."""
        return _SecretInUse(self.secret)


@dataclass(frozen=True, slots=True)
class _SecretInUse:
    secret: Secret
    client_id: str | None = None

    async def fields(self, *, client_id: str, token_url: str) -> Mapping[str, str]:
        return {"client_secret": self.secret.reveal()}

    def reload(self) -> bool:
        return False
