"""One meaning or none: what counts as a JSON object in a token."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.strict_json import MAX_DEPTH, parse_object

LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


def _nested(depth: int) -> bytes:
    """An object in which brackets nest so deep."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="T42 empty"),
        pytest.param(b"[]", id="T42 a list"),
        pytest.param(b'"text"', id="T42 text"),
        pytest.param(b"1", id="T42 a number"),
        pytest.param(b"null", id="T42 null"),
        pytest.param(b"{", id="T42 cut short"),
        pytest.param(b"{} {}", id="T42 two objects"),
        pytest.param(b"{}x", id="T42 something after the end"),
        pytest.param(b"\xef\xbb\xbf{}", id="T42 byte order mark"),
        pytest.param(b'{"a":"\xff"}', id="T42 not UTF-8"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', id="T42 surrogate as UTF-8"),
        pytest.param("{}".encode("utf-16"), id="T42 UTF-16"),
        pytest.param(b'{"a":"\n"}', id="T42 a raw line feed in text"),
        pytest.param(b"{'a':1}", id="T42 single quotes"),
        pytest.param(b'{"a":1,}', id="T42 a comma too many"),
        pytest.param(b'{"a":1,"a":1}', id="T37 a member twice"),
        pytest.param(b'{"a":1,"\\u0061":2}', id="T37 a member twice, once escaped"),
        pytest.param(b'{"a":{"b":1,"b":2}}', id="T37 a member twice further down"),
        pytest.param(b'{"a":NaN}', id="T39 NaN"),
        pytest.param(b'{"a":Infinity}', id="T39 Infinity"),
        pytest.param(b'{"a":-Infinity}', id="T39 minus Infinity"),
        pytest.param(b'{"a":1e999}', id="T39 a number out of range"),
        pytest.param(b'{"a":-1e999}', id="T39 a negative number out of range"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", id="T39 a number of 5000 digits"),
        pytest.param('{"a":\u0661}'.encode(), id="T39 Arabic digits"),
        pytest.param(b'{"a":"\\ud800"}', id="T42 a lone surrogate"),
        pytest.param(b'{"\\udc00":1}', id="T42 a lone surrogate as name"),
        pytest.param(b'{"a":["\\ud800\\ud800"]}', id="T42 two first halves of a character"),
        pytest.param(_nested(MAX_DEPTH + 1), id="T38 one level too deep"),
        pytest.param(_nested(20_000), id="T38 20,000 levels deep"),
        pytest.param(b'{"a":[' + b"{}," * 1000 + b"{}]}", id="T11 more objects than any token has"),
        pytest.param(b'{"a":' + b"[" * 100_000, id="T38 100,000 levels, never closed"),
        pytest.param(b'{"a":[' + b"]" * 40 + b"[" * 40 + b"]}", id="T38 brackets the wrong way round"),
        pytest.param(b'{"a":' + b"[" * 40 + b"}" * 40 + b"}", id="T38 brackets of two kinds"),
        pytest.param(b'{"a":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001, id="T38 20,000 objects deep"),
    ],
)
def test_what_is_not_plainly_one_object_is_refused(data):
    """Anything that two readers could understand differently, or that is costly to read, is a ValueError."""
    with pytest.raises(ValueError):  # noqa: PT011 - the kind of error is the contract
        parse_object(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"{}", {}, id="nothing in it"),
        pytest.param(b' {"a": 1}\n', {"a": 1}, id="white space around"),
        pytest.param(b'{"a": 1}\r\n\t ', {"a": 1}, id="white space after"),
        pytest.param(b'{"a":1.5,"b":-2e3}', {"a": 1.5, "b": -2000.0}, id="fractions and exponents"),
        pytest.param(b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}, id="a character as an escaped pair"),
        pytest.param('{"a":"\U0001f600"}'.encode(), {"a": "\U0001f600"}, id="a character as UTF-8"),
        pytest.param(b'{"a":"' + b"[" * 100 + b'"}', {"a": "[" * 100}, id="brackets in text do not nest"),
        pytest.param(b'{"a":"\\"' + b"{" * 100 + b'"}', {"a": '"' + "{" * 100}, id="nor after an escaped quote"),
        pytest.param(b'{"a":[' + b"[]," * 100 + b"[]]}", {"a": [[]] * 101}, id="many brackets side by side"),
        pytest.param(b'{"a":"' + LETTERS * 2000 + b'"}', {"a": LETTERS.decode() * 2000}, id="long text is no bracket"),
        pytest.param(b'{"a":[' + b"[]," * 997 + b"[]]}", {"a": [[]] * 998}, id="a thousand, and no more"),
    ],
)
def test_an_object_is_read(data, expected):
    """What is plainly one object is read as the standard library reads it."""
    assert parse_object(data) == expected


def test_nesting_is_allowed_up_to_the_limit():
    """MAX_DEPTH levels are read: more than any token has, and fewer than any interpreter can take."""
    assert MAX_DEPTH == 32
    assert parse_object(_nested(MAX_DEPTH)).keys() == {"a"}


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param(b'\\"', id="T38 escaped quotes"),
        pytest.param(b'"', id="T38 quotes"),
        pytest.param(b"\\", id="T38 backslashes"),
        pytest.param(b'"\\', id="T38 quotes and backslashes"),
        pytest.param(b"[", id="T38 brackets"),
        pytest.param(b'{"":', id="T38 objects"),
        pytest.param(b"\\u", id="T38 broken escapes"),
    ],
)
def test_hostile_text_takes_linear_time(unit):
    """T38, T50: as many bytes as a token may have are refused at once, whatever they repeat."""
    data = b'{"a":' + b"[" * 40 + b'"' + unit * (190_000 // len(unit))
    seconds = []
    for _ in range(3):
        started_at = time.thread_time()  # what others do on the machine does not count
        with pytest.raises(ValueError):  # noqa: PT011 - the kind of error is the contract
            parse_object(data)
        seconds.append(time.thread_time() - started_at)
    assert min(seconds) < 0.05


@given(st.dictionaries(st.text(), json_values))
def test_every_sane_object_survives(document):
    """Whatever Python writes as JSON, without lone surrogates, is read back the same."""
    assert parse_object(json.dumps(document).encode()) == document


@given(st.binary() | st.text(alphabet='{}[]":,\\u0123dD8eE.- \t\u0660ntfNI').map(str.encode))
def test_arbitrary_bytes_raise_nothing_but_value_errors(data):
    """Callers translate ValueError and RecursionError; there is nothing else to translate."""
    try:
        document = parse_object(data)
    except (ValueError, RecursionError):
        return
    assert document == json.loads(data)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b'{"a":1,"a":1}', "twice", id="T37 a member twice"),
        pytest.param(b'{"a":1e999}', "out of range", id="T39 a number out of range"),
        pytest.param(b'{"a":NaN}', "NaN", id="T39 NaN"),
        pytest.param(b"[]", "not an object", id="T42 a list"),
        pytest.param(b'{"a":"\\ud800"}', "surrogate", id="T42 a lone surrogate"),
        pytest.param(b'{"a":' + b"[" * 990, "counterpart", id="T38 never closed, as deep as the interpreter goes"),
        pytest.param(b'{"a":[' + b"[]," * 998 + b"[]]}", "over 1000", id="T11 a bracket more than a thousand"),
    ],
)
def test_what_is_wrong_is_told(data, told):
    """Whoever explains a token says which rule it broke."""
    with pytest.raises(ValueError, match=told):
        parse_object(data)
