"""Sessions in a real Redis server, as several processes share it."""

import pytest

from azuread_auth._web.stored_sessions import StoredSessions
from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import TokenStore
from azuread_auth.principal import Account
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.redis import RedisStore
from tests.conftest import Mode
from tests.redis_server import RedisServer, _session_redis, disposable_redis, patient, redis_server  # noqa: F401
from tests.unit._web.session_browser import ISSUER, NOW, TENANT, USER, Browser, stored_sessions, user


def store_at(server: RedisServer, mode: Mode, *, is_encrypted: bool = False) -> TokenStore:
    """The server as one process's store."""
    made: RedisStore | EncryptedStore = patient(RedisStore(server.url))
    if is_encrypted:
        made = EncryptedStore(made, [b"k" * 32], now=mode.clock.now)
    return made.blocking() if mode.name == "threads" else made


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["plain", "encrypted"])
def test_R31_one_process_begins_what_another_finds_and_ends(mode: Mode, redis_server: RedisServer, is_encrypted):  # noqa: F811
    """R31, T98, T103: sessions outlast the process that began them, and end for all of them at once."""

    async def body() -> list[bool]:
        stores = [store_at(redis_server, mode, is_encrypted=is_encrypted) for _ in range(2)]
        here, there = map(stored_sessions, stores)
        browsers = [Browser().take(await here.begin(user(sid=sid), [], now=NOW)) for sid in ("a", "b", "c")]
        alive = [await there.find(browser.headers, now=NOW) is not None for browser in browsers]
        await there.end(browsers[0].headers, now=NOW)
        alive.append(await here.find(browsers[0].headers, now=NOW) is not None)
        await there.end_by_sid(ISSUER, "b")
        alive.append(await here.find(browsers[1].headers, now=NOW) is not None)
        await there.end_all(Account(TENANT, USER))
        alive.append(await here.find(browsers[2].headers, now=NOW) is not None)
        return alive

    assert mode.run(body) == [True, True, True, False, False, False]


def test_sessions_go_with_their_time(threads_mode: Mode, redis_server: RedisServer):  # noqa: F811
    """What nobody signs out of does not stay: each entry has an end."""
    sessions = stored_sessions(store_at(redis_server, threads_mode))
    threads_mode.run(lambda: sessions.begin(user(), [], now=NOW))
    keys = [key for key in redis_server.ask("KEYS", "*") if not key.endswith(b":fence")]
    left = [redis_server.ask("TTL", key) for key in keys]
    assert len(left) == 3
    assert all(28_700 < seconds <= 28_800 for seconds in left)


def test_a_server_that_is_down_is_told(threads_mode: Mode, disposable_redis):  # noqa: F811
    """The session is neither there nor gone: that cannot be said. After a restart without its data it is gone."""
    server: RedisServer = disposable_redis()
    sessions = stored_sessions(store_at(server, threads_mode))
    browser = Browser().take(threads_mode.run(lambda: sessions.begin(user(), [], now=NOW)))
    server.kill()
    with pytest.raises(StoreUnavailable):
        threads_mode.run(lambda: sessions.find(browser.headers, now=NOW))
    server.start()
    fresh = stored_sessions(store_at(server, threads_mode))
    assert threads_mode.run(lambda: fresh.find(browser.headers, now=NOW)) is None


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("by", ["user", "sid"])
def test_T98_no_simultaneous_sign_in_escapes(mode: Mode, redis_server: RedisServer, is_encrypted, by):  # noqa: F811
    """T98, T103: of one user, through several processes at once: all are listed, and so all end."""
    processes = [
        stored_sessions(store_at(redis_server, mode, is_encrypted=is_encrypted), runtime=mode.runtime) for _ in range(4)
    ]

    async def sign_in(sessions: StoredSessions) -> list[Browser]:
        return [Browser().take(await sessions.begin(user(sid="same"), [], now=NOW)) for _ in range(3)]

    async def body() -> list[bool]:
        bodies = [lambda sessions=sessions: sign_in(sessions) for sessions in processes]
        browsers = [browser for each in await mode.gather(*bodies) for browser in each]
        alive = [await processes[0].find(browser.headers, now=NOW) is not None for browser in browsers]
        await (processes[1].end_all(Account(TENANT, USER)) if by == "user" else processes[1].end_by_sid(ISSUER, "same"))
        return alive + [await processes[2].find(browser.headers, now=NOW) is None for browser in browsers]

    assert mode.run(body) == [True] * 24


def test_leases_leave_little_behind(threads_mode: Mode, redis_server: RedisServer):  # noqa: F811
    """However many sign in: a fence for each of a fixed number of parts, and not for each user or sign-in."""
    sessions = stored_sessions(store_at(redis_server, threads_mode))
    for number in range(600):
        threads_mode.run(lambda: sessions.begin(user(sid=f"sid-{number}"), [], now=NOW))  # noqa: B023 - run at once
    assert len(redis_server.ask("KEYS", "*:fence")) <= 256
    assert redis_server.ask("KEYS", "*:lease") == []
