"""One answer for a request that a browser may make twice."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Final

from azuread_auth._web.replies import WebReply
from azuread_auth.errors import AzureAdError
from azuread_auth.ports import Runtime, SharedWork

__all__ = ["RecentAnswers"]

_KEPT_SECONDS: Final = 60.0
_MAX_KEPT: Final = 1000
_LOOK_SECONDS: Final = 0.1
_LOOKS: Final = 100

Work = Callable[[], Awaitable[WebReply]]


class RecentAnswers:
    """Does the work once for a key, and repeats the answer for a minute: to who proves again that it is theirs.

    A browser that follows a second click drops the first answer with the cookies in it, so the second must have them.
    The work is not done again, whatever became of it: it uses up something that is good for one time. That holds in
    this process, on all its event loops, and for the last thousand keys; other processes know nothing of it.

    `looks`: how often, ten times a second, to look for the answer that another event loop is working on.
    """

    def __init__(self, runtime: Runtime, *, looks: int = _LOOKS) -> None:
        self._runtime = runtime
        self._looks = looks
        self._runs: dict[bytes, _Run] = {}

    async def get(self, key: bytes, work: Work) -> WebReply | None:
        """The answer, new or repeated; None where the work was begun before and has no answer, or not any more.

        Raises what the work raises, to all who wait for it then.
        """
        home = self._runtime.home()
        fresh = _Run()
        fresh.under_way = home, self._runtime.share(lambda: self._done(fresh, work))
        # At once: of all threads and event loops, the one whose run this is has it done.
        run = self._runs.setdefault(key, fresh)
        if run is fresh:
            self._make_room()
        under_way = run.under_way
        if under_way is not None and under_way[0] == home:
            try:
                return await under_way[1].wait()
            except AzureAdError:  # of the work, or it was interrupted before its first step
                run.under_way = None
                raise
        await self._watch(run)
        return run.reply if self._runtime.monotonic() < run.until else None

    async def _watch(self, run: "_Run") -> None:
        """Wait until another event loop is done: it cannot be waited for but by looking, and may have been closed."""
        for _ in range(self._looks):
            if run.under_way is None:
                return
            await self._runtime.sleep(_LOOK_SECONDS)
        run.under_way = None

    async def _done(self, run: "_Run", work: Work) -> WebReply:
        try:
            run.reply = await work()
            run.until = self._runtime.monotonic() + _KEPT_SECONDS
            return run.reply
        finally:
            run.under_way = None  # the last of all: others look at it

    def _make_room(self) -> None:
        """Forget the oldest, a tenth at a time: who came next would have to look through all of them again."""
        if len(self._runs) > _MAX_KEPT:
            runs = list(self._runs.items())  # a copy: other threads add and drop meanwhile
            for key, run in runs[: len(runs) - _MAX_KEPT * 9 // 10]:
                if run.under_way is None:
                    self._runs.pop(key, None)


class _Run:
    """The work for one key: who is at it, until it is over, and its answer, if there is one."""

    __slots__ = ("reply", "under_way", "until")

    def __init__(self) -> None:
        self.under_way: tuple[Hashable, SharedWork[WebReply]] | None = None
        self.reply: WebReply | None = None
        self.until = 0.0
