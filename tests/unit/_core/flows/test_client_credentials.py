"""The application's own tokens: retried, paused, apart by tenant."""

import pytest

from azuread_auth.errors import ClientRejected, ProviderUnavailable, Throttled
from tests.conftest import Mode
from tests.unit._core.outbound import Application, make_application, runtime_of


@pytest.fixture
def application(mode: Mode) -> Application:
    """An application with nothing cached."""
    return make_application(mode)


def test_R23_passing_trouble_is_waited_out(application: Application) -> None:
    """R23: a provider that fails three times in a row costs seven seconds and no error."""
    application.tenant.fail("token", status=500, times=3)
    application.run(application.app)
    assert runtime_of(application).slept == [1, 2, 4]


def test_R23_lost_answers_are_asked_for_again(application: Application) -> None:
    """R23: the application's own token may be asked for twice."""
    application.http.lost = 2
    application.run(application.app)
    assert application.requests == 3


def test_R23_refusal_is_told_at_once(application: Application) -> None:
    """R23: a wrong secret does not get right by waiting."""
    application.tenant.fail("token", aadsts=7000215)
    with pytest.raises(ClientRejected):
        application.run(application.app)
    assert (application.requests, runtime_of(application).slept) == (1, [])


def test_T109_throttled_tenant_is_left_alone_and_others_go_on(application: Application) -> None:
    """T109: who was asked to wait a minute does, without a request; the same application in another tenant goes on."""
    tenant, other = application.tenant, "55555555-5555-4555-8555-555555555555"
    tenant.fail("token", aadsts=90055, retry_after=60, matching=lambda details: details.tenant != other)
    for _ in range(3):
        with pytest.raises(Throttled) as refusal:
            application.run(application.app)
        assert refusal.value.retry_after == 60
    assert application.requests == 1
    application.run(lambda: application.app(tenant_id=other))
    application.core.clock.advance(61)
    tenant.come_up()
    application.run(application.app)


def test_R21_outage_in_the_renewal_window(application: Application) -> None:
    """R21: a provider that is down while a token is renewed is no trouble, as long as the token is good."""
    application.run(application.app)
    application.core.clock.advance(3310)
    application.tenant.go_down()

    async def body() -> None:
        before = await application.app()
        await application.runtime.run_background()
        assert (await application.app()).reveal() == before.reveal()

    application.run(body)
    application.core.clock.advance(300)
    with pytest.raises(ProviderUnavailable):
        application.run(application.app)
    application.core.clock.advance(60)
    application.tenant.come_up()
    application.run(application.app)


def test_scopes_are_apart(application: Application) -> None:
    """Each API has a token of its own."""
    first = application.run(application.app)
    second = application.run(lambda: application.app("api://orders/.default"))
    assert first.reveal() != second.reveal()
    assert application.requests == 2
