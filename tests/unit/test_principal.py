"""The caller, as an application sees it."""

import copy
import json
import pickle
from dataclasses import FrozenInstanceError
from hashlib import sha256

import pytest

from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth.errors import ConfigurationError
from azuread_auth.principal import Account, GroupMembership, Principal
from azuread_auth.simulation import SimulatedTenant

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
USER = "5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41"
OTHER_USER = "6b8d0e2f-3a45-4c67-9d89-0e1f2a3b4c52"
TOKEN = b"header.payload.signature"


def _principal(
    claims: dict[str, object] | None = None,
    *,
    tenant_id: str = TENANT,
    object_id: str = USER,
    token: bytes | None = TOKEN,
    kind: str = "user",
) -> Principal:
    checked = CheckedClaims(
        payload=json.dumps(claims or {}).encode(),
        expires_at=1_800_000_000.0,
        tenant_id=tenant_id,
        object_id=object_id,
        client_id="client",
        kind=kind,  # type: ignore[arg-type]
        is_app_proved=False,
        scopes=frozenset({"Files.Read"}),
        roles=frozenset({"Admin"}),
        is_guest=False,
        version="2.0",
        scope_prefixes=frozenset({"api://client"}),
    )
    return Principal(checked, token)


def test_everything_is_where_the_documentation_says():
    """A user's token, as attributes and as claims."""
    principal = _principal(
        {
            "sub": "pairwise",
            "iss": "https://issuer",
            "name": "Adele Vance",
            "preferred_username": "adele@contoso.test",
            "email": "a.vance@contoso.test",
            "groups": ["g1", "g2"],
        }
    )
    assert (principal.object_id, principal.tenant_id, principal.subject) == (USER, TENANT, "pairwise")
    assert (principal.issuer, principal.client_id, principal.kind) == ("https://issuer", "client", "user")
    assert (principal.name, principal.username) == ("Adele Vance", "adele@contoso.test")
    assert principal.email == "a.vance@contoso.test"
    assert (principal.scopes, principal.roles, principal.groups) == ({"Files.Read"}, {"Admin"}, {"g1", "g2"})
    assert (principal.groups_overage, principal.is_guest, principal.is_app_proved) == (False, False, False)
    assert (principal.expires_at, principal.token_version, principal.auth_method) == (1.8e9, "2.0", "bearer")
    assert (principal.is_authenticated, principal.display_name) == (True, "Adele Vance")
    assert principal.identity == f"{USER}.{TENANT}"
    assert principal.scope_prefixes == {"api://client"}
    assert principal.token is not None
    assert principal.token.reveal_bytes() == TOKEN


def test_what_a_token_does_not_say_is_absent():
    """Nothing is made up: there is an id and a tenant, and the rest may be missing."""
    principal = _principal(token=None)
    assert (principal.name, principal.username, principal.email, principal.token) == (None, None, None, None)
    assert (principal.subject, principal.issuer, principal.display_name) == (USER, "", USER)
    assert principal.groups == frozenset()


@pytest.mark.parametrize(
    ("claims", "username"),
    [
        pytest.param({"preferred_username": "p", "upn": "u", "unique_name": "n"}, "p", id="version 2"),
        pytest.param({"upn": "u", "unique_name": "n"}, "u", id="version 1"),
        pytest.param({"unique_name": "n"}, "n", id="version 1, guest"),
        pytest.param({"preferred_username": 5}, None, id="not text"),
    ],
)
def test_username(claims, username):
    """The name under which somebody signed in, as each version calls it."""
    assert _principal(claims).username == username


def test_T67_identity_is_tenant_and_object_id():
    """T67: whoever claims another's e-mail address, name and user name is still somebody else."""
    claims = {"email": "adele@contoso.test", "preferred_username": "adele@contoso.test", "upn": "adele@contoso.test"}
    adele, mallory = _principal(dict(claims)), _principal(dict(claims), tenant_id=OTHER_TENANT)
    assert adele != mallory
    assert adele.identity != mallory.identity
    assert len({adele, mallory}) == 2


@pytest.mark.parametrize(
    ("other", "is_equal"),
    [
        pytest.param(
            _principal({"email": "new@contoso.test"}, token=b"other"), True, id="T72 another token of the user"
        ),
        pytest.param(_principal({"sub": "s"}, tenant_id=OTHER_TENANT), False, id="T72 the same sub in another tenant"),
        pytest.param(_principal({"sub": "s"}, object_id=OTHER_USER), False, id="T72 another user"),
        pytest.param(Account(TENANT, USER), False, id="T72 an account is no principal"),
        pytest.param((TENANT, USER), False, id="T72 a tuple"),
        pytest.param(None, False, id="T72 nobody"),
    ],
)
def test_T72_equality(other, is_equal):
    """T72: equal means same tenant and same object, whatever else tokens say."""
    principal = _principal({"sub": "s"})
    assert (principal == other) is is_equal
    if isinstance(other, Principal):
        assert (hash(principal) == hash(other)) is is_equal


