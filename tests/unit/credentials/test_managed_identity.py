"""Managed identities: which one is meant, in both ways they are used."""

import pytest

from azuread_auth.credentials import ManagedIdentity, ManagedIdentityAssertion
from azuread_auth.errors import ConfigurationError

IDENTITY = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
RESOURCE = (
    f"/subscriptions/{IDENTITY}/resourceGroups/rg-orders.(1)/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/id-orders"
)
Kind = type[ManagedIdentity] | type[ManagedIdentityAssertion]
BOTH = pytest.mark.parametrize("kind", [ManagedIdentity, ManagedIdentityAssertion])


@BOTH
def test_one_selector_or_none(kind: Kind) -> None:
    """Without a selector the system-assigned identity is meant; GUIDs are kept in lower case."""
    assert kind() == kind(client_id=None)
    assert kind(client_id=IDENTITY.upper()).client_id == IDENTITY
    assert kind(object_id=IDENTITY.upper()).object_id == IDENTITY
    assert kind(resource_id=RESOURCE).resource_id == RESOURCE
    assert kind(resource_id=RESOURCE.lower()).resource_id == RESOURCE.lower()
    assert hash(kind(client_id=IDENTITY)) == hash(kind(client_id=IDENTITY))


def test_the_two_kinds_are_not_each_other() -> None:
    """A managed identity proves the application only when that is asked for."""
    one: object = ManagedIdentity(client_id=IDENTITY)
    assert one != ManagedIdentityAssertion(client_id=IDENTITY)


@BOTH
@pytest.mark.parametrize(
    ("selectors", "message"),
    [
        pytest.param({"client_id": IDENTITY, "object_id": IDENTITY}, "give one of client_id=", id="two selectors"),
        pytest.param(
            {"client_id": IDENTITY, "object_id": IDENTITY, "resource_id": RESOURCE},
            "give one of client_id=, object_id= and resource_id=, or none",
            id="all selectors",
        ),
        pytest.param({"client_id": "orders"}, "client_id is not a GUID", id="a name as client id"),
        pytest.param({"client_id": ""}, "client_id is not a GUID", id="empty client id"),
        pytest.param({"object_id": "orders"}, "object_id is not a GUID", id="a name as object id"),
        pytest.param({"resource_id": ""}, "resource_id is not the resource id", id="empty resource id"),
        pytest.param({"resource_id": "id-orders"}, "resource_id is not the resource id", id="a name as resource id"),
        pytest.param({"resource_id": RESOURCE + "&x=1"}, "resource_id is not", id="T117 more of a query"),
        pytest.param({"resource_id": "http://evil.com" + RESOURCE}, "resource_id is not", id="T117 another host"),
        pytest.param({"resource_id": RESOURCE + "\n"}, "resource_id is not", id="T117 newline"),
        pytest.param({"resource_id": RESOURCE.replace("id-orders", "../x")}, "resource_id is not", id="T117 dots"),
        pytest.param({"resource_id": 7}, "resource_id is not the resource id", id="a number as resource id"),
    ],
)
def test_selectors_that_are_refused(kind: Kind, selectors: dict[str, str], message: str) -> None:
    """A selector is a GUID or a resource id, and there is one at the most."""
    with pytest.raises(ConfigurationError) as refused:
        kind(**selectors)
    assert str(refused.value).startswith(f"{kind.__name__}: {message}")
