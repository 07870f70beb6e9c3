"""A federated token in a file as credential."""

from pathlib import Path
from typing import Any

import pytest

from azuread_auth.credentials import WorkloadIdentity
from azuread_auth.errors import ConfigurationError

CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"


def test_the_file_is_named_and_not_opened() -> None:
    """The token file need not be there yet; a client id is kept in lower case."""
    credential = WorkloadIdentity(token_file="/nowhere/token", client_id=CLIENT.upper())
    assert credential.token_file == Path("/nowhere/token")
    assert credential.client_id == CLIENT
    assert WorkloadIdentity(token_file="/nowhere/token").client_id is None
    assert hash(credential) == hash(WorkloadIdentity(token_file=Path("/nowhere/token"), client_id=CLIENT))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"token_file": ""}, "WorkloadIdentity: token_file is not the path of a file", id="empty path"),
        pytest.param({"token_file": None}, "WorkloadIdentity: token_file is not the path of a file", id="no path"),
        pytest.param(
            {"token_file": "t", "client_id": "orders"}, "WorkloadIdentity: client_id is not a GUID", id="a name"
        ),
        pytest.param({"token_file": "t", "client_id": ""}, "WorkloadIdentity: client_id is not a GUID", id="empty id"),
    ],
)
def test_workload_identities_that_are_refused(arguments: dict[str, Any], message: str) -> None:
    """A token file is required and a client id is a GUID."""
    with pytest.raises(ConfigurationError) as refused:
        WorkloadIdentity(**arguments)
    assert str(refused.value).startswith(message)
