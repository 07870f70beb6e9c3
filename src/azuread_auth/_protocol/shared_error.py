"""One error for several who wait for the same work."""

import copy

__all__ = ["SharedError"]


class SharedError:
    """What each of those who wait raises: an error of its own, with the frames of the work alone.

    One object raised by all would carry the frames of one caller, and the error that one was handling, into the error
    reports of another. The first has the original, with its cause; the others have copies.
    """

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._traceback = error.__traceback__
        self._original = [error]

    def own(self) -> Exception:
        """The error for the next of them."""
        try:
            return self._original.pop()  # at once: threads ask at the same time
        except IndexError:
            return _copied(self._error).with_traceback(self._traceback)


def _copied(error: Exception) -> Exception:
    try:
        copied = copy.copy(error)
    except Exception:  # noqa: BLE001 - an application's own error, whose class cannot be called like that
        copied = error
    return copied if type(copied) is type(error) else error
