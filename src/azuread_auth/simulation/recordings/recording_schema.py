"""A recording read from JSON. Everything is checked: what comes from a file is no more trusted than an answer."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NoReturn, TypeAlias

from azuread_auth.simulation.recordings.harmless_values import (
    CHALLENGE_SECTIONS,
    CLAIM_NAMES,
    FLOWS,
    KEPT_CLAIMS,
    REQUESTED_CLAIMS,
    SUBERRORS,
    is_challenge_value,
    is_error,
    kept_codes,
)
from azuread_auth.simulation.recordings.place import Place, WrongPlace
from azuread_auth.simulation.recordings.recorded_exchange import (
    ClaimKind,
    KeptClaim,
    RecordedAnswer,
    RecordedChallenge,
    RecordedDevice,
    RecordedError,
    RecordedToken,
    RequestKey,
)
from azuread_auth.simulation.recordings.recording_text import FORMAT

__all__ = ["Exchanges", "parse_recording"]

Exchanges: TypeAlias = Mapping[RequestKey, Sequence[RecordedAnswer]]

_MOST_EXCHANGES: Final = 10_000
_MOST_ANSWERS: Final = 10_000
_MOST_NAMES: Final = 200
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,1000}", re.ASCII)
_LABEL: Final = re.compile(r"[a-z][a-z-]{0,20}(-[1-9][0-9]{0,8})?", re.ASCII)
_PERMISSIONS: Final = re.compile(r"[A-Za-z0-9_.:~$*+ -]{0,4000}", re.ASCII)
_KINDS: Final[Mapping[str, ClaimKind]] = {
    "text": "text",
    "number": "number",
    "flag": "flag",
    "list": "list",
    "object": "object",
}
_WITHOUT_ANSWER: Final[Mapping[str, Literal["unreachable", "unavailable"]]] = {
    "unreachable": "unreachable",
    "unavailable": "unavailable",
}


def parse_recording(content: bytes) -> Exchanges:
    """The recorded answers by request. Raises WrongPlace, which names the place, for anything else than a recording."""
    top = Place(_json(content), "").members({"format", "exchanges"})
    version = top["format"].value if "format" in top else None
    if type(version) is not int or version != FORMAT:
        Place(None, "format").refuse(f"{FORMAT}; record anew with this version")
    exchanges: dict[RequestKey, Sequence[RecordedAnswer]] = {}
    for exchange in top.get("exchanges", Place(None, "exchanges")).items(most=_MOST_EXCHANGES):
        members = exchange.members({"request", "answers"})
        key = _request(members.get("request", Place(None, f"{exchange.name}.request")))
        if key in exchanges:
            exchange.refuse("each request once; put its answers into one list")
        answers = members.get("answers", Place(None, f"{exchange.name}.answers"))
        exchanges[key] = [_answer(answer) for answer in answers.items(most=_MOST_ANSWERS)]
        if not exchanges[key]:
            answers.refuse("at least one answer")
    return exchanges


def _json(content: bytes) -> object:
    try:
        return json.loads(content.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    # RecursionError: nested too deeply; ValueError: not UTF-8, not JSON, a member twice, a number of too many digits.
    except (ValueError, RecursionError):
        message = "it is not JSON; expected what Recording has written"
    raise WrongPlace(message)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a member occurs twice"
        raise ValueError(message)
    return members


def _refuse_constant(_: str) -> NoReturn:
    message = "NaN and Infinity are not JSON"
    raise ValueError(message)


def _request(place: Place) -> RequestKey:
    found = place.members({"flow", "scopes", "tenant", "client", "user", "claims"})
    for name in ("flow", "scopes", "tenant", "client"):
        if name not in found:
            place.refuse(f"a member {name}")
    flow = found["flow"].text(is_good=FLOWS.__contains__, expected=f"one of {', '.join(sorted(FLOWS))}")
    return RequestKey(
        flow=flow,
        scopes=_scopes(found["scopes"]),
        tenant=_label(found["tenant"]),
        client=_label(found["client"]),
        user=_label(found["user"]) if "user" in found else "",
        claims=_names(found["claims"]) if "claims" in found else (),
    )


def _scopes(place: Place) -> tuple[str, ...]:
    scopes = (
        item.text(is_good=lambda text: _SCOPE.fullmatch(text) is not None, expected="a scope")
        for item in place.items(most=_MOST_NAMES)
    )
    return tuple(sorted(set(scopes)))


def _names(place: Place) -> tuple[str, ...]:
    names = (
        item.text(is_good=REQUESTED_CLAIMS.__contains__, expected="the name of a claim that can be asked for")
        for item in place.items(most=_MOST_NAMES)
    )
    return tuple(sorted(set(names)))


def _label(place: Place) -> str:
    return place.text(
        is_good=lambda text: text == "" or _LABEL.fullmatch(text) is not None,
        expected="a name such as configured or user-1",
    )


def _answer(place: Place) -> RecordedAnswer:
    found = place.members({"status", "token", "device", "error", "expires_in", "refresh_in", "scopes"})
    return RecordedAnswer(
        status=_status(found.get("status", Place(None, f"{place.name}.status"))),
        token=_token(found["token"]) if "token" in found else None,
        device=_device(found["device"]) if "device" in found else None,
        error=_error(found["error"]) if "error" in found else None,
        expires_in=found["expires_in"].number() if "expires_in" in found else None,
        refresh_in=found["refresh_in"].number() if "refresh_in" in found else None,
        scopes=_scopes(found["scopes"]) if "scopes" in found else None,
    )


def _status(place: Place) -> int | Literal["unreachable", "unavailable"]:
    word = _WITHOUT_ANSWER.get(place.value) if isinstance(place.value, str) else None
    return place.number(least=100, most=599) if word is None else word


def _token(place: Place) -> RecordedToken:
    found = place.members({"claims", "kept", "lifetime", "is_jwt"})
    kinds = found["claims"].members(CLAIM_NAMES) if "claims" in found else {}
    for each in kinds.values():
        each.text(is_good=_KINDS.__contains__, expected=f"one of {', '.join(_KINDS)}")
    kept = found["kept"].members({*KEPT_CLAIMS, "scp"}) if "kept" in found else {}
    return RecordedToken(
        claims={name: _KINDS[str(each.value)] for name, each in kinds.items()},
        kept={name: _kept(name, each) for name, each in kept.items()},
        lifetime=found["lifetime"].number() if "lifetime" in found else None,
        is_jwt=found["is_jwt"].flag() if "is_jwt" in found else True,
    )


def _kept(name: str, place: Place) -> KeptClaim:
    if name == "scp":
        return place.text(is_good=lambda text: _PERMISSIONS.fullmatch(text) is not None, expected="permissions")
    if isinstance(place.value, list):
        return tuple(str(_harmless(name, item)) for item in place.items(most=_MOST_NAMES))
    return _harmless(name, place)


def _harmless(name: str, place: Place) -> str | int:
    if not isinstance(place.value, str | int) or not KEPT_CLAIMS[name](place.value):
        place.refuse(f"a value of {name} that tells nothing about anybody")
    return place.value


def _device(place: Place) -> RecordedDevice:
    found = place.members({"expires_in", "interval"})
    return RecordedDevice(
        expires_in=found["expires_in"].number() if "expires_in" in found else None,
        interval=found["interval"].number() if "interval" in found else None,
    )


def _error(place: Place) -> RecordedError:
    found = place.members({"error", "suberror", "codes", "challenge", "retry_after"})
    codes = [code.number(most=9_999_999) for code in found["codes"].items(most=10)] if "codes" in found else []
    return RecordedError(
        error=found["error"].text(is_good=is_error, expected="an OAuth error") if "error" in found else None,
        suberror=found["suberror"].text(is_good=SUBERRORS.__contains__, expected="a suberror of Entra")
        if "suberror" in found
        else None,
        codes=kept_codes(codes),
        challenge=_challenge(found["challenge"]) if "challenge" in found else None,
        retry_after=found["retry_after"].number() if "retry_after" in found else None,
    )


def _challenge(place: Place) -> RecordedChallenge:
    return {
        section: {name: _wish(wish) for name, wish in part.members(REQUESTED_CLAIMS).items()}
        for section, part in place.members(CHALLENGE_SECTIONS).items()
    }


def _wish(place: Place) -> Mapping[str, bool | str | tuple[str, ...]]:
    found = place.members({"essential", "value", "values"})
    wish: dict[str, bool | str | tuple[str, ...]] = {}
    if "essential" in found:
        wish["essential"] = found["essential"].flag()
    if "value" in found:
        wish["value"] = _challenge_value(found["value"])
    if "values" in found:
        wish["values"] = tuple(map(_challenge_value, found["values"].items(most=100)))
    return wish


def _challenge_value(place: Place) -> str:
    return place.text(is_good=is_challenge_value, expected="c1 to c99, policy-1 and so on, time or other")
