"""Refresh tokens of users who signed in: one use at a time, rotation, and when they end."""

import traceback
from collections.abc import Awaitable, Callable

import pytest

from azuread_auth._core.flows.refresh_token import RefreshTokens
from azuread_auth._protocol.cache_key import UserPartition
from azuread_auth.access_token import AccessToken
from azuread_auth.errors import InteractionRequired, ProviderUnavailable, TokenRequestFailed
from azuread_auth.principal import Principal
from tests.conftest import Mode
from tests.unit._core.outbound import MAIL, ORDERS, Application, DictStore, LeasingDictStore, make_application

SCOPES = tuple(f"api://api-{number}/Read" for number in range(50))


@pytest.fixture
def application(mode: Mode) -> Application:
    """An application whose provider ends a family of refresh tokens when one is used twice."""
    made = make_application(mode)
    made.tenant.behaviour.revokes_reused_refresh_tokens = True
    return made


def signed_in(application: Application, user: str = "adele") -> Principal:
    """A user who has signed in."""
    principal: Principal = application.run(lambda: application.sign_in(user=user)).principal
    return principal


def record(application: Application) -> bytes | None:
    """What the store has as refresh token."""
    store = application.store
    assert isinstance(store, DictStore)
    return next((value for key, value in store.kept.items() if ":refresh_token_itself:" in key), None)


def asks(application: Application, user: Principal, scope: str) -> Callable[[], Awaitable[AccessToken]]:
    """A request for one scope."""
    return lambda: application.user(user, scope)


def refuse(application: Application, user: Principal, scope: str = ORDERS) -> InteractionRequired:
    """Why a user's token is refused."""
    with pytest.raises(InteractionRequired) as refusal:
        application.run(lambda: application.user(user, scope))
    return refusal.value


def test_T101_50_scopes_take_turns(application: Application) -> None:
    """T101: requests of one user for different scopes use the refresh token one after the other, once each."""
    user = signed_in(application)
    application.http.wait = lambda: application.runtime._real.sleep(0.001)
    application.run(lambda: application.core.mode.gather(*(asks(application, user, scope) for scope in SCOPES)))
    assert (application.requests, application.http.most_at_once) == (51, 1)
    asked = [entry.scopes[0] for entry in application.tenant.token_requests[1:]]
    assert sorted(asked) == sorted(SCOPES)


def test_T101_50_requests_for_one_scope_are_one_refresh(application: Application) -> None:
    """T101: 50 requests at the moment of expiry make one refresh and share what it brings."""
    user = signed_in(application)
    application.core.clock.advance(3599)
    application.http.wait = lambda: application.core.mode.wait_for_all(0.02)
    tokens = application.run(lambda: application.core.mode.gather(*[asks(application, user, MAIL)] * 50))
    assert len({token.reveal() for token in tokens}) == 1
    assert application.requests == 2


def test_T101_processes_take_turns_too(mode: Mode) -> None:
    """T101, R16: those that share a store use the refresh token of a user one after the other."""
    application = make_application(mode, waits=True)
    application.tenant.behaviour.revokes_reused_refresh_tokens = True
    user = signed_in(application)
    others = [application.another(http=application.http) for _ in range(4)]
    application.http.wait = lambda: application.runtime.sleep(0.001)
    pairs = zip(others * 2, SCOPES[:8], strict=True)
    application.run(lambda: mode.gather(*(asks(other, user, scope) for other, scope in pairs)))
    assert (application.requests, application.http.most_at_once) == (9, 1)


def test_users_do_not_wait_for_each_other(event_loop_mode: Mode) -> None:
    """Turns are each user's own."""
    application = make_application(event_loop_mode)
    adele, megan = signed_in(application), signed_in(application, "megan")
    application.http.wait = lambda: event_loop_mode.wait_for_all(0.05)
    application.run(lambda: event_loop_mode.gather(asks(application, adele, ORDERS), asks(application, megan, ORDERS)))
    assert application.http.most_at_once == 2


def test_T101_error_is_whose_turn_it_was(mode: Mode) -> None:
    """T101: where one scope is refused, the requests for others go on."""
    application = make_application(mode)
    user = signed_in(application)
    application.tenant.require_consent("api://api-3/Read")
    bodies = [asks(application, user, scope) for scope in SCOPES[:8]]
    outcomes = application.run(lambda: application.core.mode.settle(*bodies))
    assert [isinstance(outcome, InteractionRequired) for outcome in outcomes] == [number == 3 for number in range(8)]


