"""A secret put where the path of its file belongs."""

from collections.abc import Callable

import pytest

from azuread_auth.credentials import ClientCertificate, WorkloadIdentity
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import AzureAdSettings

PEM = "-----BEGIN PRIVATE KEY-----\nMIICcanary\n-----END PRIVATE KEY-----\n"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary"
IDS = {
    "AZURE_TENANT_ID": "0f1a2b3c-1111-4222-8333-444455556666",
    "AZURE_CLIENT_ID": "6e74172b-be56-4843-9ff4-e66a39bb12e3",
}
WAYS: dict[str, Callable[[str], object]] = {
    "ClientCertificate: path": lambda text: ClientCertificate(path=text),
    "WorkloadIdentity: token_file": lambda text: WorkloadIdentity(token_file=text),
    "AZURE_AD_CA_BUNDLE": lambda text: AzureAdSettings.from_env(environ={**IDS, "AZURE_AD_CA_BUNDLE": text}),
    "AZURE_CLIENT_CERTIFICATE_PATH": lambda text: AzureAdSettings.from_env(
        environ={**IDS, "AZURE_CLIENT_CERTIFICATE_PATH": text}
    ),
    "AZURE_FEDERATED_TOKEN_FILE": lambda text: AzureAdSettings.from_env(
        environ={**IDS, "AZURE_FEDERATED_TOKEN_FILE": text}
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("content", [PEM, TOKEN, "canary" * 200], ids=["PEM", "token", "long"])
def test_T112_content_in_the_place_of_a_path_is_not_quoted(way: str, content: str) -> None:
    """T112: it is refused at the start, before anything calls it the path of a file that is not there."""
    with pytest.raises(ConfigurationError, match="is the content of a file; expected the path of the file") as refused:
        WAYS[way](content)
    assert (
        "canary" not in f"{refused.value} {refused.value!r} {refused.value.__cause__!r} {refused.value.__context__!r}"
    )
