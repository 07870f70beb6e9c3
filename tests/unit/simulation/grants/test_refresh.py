"""New tokens for a refresh token."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from azuread_auth.simulation.users import DEFAULT_USERS

DAYS = 86_400


@pytest.fixture
def grant(caller):
    """A refresh token of Megan's."""
    scope = f"{caller.own_scope} offline_access"
    return caller.on_behalf_of(caller.tenant.mint_token(user="megan"), scope=scope)["refresh_token"]


def test_tokens_rotate_and_the_old_one_stays_good(caller, claims_of, grant):
    """Each answer has a new refresh token, whatever scopes are asked for; the old one can still be used."""
    second = caller.refresh(grant)
    third = caller.refresh(second["refresh_token"], scope="User.Read")
    assert len({grant, second["refresh_token"], third["refresh_token"]}) == 3
    assert claims_of(third["access_token"])["aud"] == "https://graph.microsoft.com"
    assert claims_of(caller.refresh(grant)["access_token"])["preferred_username"] == "megan@contoso.onmicrosoft.com"


def test_scope_may_be_left_out(caller, grant):
    """Without a scope the answer is about the user."""
    assert caller.refresh(grant, scope="")["id_token"]


def test_reuse_can_end_the_family(caller, verdict, grant):
    """Where the tenant is told so, a token that is used again takes all that came of it along."""
    caller.tenant.behaviour.revokes_reused_refresh_tokens = True
    second = caller.refresh(grant)["refresh_token"]
    assert verdict(caller.refresh(grant)) == ("invalid_grant", 50173)
    assert verdict(caller.refresh(second)) == ("invalid_grant", 50173)


@pytest.mark.parametrize(("user", "is_over"), [("megan", True), ("adele", False), (None, True)], ids=str)
def test_tokens_can_be_revoked(caller, grant, user, is_over):
    """An administrator ends one user's tokens, or everybody's."""
    caller.tenant.revoke_refresh_tokens(user)
    assert ("error" in caller.refresh(grant)) is is_over


def test_token_expires_after_90_days(caller, verdict, grant):
    """A token that nobody used is over."""
    caller.now += 90 * DAYS
    assert verdict(caller.refresh(grant)) == ("invalid_grant", 700082)


def test_token_belongs_to_its_client(caller, verdict, grant):
    """Another application cannot use it, and the same one only if it proves itself again."""
    other = caller.tenant.register_app(secret="s")
    document = caller.refresh(grant, client_id=other.client_id, client_secret="s")
    assert (verdict(document), document["suberror"]) == (("invalid_grant", 70000), "client_mismatch")
    assert verdict(caller.refresh(grant, client_secret="")) == ("invalid_client", 7000218)
    assert verdict(caller.refresh("1.unknown")) == ("invalid_grant", 70000)
    assert caller.refresh("")["error_codes"] == [900144]


def test_policies_hold_here_too(caller, verdict, grant):
    """Consent and multi-factor authentication are demanded of refresh tokens as well."""
    caller.tenant.require_mfa(caller.own_scope)
    document = caller.refresh(grant)
    assert verdict(document) == ("interaction_required", 50076)
    better = caller.refresh(grant, claims=document["claims"])
    assert "error" not in caller.refresh(better["refresh_token"])
    caller.tenant.require_consent(caller.own_scope)
    assert verdict(caller.refresh(grant)) == ("invalid_grant", 65001)


def test_many_threads_may_ask(caller, claims_of, grant):
    """Each thread gets tokens of its own user, and no refresh token is given out twice."""
    adele = caller.on_behalf_of(caller.tenant.mint_token(), scope=f"{caller.own_scope} offline_access")
    grants = {"megan": grant, "adele": adele["refresh_token"]}
    users = ["megan", "adele"] * 50
    with ThreadPoolExecutor(16) as pool:
        documents = list(pool.map(lambda user: caller.refresh(grants[user]), users))
    oids = [claims_of(document["access_token"])["oid"] for document in documents]
    assert oids == [DEFAULT_USERS[user].object_id for user in users]
    assert len({document["refresh_token"] for document in documents}) == len(users)
