"""The token cache of several processes that share a store: leases, dead holders, stores that fail."""

import asyncio

import pytest

from azuread_auth._core.shared_store import LEASE_SECONDS
from azuread_auth.errors import StoreUnavailable, SuspendedError, TokenRequestFailed
from tests.conftest import Mode
from tests.unit._core.cached import KEY, Cached, make_cached, refused
from tests.unit._core.outbound import DictStore, LeasingDictStore

OPERATIONS = ("get", "put", "delete", "lease", "release", "put_leased")


@pytest.fixture
def cached(mode: Mode) -> Cached:
    """A cache that nothing is in yet."""
    return make_cached(mode)


def leasing(cached: Cached) -> LeasingDictStore:
    """Its store, with leases."""
    assert isinstance(cached.store, LeasingDictStore)
    return cached.store


def test_another_process_finds_the_token(cached: Cached) -> None:
    """What one process got serves in all that share the store; the operator sees where it came from."""

    async def body() -> None:
        await cached.get()
        assert await cached.another().get() == "token-1"

    cached.run(body)
    assert [event.fields["source"] for event in cached.events("token.acquired")] == ["provider", "store"]
    assert leasing(cached).held == {}


def test_R16_renewal_in_one_process_serves_the_others(cached: Cached) -> None:
    """R16: two processes whose token is due make one request between them; who is second finds it done."""
    other = cached.another()

    async def body() -> None:
        await cached.get()
        await other.get()
        cached.clock.advance(3301)
        assert [await cached.get(), await other.get()] == ["token-1", "token-1"]
        assert await cached.renew() == 2
        assert [await cached.get(), await other.get()] == ["token-2", "token-2"]

    cached.run(body)
    told = [(event.fields["source"], event.fields.get("background")) for event in cached.events("token.acquired")]
    assert told == [("provider", None), ("store", None), ("provider", 1), ("store", 1)]


def test_found_in_the_store_when_due(cached: Cached) -> None:
    """A token that is found in the store at the time of its renewal serves, and is renewed in the background."""

    async def body() -> None:
        await cached.get()
        cached.clock.advance(3310)
        other = cached.another()
        assert await other.get() == "token-1"
        assert await other.renew() == 1
        assert await other.get() == "token-2"

    cached.run(body)


@pytest.mark.parametrize("record", [b"", b"\xff", b"[]", b"{}", "text", 17], ids=repr)
def test_T111_unreadable_record_is_a_miss(mode: Mode, record: object) -> None:
    """T111: what is in the store and is no token, of whatever type, is as if it were not there, and is replaced."""
    cached = make_cached(mode)
    cached.store.keep(KEY.text, record)
    assert cached.run(cached.get) == "token-1"
    assert cached.run(cached.another().get) == "token-1"


def test_token_that_ended_in_the_store_is_a_miss(cached: Cached) -> None:
    """A store that keeps things for too long brings no dead token back."""

    async def body() -> str:
        await cached.get()
        cached.store.keep(KEY.text, cached.store.kept[KEY.text], seconds=1e9)
        cached.clock.advance(3596)
        return await cached.another().get()

    assert cached.run(body) == "token-2"


def record(cached: Cached, text: str) -> bytes:
    """A token as another process leaves it in the store."""
    end = cached.clock.now() + 3600
    members = f'"access_token":"{text}","expires_at":{end},"refresh_at":{end - 300},"scopes":[],"token_type":"Bearer"'
    return f'{{"format":1,{members}}}'.encode()


def test_R16_waits_for_the_holder_and_takes_its_token(cached: Cached) -> None:
    """R16: while another process asks, this one looks into the store again and again, and asks nobody."""
    store, began = leasing(cached), cached.clock.monotonic()

    def answer_after_a_second(_key: str) -> None:
        if cached.clock.monotonic() > began + 1:
            store.keep(KEY.text, record(cached, "theirs"))

    async def body() -> str:
        assert await store.lease(KEY.text, seconds=5) is not None
        store.before_lease = answer_after_a_second
        return await cached.get()

    assert cached.run(body) == "theirs"
    assert cached.source.runs == 0
    assert 1 < cached.clock.monotonic() - began < 1.3


def test_R16_holder_who_ends_between_look_and_lease(cached: Cached) -> None:
    """R16: who gets the lease because the holder has just given it back looks once more, and asks nobody."""
    store = leasing(cached)

    async def body() -> str:
        lease = await store.lease(KEY.text, seconds=5)
        assert lease is not None

        def end(_key: str) -> None:
            if store.calls.count("lease") > 2:
                store.held.clear()
                store.keep(KEY.text, record(cached, "theirs"))

        store.before_lease = end
        return await cached.get()

    assert cached.run(body) == "theirs"
    assert cached.source.runs == 0
    assert store.held == {}


