"""Tokens for the next API: which of them a call means, and where none is given."""

from typing import Any

import pytest

from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.credentials.base import AppTokenSource, Credential, CredentialSurroundings
from azuread_auth.errors import ConfigurationError, InteractionRequired, PermissionDenied
from azuread_auth.principal import Account, Principal
from azuread_auth.secret import Secret
from tests.conftest import Mode
from tests.unit._core.outbound import GRAPH, MAIL, ORDERS, Application, DictStore, make_application

OTHER = "55555555-5555-4555-8555-555555555555"
CHALLENGE = {"access_token": {"nbf": {"essential": True, "value": "1604106651"}}}


class Machine(Credential):
    """An identity of this machine, which gets tokens without the token endpoint."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], str | None, str | None]] = []
        self.now = 0.0

    flow = "managed_identity"
    identity = "system"

    def in_use(self, surroundings: CredentialSurroundings) -> AppTokenSource:
        """Itself."""
        self.now = surroundings.runtime.now()
        return self

    async def token(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> ReceivedToken:
        """The next token."""
        self.asked.append((scopes, tenant_id, claims))
        return ReceivedToken(
            access_token=Secret(f"machine-{len(self.asked)}"),
            expires_at=self.now + 3600,
            refresh_at=self.now + 3300,
            scopes=frozenset(scopes),
        )


@pytest.fixture
def application(mode: Mode) -> Application:
    """An application of one tenant."""
    return make_application(mode)


@pytest.mark.parametrize("claims", [CHALLENGE, '{"access_token": {"nbf": {"value": "1", "essential": true}}}'])
def test_T71_claims_force_a_new_token(mode: Mode, claims: Any) -> None:
    """T71: a claims challenge brings a new token, once; calls without claims have that one from then on."""
    application = make_application(mode)

    async def body() -> list[str]:
        calls = (None, claims, None, claims, CHALLENGE if claims is CHALLENGE else claims)
        return [(await application.app(claims=each)).reveal() for each in calls]

    first, *others = application.run(body)
    assert len({first, *others}) == 2
    assert len(set(others)) == 1
    assert application.requests == 2
    assert application.http.sent[1].body.count(b"claims=") == 1


@pytest.mark.parametrize("who", ["bearer", "session"])
def test_T71_claims_for_users(mode: Mode, who: str) -> None:
    """T71: the same for a user's tokens, and for that user alone."""
    application = make_application(mode)
    megan = application.tenant.principal(user="megan")
    before = application.run(lambda: application.user(megan)).reveal()
    user: Principal = application.tenant.principal()
    if who == "session":
        user = application.run(application.sign_in).principal
    first = application.run(lambda: application.user(user)).reveal()
    second = application.run(lambda: application.user(user, claims=CHALLENGE)).reveal()
    assert first != second == application.run(lambda: application.user(user)).reveal()
    assert application.run(lambda: application.user(megan)).reveal() == before


@pytest.mark.parametrize("claims", ["no JSON", "[]", [1], 17], ids=str)
def test_claims_that_are_none(mode: Mode, claims: Any) -> None:
    """What is no claims request is refused before anybody is asked."""
    application = make_application(mode)
    with pytest.raises(ConfigurationError, match="claims="):
        application.run(lambda: application.app(claims=claims))
    assert application.requests == 0


def test_cache_that_is_turned_off(mode: Mode) -> None:
    """Without a cache each call is a request; users go on by their refresh tokens, which are no cache."""
    application = make_application(mode, cache_enabled=False)

    async def body() -> None:
        first, second = await application.app(), await application.app()
        assert first.reveal() != second.reveal()
        user = (await application.sign_in()).principal
        tokens = [await application.user(user), await application.user(user)]
        assert tokens[0].reveal() != tokens[1].reveal()

    application.run(body)
    assert (application.requests, application.engine.tokens.hits) == (5, 0)


@pytest.mark.parametrize("tenant_id", ["common", "organizations", "../../x", "evil.com#", "a@evil", "%2f"])
def test_T113_app_token_of_no_one_tenant(mode: Mode, tenant_id: str) -> None:
    """T113: no request is made for an application's token of many tenants, or of what is no tenant."""
    application = make_application(mode)
    with pytest.raises(ConfigurationError):
        application.run(lambda: application.app(tenant_id=tenant_id))
    assert application.tenant.request_count() == 0


