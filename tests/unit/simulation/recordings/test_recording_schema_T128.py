"""Files that are no recordings."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth._settings.simulation_mode import SimulationSurroundings
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation import Replay
from azuread_auth.simulation.recordings.harmless_values import MOST_SECONDS
from azuread_auth.simulation.recordings.place import WrongPlace
from azuread_auth.simulation.recordings.recording_file import MAX_FILE_BYTES
from azuread_auth.simulation.recordings.recording_schema import parse_recording
from azuread_auth.simulation.recordings.recording_text import recording_bytes
from tests.unit.simulation.recordings.conftest import Events

REQUEST: dict[str, Any] = {"flow": "on_behalf_of", "scopes": ["a"], "tenant": "configured", "client": "configured"}


def opened(path: Path) -> None:
    """Begin a replay."""
    Replay(path).begin(
        SimulationSurroundings(client_id="x", tenants=frozenset(), runtime=BlockingRuntime(), observer=Events())
    )


def refusal(path: Path, content: bytes | str | None = None) -> str:
    """The message with which a file is refused."""
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigurationError) as refused:
        opened(path)
    return str(refused.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a recording could be."""
    return tmp_path / "tokens.json"


def test_T128_a_missing_file_is_told(path: Path) -> None:
    """T128: with what to do."""
    assert "cannot be read (No such file or directory); record it with Recording first" in refusal(path)


def test_T128_a_link_is_refused(path: Path, tmp_path: Path) -> None:
    """T128: also one to a good recording, and one that goes up and away."""
    (tmp_path / "good.json").write_text('{"format": 1, "exchanges": []}')
    for target in (tmp_path / "good.json", Path("../../../../etc/passwd"), tmp_path / "missing"):
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        message = refusal(path)
        assert "is a link; name the file itself" in message
        assert "root:" not in message


def test_T128_what_is_no_file_is_refused_without_waiting(path: Path, tmp_path: Path) -> None:
    """T128: folders, pipes that nobody writes into, devices."""
    os.mkfifo(path)
    assert "is not a file" in refusal(path)
    assert "the recording" in refusal(tmp_path)
    assert "is not a file" in refusal(Path("/dev/zero"))


def test_T128_a_large_file_is_not_read(path: Path) -> None:
    """T128: a gigabyte of nothing."""
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    assert f"has more than {MAX_FILE_BYTES} bytes" in refusal(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null{",
        b"\xff\xfe",
        b"\x80\x04\x95\x10.",
        b"!!python/object/apply:os.system ['true']",
        b"[" * 100_000,
        b'{"format":' * 50_000,
        b'{"format": 1, "format": 1, "exchanges": []}',
        b'{"format": NaN}',
        b'{"format": 1' + b"0" * 10_000 + b"}",
    ],
    ids=["empty", "cut", "not UTF-8", "pickle", "YAML", "deep", "deep objects", "twice", "NaN", "digits"],
)
def test_T128_what_is_not_json_is_refused(path: Path, content: bytes) -> None:
    """T128: nothing is built from it, and nothing of it is told."""
    assert "cannot be used: it is not JSON" in refusal(path, content)


def document(answer: Any = None, **request: Any) -> dict[str, Any]:
    """A recording of one answer."""
    answers = [{"status": 200}] if answer is None else [answer]
    return {"format": 1, "exchanges": [{"request": {**REQUEST, **request}, "answers": answers}]}


