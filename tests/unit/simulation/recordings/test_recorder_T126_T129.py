"""The file of a recording, whatever happens to the process that writes it."""

import json
import os
import signal
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azuread_auth.simulation.recordings.process_lock import ProcessLock
from azuread_auth.simulation.recordings.recorded_exchange import RecordedAnswer, RecordedToken, RequestKey
from azuread_auth.simulation.recordings.recorder import Recorder
from azuread_auth.simulation.recordings.recording_text import recording_bytes
from tests.unit.simulation.recordings.conftest import GRAPH, Events

KEY = RequestKey(flow="client_credentials", scopes=(GRAPH,), tenant="configured", client="configured")
ANSWER = RecordedAnswer(status=500)


def test_T126_nothing_is_left_behind_where_writing_fails(tmp_path: Path) -> None:
    """T126: the new file cannot take the place of a folder: it is removed, and no other is there."""
    target = tmp_path / "tokens.json"
    (target / "in the way").mkdir(parents=True)
    events = Events()
    Recorder(target).keep(KEY, ANSWER, observer=events)
    assert "cannot be written" in events.seen[0].message
    assert list(tmp_path.iterdir()) == [target]


def test_another_recorder_is_noticed(tmp_path: Path) -> None:
    """Two that record into one file do not corrupt it: the last one has it, and says so."""
    path, events = tmp_path / "tokens.json", Events()
    one, other = Recorder(path), Recorder(path)
    one.keep(KEY, ANSWER, observer=events)
    other.keep(KEY, ANSWER, observer=events)
    assert events.seen == []
    one.keep(KEY, ANSWER, observer=events)
    assert "written by somebody else too" in events.seen[0].message
    path.unlink()
    one.keep(KEY, ANSWER, observer=events)
    assert len(events.seen) == 2
    assert len(json.loads(path.read_text())["exchanges"][0]["answers"]) == 3


def test_a_recording_is_bounded(tmp_path: Path) -> None:
    """What is left on in production neither fills the memory nor the disk."""
    path, events = tmp_path / "tokens.json", Events()
    recorder = Recorder(path, most_answers=3)
    for _ in range(4):
        recorder.keep(KEY, ANSWER, observer=events)
    assert [event.message.partition(" is full: it has 3")[1] for event in events.seen] == [" is full: it has 3"]
    assert len(json.loads(path.read_text())["exchanges"][0]["answers"]) == 3


@pytest.mark.parametrize("_", range(3))
def test_T126_a_process_that_is_killed_leaves_a_whole_file(tmp_path: Path, _: int) -> None:
    """T126: at whatever moment: the recording is whole, and what else there may be was as harmless and as private."""
    path = tmp_path / "tokens.json"
    child = os.fork()
    if child == 0:  # pragma: no cover - a child that is killed counts no lines
        recorder = Recorder(path)
        while True:
            recorder.keep(KEY, ANSWER, observer=Events())
    while not path.exists():
        time.sleep(0.01)
    time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert json.loads(path.read_text())["exchanges"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_T126_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    """T126: with the next recording into the same file, and only what no process is writing at the moment."""
    path = tmp_path / "tokens.json"
    left, recent, other = (tmp_path / name for name in (f".tokens.json.{'a' * 16}", f".tokens.json.{'b' * 16}", ".x"))
    for each in (left, recent, other):
        each.write_text("{}")
    for each in (left, other):
        os.utime(each, (1, 1))
    Recorder(path).keep(KEY, ANSWER, observer=Events())
    assert set(tmp_path.iterdir()) == {path, recent, other}


def test_many_answers_are_recorded_in_time(tmp_path: Path) -> None:
    """Each is put into words once, and the file is as it would be if all were written together."""
    path, exchanges = tmp_path / "tokens.json", {}
    recorder, token = Recorder(path), RecordedToken(claims=dict.fromkeys(("aud", "oid", "ver"), "text"))
    begin = time.process_time()
    for number in range(600, 0, -1):
        key = replace(KEY, scopes=(f"api://s{number}/.default",))
        exchanges[key] = [RecordedAnswer(status=200, token=token)] * 2
        for answer in exchanges[key]:
            recorder.keep(key, answer, observer=Events())
    assert time.process_time() - begin < 20
    assert path.read_bytes() == recording_bytes(exchanges)
    assert path.read_text() == json.dumps(json.loads(path.read_text()), indent=2, sort_keys=True) + "\n"
    scopes = [exchange["request"]["scopes"] for exchange in json.loads(path.read_text())["exchanges"]]
    assert scopes == sorted(scopes)
    assert recording_bytes({}) == b'{\n  "exchanges": [],\n  "format": 1\n}\n'


def forked_recorder(path: Path) -> int:
    """A process that records thirty answers; gives its number."""
    child = os.fork()
    if child == 0:  # pragma: no cover - children that end like this count no lines
        recorder = Recorder(path)
        for _ in range(30):
            recorder.keep(KEY, ANSWER, observer=Events())
        os._exit(0)
    return child


def test_processes_that_record_into_one_file_do_not_corrupt_it(tmp_path: Path) -> None:
    """The last one has it, whole."""
    path = tmp_path / "tokens.json"
    for child in [forked_recorder(path) for _ in range(2)]:
        os.waitpid(child, 0)
    assert len(json.loads(path.read_text())["exchanges"][0]["answers"]) == 30
    assert list(tmp_path.iterdir()) == [path]


def test_a_recording_never_grows_over_what_can_be_read(tmp_path: Path) -> None:
    """What would be too large for a replay is not written any more."""
    path, events = tmp_path / "tokens.json", Events()
    recorder = Recorder(path)
    recorder.keep(KEY, ANSWER, observer=events)
    before = path.read_bytes()
    huge = replace(KEY, scopes=tuple(f"api://{number:0>1000}" for number in range(10_000)))
    recorder.keep(huge, ANSWER, observer=events)
    assert "it is not written any more" in events.seen[0].message
    assert path.read_bytes() == before


def test_a_lock_that_was_held_at_a_fork_stops_no_child(run_forked: Any) -> None:
    """A worker that is forked while another thread writes has a lock of its own."""
    lock = ProcessLock()

    def in_child() -> bytes:
        with lock:
            return b"free"

    with lock:
        assert run_forked(in_child) == b"free"
