"""Tasks that belong to the event loop and not to whoever started them, on asyncio and on trio."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Hashable
from contextvars import copy_context
from typing import Any

__all__ = ["current_loop", "is_loop_running", "start_task"]


def current_loop() -> Hashable:
    """The running event loop: asyncio's own object, or trio's token. Raises RuntimeError when there is none."""
    if _is_in_trio():
        import trio  # noqa: PLC0415 - optional, and loaded already when this line is reached

        return trio.lowlevel.current_trio_token()
    return asyncio.get_running_loop()


def is_loop_running() -> bool:
    """Whether this thread runs an event loop."""
    try:
        current_loop()
    except RuntimeError:
        return False
    return True


def start_task(work: Callable[[], Awaitable[None]], *, on_end: Callable[[], None]) -> Callable[[], object]:
    """Start `work`, which raises nothing, in a task of the running loop; gives what cancels it.

    `on_end` is called once when the task has ended, also where it was cancelled before its first step. The caller keeps
    what it gets until then: asyncio itself keeps only weak references to tasks.
    """
    return _start_in_trio(work, on_end) if _is_in_trio() else _start_in_asyncio(work, on_end)


def _is_in_trio() -> bool:
    # Not by asking asyncio first: in trio's guest mode both run in this thread.
    lowlevel = sys.modules.get("trio.lowlevel")
    return lowlevel is not None and bool(lowlevel.in_trio_task())


def _start_in_asyncio(work: Callable[[], Awaitable[None]], on_end: Callable[[], None]) -> Callable[[], object]:
    async def run() -> None:
        await work()

    def ended(_task: object) -> None:
        on_end()

    task: Any = asyncio.get_running_loop().create_task(run())
    # asyncio complains about every task that is pending when its loop is closed by hand. Nobody can end this one then;
    # gather() silences its own tasks in the same way.
    task._log_destroy_pending = False  # noqa: SLF001
    task.add_done_callback(ended)
    cancel: Callable[[], object] = task.cancel
    return cancel


def _start_in_trio(work: Callable[[], Awaitable[None]], on_end: Callable[[], None]) -> Callable[[], object]:
    import trio  # noqa: PLC0415 - optional, and loaded already when this line is reached

    scope = trio.CancelScope()

    async def run() -> None:
        try:
            with scope:
                await work()
        finally:
            on_end()

    trio.lowlevel.spawn_system_task(run, context=copy_context())
    return scope.cancel