@pytest.mark.parametrize(
    ("claims", "groups", "overage"),
    [
        pytest.param({"groups": ["a", 1, None]}, {"a"}, False, id="T68 what is not text is no group"),
        pytest.param({"groups": "a"}, set(), False, id="T66 groups as text list none"),
        pytest.param({"_claim_names": {"groups": "src1"}}, set(), True, id="T68 overage"),
        pytest.param({"hasgroups": True}, set(), True, id="T68 overage of the implicit flow"),
        pytest.param({"_claim_names": {"other": "src1"}, "groups": ["a"]}, {"a"}, False, id="T68 another claim"),
        pytest.param({"_claim_names": "groups", "groups": ["a"]}, {"a"}, False, id="T68 names are text"),
    ],
)
def test_T68_groups(claims, groups, overage):
    """T68: a token without room for the groups says so, and lists none."""
    assert (_principal(claims).groups, _principal(claims).groups_overage) == (groups, overage)


@pytest.mark.parametrize("groups", [["a", "b"], GroupMembership(frozenset({"a", "b"}))], ids=["ids", "membership"])
def test_T68_groups_that_were_found_out(groups):
    """T68: the same caller with all groups; the token's claims are as they were."""
    principal = _principal({"hasgroups": True, "name": "Adele"})
    known = principal.with_groups(groups)
    assert (known.groups, known.groups_overage) == ({"a", "b"}, False)
    assert (principal.groups, principal.groups_overage) == (set(), True)
    assert known == principal
    assert (known.name, known.roles, known.auth_method) == ("Adele", {"Admin"}, "bearer")
    assert known.claims == principal.claims
    assert known.token == principal.token
    assert known.with_groups([]).groups == frozenset()


def test_T68_groups_that_are_unknown():
    """T68: who could not be looked up is as before: absence from groups means nothing."""
    principal = _principal({"hasgroups": True})
    assert principal.with_groups(GroupMembership(frozenset(), is_known=False)) is principal


def test_one_text_is_no_groups():
    """A text is a list of letters to Python."""
    with pytest.raises(ConfigurationError, match="one text"):
        _principal().with_groups("c3f1a2b4-5d6e-4f70-8192-a3b4c5d6e7f8")


def test_membership_is_a_value():
    """Equal by what it says, and never changed."""
    membership = GroupMembership(frozenset({"a"}))
    assert membership == GroupMembership(frozenset({"a"}), is_known=True)
    with pytest.raises(FrozenInstanceError):
        membership.is_known = False


def test_claims_are_parsed_when_asked_for_and_once():
    """R33: nothing is parsed for a request whose handler does not look; then it is kept."""
    principal = _principal({"a": 1})
    assert principal._claims is None
    assert principal.claims is principal.claims


def test_a_principal_cannot_be_changed():
    """No attribute can be set, no claim added, and what one holder does to a list in them nobody else sees."""
    first, second = _principal({"roles": ["User"]}), _principal({"roles": ["User"]})
    with pytest.raises(AttributeError):
        first.tenant_id = OTHER_TENANT  # type: ignore[misc]
    with pytest.raises(AttributeError):
        first.is_admin = True  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        first.claims["roles"] = ["Admin"]  # type: ignore[index]
    first.claims["roles"].append("Owner")  # type: ignore[attr-defined]
    assert second.claims["roles"] == ["User"]
    assert first.roles == {"Admin"}


def test_T112_nothing_secret_shows():
    """T112: neither token nor claims are in any text form; there is no dictionary of attributes to dump."""
    principal = _principal({"email": "adele@contoso.test", "name": "Adele"})
    shown = f"{principal!r} {principal!s} {principal} {principal.token!r} {principal.token}"
    assert not any(secret in shown for secret in ("header.payload", "signature", "adele", "Adele"))
    assert f"<Principal user {USER} of tenant {TENANT} by bearer>" == repr(principal)
    with pytest.raises(TypeError):
        vars(principal)


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_T112_a_principal_is_not_copied_or_stored(duplicate):
    """T112: a pickle is a token on a disk; the message says what to keep in its place."""
    with pytest.raises(TypeError, match="keep its identity and claims instead"):
        duplicate(_principal())


def test_accounts_are_values():
    """Whoever is not here is named by tenant and object id."""
    account = Account(tenant_id=TENANT, object_id=USER)
    assert account == Account(TENANT, USER) != Account(TENANT, OTHER_USER)
    with pytest.raises(FrozenInstanceError):
        account.tenant_id = OTHER_TENANT  # type: ignore[misc]


def test_a_simulated_tenants_principals_are_the_same():
    """What tests get from the simulated tenant is a principal as from a token."""
    tenant = SimulatedTenant()
    principal = tenant.principal(scopes=["Files.Read"], user="megan")
    assert isinstance(principal, Principal)
    assert (principal.tenant_id, principal.scopes, principal.roles) == (tenant.tenant_id, {"Files.Read"}, {"Admin"})


def test_T109_the_digest_is_that_of_the_token():
    """Given by whoever has judged the token, or computed when asked for; a caller with groups has the same one."""
    known = sha256(TOKEN).digest()
    for principal in (_principal(), Principal(_principal()._checked, TOKEN, "bearer", known)):
        assert principal.token_digest == principal.token_digest == known
        assert principal.with_groups(["g"]).token_digest == known
    assert _principal(token=None).token_digest is None
