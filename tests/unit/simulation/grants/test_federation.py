"""Tokens of others that prove an application."""

import json

import pytest

from azuread_auth.simulation.apps import FederatedCredential

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SUBJECT = "system:serviceaccount:shop:orders"


def ask(caller, text):
    """The answer to a request with the assertion."""
    proof = {"client_secret": "", "client_assertion": text, "client_assertion_type": ASSERTION_TYPE}
    return caller.for_app(**proof)


@pytest.fixture
def trusting(caller):
    """The caller, whose application trusts one workload of an external issuer."""
    credential = FederatedCredential(subject=SUBJECT, issuer=caller.tenant.external_issuer)
    caller.tenant.add_federated_credential(credential)
    return caller


def test_token_of_a_workload_proves_the_application(trusting):
    """The token that a cluster writes is as good as a secret."""
    assert "error" not in ask(trusting, trusting.tenant.federated_token(subject=SUBJECT))


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        pytest.param({"issuer": "https://attacker.test"}, 700211, id="issuer"),
        pytest.param({"audience": "api://other"}, 700212, id="audience"),
        pytest.param({"subject": "system:serviceaccount:shop:other"}, 700213, id="subject"),
        pytest.param({"subject": SUBJECT.upper()}, 700213, id="case of the subject"),
        pytest.param({"expires_in": -301}, 700024, id="expired"),
    ],
)
def test_T123_mismatch_is_refused(trusting, verdict, wishes, code):
    """What differs from the registration has a code of its own."""
    text = trusting.tenant.federated_token(**{"subject": SUBJECT} | wishes)
    assert verdict(ask(trusting, text)) == ("invalid_client", code)


def test_signature_counts(trusting, verdict):
    """The right words under another key prove nothing."""
    text = trusting.tenant.federated_token(subject=SUBJECT)
    other = trusting.tenant.federated_token(subject=SUBJECT, audience="x")
    forged = f"{text.rpartition('.')[0]}.{other.rpartition('.')[2]}"
    assert verdict(ask(trusting, forged)) == ("invalid_client", 700027)


def test_issuer_without_known_keys_is_refused(caller, verdict):
    """A registered issuer whose keys nobody knows proves nothing."""
    app = FederatedCredential(subject=SUBJECT, issuer="https://elsewhere.test")
    caller.tenant.add_federated_credential(app)
    text = caller.tenant.federated_token(subject=SUBJECT, issuer="https://elsewhere.test")
    assert verdict(ask(caller, text)) == ("invalid_client", 700027)


def identity_token(caller, identity, resource="api://AzureADTokenExchange"):
    """The identity's token, as a virtual machine gets it."""
    url = f"http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}"
    response = caller.send(f"{url}&client_id={identity.client_id}", metadata="true")
    return json.loads(response.body)["access_token"]


def test_managed_identity_proves_the_application(caller, verdict):
    """A managed identity does, where it is registered, in process and once the tenant serves."""
    identity = caller.tenant.add_managed_identity()
    assert verdict(ask(caller, identity_token(caller, identity))) == ("invalid_client", 700211)
    caller.tenant.add_federated_credential(identity)
    assert "error" not in ask(caller, identity_token(caller, identity))
    assert verdict(ask(caller, identity_token(caller, identity, "api://x"))) == ("invalid_client", 700212)
    with caller.tenant:
        caller.tenant.serve()
        assert "error" not in ask(caller, identity_token(caller, identity))


def test_token_of_a_user_is_refused(caller, verdict):
    """Only identities of their own can prove an application."""
    exchange = "api://AzureADTokenExchange"
    text = caller.tenant.mint_token(audience=exchange, claims={"sub": SUBJECT})
    caller.tenant.add_federated_credential(FederatedCredential(subject=SUBJECT))
    assert verdict(ask(caller, text)) == ("invalid_client", 700229)
