"""Coroutines without an event loop."""

import asyncio
import threading

import pytest

from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth.errors import ProviderUnavailable, SuspendedError


async def nested(depth: int) -> int:
    """The depth, by as many awaits."""
    return 0 if depth == 0 else 1 + await nested(depth - 1)


def test_result_of_a_coroutine_that_never_waits() -> None:
    """Awaits that are answered at once cost a call."""
    assert run_blocking(nested(50)) == 50


def test_error_of_a_coroutine_comes_through() -> None:
    """What it raises is raised."""

    async def fail() -> None:
        message = "the provider is down"
        raise ProviderUnavailable(message)

    with pytest.raises(ProviderUnavailable, match="the provider is down"):
        run_blocking(fail())


def test_suspending_coroutine_is_closed_and_refused() -> None:
    """Something that waits for an event loop is an error that says what to do; its clean-up has run."""
    cleaned: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            cleaned.append(True)

    with pytest.raises(SuspendedError, match="use AsyncAzureAdClient"):
        run_blocking(wait())
    assert cleaned == [True]


def test_failing_clean_up_does_not_hide_the_reason() -> None:
    """A coroutine that raises while it is closed is still reported as one that waits."""

    async def wait() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            raise ValueError

    with pytest.raises(SuspendedError):
        run_blocking(wait())


def test_stepping_works_inside_a_running_event_loop() -> None:
    """A blocking client may be called where an event loop runs, such as in an ASGI handler."""

    async def body() -> int:
        return run_blocking(nested(3))

    assert asyncio.run(body()) == 3


def test_shared_work_that_suspends_is_told_to_all() -> None:
    """Work that waits for an event loop is an error for each thread that shares it; nobody hangs."""
    runtime = BlockingRuntime()

    async def wait() -> None:
        await asyncio.sleep(0)

    shared = runtime.share(wait)
    errors: list[str] = []

    async def ask() -> None:
        try:
            await shared.wait()
        except SuspendedError as error:
            errors.append(error.code)

    threads = [threading.Thread(target=run_blocking, args=(ask(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == ["suspended"] * 3
