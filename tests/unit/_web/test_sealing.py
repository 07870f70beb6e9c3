"""What is sealed opens for the same purpose, application and time, and otherwise not at all."""

import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from azuread_auth._web.sealing import Sealer, _Signer
from azuread_auth.secret import Secret

NOW = 1_800_000_000.5
OLD, NEW, OTHER = (Secret(bytes([number]) * 32) for number in range(3))


def sealer(*keys, purpose="login", app="0123456789ab"):
    """A sealer with such keys, newest last."""
    return Sealer(keys or (NEW,), purpose=purpose, app=app, random_bytes=os.urandom)


def opened(text, by=None, *, now=NOW, max_age_seconds=600):
    """What a sealer opens."""
    return (by or sealer()).open(text, now=now, max_age_seconds=max_age_seconds)


@given(st.binary(max_size=200))
def test_what_was_sealed_opens(data):
    """As text that cookies and URLs take, in which the data does not show."""
    text = sealer().seal(data, now=NOW)
    assert set(text) <= set(string.ascii_letters + string.digits + "-_.")
    assert opened(text) == data
    assert text != sealer().seal(data, now=NOW)


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(sealer(purpose="session"), id="another purpose"),
        pytest.param(sealer(app="ba9876543210"), id="another application"),
        pytest.param(sealer(purpose="login0123", app="456789ab"), id="purpose and application cut elsewhere"),
        pytest.param(sealer(OTHER), id="another key"),
        pytest.param(sealer(OLD, OTHER), id="several other keys"),
    ],
)
def test_T92_nothing_opens_as_something_else(by):
    """Purpose, application and key are in what it is signed and sealed with."""
    assert opened(sealer(NEW).seal(b"data", now=NOW), by) is None


def test_T92_keys_rotate():
    """All keys open, the last one seals, and one that was taken away opens nothing."""
    by_old, by_new = sealer(OLD).seal(b"old", now=NOW), sealer(OLD, NEW).seal(b"new", now=NOW)
    assert opened(by_old, sealer(OLD, NEW)) == b"old"
    assert opened(by_new, sealer(NEW, OLD)) == b"new"
    assert opened(by_new, sealer(NEW)) == b"new"
    assert opened(by_new, sealer(OLD)) is None
    assert opened(by_old, sealer(NEW)) is None


@pytest.mark.parametrize(
    ("passed_seconds", "is_open"),
    [(0, True), (599, True), (600, False), (601, False), (-59, True), (-62, False), (1e9, False), (-1e9, False)],
)
def test_T92_time_counts(passed_seconds, is_open):
    """Expired is closed, and so is what comes from the future, but for a minute between the clocks of machines."""
    text = sealer().seal(b"data", now=NOW)
    assert (opened(text, now=NOW + passed_seconds) == b"data") is is_open


@pytest.mark.parametrize("now", [1e15, 1e19])
def test_T92_a_time_that_is_none_opens_nothing(now):
    """Whatever a clock said when it was sealed."""
    assert opened(sealer().seal(b"data", now=now)) is None


def test_T92_each_changed_character_is_noticed():
    """Each position, each way to cut, and the spare bits at the end of the signature."""
    text = sealer().seal(b"data", now=NOW)
    for position, character in enumerate(text):
        for other in "Aa0-_.!= \xe4\ud800":
            if other != character:
                assert opened(text[:position] + other + text[position + 1 :]) is None
        assert opened(text[:position]) is None
        assert opened(text[position + 1 :]) is None
        assert opened(text[:position] + "!" + text[position:]) is None
    for last in string.ascii_letters + string.digits + "-_=":
        assert (opened(text[:-1] + last) is None) is (last != text[-1])


@given(st.text())
def test_T92_other_text_opens_nothing(text):
    """And raises nothing."""
    assert opened(text) is None
    assert opened(f"1abc.abc.{text}") is None


@pytest.mark.parametrize(
    "signed",
    [
        pytest.param(b"2" + b"A" * 80, id="another version"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"1", id="nothing sealed"),
        pytest.param(b"1A", id="no base64"),
        pytest.param(b"1" + b"A" * 8, id="shorter than a nonce"),
        pytest.param(b"1" + b"A" * 80, id="sealed with no key of ours"),
    ],
)
def test_T92_signed_is_not_sealed(signed):
    """A good signature around what is not ours opens nothing."""
    by = sealer(OLD, NEW)
    text = _Signer((NEW,), by._context, now=NOW).sign(signed).decode()
    assert opened(text, by) is None


def signed_again(text, by, *, version=None):
    """What another sealer has sealed, with the signature of this one."""
    inside = text.partition(".")[0].encode()
    signer = _Signer((NEW,), by._context, now=NOW)
    return signer.sign((version or inside[:1]) + inside[1:]).decode()


def test_T92_what_is_sealed_is_bound_to_its_version_purpose_and_application():
    """Not by the signature alone: sealed for something else it does not open, whoever signed it."""
    by = sealer()
    text = by.seal(b"data", now=NOW)
    assert opened(signed_again(text, by), by) == b"data"
    assert opened(signed_again(text, by, version=b"2"), by) is None
    for other in (sealer(purpose="session"), sealer(app="ba9876543210")):
        assert opened(signed_again(text, other), other) is None


def test_T92_a_signature_without_a_time_does_not_count():
    """Nor is it an error."""
    by = sealer()
    signer = super(TimestampSigner, _Signer((NEW,), by._context))
    assert opened(signer.sign(b"1AAAA").decode(), by) is None


def test_T49_signatures_are_compared_by_the_library_and_before_decryption():
    """The signature goes over all that is decrypted, so a forger never reaches the cipher."""
    by = sealer()
    sealed = by.seal(b"data", now=NOW)
    by._ciphers = (None,)  # to decrypt anything fails
    assert by.open("1AAAA.aaaa." + "A" * 43, now=NOW, max_age_seconds=600) is None
    assert opened(sealed[:-1] + ("E" if sealed[-1] == "A" else "A"), by) is None
    with pytest.raises(AttributeError, match="decrypt"):
        opened(sealed, by)


def test_a_key_is_needed():
    """Without one there is nothing to be sure of."""
    with pytest.raises(ValueError, match="expected at least one"):
        Sealer((), purpose="login", app="app", random_bytes=os.urandom)


def test_nothing_of_a_key_is_shown():
    """Not by repr."""
    key = Secret(b"canary-key-of-the-sealer-32-byte")
    by = sealer(key)
    assert not any(each in f"{by!r} {vars(by)!r}" for each in ("canary", key.reveal_bytes().hex()))
