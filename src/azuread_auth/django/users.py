"""Which user of Django's a caller is, and what the caller's roles make of that user."""

import hmac
import logging
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self, cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, router, transaction
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from azuread_auth.client import LOGGER_NAME
from azuread_auth.errors import ConfigurationError, LoginFailed
from azuread_auth.principal import Principal
from azuread_auth.requirements import Requirement, Scope

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    UserFor = Callable[[Principal], "AbstractBaseUser | None"]

__all__ = [
    "UserRules",
    "adopt",
    "bearer_user",
    "default_user_for",
    "known_user",
    "signed_in_user",
    "unless_removed",
]

_FIRST_NAME: Final = "first_name"
# A password that Django takes for none, since it begins with "!".
_OURS: Final = "!azuread$"
_SALT: Final = "azuread_auth.django.users"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRules:
    """How callers become users, as AZUREAD_AUTH has it."""

    user_for: "UserFor"
    staff_role: str | None = None
    superuser_role: str | None = None
    group_roles: Mapping[str, str] = field(default_factory=dict)
    """The names of app roles, each with that of the group which it means."""
    bearer_rights: str | None = None
    """The scope by which a token carries the rights that Django gives its user."""

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """From values of AZUREAD_AUTH. Raises ConfigurationError."""
        groups = values.get("group_roles") or {}
        if not isinstance(groups, Mapping) or not all(map(_is_name, (*groups, *groups.values()))):
            message = 'AZUREAD_AUTH["group_roles"] is not a dict; expected the name of a group for each app role'
            raise ConfigurationError(message)
        for name in ("staff_role", "superuser_role"):
            if values.get(name) is not None and not _is_name(values[name]):
                message = f'AZUREAD_AUTH["{name}"] is not the name of an app role; expected one, or None'
                raise ConfigurationError(message)
        rights = values.get("bearer_rights")
        if rights is not None and not _is_name(rights):
            message = 'AZUREAD_AUTH["bearer_rights"] is not the name of a scope; expected one, or None'
            raise ConfigurationError(message)
        return cls(
            user_for=_user_for(values.get("user_for")),
            staff_role=values.get("staff_role"),
            superuser_role=values.get("superuser_role"),
            group_roles=dict(groups),
            bearer_rights=rights,
        )

    @property
    def flags(self) -> Mapping[str, str]:
        """The fields of a user that roles decide about, each with its role."""
        roles = {"is_staff": self.staff_role, "is_superuser": self.superuser_role}
        return {name: role for name, role in roles.items() if role is not None}

    def has_bearer_rights(self, principal: Principal) -> bool:
        """Whether a token carries the rights of its user, which one that was given for something else does not."""
        return self.bearer_rights is not None and Scope(self.bearer_rights).is_met_by(principal)


def default_user_for(principal: Principal) -> "AbstractBaseUser | None":
    """The user whose name is `principal.identity`, who is made when there is none yet; nobody for an application.

    Never by e-mail: addresses change hands, and the administrator of any tenant can claim one. Nor one who was made by
    other means: that name may have been chosen by somebody who knew whose it would be, and who can still get in.
    Nor one whom the model's default manager hides.
    """
    if principal.kind != "user":
        return None
    model: Any = get_user_model()
    names = {each.name: each for each in model._meta.get_fields()}  # noqa: SLF001 - documented under this name
    defaults: dict[str, object] = {"password": _mark(principal.identity, settings.SECRET_KEY)}
    if _FIRST_NAME in names:
        # Some databases take no NUL, which a tenant may have put there.
        defaults[_FIRST_NAME] = principal.display_name.replace("\0", "")[: names[_FIRST_NAME].max_length]
    name = {model.USERNAME_FIELD: principal.identity}
    try:
        user, _ = model._default_manager.get_or_create(**name, defaults=defaults)  # noqa: SLF001 - documented so
    except IntegrityError:
        if not _is_anywhere(model, name):
            raise
        return None
    if not _is_marked(user, principal.identity):
        logging.getLogger(LOGGER_NAME).warning(
            "the user of Django's with the name of a caller was not made for it, or has been given a password since, "
            "so it may be somebody else's; remove it, call azuread_auth.django.users.adopt(user) if it is the caller's "
            "alone, or set user_for"
        )
        return None
    return cast("AbstractBaseUser", user)


def adopt(user: "AbstractBaseUser") -> None:
    """Make a user, whose name is the identity of a caller, that caller's alone; its password is gone after that.

    For users that were made by other means, and after a change of SECRET_KEY without SECRET_KEY_FALLBACKS.
    """
    user.password = _mark(user.get_username(), settings.SECRET_KEY)
    user.save(update_fields=["password"])


def _mark(identity: str, secret: str | bytes) -> str:
    """What stands in place of a password: nobody but this project can have written it."""
    return _OURS + salted_hmac(_SALT, identity, secret=secret, algorithm="sha256").hexdigest()


def _is_marked(user: "AbstractBaseUser", identity: str) -> bool:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(user.password.encode(), _mark(identity, each).encode()) for each in secrets)


