"""Sign-ins on another device: how often it is asked, and how it ends."""

from collections.abc import Callable
from typing import Any

import pytest

from azuread_auth.access_token import UserToken
from azuread_auth.errors import (
    ClientRejected,
    ConfigurationError,
    InteractionRequired,
    LoginFailed,
    ProviderUnavailable,
)
from azuread_auth.sign_in import DeviceCode
from tests.conftest import Mode
from tests.unit._core.outbound import MAIL, Application, PassingRuntime, make_application, runtime_of


class Device:
    """An application that shows a code, and a user who does something after so many looks at the clock."""

    def __init__(self, mode: Mode) -> None:
        self.application: Application = make_application(mode)
        self.tenant = self.application.tenant
        self.then: Callable[[], Any] = lambda: None
        self.after = 1e9
        self.polls: list[float] = []
        self.began = 0.0
        self.is_cancelled: Callable[[], bool] = lambda: False
        self.application.http.wait = self._note

    async def _note(self) -> None:
        self.polls.append(self.passed)

    @property
    def passed(self) -> float:
        """Seconds since the code was shown."""
        return self.application.core.clock.monotonic() - self.began

    def begin(self, *scopes: str, **options: Any) -> DeviceCode:
        """The code."""
        tokens = self.application.engine.tokens
        self.began = self.application.core.clock.monotonic()
        code: DeviceCode = self.application.run(
            lambda: tokens.start_device_code(scopes or (MAIL,), options.get("tenant_id"), options.get("claims"))
        )
        return code

    def _look(self) -> bool:
        if self.passed >= self.after:
            self.after = 1e9
            self.then()
        return self.is_cancelled()

    def end(self, code: DeviceCode) -> UserToken:
        """What the sign-in comes to."""
        tokens = self.application.engine.tokens
        token: UserToken = self.application.run(lambda: tokens.by_device_code(code, is_cancelled=self._look))
        return token

    def sign_in(self, after: float, user: str = "adele") -> DeviceCode:
        """A code with which the user signs in after so many seconds."""
        code = self.begin()
        self.after, self.then = after, lambda: self.tenant.approve_device(code.user_code, user)
        return code

    def fail(self, **failure: Any) -> None:
        """Let the token endpoint fail."""
        self.tenant.fail("token", **failure)


@pytest.fixture
def device(mode: Mode) -> Device:
    """A device that nobody has signed in to."""
    return Device(mode)


def test_T119_code_to_show(device: Device) -> None:
    """T119: the user is told code and address; the code that brings the tokens is told nobody."""
    code = device.begin()
    assert code.user_code in code.message
    assert code.interval == 5
    assert code.expires_at == device.application.core.clock.now() + 900
    assert code.scopes == (MAIL,)
    shown = repr(code)
    assert code.device_code.reveal() not in shown
    assert code.user_code not in shown


def test_T119_asks_at_the_interval_until_the_user_has_signed_in(device: Device) -> None:
    """T119: asked every five seconds; the tokens are the user's, kept for later calls, after a check."""
    token = device.end(device.sign_in(after=12, user="megan"))
    assert device.polls == [5, 10, 15]
    assert (token.principal.name, token.principal.auth_method) == ("Megan Bowen", "session")
    again = device.application.run(lambda: device.application.user(token.principal))
    assert again.reveal() == token.reveal()
    assert device.application.requests == 3
    assert max(runtime_of(device.application).slept) <= 1


def test_T119_slow_down(device: Device) -> None:
    """T119, RFC 8628 3.5: each slow_down adds five seconds for good."""
    device.fail(error="slow_down", status=400, times=2)
    device.end(device.sign_in(after=31))
    assert device.polls == [5, 15, 30, 45]


@pytest.mark.parametrize(
    ("failure", "polls"),
    [
        pytest.param({"status": 503}, [5, 15, 25], id="503"),
        pytest.param({"status": 429, "retry_after": 40}, [5, 45, 55], id="429"),
        pytest.param({"aadsts": 90055, "retry_after": 1}, [5, 15, 25], id="throttled"),
    ],
)
def test_T119_trouble_of_the_provider_is_waited_out(mode: Mode, failure: dict[str, Any], polls: list[float]) -> None:
    """T119: trouble makes it ask less often, and Retry-After holds for once; the sign-in goes on."""
    device = Device(mode)
    device.fail(times=1, **failure)
    device.end(device.sign_in(after=46 if polls[1] == 45 else 16))
    assert device.polls == polls


