"""Who there is: accounts by name, and strangers that a test brought along."""

from dataclasses import replace

import pytest

from azuread_auth import ConfigurationError
from azuread_auth.simulation import SimulatedUser
from azuread_auth.simulation.people import People
from azuread_auth.simulation.users import DEFAULT_USERS

ADELE = DEFAULT_USERS["adele"]


def stranger(number: int) -> SimulatedUser:
    """Somebody who has no account."""
    return SimulatedUser(object_id=f"id-{number}", name="X", username=f"X{number}@x.test")


def test_strangers_are_remembered_as_long_as_there_is_room():
    """The oldest makes room; whoever comes again is the newest, as they are then."""
    people = People(most_strangers=2)
    for number in (1, 2, 1, 3):
        assert people.meet(stranger(number)) == stranger(number)
    known = [people.known_as(f"id-{number}") for number in (1, 2, 3)]
    assert known == [stranger(1), None, stranger(3)]
    assert people.known_as("x3@X.test") == stranger(3)
    people.forget_strangers()
    assert people.known_as("id-3") is None


def test_accounts_are_no_strangers():
    """They are known by name, id and user name, and stay."""
    people = People(most_strangers=0)
    assert people.meet("adele") == people.meet(None) == people.meet(ADELE) == ADELE
    people.forget_strangers()
    assert people.known_as(ADELE.object_id) == people.known_as(ADELE.username.upper()) == ADELE
    assert (people.name_of(ADELE), people.name_of(stranger(1))) == ("adele", None)
    assert (people.id_of("adele"), people.id_of(None)) == (ADELE.object_id, None)


def test_claims_lead_to_the_account():
    """By the object id; of others only what the claims say is known."""
    people = People()
    assert people.in_claims({"oid": ADELE.object_id, "name": "Somebody"}) == ADELE
    assert people.in_claims({"oid": 5, "name": "Somebody"}).name == "Somebody"
    assert people.in_claims({"oid": "id-1", "name": "Somebody"}).name == "Somebody"
    people.meet(stranger(1))
    assert people.in_claims({"oid": "id-1", "name": "Somebody"}) == stranger(1)


def test_nobody_is_an_error():
    """Where there are no accounts, and where the name is none."""
    for people, user in ((People({}), None), (People(), "nobody")):
        with pytest.raises(ConfigurationError, match="user= names nobody"):
            people.find(user)


def test_last_value_of_an_account_counts():
    """A changed one takes its place until the account is named again."""
    people, changed = People(), replace(ADELE, roles=("Auditor",))
    people.meet(changed)
    assert people.newest(ADELE) == people.in_claims({"oid": ADELE.object_id}) == changed
    assert people.known_as(ADELE.object_id) == people.known_as(ADELE.username) == changed
    people.meet("adele")
    assert people.newest(changed) == people.known_as(ADELE.username) == ADELE
    assert people.newest(stranger(1)) == stranger(1)
