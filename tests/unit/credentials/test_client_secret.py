"""A secret shared with Entra: masked, and never empty."""

import copy
import dataclasses
import pickle

import pytest

from azuread_auth.credentials import ClientSecret
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret


def test_text_and_secret_are_the_same_credential() -> None:
    """Equality is by value, whatever form the secret was given in."""
    assert ClientSecret("s3cret") == ClientSecret(Secret("s3cret"))
    assert hash(ClientSecret("s3cret")) == hash(ClientSecret("s3cret"))
    assert ClientSecret("s3cret") != ClientSecret("other")
    assert ClientSecret("s3cret").secret.reveal() == "s3cret"


def test_T112_the_secret_is_in_no_form_of_the_credential() -> None:
    """Neither repr, str, format nor asdict shows it, copies are as masked, and pickling is refused."""
    credential = copy.deepcopy(ClientSecret("canary"))
    forms = [repr(credential), str(credential), f"{credential}", repr(dataclasses.asdict(credential))]
    assert not any("canary" in form for form in forms)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(credential)


def test_a_credential_cannot_be_changed() -> None:
    """Credentials are frozen."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        ClientSecret("s3cret").secret = Secret("other")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        pytest.param("", "ClientSecret: secret is empty; give the Value of a client secret", id="empty"),
        pytest.param(Secret(""), "ClientSecret: secret is empty", id="empty secret"),
        pytest.param(None, "ClientSecret: secret is a NoneType, expected text", id="None"),
        pytest.param(7, "ClientSecret: secret is a int, expected text", id="a number"),
    ],
)
def test_secrets_that_are_refused(secret: str, message: str) -> None:
    """A secret that is not there is told with where to find one."""
    with pytest.raises(ConfigurationError) as refused:
        ClientSecret(secret)
    assert str(refused.value).startswith(message)
