"""Two event loops fetch at the same time, and the one that began first ends last."""

from contextvars import ContextVar

import anyio

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._core.refreshing import Refreshing, RefreshPolicy

_HOME: ContextVar[str] = ContextVar("home")


class _TwoHomes(AsyncRuntime):
    """One event loop that stands for two: each task says which it is."""

    def home(self) -> str:
        return _HOME.get("first")


async def test_R12_an_older_value_does_not_replace_a_newer_one() -> None:
    """What was asked for earlier and comes later is dropped: a key that was withdrawn in between must not come back."""
    answers = {"first": anyio.Event(), "second": anyio.Event()}
    runtime = _TwoHomes()
    seconds = iter(range(100))
    runtime.monotonic = lambda: float(next(seconds))

    async def load(_present: str | None) -> str:
        home = runtime.home()
        await answers[home].wait()
        return f"asked by the {home}"

    value = Refreshing(
        load,
        adopt=lambda new, _old: new,
        name="value",
        runtime=runtime,
        policy=RefreshPolicy(),
        on_failure=lambda _error, _age: None,
    )
    got: dict[str, str] = {}

    async def ask(home: str) -> None:
        _HOME.set(home)
        got[home] = await value.get()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, "first")
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(ask, "second")
        await anyio.wait_all_tasks_blocked()
        answers["second"].set()
        await anyio.wait_all_tasks_blocked()
        assert value.peek() == "asked by the second"
        answers["first"].set()
    assert value.peek() == "asked by the second"
    assert got == {"first": "asked by the second", "second": "asked by the second"}
