"""Imports that wait until somebody needs them, and may find that no file can be opened then."""

from collections.abc import Generator
from contextlib import contextmanager

from azuread_auth.errors import ProviderUnavailable

__all__ = ["importing"]


@contextmanager
def importing() -> Generator[None, None, None]:
    """Surrounds them. Raises ProviderUnavailable where a file cannot be read; another time it may be."""
    try:
        yield
    except OSError as error:
        message = f"what gets tokens could not be loaded ({error.strerror}); check the limits of this process"
        raise ProviderUnavailable(message, retry_after=1.0) from error
