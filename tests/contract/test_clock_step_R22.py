"""A machine whose wall clock is set by a day: tokens are judged by it, timers are not, and nobody is flooded."""

from collections.abc import Callable
from typing import Any

import pytest

from azuread_auth import AsyncAzureAdClient, AzureAdClient, Principal
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode

DAY, HOUR = 86_400, 3_600
ORDERS = "api://orders/.default"


class Application:
    """A client of the mode's kind, whose machine has a clock of its own; the provider goes by the right one."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.tenant = SimulatedTenant()
        kind: Callable[..., Any] = AzureAdClient if mode.name == "threads" else AsyncAzureAdClient
        store = MemoryStore(monotonic=mode.clock.monotonic)
        self._client = kind(self.tenant.settings(), store, runtime=mode.runtime)

    async def ask(self, method: str, *arguments: object) -> Any:
        answer = getattr(self._client, method)(*arguments)
        return answer if self.mode.name == "threads" else await answer

    async def judged(self, token: str) -> Principal | RejectionReason:
        try:
            return await self.ask("validate_token", token)
        except TokenRejected as error:
            return error.reason

    async def ten_times(self) -> set[str]:
        """The tokens that ten callers get."""
        return {(await self.ask("acquire_token_for_app", ORDERS)).reveal() for _ in range(10)}

    def requests(self) -> tuple[int, int]:
        """For keys, for tokens."""
        return self.tenant.request_count("keys"), self.tenant.request_count("token")


@pytest.fixture
def application(mode: Mode) -> Application:
    """One that has been asked for nothing yet."""
    return Application(mode)


def test_R22_a_step_forward_by_a_day(mode: Mode, application: Application) -> None:
    """R22: tokens of before have expired, those of the clock's day are good; keys are not fetched for it.

    What the provider issues has expired as soon as it comes: each caller gets it once, and none is asked for twice at
    the same time. When the clock is put right all is as before.
    """

    async def body() -> None:
        token = application.tenant.mint_token()
        assert isinstance(await application.judged(token), Principal)
        assert len(await application.ten_times()) == 1
        mode.clock.set_wall_clock(DAY)
        assert await application.judged(token) is RejectionReason.EXPIRED
        application.tenant.advance(DAY)
        assert isinstance(await application.judged(application.tenant.mint_token()), Principal)
        application.tenant.clock.reset()
        mode.clock.set_wall_clock(-DAY)
        assert isinstance(await application.judged(token), Principal)
        assert len(await application.ten_times()) == 1
        assert application.requests() == (1, 1)

    mode.run(body)


def test_R22_a_step_back_by_a_day(mode: Mode, application: Application) -> None:
    """R22: new tokens are of the future; what is kept serves for its hour, by the other clock, and not for a day."""

    async def body() -> None:
        token = application.tenant.mint_token()
        assert isinstance(await application.judged(token), Principal)
        before = await application.ten_times()
        mode.clock.set_wall_clock(-DAY)
        assert await application.judged(application.tenant.mint_token(user="megan")) is RejectionReason.NOT_YET_VALID
        assert await application.ten_times() == before
        mode.clock.advance(HOUR)
        after = await application.ten_times()
        assert len(after) == 1
        assert after != before
        keys, tokens = application.requests()
        assert tokens == 2
        assert keys <= 2

    mode.run(body)


@pytest.mark.parametrize("step", [-DAY, DAY])
def test_R22_a_provider_that_is_down_is_left_alone_as_long(mode: Mode, application: Application, step: int) -> None:
    """R22: the pause after a failure neither ends with a step of the wall clock nor lasts a day for it."""

    async def body() -> None:
        application.tenant.fail("keys", status=503)
        counts = []
        for _ in range(5):
            assert await outcome(application) == "ProviderUnavailable"
        counts.append(application.requests()[0])
        mode.clock.set_wall_clock(step)
        for _ in range(5):
            assert await outcome(application) == "ProviderUnavailable"
        counts.append(application.requests()[0])
        assert counts == [1, 1]
        application.tenant.come_up()
        mode.clock.advance(2)
        assert await outcome(application) in {"Principal", "TokenRejected"}

    mode.run(body)


async def outcome(application: Application) -> str:
    """What a token of now comes to, by the name of its type."""
    try:
        return type(await application.ask("validate_token", application.tenant.mint_token())).__name__
    except Exception as error:  # noqa: BLE001 - an outcome like any other
        return type(error).__name__
