"""A page does not fail because a store did not answer once; one that is away costs no more than a second look."""

import pytest

from azuread_auth._web.session_store import SessionStore
from azuread_auth.errors import StoreUnavailable
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.unit._web.session_browser import NAMES


class Unsteady(MemoryStore):
    """A store that fails so often, after so many seconds of its clock each time."""

    def __init__(self, mode: Mode, *, failures: int, seconds: float) -> None:
        super().__init__()
        self.asked = 0
        self._mode = mode
        self._failures = failures
        self._seconds = seconds

    async def get(self, key: str) -> bytes | None:
        self.asked += 1
        if self.asked <= self._failures:
            self._mode.clock.advance(self._seconds)
            message = "it did not answer in time"
            raise StoreUnavailable(message)
        return await super().get(key)


@pytest.mark.parametrize(
    ("failures", "seconds", "asked", "is_found"),
    [
        pytest.param(0, 0.0, 1, True, id="a store that works is asked once"),
        pytest.param(1, 0.2, 2, True, id="once in a while it does not answer"),
        pytest.param(2, 0.2, 2, False, id="it is away"),
        pytest.param(1, 1.0, 1, False, id="who has waited for a second need not wait for another"),
    ],
)
def test_R18_a_session_is_looked_up_twice(mode: Mode, failures, seconds, asked, is_found):
    """R18: a page has its session where the second look finds it."""
    store = Unsteady(mode, failures=failures, seconds=seconds)
    sessions = SessionStore(store, app=NAMES.app, runtime=mode.runtime)
    key = sessions.key("session", "x")

    async def body() -> bytes | None:
        await sessions.put(key, b"x", ttl_seconds=60)
        return await sessions.look_up(key)

    if is_found:
        assert mode.run(body) == b"x"
    else:
        with pytest.raises(StoreUnavailable, match="did not answer"):
            mode.run(body)
    assert store.asked == asked
