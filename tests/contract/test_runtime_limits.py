"""How a Runtime limits the time of a piece of work."""

import pytest

from tests.conftest import Mode


def test_work_within_its_time_has_its_result(mode: Mode) -> None:
    """What is quick enough is as if there were no limit, errors included."""

    async def body() -> int:
        async def work() -> int:
            await mode.runtime.sleep(0)
            return 1

        async def fail() -> int:
            message = "canary"
            raise LookupError(message)

        with pytest.raises(LookupError, match="canary"):
            await mode.runtime.within(5, fail)
        return await mode.runtime.within(5, work)

    assert mode.run(body) == 1


def test_T111_work_that_takes_too_long_is_cancelled(event_loop_mode: Mode) -> None:
    """T111: on an event loop what hangs ends at its limit."""
    ended: list[bool] = []

    async def body() -> None:
        async def work() -> None:
            try:
                await event_loop_mode.runtime.sleep(3600)
            finally:
                ended.append(True)

        with pytest.raises(TimeoutError, match=r"no answer within 0\.05 s"):
            await event_loop_mode.runtime.within(0.05, work)

    event_loop_mode.run(body)
    assert ended == [True]
