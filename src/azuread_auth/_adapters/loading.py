"""Imports that wait for the first request, and that no fork catches half done."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

from azuread_auth.errors import ProviderUnavailable

__all__ = ["loading"]

# A child that is forked while another thread imports has that thread's locks and not the thread: it would wait for
# ever for the module. So a fork waits for the imports. By the same thread it may be taken twice.
_whole = threading.RLock()

if hasattr(os, "register_at_fork"):  # pragma: no branch - absent on Windows, which does not fork
    os.register_at_fork(before=_whole.acquire, after_in_parent=_whole.release, after_in_child=_whole.release)


@contextmanager
def loading() -> Generator[None, None, None]:
    """Surrounds late imports, and what else must be whole in a forked child; nothing in it may wait for others.

    Raises ProviderUnavailable where a file cannot be read, as when the process has too many open: it may have fewer
    later, and what was loaded in part is loaded anew.
    """
    with _whole:
        try:
            yield
        except OSError as error:
            message = f"what asks the provider could not be loaded ({error.strerror}); check the limits of this process"
            raise ProviderUnavailable(message, retry_after=1.0) from error
