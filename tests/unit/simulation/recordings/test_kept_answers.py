"""Answers of all kinds: what is kept of them, and that the same comes of it in a replay."""

import base64
import json
from typing import Any

import pytest

from azuread_auth.credentials import AzureIdentity, ManagedIdentity
from azuread_auth.errors import (
    AzureAdError,
    ClientRejected,
    CredentialUnavailable,
    InteractionRequired,
    ProviderUnavailable,
    Throttled,
    TokenRequestFailed,
)
from azuread_auth.simulation.recordings.recorded_exchange import RecordedToken, RequestKey
from azuread_auth.simulation.recordings.source_outcomes import failure_as_answer, token_from_answer
from azuread_auth.simulation.recordings.token_form import AskedToken
from azuread_auth.simulation.recordings.token_structure import structure_of
from tests.unit.simulation.recordings.conftest import GRAPH, Lab

OTHER = "0f1a2b3c-1111-4222-8333-444455556666"
KEY = RequestKey(flow="client_credentials", scopes=(GRAPH,), tenant="configured", client="configured")


DISTURBANCES: list[Any] = [
    pytest.param({"aadsts": 7000215}, ClientRejected, {"error": "invalid_client", "codes": [7000215]}, id="client"),
    pytest.param(
        {"status": 400, "body": {"error": "my-secret", "error_codes": [1, 50013, "x", 10**9], "suberror": "mine"}},
        TokenRequestFailed,
        {"error": "unknown_error", "codes": [50013]},
        id="what nobody knows",
    ),
    pytest.param({"status": 429, "retry_after": 60, "body": "x"}, Throttled, {"retry_after": 60}, id="throttled"),
    pytest.param({"status": 502, "body": "<html>"}, ProviderUnavailable, {}, id="a proxy's page"),
    pytest.param({"status": 400, "body": b'{"error": 5, "error_codes": 5}'}, ProviderUnavailable, {}, id="nonsense"),
]


@pytest.mark.parametrize(("disturbance", "error", "recorded"), DISTURBANCES)
def test_refusals_replay_as_they_were(
    lab: Lab, disturbance: dict[str, Any], error: type[AzureAdError], recorded: dict[str, Any]
) -> None:
    """The codes that decide are kept, and the same exception comes of them."""
    lab.tenant.fail("token", **disturbance)
    recording = lab.recording()
    with pytest.raises(error) as real:
        lab.run(lambda: recording.ask("acquire_token_for_app", GRAPH))
    assert lab.answers()[0]["error"] == recorded
    replay = lab.replay()
    with pytest.raises(error) as mock:
        lab.run(lambda: replay.ask("acquire_token_for_app", GRAPH))
    assert getattr(mock.value, "aadsts", None) == getattr(real.value, "aadsts", None)
    if "retry_after" in recorded:
        assert getattr(mock.value, "retry_after", None) == recorded["retry_after"]


def test_no_answer_replays_as_none(lab: Lab) -> None:
    """A provider that cannot be reached is recorded as that."""
    lab.tenant.go_down()
    recording = lab.recording()
    with pytest.raises(ProviderUnavailable):
        lab.run(lambda: recording.ask("start_device_code", GRAPH))
    assert {answer["status"] for answer in lab.answers()} == {"unreachable"}
    with pytest.raises(ProviderUnavailable, match="replayed: the provider did not answer"):
        lab.run(lambda: lab.replay().ask("start_device_code", GRAPH))


def test_a_claims_challenge_keeps_its_structure(lab: Lab) -> None:
    """Names, what is essential and authentication contexts; policies have other ids, times are new."""
    challenge = {
        "access_token": {
            "acrs": {"essential": True, "value": "c25"},
            "capolids": {"essential": False, "values": [OTHER, OTHER, "x"]},
            "nbf": {"essential": True, "value": "1700000000"},
            "amr": None,
            "mine": {"value": "secret"},
        },
        "mine": {},
    }
    lab.tenant.fail("token", aadsts=50076, claims=json.dumps(challenge))
    user = lab.tenant.principal(user="megan")
    with pytest.raises(InteractionRequired):
        lab.run(lambda: lab.recording().ask("acquire_token_on_behalf_of", user, "User.Read"))
    [answer] = lab.answers()
    assert answer["error"]["challenge"] == {
        "access_token": {
            "acrs": {"essential": True, "value": "c25"},
            "capolids": {"essential": False, "values": ["policy-1", "policy-1", "other"]},
            "nbf": {"essential": True, "value": "time"},
            "amr": {},
        }
    }
    with pytest.raises(InteractionRequired) as raised:
        lab.run(lambda: lab.replay().ask("acquire_token_on_behalf_of", user, "User.Read"))
    claims = json.loads(raised.value.claims or "")["access_token"]
    assert claims["acrs"] == {"essential": True, "value": "c25"}
    assert claims["capolids"]["values"][0] != OTHER
    assert abs(int(claims["nbf"]["value"]) - lab.mode.clock.now()) < 60


