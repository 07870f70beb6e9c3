"""One answer for a request that a browser may make twice."""

from collections.abc import Awaitable, Callable
from typing import Final

from azuread_auth._web.replies import WebReply
from azuread_auth.ports import Runtime, SharedWork

__all__ = ["RecentAnswers"]

_KEPT_SECONDS: Final = 60.0
_MAX_KEPT: Final = 1000


class RecentAnswers:
    """Does the work once for a key, and repeats the answer for a minute: to who proves again that it is theirs.

    A browser that follows a second click drops the first answer with the cookies in it, so the second must have them.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._kept: dict[bytes, tuple[WebReply, float]] = {}
        self._running: dict[tuple[object, bytes], SharedWork[WebReply]] = {}

    async def get(self, key: bytes, work: Callable[[], Awaitable[WebReply]]) -> WebReply:
        """The answer, new or repeated. Raises what the work raises."""
        kept = self._recalled(key)
        if kept is not None:
            return kept
        place = (self._runtime.home(), key)

        async def answer() -> WebReply:
            try:
                # Again: another thread may have done the work, and left, between the first look and now.
                made = self._recalled(key)
                if made is None:
                    made = await work()
                    self._keep(key, made)
                return made
            finally:
                self._running.pop(place, None)

        shared = self._running.setdefault(place, self._runtime.share(answer))
        return await shared.wait()

    def _recalled(self, key: bytes) -> WebReply | None:
        reply, until = self._kept.get(key, (None, 0.0))
        return reply if self._runtime.monotonic() < until else None

    def _keep(self, key: bytes, reply: WebReply) -> None:
        now = self._runtime.monotonic()
        if len(self._kept) >= _MAX_KEPT:
            entries = list(self._kept.items())  # a copy: other threads add and drop meanwhile
            ended = [each for each, (_, until) in entries if until <= now]
            # A tenth at a time: who came next would have to look through all of them again.
            for each in ended or [each for each, _ in entries[: len(entries) - _MAX_KEPT * 9 // 10]]:
                self._kept.pop(each, None)
        self._kept[key] = (reply, now + _KEPT_SECONDS)