def test_T101_shared_error_grows_no_traceback(mode: Mode) -> None:
    """Callers who share a turn have its error each; what they raise does not pile up in it."""
    application = make_application(mode, cache_enabled=False)
    user = signed_in(application)
    application.tenant.require_consent(ORDERS)
    application.http.wait = lambda: mode.wait_for_all(0.05)
    outcomes = application.run(lambda: mode.settle(*[asks(application, user, ORDERS)] * 40))
    assert all(isinstance(outcome, InteractionRequired) for outcome in outcomes)
    assert application.requests < 10
    assert max(len(traceback.extract_tb(outcome.__traceback__)) for outcome in outcomes) < 80


def test_refresh_token_is_replaced_at_each_use(application: Application) -> None:
    """What each answer brings takes the place of what was used: reusing an old one would end the sign-in."""
    user = signed_in(application)
    seen = {record(application)}
    for scope in SCOPES[:3]:
        application.run(asks(application, user, scope))
        seen.add(record(application))
    assert len(seen) == 4


def test_answer_without_a_refresh_token_keeps_the_present_one(application: Application) -> None:
    """RFC 6749 6: a provider need not replace it."""
    user, before = signed_in(application), record(application)
    application.tenant.fail("token", status=200, body={"access_token": "token", "expires_in": 3600}, times=1)
    application.run(asks(application, user, ORDERS))
    assert record(application) == before


def test_R23_refresh_token_is_not_sent_again_when_the_answer_is_lost(mode: Mode) -> None:
    """R23: nobody knows whether it was used, so that the caller is told, and a later try is the caller's."""
    application = make_application(mode)
    user = signed_in(application)
    application.http.lost = 1
    with pytest.raises(ProviderUnavailable):
        application.run(asks(application, user, ORDERS))
    assert application.requests == 2
    assert record(application) is not None
    application.core.clock.advance(2)
    application.run(asks(application, user, ORDERS))
    assert application.requests == 3


def test_R23_refresh_token_is_sent_again_when_it_was_not_used(application: Application) -> None:
    """R23: an answer that says so is a reason to try again."""
    user = signed_in(application)
    application.tenant.fail("token", status=503, times=2)
    application.run(asks(application, user, ORDERS))
    assert application.requests == 4


def test_dead_refresh_token_is_dropped(application: Application) -> None:
    """After an administrator has ended the sign-in nothing is kept, and nobody is asked again."""
    user = signed_in(application)
    application.tenant.revoke_refresh_tokens("adele")
    assert (refuse(application, user).error, refuse(application, user).error) == ("invalid_grant", "login_required")
    assert application.requests == 2
    assert record(application) is None


@pytest.mark.parametrize("aadsts", [65001, 50076, 53003])
def test_refresh_token_outlives_a_demand_for_more(mode: Mode, aadsts: int) -> None:
    """Where the user has to consent or to prove more, for one scope, the sign-in serves for others."""
    application = make_application(mode)
    user = signed_in(application)
    application.tenant.fail("token", aadsts=aadsts, times=1)
    refuse(application, user)
    assert record(application) is not None
    application.run(asks(application, user, ORDERS))


def test_T101_newer_refresh_token_of_another_process(mode: Mode) -> None:
    """T101: one that was replaced in the store while it was used is no reason to send the user away."""
    application = make_application(mode)
    user, other = signed_in(application), application.another()

    async def sign_in_elsewhere() -> None:
        application.http.wait = None
        await other.sign_in()
        application.tenant.fail("token", aadsts=700082, times=1, grant_type="refresh_token")

    application.http.wait = sign_in_elsewhere
    application.run(asks(application, user, ORDERS))
    assert application.requests == 3


def test_user_of_whom_nothing_is_kept(application: Application) -> None:
    """A user who never signed in here has to, and nobody else is asked."""
    user = signed_in(application)
    error = refuse(application.another(DictStore(application.core.clock)), user)
    assert (error.error, error.scopes) == ("login_required", (ORDERS,))
    assert application.requests == 1


