"""Requests that are sent again where that does no harm."""

import pytest

from azuread_auth._core.sender import Sender
from azuread_auth._protocol.grants import Repeatable
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import HttpRequest, HttpResponse
from tests.conftest import Mode
from tests.unit._core.conftest import ManualClock
from tests.unit._core.outbound import PassingRuntime

LOST = ProviderUnavailable("the connection was closed")
Answer = HttpResponse | ProviderUnavailable


def answer(status: int, retry_after: str | None = None) -> HttpResponse:
    """An answer with this status."""
    return HttpResponse(status=status, headers={"retry-after": retry_after} if retry_after is not None else {})


class Scripted:
    """An HttpPort that gives these answers, and the last of them for ever."""

    def __init__(self, clock: ManualClock, *answers: Answer, seconds: float = 0.0) -> None:
        self._clock, self._answers, self._seconds = clock, answers, seconds
        self.sent = 0

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The next answer."""
        self.sent += 1
        self._clock.advance(self._seconds)
        given = self._answers[min(self.sent, len(self._answers)) - 1]
        if isinstance(given, Exception):
            raise given
        return given

    async def aclose(self) -> None:
        """Nothing is open."""


class Sent:
    """What became of a request."""

    def __init__(
        self, mode: Mode, *answers: Answer, repeatable: Repeatable = "always", chance: float = 0.0, seconds: float = 0.0
    ) -> None:
        clock = ManualClock()
        runtime = PassingRuntime(mode, clock)
        runtime.chance = chance
        http = Scripted(clock, *answers, seconds=seconds)
        sender, request = Sender(http, runtime), HttpRequest(url="https://login.example/token")

        async def body() -> int:
            try:
                return (await sender.send(request, repeatable=repeatable)).status
            except ProviderUnavailable:
                return 0

        self.status: int = mode.run(body)
        self.waits = runtime.slept
        self.times = http.sent


@pytest.mark.parametrize("failure", [LOST, *(answer(status) for status in (408, 429, 500, 502, 503, 504))])
def test_R23_repeated_after_1_2_and_4_seconds(mode: Mode, failure: Answer) -> None:
    """R23: a request that can do no harm is sent four times at the most, and the last answer counts."""
    sent = Sent(mode, failure)
    assert (sent.times, sent.waits) == (4, [1, 2, 4])
    assert sent.status == (failure.status if isinstance(failure, HttpResponse) else 0)


def test_R23_jitter(mode: Mode) -> None:
    """R23: up to a quarter is added to each wait."""
    assert Sent(mode, LOST, chance=0.8).waits == pytest.approx([1.2, 2.4, 4.8])


def test_R23_ends_with_the_first_good_answer(mode: Mode) -> None:
    """R23: a provider that recovers is not asked further."""
    sent = Sent(mode, LOST, answer(503), answer(200))
    assert (sent.status, sent.times, sent.waits) == (200, 3, [1, 2])


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 501])
def test_R23_answers_that_stand(mode: Mode, status: int) -> None:
    """R23: what is no passing trouble, such as a refusal of the application, is not asked again."""
    assert Sent(mode, answer(status)).times == 1


@pytest.mark.parametrize(
    ("failure", "repeatable", "times"),
    [
        (answer(429), "when refused", 4),
        (answer(503), "when refused", 4),
        (LOST, "when refused", 1),
        (answer(408), "when refused", 1),
        (answer(500), "when refused", 1),
        (answer(502), "when refused", 1),
        (answer(504), "when refused", 1),
        (LOST, "never", 1),
        (answer(429), "never", 1),
        (answer(503), "never", 1),
    ],
)
def test_R23_what_could_be_done_twice(mode: Mode, failure: Answer, repeatable: Repeatable, times: int) -> None:
    """R23: a refresh token goes out again only after an answer that it was not used; a code never."""
    assert Sent(mode, failure, repeatable=repeatable).times == times


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [("0", [1.0]), ("3", [3.0]), ("8", [8.0]), ("9", []), ("3600", []), ("nonsense", [1.0])],
)
def test_R23_retry_after_is_obeyed_or_left_to_the_caller(mode: Mode, retry_after: str, waits: list[float]) -> None:
    """R23: who is asked to wait a few seconds waits; who is asked for more is told so in place of being kept."""
    sent = Sent(mode, answer(429, retry_after), answer(200))
    assert (sent.waits, sent.status) == (waits, 200 if waits else 429)


@pytest.mark.parametrize("failure", [LOST, answer(503)], ids=["lost", "refused"])
def test_R23_no_try_begins_late(mode: Mode, failure: Answer) -> None:
    """R23: a provider that takes its time over failing is not asked again after twenty seconds."""
    sent = Sent(mode, failure, seconds=9.5)
    assert (sent.times, sent.waits) == (2, [1])
