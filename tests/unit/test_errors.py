"""The errors of this package."""

import base64
import json
from types import MappingProxyType

import pytest

from azuread_auth import errors
from azuread_auth.errors import (
    AzureAdError,
    ClaimsChallenge,
    ConfigurationError,
    PermissionDenied,
    ProviderUnavailable,
    TokenRejected,
)
from azuread_auth.rejection import RejectionReason
from azuread_auth.requirements import Scope

CLASSES = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_each_error_has_a_code_of_its_own(error):
    """Codes are stable names for logs and metrics; all errors have one base."""
    assert issubclass(error, AzureAdError)
    assert [other for other in CLASSES if other.code == error.code] == [error]


def test_what_may_succeed_later_is_retryable():
    """Outages pass; mistakes and refusals do not."""
    assert {error.__name__ for error in CLASSES if error.retryable} == {
        "ProviderUnavailable",
        "StoreUnavailable",
        "Throttled",
    }


@pytest.mark.parametrize("reason", RejectionReason)
def test_a_rejection_says_why_and_what_to_do(reason):
    """T21: the operator reads code, claim, explanation and remedy; the claim's value is never there."""
    error = TokenRejected(reason, claim="aud")
    assert (error.reason, error.claim) == (reason, "aud")
    assert str(error) == f"{reason.value} (aud): {reason.explanation}; {reason.remedy}"
    assert str(TokenRejected(reason)).startswith(f"{reason.value}: ")


def test_a_denied_permission_names_the_requirement():
    """The requirement is there as a value and in the text."""
    error = PermissionDenied(Scope("Files.Read"))
    assert error.requirement == Scope("Files.Read")
    assert str(error) == "the caller does not meet Scope('Files.Read')"


def test_an_outage_says_when_to_come_back():
    """R05: in seconds; nothing is known unless it is said."""
    assert ProviderUnavailable("down").retry_after == 0
    assert ProviderUnavailable("down", retry_after=7).retry_after == 7


@pytest.mark.parametrize(
    ("given", "claims"),
    [
        pytest.param(
            {"acrs": "c1"}, {"access_token": {"acrs": {"essential": True, "value": "c1"}}}, id="T71 a context"
        ),
        pytest.param({"claims": {"access_token": {"nbf": None}}}, {"access_token": {"nbf": None}}, id="T71 a mapping"),
        pytest.param({"claims": MappingProxyType({"id_token": {}})}, {"id_token": {}}, id="T71 a read-only mapping"),
        pytest.param({"claims": ' {"id_token" : {} } '}, {"id_token": {}}, id="T71 JSON text"),
        pytest.param({"claims": {"a": '"\r\n\u202e'}}, {"a": '"\r\n\u202e'}, id="T122 what would break a header"),
    ],
)
def test_T71_claims_of_a_challenge(given, claims):
    """T71: claims are kept as short JSON text of ASCII, and encoded for the header."""
    challenge = ClaimsChallenge(**given)
    assert json.loads(challenge.claims) == claims
    assert challenge.claims.isascii()
    assert challenge.claims.isprintable()
    assert base64.b64decode(challenge.encoded).decode() == challenge.claims
    assert str(challenge) == "the caller must sign in again to satisfy a claims challenge"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, "either acrs= or claims=", id="T71 neither"),
        pytest.param({"acrs": "c1", "claims": {}}, "either acrs= or claims=", id="T71 both"),
        pytest.param({"claims": "not JSON"}, "is not JSON", id="T71 no JSON"),
        pytest.param({"claims": "[" * 100_000}, "is not JSON", id="T71 nested without end"),
        pytest.param({"claims": '{"a":NaN}'}, "is not JSON", id="T71 a number that JSON has not"),
        pytest.param({"claims": {"a": "9" * 8200}}, "at most 8192 characters", id="T71 more than a header carries"),
        pytest.param({"claims": "[]"}, "not a JSON object", id="T71 a JSON list"),
        pytest.param({"claims": ["access_token"]}, "not a JSON object", id="T71 a list"),
        pytest.param({"claims": {"a": object()}}, "is not JSON", id="T71 something that is no JSON"),
        pytest.param({"claims": {"a": "9" * 10, ("b",): 1}}, "is not JSON", id="T71 a name that is no text"),
    ],
)
def test_T71_a_challenge_without_sense_is_a_mistake_of_the_application(given, told):
    """T71: it is found where it is raised, and no value is in the message."""
    with pytest.raises(ConfigurationError, match=told):
        ClaimsChallenge(**given)
