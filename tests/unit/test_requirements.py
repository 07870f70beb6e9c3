"""What a caller must be or have."""

import copy
import pickle

import pytest
from starlette.authentication import UnauthenticatedUser

from azuread_auth.errors import ClaimsChallenge, ConfigurationError, PermissionDenied
from azuread_auth.principal import Principal
from azuread_auth.requirements import (
    AppRole,
    AuthContext,
    Client,
    Group,
    IsApp,
    IsUser,
    Requirement,
    Role,
    Scope,
    Tenant,
)
from azuread_auth.simulation import SimulatedTenant

TENANT = SimulatedTenant()
API = TENANT.client_id
CALLER = "2f6b8a10-7c3d-4e5f-9a1b-0c2d4e6f8a13"
GROUP = "c3f1a2b4-5d6e-4f70-8192-a3b4c5d6e7f8"
OVERAGE = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://evil.test/groups"}}}

USER = TENANT.principal(scopes=["Files.Read", "User.Read"], roles=["Admin"], groups=[GROUP])
APP = TENANT.principal(kind="app", roles=["Files.Read.All"])
UNPROVED_APP = TENANT.principal(kind="app", roles=["Files.Read.All"], claims={"idtyp": None})


def _user(**wishes: object) -> Principal:
    return TENANT.principal(**wishes)  # type: ignore[arg-type]


MET = [
    pytest.param(Scope("Files.Read"), USER, id="T65 a scope"),
    pytest.param(Scope(f"api://{API}/Files.Read"), USER, id="T65 a scope by its long name"),
    pytest.param(Scope(f"{API}/Files.Read"), USER, id="T65 a scope after the client id"),
    pytest.param(Role("Admin"), USER, id="T66 a role"),
    pytest.param(AppRole("Files.Read.All"), APP, id="T64 an application's role"),
    pytest.param(AppRole("Files.Read.All"), UNPROVED_APP, id="T64 an application without idtyp"),
    pytest.param(Group(GROUP.upper()), USER, id="T68 a group, whatever its case"),
    pytest.param(Tenant(TENANT.tenant_id.upper()), USER, id="T59 the tenant, whatever its case"),
    pytest.param(Client(CALLER.upper()), APP, id="T64 the calling application"),
    pytest.param(AuthContext("c1"), _user(claims={"acrs": ["c1", "c2"]}), id="T71 a context of several"),
    pytest.param(AuthContext("c1"), _user(claims={"acrs": "c1"}), id="T71 a context as text"),
    pytest.param(IsUser(), USER, id="T64 a user"),
    pytest.param(IsApp(), APP, id="T64 an application"),
    pytest.param(Scope("Files.Read") & Role("Admin") & IsUser(), USER, id="all of them"),
    pytest.param(Scope("No") | AppRole("No") | IsUser(), USER, id="one of them"),
    pytest.param((Scope("No") | Scope("User.Read")) & IsUser(), USER, id="one of them, and another"),
]


@pytest.mark.parametrize(("requirement", "principal"), MET)
def test_met(requirement, principal):
    """A caller who is or has it is let through."""
    assert requirement.is_met_by(principal) is True
    requirement.check(principal)


UNMET = [
    pytest.param(Scope("Files.ReadWrite"), USER, id="T65 a longer scope"),
    pytest.param(Scope("Files"), USER, id="T65 a part of a scope"),
    pytest.param(Scope("files.read"), USER, id="T65 another case"),
    pytest.param(Scope("Admin"), USER, id="T65 a role is no scope"),
    pytest.param(Scope("Files.Read"), _user(claims={"scp": "Files.Read\tUser.Read"}), id="T65 a tab"),
    pytest.param(Scope("Files.Read.All"), APP, id="T64 an application's role is no scope"),
    pytest.param(Scope("Files.Read"), _user(kind="app", roles=["R"], scopes=["Files.Read"]), id="T64 an app with scp"),
    pytest.param(Role("Files.Read"), USER, id="T66 a scope is no role"),
    pytest.param(Role("Adm"), _user(claims={"roles": "Admin"}), id="T66 a part of a bare role"),
    pytest.param(Role("Files.Read.All"), APP, id="T64 an application's role is no user's"),
    pytest.param(AppRole("Admin"), USER, id="T64 a user's role is no application's"),
    pytest.param(Group(API), USER, id="T68 another group"),
    pytest.param(Group(GROUP), _user(groups=[GROUP], claims=OVERAGE), id="T68 overage, even if it is listed"),
    pytest.param(Group(GROUP), _user(claims={"hasgroups": True}), id="T68 overage of the implicit flow"),
    pytest.param(Group(GROUP), _user(claims={"wids": [GROUP]}), id="T66 a directory role is no group"),
    pytest.param(Group(GROUP), _user(claims={"groups": GROUP + "x"}), id="T66 groups as text"),
    pytest.param(Tenant(API), USER, id="T59 another tenant"),
    pytest.param(Client(CALLER), USER, id="T64 T70 a user's client proves nothing"),
    pytest.param(Client(CALLER), UNPROVED_APP, id="T64 T70 nor an application's without idtyp"),
    pytest.param(Client(API), APP, id="T70 another application"),
    pytest.param(IsUser(), APP, id="T64 an application is no user"),
    pytest.param(IsApp(), USER, id="T64 a user is no application"),
    pytest.param(Scope("Files.Read") & Role("No"), USER, id="one of two is not all"),
    pytest.param(Scope("No") | Role("No"), USER, id="none of two"),
]