def signed_in_user(principal: Principal, rules: UserRules) -> "AbstractBaseUser | None":
    """The user, with the rights that roles decide about brought up to date; None for who may not sign in.

    Raises LoginFailed for one who is removed meanwhile, and what `user_for` raises.
    """
    # By itself: two first sign-ins at once would wait for each other in one transaction, and SQLite refuses one then.
    user = rules.user_for(principal)
    if user is None or not user.is_active:
        return None
    with unless_removed(user), transaction.atomic(using=router.db_for_write(user.__class__, instance=user)):
        _update_flags(user, rules, principal.roles)
        _update_groups(user, rules.group_roles, principal.roles)
        if rules.user_for is default_user_for:
            _renew_mark(user, principal.identity)
    return user


@contextmanager
def unless_removed(user: "AbstractBaseUser") -> Generator[None, None, None]:
    """Raises LoginFailed where the database cannot write what is done here because the user is there no more."""
    try:
        yield
    except DatabaseError as error:
        if _is_anywhere(user.__class__, {"pk": user.pk}):
            raise
        message = "the user of Django's was removed during the sign-in; sign in once more"
        raise LoginFailed(message) from error


def _is_anywhere(model: Any, wanted: Mapping[str, object]) -> bool:  # noqa: ANN401 - the project's own
    """Whether the table has such a user, whom the model's default manager may hide."""
    return bool(model._base_manager.filter(**wanted).exists())  # noqa: SLF001 - as above


def _renew_mark(user: "AbstractBaseUser", identity: str) -> None:
    """Under the newest key, so that the older ones can go one day."""
    mark = _mark(identity, settings.SECRET_KEY)
    if user.password != mark:
        user.password = mark
        user.save(update_fields=["password"])


def bearer_user(principal: Principal, rules: UserRules) -> "AbstractBaseUser | None":
    """The user of a bearer token, active or not; None for who has none. Nothing is written of the token's roles."""
    try:
        return rules.user_for(principal)
    except LoginFailed:  # it says why to a person who signs in, and there is none here
        return None


@dataclass(frozen=True, slots=True)
class _ActiveUser(Requirement):
    """Where the caller has a user of Django's, it is active."""

    is_active: bool

    def is_met_by(self, principal: Principal) -> bool:  # noqa: ARG002 - the user has been looked up
        return self.is_active

    def __str__(self) -> str:
        return "an active user of Django's"


def known_user(principal: Principal, rules: UserRules) -> "AbstractBaseUser | None":
    """The user of a bearer token, if there is one already.

    Raises PermissionDenied where it is not active, and for a person whom `user_for` refuses by LoginFailed.
    """
    if rules.user_for is default_user_for:
        return _user_of_that_name(principal)
    try:
        user = rules.user_for(principal)
    except LoginFailed:
        _ActiveUser(principal.kind != "user").check(principal)
        return None
    _ActiveUser(user is None or user.is_active).check(principal)
    return user


def _user_of_that_name(principal: Principal) -> "AbstractBaseUser | None":
    """One who is not active is refused also without a mark: whoever deactivates a user may take the password too.

    So is one whom the default manager hides, by which Django itself would know nobody.
    """
    model: Any = get_user_model()
    name = {model.USERNAME_FIELD: principal.identity}
    found = model._default_manager.filter(**name).first()  # noqa: SLF001 - as above
    is_active = found.is_active if found is not None else not _is_anywhere(model, name)
    _ActiveUser(is_active).check(principal)
    return found if found is not None and _is_marked(found, principal.identity) else None


def _update_flags(user: "AbstractBaseUser", rules: UserRules, roles: frozenset[str]) -> None:
    wanted = {name: role in roles for name, role in rules.flags.items()}
    changed = [name for name, value in wanted.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, wanted[name])
    if changed:
        user.save(update_fields=changed)


def _update_groups(user: Any, group_roles: Mapping[str, str], roles: frozenset[str]) -> None:  # noqa: ANN401 - a model with groups
    """Into the groups of roles that the user has, out of those of roles that the user has not; others are left."""
    if not group_roles:
        return
    wanted = {group for role, group in group_roles.items() if role in roles}
    managed = set(group_roles.values())
    present = set(user.groups.filter(name__in=managed).values_list("name", flat=True))
    user.groups.remove(*_groups(present - wanted))
    user.groups.add(*_groups(wanted - present))


def _groups(names: Iterable[str]) -> list[Any]:
    from django.contrib.auth.models import Group  # noqa: PLC0415 - a project without groups has none of Django's models

    return [Group.objects.get_or_create(name=name)[0] for name in sorted(names)]


def _user_for(given: object) -> "UserFor":
    found = given
    if isinstance(given, str):
        try:
            found = import_string(given)
        except ImportError as error:
            message = f'AZUREAD_AUTH["user_for"] names {given!r}, which cannot be imported: {error}'
            raise ConfigurationError(message) from error
    if found is None:
        return default_user_for
    if not callable(found) or iscoroutinefunction(found):  # pyright: ignore[reportDeprecated] - see decorators.py
        message = (
            'AZUREAD_AUTH["user_for"] is no plain function; expected one of a Principal that gives a user or None, or '
            "its dotted path"
        )
        raise ConfigurationError(message)
    return cast("UserFor", found)  # what it takes and gives shows when it is called


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)
