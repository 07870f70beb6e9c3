"""How long others, and the store itself, keep anybody who wants a token."""

import pytest

from tests.conftest import Mode
from tests.unit._core.cached import KEY, Cached, make_cached
from tests.unit._core.outbound import DictStore, LeasingDictStore

OTHER = ("api://invoices/.default",)


def test_T111_store_that_hangs_keeps_nobody(event_loop_mode: Mode) -> None:
    """T111: an application's own store without a time limit costs seconds, not the token; the operator is told."""

    class HangingStore(DictStore):
        async def get(self, key: str) -> bytes | None:
            await event_loop_mode.runtime.sleep(3600)
            raise AssertionError

    made = make_cached(event_loop_mode)
    cached = Cached(made.core, HangingStore(made.clock), made.source)
    began = event_loop_mode.runtime.monotonic()
    assert cached.run(cached.get) == "token-1"
    assert event_loop_mode.runtime.monotonic() - began < 8
    [event] = cached.events("store.unavailable")
    assert event.message == "the token store failed with TimeoutError"


@pytest.mark.parametrize("is_shared_lease", [True, False], ids=["one key", "another key"])
def test_R16_squatted_leases_cost_one_wait(mode: Mode, is_shared_lease: bool) -> None:
    """R16: after nothing came of waiting nobody waits for a minute, whatever else is held; then leases count again."""
    cached = make_cached(mode)
    store = cached.store
    assert isinstance(store, LeasingDictStore)
    scopes = KEY.scopes if is_shared_lease else OTHER

    async def body() -> None:
        assert await store.lease(KEY.text, seconds=1e6) is not None
        assert await store.lease(cached.wanted(scopes=OTHER).key.text, seconds=1e6) is not None
        await cached.get()
        began = cached.clock.monotonic()
        cached.local.forget(KEY.text, cached.local.find(KEY.text))
        store.kept.clear()
        assert await cached.get(scopes=scopes) == "token-2"
        assert cached.clock.monotonic() == began
        cached.clock.advance(61)
        store.kept.clear()
        await cached.get(scopes=(*scopes, "x"), tenant="b")
        began = cached.clock.monotonic()
        again = cached.another()
        assert await again.get(scopes=scopes) == "token-4"
        assert cached.clock.monotonic() - began > 4

    cached.run(body)
