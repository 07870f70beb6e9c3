"""Entries sealed with one key."""

import math
import pickle
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azuread_auth.secret import Secret
from azuread_auth.stores._sealing import SealingKey, Unreadable

NOW = 1_800_000_000.0
KEY = SealingKey(Secret(b"k" * 32))
OTHER = SealingKey(Secret(b"o" * 32))
texts = st.text(st.characters(exclude_categories=()))


def reason_of(sealing: SealingKey, key: str, entry: bytes, now: float = NOW) -> str:
    """Why the entry does not open."""
    with pytest.raises(Unreadable) as raised:
        sealing.open(key, entry, now=now)
    return raised.value.reason


@given(texts, st.binary())
@example("\ud800", b"")
def test_value_comes_back(key: str, value: bytes) -> None:
    """Whatever the key and the value, what was sealed opens."""
    assert KEY.open(key, KEY.seal(key, value, expires_at=NOW + 1), now=NOW) == value


@given(texts, texts, st.binary())
def test_T111_entry_opens_under_its_key_alone(key: str, other_key: str, value: bytes) -> None:
    """T111: an entry that was moved to another name does not open, nor does one of another encryption key."""
    entry = KEY.seal(key, value, expires_at=NOW + 1)
    if key != other_key:
        assert reason_of(KEY, other_key, entry) == "changed"
        assert KEY.name(key) != KEY.name(other_key)
    assert reason_of(OTHER, key, entry) == "other_key"
    # Also where it claims to be of this key.
    assert reason_of(OTHER, key, OTHER._header + entry[len(OTHER._header) :]) == "changed"
    assert KEY.name(key) != OTHER.name(key)


@given(st.binary(max_size=40), st.data())
def test_T111_changed_entry_does_not_open(value: bytes, data: st.DataObject) -> None:
    """T111: an entry with any bit changed, and any part of an entry, does not open."""
    entry = KEY.seal("key", value, expires_at=NOW + 1)
    bit = data.draw(st.integers(0, len(entry) * 8 - 1))
    changed = bytearray(entry)
    changed[bit // 8] ^= 1 << bit % 8
    reason_of(KEY, "key", bytes(changed))
    reason_of(KEY, "key", entry[: data.draw(st.integers(0, len(entry) - 1))])
    reason_of(KEY, "key", entry + data.draw(st.binary(min_size=1)))


@given(st.binary())
@example(pickle.dumps({"access_token": "a"}))
def test_T111_what_was_never_sealed_does_not_open(entry: bytes) -> None:
    """T111: other people's bytes do not open, and are not parsed by anything before they are authenticated."""
    reason_of(KEY, "key", entry)
    reason_of(KEY, "key", KEY._header + entry)


@pytest.mark.parametrize(
    ("late_seconds", "expected"),
    [
        pytest.param(-0.001, b"value", id="until its end"),
        pytest.param(0, None, id="at its end"),
        pytest.param(59.9, None, id="clocks differ"),
        pytest.param(60, "expired", id="an old copy"),
        pytest.param(1e9, "expired", id="a very old copy"),
    ],
)
def test_T111_old_copy_does_not_count(late_seconds: float, expected: bytes | str | None) -> None:
    """T111: the end is sealed with the value; a copy that is put back long after it is reported."""
    entry = KEY.seal("key", b"value", expires_at=NOW)
    if isinstance(expected, str):
        assert reason_of(KEY, "key", entry, NOW + late_seconds) == expected
    else:
        assert KEY.open("key", entry, now=NOW + late_seconds) == expected


@pytest.mark.parametrize("expires_at", [math.inf, -math.inf, math.nan, 0.0])
def test_end_may_be_any_number(expires_at: float) -> None:
    """An end that is never is never; one that is no number is over."""
    entry = KEY.seal("key", b"value", expires_at=expires_at)
    if expires_at == math.inf:
        assert KEY.open("key", entry, now=NOW) == b"value"
    else:
        assert reason_of(KEY, "key", entry) == "expired"


def test_same_value_never_looks_the_same() -> None:
    """Each sealing has a nonce of its own."""
    assert len({KEY.seal("key", b"value", expires_at=NOW)[9:21] for _ in range(1000)}) == 1000


def test_format_is_as_documented() -> None:
    """Version, key id of 8 bytes, nonce of 12, expiry and value sealed with a tag of 16."""
    entry = KEY.seal("key", b"value", expires_at=NOW)
    assert entry[:1] == b"\x01"
    assert entry[1:9] == KEY.seal("other", b"", expires_at=0)[1:9] != OTHER.seal("key", b"", expires_at=0)[1:9]
    assert len(entry) == 1 + 8 + 12 + struct.calcsize(">d") + len(b"value") + 16


def test_nothing_is_shown() -> None:
    """Neither the name of an entry nor the repr of a key says anything."""
    assert "k" * 8 not in repr(KEY)
    assert "key" not in KEY.name("key")
    assert len(KEY.name("a")) == len(KEY.name("b" * 1000)) == 64
