"""Each fault is refused by the real checks, for the reason that it names."""

import time

import pytest

from azuread_auth.client import AzureAdClient
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.faults import FAULTS

ROWS = {
    "T11": ["oversized"],
    "T24": ["alg-none", "alg-None", "alg-NONE", "alg-nOnE", "alg-none-signed", "alg-list", "missing-alg"],
    "T25": ["hs256-with-public-key", "hs256-with-public-key-der", "hs256-with-public-key-jwk", "hs256-with-empty-key"],
    "T26": ["ps256", "es256"],
    "T27": ["jwk-header", "x5c-header"],
    "T28": ["jku-header", "x5u-header"],
    "T29": ["traversing-kid", "sql-kid", "huge-kid", "object-kid", "number-kid", "null-kid"],
    "T30": ["unknown-key", "unknown-kid"],
    "T31": ["missing-kid"],
    "T32": ["crit-header", "empty-crit", "text-crit", "b64-crit"],
    "T33": ["encrypted-shape", "nested", "compressed"],
    "T34": ["json-serialization", "two-parts", "four-parts", "many-dots"],
    "T35": ["bad-signature", "truncated-signature", "empty-signature", "swapped-signature"],
    "T36": ["padded", "whitespace", "standard-base64", "non-canonical-base64", "percent-encoded"],
    "T37": ["duplicate-header", "duplicate-claim"],
    "T38": ["deep-payload"],
    "T39": ["distant-exp", "overflowing-exp", "infinite-exp", "nan-exp", "many-digits-exp"],
    "T40": ["expired", "missing-exp", "string-exp", "list-exp", "bool-exp", "negative-exp"],
    "T41": ["not-yet-valid"],
    "T42": ["list-payload", "empty-payload", "not-utf8", "byte-order-mark"],
    "T43": ["logout-token", "security-event", "dpop-proof"],
    "T48": ["es256-of-zeros"],
    "T53": ["cnf-bound"],
    "T55": ["wrong-audience", "graph-audience", "graph-token", "object-audience", "missing-audience"],
    "T56": ["wrong-version", "missing-version"],
    "T57": ["wrong-issuer", "issuer-with-slash", "issuer-with-suffix", "list-issuer", "missing-issuer"],
    "T58": ["missing-tid", "malformed-tid", "mismatched-tid", "duplicate-tid"],
    "T59": ["wrong-tenant", "personal-account"],
    "T60": ["consumer-key"],
    "T61": ["key-of-another-cloud"],
    "T63": ["id-token", "no-permissions"],
    "T64": ["device"],
    "T65": ["list-scope"],
    "T68": ["groups-overage"],
    "T69": ["guest"],
}
CASES = [pytest.param(fault, id=f"{row} {fault}") for row, faults in ROWS.items() for fault in faults]
# Personal accounts have neither tokens nor keys of version 1.
OTHER_REASONS_IN_VERSION_1 = {
    "consumer-key": RejectionReason.KEY_UNKNOWN,
    "personal-account": RejectionReason.KEY_UNKNOWN,
}


@pytest.fixture(scope="module")
def tenant():
    """A tenant in process."""
    return SimulatedTenant()


@pytest.fixture(scope="module")
def azure(tenant):
    """An application of that tenant alone."""
    with AzureAdClient(tenant.settings()) as client:
        yield client


def verdict(azure: AzureAdClient, token: str) -> RejectionReason | None:
    """Why the application refuses the token; None when it does not."""
    try:
        azure.validate_token(token)
    except TokenRejected as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize("fault", CASES)
def test_fault_is_refused_for_its_reason(tenant, azure, fault):
    """A token with one fault is refused for the reason that the table of faults names."""
    assert verdict(azure, tenant.mint_token(fault=fault)) is FAULTS[fault].reason


@pytest.mark.parametrize("fault", CASES)
def test_fault_is_refused_in_version_1(tenant, azure, fault):
    """The faults work for tokens of version 1, too."""
    expected = OTHER_REASONS_IN_VERSION_1.get(fault, FAULTS[fault].reason)
    assert verdict(azure, tenant.mint_token(fault=fault, version=1)) is expected


def test_every_fault_stands_for_an_attack_and_is_described():
    """The table here and the table of faults are the same, and each fault has a description of its own."""
    listed = [fault for faults in ROWS.values() for fault in faults]
    assert sorted(listed) == sorted(FAULTS)
    descriptions = {fault.description for fault in FAULTS.values()}
    assert len(descriptions) == len(FAULTS)


@pytest.mark.parametrize("fault", ["wrong-tenant", "personal-account"])
def test_good_tokens_of_others_are_good_for_others(tenant, fault):
    """These two are genuine tokens: an application that wants such callers accepts them."""
    welcome = {"wrong-tenant": "e7d6c5b4-a392-4817-8f60-5e4d3c2b1a09"}
    guid = welcome.get(fault, "9188040d-6c67-4c5b-b112-36a304b66dad")
    with AzureAdClient(tenant.settings(tenant_id="common", tenants={guid})) as azure:
        assert azure.validate_token(tenant.mint_token(fault=fault)).tenant_id == guid


def test_guest_is_refused_where_guests_are(tenant):
    """The guest's token is genuine; allow_guests=False is what refuses it."""
    with AzureAdClient(tenant.settings(allow_guests=False)) as azure:
        assert verdict(azure, tenant.mint_token(fault="guest")) is RejectionReason.GUEST_NOT_ALLOWED


def test_T28_nobody_follows_the_address_in_a_token():
    """The key set and the certificate that headers point at are never asked for."""
    tenant = SimulatedTenant()
    with AzureAdClient(tenant.settings()) as azure:
        for fault in ("jku-header", "x5u-header"):
            assert verdict(azure, tenant.mint_token(fault=fault)) is RejectionReason.BAD_SIGNATURE
    assert tenant.request_count("other") == 0
    assert {entry.kind for entry in tenant.requests} == {"discovery", "keys"}


def test_T30_a_flood_of_unknown_kids_is_quick_to_mint(tenant):
    """A thousand tokens with kids of their own cost no signatures."""
    started = time.perf_counter()
    tokens = {tenant.mint_token(fault="unknown-kid") for _ in range(1000)}
    assert len(tokens) == 1000
    assert time.perf_counter() - started < 5


def test_claims_and_fault_go_together(tenant):
    """A fault is put in after everything else, so that it is there whatever the claims say."""
    token = tenant.mint_token(claims={"exp": 9_999_999_999, "name": "X"}, fault="expired")
    with AzureAdClient(tenant.settings()) as azure:
        assert verdict(azure, token) is RejectionReason.EXPIRED
