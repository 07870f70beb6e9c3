"""Every fault that a token can have, put to real servers; and what is welcome there."""

import json

import pytest

from azuread_auth.simulation.faults import FAULTS

NOT_B64TOKEN = {"json-serialization", "percent-encoded", "whitespace"}
LARGE = {"huge-kid", "oversized", "many-dots", "deep-payload"}


@pytest.mark.parametrize("kind", ["uvicorn-h11", "gunicorn-sync"])
@pytest.mark.parametrize("fault", FAULTS)
def test_T24_T72_every_bad_token_is_refused_alike(server_of, tenant, kind, fault):
    """401 invalid_token with the same body for each; a server may refuse by itself what is too large for it."""
    server = server_of(kind)
    token = tenant.mint_token(fault=fault)

    answer = server.ask_with(token)

    if FAULTS[fault].reason is None:
        assert answer.code == "OK"
        return
    codes = {"400r"} if fault in NOT_B64TOKEN else {"401t"}
    assert answer.code in codes | ({"server's 400", "server's 431"} if fault in LARGE else set())
    if answer.code == "401t":
        assert answer.body == server.ask_with(tenant.mint_token(fault="expired")).body
    assert token[-80:] not in server.log


def test_T28_nothing_a_token_points_at_is_fetched(server, tenant):
    """`jku` and `x5u` are never followed."""
    for fault in ("jku-header", "x5u-header"):
        assert server.ask_with(tenant.mint_token(fault=fault)).code == "401t"

    assert not [request for request in tenant.requests if "attacker" in request.url]


@pytest.mark.parametrize(
    "wishes",
    [
        pytest.param({}, id="version 2"),
        pytest.param({"version": 1}, id="T56 version 1"),
        pytest.param({"kind": "app", "roles": ["Files.Read.All"]}, id="an application"),
        pytest.param({"groups": [f"group-{number:04}-{'x' * 20}" for number in range(500)]}, id="T52 500 groups"),
        pytest.param({"expires_in": -30}, id="T41 within the tolerance"),
        pytest.param({"algorithm": "RS512"}, id="RS512"),
    ],
)
def test_good_tokens_are_welcome(server, tenant, wishes):
    """Twice, because the second time is another way through."""
    token = tenant.mint_token(**wishes)

    for _ in range(2):
        answer = server.ask_with(token)
        assert answer.code == "OK"
        assert json.loads(answer.body)["caller"] is not None