WRONG: list[Any] = [
    pytest.param([], "the document is wrong: expected an object", id="a list"),
    pytest.param({}, "format is wrong: expected 1; record anew", id="nothing"),
    pytest.param({"format": True, "exchanges": []}, "format is wrong", id="true is 1 in Python"),
    pytest.param({"format": 2, "exchanges": []}, "format is wrong", id="of a later version"),
    pytest.param({"format": 1}, "exchanges is wrong: expected a list", id="no exchanges"),
    pytest.param({"format": 1, "exchanges": [], "more": 1}, "the document is wrong: expected no other", id="more"),
    pytest.param({"format": 1, "exchanges": [5]}, "exchanges[0] is wrong: expected an object", id="exchange"),
    pytest.param({"format": 1, "exchanges": [{"answers": []}]}, "exchanges[0].request is wrong", id="no request"),
    pytest.param({"format": 1, "exchanges": [{"request": REQUEST}]}, "exchanges[0].answers is wrong", id="no answers"),
    pytest.param(
        {"format": 1, "exchanges": [{"request": REQUEST, "answers": []}]}, "answers is wrong: expected at", id="none"
    ),
    pytest.param(
        {"format": 1, "exchanges": document()["exchanges"] * 2}, "exchanges[1] is wrong: expected each", id="twice"
    ),
    pytest.param(
        {"format": 1, "exchanges": [{"request": {"flow": "other"}, "answers": []}]}, "a member scopes", id="no scopes"
    ),
    pytest.param(document(flow="authorization_code"), "request.flow is wrong: expected one of", id="a sign-in"),
    pytest.param(document(scopes="a"), "request.scopes is wrong: expected a list", id="scopes as text"),
    pytest.param(document(scopes=["a b"]), "request.scopes[0] is wrong: expected a scope", id="a space"),
    pytest.param(document(scopes=["a"] * 201), "expected a list of at most 200", id="many scopes"),
    pytest.param(document(tenant="../x"), "request.tenant is wrong: expected a name", id="tenant"),
    pytest.param(document(user=5), "request.user is wrong", id="user"),
    pytest.param(document(claims=["mine"]), "request.claims[0] is wrong", id="claims"),
    pytest.param(document({}), "answers[0].status is wrong", id="no status"),
    pytest.param(document({"status": 99}), "expected a whole number from 100 to 599", id="status"),
    pytest.param(document({"status": "later"}), "answers[0].status is wrong", id="a word"),
    pytest.param(document({"status": True}), "answers[0].status is wrong", id="true"),
    pytest.param(document({"status": 200, "expires_in": -1}), "expires_in is wrong", id="negative"),
    pytest.param(document({"status": 200, "expires_in": MOST_SECONDS + 1}), "expires_in is wrong", id="for ever"),
    pytest.param(document({"status": 200, "access_token": "x"}), "answers[0] is wrong: expected no other", id="token"),
    pytest.param(document({"status": 200, "token": {"claims": {"x": "text"}}}), "token.claims is wrong", id="claim"),
    pytest.param(document({"status": 200, "token": {"claims": {"aud": "x"}}}), "token.claims.aud is wrong", id="kind"),
    pytest.param(document({"status": 200, "token": {"kept": {"ver": "3"}}}), "token.kept.ver is wrong", id="version"),
    pytest.param(document({"status": 200, "token": {"kept": {"scp": "a\r\nb"}}}), "kept.scp is wrong", id="break"),
    pytest.param(document({"status": 200, "token": {"kept": {"amr": ["x"]}}}), "kept.amr[0] is wrong", id="method"),
    pytest.param(document({"status": 200, "token": {"is_jwt": 0}}), "is_jwt is wrong: expected true or", id="flag"),
    pytest.param(document({"status": 200, "device": {"code": "x"}}), "device is wrong", id="device"),
    pytest.param(document({"status": 400, "error": {"error": "my own"}}), "error.error is wrong", id="error"),
    pytest.param(document({"status": 400, "error": {"suberror": "x"}}), "error.suberror is wrong", id="suberror"),
    pytest.param(document({"status": 400, "error": {"codes": ["x"]}}), "error.codes[0] is wrong", id="code"),
    pytest.param(document({"status": 400, "error": {"challenge": {"x": {}}}}), "challenge is wrong", id="section"),
    pytest.param(
        document({"status": 400, "error": {"challenge": {"id_token": {"acrs": {"value": "c100"}}}}}),
        "challenge.id_token.acrs.value is wrong",
        id="value",
    ),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_T128_a_wrong_place_is_named(path: Path, content: Any, message: str) -> None:
    """T128: what does not belong there is refused by its place, and not quoted."""
    assert message in refusal(path, json.dumps(content))


@given(st.binary())
def test_T128_any_bytes_are_a_recording_or_refused(content: bytes) -> None:
    """T128: there is no third outcome."""
    with suppress(WrongPlace):
        parse_recording(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
MEMBERS = st.sampled_from(["status", "token", "device", "error", "expires_in", "scopes", "kept", "claims", "challenge"])


@given(st.dictionaries(MEMBERS, JSON | st.dictionaries(MEMBERS, JSON, max_size=3), max_size=4))
def test_T128_what_is_accepted_is_written_as_it_was(answer: dict[str, Any]) -> None:
    """T128: whatever is read can be written, and read again as the same."""
    try:
        found = parse_recording(json.dumps(document({"status": 200, **answer})).encode())
    except WrongPlace:
        return
    assert parse_recording(recording_bytes(found)) == found
