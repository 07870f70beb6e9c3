"""A restriction under a misspelt name must not be left off without a word."""

import warnings

import pytest

from azuread_auth.settings import AzureAdSettings

_ENVIRON = {"AZURE_TENANT_ID": "contoso.com", "AZURE_CLIENT_ID": "0f1a2b3c-1111-4222-8333-444455556666"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("AZURE_AD_ALLOWED_CLIENT", "AZURE_AD_ALLOWED_CLIENTS"),
        ("AZURE_AD_ALOW_GUESTS", "AZURE_AD_ALLOW_GUESTS"),
        ("AZURE_AD_AUDIENCE", "AZURE_AD_AUDIENCES"),
    ],
)
def test_misspelt_variable_is_told(name: str, meant: str) -> None:
    """A name much like a setting's is warned of, with the one that was meant; its value is not in the text."""
    with pytest.warns(UserWarning, match=f"{name} is no setting and is ignored; did you mean {meant}") as told:
        AzureAdSettings.from_env({**_ENVIRON, name: "hunter2"})
    assert "hunter2" not in str(told[0].message)
    assert told[0].filename == __file__


@pytest.mark.parametrize("name", ["AZURE_AD_PIPELINE_STAGE", "AZURE_AD_BASE_URL", "AZURE_CLIENT", "AZURE_AD_TENANT_ID"])
def test_other_variables_are_left_alone(name: str) -> None:
    """Variables of other programs, of later parts, and settings themselves are no cause for a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        AzureAdSettings.from_env({**_ENVIRON, name: "contoso.com"})
