"""Bytes are one JSON object with one meaning, which every parser agrees on, or ValueError."""

import json
import math

from azuread_auth._protocol.strict_json import MAX_DEPTH, parse_object

CANARY = "Zq7~Canary"  # what the seeds have for a secret


def depth(value: object) -> int:
    """How deep a document nests, without recursion."""
    level, deepest = [value], 0
    while level:
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner += [*each.values(), None]
            elif isinstance(each, list):
                inner += [*each, None]
        deepest += bool(inner)
        level = inner
    return deepest


def one_input(data: bytes) -> None:
    try:
        found = parse_object(data)
    except ValueError as error:
        _assert_quiet(error)
        return
    members: list[int] = []
    second = json.loads(data.decode(), object_pairs_hook=lambda pairs: members.append(len(pairs)) or dict(pairs))
    assert second == found, "two parsers read two documents"
    assert depth(found) <= MAX_DEPTH, "a document that nests too deep was accepted"
    written = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    assert parse_object(written) == found, "what was read is not what is written"
    assert sum(members) == _count(found), "a member that occurs twice was accepted"


def _count(value: object) -> int:
    """How many members there are on all levels."""
    if isinstance(value, dict):
        return len(value) + sum(_count(each) for each in value.values())
    assert not isinstance(value, float) or math.isfinite(value), "a number that is none was accepted"
    return sum(_count(each) for each in value) if isinstance(value, list) else 0


def _assert_quiet(error: Exception) -> None:
    # What the standard parser says of a bad document is about places in it; our own words say nothing of it.
    assert CANARY not in str(error), "a refusal tells what is in the document"
