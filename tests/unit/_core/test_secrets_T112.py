"""Nothing secret is shown: in events, reprs, errors and tracebacks with the locals of every frame."""

import gc
import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from azuread_auth.errors import AzureAdError
from azuread_auth.ports import HttpRequest, HttpResponse
from tests.conftest import Mode
from tests.unit._core.outbound import GRAPH, MAIL, ORDERS, Application, DictStore, make_application

SECRET_FIELDS = ("client_secret", "assertion", "refresh_token", "code", "code_verifier", "device_code")
SECRET_MEMBERS = ("access_token", "refresh_token", "id_token", "device_code")
TESTS = Path(__file__).parents[2]


class Spy:
    """An HttpPort that learns each secret on its way out or in."""

    def __init__(self, application: Application) -> None:
        self._inner = application.http._inner
        self.secrets: set[str] = {application.tenant.client_secret}
        application.http._inner = self

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Pass it on."""
        form = parse_qs(request.body.decode())
        self.secrets |= {form[name][0] for name in SECRET_FIELDS if name in form}
        response = await self._inner.send(request)
        try:
            document = json.loads(response.body)
        except ValueError:
            document = {}
        self.secrets |= {document[name] for name in SECRET_MEMBERS if len(document.get(name, "")) > 15}
        return response

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.fixture
def application(mode: Mode) -> Application:
    """An application whose secrets are known."""
    return make_application(mode)


@pytest.fixture
def spy(application: Application) -> Spy:
    """What knows them."""
    return Spy(application)


def shown_by(error: BaseException) -> str:
    """Everything that a reporter of errors could show of one, with the locals of all frames but those of tests."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error))]
    described: traceback.TracebackException | None = traceback.TracebackException.from_exception(
        error, capture_locals=True
    )
    while described is not None:
        frames = [frame for frame in described.stack if not frame.filename.startswith(str(TESTS))]
        shown += [f"{frame.filename} {frame.name} {frame.locals}" for frame in frames]
        shown.append(str(described))
        described = described.__cause__ or described.__context__
    return "\n".join(shown)


def assert_silent(spy: Spy, shown: str) -> None:
    """None of the secrets, nor half of one, is in what was shown."""
    for secret in spy.secrets:
        assert secret not in shown
        assert secret[: max(16, len(secret) // 2)] not in shown


def failing(application: Application, work: Callable[[], Any]) -> str:
    """What is shown of the error that a piece of work comes to."""
    with pytest.raises(AzureAdError) as refusal:
        application.run(work)
    return shown_by(refusal.value)


def device_sign_in(application: Application, *, user: str | None = "adele") -> Callable[[], Any]:
    """A sign-in on another device."""
    tokens = application.engine.tokens

    async def work() -> Any:
        code = await tokens.start_device_code((MAIL,), None, None)
        if user is not None:
            application.tenant.approve_device(code.user_code, user)
        return await tokens.by_device_code(code, is_cancelled=lambda: False)

    return work


def test_T112_good_flows(application: Application, spy: Spy) -> None:
    """T112: what goes well shows nothing in events and reprs."""
    principal = application.tenant.principal()

    async def body() -> list[object]:
        user = await application.sign_in()
        device = await device_sign_in(application)()
        return [
            await application.app(),
            await application.app(claims={"access_token": {}}),
            await application.user(principal),
            await application.user(user.principal, ORDERS),
            user,
            device,
            principal,
        ]

    shown = [repr(each) for each in application.run(body)]
    tokens = application.engine.tokens
    shown += [repr(vars(part)) for part in (application.engine, tokens, tokens._cache, tokens._refresh_tokens)]
    shown += [repr(entry) for entry in gc.get_objects() if type(entry).__name__ in ("LocalToken", "Wanted", "CacheKey")]
    assert len(spy.secrets) > 12
    assert_silent(spy, "\n".join([*shown, str(application.core.events)]))
    assert isinstance(application.store, DictStore)
    assert_silent(spy, str(list(application.store.kept)))


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param({"aadsts": 7000215}, id="refused"),
        pytest.param({"aadsts": 700027}, id="refused after a reload"),
        pytest.param({"aadsts": 65001}, id="consent"),
        pytest.param({"aadsts": 50173}, id="dead"),
        pytest.param({"aadsts": 90055}, id="throttled"),
        pytest.param({"status": 503}, id="unavailable"),
        pytest.param({"status": 200, "body": "<html>"}, id="no JSON"),
        pytest.param(
            {"status": 200, "body": {"access_token": "canary-of-an-answer-1", "token_type": "mac"}}, id="other type"
        ),
        pytest.param(
            {"status": 200, "body": {"access_token": "canary-of-an\n-answer-2", "refresh_token": "canary-of-3-answer"}},
            id="unusable token",
        ),
        pytest.param({"status": 200, "body": '{"access_token":"canary-of-an-answer-4"'}, id="cut off"),
        pytest.param({"status": 200, "body": {"access_token": "canary-of-an-answer-5", "id_token": "a.b.c"}}, id="bad"),
    ],
)
def test_T112_failing_flows(mode: Mode, failure: dict[str, Any]) -> None:
    """T112: an error of any flow shows no secret that was sent or came, not in the locals of its frames either."""
    application = make_application(mode)
    spy = Spy(application)
    user = application.run(application.sign_in).principal
    principal = application.tenant.principal()
    flows = (
        application.app,
        lambda: application.user(principal),
        lambda: application.user(user, ORDERS),
        application.sign_in,
        device_sign_in(application),
    )
    shown = []
    for flow in flows:
        application.tenant.fail("token", **failure)
        try:
            application.run(flow)
        except AzureAdError as error:
            shown.append(shown_by(error))
        application.tenant.come_up()
        application.core.clock.advance(400)
    shown.append(str(application.core.events))
    text = "\n".join(shown)
    assert len(shown) > 2
    assert_silent(spy, text)
    assert "canary" not in text


def test_T112_lost_and_forged_answers(application: Application, spy: Spy) -> None:
    """T112: nor do lost answers, forged ones and stores that fail."""
    request = application.begin()
    answer = application.tenant.sign_in(request.url)
    spy.secrets |= {request.code_verifier, answer["code"]}
    tokens = application.engine.tokens
    shown = []
    application.http.lost = 1
    shown.append(failing(application, lambda: tokens.by_authorization_code(request, answer)))
    shown.append(failing(application, lambda: tokens.by_authorization_code(request, {**answer, "state": "other"})))
    assert isinstance(application.store, DictStore)
    application.store.failing = {"get", "put", "lease", "delete"}
    application.run(lambda: application.app(GRAPH))
    assert_silent(spy, "\n".join([*shown, str(application.core.events)]))


@pytest.mark.parametrize("fault", [None, "bad-signature", "wrong-issuer", "expired", "missing-kid"])
def test_T112_refused_id_token(mode: Mode, fault: str | None) -> None:
    """T112: an ID token that is refused, for its nonce or anything else, is not shown, nor what came beside it."""
    application = make_application(mode)
    spy = Spy(application)
    request = application.begin()
    answer = application.tenant.sign_in(request.url)
    id_token = application.tenant.mint_token(audience=application.tenant.client_id, claims={"azp": None}, fault=fault)
    body = {"access_token": "canary-access-token", "refresh_token": "canary-refresh-token", "id_token": id_token}
    application.tenant.fail("token", status=200, body=body)
    shown = failing(application, lambda: application.engine.tokens.by_authorization_code(request, answer))
    assert_silent(spy, shown)
    assert "canary" not in shown