@pytest.mark.parametrize("seconds", [2.0, 1000.0], ids=["lease ends", "lease is renewed by somebody"])
def test_R16_holder_that_dies_keeps_nobody_for_long(mode: Mode, seconds: float) -> None:
    """R16: after a lease has ended this process asks; after its usual length even if nobody gives it back."""
    cached = make_cached(mode)
    began = cached.clock.monotonic()

    async def body() -> str:
        assert await leasing(cached).lease(KEY.text, seconds=seconds) is not None
        return await cached.get()

    assert cached.run(body) == "token-1"
    assert cached.clock.monotonic() - began < min(seconds, LEASE_SECONDS + 1) + 0.2


def test_R16_late_holder_overwrites_nothing(cached: Cached) -> None:
    """R16: what a process got so slowly that its lease has passed on serves there, and is not written over newer."""
    other, store = cached.another(), leasing(cached)

    async def overtake() -> None:
        if cached.source.runs == 1:
            cached.clock.advance(LEASE_SECONDS + 1)
            assert await other.get() == "token-2"

    async def body() -> None:
        cached.source.before = overtake
        assert await cached.get() == "token-1"
        assert await cached.another().get() == "token-2"

    cached.run(body)
    assert store.held == {}


def test_R16_failed_request_gives_the_lease_back(cached: Cached) -> None:
    """R16: an error lets the others try at once."""
    cached.source.error = refused()

    async def body() -> None:
        with pytest.raises(TokenRequestFailed):
            await cached.get()

    cached.run(body)
    assert leasing(cached).held == {}


@pytest.mark.parametrize("error", [StoreUnavailable("down"), OSError("canary")], ids=["unavailable", "another error"])
@pytest.mark.parametrize("failing", [*({each} for each in OPERATIONS), set(OPERATIONS)], ids=[*OPERATIONS, "all"])
def test_R17_store_that_fails_refuses_nobody_a_token(mode: Mode, failing: set[str], error: Exception) -> None:
    """R17: whichever operations fail, and however, tokens come and are renewed; what the error says is not shown."""
    cached = make_cached(mode)
    cached.store.failing, cached.store.error = set(failing), error

    async def body() -> None:
        assert await cached.get() == "token-1"
        assert await cached.get() == "token-1"
        cached.clock.advance(3301)
        assert await cached.get() == "token-1"
        await cached.renew()
        assert await cached.get() == "token-2"
        assert await cached.get(claims="{}") == "token-3"

    cached.run(body)
    assert "canary" not in str(cached.core.events)
    assert bool(cached.events("store.unavailable")) is (failing != {"delete"})


def test_R17_store_that_dies_while_another_process_is_waited_for(cached: Cached) -> None:
    """R17: when the store fails meanwhile, nobody is waited for any longer."""
    store, began = leasing(cached), cached.clock.monotonic()

    async def body() -> str:
        assert await store.lease(KEY.text, seconds=100) is not None
        store.before_lease = lambda _key: store.failing.update(OPERATIONS)
        return await cached.get()

    assert cached.run(body) == "token-1"
    assert cached.clock.monotonic() - began < 0.2


def test_identity_of_this_machine_is_kept_here_alone(cached: Cached) -> None:
    """A token that is no other machine's is neither looked for in the store nor written there."""

    async def body() -> None:
        assert await cached.get(is_shared=False) == "token-1"
        cached.clock.advance(3301)
        await cached.get(is_shared=False)
        await cached.renew()
        assert await cached.get(is_shared=False) == "token-2"

    cached.run(body)
    assert cached.store.calls == []


def test_store_without_leases(mode: Mode) -> None:
    """A store that knows no leases serves too: each process asks for itself."""
    made = make_cached(mode)
    cached = Cached(made.core, DictStore(made.clock), made.source)

    async def body() -> None:
        assert await cached.get() == "token-1"
        assert await cached.another().get() == "token-1"
        cached.clock.advance(3301)
        await cached.get()
        await cached.renew()
        assert await cached.get() == "token-2"

    cached.run(body)
    assert set(cached.store.calls) == {"get", "put"}


def test_store_that_waits_for_an_event_loop(threads_mode: Mode) -> None:
    """A store of the other kind is told of in a blocking client, to all who wait; nobody waits for ever, nor later."""

    class WaitingStore(DictStore):
        is_waiting = True

        async def get(self, key: str) -> bytes | None:
            if self.is_waiting:
                await asyncio.sleep(0)
            return await super().get(key)

    made = make_cached(threads_mode)
    store = WaitingStore(made.clock)
    cached = Cached(made.core, store, made.source)
    outcomes = cached.run(lambda: threads_mode.settle(*[cached.get] * 8))
    assert {type(outcome) for outcome in outcomes} == {SuspendedError}
    store.is_waiting = False
    assert cached.run(cached.get) == "token-1"
    assert cached.cache._flight._running == {}
