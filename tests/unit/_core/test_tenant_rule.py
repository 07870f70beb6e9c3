"""The application is asked whether a tenant is welcome, and its answers are kept for a while."""

import logging

import pytest

from azuread_auth._core.tenant_rule import TenantRule
from azuread_auth.errors import ProviderUnavailable, SuspendedError
from tests.unit._core.conftest import Core, Scene

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER = "aaaabbbb-0000-cccc-1111-dddd2222eeee"


class Application:
    """Welcomes one tenant; counts the questions; may be broken."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.asked: list[str] = []
        self.error: Exception | None = None
        self.takes_seconds = 0.0

    def is_welcome(self, tenant_id: str) -> bool:
        self.asked.append(tenant_id)
        if self.error is not None:
            raise self.error
        return tenant_id == TENANT

    async def is_welcome_async(self, tenant_id: str) -> bool:
        await self._core.runtime.sleep(self.takes_seconds)
        return self.is_welcome(tenant_id)


@pytest.fixture
def application(core: Core) -> Application:
    """The application that is asked."""
    return Application(core)


@pytest.fixture(params=["sync", "async"])
def rule(request: pytest.FixtureRequest, core: Core, application: Application) -> TenantRule:
    """A rule over the application, which answers at once or after waiting."""
    ask = application.is_welcome if request.param == "sync" else application.is_welcome_async
    return TenantRule(ask, runtime=core.runtime, observer=core)


def test_answers_are_kept(core, application, rule):
    """T59: yes for 5 minutes, no for 30 seconds, each tenant by itself."""
    assert (rule.seconds_left(TENANT), rule.seconds_left(OTHER)) == (0, 0)
    for _ in range(3):
        assert core.run(lambda: rule.admits(TENANT)) is True
        assert core.run(lambda: rule.admits(OTHER)) is False
    assert application.asked == [TENANT, OTHER]
    assert (rule.seconds_left(TENANT), rule.seconds_left(OTHER)) == (300, 0)
    core.clock.advance(30)
    core.run(lambda: rule.admits(TENANT))
    core.run(lambda: rule.admits(OTHER))
    assert application.asked == [TENANT, OTHER, OTHER]
    core.clock.advance(270)
    assert rule.seconds_left(TENANT) == 0
    core.run(lambda: rule.admits(TENANT))
    assert application.asked == [TENANT, OTHER, OTHER, TENANT]


def test_R22_the_wall_clock_does_not_matter(core, rule):
    """R22: answers age by the monotonic clock."""
    core.run(lambda: rule.admits(TENANT))
    core.clock.set_wall_clock(3600)
    assert rule.seconds_left(TENANT) == 300


def test_an_application_that_raises_admits_and_refuses_nobody(core, application, rule):
    """T59: nobody can tell then: 503, and the operator hears of it without what was raised.

    It is left alone for as long as callers are told to wait: a stranger's tenant must not keep it busy.
    """
    application.error = LookupError("password=hunter2")
    for asked in (1, 1, 1):
        with pytest.raises(ProviderUnavailable, match="tenants callable raised") as refused:
            core.run(lambda: rule.admits(TENANT))
        assert refused.value.retry_after == 5
        assert "hunter2" not in str(refused.value)
        assert application.asked == [TENANT] * asked
    assert rule.seconds_left(TENANT) == 0
    told = core.named("tenants.failed")
    assert [(event.level, event.fields["error"]) for event in told] == [(logging.ERROR, "LookupError")]
    assert "hunter2" not in told[0].message
    application.error = None
    core.clock.advance(5)
    assert core.run(lambda: rule.admits(TENANT)) is True


def test_the_same_question_is_asked_once_at_a_time(core, application):
    """R09, T59: callers of one tenant who come together wait for one answer; other tenants do not wait for it."""
    rule = TenantRule(application.is_welcome_async, runtime=core.runtime, observer=core)
    application.takes_seconds = 0.05
    bodies = [lambda tenant=tenant: rule.admits(tenant) for tenant in [TENANT, OTHER] * 20]
    assert core.run(lambda: core.mode.settle(*bodies)) == [True, False] * 20
    assert sorted(application.asked) == sorted([TENANT, OTHER])


def test_a_callable_that_waits_for_an_event_loop_does_not_fit_threads(threads_core):
    """The message says what to do; nothing is kept."""

    class Forever:
        def __await__(self):
            yield

    async def is_welcome(_tenant_id: str) -> bool:
        await Forever()
        return True

    rule = TenantRule(is_welcome, runtime=threads_core.runtime, observer=threads_core)
    with pytest.raises(SuspendedError, match="AsyncAzureAdClient"):
        threads_core.run(lambda: rule.admits(TENANT))
    assert rule.seconds_left(TENANT) == 0


def test_R32_answers_are_bounded(threads_core):
    """R32: ten thousand tenants at the most; forgetting costs asking again."""
    rule = TenantRule(lambda _tenant: True, runtime=threads_core.runtime, observer=threads_core)

    async def ask_all() -> None:
        for index in range(10_001):
            await rule.admits(str(index))

    threads_core.run(ask_all)
    assert len(rule._answers) <= 10_000
    assert rule.seconds_left("10000") > 0


@pytest.mark.parametrize("answer", [1, "no", [0], None], ids=repr)
def test_T59_only_true_and_false_are_answers(core, answer):
    """T59: what is merely true to Python, such as the text "no", admits nobody; the operator hears of it."""
    rule = TenantRule(lambda _tenant: answer, runtime=core.runtime, observer=core)
    with pytest.raises(ProviderUnavailable):
        core.run(lambda: rule.admits(TENANT))
    assert [event.fields["error"] for event in core.named("tenants.failed")] == ["TypeError"]


def test_a_request_of_a_tenant_nobody_can_tell_of_is_503(core):
    """T59: the failure of the application reaches the caller as an outage, for remembered tokens as well."""
    answers: list[object] = [True, RuntimeError("database down")]

    def is_welcome(_tenant_id: str) -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return True

    scene = Scene(core, tenants=is_welcome)
    token = scene.tenant.mint_token()
    scene.accept(token)
    core.clock.advance(300)
    assert scene.fail(token) == 5
