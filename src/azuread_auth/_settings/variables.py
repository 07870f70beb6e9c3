"""Environment variables, read as texts, flags, numbers and lists. An empty variable is an absent one."""

from collections.abc import Mapping
from typing import Final

from azuread_auth._protocol.guid import as_guid
from azuread_auth.errors import ConfigurationError

__all__ = ["Variables"]

_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


class Variables:
    """An environment that tells no value in its errors: a secret may be in the wrong variable."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str | None:
        """The value, or None when absent or empty."""
        return self._environ.get(name) or None

    def flag(self, name: str) -> bool | None:
        """A boolean. Raises ConfigurationError for anything but true, false, 1 and 0 in any case."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in _FLAGS:
            message = f"{name} is not a boolean; expected true, false, 1 or 0"
            raise ConfigurationError(message)
        return _FLAGS[text.lower()]

    def number(self, name: str) -> float | None:
        """A number. Raises ConfigurationError for anything else."""
        text = self.text(name)
        try:
            return None if text is None else float(text)
        except ValueError:
            message = f"{name} is not a number; expected seconds, such as 10 or 2.5"
            raise ConfigurationError(message) from None

    def items(self, name: str) -> tuple[str, ...] | None:
        """A list separated by commas; spaces around an item do not count."""
        text = self.text(name)
        return None if text is None else tuple(item.strip() for item in text.split(","))

    def guid(self, name: str) -> str | None:
        """A GUID in lower case. Raises ConfigurationError for anything else."""
        text = self.text(name)
        guid = as_guid(text)
        if text is not None and guid is None:
            message = f"{name} is not a GUID; copy it from the Azure portal, without braces"
            raise ConfigurationError(message)
        return guid

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of the words, in any case. Raises ConfigurationError for any other."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in choices:
            message = f"{name} is not known; expected one of {', '.join(choices)}"
            raise ConfigurationError(message)
        return text.lower()
