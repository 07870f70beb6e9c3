"""When to ask again after a failure."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azuread_auth._protocol.retry import MAX_RETRY_AFTER_SECONDS, back_off_seconds, retry_after_seconds

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("", 0, id="R05 empty"),
        pytest.param("0", 0, id="R05 at once"),
        pytest.param("7", 7, id="R05 seconds"),
        pytest.param(" 7 ", 7, id="R05 with white space"),
        pytest.param("86400", 300, id="R05 a day is cut"),
        pytest.param("9" * 5000, MAX_RETRY_AFTER_SECONDS, id="R05 5000 digits are cut"),
        pytest.param("-7", 0, id="R05 negative"),
        pytest.param("1e9", 0, id="R05 an exponent"),
        pytest.param("7.5", 0, id="R05 a fraction"),
        pytest.param("\u0667", 0, id="R05 an Arabic digit"),
        pytest.param("soon", 0, id="R05 nonsense"),
        pytest.param("Mon, 23 Nov 2026 12:00:09 GMT", 9, id="R05 a date"),
        pytest.param("Mon, 23 Nov 2026 12:00:09 -0000", 9, id="R05 a date without a zone is in UTC"),
        pytest.param("Mon, 23 Nov 2026 13:00:09 +0100", 9, id="R05 a date of another zone"),
        pytest.param("Mon, 23 Nov 2026 11:00:00 GMT", 0, id="R05 a date that is over"),
        pytest.param("Mon, 23 Nov 2099 12:00:00 GMT", MAX_RETRY_AFTER_SECONDS, id="R05 a distant date is cut"),
        pytest.param("Mon, 99 Nov 2026 99:99:99 GMT", 0, id="R05 a date that is none"),
        pytest.param("Mon, 23 Nov 0000 12:00:00 GMT", 0, id="R05 the year 0"),
        pytest.param("Mon, 23 Nov 2026 12:00:00 +9999999", 0, id="R05 a zone that is none"),
    ],
)
def test_retry_after(value, expected):
    """R05: seconds or a date are obeyed up to five minutes; nonsense is as good as nothing."""
    assert retry_after_seconds({"retry-after": value}, now=NOW.timestamp()) == expected


def test_without_the_header_nothing_is_known():
    """R05: no header, no wait."""
    assert retry_after_seconds({}, now=0) == 0


@given(st.text() | st.text(alphabet="MonNv,0123456789: +-GMT\u0660"))
@example("Mon, 1 Jan 0001 00:00:00 GMT")
@example("0 Jan 9999999999 0:0:0 +0")
def test_arbitrary_values_are_seconds_within_bounds(value):
    """R05: whatever a server sends, the wait is between nothing and the limit."""
    assert 0 <= retry_after_seconds({"retry-after": value}, now=NOW.timestamp()) <= MAX_RETRY_AFTER_SECONDS


@given(st.integers(1, 299))
def test_dates_are_understood(seconds):
    """R05: dates as servers write them."""
    value = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_seconds({"retry-after": value}, now=NOW.timestamp()) == seconds


@pytest.mark.parametrize(
    ("failures", "chance", "expected"),
    [(1, 0.0, 1.0), (2, 0.0, 2.0), (3, 0.0, 4.0), (7, 0.0, 60.0), (10**6, 0.0, 60.0), (1, 1.0, 1.25), (9, 1.0, 75.0)],
)
def test_back_off(failures, chance, expected):
    """R05: waits double up to the limit, with a quarter of chance on top, however long the outage lasts."""
    assert back_off_seconds(failures, at_least=1, at_most=60, chance=chance) == expected
