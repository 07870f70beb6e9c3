"""Events as log records: structured, on one line, and not flooding."""

import logging
import re
from collections.abc import Callable
from typing import Final

from azuread_auth.observability.labels import token_error_label
from azuread_auth.ports import Event

__all__ = ["LOGGER_NAME", "LoggingObserver"]

LOGGER_NAME: Final = "azuread_auth"
_MAX_TEXT: Final = 1000
_WINDOW_SECONDS: Final = 10.0
_MAX_PER_WINDOW: Final = 20
_MAX_KINDS: Final = 256
# What is unprintable, and not "all but the printable": that takes 5 ms to compile, this one a twentieth. With it goes
# what turns the direction of text or has no width, and halves of pairs, which a stream in UTF-8 does not take.
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff\U00010000-\U0010ffff]"
)


class LoggingObserver:
    """Writes events to loggers below "azuread_auth": "token.rejected" to "azuread_auth.token".

    The fields are attributes of the record, prefixed `azuread_`; `azuread_event` is the event's name. Of events alike
    (same name, flow, reason and error) 20 are written in 10 seconds; the first of the next window says how many were
    left out, so that an attacker cannot fill a disk. Line breaks and control characters are escaped, long texts cut.
    """

    def __init__(self, *, monotonic: Callable[[], float], logger: logging.Logger | None = None) -> None:
        self._monotonic = monotonic
        self._logger = logger if logger is not None else logging.getLogger(LOGGER_NAME)
        self._windows: dict[str, tuple[float, int]] = {}

    def record(self, event: Event) -> None:
        """Write the event, unless too many like it were written a moment ago."""
        logger = self._logger.getChild(event.name.partition(".")[0])
        if not logger.isEnabledFor(event.level):
            return
        left_out = self._left_out_before(_kind_of(event))
        if left_out is None:
            return
        message = str(_one_line(event.message))
        if left_out:
            message += f" ({left_out} more like this in the {_WINDOW_SECONDS:.0f} s before)"
        extra: dict[str, object] = {"azuread_event": event.name}
        extra.update((f"azuread_{name}", _one_line(value)) for name, value in event.fields.items())
        logger.log(event.level, "%s", message, extra=extra)

    def _left_out_before(self, kind: str) -> int | None:
        """How many of this kind the last window left out; None when this one is to be left out too."""
        now = self._monotonic()
        started_at, count = self._windows.get(kind, (float("-inf"), 0))
        if now - started_at < _WINDOW_SECONDS:
            self._windows[kind] = (started_at, count + 1)
            return 0 if count < _MAX_PER_WINDOW else None
        if len(self._windows) >= _MAX_KINDS:
            self._windows.clear()
        self._windows[kind] = (now, 1)
        return max(count - _MAX_PER_WINDOW, 0)


def _kind_of(event: Event) -> str:
    """What makes events alike: one flow's, or one reason's, flood must not hide the others."""
    # Who calls the callback route says what the error was: as many kinds as they like would be no limit.
    error = token_error_label(event.fields["error"]) if "error" in event.fields else ""
    return " ".join([event.name, *(str(event.fields.get(name, "")) for name in ("flow", "reason")), error])


def _one_line(value: str | float) -> str | float:
    """The value without anything that could forge or disturb a log line."""
    if not isinstance(value, str):
        return value
    text = value if len(value) <= _MAX_TEXT else f"{value[:_MAX_TEXT]}..."
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
