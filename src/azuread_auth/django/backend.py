"""The authentication backend: who signed in with Entra, as a user of Django's."""

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import load_backend
from django.contrib.auth.backends import ModelBackend

from azuread_auth.django.configuration import configuration
from azuread_auth.django.users import signed_in_user
from azuread_auth.errors import ConfigurationError
from azuread_auth.principal import Principal

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

__all__ = ["AzureAdBackend", "backend_in_use", "is_backend"]


class AzureAdBackend(ModelBackend):
    """Finds, or makes, the user of a Principal that the sign-in has checked. It takes no passwords.

    Permissions and groups are those of Django's ModelBackend.
    """

    def authenticate(  # type: ignore[override]  # Django asks each backend by the credentials that it names
        self,
        request: "HttpRequest | None",  # noqa: ARG002 - Django passes it
        principal: Principal | None = None,
    ) -> "AbstractBaseUser | None":
        """The user; None for who has none or is not active. Roles decide about rights as AZUREAD_AUTH says."""
        given: object = principal
        return signed_in_user(given, configuration().users) if isinstance(given, Principal) else None

    async def aauthenticate(  # type: ignore[override]  # as above; the inherited one takes passwords
        self, request: "HttpRequest | None", principal: Principal | None = None
    ) -> "AbstractBaseUser | None":
        """`authenticate` for coroutines."""
        return await sync_to_async(self.authenticate)(request, principal=principal)


def is_backend(name: object) -> bool:
    """Whether a name in AUTHENTICATION_BACKENDS is that of an AzureAdBackend."""
    return isinstance(name, str) and isinstance(load_backend(name), AzureAdBackend)


def backend_in_use() -> "tuple[str, Any]":
    """The backend in AUTHENTICATION_BACKENDS that is an AzureAdBackend, with its name there.

    Raises ConfigurationError without one.
    """
    for name in settings.AUTHENTICATION_BACKENDS:
        if is_backend(name):
            return name, load_backend(name)
    message = 'AUTHENTICATION_BACKENDS has no AzureAdBackend; add "azuread_auth.django.AzureAdBackend"'
    raise ConfigurationError(message)
