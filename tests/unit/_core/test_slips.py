"""What should not happen: transports that raise anything, keys fetched twice at once, refreshes joined too late."""

from dataclasses import replace
from hashlib import sha256

import pytest

from azuread_auth._core.engine import Engine
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.ports import TransportAnswer
from azuread_auth.rejection import RejectionReason
from tests.unit._core.conftest import HOUR, Core, Scene


class _Slipping:
    """A way to the tenant that raises what nobody expects, while told to."""

    def __init__(self, scene: Scene) -> None:
        self._tenant = scene.tenant
        self.error: Exception | None = None
        self.tries = 0

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.tries += 1
        if self.error is not None:
            raise self.error
        answer: TransportAnswer = self._tenant.answer(request)
        assert answer.response is not None
        return answer.response

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("error", [UnicodeError("label empty"), KeyError("x"), AssertionError()], ids=type)
def test_R03_slip_of_a_transport_is_an_outage(core: Core, error: Exception) -> None:
    """R02, R03: whatever a transport raises backs off, tells 503 and leaves the last known good keys in use."""
    scene = Scene(core)
    http = _Slipping(scene)
    scene.engine = Engine(scene.tenant.settings(), http=http, runtime=core.runtime, observer=core)
    http.error = error
    token = scene.tenant.mint_token()
    assert [scene.fail(token) for _ in range(50)] == [1] * 50
    assert http.tries == 1
    http.error = None
    core.clock.advance(1)
    scene.accept(token)
    http.error = error
    core.clock.advance(23 * HOUR)
    scene.refresh()
    core.clock.advance(20 * HOUR)
    assert scene.accept_new().kind == "user"
    told = core.named("keys.unavailable")
    assert type(error).__name__ in told[0].message
    assert "label empty" not in told[0].message


def test_R05_clients_that_were_told_to_wait_do_not_all_come_back_at_once(scene: Scene) -> None:
    """R05: a Retry-After has up to a quarter of jitter on top."""
    scene.tenant.fail("discovery", status=429, retry_after=60)
    scene.core.runtime.chance = 0.5
    assert scene.fail(scene.tenant.mint_token()) == 67.5


def test_T51_key_object_that_lost_a_race_ends_its_tokens(warm: Scene) -> None:
    """T51, R12: of two fetches at once one comes out last; tokens by the other's key objects are judged anew.

    Its objects are never marked as withdrawn, so that they are looked for among those in use.
    """
    token = warm.tenant.mint_token()
    warm.accept(token)
    source = warm.engine.provider.keys(2)
    in_use = source.peek()
    assert in_use is not None
    loser = replace(in_use.keys.keys[0])
    known = warm.engine.validator._cache.find(sha256(token.encode()).digest())
    assert known is not None
    known.key = loser
    assert warm.engine.validator.recall(token.encode()) is None
    assert warm.accept(token).kind == "user"


def test_R07_new_key_is_found_behind_a_refresh_that_was_answered_before(event_loop_core: Core) -> None:
    """R07: a good token of a key published while a refresh is under way is served, by one more fetch."""
    core = event_loop_core
    scene = Scene(core)
    core.run(scene.engine.warm_up)
    core.clock.advance(HOUR)

    async def body() -> tuple[object, object]:
        scene.tenant.slow_down(0.2)
        scene.engine.provider.keys(2).peek()
        refresh = core.runtime.background.pop()

        async def late() -> object:
            await core.runtime.sleep(0.1)
            scene.tenant.rotate_keys(keep_old=False)
            return (await scene.engine.validate_token(scene.tenant.mint_token())).kind

        return await core.mode.gather(refresh, late)

    assert core.run(body)[1] == "user"
    assert scene.refuse(scene.tenant.mint_token(fault="unknown-kid")) is RejectionReason.KEY_UNKNOWN


def test_T51_R22_remembered_token_ends_with_its_exp_by_the_wall_clock(warm: Scene) -> None:
    """T51, R22: also when the clock is set forward in the minute before `exp`, in which nothing else is looked at."""
    token = warm.tenant.mint_token(expires_in=40)
    warm.accept(token)
    assert warm.engine.validator.recall(token.encode()) is not None
    warm.core.clock.set_wall_clock(39)
    assert warm.engine.validator.recall(token.encode()) is not None
    warm.core.clock.set_wall_clock(1)
    assert warm.engine.validator.recall(token.encode()) is None
