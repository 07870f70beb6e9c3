"""Credentials that wrap something from outside: a callable, an azure-core credential, the Azure CLI."""

import pytest

from azuread_auth.credentials import AzureCli, AzureIdentity, ClientAssertion, Credential
from azuread_auth.errors import ConfigurationError


class Fixed:
    """A token credential that cannot be hashed and shows what it holds."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fixed)

    def __repr__(self) -> str:
        return "canary"

    def get_token(self, *scopes: str) -> object:
        return object()

    def __call__(self) -> str:
        return "assertion"


class OnlyInfo:
    def get_token_info(self, *scopes: str) -> object:
        return object()


def test_any_callable_is_a_source_of_assertions() -> None:
    """The callable is kept and not called; it need not be hashable for settings to be."""
    source = Fixed()
    assert ClientAssertion(source).source is source
    assert ClientAssertion(source) == ClientAssertion(Fixed())
    assert hash(ClientAssertion(source)) == hash(ClientAssertion(Fixed()))


@pytest.mark.parametrize("source", ["assertion", None, 7])
def test_assertions_come_from_a_callable(source: object) -> None:
    """A fixed assertion would expire within minutes, so a text is refused."""
    with pytest.raises(ConfigurationError, match="ClientAssertion: expected a callable"):
        ClientAssertion(source)  # type: ignore[arg-type]


@pytest.mark.parametrize("credential", [Fixed(), OnlyInfo()])
def test_T112_an_azure_credential_is_kept_and_not_shown(credential: object) -> None:
    """Either form of the azure-core protocol will do; what the object shows of itself is not repeated."""
    wrapped = AzureIdentity(credential)
    assert wrapped.credential is credential
    assert repr(wrapped) == "AzureIdentity()"
    assert hash(wrapped) == hash(AzureIdentity(credential))


@pytest.mark.parametrize("credential", [None, "token", object()])
def test_other_objects_are_no_azure_credential(credential: object) -> None:
    """What cannot get tokens is refused at once."""
    with pytest.raises(ConfigurationError, match="AzureIdentity: expected an azure-core credential"):
        AzureIdentity(credential)


def test_the_azure_cli_has_nothing_to_say() -> None:
    """All are the same credential."""
    assert AzureCli() == AzureCli()
    assert isinstance(AzureCli(), Credential)