def turn_key(application: Application) -> str:
    """Under which a user's turns are given."""
    assert isinstance(application.store, LeasingDictStore)
    return next(key for key in application.store.kept if ":refresh_token_itself:" in key)


def test_R16_holder_of_a_turn_that_dies(application: Application) -> None:
    """R16: a process that died in its turn keeps a user waiting for what is left of its lease, and no longer."""
    user, store, began = signed_in(application), application.store, application.core.clock.monotonic()
    assert isinstance(store, LeasingDictStore)

    async def body() -> None:
        assert await store.lease(turn_key(application), seconds=3) is not None
        await application.user(user, ORDERS)

    application.run(body)
    assert 3 <= application.core.clock.monotonic() - began < 3.2


def test_R16_turn_that_does_not_come(application: Application) -> None:
    """R16: a lease that nobody gives back, because its holder or the store's answer was lost, refuses nobody."""
    user, store = signed_in(application), application.store
    assert isinstance(store, LeasingDictStore)
    began = application.core.clock.monotonic()

    async def body() -> None:
        assert await store.lease(turn_key(application), seconds=1000) is not None
        await application.user(user, ORDERS)

    application.run(body)
    assert application.requests == 2
    assert 11 <= application.core.clock.monotonic() - began < 11.2


def test_T101_turn_lasts_as_long_as_a_request_may(application: Application) -> None:
    """T101: the provider takes its time, and no other process uses the refresh token meanwhile."""
    user, store, key = signed_in(application), application.store, turn_key(application)
    assert isinstance(store, LeasingDictStore)
    held: list[bool] = []

    async def watch() -> None:
        application.core.clock.advance(application.tenant.settings().timeout_seconds)
        held.append(await store.lease(key, seconds=1) is None)

    application.http.wait = watch
    application.run(asks(application, user, ORDERS))
    assert held == [True]


def test_R17_users_go_on_without_the_store(application: Application) -> None:
    """R17: a store that fails from the beginning costs nobody the sign-in: this process remembers."""
    store = application.store
    assert isinstance(store, DictStore)
    store.failing = {"get", "put", "delete", "lease", "release", "put_leased"}
    user = signed_in(application)
    for scope in SCOPES[:3]:
        application.run(asks(application, user, scope))
    application.tenant.revoke_refresh_tokens()
    assert refuse(application, user).error == "invalid_grant"
    assert refuse(application, user).error == "login_required"


def test_T111_unreadable_refresh_token_is_none(application: Application) -> None:
    """T111: what is in the store and is no refresh token is as if it were not there."""
    user, store = signed_in(application), application.store
    assert isinstance(store, DictStore)
    for key in store.kept:
        store.kept[key] = b'{"format":2}'
    assert refuse(application, user).error == "login_required"


def test_forgotten_on_sign_out(application: Application) -> None:
    """What is kept of a user goes when that is asked for."""
    user = signed_in(application)
    refresh_tokens: RefreshTokens = application.engine.tokens._refresh_tokens
    application.run(lambda: refresh_tokens.forget(UserPartition(user.tenant_id, user.object_id)))
    assert refuse(application, user).error == "login_required"


def test_T109_pause_of_one_user_is_not_another_s(mode: Mode) -> None:
    """T109: a user whose requests are throttled waits, and no other does."""
    application = make_application(mode)
    adele, megan = signed_in(application), signed_in(application, "megan")
    application.tenant.fail("token", aadsts=90055, user="adele", retry_after=60)
    for _ in range(2):
        with pytest.raises(TokenRequestFailed):
            application.run(asks(application, adele, ORDERS))
    assert application.requests == 3
    application.run(asks(application, megan, ORDERS))


def test_policies_of_b2c_do_not_share_a_refresh_token(mode: Mode) -> None:
    """What one policy issued is nothing to another: its refusal would cost the user the token that serves."""
    user = UserPartition("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
    keys = set()
    for policy in ("B2C_1_signin", "B2C_1_profile"):
        url = f"https://contoso.b2clogin.com/contoso.onmicrosoft.com/{policy}"
        application = make_application(mode, authority_url=url, tenant_id=None)
        keys.add(application.engine.tokens._refresh_tokens._key(user))
    assert len(keys) == 2
