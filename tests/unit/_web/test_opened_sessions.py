"""A cache of opened sessions, bounded in entries and in bytes."""

import gc
import tracemalloc
from dataclasses import replace

import pytest

from azuread_auth._web.opened_sessions import OpenedSession, OpenedSessions
from azuread_auth._web.session_record import checked_claims, new_record, record_bytes, record_in
from tests.unit._web.session_browser import NOW, RULES, guid, user

CHECKED = checked_claims(new_record(user(), session_id=bytes(16), now=NOW), RULES)


def _session(size: int = 100) -> OpenedSession:
    return OpenedSession(replace(CHECKED, payload=b"x" * size), NOW, NOW + 60)


def _find(cache: OpenedSessions, digest: bytes) -> OpenedSession | None:
    return cache.find(digest) or cache.find_older(digest)


def _digest(index: int) -> bytes:
    return index.to_bytes(32)


def test_what_is_kept_is_found():
    """In the younger generation and in the older; nothing else is."""
    cache, session = OpenedSessions(max_entries=4), _session()
    assert _find(cache, _digest(0)) is None
    for index in range(3):
        cache.keep(_digest(index), session)
    assert [_find(cache, _digest(index)) is session for index in range(4)] == [True, True, True, False]


def test_entries_are_bounded():
    """Never more than the limit, and always the youngest half of it."""
    cache = OpenedSessions(max_entries=100)
    for index in range(1000):
        cache.keep(_digest(index), _session())
        assert len(cache) <= 100
        assert _find(cache, _digest(max(0, index - 10))) is not None


@pytest.mark.parametrize("size", [100, 10_000, 190_000])
def test_bytes_are_bounded(size):
    """Large sessions make fewer entries."""
    cache = OpenedSessions(max_bytes=1_000_000)
    for index in range(2000):
        cache.keep(_digest(index), _session(size))
    assert 0 < len(cache) * size <= 1_000_000


def test_what_is_used_stays():
    """A find in the older generation moves the session to the younger."""
    cache, session = OpenedSessions(max_entries=10), _session()
    cache.keep(_digest(0), session)
    for index in range(1, 100):
        cache.keep(_digest(index), _session())
        assert _find(cache, _digest(0)) is session


def _read(number: int, roles: int, groups: int) -> OpenedSession:
    """A session as it comes out of a cookie, of a user with so many roles and groups."""
    names = [f"{number % 16:x}{role:03}" for role in range(roles)]
    who = user(object_id=guid(number), roles=names, groups=[guid(group) for group in range(groups)])
    record = record_in(record_bytes(new_record(who, session_id=bytes(16), now=NOW)))
    assert record is not None
    return OpenedSession(checked_claims(record, RULES), NOW, NOW + 60)


@pytest.mark.parametrize(("roles", "groups"), [(0, 0), (1, 0), (20, 200), (600, 0)])
def test_R19_the_bound_is_one_of_memory(roles, groups):
    """R19: what users have many of is counted as what it takes, which for roles is ten times their text."""
    cache, most, count = OpenedSessions(max_bytes=1_000_000), 0, 1_500 if groups + roles < 100 else 100
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(count):
            cache.keep(number.to_bytes(32), _read(number, roles, groups))
            most = max(most, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert 0 < len(cache) < count
    assert most < 1_200_000
