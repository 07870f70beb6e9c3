"""Work that nobody waits for."""

import logging
from collections.abc import Awaitable, Callable

__all__ = ["run_unwatched"]

_logger = logging.getLogger("azuread_auth")


async def run_unwatched(work: Callable[[], Awaitable[None]], *, name: str) -> None:
    """Run `work` to its end; an error it should have handled itself is logged by type alone."""
    try:
        await work()
    # An error that escapes here ends a trio run, and in a thread prints a traceback that may show what is secret.
    except Exception as error:  # noqa: BLE001
        _logger.error("background work %s failed with %s", name, type(error).__name__)  # noqa: TRY400 - see above
