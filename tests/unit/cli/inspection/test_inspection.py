"""The verdicts of `inspect` are the middleware's, for every fault there is."""

import pytest

from azuread_auth import AzureAdClient, TokenRejected
from azuread_auth.cli.inspection.inspection import CHECKS, Outcome, Verdict, inspect_text, inspect_token
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.faults import FAULTS

TENANT = SimulatedTenant()


@pytest.fixture(scope="module")
def client():
    """A client of the tenant, in process."""
    with AzureAdClient(TENANT.settings()) as made:
        yield made


def reason_of_validator(client, token):
    """Why the client itself refuses the token."""
    try:
        client.validate_token(token)
    except TokenRejected as error:
        return error.reason, error.claim
    return None


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("version", [1, 2])
def test_verdict_is_the_validators(client, fault, version):
    """Inspection refuses for the validator's reason, and the first check that failed is the one that says so."""
    token = TENANT.mint_token(fault=fault, version=version)
    inspection = inspect_token(token, client)
    expected = reason_of_validator(client, token)
    rejection = inspection.rejection
    assert (rejection and (rejection.reason, rejection.claim)) == expected
    failed = [error for check in CHECKS if (error := inspection.findings.get(check)) is not None]
    assert ((failed[0].reason, failed[0].claim) if failed else None) == expected
    assert inspection.verdict is (Verdict.GOOD if expected is None else Verdict.REFUSED)


@pytest.mark.parametrize(
    ("check", "settings"),
    [
        ("client", {"allowed_clients": ["11111111-2222-3333-4444-555555555555"]}),
        ("guest", {"allow_guests": False}),
    ],
)
def test_rules_of_settings_count(check, settings):
    """Checks that only some settings ask for fail where those settings do."""
    with AzureAdClient(TENANT.settings(**settings)) as client:
        inspection = inspect_token(TENANT.mint_token(user="robin"), client)
    assert inspection.outcome(check) is Outcome.FAILED
    assert inspection.rejection.reason is inspection.findings[check].reason


def test_tenant_rule_of_the_application_counts():
    """A callable of the application refuses tenants here too: the verdict is the validator's."""
    with AzureAdClient(TENANT.settings(tenants=lambda _tenant: False)) as client:
        inspection = inspect_token(TENANT.mint_token(), client)
    assert inspection.verdict is Verdict.REFUSED
    assert inspection.rejection.reason == "wrong_tenant"


def test_checks_that_build_on_a_failed_one_are_not_made(client):
    """A token of nobody knows which tenant has no key binding to judge; what does not depend on that is judged."""
    inspection = inspect_token(TENANT.mint_token(fault="wrong-issuer"), client)
    assert inspection.outcome("issuer") is Outcome.FAILED
    assert inspection.outcome("key_binding") is Outcome.NOT_REACHED
    assert inspection.outcome("guest") is Outcome.NOT_REACHED
    assert inspection.outcome("audience") is Outcome.OK


def test_b2c_has_no_version_to_check():
    """B2C says 1.0 in tokens of version 2, so that check is left out."""
    url = TENANT.b2c_authority_url()
    with AzureAdClient(TENANT.settings(authority_url=url)) as client:
        inspection = inspect_token(TENANT.mint_token(authority_url=url), client)
    assert inspection.verdict is Verdict.GOOD
    assert inspection.outcome("version") is Outcome.NOT_REACHED


def test_provider_down_leaves_it_undecided(client):
    """Without keys nothing is said about the token, and what was judged before stays."""
    tenant = SimulatedTenant()
    token = tenant.mint_token()
    tenant.go_down()
    with AzureAdClient(tenant.settings()) as alone:
        inspection = inspect_token(token, alone)
    assert inspection.verdict is Verdict.UNDECIDED
    assert inspection.problem
    assert inspection.outcome("payload") is Outcome.OK
    assert inspection.outcome("key") is Outcome.NOT_REACHED


@pytest.mark.parametrize("fault", ["two-parts", "list-payload"])
def test_text_alone_shows_what_is_wrong_with_the_form(fault):
    """Without settings, form and payload are judged."""
    inspection = inspect_text(TENANT.mint_token(fault=fault), problem="no settings")
    assert inspection.verdict is Verdict.REFUSED
    assert inspection.problem is None


def test_token_and_claims_are_not_in_the_repr(client):
    """An inspection in a traceback gives nothing away."""
    token = TENANT.mint_token()
    text = repr(inspect_token(token, client))
    assert "Adele" not in text
    assert token.split(".")[1] not in text
