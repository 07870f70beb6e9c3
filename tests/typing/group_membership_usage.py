"""Groups as applications ask for them, with the types they should have. Read by type checkers, not run."""

from typing import assert_type

from azuread_auth import Account, AsyncAzureAdClient, AzureAdClient, GroupMembership, Principal


async def waiting(azure: AsyncAzureAdClient, user: Principal) -> None:
    """On an event loop."""
    membership = await azure.member_groups(user)
    assert_type(membership, GroupMembership)
    assert_type(membership.groups, frozenset[str])
    assert_type(membership.is_known, bool)
    assert_type(user.with_groups(membership), Principal)
    assert_type(user.with_groups(membership.groups), Principal)
    await azure.member_groups(Account("t", "o"), raise_interaction_required=True)


def blocking(azure: AzureAdClient, user: Principal) -> None:
    """In threads."""
    assert_type(azure.member_groups(user), GroupMembership)
    assert_type(azure.member_groups(user, raise_interaction_required=True), GroupMembership)
    user.with_groups(["a", "b"])


# What the type checkers must refuse: an ignore that is not needed is an error itself.
def refused(azure: AzureAdClient, user: Principal) -> None:
    """Somebody by name, a flag without its name, one group in place of several, and a value that is changed."""
    azure.member_groups("adele")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    azure.member_groups(user, True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    user.with_groups(17)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    azure.member_groups(user).is_known = True  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
