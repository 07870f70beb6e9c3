"""A value in a recording and where it stands: read strictly, and told by its place when it is wrong."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NoReturn

from azuread_auth.simulation.recordings.harmless_values import MOST_SECONDS

__all__ = ["Place", "WrongPlace"]


class WrongPlace(Exception):
    """Something in a recording is not what it has to be."""


@dataclass(frozen=True, slots=True)
class Place:
    """One value; the methods raise WrongPlace for one of another form."""

    value: object
    name: str

    def refuse(self, expected: str) -> NoReturn:
        """Say what should have been here. What is here is not quoted."""
        message = f"{self.name or 'the document'} is wrong: expected {expected}"
        raise WrongPlace(message)

    def members(self, known: Collection[str]) -> "dict[str, Place]":
        """The members of an object that has no others than these."""
        found = self.entries()
        if not found.keys() <= set(known):
            self.refuse(f"no other members than {', '.join(sorted(known))}")
        return found

    def entries(self) -> "dict[str, Place]":
        """The members of an object, whatever they are called."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
        prefix = f"{self.name}." if self.name else ""
        return {name: Place(value, f"{prefix}{name}") for name, value in self.value.items()}

    def items(self, *, most: int) -> "Iterator[Place]":
        """The items of a list that is not longer than that."""
        if not isinstance(self.value, list) or len(self.value) > most:
            self.refuse(f"a list of at most {most}")
        return iter([Place(item, f"{self.name}[{index}]") for index, item in enumerate(self.value)])

    def text(self, *, is_good: Callable[[str], bool], expected: str) -> str:
        """A text that meets a condition."""
        if not isinstance(self.value, str) or not is_good(self.value):
            self.refuse(expected)
        return self.value

    def number(self, *, least: int = 0, most: int = MOST_SECONDS) -> int:
        """A whole number between these."""
        if type(self.value) is not int or not least <= self.value <= most:
            self.refuse(f"a whole number from {least} to {most}")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self.refuse("true or false")
        return self.value
