"""A certificate as credential: a path or its content, and a masked key."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from azuread_auth.credentials import ClientCertificate
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret


def test_a_file_is_named_and_not_opened() -> None:
    """Text and Path name the same file, which need not be there yet."""
    assert ClientCertificate(path="/nowhere/app.pem") == ClientCertificate(path=Path("/nowhere/app.pem"))
    assert not ClientCertificate(path="/nowhere/app.pem").send_chain


def test_content_may_be_text_or_bytes() -> None:
    """PEM text and bytes are the same content, and can be hashed."""
    one, two = ClientCertificate(data="PEM", password=b"pw"), ClientCertificate(data=b"PEM", password="pw")
    assert one == two
    assert hash(one) == hash(two)


def test_T112_key_and_password_are_in_no_form_of_the_credential() -> None:
    """The key and its password are masked; the path is not secret."""
    credential = ClientCertificate(data=b"canary-key", password=Secret("canary-password"), send_chain=True)
    forms = [repr(credential), str(credential), f"{credential}", repr(dataclasses.asdict(credential))]
    assert not any("canary" in form for form in forms)
    assert "app.pem" in repr(ClientCertificate(path="app.pem"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({}, "ClientCertificate: give either path=", id="neither path nor content"),
        pytest.param({"path": "a", "data": b"b"}, "ClientCertificate: give either path=", id="path and content"),
        pytest.param({"path": ""}, "ClientCertificate: path is not the path of a file", id="empty path"),
        pytest.param({"path": "a\0b"}, "ClientCertificate: path is not the path of a file", id="path with NUL"),
        pytest.param({"path": 7}, "ClientCertificate: path is not the path of a file", id="a number as path"),
        pytest.param({"data": b""}, "ClientCertificate: data is empty; give the content", id="empty content"),
        pytest.param({"data": 7}, "ClientCertificate: data is a int, expected text or bytes", id="a number as content"),
        pytest.param(
            {"path": "a", "password": ""}, "ClientCertificate: password is empty; leave it out", id="empty password"
        ),
        pytest.param({"path": "a", "send_chain": "false"}, "ClientCertificate: send_chain is not", id="text as flag"),
    ],
)
def test_certificates_that_are_refused(arguments: dict[str, Any], message: str) -> None:
    """A certificate is given once, and its arguments are what they say."""
    with pytest.raises(ConfigurationError) as refused:
        ClientCertificate(**arguments)
    assert str(refused.value).startswith(message)
