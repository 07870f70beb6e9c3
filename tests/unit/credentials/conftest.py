"""A credential's world in miniature: a clock that only sleeping moves; hosts and programs that answer from lists."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import pytest

from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth.credentials.base import CredentialSurroundings
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import CommandResult, Event, HttpRequest, HttpResponse, SharedWork

T = TypeVar("T")

NOW = 1_700_000_000.0
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
TOKEN_URL = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"


class FixedRuntime:
    """Threads without any waiting: `slept` are the waits that were asked for, by which the clocks moved on."""

    def __init__(self) -> None:
        self.time = NOW
        self.chance = 0.0
        self.slept: list[float] = []
        self._drawn = 0
        self._threads = BlockingRuntime()

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time - NOW

    def random(self) -> float:
        return self.chance

    def random_bytes(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count, "big")

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    async def within(self, seconds: float, work: Callable[[], Awaitable[T]]) -> T:
        return await work()

    async def in_thread(self, work: Callable[[], T]) -> T:
        return work()

    def lock(self) -> AbstractAsyncContextManager[None]:
        return self._threads.lock()

    def home(self) -> int:
        return 1

    def share(self, work: Callable[[], Awaitable[T]]) -> SharedWork[T]:
        return self._threads.share(work)

    def start_background(self, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        message = f"a credential leaves nothing to be done behind the caller's back: {name}"
        raise AssertionError(message)

    async def aclose(self) -> None:
        """Nothing is open."""


class ScriptedHttp:
    """Answers from a list, in order; None is no answer. What is left over fails the test."""

    def __init__(self) -> None:
        self.answers: list[HttpResponse | None] = []
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if answer is None:
            message = "the host cannot be reached"
            raise ProviderUnavailable(message)
        return answer

    async def aclose(self) -> None:
        """Nothing is open."""


class ScriptedCommands:
    """Programs that print what a list says."""

    def __init__(self) -> None:
        self.results: list[CommandResult] = []
        self.runs: list[tuple[list[str], float, Mapping[str, str] | None]] = []

    async def run(
        self, arguments: Sequence[str], *, timeout_seconds: float, environ: Mapping[str, str] | None = None
    ) -> CommandResult:
        self.runs.append((list(arguments), timeout_seconds, environ))
        return self.results.pop(0)


class Recorder:
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        return [event.name for event in self.events]


class World:
    """What a credential in use sees of the world."""

    def __init__(self) -> None:
        self.runtime = FixedRuntime()
        self.http = ScriptedHttp()
        self.commands = ScriptedCommands()
        self.observer = Recorder()
        self.environ: dict[str, str] = {}

    def surroundings(self, **changes: Any) -> CredentialSurroundings:
        """The surroundings for a credential."""
        given: dict[str, Any] = {
            "client_id": CLIENT,
            "authority_host": "https://login.microsoftonline.com",
            "http": self.http,
            "runtime": self.runtime,
            "commands": self.commands,
            "observer": self.observer,
            "environ": self.environ,
        }
        return CredentialSurroundings(**(given | changes))

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result."""
        return run_blocking(coroutine)


@pytest.fixture
def world() -> Iterator[World]:
    """A world in which every answer that is prepared must be used."""
    made = World()
    yield made
    assert not made.http.answers, "answers were prepared that nobody asked for"
    assert not made.commands.results, "runs were prepared that nobody asked for"


def shown(error: BaseException) -> str:
    """All that a report of the error may show: texts and reprs of the whole chain, and the locals of our frames."""
    parts: list[str] = []
    link: BaseException | None = error
    while link is not None:
        parts += [str(link), repr(link)]
        frame = link.__traceback__
        while frame is not None:
            if "azuread_auth" in frame.tb_frame.f_code.co_filename and "/src/" in frame.tb_frame.f_code.co_filename:
                parts += [repr(value) for value in frame.tb_frame.f_locals.values()]
            frame = frame.tb_next
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n".join(parts)