@pytest.mark.parametrize("tenant_id", ["../../x", "evil.com#", "a@evil", "%2f"])
def test_T113_user_token_of_no_tenant(mode: Mode, tenant_id: str) -> None:
    """T113: nor for a user's."""
    application = make_application(mode)
    caller = application.tenant.principal()
    for user in (caller, Account(caller.tenant_id, caller.object_id)):
        with pytest.raises(ConfigurationError):
            application.run(lambda user=user: application.user(user, tenant_id=tenant_id))
    assert application.requests == 0


def test_tenants_are_apart(application: Application) -> None:
    """A token of another tenant is another token, under whatever spelling it is named."""

    async def body() -> None:
        own = await application.app()
        assert await application.app(tenant_id=application.tenant.tenant_id) is own
        other = await application.app(tenant_id=OTHER)
        assert other.reveal() != own.reveal()
        assert await application.app(tenant_id=OTHER) is other

    application.run(body)
    assert application.requests == 2


@pytest.mark.parametrize("kind", ["external", "b2c"])
def test_whole_authority(mode: Mode, kind: str) -> None:
    """With an authority_url all tokens come from there; naming another tenant is refused."""
    application = make_application(mode)
    tenant = application.tenant
    url = tenant.external_id_authority_url if kind == "external" else tenant.b2c_authority_url()
    named = application.another(authority_url=url, tenant_id=None)
    named.run(named.app)
    assert named.http.sent[0].url.startswith(f"{url}/oauth2/v2.0/")
    with pytest.raises(ConfigurationError, match="contradicts"):
        named.run(lambda: named.app(tenant_id=OTHER))
    assert named.requests == 1


def test_scopes_in_any_order(application: Application) -> None:
    """The order in which scopes are named makes no other token of it, nor does naming one twice."""
    caller = application.tenant.principal()
    scopes = ("https://graph.microsoft.com/Mail.Read", "https://graph.microsoft.com/User.Read")

    async def body() -> None:
        token = await application.user(caller, *scopes)
        assert await application.user(caller, *reversed(scopes)) is token
        assert await application.user(caller, *scopes, *scopes) is token

    application.run(body)
    assert application.requests == 1


@pytest.mark.parametrize(
    "scopes", [(), ("",), ("User.Read", "api://orders/Read"), (["User.Read"],), ("a", ["b"])], ids=str
)
def test_scopes_that_cannot_be(mode: Mode, scopes: Any) -> None:
    """No scope, several APIs at once and a list in place of a text are told before anybody is asked."""
    application = make_application(mode)
    tokens, caller = application.engine.tokens, application.tenant.principal()
    for call in (tokens.recall_for_app, tokens.recall_for_user):
        assert call(*((caller,) if call == tokens.recall_for_user else ()), scopes, None, None) is None
    with pytest.raises(ConfigurationError):
        application.run(lambda: tokens.for_app(scopes, None, None))
    with pytest.raises(ConfigurationError):
        application.run(lambda: tokens.for_user(caller, scopes, None, None))
    assert application.requests == 0


def test_app_scope_must_be_all(application: Application) -> None:
    """A single permission is not what an application's token is for."""
    with pytest.raises(ConfigurationError, match=r"/\.default"):
        application.run(lambda: application.app(MAIL))


@pytest.mark.parametrize(
    "user",
    ["adele", None, Account("contoso.com", OTHER), Account(OTHER, "../x")],
    ids=["text", "nobody", "a domain", "a path"],
)
def test_T113_user_that_is_none(mode: Mode, user: Any) -> None:
    """T113: whoever is meant is a Principal or an Account of two GUIDs."""
    application = make_application(mode)
    with pytest.raises(ConfigurationError):
        application.run(lambda: application.user(user))
    assert application.requests == 0


def test_T109_user_who_is_not_here(application: Application) -> None:
    """T109: an Account gets the tokens of that user's sign-in, however its GUIDs are written, and of no other's."""
    user = application.run(application.sign_in).principal
    account = Account(user.tenant_id.upper(), user.object_id.upper())
    token = application.run(lambda: application.user(account))
    assert token.reveal() == application.run(lambda: application.user(user)).reveal()
    with pytest.raises(InteractionRequired):
        application.run(lambda: application.user(Account(user.tenant_id, OTHER)))
    with pytest.raises(InteractionRequired):
        application.run(lambda: application.user(Account(OTHER, user.object_id)))
    assert application.requests == 1


