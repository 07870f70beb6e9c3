"""Tokens for the caller of this API: whose they are, and how long."""

import pytest

from azuread_auth.errors import AssertionRefused, ConfigurationError, PermissionDenied, ProviderUnavailable, Throttled
from azuread_auth.principal import Principal
from tests.conftest import Mode
from tests.unit._core.outbound import MAIL, Application, make_application


@pytest.fixture
def application(mode: Mode) -> Application:
    """An application with nothing cached."""
    return make_application(mode)


def token(application: Application, caller: Principal, tenant_id: str | None = None) -> str:
    """The token for a caller."""
    text: str = application.run(lambda: application.user(caller, tenant_id=tenant_id)).reveal()
    return text


def test_T109_callers_are_apart(application: Application) -> None:
    """T109: two users, two tokens of one user, and two tenants of one caller have tokens of their own; each hits."""
    tenant = application.tenant
    adele, megan, again = tenant.principal(), tenant.principal(user="megan"), tenant.principal()
    tokens = [token(application, caller) for caller in (adele, megan, again)]
    tokens.append(token(application, adele, tenant.domain))
    assert len(set(tokens)) == 4
    assert [token(application, caller) for caller in (adele, megan, again)] == tokens[:3]
    assert token(application, adele, tenant.domain) == tokens[3]
    assert application.requests == 4


def test_T109_applications_are_apart_in_one_store(application: Application) -> None:
    """T109: another application, or one with other capabilities, that shares the store finds nothing of ours."""
    caller, other_id = application.tenant.principal(), "44444444-4444-4444-8444-444444444444"
    token(application, caller)
    application.tenant.register_app(other_id, secret=application.tenant.client_secret)
    others = application.another(client_id=other_id), application.another(client_capabilities=["CP1"])
    with pytest.raises(AssertionRefused):
        token(others[0], caller)
    token(others[1], caller)
    assert [other.requests for other in others] == [1, 1]


def test_T72_same_user_id_in_two_tenants(application: Application) -> None:
    """T72: who has the same object id in another tenant is another caller, asked for in that tenant."""
    other = "55555555-5555-4555-8555-555555555555"
    callers = application.tenant.principal(), application.tenant.principal(tenant_id=other)
    assert len({token(application, caller) for caller in callers}) == 2
    assert [entry.tenant for entry in application.tenant.token_requests] == [application.tenant.tenant_id, other]


def test_T109_token_ends_with_the_assertion(application: Application) -> None:
    """T109: what a caller's token was exchanged for is given to nobody once that token has ended."""
    caller = application.tenant.principal(expires_in=600)
    token(application, caller)
    application.core.clock.advance(590)
    token(application, caller)
    assert application.requests == 1
    application.core.clock.advance(20)
    with pytest.raises(AssertionRefused):
        token(application, caller)
    assert application.requests == 2


@pytest.mark.parametrize("failure", [{"aadsts": 90055}, {"status": 503, "retry_after": 60}], ids=["429", "503"])
def test_T109_trouble_of_one_caller_is_not_another_s(mode: Mode, failure: dict[str, int]) -> None:
    """T109: a caller whose requests fail waits; no other caller does, nor the same with another tenant."""
    application = make_application(mode)
    adele, megan = application.tenant.principal(), application.tenant.principal(user="megan")
    application.tenant.fail("token", user="adele", **({"retry_after": 60} | failure))  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises((Throttled, ProviderUnavailable)) as refusal:
            token(application, adele)
        assert refusal.value.retry_after == 60  # type: ignore[attr-defined]
    assert application.requests == 1
    token(application, megan)


def test_application_as_caller(application: Application) -> None:
    """There is no user behind an application that calls for itself: the caller lacks what is needed."""
    with pytest.raises(PermissionDenied):
        token(application, application.tenant.principal(kind="app", roles="Orders.All"))
    assert application.requests == 0


def test_session_as_caller(application: Application) -> None:
    """Who is here in a session has sent no token; the error names the call that serves."""
    user = application.run(application.sign_in).principal
    with pytest.raises(ConfigurationError, match=r"call acquire_token_for_user\(\)"):
        application.run(lambda: application.engine.on_behalf_of(user, (MAIL,), None, None))


def test_token_in_place_of_a_principal_is_validated(application: Application) -> None:
    """A token that comes as text is judged before it is exchanged."""
    text = application.tenant.mint_token()
    got = application.run(lambda: application.engine.on_behalf_of(text, (MAIL,), None, None))
    caller = application.run(lambda: application.engine.validate_token(text))
    assert token(application, caller) == got.reveal()
    assert application.requests == 1
