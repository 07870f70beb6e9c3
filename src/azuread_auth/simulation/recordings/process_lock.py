"""A lock of one process: what another thread held when this one was forked off stays locked for ever in it."""

import os
import threading
from types import TracebackType

__all__ = ["ProcessLock"]


class ProcessLock:
    """For `with`, by one thread at a time; a forked process has a lock of its own."""

    def __init__(self) -> None:
        self._by_process: dict[int, threading.Lock] = {}

    def __enter__(self) -> None:
        self._lock().acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock().release()

    def _lock(self) -> threading.Lock:
        process = os.getpid()
        return self._by_process.get(process) or self._by_process.setdefault(process, threading.Lock())
