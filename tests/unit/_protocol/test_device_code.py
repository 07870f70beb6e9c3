"""The device authorization answer."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.device_code import DeviceAuthorization, read_device_authorization
from azuread_auth.errors import ProviderUnavailable

ANSWER: dict[str, object] = {
    "device_code": "canary-device",
    "user_code": "CANARY123",
    "verification_uri": "https://microsoft.com/devicelogin",
    "expires_in": 900,
    "interval": 5,
    "message": "To sign in, open the page and enter CANARY123.",
}


def _read(**change: object) -> DeviceAuthorization:
    """An answer with a change, read; `...` takes a member away."""
    return read_device_authorization({name: value for name, value in {**ANSWER, **change}.items() if value is not ...})


def test_an_answer_of_entra_is_read():
    """What the user is told, and what the application asks with."""
    found = _read()
    assert found.device_code.reveal() == "canary-device"
    assert (found.user_code, found.verification_uri) == ("CANARY123", "https://microsoft.com/devicelogin")
    assert (found.message, found.expires_in, found.interval) == (ANSWER["message"], 900, 5)


def test_T112_codes_do_not_show():
    """Who reads a log cannot sign in with what is in it."""
    assert "canary" not in repr(_read()).lower()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"device_code": ...}, "no usable device_code", id="no device code"),
        pytest.param({"device_code": ""}, "no usable device_code", id="an empty device code"),
        pytest.param({"device_code": "a\r\nb"}, "no usable device_code", id="T121 a line break in the device code"),
        pytest.param({"device_code": "a" * 10_001}, "no usable device_code", id="a device code without end"),
        pytest.param({"user_code": 123}, "no usable user_code", id="a number for a user code"),
        pytest.param({"user_code": "a" * 1001}, "no usable user_code", id="a user code without end"),
        pytest.param({"user_code": "\x1b[2J"}, "no usable user_code", id="T82 a terminal's command in the user code"),
        pytest.param({"user_code": "\u202eABC"}, "no usable user_code", id="T82 a code that reads backwards"),
        pytest.param({"verification_uri": ...}, "no usable verification_uri", id="no page"),
        pytest.param({"verification_uri": "https://a\n"}, "no usable verification_uri", id="T82 a line break"),
        pytest.param({"verification_uri": "javascript:alert(1)"}, "no web page", id="T82 a script for a page"),
        pytest.param({"verification_uri": "file:///etc/passwd"}, "no web page", id="T82 a file for a page"),
        pytest.param({"verification_uri": "microsoft.com/devicelogin"}, "no web page", id="no scheme"),
        pytest.param({"verification_uri": "https:"}, "no web page", id="no host"),
        pytest.param({"verification_uri": "https:///x"}, "no web page", id="an empty host"),
        pytest.param({"verification_uri": "https://["}, "no web page", id="no address at all"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_outage(change, told):
    """What is missing or dangerous to show is told by name, without its value."""
    with pytest.raises(ProviderUnavailable, match=told) as refused:
        _read(**change)
    assert str(refused.value).isprintable()
    assert "passwd" not in str(refused.value)
    assert refused.value.__cause__ is refused.value.__context__ is None


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(..., id="none"),
        pytest.param("", id="empty"),
        pytest.param(7, id="a number"),
        pytest.param("\x1b]0;pwned\x07", id="T82 a terminal's commands"),
        pytest.param("Sign in\r\nor else", id="T82 line breaks"),
        pytest.param("\u202e", id="T82 text that reads backwards"),
    ],
)
def test_a_message_that_cannot_be_shown_is_replaced(message):
    """The sentence is the package's own, with the page and code."""
    assert _read(message=message).message == (
        "To sign in, open https://microsoft.com/devicelogin in a browser and enter the code CANARY123."
    )


def test_T82_a_message_of_1_mb_is_cut():
    """What is shown has an end."""
    assert len(_read(message="x" * 1_000_000).message) == 1000


@pytest.mark.parametrize(
    ("change", "expires_in", "interval"),
    [
        pytest.param({"expires_in": "900", "interval": "7"}, 900, 7, id="R34 texts"),
        pytest.param({"expires_in": ..., "interval": ...}, 3600, 5, id="R34 missing: RFC 8628 has 5 seconds"),
        pytest.param({"expires_in": -1, "interval": -1}, 3600, 5, id="R34 negative"),
        pytest.param({"expires_in": math.nan, "interval": math.nan}, 3600, 5, id="R34 NaN"),
        pytest.param({"expires_in": [], "interval": {}}, 3600, 5, id="R34 lists and objects"),
        pytest.param({"expires_in": 1e300, "interval": 1e300}, 3600, 60, id="R34 huge"),
        pytest.param({"expires_in": 10**400, "interval": 10**400}, 3600, 5, id="R34 401 digits"),
        pytest.param({"expires_in": 0, "interval": 0}, 0, 0, id="R34 0"),
    ],
)
def test_R34_times(change, expires_in, interval):
    """Nonsense is as if it were absent, and no answer makes a program wait for days."""
    found = _read(**change)
    assert (found.expires_in, found.interval) == (expires_in, interval)


values = st.none() | st.text() | st.integers() | st.floats() | st.lists(st.text(max_size=3), max_size=2)
addresses = st.text(alphabet="htps:/[]@?#.ab%", max_size=12)


@given(st.dictionaries(st.sampled_from(sorted(ANSWER)), values | addresses))
def test_arbitrary_answers_raise_nothing_but_unavailability(change):
    """Whatever comes, what is shown is printable and names a web page."""
    try:
        found = _read(**change)
    except ProviderUnavailable:
        return
    assert found.message.isprintable()
    assert found.user_code.isprintable()
    assert found.verification_uri.lower().startswith("http")
    assert 0 <= found.expires_in <= 3600
    assert 0 <= found.interval <= 60


def test_texts_up_to_their_limits():
    """A code for people of one character or a thousand, and one for machines of ten thousand; http for simulations."""
    assert _read(user_code="A", verification_uri="http://127.0.0.1/device").user_code == "A"
    read = _read(user_code="A" * 1_000, device_code="x" * 10_000)
    assert (len(read.user_code), len(read.device_code.reveal())) == (1_000, 10_000)
    for change in ({"user_code": "A" * 1_001}, {"device_code": "x" * 10_001}):
        with pytest.raises(ProviderUnavailable):
            _read(**change)
