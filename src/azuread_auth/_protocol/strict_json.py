"""JSON objects read strictly (RFC 8259, and what RFC 7515 and 7519 add): one meaning or none."""

import json
import math
import re
from typing import Any, Final, NoReturn

__all__ = ["MAX_DEPTH", "parse_object"]

MAX_DEPTH: Final = 32
_MAX_BRACKETS_UNSEEN: Final = 32
# An unclosed string goes on to the end: else each escaped quote in it would be tried as a beginning, in quadratic time.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse_object(data: bytes) -> dict[str, object]:
    """The object that `data` is.

    Raises ValueError for anything else: not UTF-8, a byte order mark, a member twice (RFC 7519 4), NaN or Infinity,
    a number out of range or of thousands of digits, a lone surrogate, nesting deeper than MAX_DEPTH.
    """
    if data.count(b"{") + data.count(b"[") > _MAX_BRACKETS_UNSEEN and _depth(data) > MAX_DEPTH:
        message = f"nested deeper than {MAX_DEPTH} levels"
        raise ValueError(message)
    text = data.decode()
    try:
        # What `decode` does as well, without looking for white space, which tokens have none of.
        document, end = _DECODER.scan_once(text, 0)
        if end != len(text):
            document = _DECODER.decode(text)
    except StopIteration:
        document = _DECODER.decode(text)
    if not isinstance(document, dict):
        message = "not an object"
        raise ValueError(message)  # noqa: TRY004 - callers handle one kind of error
    if b"\\u" in data and _SURROGATE.search(json.dumps(document, ensure_ascii=False)):
        message = "a lone surrogate, which is no character"
        raise ValueError(message)
    return document


def _depth(data: bytes) -> int:
    """How deep brackets nest outside strings, in linear time and without recursion."""
    level = deepest = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRING.sub(b"", data)):
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    return deepest


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a member occurs twice"
        raise ValueError(message)
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        message = "a number is out of range"
        raise ValueError(message)
    return number


def _refuse_constant(_: str) -> NoReturn:
    message = "NaN and Infinity are not JSON"
    raise ValueError(message)


# Any: the type stubs leave out `scan_once`, which JSONDecoder's documentation of raw_decode is built on.
_DECODER: Final[Any] = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse_constant)
