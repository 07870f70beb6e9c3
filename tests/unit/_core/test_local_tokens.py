"""The memory that access tokens are kept in: bounded, and quick to answer."""

import tracemalloc

from azuread_auth._core.local_tokens import LocalToken, LocalTokens
from azuread_auth.access_token import AccessToken
from azuread_auth.secret import Secret


def entry(text: str = "token") -> LocalToken:
    """A token with its times."""
    token = AccessToken(token=Secret(text), expires_at=1.0, refresh_at=1.0, scopes=frozenset())
    return LocalToken(token, due_at=0.0, ends_at=0.0, until=0.0)


def test_newest_counts_and_is_forgotten() -> None:
    """What is kept last is found; it goes when it is forgotten, and what took its place meanwhile stays."""
    tokens, first, second = LocalTokens(), entry(), entry()
    tokens.keep("key", first)
    assert tokens.find("key") is first
    tokens.keep("key", second)
    tokens.forget("key", first)
    assert tokens.find_anywhere("key") is second
    tokens.forget("key", second)
    assert tokens.find_anywhere("key") is None
    assert len(tokens) == 0


def test_what_is_used_outlives_what_is_not() -> None:
    """The older generation is dropped as a whole, without what was asked for."""
    tokens, used = LocalTokens(max_entries=8), entry()
    tokens.keep("used", used)
    for number in range(30):
        tokens.keep(number, entry())
        assert tokens.find_anywhere("used") is used
    assert tokens.find_anywhere(0) is None
    assert len(tokens) <= 8
    assert tokens.find("used") is used


def test_forgotten_in_both_generations() -> None:
    """A token that was moved is in neither generation when it is forgotten."""
    tokens, kept = LocalTokens(max_entries=2), entry()
    tokens.keep("key", kept)
    tokens.keep("other", entry())
    assert tokens.find("key") is None
    tokens.forget("key", kept)
    assert tokens.find_anywhere("key") is None


def test_hot_path_stays_bound() -> None:
    """`find` was taken once by the hot path, and goes on to find what is new after generations have changed."""
    tokens = LocalTokens(max_entries=2)
    find = tokens.find
    for number in range(10):
        kept = entry()
        tokens.keep(number, kept)
        assert find(number) is kept


def test_R20_100_000_users_stay_within_bounds() -> None:
    """R20: tokens of 100,000 users cost neither more entries nor more bytes than allowed."""
    tokens, text = LocalTokens(max_bytes=8 * 1024 * 1024), "t" * 1500
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(100_000):
        tokens.keep((number, "user"), entry(text))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0 < len(tokens) <= 50_000
    assert after - before < 8 * 1024 * 1024


def test_R20_entries_are_bounded_where_tokens_are_small() -> None:
    """R20: the number of entries is bounded too."""
    tokens = LocalTokens(max_entries=1000)
    for number in range(10_000):
        tokens.keep(number, entry(""))
    assert len(tokens) <= 1000
