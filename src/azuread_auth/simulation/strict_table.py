"""Tables of TOML files and objects of JSON, read member by member: what is not known, or of another type, is named."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final, NoReturn, TypeVar

from azuread_auth._protocol.guid import as_guid
from azuread_auth.errors import ConfigurationError

__all__ = ["Table"]

Choice = TypeVar("Choice", bound=str)

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,60}", re.ASCII)


class Table:
    """Members by name. What it raises says where and what was expected, and never what was there: it may be secret."""

    def __init__(self, members: Mapping[str, object], place: str = "") -> None:
        self._members = members
        self._place = place
        self._asked: dict[str, None] = {}

    def refuse(self, name: str, expected: str) -> NoReturn:
        """Raise ConfigurationError for a member that is not what was expected."""
        message = f"{self.place_of(name)}: expected {expected}"
        raise ConfigurationError(message)

    def place_of(self, name: str) -> str:
        """Where a member is: "users.2.roles" are the roles of the second of the users."""
        return f"{self._place}.{name}" if self._place else name

    def has(self, name: str) -> bool:
        """Whether the member is there."""
        self._asked[name] = None
        return name in self._members

    def text(self, name: str) -> str | None:
        """A member that is text, with something in it; None where there is none."""
        value = self._member(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.refuse(name, "text")
        return value

    def required_text(self, name: str) -> str:
        """The same, where there must be one."""
        return self._required(name, self.text(name), "text")

    def guid(self, name: str) -> str | None:
        """A member that is a GUID, in lower case."""
        value = self._member(name)
        guid = as_guid(value)
        if value is not None and guid is None:
            self.refuse(name, "a GUID")
        return guid

    def required_guid(self, name: str) -> str:
        """The same, where there must be one."""
        return self._required(name, self.guid(name), "a GUID")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A member that is true or false."""
        value = self._member(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(name, "true or false")
        return value

    def number(self, name: str) -> float | None:
        """A member that is a finite number."""
        value = self._member(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.refuse(name, "a number")
        return value

    def integer(self, name: str) -> int | None:
        """A member that is a whole number, not negative."""
        value = self._member(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.refuse(name, "a whole number that is not negative")
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A member that is a list of text."""
        value = self._member(name)
        return None if value is None else self._texts(name, value)

    def choice(self, name: str, choices: Iterable[Choice]) -> Choice | None:
        """A member that is one of several texts."""
        value = self._member(name)
        allowed = tuple(choices)
        found = next((each for each in allowed if each == value), None)
        if value is not None and found is None:
            self.refuse(name, f"one of {', '.join(allowed)}")
        return found

    def members(self, name: str) -> Mapping[str, object] | None:
        """A member that is a table, whatever is in it."""
        value = self._member(name)
        if value is not None and not isinstance(value, dict):
            self.refuse(name, "a table")
        return value

    def texts_by_name(self, name: str) -> dict[str, tuple[str, ...]] | None:
        """A member that is a table of lists of text."""
        members = self.members(name)
        if members is None:
            return None
        return {each: self._texts(f"{name}.{_shown(each)}", value) for each, value in members.items()}

    def tables(self, name: str) -> tuple["Table", ...]:
        """A member that is a list of tables; they count from 1."""
        value = self._member(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.refuse(name, f"tables, each under [[{name}]]")
        return tuple(Table(each, f"{self.place_of(name)}.{number}") for number, each in enumerate(value, 1))

    def close(self) -> None:
        """Raise ConfigurationError for a member that nobody asked for."""
        unknown = next((name for name in self._members if name not in self._asked), None)
        if unknown is not None:
            known = ", ".join(self._asked) or "none"
            message = f"{self.place_of(_shown(unknown))}: there is no such key; expected one of {known}"
            raise ConfigurationError(message)

    def _member(self, name: str) -> object:
        self._asked[name] = None
        return self._members.get(name)

    def _required(self, name: str, value: str | None, expected: str) -> str:
        if value is None:
            self.refuse(name, f"{expected}, which must be there")
        return value

    def _texts(self, name: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            self.refuse(name, "a list of text")
        return tuple(value)


def _shown(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else "(a key with other characters)"
