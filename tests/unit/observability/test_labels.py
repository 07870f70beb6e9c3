"""Attributes of metrics and spans: few, and harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth.observability.labels import (
    OTHER,
    BoundedLabels,
    address_of,
    path_template,
    rejection_label,
    token_error_label,
)

TENANT = "8f0d5a0e-1c7b-4c55-9d43-6a2b1a7c9e10"


def test_the_number_of_labels_is_bounded():
    """The first values keep their names, however many come after them."""
    labels = BoundedLabels(limit=2)
    assert [labels.of(value) for value in ("a", "b", "c", "a", "b")] == ["a", "b", OTHER, "a", "b"]


@pytest.mark.parametrize("value", ["", "a b", "a\nb", "x" * 256, "é", 5, None, "a/b"])
def test_what_is_no_plain_name_is_other(value):
    """Text of any other form does not become a label."""
    assert BoundedLabels().of(value) == OTHER


@pytest.mark.parametrize(
    ("reason", "label"), [("expired", "expired"), ("made_up", OTHER), (None, OTHER), (7, OTHER), (["expired"], OTHER)]
)
def test_reasons_are_those_that_there_are(reason, label):
    """Only a reason code of the package becomes an outcome."""
    assert rejection_label(reason) == label


@pytest.mark.parametrize(
    ("error", "label"),
    [
        pytest.param("invalid_grant", "invalid_grant", id="a code of OAuth"),
        pytest.param("interaction_required", "interaction_required", id="a code of OpenID Connect"),
        pytest.param("provider_unavailable", "provider_unavailable", id="a code of this package"),
        pytest.param("http_503", "http_503", id="an answer without a code"),
        pytest.param("http_999", OTHER, id="a status that does not exist"),
        pytest.param("s3cr3t", OTHER, id="whatever else a provider says"),
        pytest.param(None, OTHER, id="nothing"),
    ],
)
def test_error_codes_are_known_ones(error, label):
    """The provider chooses the code, so that an unknown one is not repeated."""
    assert token_error_label(error) == label


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://login.microsoftonline.com/common", ("login.microsoftonline.com", 443)),
        ("http://169.254.169.254/metadata", ("169.254.169.254", 80)),
        ("http://user:password@localhost:8400/x?secret", ("localhost", 8400)),
        ("https://[::1]:8443/", ("::1", 8443)),
        ("ftp://host/", ("host", 0)),
        ("http://[bad/", ("", 0)),
        ("http://host:99999/", ("", 0)),
        ("", ("", 0)),
    ],
)
def test_address_is_host_and_port(url, address):
    """Nothing else of a URL is told, and a URL that is none does no harm."""
    assert address_of(url) == address


@pytest.mark.parametrize(
    ("url", "template"),
    [
        (f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token?x=1#y", "/*/oauth2/v2.0/token"),
        (f"https://h/{TENANT}/v2.0/.well-known/openid-configuration", "/*/v2.0/.well-known/openid-configuration"),
        ("https://h/contoso.onmicrosoft.com/b2c_1_sign_in/discovery/v2.0/keys", "/*/*/discovery/v2.0/keys"),
        ("http://169.254.169.254/metadata/identity/oauth2/token?resource=r", "/metadata/identity/oauth2/token"),
        ("https://h", "/"),
        ("https://h/" + "a/" * 1000, "/" + "/".join("*" * 8)),
        ("http://[bad/", ""),
    ],
)
def test_path_is_a_template(url, template):
    """Words of the protocol stay; what could be a tenant, a policy or anything else is a star."""
    assert path_template(url) == template


@given(st.text())
def test_no_text_makes_the_labels_fail(text):
    """An observer must not raise, whatever the URL."""
    address_of(text)
    address_of(f"https://{text}")
    assert path_template(f"https://h/{text}").startswith("/") or not path_template(f"https://h/{text}")
