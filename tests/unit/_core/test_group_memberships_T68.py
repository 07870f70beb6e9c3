"""Groups that tokens leave out, asked of Microsoft Graph: once, as whom, and what is made of failures."""

import json
from typing import Any

import pytest

from azuread_auth._adapters.in_process import InProcessHttp
from azuread_auth.errors import ConfigurationError, InteractionRequired, ReplayMismatch
from azuread_auth.ports import HttpRequest, HttpResponse
from azuread_auth.principal import Account, GroupMembership, Principal
from azuread_auth.requirements import Group
from azuread_auth.simulation.users import DEFAULT_USERS
from tests.conftest import Mode
from tests.unit._core.outbound import Application, WatchedHttp, make_application, runtime_of

GALE = DEFAULT_USERS["gale"]
GROUPS = frozenset(GALE.groups)
GALE_GROUPS = GroupMembership(GROUPS)
UNKNOWN = GroupMembership(frozenset(), is_known=False)
OVERAGE = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "http://169.254.169.254/x"}}}
CONSENT = "https://graph.azuread-auth.test/GroupMember.Read.All"


class Watched(WatchedHttp):
    """An HttpPort that keeps the requests for Graph too."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.urls: list[str] = []
        self.graph: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.urls.append(request.url)
        if "/v1.0/" in request.url:
            self.graph.append(request)
        return await super().send(request)


def watched(mode: Mode, **settings: Any) -> "tuple[Application, Watched]":
    """An application, and what it sends."""
    application = make_application(mode, **settings)
    http = Watched(InProcessHttp(application.tenant, application.runtime))
    made = Application(application.core, application.tenant, application.store, http=http, **settings)
    return made, http


async def members(
    application: Application, caller: Principal | Account, *, raise_interaction_required: bool = False
) -> GroupMembership:
    """What the engine finds out."""
    return await application.engine.member_groups(caller, raise_interaction_required=raise_interaction_required)


def ask(application: Application, caller: Any, **options: Any) -> GroupMembership:
    """The same, run to its end."""
    found: GroupMembership = application.run(lambda: members(application, caller, **options))
    return found


def gale(application: Application, **wishes: Any) -> Principal:
    """Gale, who is in more groups than a token lists."""
    return application.tenant.principal(user="gale", **wishes)


def app(application: Application) -> Principal:
    """An application whose token leaves its groups out."""
    return application.tenant.principal(kind="app", roles=["X"], claims={"_claim_names": {"groups": "src1"}})


def test_groups_of_the_token_are_enough(mode: Mode) -> None:
    """Who has room for the groups in the token is asked about nowhere, not even where a credential is missing."""
    application, http = watched(mode, credential=None)
    megan = application.tenant.principal(user="megan")
    assert ask(application, megan) == GroupMembership(frozenset(DEFAULT_USERS["megan"].groups))
    assert ask(application, application.tenant.principal(kind="app", roles=["X"])) == GroupMembership(frozenset())
    assert http.urls == []


def test_T68_graph_is_asked_in_place_of_the_address_in_the_token(mode: Mode) -> None:
    """T68: as the user, on behalf of; the address that the token names is not so much as looked at."""
    application, http = watched(mode)
    caller = gale(application, claims=OVERAGE)
    assert caller.groups_overage
    membership = ask(application, caller)
    assert membership == GALE_GROUPS
    (request,) = http.graph
    assert request.url == f"{application.tenant.graph_url}/me/getMemberGroups"
    assert json.loads(request.body) == {"securityEnabledOnly": True}
    assert request.max_response_bytes == 1_048_576
    assert not any("169.254" in url for url in http.urls)
    assert b"on_behalf_of" in http.sent[0].body
    assert b"GroupMember.Read.All" in http.sent[0].body
    known, own = caller.with_groups(membership), Group(GALE.groups[0])
    assert own.is_met_by(known)
    assert not own.is_met_by(caller)
    assert not Group(DEFAULT_USERS["megan"].groups[0]).is_met_by(known)


def test_user_in_a_session(mode: Mode) -> None:
    """Where the user signed in here it is the refresh token that brings the one for Graph."""
    application, http = watched(mode)

    async def body() -> GroupMembership:
        user = (await application.sign_in(user="gale")).principal
        assert (user.groups_overage, user.auth_method) == (True, "session")
        return await members(application, user)

    assert application.run(body) == GALE_GROUPS
    assert b"grant_type=refresh_token" in http.sent[-1].body


def test_user_who_is_not_here(mode: Mode) -> None:
    """An account is asked for by the application's own token, in the account's tenant."""
    application, http = watched(mode)
    application.tenant.register_app(
        application.tenant.client_id, secret=application.tenant.client_secret, app_roles=["GroupMember.Read.All"]
    )
    tenant_id = application.tenant.tenant_id
    assert ask(application, Account(tenant_id.upper(), GALE.object_id.upper())) == GALE_GROUPS
    assert [request.url for request in http.graph] == [
        f"{application.tenant.graph_url}/users/{GALE.object_id}/getMemberGroups"
    ]
    assert b"client_credentials" in http.sent[0].body
    assert ask(application, gale(application)) == GALE_GROUPS  # the same person: nobody is asked again
    assert len(http.graph) == 1


def test_application_that_calls(mode: Mode) -> None:
    """It is asked for as a service principal, whose groups cannot be narrowed to those for security."""
    application, http = watched(mode)
    caller = app(application)
    url = f"{application.tenant.graph_url}/servicePrincipals/{caller.object_id}/getMemberGroups"
    application.tenant.route(url, {"value": [GALE.groups[0].upper()]})
    assert ask(application, caller) == GroupMembership(frozenset({GALE.groups[0]}))
    assert [json.loads(request.body) for request in http.graph] == [{"securityEnabledOnly": False}]


def test_T68_object_id_that_is_none_is_no_part_of_an_address(mode: Mode) -> None:
    """T68: an application whose token has no `oid` is known by `sub`, and Graph is not asked about that."""
    application, http = watched(mode)
    claims = {"_claim_names": {"groups": "src1"}, "oid": None, "sub": "../../organization"}
    caller = application.tenant.principal(kind="app", roles=["X"], claims=claims)
    assert ask(application, caller) == UNKNOWN
    assert http.urls == []


@pytest.mark.parametrize(
    "caller", [None, "adele", Account("contoso.com", GALE.object_id), Account(GALE.object_id, "../x")]
)
def test_nobody(mode: Mode, caller: Any) -> None:
    """What is nobody is refused before anybody is asked."""
    application, http = watched(mode)
    with pytest.raises(ConfigurationError, match="Account"):
        ask(application, caller)
    assert http.urls == []


def test_without_a_credential(mode: Mode) -> None:
    """What nobody but the operator can mend is raised."""
    application, _ = watched(mode, credential=None)
    with pytest.raises(ConfigurationError, match="credential"):
        ask(application, gale(application))


def test_answer_is_kept_for_five_minutes(mode: Mode) -> None:
    """For that person, whichever token they come with; then it is asked for again."""
    application, http = watched(mode)
    for _ in range(3):
        assert ask(application, gale(application)) == GALE_GROUPS
    assert len(http.graph) == 1
    application.core.clock.advance(299.9)
    ask(application, gale(application))
    assert len(http.graph) == 1
    application.core.clock.advance(0.1)
    assert ask(application, gale(application)) == GALE_GROUPS
    assert len(http.graph) == 2


def test_persons_and_tenants_are_apart(mode: Mode) -> None:
    """What is known of one says nothing of another, nor of the same object id in another tenant."""
    application, http = watched(mode)
    ask(application, gale(application))
    adele = application.tenant.principal(user="adele", claims=OVERAGE)
    assert ask(application, adele) == GroupMembership(frozenset())
    application.tenant.fail("graph", status=404)
    other = "55555555-5555-4555-8555-555555555555"
    assert ask(application, Account(other, GALE.object_id)) == UNKNOWN
    assert len(http.graph) == 3


def test_one_question_for_all_who_wait(mode: Mode) -> None:
    """However many ask at the same time."""
    application, http = watched(mode)
    caller = gale(application)

    async def wait() -> None:
        await application.core.mode.wait_for_all(0.05)

    http.wait = wait

    async def body() -> list[Any]:
        return await application.core.outcomes(lambda: members(application, caller), range(20))

    assert application.run(body) == [GALE_GROUPS] * 20
    assert len(http.graph) == 1


def test_all_pages_count(mode: Mode) -> None:
    """Graph is asked on until there is no next page."""
    application, http = watched(mode)
    root = application.tenant.graph_url
    first, second = sorted(GROUPS)[:2]
    application.tenant.route(
        f"{root}/me/getMemberGroups", {"value": [first], "@odata.nextLink": f"{root}/me/getMemberGroups?$skiptoken=1"}
    )
    application.tenant.route(f"{root}/me/getMemberGroups?$skiptoken=1", {"value": [second]})
    assert ask(application, gale(application)) == GroupMembership(frozenset({first, second}))
    assert [(request.method, request.body) for request in http.graph[1:]] == [("GET", b"")]
    assert all(request.headers["authorization"].startswith("Bearer ") for request in http.graph)


def test_pages_without_end(mode: Mode) -> None:
    """A page that leads to itself does not keep anybody for ever."""
    application, http = watched(mode)
    url = f"{application.tenant.graph_url}/me/getMemberGroups"
    application.tenant.route(url, {"value": [], "@odata.nextLink": url})
    assert ask(application, gale(application)) == UNKNOWN
    assert len(http.graph) == 50


@pytest.mark.parametrize("url", ["https://evil.example/v1.0/me", "http://169.254.169.254/metadata/identity"])
def test_T68_next_page_elsewhere(mode: Mode, url: str) -> None:
    """T68: no token is sent to where an answer leads."""
    application, http = watched(mode)
    application.tenant.route(
        f"{application.tenant.graph_url}/me/getMemberGroups", {"value": [GALE.groups[0]], "@odata.nextLink": url}
    )
    assert ask(application, gale(application)) == UNKNOWN
    assert url not in http.urls


def test_T68_authority_without_graph(mode: Mode) -> None:
    """T68: B2C has none: nothing is sent, and the log says so."""
    application, http = watched(mode)
    other = Application(
        application.core,
        application.tenant,
        application.store,
        http=http,
        authority_url=application.tenant.b2c_authority_url(),
    )
    assert ask(other, gale(application)) == UNKNOWN
    assert http.graph == []
    assert "has no Microsoft Graph that is known" in other.events("groups.unknown")[0].message


FAILURES = [
    pytest.param({"kind": "graph", "status": 403}, "grant the application the delegated permissions", id="forbidden"),
    pytest.param({"kind": "graph", "status": 500}, "answered 500", id="broken"),
    pytest.param({"kind": "graph", "status": 200, "body": "<html>"}, "is not JSON", id="a portal"),
    pytest.param({"kind": "graph", "status": 401}, "answered 401", id="a token that is refused"),
    pytest.param({"kind": "token", "aadsts": 50013}, "refused for on-behalf-of", id="no token of the caller's"),
    pytest.param({"kind": "token", "aadsts": 7000215}, "client secret is wrong", id="no proof of the application"),
    pytest.param({"kind": "token", "status": 503}, "no OAuth error", id="no provider"),
]


@pytest.mark.parametrize(("failure", "said"), FAILURES)
def test_failure_is_unknown(mode: Mode, failure: dict[str, Any], said: str) -> None:
    """Groups that cannot be had are unknown and nobody is in one; the log says why, for 30 seconds."""
    application, http = watched(mode)
    application.tenant.fail(**failure)
    caller = gale(application)
    for _ in range(3):
        membership = ask(application, caller)
        assert membership == UNKNOWN
        assert caller.with_groups(membership) is caller
        assert not Group(GALE.groups[0]).is_met_by(caller.with_groups(membership))
        assert not Group(GALE.groups[0]).is_met_by(caller.with_groups(membership.groups))
    (event,) = application.events("groups.unknown")
    assert said in event.message
    assert event.fields["tenant_id"] == application.tenant.tenant_id
    asked = len(http.urls)
    application.tenant.come_up()
    application.core.clock.advance(29.9)
    assert ask(application, caller) == UNKNOWN
    assert len(http.urls) == asked
    application.core.clock.advance(0.1)
    assert ask(application, caller) == GALE_GROUPS


def test_failure_of_one_token_says_nothing_about_the_next(mode: Mode) -> None:
    """Whose token was refused comes with a new one, and need not wait."""
    application, _ = watched(mode)
    application.tenant.fail("token", aadsts=50013, times=1)
    assert ask(application, gale(application)) == UNKNOWN
    assert ask(application, gale(application, expires_in=1800)) == GALE_GROUPS


@pytest.mark.parametrize("status", [429, 503])
def test_graph_that_asks_to_wait(mode: Mode, status: int) -> None:
    """A short wait is taken; after a long one that was asked for the whole tenant is left alone so long."""
    application, http = watched(mode)
    application.tenant.fail("graph", status=status, retry_after=2, times=1)
    assert ask(application, gale(application)) == GALE_GROUPS
    assert runtime_of(application).slept == [2.0]
    application.core.clock.advance(300)
    application.tenant.fail("graph", status=status, retry_after=120)
    assert ask(application, gale(application)) == UNKNOWN
    asked = len(http.graph)
    application.tenant.come_up()
    for seconds in (31, 31, 31):
        application.core.clock.advance(seconds)
        adele = application.tenant.principal(user="adele", claims=OVERAGE)
        assert ask(application, adele) == UNKNOWN
    assert len(http.graph) == asked
    assert "asked again in 27 s" in application.events("groups.unknown")[-1].message
    application.core.clock.advance(31)
    assert ask(application, gale(application)) == GALE_GROUPS


def test_throttling_without_a_time(mode: Mode) -> None:
    """Five seconds then, for the tenant; 503 without one is like any other failure."""
    application, http = watched(mode)
    application.tenant.fail("graph", status=503)
    assert ask(application, gale(application)) == UNKNOWN
    application.tenant.fail("graph", status=429)
    assert ask(application, gale(application, expires_in=1800)) == UNKNOWN
    asked = len(http.graph)
    assert ask(application, gale(application, expires_in=1700)) == UNKNOWN
    assert len(http.graph) == asked
    application.core.clock.advance(5)
    application.tenant.come_up()
    assert ask(application, gale(application, expires_in=1600)) == GALE_GROUPS


def test_memory_of_failures_is_bounded(mode: Mode) -> None:
    """However many tokens and tenants fail."""
    application, _ = watched(mode)
    application.tenant.fail("graph", status=429, retry_after=120)
    ask(application, gale(application))
    memberships = application.engine._memberships[""]
    memberships._unknown.update({("x", number): (1.0, False) for number in range(10_000)})
    memberships._quiet.clear()
    memberships._quiet.update({str(number): 1.0 for number in range(10_000)})
    ask(application, gale(application, expires_in=1800))
    assert (len(memberships._unknown), len(memberships._quiet)) == (1, 1)


def test_T71_claims_challenge_of_graph(mode: Mode) -> None:
    """T71: Graph asks for a newer token once, and gets it."""
    application, http = watched(mode, client_capabilities=("CP1",))
    caller = gale(application)
    ask(application, caller)
    application.core.clock.advance(300)
    application.tenant.challenge_tokens("gale")
    assert ask(application, caller) == GALE_GROUPS
    assert [b"nbf" in request.body for request in http.sent] == [False, True]
    assert len(http.graph) == 3


def test_consent_is_raised_if_asked(mode: Mode) -> None:
    """Else the groups are unknown; who can send the user to consent hears of it even while they are."""
    application, http = watched(mode)
    application.tenant.require_consent(CONSENT)
    caller = gale(application)
    assert ask(application, caller) == UNKNOWN
    assert len(http.sent) == 1
    with pytest.raises(InteractionRequired) as told:
        ask(application, caller, raise_interaction_required=True)
    assert CONSENT in told.value.scopes
    assert len(http.sent) == 2
    assert ask(application, caller) == UNKNOWN
    assert len(http.sent) == 2
    application.tenant.grant_consent(CONSENT)
    assert ask(application, caller, raise_interaction_required=True) == GALE_GROUPS
    assert application.events("groups.unknown")[0].fields["error"] == "invalid_grant"


def test_user_whose_tokens_are_lost(mode: Mode) -> None:
    """A session without a refresh token: unknown, or a sign-in for who asks for it."""
    application, http = watched(mode)
    user = application.run(lambda: application.sign_in(user="gale")).principal
    application.run(lambda: application.engine.tokens.forget_user(user))
    assert ask(application, user) == UNKNOWN
    with pytest.raises(InteractionRequired):
        ask(application, user, raise_interaction_required=True)
    assert http.graph == []


class Replaying(Watched):
    """One that has no answer for Graph."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        if "/v1.0/" in request.url:
            message = "no such request"
            raise ReplayMismatch(message)
        return await super().send(request)


def test_what_a_replay_does_not_have_is_no_unknown(mode: Mode) -> None:
    """A mistake in a test is not hidden."""
    application, http = watched(mode)
    other = Application(application.core, application.tenant, application.store, http=Replaying(http))
    with pytest.raises(ReplayMismatch):
        ask(other, gale(application))
