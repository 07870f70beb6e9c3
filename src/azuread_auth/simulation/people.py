"""Who there is in a simulated tenant, and what their groups are called."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from azuread_auth.simulation.users import DEFAULT_USERS, SimulatedUser, find_user, user_in_claims

__all__ = ["MOST_GROUPS", "People"]

MOST_GROUPS: Final = 200
"""How many groups an access token lists; with more it says where they can be asked for."""


class People:
    """The accounts by name, and strangers and changed accounts that a test brought; its owner guards it with a lock."""

    def __init__(
        self,
        users: Mapping[str, SimulatedUser] = DEFAULT_USERS,
        *,
        group_names: Mapping[str, str] = MappingProxyType({}),
        most_groups: int = MOST_GROUPS,
        most_strangers: int = 10_000,
    ) -> None:
        self.by_name: Final = users
        self.most_groups: Final = most_groups
        self._group_names: Final = group_names
        self._by_id: Final = {user.object_id: user for user in users.values()}
        self._strangers: dict[str, SimulatedUser] = {}
        self._most_strangers: Final = most_strangers

    def find(self, user: SimulatedUser | str | None) -> SimulatedUser:
        """The user that is meant: a value as it is, an account by name, the first account when nobody is named.

        Raises ConfigurationError for an unknown name.
        """
        return find_user(user, self.by_name)

    def meet(self, user: SimulatedUser | str | None) -> SimulatedUser:
        """As `find`, and who is no account as it is, is remembered: Graph knows them from then on."""
        found = self.find(user)
        self._strangers.pop(found.object_id, None)
        if found != self._by_id.get(found.object_id):
            self._strangers[found.object_id] = found
            if len(self._strangers) > self._most_strangers:
                del self._strangers[next(iter(self._strangers))]
        return found

    def newest(self, user: SimulatedUser) -> SimulatedUser:
        """The last that was said of the user, whose roles may have changed since."""
        return self._strangers.get(user.object_id) or self._by_id.get(user.object_id) or user

    def id_of(self, user: SimulatedUser | str | None) -> str | None:
        """The object id of a user, None for nobody. Raises ConfigurationError for an unknown name."""
        return None if user is None else self.find(user).object_id

    def name_of(self, user: SimulatedUser) -> str | None:
        """The name of an account."""
        return next((name for name, each in self.by_name.items() if each == user), None)

    def known_as(self, name: str) -> SimulatedUser | None:
        """The user with an object id or a user name, strangers included."""
        found = self._strangers.get(name) or self._by_id.get(name)
        if found is not None:
            return found
        everybody = (*self._strangers.values(), *self._by_id.values())
        return next((user for user in everybody if user.username.lower() == name.lower()), None)

    def in_claims(self, claims: Mapping[str, object]) -> SimulatedUser:
        """The user that a token's claims speak of: an account, a stranger, or somebody of whom no more is known."""
        object_id = claims.get("oid")
        if not isinstance(object_id, str):
            return user_in_claims(claims)
        return self._strangers.get(object_id) or self._by_id.get(object_id) or user_in_claims(claims)

    def forget_strangers(self) -> None:
        """Know the accounts alone."""
        self._strangers.clear()

    def group_name(self, group_id: str) -> str:
        """What a group is called."""
        return self._group_names.get(group_id) or f"Group {group_id.partition('-')[0]}"