@pytest.mark.parametrize(("requirement", "principal"), UNMET)
def test_unmet(requirement, principal):
    """Whoever is not or has not is refused with 403, and the requirement is named."""
    assert requirement.is_met_by(principal) is False
    with pytest.raises(PermissionDenied) as refused:
        requirement.check(principal)
    assert str(refused.value).startswith("the caller does not meet ")


def test_the_first_part_that_is_unmet_is_named():
    """Of several that are due, the refusal names what was lacking."""
    with pytest.raises(PermissionDenied) as refused:
        (Scope("Files.Read") & Role("Owner") & Role("Other")).check(USER)
    assert refused.value.requirement == Role("Owner")
    with pytest.raises(PermissionDenied) as refused:
        (Scope("No") | Role("No")).check(USER)
    assert str(refused.value) == "the caller does not meet Scope('No') | Role('No')"


@pytest.mark.parametrize(
    ("requirement", "principal"),
    [
        pytest.param(AuthContext("c1"), USER, id="T71 no context"),
        pytest.param(AuthContext("c1"), _user(claims={"acrs": ["c2"]}), id="T71 another context"),
        pytest.param(AuthContext("c1"), _user(claims={"acrs": "c10"}), id="T71 a longer one"),
        pytest.param(Scope("Files.Read") & AuthContext("c1"), USER, id="T71 beside what is met"),
        pytest.param(Role("No") | AuthContext("c1"), USER, id="T71 in place of what is not"),
        pytest.param(AuthContext("c1") | Role("No"), USER, id="T71 in either order"),
    ],
)
def test_T71_a_missing_context_asks_for_another_sign_in(requirement, principal):
    """T71: where signing in again would help, that is what the caller is told."""
    assert requirement.is_met_by(principal) is False
    with pytest.raises(ClaimsChallenge) as challenge:
        requirement.check(principal)
    assert challenge.value.claims == '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


def test_T71_one_that_is_met_is_enough():
    """T71: nobody is asked to sign in again who may come in by another part."""
    (AuthContext("c1") | Role("Admin")).check(USER)


FOREIGN = [
    pytest.param("https://graph.microsoft.com/User.Read", id="T65 Microsoft Graph"),
    pytest.param("api://other/Files.Read", id="T65 another API"),
    pytest.param(f"api://{API}x/Files.Read", id="T65 a longer prefix"),
    pytest.param("00000003-0000-0000-c000-000000000000/User.Read", id="T65 another API by its GUID"),
]


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("principal", [USER, APP], ids=["user", "app"])
def test_T65_a_scope_of_another_api_is_a_mistake_of_the_application(name, principal):
    """T65: it could never be met, so it is said aloud, whoever calls; the message says what to do."""
    for ask in (Scope(name).is_met_by, Scope(name).check, (Role("No") | Scope(name)).check):
        with pytest.raises(ConfigurationError, match="add its prefix to audiences="):
            ask(principal)


def test_T65_of_several_prefixes_the_longest_counts():
    """T65: where one audience begins with another, a name is read in one way only."""
    prefixes = frozenset({"https://contoso.test", "https://contoso.test/api", "https://contoso.test/api/v2"})
    assert Scope("https://contoso.test/api/v2/Files.Read").short_name(prefixes) == "Files.Read"
    assert Scope("https://contoso.test/api/Files.Read").short_name(prefixes) == "Files.Read"
    assert Scope("https://contoso.test/Files.Read").short_name(prefixes) == "Files.Read"
    assert Scope("Files/Read").short_name(prefixes) == "Files/Read"


