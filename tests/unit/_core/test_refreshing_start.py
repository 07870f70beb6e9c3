"""A fetch that is begun without waiting for it."""

from azuread_auth._core.refreshing import Refreshing, RefreshPolicy
from tests.unit._core.conftest import Core


def test_begun_once_in_a_while(core: Core) -> None:
    """Whoever asks again at once begins nothing; after the pause a fetch is begun anew."""
    loads: list[int | None] = []

    async def load(present: int | None) -> int:
        loads.append(present)
        return len(loads)

    value: Refreshing[int] = Refreshing(
        load,
        adopt=lambda new, _old: new,
        name="numbers",
        runtime=core.runtime,
        policy=RefreshPolicy(),
        on_failure=lambda _error, _age: None,
    )

    async def body() -> None:
        value.start()
        value.start()
        assert await core.runtime.run_background() == 1
        assert value.peek() == 1

    core.run(body)
    assert loads == [None]
