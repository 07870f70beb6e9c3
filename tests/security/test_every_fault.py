"""Every fault of the simulated tenant, against applications of several kinds: what a refusal costs and tells."""

import time
from collections.abc import Callable

import pytest

from azuread_auth.client import AzureAdClient
from azuread_auth.errors import TokenRejected
from azuread_auth.ports import Event
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.settings import ANY_TENANT
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.faults import FAULTS

REFUSED = sorted(name for name, fault in FAULTS.items() if fault.reason is not None)
# A token of version 1 of a personal account, or by its key, has no key: there are none of version 1.
NOT_IN_VERSION_1 = {"consumer-key": Reason.KEY_UNKNOWN, "personal-account": Reason.KEY_UNKNOWN}
# Where every organisation is welcome, another tenant's token is good, and the tenant is told by iss and tid together.
MULTI_TENANT = {"wrong-tenant": None, "mismatched-tid": Reason.WRONG_ISSUER}


class Log:
    """What the operator was told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture(scope="module")
def tenant() -> SimulatedTenant:
    """A tenant in process."""
    return SimulatedTenant()


@pytest.fixture(params=[1, 2], ids=["version 1", "version 2"])
def version(request: pytest.FixtureRequest) -> int:
    """The version of tokens."""
    number: int = request.param
    return number


def _refusal(client: AzureAdClient, token: str) -> Reason | None:
    try:
        client.validate_token(token)
    except TokenRejected as refused:
        return refused.reason
    return None


@pytest.mark.parametrize("fault", REFUSED)
def test_the_reason_is_exact_in_both_versions(tenant, version, fault):
    """T24 to T68: each bad token is refused for its own reason, in tokens of version 1 as of version 2."""
    expected = FAULTS[fault].reason if version == 2 else NOT_IN_VERSION_1.get(fault, FAULTS[fault].reason)
    with AzureAdClient(tenant.settings()) as client:
        assert _refusal(client, tenant.mint_token(fault=fault, version=version)) is expected
        assert _refusal(client, tenant.mint_token(version=version)) is None


@pytest.mark.parametrize("fault", REFUSED)
def test_the_reason_is_exact_where_many_tenants_are_welcome(tenant, fault):
    """T57 to T61: with tenant-independent metadata the chain of tid, iss, key and cloud holds just as well."""
    expected = MULTI_TENANT.get(fault, FAULTS[fault].reason)
    if fault == "personal-account":
        expected = Reason.WRONG_TENANT
    with AzureAdClient(tenant.settings(tenants=ANY_TENANT)) as client:
        assert _refusal(client, tenant.mint_token(fault=fault)) is expected


@pytest.mark.parametrize("fault", REFUSED)
def test_a_bad_token_costs_little_and_moves_nobody(version, fault):
    """T28, T30, T38, T68: milliseconds, one renewal of keys at the most, and no address that the token names."""
    tenant = SimulatedTenant()
    client = AzureAdClient(tenant.settings())
    assert [_refusal(client, tenant.mint_token(version=each)) for each in (1, 2)] == [None, None]
    before = tenant.request_count()
    tokens = [tenant.mint_token(fault=fault, version=version) for _ in range(3)]
    started_at = time.perf_counter()
    for token in tokens:
        _refusal(client, token)
    assert time.perf_counter() - started_at < 0.5
    assert tenant.request_count() - before <= 1
    assert (tenant.request_count("other"), tenant.request_count("route")) == (0, 0)


@pytest.mark.parametrize("fault", REFUSED)
def test_a_refusal_tells_the_operator_why_and_shows_no_value(tenant, fault):
    """T21, T29, T112, T122: error and log name reason and claim; no part of the token and no claim value is there."""
    log = Log()
    client = AzureAdClient(tenant.settings(), observer=log)
    token = tenant.mint_token(fault=fault, claims={"name": "canary-name", "email": "canary@contoso.test"})
    with pytest.raises(TokenRejected) as refused:
        client.validate_token(token)
    told = [str(refused.value), *(f"{event.message} {event.fields}" for event in log.events)]
    assert [event.fields["reason"] for event in log.events if event.name == "token.rejected"] == [refused.value.reason]
    for text in told:
        assert "canary" not in text
        assert not any(len(part) > 8 and part in text for part in token[:2000].split("."))
        assert text.isprintable()
        assert len(text) < 1000


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda t: t.mint_token(scopes=["A"] * 3, groups=[f"{i:036}" for i in range(500)]), None, id="T52"),
        pytest.param(lambda t: t.mint_token(audience=[t.client_id, "api://other"]), None, id="T55 list"),
        pytest.param(lambda t: t.mint_token(audience=f"api://{t.client_id}"), None, id="T56 URI in version 2"),
        pytest.param(lambda t: t.mint_token(version=1, audience=t.client_id), None, id="T56 GUID in version 1"),
        pytest.param(lambda t: t.mint_token(claims={"exp": time.time() + 60.5}), None, id="T40 fraction"),
        pytest.param(lambda t: t.mint_token(fault="groups-overage"), None, id="T68 overage is genuine"),
        pytest.param(lambda t: t.mint_token(fault="guest"), None, id="T69 guests are welcome"),
        pytest.param(lambda t: "A" * 1_000_000, Reason.TOKEN_TOO_LARGE, id="T11 a megabyte"),
        pytest.param(lambda t: "eyJ.." + "." * 100_000, Reason.MALFORMED, id="T34 dots"),
    ],
)
def test_unusual_tokens(tenant, make: Callable[[SimulatedTenant], str], expected):
    """T11, T34, T40, T52, T55, T56, T68, T69: what is large, rare or hostile is told apart, quickly."""
    client = AzureAdClient(tenant.settings())
    _refusal(client, tenant.mint_token())
    token = make(tenant)
    seconds = []
    for _ in range(3):
        started_at = time.perf_counter()
        assert _refusal(client, token) is expected
        seconds.append(time.perf_counter() - started_at)
    assert min(seconds) < 0.005


@pytest.mark.parametrize("change", [{"azp": "f8e7d6c5-b4a3-4928-9170-6f5e4d3c2b1a"}, {"acct": 1}], ids=["T70", "T69"])
def test_nothing_is_decided_on_what_is_not_verified(tenant, change):
    """T69, T70: a forged token of a guest or stranger is a forged token first: 401, not 403."""
    client = AzureAdClient(
        tenant.settings(allow_guests=False, allowed_clients=["2f6b8a10-7c3d-4e5f-9a1b-0c2d4e6f8a13"])
    )
    with pytest.raises(TokenRejected) as forged:
        client.validate_token(tenant.mint_token(fault="bad-signature", claims=change))
    assert forged.value.reason is Reason.BAD_SIGNATURE
    with pytest.raises(TokenRejected) as genuine:
        client.validate_token(tenant.mint_token(claims=change))
    assert genuine.value.reason.is_forbidden


def test_T72_the_same_subject_in_two_tenants_is_two_callers(tenant):
    """T67, T72: equal sub, oid, e-mail and user name in another tenant are somebody else."""
    client = AzureAdClient(tenant.settings(tenants=ANY_TENANT))
    claims = {"sub": "same", "oid": "5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41", "email": "adele@contoso.test"}
    own = client.validate_token(tenant.mint_token(claims=claims))
    other = client.validate_token(tenant.mint_token(claims=claims, tenant_id="e7d6c5b4-a392-4817-8f60-5e4d3c2b1a09"))
    assert own != other
    assert own.identity != other.identity


@pytest.mark.parametrize(
    "tid", ["../../evil.test", "evil.test#", "a@evil.test", "%2fevil.test", "e7d6c5b4-a392-4817-8f60-5e4d3c2b1a09"]
)
def test_T113_nothing_in_a_token_makes_an_address(tid):
    """T113: whatever tid or iss say, only the configured authority is asked."""
    tenant = SimulatedTenant()
    client = AzureAdClient(tenant.settings(tenants=ANY_TENANT))
    for fault in ("unknown-kid", "bad-signature"):
        _refusal(client, tenant.mint_token(fault=fault, claims={"tid": tid, "iss": f"https://evil.test/{tid}/v2.0"}))
    assert {request.url for request in tenant.requests} == {
        f"{tenant.authority_host}/organizations/v2.0/.well-known/openid-configuration",
        f"{tenant.authority_host}/organizations/discovery/v2.0/keys",
    }
