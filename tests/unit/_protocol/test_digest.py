"""SHA-256 in pieces."""

import sys
import threading
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.digest import digest_of


@pytest.mark.parametrize("length", [0, 1, 2046, 2047, 2048, 4093, 4094, 4095, 256_000])
def test_it_is_the_digest_whatever_the_length(length):
    """Pieces that end with the data, before or after it, make no difference."""
    data = bytes(index % 251 for index in range(length))
    assert digest_of(data) == sha256(data).digest()


@given(st.binary(max_size=7_000))
def test_it_is_the_digest_of_anything(data):
    """The same as all at once."""
    assert digest_of(data) == sha256(data).digest()


def test_it_keeps_the_interpreter():
    """No other thread runs meanwhile, which might keep the interpreter for long.

    With turns of half a minute a thread that waits for the interpreter gets it only when it is given away.
    """
    seen: list[bool] = []
    begin = threading.Event()
    thread = threading.Thread(target=lambda: seen.append(begin.wait()))
    data = bytes(8_000_000)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(30)
    try:
        thread.start()
        begin.set()
        digest_of(data)
        is_kept = not seen
        for _ in range(200):  # hashlib by itself lets the thread run as soon as the machine does
            sha256(data)
            if seen:
                break
        is_given_away = bool(seen)
    finally:
        sys.setswitchinterval(interval)
        begin.set()
        thread.join()
    assert (is_kept, is_given_away) == (True, True)


def test_two_tokens_that_differ_in_one_place_have_two_digests():
    """The whole of a token counts, its last piece too."""
    token = b"a" * 5_000
    assert len({digest_of(token[:at] + b"b" + token[at + 1 :]) for at in range(5_000)}) == 5_000
