"""Calls of what the application brings along, sync or async."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable

from azuread_auth.errors import CredentialUnavailable
from azuread_auth.ports import Runtime

__all__ = ["answer_of"]


async def answer_of(
    call: Callable[[], object | Awaitable[object]], what: str, *, runtime: Runtime, is_async: bool
) -> object:
    """What the call answers; unless it `is_async`, it may block and is made where that holds up no event loop.

    Raises CredentialUnavailable from whatever it raises, by the name of the error's type: its text may quote anything.
    """
    try:
        # In a tuple, because trio refuses what comes out of a thread and is to be awaited.
        (answer,) = (call(),) if is_async else await runtime.in_thread(lambda: (call(),))
        # A call that is not declared async may still be one in disguise, such as a lambda around one.
        return await answer if isawaitable(answer) else answer
    except Exception as error:
        message = f"{what} failed ({type(error).__name__}); see the cause"
        raise CredentialUnavailable(message) from error
