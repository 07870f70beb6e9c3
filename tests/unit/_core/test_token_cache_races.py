"""The token cache when callers come at any moment: no lost token, no second request, nothing that never ends."""

from azuread_auth._core.local_tokens import LocalToken, LocalTokens
from azuread_auth.access_token import AccessToken
from azuread_auth.secret import Secret
from tests.conftest import Mode
from tests.unit._core.cached import make_cached, refused

SECONDS = 100.0


def number(text: str) -> int:
    """Which token it is."""
    return int(text.removeprefix("token-"))


def test_R13_R21_threads_while_time_passes(threads_mode: Mode) -> None:
    """R13, R21: whatever the moment, a thread never has an older token than before, and each is asked for once."""
    cached = make_cached(threads_mode)
    cached.source.life, cached.source.refresh_after = SECONDS, SECONDS / 2
    faults: list[str] = []

    async def call() -> None:
        last = 0
        for _ in range(200):
            seen = number(await cached.get())
            if seen < last:
                faults.append(f"{seen} after {last}")
            last = seen

    async def pass_time() -> None:
        for _ in range(200):
            await cached.renew()
            cached.clock.advance(1)
            await threads_mode.runtime.sleep(0)

    cached.run(lambda: threads_mode.gather(*[call] * 8, pass_time))
    cached.run(cached.renew)
    assert faults == []
    assert cached.source.runs <= 1 + 200 / (SECONDS / 2 - 1) + 2


def test_R11_threads_while_some_requests_fail(threads_mode: Mode) -> None:
    """R11: a request that fails is told to who waited for it; who comes afterwards is not kept by it."""
    cached = make_cached(threads_mode)
    cached.source.life, cached.source.refresh_after = 6.0, 3.0

    async def fail_now_and_then() -> None:
        cached.source.error = refused() if cached.source.runs % 3 == 0 else None

    cached.source.before = fail_now_and_then

    async def call() -> list[object]:
        outcomes: list[object] = []
        for _ in range(100):
            cached.clock.advance(0.5)
            outcomes += await threads_mode.settle(cached.get)
        return outcomes

    outcomes = cached.run(lambda: threads_mode.gather(*[call] * 4))
    assert all(isinstance(each, str) or str(each) == "refused (invalid_request)" for some in outcomes for each in some)
    assert cached.cache._flight._running == {}


def test_R13_generations_change_while_threads_read(threads_mode: Mode) -> None:
    """R13: while others fill the memory, a token that is in use is found, or asked for again, and never another's."""
    tokens = LocalTokens(max_entries=16)

    def entry(text: str) -> LocalToken:
        token = AccessToken(token=Secret(text), expires_at=1.0, refresh_at=1.0, scopes=frozenset())
        return LocalToken(token, due_at=0.0, ends_at=0.0, until=0.0)

    async def use() -> None:
        for count in range(3000):
            key = str(count % 40)
            found = tokens.find_anywhere(key)
            if found is None:
                tokens.keep(key, entry(key))
            elif count % 7 == 0:
                tokens.forget(key, found)
            else:
                assert found.token.reveal() == key

    threads_mode.run(lambda: threads_mode.gather(*[use] * 8))
    assert len(tokens) <= 16 + 8
