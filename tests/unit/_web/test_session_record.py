"""What is kept of a user, how long it counts, and how it is written."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._web.session_record import (
    SessionRecord,
    SessionRules,
    fitted,
    new_record,
    principal_in,
    record_bytes,
    record_in,
)
from azuread_auth.errors import LoginFailed
from azuread_auth.requirements import AuthContext, Group, Role, Scope
from tests.unit._web.session_browser import ISSUER, NOW, RULES, TENANT, USER, guid, user

ID = bytes(range(16))


def record(**claims: object) -> SessionRecord:
    """The record of a session that begins now."""
    return new_record(user(**claims), session_id=ID, now=NOW)


def test_the_principal_of_a_session_is_who_signed_in():
    """Identity and roles come from the ID token, scopes from the settings; there is no token and no client."""
    read = record_in(record_bytes(record(acrs=["c1"], groups=[guid(1)], auth_time=1_799_999_000)))
    assert read is not None
    principal = principal_in(read, RULES)
    assert (principal.tenant_id, principal.object_id, principal.subject) == (TENANT, USER, "pairwise")
    assert (principal.name, principal.username, principal.issuer) == ("Adele Vance", "adele@contoso.test", ISSUER)
    assert (principal.auth_method, principal.kind, principal.token_version) == ("session", "user", "2.0")
    assert (principal.token, principal.token_digest, principal.client_id) == (None, None, None)
    assert (principal.scopes, principal.roles, principal.is_guest) == ({"Files.Read"}, {"Orders.Approve"}, False)
    assert (principal.is_app_proved, principal.expires_at) == (False, NOW + 3600)
    assert (principal.claims["auth_time"], principal.claims["sid"]) == (1_799_999_000, "sid-1")
    for requirement in (Scope("Files.Read"), Role("Orders.Approve"), Group(guid(1)), AuthContext("c1")):
        assert requirement.is_met_by(principal)
    assert not Group(guid(2)).is_met_by(principal)


def test_guests_stay_guests():
    """What was judged at sign-in is kept as it was judged."""
    read = record_in(record_bytes(replace(record(), is_guest=True)))
    assert read is not None
    assert principal_in(read, RULES).is_guest


@pytest.mark.parametrize(
    ("claims", "kept"),
    [
        pytest.param({"nonce": "n", "aud": "a", "at_hash": "h", "rh": "r", "wids": ["w"], "x": 1}, {}, id="not of who"),
        pytest.param({"email": "a" * 510}, {"email": "a" * 510}, id="as long as may be"),
        pytest.param({"email": "a" * 511}, {}, id="too long to be kept whole"),
        pytest.param({"email": "\N{GRINNING FACE}" * 128}, {}, id="too many bytes"),
        pytest.param({"email": ["a"]}, {}, id="no text"),
        pytest.param({"login_hint": "h" * 1000}, {"login_hint": "h" * 1000}, id="a hint is longer"),
        pytest.param({"auth_time": 1.5}, {"auth_time": 1.5}, id="time"),
        pytest.param({"auth_time": True}, {}, id="no time"),
        pytest.param({"auth_time": "1"}, {}, id="text as time"),
        pytest.param({"acrs": "c1"}, {"acrs": ["c1"]}, id="one context"),
        pytest.param({"acrs": ["c1", "c25", "urn:long", 7]}, {"acrs": ["c1", "c25"]}, id="contexts"),
        pytest.param({"acrs": {"c1": 1}}, {}, id="no contexts"),
        pytest.param({"acrs": ["c1"] * 200}, {"acrs": ["c1"] * 99}, id="more contexts than there are"),
        pytest.param({"groups": [guid(2), guid(1), 7]}, {"groups": [guid(1), guid(2)]}, id="groups"),
        pytest.param({"groups": {"a": 1}}, {}, id="no groups"),
        pytest.param({"hasgroups": True}, {"hasgroups": True}, id="overage of the implicit flow"),
        pytest.param({"_claim_names": {"groups": "src1"}}, {"hasgroups": True}, id="overage"),
        pytest.param({"groups": [guid(1)], "hasgroups": True}, {"hasgroups": True}, id="part of the groups"),
    ],
)
def test_only_claims_of_identity_are_kept(claims, kept):
    """Each within its size: what names something is whole or absent."""
    usual = dict(record().claims)
    usual.pop("email", None)
    assert dict(record(**claims).claims) == usual | kept


@pytest.mark.parametrize(("name", "kept"), [("A" * 500, "A" * 128), ("", None), (7, None)])
def test_a_display_name_is_cut(name, kept):
    """It is for display only, so half of it is better than none."""
    assert record(name=name).claims.get("name") == kept


@pytest.mark.parametrize("count", [0, 1, 200])
def test_groups_take_little_room(count):
    """200 groups, which is all that Entra lists, take 16 bytes each."""
    groups = [guid(number) for number in range(count)]
    assert len(record_bytes(record(groups=groups))) == len(record_bytes(record())) + 16 * count
    read = record_in(record_bytes(record(groups=groups)))
    assert read is not None
    assert principal_in(read, RULES).groups == frozenset(groups)


def test_groups_that_are_no_guids_keep_their_names():
    """Groups may come by name, and GUIDs in upper case stay as they are."""
    groups = ["Sales", guid(10).upper(), guid(11)]
    read = record_in(record_bytes(record(groups=groups)))
    assert read is not None
    assert principal_in(read, RULES).groups == frozenset(groups)


def test_groups_are_left_out_where_they_do_not_fit():
    """Then nobody is in a group: absence means nothing, and requirements fail closed."""
    groups = [guid(number) for number in range(50)]
    limit = len(record_bytes(record(groups=groups)))
    whole = fitted(record(groups=groups), lambda each: len(record_bytes(each)) <= limit, remedy="")
    assert principal_in(whole, RULES).groups == frozenset(groups)
    cut = fitted(record(groups=groups), lambda each: len(record_bytes(each)) < limit, remedy="")
    principal = principal_in(cut, RULES)
    assert (principal.groups, principal.groups_overage) == (frozenset(), True)
    assert not Group(guid(0)).is_met_by(principal)
    assert principal.roles == {"Orders.Approve"}


@pytest.mark.parametrize("groups", [[], [guid(1)]])
def test_roles_are_never_left_out(groups):
    """Without them a user could do less, or under a negated rule more: the sign-in fails, and says why."""
    with pytest.raises(LoginFailed, match="more app roles than a session can hold; assign fewer of them, or else"):
        fitted(record(groups=groups), lambda _: False, remedy=", or else")


def test_what_is_too_long_without_roles_is_told_as_such():
    """A provider whose other claims fill a session: nobody is sent to look for roles."""
    with pytest.raises(LoginFailed, match=r"says more of the user than a session can hold; have it send fewer claims$"):
        fitted(new_record(user(roles=()), session_id=ID, now=NOW), lambda _: False, remedy="")


@given(
    times=st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2),
    name=st.text(st.characters(exclude_categories=["Cs"])),
    roles=st.lists(st.text(st.characters(exclude_categories=["Cs"]))),
    groups=st.lists(st.uuids().map(str) | st.text(st.characters(exclude_categories=["Cs"]))),
    is_guest=st.booleans(),
)
def test_what_is_written_is_read(times, name, roles, groups, is_guest):
    """Any record comes back as it was, and its size does not depend on its times."""
    one = new_record(user(name=name, roles=roles, groups=groups), session_id=ID, now=NOW)
    timed = replace(one, started_at=times[0], seen_at=times[1], is_guest=is_guest)
    read = record_in(record_bytes(timed))
    assert read is not None
    assert principal_in(read, RULES).groups == principal_in(timed, RULES).groups
    assert replace(read, claims={**read.claims, "groups": None}) == replace(
        timed, claims={**timed.claims, "groups": None}
    )
    assert len(record_bytes(timed)) == len(record_bytes(replace(one, is_guest=is_guest)))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_record(data):
    """What is not ours is nobody, and no error."""
    assert record_in(data) is None


def _with(at: int, data: bytes) -> bytes:
    whole = record_bytes(record(groups=[guid(1)]))
    return whole[:at] + data + whole[at + len(data) :]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(_with(0, b"\x02"), id="R31 another format"),
        pytest.param(_with(17, b"\x7f\xf8" + bytes(6)), id="no time of its start"),
        pytest.param(_with(25, b"\x7f\xf0" + bytes(6)), id="endless time"),
        pytest.param(_with(33, b"\xff\xff\xff\xff"), id="more groups than bytes"),
        pytest.param(_with(33, b"\x00\x00\x00\x00"), id="fewer groups than there are"),
        pytest.param(record_bytes(record())[:-1], id="cut"),
        pytest.param(record_bytes(record()) + b"x", id="longer"),
        pytest.param(record_bytes(record()).replace(b'"tenant":"0f', b'"owner":"0f'), id="without a tenant"),
        pytest.param(record_bytes(replace(record(), tenant_id="")), id="of no tenant"),
        pytest.param(record_bytes(replace(record(), object_id="")), id="of nobody"),
        pytest.param(record_bytes(record()).replace(b'"guest":false', b'"guest":0'), id="no flag"),
    ],
)
def test_R31_what_has_another_form_is_no_record(data):
    """R31: records of other releases are read as nobody."""
    assert record_in(data) is None


RULE_CASES = [
    pytest.param(3600, 28_800, 0, NOW + 3600, NOW + 360, id="a tenth of the idle time"),
    pytest.param(300, 28_800, 0, NOW + 300, NOW + 60, id="not within a minute"),
    pytest.param(60, 28_800, 0, NOW + 60, NOW + 30, id="half of a very short idle time"),
    pytest.param(3600, 28_800, 25_200, NOW + 3600, math.inf, id="no renewal when it wins nothing"),
    pytest.param(3600, 28_800, 28_000, NOW + 800, math.inf, id="never beyond the absolute limit"),
    pytest.param(3600, 3600, 0, NOW + 3600, math.inf, id="idle as long as the whole life"),
]


@pytest.mark.parametrize(("idle", "lifetime", "age", "ends_at", "renews_at"), RULE_CASES)
def test_T103_idle_and_absolute_limits(idle, lifetime, age, ends_at, renews_at):
    """T103: a session ends when idle and at the absolute limit, and is renewed in between."""
    rules = SessionRules(idle_seconds=idle, lifetime_seconds=lifetime)
    one = replace(record(), started_at=NOW - age)
    assert (rules.ends_at(one), rules.renews_at(one)) == (ends_at, renews_at)
    assert rules.is_current(one, NOW)
    assert rules.is_current(one, ends_at - 0.1)
    assert not rules.is_current(one, ends_at)


@pytest.mark.parametrize(("ahead", "is_current"), [(0, True), (60, True), (61, False), (1e9, False)])
def test_T103_sessions_of_the_future_do_not_count(ahead, is_current):
    """T103: clocks of machines may differ by a minute; a session from beyond that would outlive its limits."""
    ahead_of_us = replace(record(), started_at=NOW, seen_at=NOW + ahead)
    assert RULES.is_current(ahead_of_us, NOW) is is_current
    assert RULES.is_current(replace(record(), started_at=NOW + ahead, seen_at=NOW), NOW) is is_current


def test_nothing_personal_is_shown():
    """A record in a log or traceback tells neither its id nor its claims."""
    assert "Adele" not in repr(record())
    assert repr(ID) not in repr(record())