@pytest.mark.parametrize("kind", [Scope, Role, AppRole, Group, Tenant, Client, AuthContext])
@pytest.mark.parametrize("name", ["", " ", "a b", " a", "a ", None, 5, ["a"]], ids=repr)
def test_T65_a_name_is_one_word(kind, name):
    """T65: several names in one text, and none, are refused when they are written."""
    with pytest.raises(ConfigurationError, match=f"{kind.__name__}.. takes "):
        kind(name)


@pytest.mark.parametrize("kind", [Group, Tenant, Client])
@pytest.mark.parametrize("name", ["admins", "contoso.onmicrosoft.com", "{0f1a2b3c-1111-4222-8333-444455556666}"])
def test_T68_what_can_never_be_met_is_refused_when_it_is_written(kind, name):
    """T68: groups, tenants and clients are known by GUIDs: a name would mean 403 for ever."""
    with pytest.raises(ConfigurationError, match=f"{kind.__name__}.. takes a GUID"):
        kind(name)


@pytest.mark.parametrize("name", ["high", "c0", "c100", "C1", "c\u0661"])
def test_T71_authentication_contexts_are_c1_to_c99(name):
    """T71: another id would be a challenge that no sign-in can satisfy."""
    with pytest.raises(ConfigurationError, match='"c1" to "c99"'):
        AuthContext(name)


def test_requirements_are_values():
    """Equal conditions are equal, so that overrides and caches find them; kinds do not mix."""
    assert Scope("a") == Scope("a") != Scope("b")
    assert Scope("a") != Role("a")
    assert (Scope("a") & Role("b")) == (Scope("a") & Role("b")) != (Scope("a") | Role("b"))
    assert len({Scope("a") | Role("b"), Scope("a") | Role("b"), IsUser(), IsUser(), IsApp()}) == 3
    assert copy.deepcopy(Scope("a") & IsUser()) == Scope("a") & IsUser()
    assert pickle.loads(pickle.dumps(Scope("a") | Role("b"))) == Scope("a") | Role("b")


def test_combinations_are_flat():
    """Chains of one operator are one list, whatever their brackets."""
    assert (Scope("a") & (Scope("b") & Scope("c"))) == ((Scope("a") & Scope("b")) & Scope("c"))
    assert (Scope("a") | (Scope("b") | Scope("c"))) == ((Scope("a") | Scope("b")) | Scope("c"))


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        (Scope("a"), "Scope('a')"),
        (IsUser() & IsApp(), "IsUser() & IsApp()"),
        (Scope("a") & (Role("b") | AppRole("c")), "Scope('a') & (Role('b') | AppRole('c'))"),
        (Scope("a") & Role("b") | AppRole("c"), "Scope('a') & Role('b') | AppRole('c')"),
    ],
    ids=str,
)
def test_requirements_read_as_they_are_written(requirement, text):
    """Logs and API descriptions show them as code."""
    assert str(requirement) == text


def test_scopes_of_a_requirement():
    """What clients should ask for is collected for challenges and API descriptions."""
    assert (Scope("a") & (Role("b") | Scope("c"))).scopes == ("a", "c")
    assert (Role("b") | IsUser()).scopes == ()


@pytest.mark.parametrize("other", ["Files.Read", None, True, Scope], ids=repr)
def test_nothing_else_can_be_combined(other):
    """A slip is found when the rule is written, not when somebody calls."""
    with pytest.raises(TypeError):
        Scope("a") & other
    with pytest.raises(TypeError):
        Scope("a") | other


def test_a_requirement_is_neither_true_nor_false():
    """`Scope("a") and Scope("b")` would drop the first rule without a sound: it is an error instead."""
    with pytest.raises(ConfigurationError, match="combine with & and"):
        _ = Scope("a") and Scope("b")
    with pytest.raises(ConfigurationError, match="combine with & and"):
        _ = not IsUser()


def test_the_base_is_abstract():
    """A requirement of one's own says when it is met; checking and combining come with it."""

    class Odd(Requirement):
        def is_met_by(self, principal: Principal) -> bool:
            return len(principal.scopes) % 2 == 1

    assert not Odd().is_met_by(USER)
    assert (Odd() | IsUser()).is_met_by(USER)
    with pytest.raises(TypeError):
        Requirement()  # type: ignore[abstract]


@pytest.mark.parametrize("nobody", [None, UnauthenticatedUser()], ids=["None", "Starlette's"])
@pytest.mark.parametrize(
    "requirement", [IsUser(), AuthContext("c1"), IsUser() & Scope("Files.Read"), AuthContext("c1") | IsApp()], ids=str
)
def test_nobody_meets_anything(requirement, nobody):
    """An anonymous caller of an optional path is refused, so that the middlewares ask for a token."""
    with pytest.raises(PermissionDenied):
        requirement.check(nobody)
