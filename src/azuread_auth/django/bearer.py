"""The user of Django's whom a bearer token stands for: known by name, and without rights unless the project says so."""

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db.models.manager import EmptyManager
from django.utils.functional import SimpleLazyObject, empty

from azuread_auth.django.users import UserRules
from azuread_auth.principal import Principal

if TYPE_CHECKING:
    LazyUser = SimpleLazyObject[Any]
else:
    LazyUser = SimpleLazyObject

__all__ = ["BearerUser"]

_QUESTIONS: Final = ("has_perm", "has_perms", "has_module_perms")
_LISTS: Final = ("get_user_permissions", "get_group_permissions", "get_all_permissions")


class BearerUser(LazyUser):
    """Stands before the user, who is looked up when something of it is asked for, and is nobody if not active.

    Whoever holds a token of an administrator has not become one by that: the administrator let an application read
    files, say. What Django would allow the user is hidden here, and not changed: `save()` is the user's own and writes
    what the table has.
    """

    def __init__(self, find: Callable[[], Any], principal: Principal, rules: UserRules, *, has_rights: bool) -> None:
        super().__init__(lambda: _active(find()))
        # Everything else that is set goes to the user.
        self.__dict__.update(_principal=principal, _rules=rules, _has_rights=has_rights)

    @property
    def is_staff(self) -> bool:
        """Whether the user is, the token bears it out, and it carries rights."""
        return self._flag("is_staff")

    @property
    def is_superuser(self) -> bool:
        """As `is_staff`."""
        return self._flag("is_superuser")

    @property
    def groups(self) -> Any:  # noqa: ANN401 - Django's manager
        """The user's; none without rights."""
        return self._known().groups if self._has_rights else EmptyManager(Group)

    @property
    def user_permissions(self) -> Any:  # noqa: ANN401 - as above
        """As `groups`."""
        return self._known().user_permissions if self._has_rights else EmptyManager(Permission)

    def _flag(self, name: str) -> bool:
        role = self._rules.flags.get(name)
        is_borne_out = self._has_rights and (role is None or role in self._principal.roles)
        return is_borne_out and bool(getattr(self._known(), name, False))

    def _known(self) -> Any:  # noqa: ANN401 - the project's own model, or nobody
        if self._wrapped is empty:
            self._setup()
        return self._wrapped

    def __copy__(self) -> "BearerUser":
        return self._copied(copy.copy)

    def __deepcopy__(self, memo: dict[int, Any]) -> "BearerUser":
        return self._copied(lambda user: copy.deepcopy(user, memo))

    def _copied(self, copied: Callable[[Any], Any]) -> "BearerUser":
        user = copied(self._known())
        return BearerUser(lambda: user, self._principal, self._rules, has_rights=self._has_rights)


def _active(user: Any) -> Any:  # noqa: ANN401 - the project's own model, or nobody
    return user if user is not None and user.is_active else AnonymousUser()


def _judged(name: str, nothing: Callable[[], Any]) -> Callable[..., Any]:
    """The model's own method, with this object as the user, so that it sees the flags above."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the model has them
        return getattr(type(self._known()), name)(self, *args, **kwargs) if self._has_rights else nothing()

    return method


def _judged_without_blocking(name: str, nothing: Callable[[], Any]) -> Callable[..., Any]:
    async def method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
        return await getattr(type(self._known()), name)(self, *args, **kwargs) if self._has_rights else nothing()

    return method


for _names, _nothing in ((_QUESTIONS, bool), (_LISTS, set)):
    for _name in _names:
        setattr(BearerUser, _name, _judged(_name, _nothing))
        setattr(BearerUser, f"a{_name}", _judged_without_blocking(f"a{_name}", _nothing))
