"""Which paths need credentials. Matched as routed, on whole segments; what is unclear is protected."""

import re
from collections.abc import Iterable
from enum import Enum, auto
from typing import Final

from azuread_auth.errors import ConfigurationError

__all__ = ["Access", "PathRules"]

_UNCLEAR: Final = re.compile(r"//|\\|[\x00-\x1f\x7f]|(?:^|/)\.\.?(?:[/;]|$)|%2[ef5]|%5c|%00", re.IGNORECASE)


class Access(Enum):
    """How a path treats callers without credentials."""

    PROTECTED = auto()
    OPTIONAL = auto()
    PUBLIC = auto()


class PathRules:
    """The public and optional paths of an application; each other is protected."""

    __slots__ = ("_default", "_exact", "_optional_prefixes", "_public_prefixes", "is_trivial")

    def __init__(
        self, *, public_paths: Iterable[str] = (), optional_paths: Iterable[str] = (), allow_anonymous: bool = False
    ) -> None:
        public = _checked("public_paths", public_paths)
        optional = _checked("optional_paths", optional_paths)
        self._default = Access.OPTIONAL if allow_anonymous else Access.PROTECTED
        self._exact = dict.fromkeys(_exact(optional), Access.OPTIONAL) | dict.fromkeys(_exact(public), Access.PUBLIC)
        self._public_prefixes = _prefixes(public)
        self._optional_prefixes = _prefixes(optional)
        self.is_trivial: bool = not public and not optional
        """Whether all paths are treated alike."""

    def access(self, path: str) -> Access:
        """How the routed path, without `root_path`, is to be treated. A public pattern goes before an optional one."""
        if self.is_trivial:
            return self._default
        found = self._exact.get(path)
        if found is Access.PUBLIC:
            return found
        if path.startswith(self._public_prefixes) and not _UNCLEAR.search(path):
            return Access.PUBLIC
        if found is not None or (path.startswith(self._optional_prefixes) and not _UNCLEAR.search(path)):
            return Access.OPTIONAL
        return self._default


def _exact(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if not pattern.endswith("/*"))


def _prefixes(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(pattern.removesuffix("*") for pattern in patterns if pattern.endswith("/*"))


def _checked(setting: str, patterns: Iterable[str]) -> tuple[str, ...]:
    if isinstance(patterns, str):
        message = f'{setting} is one text; expected several, such as {setting}=("/healthz",)'
        raise ConfigurationError(message)
    checked = tuple(patterns)
    for pattern in checked:
        given: object = pattern
        if not isinstance(given, str) or not pattern.startswith("/") or "*" in pattern.removesuffix("/*"):
            message = f'{setting} has a pattern that is neither a path such as "/healthz" nor one such as "/static/*"'
            raise ConfigurationError(message)
        if _UNCLEAR.search(pattern):
            message = f'{setting} has a pattern with "//", ".", "..", "\\" or an escape; write the path as it is routed'
            raise ConfigurationError(message)
    return checked
