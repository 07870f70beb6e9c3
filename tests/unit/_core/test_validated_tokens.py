"""A cache of good tokens, bounded in entries and in bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._core.validated_tokens import RememberedToken, ValidatedTokens
from azuread_auth._protocol.claims import CheckedClaims


def _token(size: int = 100) -> RememberedToken:
    """A remembered token with so large a payload; its key and source are of no interest to the cache."""
    checked = CheckedClaims(
        payload=b"x" * size,
        expires_at=1.0,
        tenant_id="t",
        object_id="o",
        client_id=None,
        kind="user",
        is_app_proved=False,
        scopes=frozenset(),
        roles=frozenset(),
        is_guest=False,
        version="2.0",
        scope_prefixes=frozenset(),
    )
    return RememberedToken(checked, None, None, 1.0)  # type: ignore[arg-type]


def _find(cache: ValidatedTokens, digest: bytes) -> RememberedToken | None:
    return cache.find(digest) or cache.find_older(digest)


def _digest(index: int) -> bytes:
    return index.to_bytes(32)


def test_what_is_kept_is_found_until_it_is_forgotten():
    """R19: in the younger generation and in the older."""
    cache, token = ValidatedTokens(max_entries=4), _token()
    assert _find(cache, _digest(1)) is None
    for index in range(3):
        cache.keep(_digest(index), token)
    assert [_find(cache, _digest(index)) is token for index in range(4)] == [True, True, True, False]
    for index in range(4):
        cache.forget(_digest(index))
    assert (len(cache), _find(cache, _digest(0))) == (0, None)


def test_R19_entries_are_bounded():
    """R19: never more than the limit, and always the youngest half of it."""
    cache = ValidatedTokens(max_entries=100)
    for index in range(1000):
        cache.keep(_digest(index), _token())
        assert len(cache) <= 100
        assert all(_find(cache, _digest(young)) for young in range(max(0, index - 10), index + 1))


@pytest.mark.parametrize("size", [100, 10_000, 190_000])
def test_R19_bytes_are_bounded(size):
    """R19: large tokens make fewer entries."""
    cache = ValidatedTokens(max_bytes=1_000_000)
    for index in range(2000):
        cache.keep(_digest(index), _token(size))
    assert 0 < len(cache) * size <= 1_000_000


def test_R19_a_token_larger_than_the_cache_is_all_there_is():
    """R19: it is kept until the next comes, so that the limit is never far away."""
    cache = ValidatedTokens(max_bytes=10)
    for index in range(5):
        cache.keep(_digest(index), _token())
        assert len(cache) <= 2


def test_what_is_used_stays():
    """R19: a find in the older generation moves the token to the younger."""
    cache, token = ValidatedTokens(max_entries=10), _token()
    cache.keep(_digest(0), token)
    for index in range(1, 100):
        cache.keep(_digest(index), _token())
        assert _find(cache, _digest(0)) is token


@given(st.lists(st.tuples(st.sampled_from(["keep", "find", "forget"]), st.integers(0, 12))), st.integers(1, 9))
def test_any_use_keeps_to_the_limits(uses, max_entries):
    """R19: nothing is found that was not kept, nothing that was forgotten, and never too much is held."""
    cache = ValidatedTokens(max_entries=max_entries)
    kept: dict[int, RememberedToken] = {}
    for use, index in uses:
        if use == "keep":
            kept[index] = _token()
            cache.keep(_digest(index), kept[index])
        elif use == "forget":
            kept.pop(index, None)
            cache.forget(_digest(index))
        else:
            assert _find(cache, _digest(index)) in (None, kept.get(index))
        assert len(cache) <= max(max_entries, 2)


def test_R19_both_generations_have_the_same_share():
    """Half of the bytes each, counted from the first, and as many entries as are promised where none is named."""
    cache = ValidatedTokens(max_bytes=30_000)
    token = _token(3_000)
    size = _size_of(token)
    fit = 15_000 // size
    for index in range(2 * fit):
        cache.keep(_digest(index), token)
        assert len(cache) == index + 1
    cache.keep(_digest(2 * fit), token)
    assert len(cache) == fit + 1
    cache, exact = ValidatedTokens(max_bytes=4 * size), _token(3_000)
    for index in range(4):
        cache.keep(_digest(index), exact)
    assert len(cache) == 4


def _size_of(token: RememberedToken) -> int:
    """What the cache counts for a token."""
    cache = ValidatedTokens()
    cache.keep(_digest(0), token)
    return cache._size
