"""Who signed in, as a user of Django's."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from azuread_auth import Principal


class DirectoryUsers(AuthenticationMiddleware):
    """Makes `request.user` the user of whom AzureAdAuth has found: by a session or a token, for this request."""

    def process_request(self, request: HttpRequest) -> None:
        principal: Principal | None = request.META["azuread_auth.principal"]
        is_user = principal is not None and principal.kind == "user"
        request.user = user_for(principal) if is_user else AnonymousUser()


class NoPasswords(ModelBackend):
    """Django's groups and permissions, and no way to sign in but the directory's."""

    def authenticate(self, *_: object, **__: object) -> None:
        """Nobody, by whatever password."""


def user_for(principal: Principal) -> Any:  # noqa: ANN401 - whatever model the project has
    """The user of this tenant and object id. Never by e-mail: addresses change hands, and anybody can claim one."""
    is_admin = "Admin" in principal.roles
    facts = {"first_name": principal.display_name[:150], "is_staff": is_admin, "is_superuser": is_admin}
    defaults = {**facts, "password": make_password(None)}  # none that anybody could use
    user, _ = get_user_model().objects.get_or_create(username=principal.identity, defaults=defaults)
    changed = [name for name, value in facts.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, facts[name])
    if changed:
        user.save(update_fields=changed)
    return user
