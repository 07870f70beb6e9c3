"""Answers as recordings keep them: built from the few parts that are known to be harmless, never a copy with holes."""

import re
from collections.abc import Mapping
from typing import Final

from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.http import Document, HttpResponse, json_document
from azuread_auth._protocol.retry import retry_after_seconds
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth._protocol.token_response import seconds_in
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.simulation.recordings.harmless_values import (
    CHALLENGE_SECTIONS,
    MOST_SECONDS,
    REQUESTED_CLAIMS,
    SUBERRORS,
    is_challenge_value,
    is_error,
    kept_codes,
)
from azuread_auth.simulation.recordings.labels import Labels
from azuread_auth.simulation.recordings.recorded_exchange import (
    RecordedAnswer,
    RecordedChallenge,
    RecordedDevice,
    RecordedError,
)
from azuread_auth.simulation.recordings.token_form import AskedToken
from azuread_auth.simulation.recordings.token_structure import structure_of

__all__ = ["Scrubber", "whole_seconds"]

_FEW_SECONDS: Final = 120
_DIGITS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)


def whole_seconds(value: object) -> int | None:
    """A time in seconds, as number or text, cut at what makes sense; None for what is none."""
    seconds = seconds_in(value)
    return None if seconds is None else min(int(seconds), MOST_SECONDS)


class Scrubber:
    """Takes from an answer what may be in a recording."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    def answer(self, asked: AskedToken, response: HttpResponse, *, now: float) -> RecordedAnswer:
        """The answer of a token or device code endpoint."""
        document = _document(response)
        if response.status != 200:
            retry_after = whole_seconds(retry_after_seconds(response.headers, now=now)) or None
            return RecordedAnswer(status=response.status, error=self._error(document, retry_after))
        if asked.key.flow == "device_code_start":
            return RecordedAnswer(status=200, device=_device(document))
        return self.token(asked, document)

    def token(self, asked: AskedToken, document: Mapping[str, object]) -> RecordedAnswer:
        """An answer with a token."""
        token = document.get("access_token")
        return RecordedAnswer(
            status=200,
            token=structure_of(token, asked.scopes) if isinstance(token, str) and token else None,
            expires_in=_steady(whole_seconds(document.get("expires_in"))),
            refresh_in=_steady(whole_seconds(document.get("refresh_in"))),
            scopes=_granted(asked, document.get("scope")),
        )

    def _error(self, document: Mapping[str, object], retry_after: int | None) -> RecordedError:
        error, suberror = document.get("error"), document.get("suberror")
        known = error if isinstance(error, str) and is_error(error) else None
        return RecordedError(
            error="unknown_error" if known is None and isinstance(error, str) else known,
            suberror=suberror if isinstance(suberror, str) and suberror in SUBERRORS else None,
            codes=kept_codes(document.get("error_codes")),
            challenge=self._challenge(document.get("claims")),
            retry_after=retry_after,
        )

    def _challenge(self, claims: object) -> RecordedChallenge | None:
        try:
            asked = parse_object(claims.encode()) if isinstance(claims, str) and claims else None
        except (ValueError, RecursionError):
            return None
        if asked is None:
            return None
        sections = {name: part for name, part in asked.items() if name in CHALLENGE_SECTIONS and isinstance(part, dict)}
        return {
            section: {name: self._wish(wish) for name, wish in part.items() if name in REQUESTED_CLAIMS}
            for section, part in sections.items()
        }

    def _wish(self, wish: object) -> Mapping[str, bool | str | tuple[str, ...]]:
        given = wish if isinstance(wish, dict) else {}
        kept: dict[str, bool | str | tuple[str, ...]] = {}
        if isinstance(essential := given.get("essential"), bool):
            kept["essential"] = essential
        if "value" in given:
            kept["value"] = self._value(given["value"])
        if isinstance(values := given.get("values"), list):
            kept["values"] = tuple(map(self._value, values[:100]))
        return kept

    def _value(self, value: object) -> str:
        guid = as_guid(value)
        if guid is not None:
            return self._labels.label("policy", guid)
        if isinstance(value, int) or (isinstance(value, str) and _DIGITS.fullmatch(value)):
            return "time"
        return value if isinstance(value, str) and value.startswith("c") and is_challenge_value(value) else "other"


def _granted(asked: AskedToken, scope: object) -> tuple[str, ...] | None:
    granted = set(scope.split()) if isinstance(scope, str) else None
    return None if granted is None else tuple(sorted({asked.names[each] for each in asked.names if each in granted}))


def _steady(seconds: int | None) -> int | None:
    """In whole minutes, but for the last ones: what was recorded anew a moment later is the same then."""
    return seconds if seconds is None or seconds < _FEW_SECONDS else round(seconds / 60) * 60


def _device(document: Mapping[str, object]) -> RecordedDevice | None:
    if not isinstance(document.get("device_code"), str):
        return None
    times = (whole_seconds(document.get(name)) for name in ("expires_in", "interval"))
    return RecordedDevice(expires_in=next(times), interval=next(times))


def _document(response: HttpResponse) -> Document:
    try:
        return json_document(response, what="token endpoint")
    except ProviderUnavailable:
        return Document()
