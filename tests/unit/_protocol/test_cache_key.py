"""Under what a token is kept."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.cache_key import AppPartition, AssertionPartition, CacheKey, UserPartition

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
USER = "5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41"
OTHER_USER = "2f6b8a10-7c3d-4e5f-9a1b-0c2d4e6f8a13"
CLAIMS = '{"access_token":{"acrs":{"value":"c1"}}}'
DIGEST = hashlib.sha256(b"an access token").digest()

KEY = CacheKey(
    authority="https://login.microsoftonline.com/",
    tenant=TENANT,
    client_id=CLIENT,
    flow="on_behalf_of",
    scopes=("https://graph.microsoft.com/Mail.Read", "openid"),
    partition=UserPartition(TENANT, USER),
)


def test_the_text_of_a_key():
    """Tenant, client, flow and scopes, and below them the owner, the authority, capabilities and a hash of claims."""
    key = replace(KEY, claims=CLAIMS, capabilities=("CP1",))
    assert key.text.split("\n") == [
        f"{TENANT}:{CLIENT}:on_behalf_of:https://graph.microsoft.com/Mail.Read openid",
        f"user {TENANT} {USER}",
        "https://login.microsoftonline.com/",
        "CP1",
        hashlib.sha256(CLAIMS.encode()).hexdigest(),
    ]


@pytest.mark.parametrize(
    ("partition", "text"),
    [
        pytest.param(AppPartition(), "app", id="the application"),
        pytest.param(UserPartition(TENANT, USER), f"user {TENANT} {USER}", id="a user"),
        pytest.param(AssertionPartition(DIGEST), f"assertion {DIGEST.hex()}", id="whoever sent one access token"),
    ],
)
def test_partitions_say_what_they_are(partition, text):
    """The kind stands first, so that no user can be named like the application or an assertion."""
    assert str(partition) == text


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"authority": "https://login.microsoftonline.us/"}, id="another cloud"),
        pytest.param({"authority": "https://login.microsoftonline.com/b2c_1_signin"}, id="another policy"),
        pytest.param({"tenant": OTHER_TENANT}, id="another tenant"),
        pytest.param({"client_id": OTHER_USER}, id="another client"),
        pytest.param({"flow": "refresh_token"}, id="another flow"),
        pytest.param({"scopes": ("openid",)}, id="fewer scopes"),
        pytest.param({"scopes": ()}, id="no scopes"),
        pytest.param({"partition": UserPartition(TENANT, OTHER_USER)}, id="another user of the tenant"),
        pytest.param({"partition": UserPartition(OTHER_TENANT, USER)}, id="the same object id in another tenant"),
        pytest.param({"partition": AssertionPartition(DIGEST)}, id="an assertion"),
        pytest.param({"partition": AssertionPartition(bytes(32))}, id="another assertion of the same user"),
        pytest.param({"partition": AppPartition()}, id="the application"),
        pytest.param({"claims": CLAIMS}, id="with claims"),
        pytest.param({"claims": "{}"}, id="with an empty request of claims"),
        pytest.param({"capabilities": ("CP1",)}, id="with capabilities"),
    ],
)
def test_T109_one_difference_makes_another_key(change):
    """Each part of a key counts."""
    other = replace(KEY, **change)
    assert other != KEY
    assert other.text != KEY.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(UserPartition("a b", "c"), UserPartition("a", "b c"), id="a space moves"),
        pytest.param(UserPartition("a", "b%20c"), UserPartition("a", "b c"), id="a space in its quoted form"),
        pytest.param(UserPartition("a", "b\nhttps://x/\n\n"), UserPartition("a", "b"), id="a line break"),
        pytest.param(UserPartition("", "app"), AppPartition(), id="a user called app"),
        pytest.param(UserPartition("a", "é"), UserPartition("a", "e\u0301"), id="one letter in two forms"),
    ],
)
def test_T109_names_of_users_cannot_pass_for_others(one, other):
    """Subjects of some directories have any form; what they hold stays within their place in the key."""
    assert str(one) != str(other)
    assert replace(KEY, partition=one).text != replace(KEY, partition=other).text
    assert replace(KEY, partition=one).text.count("\n") == 4


awkward = st.text(
    alphabet=st.sampled_from("ab:/ \n\r%&\u00e9A0") | st.characters(exclude_categories=["Cs"]), max_size=6
)
words = st.lists(awkward.filter(bool), max_size=3).map(tuple)
partitions = st.one_of(
    st.just(AppPartition()),
    st.builds(UserPartition, awkward, awkward),
    st.builds(AssertionPartition, st.binary(max_size=3)),
)
keys = st.builds(
    CacheKey,
    authority=awkward,
    tenant=awkward,
    client_id=awkward,
    flow=awkward,
    scopes=words,
    partition=partitions,
    claims=st.none() | awkward,
    capabilities=words,
)


@given(keys, keys)
def test_T109_different_keys_are_different_texts(one, other):
    """Whatever the parts hold, two keys share a text when they are equal and never otherwise."""
    assert (one.text == other.text) is (one == other)


@given(keys, partitions, partitions)
def test_T109_partitions_never_share(key, one, other):
    """Two callers who ask for the very same have keys of their own; no part can be moved into the other's."""
    same = replace(key, partition=one).text == replace(key, partition=other).text
    assert same is (one == other)


@given(keys, st.data())
def test_T109_no_part_flows_into_its_neighbour(key, data):
    """What is taken from one part and given to the next makes another key."""
    whole = data.draw(awkward)
    cut = data.draw(st.integers(min_value=0, max_value=len(whole)))
    first = replace(key, tenant=whole, client_id="", partition=UserPartition(whole, ""))
    second = replace(key, tenant=whole[:cut], client_id=whole[cut:], partition=UserPartition(whole[:cut], whole[cut:]))
    assert (first.text == second.text) is (cut == len(whole))


def test_T109_no_slash_divides_a_user():
    """What a foreign directory names its users is one part of the text."""
    assert str(UserPartition("a/b", "c/d")) == "user a%2Fb c%2Fd"


def test_T112_claims_do_not_show():
    """The representation of a key has no claims, and its text only their hash."""
    key = replace(KEY, claims='{"access_token":{"canary":null}}')
    assert "canary" not in repr(key)
    assert "canary" not in key.text
