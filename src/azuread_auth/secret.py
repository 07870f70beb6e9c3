"""A value that must not be printed."""

import hmac
from typing import Never, final

__all__ = ["Secret"]


@final
class Secret:
    """Text or bytes that no repr, log line, traceback or pickle shows; `reveal()` gives the text.

    Comparison takes the same time whatever the values are. A `Secret` cannot be pickled, because a pickle is a copy
    on a disk or a wire that nobody guards.
    """

    __slots__ = ("_value",)

    _value: bytes

    def __init__(self, value: str | bytes) -> None:
        self._value = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> str:
        """The secret as text. Raises UnicodeDecodeError where it is not UTF-8: see `reveal_bytes`."""
        return self._value.decode()

    def reveal_bytes(self) -> bytes:
        """The secret as bytes."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return "Secret('**********')"

    def __str__(self) -> str:
        return "********** (call reveal() for the text)"

    def __format__(self, format_spec: str) -> str:
        return str(self)

    def __reduce__(self) -> Never:
        message = "a Secret cannot be pickled; pass the text of reveal() where it is really needed"
        raise TypeError(message)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self
