"""How often a browser has signed in just now."""

import pytest

from azuread_auth._web.cookies import CookieNames
from azuread_auth._web.sealing import Sealer
from azuread_auth._web.sign_in_count import SignInCount
from azuread_auth.secret import Secret

NAMES = CookieNames("0123456789ab", is_secure=True)
NOW = 1_000_000.0


def counting(app="0123456789ab", key=b"k" * 32):
    """A count by a key; random bytes need not be random here."""
    return SignInCount(NAMES, Sealer((Secret(key),), purpose="recent", app=app, random_bytes=bytes))


def cookie(set_cookie):
    """What a browser sends back."""
    return [set_cookie.partition(";")[0].encode()]


def test_T104_the_sixth_sign_in_within_a_minute_is_a_loop():
    """Five are borne."""
    count, headers = counting(), []
    for number in range(5):
        assert not count.is_loop(headers, now=NOW + number)
        headers = cookie(count.one_more(count.recent(headers, now=NOW + number), now=NOW + number))
    assert count.is_loop(headers, now=NOW + 5)
    assert not count.is_loop(headers, now=NOW + 61)


def test_T104_sign_ins_that_are_far_apart_are_no_loop():
    """The minute begins with the first of them, and not with each again."""
    count, headers = counting(), []
    for number in range(20):
        now = NOW + number * 50
        assert not count.is_loop(headers, now=now)
        headers = cookie(count.one_more(count.recent(headers, now=now), now=now))


def test_T104_what_a_pending_sign_in_knows_counts_for_a_minute():
    """It may come back after ten."""
    count = counting()
    assert count.is_loop(cookie(count.one_more((4, NOW), now=NOW + 59)), now=NOW + 59)
    assert not count.is_loop(cookie(count.one_more((4, NOW), now=NOW + 60)), now=NOW + 60)


@pytest.mark.parametrize(
    ("noted", "passed_seconds", "recent"),
    [
        pytest.param((4, NOW - 10), 0, (4, NOW - 10), id="more than the cookie"),
        pytest.param((1, NOW - 10), 0, (3, NOW - 1), id="less than the cookie"),
        pytest.param((4, NOW - 60), 0, (3, NOW - 1), id="too long ago"),
        pytest.param((4, NOW - 60), 60, (0, NOW + 60), id="both too long ago"),
    ],
)
def test_T104_what_was_noted_counts_beside_the_cookie(noted, passed_seconds, recent):
    """The form of the provider's page brings no cookie of the count: what is higher counts, while its minute lasts."""
    headers = cookie(counting().one_more((2, NOW - 1), now=NOW))
    assert counting().recent(headers, now=NOW + passed_seconds, noted=noted) == recent


def test_the_cookie_lasts_a_minute_and_is_hardened():
    """As all of ours."""
    text = counting().one_more((0, NOW), now=NOW)
    assert text.startswith("__Host-azuread-recent-0123456789ab=")
    assert text.endswith("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure")


@pytest.mark.parametrize("value", ["5", "", "x" * 60])
def test_T92_a_count_that_is_not_ours_does_not_count(value):
    """Nobody is kept out by a planted cookie."""
    name = b"__Host-azuread-recent-0123456789ab="
    assert not counting().is_loop([name + value.encode()], now=NOW)


@pytest.mark.parametrize("other", [counting(app="another-app0"), counting(key=b"o" * 32)], ids=["app", "key"])
def test_T92_a_count_of_another_application_does_not_count(other):
    """Key and application are in the seal."""
    headers = []
    for _ in range(5):
        headers = cookie(other.one_more(other.recent(headers, now=NOW), now=NOW))
    assert not counting().is_loop(headers, now=NOW)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b"{}", b"[5]", b"[5, 1]", b'["5", 1.0]'])
def test_a_count_of_another_release_does_not_count(data):
    """What has another form, or none, is as if it were absent."""
    sealer = Sealer((Secret(b"k" * 32),), purpose="recent", app="0123456789ab", random_bytes=bytes)
    headers = [f"__Host-azuread-recent-0123456789ab={sealer.seal(data, now=NOW)}".encode()]
    assert counting().recent(headers, now=NOW) == (0, NOW)
