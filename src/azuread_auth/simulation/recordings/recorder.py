"""What has been recorded so far, and its file."""

import logging
import time
from pathlib import Path
from typing import Final

from azuread_auth.ports import Event, Observer
from azuread_auth.simulation.recordings.labels import Labels
from azuread_auth.simulation.recordings.process_lock import ProcessLock
from azuread_auth.simulation.recordings.recorded_exchange import RecordedAnswer, RequestKey
from azuread_auth.simulation.recordings.recording_file import MAX_FILE_BYTES, replace_recording, sweep_left_over
from azuread_auth.simulation.recordings.recording_text import RecordingText

__all__ = ["Recorder"]

_MOST_ANSWERS: Final = 2_000


class Recorder:
    """Writes the file anew with each answer, so that it is whole at any time. Safe to use from several threads.

    A failure costs the recording and never a request: it is told to the observer. `most_answers` is where it ends, so
    that a recording that is left on fills no disk.
    """

    def __init__(self, path: Path, *, most_answers: int = _MOST_ANSWERS) -> None:
        self._path = path
        self._most_answers = most_answers
        self._lock = ProcessLock()
        self._text = RecordingText()
        self._answers = 0
        self._written: tuple[int, int] | None = None
        self.labels: Final = Labels()

    def keep(self, key: RequestKey, answer: RecordedAnswer, *, observer: Observer) -> None:
        """Add an answer, and write the file."""
        with self._lock:
            problem = self._kept(key, answer)
        if problem is not None:
            message = f"the recording {self._path} {problem}"
            observer.record(Event("simulation.recording", logging.WARNING, message, {"path": str(self._path)}))

    def _kept(self, key: RequestKey, answer: RecordedAnswer) -> str | None:
        if self._answers >= self._most_answers:
            return f"is full: it has {self._most_answers} answers, and no more are added"
        self._text.add(key, answer)
        self._answers += 1
        content = self._text.content()
        if len(content) > MAX_FILE_BYTES:
            return f"is full: with one more answer it has over {MAX_FILE_BYTES} bytes, and it is not written any more"
        if self._written is None:
            sweep_left_over(self._path, now=time.time())
        is_foreign = self._written is not None and self._found() != self._written
        try:
            self._written = replace_recording(self._path, content)
        except OSError as error:
            return f"cannot be written ({error.strerror}); check the folder and its permissions"
        if is_foreign:
            return "was written by somebody else too, and is replaced; let one process at a time record into a file"
        return None

    def _found(self) -> tuple[int, int] | None:
        try:
            status = self._path.lstat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns
