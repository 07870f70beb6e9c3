"""What was no fault of a Redis server, such as an event loop that was held up or a packet that was lost, is not its."""

import time
from collections.abc import Callable

from azuread_auth.errors import StoreUnavailable
from azuread_auth.stores.redis import RedisStore
from tests.conftest import Mode
from tests.redis_server import RedisServer, patient

OPERATION_SECONDS, HELD_UP_SECONDS = 1.0, 2.0


def test_R18_answer_counts_though_the_loop_was_held_up(event_loop_mode: Mode, redis_server: RedisServer) -> None:
    """R18: an import or a long computation while Redis answers, and what it said is believed; the time was not its."""
    store = patient(RedisStore(redis_server.url))
    store._operation_seconds = OPERATION_SECONDS  # of the loop alone: on a busy machine the thread needs more

    async def hold_up() -> None:
        await event_loop_mode.runtime.sleep(0)
        time.sleep(HELD_UP_SECONDS)  # noqa: ASYNC251 - that is the point

    def get(key: str) -> Callable[[], object]:
        async def body() -> bytes | None:
            return await store.get(key)

        return body

    async def body() -> list[object]:
        await store.put("key", b"value", ttl_seconds=60)
        return await event_loop_mode.settle(get("key"), hold_up, get("nothing"))

    assert event_loop_mode.run(body) == [b"value", None, None]


def test_R18_one_time_out_turns_away_nobody(mode: Mode, disposable_redis: Callable[..., RedisServer]) -> None:
    """R18: a server that was silent for a moment is asked by the next caller; one that stays silent is left alone."""
    server = disposable_redis()
    store: RedisStore = RedisStore(server.url, monotonic=mode.clock.monotonic)
    used = store.blocking() if mode.name == "threads" else store

    async def get() -> bytes | None:
        return await used.get("key")

    def outcome() -> str:
        try:
            mode.run(get)
        except StoreUnavailable as error:
            return "left alone" if "it is asked again in" in str(error) else "silent"
        return "answered"

    patiently = [outcome() for _ in range(3)]
    assert patiently[-1] == "answered"
    server.pause()
    silent = outcome()
    server.resume()
    assert (silent, outcome()) == ("silent", "answered")
    server.pause()
    assert "left alone" in [outcome() for _ in range(6)]
