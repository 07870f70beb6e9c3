"""The credential that an environment describes, and which one when it describes several."""

from pathlib import Path

import pytest

from azuread_auth.credentials import (
    AzureCli,
    ClientCertificate,
    ClientSecret,
    Credential,
    ManagedIdentity,
    ManagedIdentityAssertion,
    WorkloadIdentity,
)
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import AzureAdSettings

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
IDENTITY = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
ENVIRON = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT}

SECRET = {"AZURE_CLIENT_SECRET": "s3cret"}
CERTIFICATE = {"AZURE_CLIENT_CERTIFICATE_PATH": "/tls/app.pem"}
TOKEN_FILE = {"AZURE_FEDERATED_TOKEN_FILE": "/var/run/token"}
MANAGED = {"AZURE_USE_MANAGED_IDENTITY": "true"}
EVERYTHING = {**SECRET, **CERTIFICATE, **TOKEN_FILE, **MANAGED, "AZURE_MANAGED_IDENTITY_CLIENT_ID": IDENTITY}


def choice(name: str) -> dict[str, str]:
    """The variable that chooses."""
    return {"AZURE_AD_CREDENTIAL": name}


@pytest.mark.parametrize(
    ("environ", "credential"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param(SECRET, ClientSecret("s3cret"), id="secret"),
        pytest.param(CERTIFICATE, ClientCertificate(path="/tls/app.pem"), id="certificate"),
        pytest.param(
            {**CERTIFICATE, "AZURE_CLIENT_CERTIFICATE_PASSWORD": "pw"},
            ClientCertificate(path="/tls/app.pem", password="pw"),
            id="certificate with a password",
        ),
        pytest.param(TOKEN_FILE, WorkloadIdentity(token_file="/var/run/token"), id="workload identity"),
        pytest.param(MANAGED, ManagedIdentity(), id="system-assigned identity"),
        pytest.param(
            {**MANAGED, "AZURE_MANAGED_IDENTITY_CLIENT_ID": IDENTITY.upper()},
            ManagedIdentity(client_id=IDENTITY),
            id="user-assigned identity",
        ),
        pytest.param({"AZURE_USE_MANAGED_IDENTITY": "false", **SECRET}, ClientSecret("s3cret"), id="identity not used"),
        pytest.param({"AZURE_MANAGED_IDENTITY_CLIENT_ID": IDENTITY}, None, id="client id of an identity not used"),
    ],
)
def test_the_only_credential_is_taken(environ: dict[str, str], credential: Credential | None) -> None:
    """One credential in the environment needs no choice; none is none."""
    assert AzureAdSettings.from_env({**ENVIRON, **environ}).credential == credential


@pytest.mark.parametrize(
    ("name", "credential"),
    [
        ("secret", ClientSecret("s3cret")),
        ("certificate", ClientCertificate(path="/tls/app.pem")),
        ("workload_identity", WorkloadIdentity(token_file="/var/run/token")),
        ("managed_identity", ManagedIdentity(client_id=IDENTITY)),
        ("managed_identity_assertion", ManagedIdentityAssertion(client_id=IDENTITY)),
        ("Azure_CLI", AzureCli()),
        ("none", None),
    ],
)
def test_a_choice_decides_between_several(name: str, credential: Credential | None) -> None:
    """AZURE_AD_CREDENTIAL takes one of several; the variables of the others count for nothing."""
    assert AzureAdSettings.from_env({**ENVIRON, **EVERYTHING, **choice(name)}).credential == credential


@pytest.mark.parametrize(
    ("name", "credential"),
    [
        ("managed_identity", ManagedIdentity()),
        ("managed_identity_assertion", ManagedIdentityAssertion()),
        ("azure_cli", AzureCli()),
        ("none", None),
    ],
)
def test_choices_that_need_no_other_variable(name: str, credential: Credential | None) -> None:
    """The machine's own identity and the Azure CLI are there without more being said."""
    assert AzureAdSettings.from_env({**ENVIRON, **choice(name)}).credential == credential


@pytest.mark.parametrize(
    ("environ", "client_id"),
    [
        pytest.param({}, None, id="one client id for both"),
        pytest.param({"AZURE_AD_CLIENT_ID": CLIENT.upper()}, None, id="the same client id twice"),
        pytest.param({"AZURE_AD_CLIENT_ID": IDENTITY}, CLIENT, id="the application named apart"),
        pytest.param({"AZURE_AD_CLIENT_ID": IDENTITY, "AZURE_CLIENT_ID": ""}, None, id="the application alone"),
    ],
)
def test_a_workload_keeps_the_client_id_that_aks_gave_it(environ: dict[str, str], client_id: str | None) -> None:
    """Where AZURE_AD_CLIENT_ID names the application, AZURE_CLIENT_ID stays the identity of the workload."""
    result = AzureAdSettings.from_env({**ENVIRON, **TOKEN_FILE, **environ})
    assert result.credential == WorkloadIdentity(token_file=Path("/var/run/token"), client_id=client_id)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        pytest.param(
            {**SECRET, **TOKEN_FILE},
            "AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE describe several credentials; set AZURE_AD_CREDENTIAL to "
            "one of secret, workload_identity or none, or remove the others",
            id="several without a choice",
        ),
        pytest.param(
            {**CERTIFICATE, **MANAGED},
            "AZURE_CLIENT_CERTIFICATE_PATH, AZURE_USE_MANAGED_IDENTITY describe several credentials",
            id="certificate and managed identity without a choice",
        ),
        pytest.param(
            choice("secret"),
            "AZURE_CLIENT_SECRET is missing, and AZURE_AD_CREDENTIAL asks for it",
            id="secret chosen and not there",
        ),
        pytest.param(
            {**choice("certificate"), **SECRET},
            "AZURE_CLIENT_CERTIFICATE_PATH is missing, and AZURE_AD_CREDENTIAL asks for it",
            id="certificate chosen and not there",
        ),
        pytest.param(
            {**choice("workload_identity"), "AZURE_FEDERATED_TOKEN_FILE": ""},
            "AZURE_FEDERATED_TOKEN_FILE is missing, and AZURE_AD_CREDENTIAL asks for it",
            id="token file chosen and empty",
        ),
        pytest.param(
            choice("password"),
            "AZURE_AD_CREDENTIAL is not known; expected one of secret, certificate",
            id="a choice that there is not",
        ),
        pytest.param(
            {**MANAGED, "AZURE_MANAGED_IDENTITY_CLIENT_ID": "orders"},
            "AZURE_MANAGED_IDENTITY_CLIENT_ID is not a GUID",
            id="identity that is not a GUID",
        ),
        pytest.param(
            {"AZURE_USE_MANAGED_IDENTITY": "yes"}, "AZURE_USE_MANAGED_IDENTITY is not a boolean", id="yes for true"
        ),
        pytest.param(
            {**TOKEN_FILE, "AZURE_AD_CLIENT_ID": IDENTITY, "AZURE_CLIENT_ID": "orders"},
            "AZURE_CLIENT_ID is not a GUID",
            id="identity of the workload that is not a GUID",
        ),
    ],
)
def test_credentials_that_are_refused(environ: dict[str, str], message: str) -> None:
    """What is wrong, missing or ambiguous is told by its variables and how to choose."""
    with pytest.raises(ConfigurationError) as refused:
        AzureAdSettings.from_env({**ENVIRON, **environ})
    assert str(refused.value).startswith(message)
