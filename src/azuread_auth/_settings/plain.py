"""Settings that are plain values: flags, numbers, texts, collections of texts, paths."""

import math
from collections.abc import Iterable
from pathlib import Path

from azuread_auth._protocol.misplaced import is_content
from azuread_auth._settings.refusal import SettingRefused

__all__ = ["clock_skew", "flag", "items", "path_or_none", "plain_text", "texts", "timeout"]

_MAX_CLOCK_SKEW_SECONDS = 600
_MAX_TIMEOUT_SECONDS = 120


def flag(value: object, setting: str) -> bool:
    """A boolean and nothing that only counts as one: "false" is true in Python."""
    if not isinstance(value, bool):
        raise SettingRefused(setting, "is not a boolean; expected True or False")
    return value


def clock_skew(value: object, setting: str) -> float:
    """Seconds by which clocks may differ. RFC 7519 4.1.5: no more than a few minutes."""
    seconds = _finite(value)
    if seconds is None or not 0 <= seconds <= _MAX_CLOCK_SKEW_SECONDS:
        raise SettingRefused(setting, "is out of range; expected seconds from 0 to 600, usually 60")
    return seconds


def timeout(value: object, setting: str) -> float:
    """Seconds that one request to the provider may take."""
    seconds = _finite(value)
    if seconds is None or not 0 < seconds <= _MAX_TIMEOUT_SECONDS:
        raise SettingRefused(setting, "is out of range; expected seconds above 0, at most 120, usually 10")
    return seconds


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def plain_text(value: object) -> bool:
    """Whether this is text with something in it, and no space or control character."""
    return isinstance(value, str) and value != "" and value.isprintable() and " " not in value


def items(values: object, setting: str) -> tuple[object, ...]:
    """The items of a collection. One text is none: its items would be its letters."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise SettingRefused(setting, "is not a collection; expected a tuple, list or set, even of one")
    return tuple(values)


def texts(values: object, setting: str) -> tuple[str, ...]:
    """The texts of a collection, each once, in order."""
    found = items(values, setting)
    if not all(plain_text(item) for item in found):
        problem = "has an item that is empty, no text, or has spaces in it; leave it out or correct it"
        raise SettingRefused(setting, problem)
    return tuple(dict.fromkeys(str(item) for item in found))


def path_or_none(value: object, setting: str) -> Path | None:
    """A path, not opened, or None."""
    if value is None:
        return None
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise SettingRefused(setting, "is not a path; expected the file of certificates in PEM form")
    # Before it can be quoted as the path of a file that is not there.
    if is_content(str(value)):
        raise SettingRefused(setting, "is the content of a file; expected the path of the file")
    return Path(value)