def test_T110_user_and_application_are_apart(application: Application) -> None:
    """T110: for the same scope, the application, a caller and a signed-in user have tokens of their own."""
    user = application.run(lambda: application.sign_in(GRAPH)).principal
    caller = application.tenant.principal()
    got = [
        application.run(application.app).reveal(),
        application.run(lambda: application.user(user, GRAPH)).reveal(),
        application.run(lambda: application.user(caller, GRAPH)).reveal(),
    ]
    assert len(set(got)) == 3
    with pytest.raises(PermissionDenied):
        application.run(lambda: application.user(application.tenant.principal(kind="app", roles="Any"), GRAPH))


def test_identity_of_this_machine(mode: Mode) -> None:
    """A source of its own serves the application's tokens, is told no tenant that was not named, and is not shared."""
    machine = Machine()
    application = make_application(mode, credential=machine)

    async def body() -> None:
        token = await application.app()
        assert await application.app() is token
        assert (await application.app(tenant_id=OTHER)).reveal() == "machine-2"
        assert (await application.app(claims="{}")).reveal() == "machine-3"
        assert (await application.app()).reveal() == "machine-3"

    application.run(body)
    assert machine.asked == [((GRAPH,), None, None), ((GRAPH,), OTHER, None), ((GRAPH,), None, "{}")]
    assert application.requests == 0
    assert isinstance(application.store, DictStore)
    assert application.store.kept == {}
    assert {event.fields["flow"] for event in application.events("token.acquired")} == {"managed_identity"}
    with pytest.raises(ConfigurationError):
        application.run(lambda: application.user(application.tenant.principal()))


def test_threads_and_tasks_share_one_cache(mode: Mode) -> None:
    """Whoever asks first at the same time makes the cache; all have the same."""
    application = make_application(mode)

    async def tokens() -> object:
        return application.engine.tokens

    made = application.run(lambda: mode.gather(*[tokens] * 16))
    assert len({id(each) for each in made}) == 1


def test_what_the_hot_path_did(application: Application) -> None:
    """Hits of the token cache are counted beside validations; before there is a cache there are none."""
    assert application.engine.counts()["token_cache", "hit"] == 0

    async def body() -> None:
        for _ in range(3):
            await application.app()

    application.run(body)
    assert application.engine.counts() == {("validation", "accepted"): 0, ("token_cache", "hit"): 2}


def test_claims_are_not_answered_from_the_hot_path(application: Application) -> None:
    """Whoever brings claims has to wait, and so does an Account."""
    tokens = application.engine.tokens
    assert tokens.recall_for_app((GRAPH,), None, "{}") is None
    assert tokens.recall_for_user(application.tenant.principal(), (ORDERS,), None, "{}") is None
    assert tokens.recall_for_user(Account(OTHER, OTHER), (ORDERS,), None, None) is None


def test_engine_that_only_checks_tokens(application: Application) -> None:
    """Without a store there are no tokens to get, and the error says what has them."""
    engine = application.core.engine(application.tenant)
    with pytest.raises(ConfigurationError, match="use AsyncAzureAdClient"):
        _ = engine.tokens


def test_identity_with_a_tenant_of_its_own_is_not_taken_for_that_of_the_settings(mode: Mode) -> None:
    """What it gets where no tenant is named is never the answer for one that is, even for that of the settings."""
    machine = Machine()
    application = make_application(mode, credential=machine)
    own = application.engine.settings.tenant_id

    async def body() -> list[str]:
        return [(await application.app(tenant_id=tenant)).reveal() for tenant in (None, own, None, own)]

    assert application.run(body) == ["machine-1", "machine-2", "machine-1", "machine-2"]
    assert [tenant for _, tenant, _ in machine.asked] == [None, own]


def test_token_of_a_sign_in_is_not_on_behalf_of(mode: Mode) -> None:
    """A user of a session has sent no access token: that is said at once, and not only when the cache has nothing."""
    application = make_application(mode)

    async def body() -> None:
        session = (await application.sign_in()).principal
        assert application.engine.tokens.recall_for_user(session, (MAIL,), None, None) is not None
        assert application.engine.tokens.recall_on_behalf_of(session, (MAIL,), None, None) is None

    application.run(body)