@pytest.mark.parametrize("claims", ["no json", "[1]", '{"a":' * 40])
def test_a_challenge_that_is_none_is_left_out(lab: Lab, claims: str) -> None:
    """What is no claims request is not kept."""
    body = {"error": "interaction_required", "claims": claims}
    lab.tenant.fail("token", status=400, body=body)
    user = lab.tenant.principal(user="megan")
    with pytest.raises(InteractionRequired):
        lab.run(lambda: lab.recording().ask("acquire_token_on_behalf_of", user, "User.Read"))
    assert lab.answers()[0]["error"] == {"error": "interaction_required"}


class Foreign:
    """A foreign credential that gives a token that is no JWT, or fails."""

    def __init__(self, now: float, error: Exception | None = None) -> None:
        self.now, self.error = now, error

    def get_token(self, *scopes: str, **options: object) -> Any:
        if self.error is not None:
            raise self.error
        return type("Token", (), {"token": "opaque-token", "expires_on": self.now + 3600})()


def test_a_token_that_is_no_jwt_stays_none(lab: Lab) -> None:
    """Opaque tokens replay as opaque ones."""
    recording = lab.recording(credential=AzureIdentity(Foreign(lab.mode.clock.now())))
    lab.run(lambda: recording.ask("acquire_token_for_app", GRAPH))
    assert lab.answers()[0]["token"] == {"is_jwt": False}
    replay = lab.replay(credential=AzureIdentity(Foreign(0, AssertionError())))
    token = lab.run(lambda: replay.ask("acquire_token_for_app", GRAPH))
    assert token.reveal().startswith("simulated-")
    assert token.expires_at == pytest.approx(lab.mode.clock.now() + 3600, abs=5)


@pytest.mark.parametrize(
    ("disturbance", "error"),
    [
        pytest.param({"status": 400, "body": {"error": "invalid_scope"}}, TokenRequestFailed, id="refused"),
        pytest.param({"status": 400, "body": b"Identity not found"}, CredentialUnavailable, id="no identity"),
        pytest.param({"status": 405, "body": b"secret"}, TokenRequestFailed, id="something else"),
    ],
)
def test_failures_of_a_managed_identity_replay(
    lab: Lab, disturbance: dict[str, Any], error: type[AzureAdError]
) -> None:
    """What became of it is kept, and nothing that its host said."""
    lab.tenant.fail("managed_identity", **disturbance)
    environ = lab.tenant.managed_identity_environ("app_service")
    recording = lab.recording(credential=ManagedIdentity(), options={"environ": environ})
    with pytest.raises(error):
        lab.run(lambda: recording.ask("acquire_token_for_app", GRAPH))
    assert b"secret" not in lab.path.read_bytes()
    replay = lab.replay(credential=ManagedIdentity())
    with pytest.raises(error, match="replayed: managed identity"):
        lab.run(lambda: replay.ask("acquire_token_for_app", GRAPH))


def test_odd_tokens_have_a_structure_too(lab: Lab) -> None:
    """Claims of unusual kinds and times that are none do not disturb."""
    claims = {"exp": "later", "iat": 5, "acct": 1, "ver": "2.0", "amr": ["pwd", "mine"], "in_corp": True, "scp": 5}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert structure_of(f"e30.{payload}.eA", ()) == RecordedToken(
        claims={
            "exp": "text",
            "iat": "number",
            "acct": "number",
            "ver": "text",
            "amr": "list",
            "in_corp": "flag",
            "scp": "number",
        },
        kept={"acct": 1, "ver": "2.0", "amr": ("pwd",)},
    )
    assert structure_of("e30.e30!.eA", ()) == RecordedToken(is_jwt=False)
    assert structure_of("e30.AAAA.eA", ()) == RecordedToken(is_jwt=False)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ProviderUnavailable("secret", retry_after=7), ProviderUnavailable),
        (Throttled("secret", error="too_many", retry_after=9, aadsts=50196), Throttled),
    ],
)
def test_failures_of_other_sources_replay(lab: Lab, error: AzureAdError, raised: type[AzureAdError]) -> None:
    """With when to come back, and nothing of their texts."""
    answer = failure_as_answer(error)
    assert answer is not None
    with pytest.raises(raised, match="replayed: client credentials") as found:
        token_from_answer(answer, AskedToken(key=KEY, names={GRAPH: GRAPH}), runtime=lab.mode.runtime)
    assert getattr(found.value, "retry_after", None) == getattr(error, "retry_after", None)
    assert "secret" not in str(found.value)
