"""Sets of scope and role names, made once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.names import NameSets
from azuread_auth.errors import TokenRejected

MANY = 1_100  # more than are remembered


@pytest.mark.parametrize(
    ("scp", "expected"),
    [
        pytest.param("", set(), id="T65 empty"),
        pytest.param("/", set(), id="T65 a slash, which grants nothing"),
        pytest.param("Files.Read", {"Files.Read"}, id="T65 one"),
        pytest.param("Files.Read User.Read", {"Files.Read", "User.Read"}, id="T65 two"),
        pytest.param("  Files.Read  ", {"Files.Read"}, id="T65 more blanks"),
        pytest.param("Files.ReadWrite", {"Files.ReadWrite"}, id="T65 a longer name is another"),
        pytest.param("a\tb", {"a\tb"}, id="T65 a tab does not separate"),
        pytest.param("a\u00a0b", {"a\u00a0b"}, id="T65 nor a no-break space"),
        pytest.param("files.read", {"files.read"}, id="T65 case counts"),
    ],
)
def test_scopes_are_separated_by_spaces(scp, expected):
    """RFC 6749 3.3: spaces and nothing else, compared exactly."""
    assert NameSets().of_scopes(scp) == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        pytest.param((), set(), id="T66 absent"),
        pytest.param([], set(), id="T66 empty list"),
        pytest.param("", set(), id="T66 empty text"),
        pytest.param("Admin", {"Admin"}, id="T66 a bare role is one"),
        pytest.param("Admin User", {"Admin User"}, id="T66 whatever is in it"),
        pytest.param(["Admin", "User", "Admin"], {"Admin", "User"}, id="T66 a list"),
    ],
)
def test_roles_are_a_list_or_one(claim, expected):
    """A role that is not in a list is one role, never a part of another."""
    assert NameSets().of_roles(claim) == expected


@pytest.mark.parametrize("claim", [None, 0, False, 1, {}, {"Admin": 1}, ["Admin", None], [["Admin"]], ("Admin",)])
def test_T66_other_roles_are_refused(claim):
    """What is neither text nor a list of text is an invalid claim."""
    with pytest.raises(TokenRejected) as refused:
        NameSets().of_roles(claim)
    assert refused.value.claim == "roles"


def test_equal_names_are_one_object():
    """The few sets that recur in tokens take memory once."""
    names = NameSets()
    scopes = names.of_scopes("a b")
    roles = names.of_roles(["x", "y"])
    assert names.of_scopes("a b") is scopes
    assert names.of_roles(["y", "x"]) is roles


def test_R19_what_is_remembered_is_bounded():
    """Names that never recur do not pile up."""
    names, sizes = NameSets(), set()
    for index in range(MANY):
        assert names.of_scopes(f"scope{index}") == {f"scope{index}"}
        assert names.of_roles([f"role{index}"]) == {f"role{index}"}
        sizes.add((len(names._scopes), len(names._sets)))
    assert [max(each) for each in zip(*sizes, strict=True)] == [1024, 1024]
    assert names.of_scopes("scope0 b") == {"scope0", "b"}


@pytest.mark.parametrize(
    ("scp", "is_kept"),
    [
        pytest.param("a" * 4096, True, id="4,096 characters"),
        pytest.param("a" * 4097, False, id="one more"),
    ],
)
def test_R19_scopes_of_some_length_are_made_anew(scp, is_kept):
    """One that is kept is found again as the same object."""
    names = NameSets()
    assert (names.of_scopes(scp) is names.of_scopes(scp)) == is_kept
    assert names.of_scopes(scp) == {scp}


@pytest.mark.parametrize(
    ("roles", "is_kept"),
    [
        pytest.param([f"{number:032}" for number in range(128)], True, id="128 roles of 4,096 characters"),
        pytest.param([f"{number}" for number in range(129)], False, id="a role more"),
        pytest.param([f"{number:032}" for number in range(127)] + ["a" * 33], False, id="a character more"),
    ],
)
def test_R19_so_are_roles_of_some_number_or_length(roles, is_kept):
    """Either bound is enough."""
    names = NameSets()
    assert (names.of_roles(roles) is names.of_roles(roles)) == is_kept
    assert names.of_roles(roles) == set(roles)


@given(st.text())
def test_arbitrary_scopes_are_split_at_spaces(scp):
    """T65: no name holds a space, and none is lost."""
    assert NameSets().of_scopes(scp) == {name for name in scp.split(" ") if name not in ("", "/")}