def test_T119_lost_answer_is_waited_out(device: Device) -> None:
    """T119: a connection that breaks is no end of the sign-in."""
    device.application.http.lost = 1
    device.end(device.sign_in(after=6))
    assert device.polls == [5, 15]


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        ({"error": "authorization_declined", "status": 400}, "the user declined to sign in"),
        ({"error": "access_denied", "status": 400}, "the user declined to sign in"),
        ({"aadsts": 70019}, "the code has expired"),
        ({"aadsts": 70018}, "the code is not known"),
    ],
)
def test_T119_ends_that_are_told(mode: Mode, failure: dict[str, Any], message: str) -> None:
    """T119: a user who declines and a code that is over end the sign-in at once, with a word for the user."""
    device = Device(mode)
    device.fail(**failure)
    with pytest.raises(LoginFailed, match=f"{message}.*; start the sign-in again"):
        device.end(device.begin())
    assert device.polls == [5]


def test_T119_declined_by_the_user(device: Device) -> None:
    """T119: the same with a user who says no after a while."""
    code = device.begin()
    device.after, device.then = 7, lambda: device.tenant.decline_device(code.user_code)
    with pytest.raises(LoginFailed, match="declined"):
        device.end(code)
    assert device.polls == [5, 10]


@pytest.mark.parametrize(
    ("aadsts", "expected"), [(7000215, ClientRejected), (50076, InteractionRequired), (65001, InteractionRequired)]
)
def test_T119_other_errors_are_told_as_they_are(mode: Mode, aadsts: int, expected: type[Exception]) -> None:
    """T119: an application that is refused, and a demand for more, are no matter of waiting."""
    device = Device(mode)
    device.fail(aadsts=aadsts)
    with pytest.raises(expected):
        device.end(device.begin())


def test_T119_ends_with_the_code(device: Device) -> None:
    """T119: nobody is asked after the code has expired, whatever becomes of the wall clock."""
    device.tenant.behaviour.device_code_lifetime_seconds = 60
    code = device.begin()
    device.after, device.then = 20, lambda: device.application.core.clock.set_wall_clock(-3600)
    with pytest.raises(LoginFailed, match="expired before the user signed in"):
        device.end(code)
    assert device.passed == pytest.approx(60, abs=0.1)
    assert device.polls[-1] < 60


def test_T119_code_that_was_over_before(device: Device) -> None:
    """T119: a code that is brought too late is not even asked for."""
    code = device.begin()
    device.application.core.clock.advance(901)
    with pytest.raises(LoginFailed, match="expired"):
        device.end(code)
    assert device.polls == []


def test_T119_cancelled(device: Device) -> None:
    """T119: the application can give up, and is heard within a second."""
    code = device.begin()
    device.is_cancelled = lambda: device.passed >= 6.5
    with pytest.raises(LoginFailed, match="the sign-in was cancelled"):
        device.end(code)
    assert device.passed <= 7.5
    assert device.polls == [5]


def test_no_code(device: Device) -> None:
    """A provider that gives no code is told of as for any token."""
    device.tenant.fail("devicecode", aadsts=700016, times=1)
    with pytest.raises(ClientRejected):
        device.begin()
    device.tenant.fail("devicecode", status=200, body={"device_code": "x"}, times=1)
    with pytest.raises(ProviderUnavailable):
        device.begin()
    with pytest.raises(ConfigurationError):
        device.begin("User.Read", "api://orders/Read")


def test_code_is_asked_for_again_when_its_answer_was_lost(device: Device) -> None:
    """Nothing was begun that could be done twice: the request for a code is repeated."""
    device.tenant.fail("devicecode", status=502, times=2)
    device.begin()
    assert device.tenant.request_count("devicecode") == 3


def test_T93_bad_id_token_keeps_nothing(device: Device) -> None:
    """T93: without a good ID token nobody is signed in, and nothing of the answer is kept."""
    code = device.begin()
    answer = {"access_token": "canary", "refresh_token": "canary", "id_token": "canary.canary.canary"}
    device.fail(status=200, body=answer)
    with pytest.raises(LoginFailed, match="the ID token was refused"):
        device.end(code)
    assert "canary" not in str(device.application.store.kept)  # type: ignore[attr-defined]


def test_claims_go_along(mode: Mode) -> None:
    """A claims challenge can be answered on another device; capabilities are told with it."""
    device = Device(mode)
    device.application = make_application(mode, client_capabilities=["CP1"])
    code = device.begin(claims={"access_token": {"acrs": {"value": "c1"}}}, tenant_id="organizations")
    assert code.tenant == "organizations"
    assert isinstance(device.application.runtime, PassingRuntime)


def test_code_is_not_used_up_without_keys(device: Device) -> None:
    """While the provider's keys cannot be had the tokens could not be judged: they are not asked for yet."""
    device.tenant.fail("keys", status=503, times=1)
    device.end(device.sign_in(after=1))
    assert len(device.polls) == 1
    assert device.polls[0] > 5
