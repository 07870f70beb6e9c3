"""What tests of recordings share: a tenant, and clients that record and replay what it answers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from azuread_auth import AsyncAzureAdClient, AzureAdClient, AzureAdSettings
from azuread_auth.ports import Event
from azuread_auth.simulation import Recording, Replay, SimulatedTenant
from tests.conftest import Mode
from tests.integration.outbound import Caller

GRAPH = "https://graph.microsoft.com/.default"


class Events:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[Event] = []

    def record(self, event: Event) -> None:
        self.seen.append(event)

    def messages(self, name: str) -> list[str]:
        return [event.message for event in self.seen if event.name == name]


class Hasty:
    """A runtime for which waiting takes no time: the clock is moved on."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mode.runtime, name)

    async def sleep(self, seconds: float) -> None:
        self._mode.clock.advance(seconds)
        await self._mode.runtime.sleep(0)


class HastyCaller(Caller):
    """A client that waits for nothing."""

    def __init__(self, mode: Mode, settings: AzureAdSettings, **options: Any) -> None:
        kind = AzureAdClient if mode.name == "threads" else AsyncAzureAdClient
        self.client = kind(settings, runtime=Hasty(mode), **options)


class Lab:
    """One tenant, one file, and clients of the mode's kind."""

    def __init__(self, mode: Mode, folder: Path) -> None:
        self.mode = mode
        self.tenant = SimulatedTenant(now=mode.clock.now)
        self.path = folder / "tokens.json"
        self.events = Events()
        self.callers: list[Caller] = []

    def caller(self, simulation: Any, *, options: dict[str, Any] | None = None, **settings: Any) -> Caller:
        """One more client, by default of the tenant in process."""
        given = {"observer": self.events, "environ": {}, **(options or {})}
        made = HastyCaller(self.mode, self.tenant.settings(simulation=simulation, **settings), **given)
        self.callers.append(made)
        return made

    def recording(self, **settings: Any) -> Caller:
        """A client that records."""
        return self.caller(Recording(self.path), **settings)

    def replay(self, **settings: Any) -> Caller:
        """A client that replays."""
        return self.caller(Replay(self.path), **settings)

    def run(self, work: Callable[[], Any]) -> Any:
        """Run a coroutine function to its end."""
        return self.mode.run(work)

    def exchanges(self) -> list[dict[str, Any]]:
        """What is in the file."""
        found: list[dict[str, Any]] = json.loads(self.path.read_text())["exchanges"]
        return found

    def answers(self) -> list[dict[str, Any]]:
        """The answers in the file."""
        return [answer for exchange in self.exchanges() for answer in exchange["answers"]]


@pytest.fixture
def lab(mode: Mode, tmp_path: Path) -> Iterator[Lab]:
    """A tenant and an empty folder."""
    made = Lab(mode, tmp_path)
    with made.tenant:
        yield made
        for caller in made.callers:
            mode.run(caller.close)
