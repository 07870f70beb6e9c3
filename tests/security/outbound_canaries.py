"""Secrets that are known, and a search for them in everything that can be printed, sent or kept."""

import base64
import copy
import dataclasses
import gc
import json
import logging
import pickle
import traceback
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote, quote_plus

from azuread_auth.ports import HttpRequest, TransportAnswer
from azuread_auth.simulation import SimulatedTenant

SECRET_FIELDS: Final = frozenset(
    {"client_secret", "client_assertion", "assertion", "refresh_token", "code", "code_verifier", "device_code"}
)
SECRET_MEMBERS: Final = frozenset({"access_token", "refresh_token", "id_token", "device_code", "user_code"})
_TESTS: Final = str(Path(__file__).resolve().parents[1])
_ROOT: Final = str(Path(__file__).resolve().parents[2])
_PIECE: Final = 24
# The environment is the application's own, and holds whatever the platform has put there.
_ENVIRONMENTS: Final = frozenset({"environ", "_environ"})


class Canaries:
    """What must be found nowhere; `watch` adds to it."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._spellings: dict[str, str] = {}

    def watch(self, name: str, *secrets: str | bytes | None) -> None:
        """Look for these secrets, in whatever spelling, from now on."""
        for secret in secrets:
            text = secret.decode("latin-1") if isinstance(secret, bytes) else secret or ""
            if len(text) >= 8 and text not in self._known:
                self._known[text] = name
                for piece in _pieces(text):
                    self._spellings |= dict.fromkeys(_spellings(piece), name)

    @property
    def names(self) -> set[str]:
        """The kinds of secrets that were seen."""
        return set(self._known.values())

    def found_in(self, text: str) -> set[str]:
        """The kinds of secrets that are in a text."""
        return {name for spelling, name in self._spellings.items() if spelling in text}


def _pieces(secret: str) -> Iterator[str]:
    """A token that is cut is one as well. The header of a JWT is no secret."""
    if secret.count(".") == 2 and secret.startswith("ey"):
        _, payload, signature = secret.split(".")
        yield payload[-_PIECE:]
        yield signature[:_PIECE]
        return
    yield secret[:_PIECE]
    yield secret[-_PIECE:]


def _spellings(piece: str) -> Iterator[str]:
    yield from (piece, quote(piece, safe=""), quote_plus(piece), json.dumps(piece)[1:-1], piece.encode().hex())
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + piece.encode())
        core = encoded[(shift * 8 + 5) // 6 : (shift + len(piece)) * 8 // 6].decode()
        yield core
        yield core.replace("+", "-").replace("/", "_")


class WatchedTenant(SimulatedTenant):
    """A tenant that notes every secret that goes to it or comes from it."""

    canaries: Canaries

    def answer(self, request: HttpRequest) -> TransportAnswer:
        """The tenant's own answer."""
        for name, value in parse_qsl((request.body or b"").decode("latin-1")):
            if name in SECRET_FIELDS:
                self.canaries.watch(name, value)
        for name, value in request.headers.items():
            if name.lower() in ("authorization", "x-identity-header", "secret"):
                self.canaries.watch("identity header", value.rpartition(" ")[2])
        answer = super().answer(request)
        # Not of what was broken on purpose.
        with suppress(ValueError):
            document = json.loads(answer.response.body) if answer.response is not None else {}
            for name in SECRET_MEMBERS & document.keys():
                self.canaries.watch(name, document[name])
        return answer


class Everything(logging.Handler):
    """Keeps each log record of each library, with whatever is attached to it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record as text."""
        self.lines.append(f"{record.name}: {self._formatter.format(record)} {vars(record)!r}")


def printed_errors(error: BaseException) -> Iterator[str]:
    """What reports of an error may show: texts, attributes, and the locals of each frame that is not a test's own."""
    pending, seen = [error], set()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield f"{each!r} {each}"
        frames = traceback.StackSummary.extract(traceback.walk_tb(each.__traceback__), capture_locals=True)
        for frame in frames:
            if not frame.filename.startswith(_TESTS):
                place = f"{frame.filename.removeprefix(_ROOT)}:{frame.lineno} {type(each).__name__}"
                yield from (f"{place} {name} = {value}" for name, value in (frame.locals or {}).items())
        context = None if each.__suppress_context__ else each.__context__
        pending += [linked for linked in (each.__cause__, context) if linked is not None]
        pending += list(getattr(each, "exceptions", ()))


def reachable(*roots: object) -> list[object]:
    """The objects of the package that can be reached, its classes, modules and functions left out."""
    pending, seen, found = list(roots), set[int](), []
    skipped = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.FrameType, SimulatedTenant)
    while pending:
        each = pending.pop()
        if id(each) in seen or isinstance(each, skipped):
            continue
        seen.add(id(each))
        if type(each).__module__.startswith("azuread_auth"):
            found.append(each)
        pending += gc.get_referents(each)
    return found


def shown(value: object) -> Iterator[str]:
    """What an object shows of itself."""
    yield f"{value!r} {value!s}"
    for name, attribute in getattr(value, "__dict__", {}).items():
        if name not in _ENVIRONMENTS:
            yield f"{type(value).__name__}.{name} = {attribute!r}"
    yield _tried(_as_dict, value)


def copied(value: object) -> Iterator[str]:
    """What careless code may make of an object that it is given."""
    for make in (_pickled, _copied):
        yield f"{type(value).__name__} {_tried(make, value)}"


def _tried(make: Callable[[Any], str], value: object) -> str:
    try:
        return make(value)
    except Exception as error:  # noqa: BLE001 - that it cannot be done is as good
        return f"{error} {error!r}"


def _as_dict(value: Any) -> str:
    return repr(dataclasses.asdict(value)) if dataclasses.is_dataclass(value) else ""


def _pickled(value: object) -> str:
    return pickle.dumps(value).decode("latin-1")


def _copied(value: object) -> str:
    return repr(copy.deepcopy(value))


def hits(canaries: Canaries, texts: Iterable[str]) -> list[str]:
    """Where a secret was found, shortly, for the report of a failed test."""
    each = set(texts)
    if not canaries.found_in("\n".join(each)):
        return []
    return sorted({f"{sorted(found)}: {text[:160]}" for text in each if (found := canaries.found_in(text))})
