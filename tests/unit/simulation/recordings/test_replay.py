"""Replay: what is answered, and what is refused."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from azuread_auth.errors import ConfigurationError, ProviderUnavailable, ReplayMismatch, TokenRejected
from azuread_auth.ports import HttpRequest, HttpResponse
from azuread_auth.rejection import RejectionReason
from azuread_auth.simulation import Replay, SimulatedTenant
from azuread_auth.simulation.recordings.recording_file import who_else_may_change
from tests.integration.outbound import claims_of
from tests.unit.simulation.recordings.conftest import GRAPH, Lab
from tests.unit.simulation.recordings.network_watch import nothing_leaves

ASKED = {"flow": "client_credentials", "scopes": [GRAPH], "tenant": "configured", "client": "configured"}
GOOD = {"status": 200, "expires_in": 3599, "token": {"claims": {"aud": "text", "roles": "list"}, "lifetime": 3600}}
ELSEWHERE = {"transport": None, "authority_host": "login.microsoftonline.com"}


def write(lab: Lab, *answers: dict[str, Any], **asked: Any) -> None:
    """Write a recording by hand."""
    exchange = {"request": {**ASKED, **asked}, "answers": list(answers)}
    lab.path.write_text(json.dumps({"format": 1, "exchanges": [exchange]}))


def test_T130_each_token_is_new_and_of_now(lab: Lab) -> None:
    """T130: whenever it was recorded, the times are those of the client's clock, and no two tokens are alike."""
    write(lab, GOOD)
    seen = set()
    for _ in range(3):
        lab.mode.clock.advance(1_000_000)
        caller = lab.replay(**ELSEWHERE)
        token = lab.run(lambda caller=caller: caller.ask("acquire_token_for_app", GRAPH))
        claims = claims_of(token)
        assert claims["iat"] == claims["nbf"] == pytest.approx(lab.mode.clock.now(), abs=5)
        assert claims["exp"] - claims["iat"] == 3600
        assert token.expires_at == pytest.approx(claims["exp"], abs=5)
        assert claims["roles"] == ["simulated"]
        seen.add((token.reveal(), claims["uti"]))
    assert len(seen) == 3


def test_T130_only_the_simulation_goes_by_another_clock(lab: Lab) -> None:
    """T130: a validator judges the times of tokens by its own clock, with a replay or without."""
    write(lab, GOOD)
    token = lab.tenant.mint_token(expires_in=60)
    for caller in (lab.replay(), lab.caller(None)):
        assert lab.run(lambda caller=caller: caller.ask("validate_token", token)).kind == "user"
    lab.mode.clock.advance(600)
    for caller in (lab.replay(), lab.caller(None)):
        with pytest.raises(TokenRejected) as rejected:
            lab.run(lambda caller=caller: caller.ask("validate_token", token))
        assert rejected.value.reason is RejectionReason.EXPIRED


def test_T124_a_replayed_token_is_marked_and_admitted_by_nobody(lab: Lab) -> None:
    """T124, T125: the header says what it is, no provider is its issuer, and no key has signed it."""
    write(lab, {**GOOD, "token": {"claims": {"tid": "text", "scp": "text"}, "kept": {"scp": "a", "ver": "2.0"}}})
    caller = lab.replay()
    token = lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH)).reveal()
    header = json.loads(decoded(token.split(".")[0]))
    assert (header["alg"], header["simulated"]) == ("RS256", True)
    assert len(decoded(token.split(".")[2])) == 256
    assert claims_of(token)["iss"].startswith("https://simulated.azuread-auth.test/")
    for judge in (caller, lab.caller(None)):
        with pytest.raises(TokenRejected):
            lab.run(lambda judge=judge: judge.ask("validate_token", token))


def decoded(part: str) -> bytes:
    """Base64url without padding."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_answers_come_in_their_order_and_the_last_one_again(lab: Lab) -> None:
    """A refusal, a token, and from then on tokens."""
    refusal = {"status": 400, "error": {"error": "invalid_scope", "codes": [70011]}}
    write(lab, refusal, GOOD)
    caller = lab.replay(cache_enabled=False, **ELSEWHERE)
    with pytest.raises(Exception, match="AADSTS70011"):
        lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH))
    for _ in range(3):
        assert lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH))


def test_throttling_replays_with_its_retry_after(lab: Lab) -> None:
    """The sender waits as it would, and has the token that came then."""
    write(lab, {"status": 429, "error": {"retry_after": 3}}, GOOD)
    before = lab.mode.clock.monotonic()
    assert lab.run(lambda: lab.replay(**ELSEWHERE).ask("acquire_token_for_app", GRAPH))
    assert lab.mode.clock.monotonic() - before >= 3


def test_an_answer_without_a_token_is_none(lab: Lab) -> None:
    """As it was when it was recorded."""
    write(lab, {"status": 200})
    with pytest.raises(ProviderUnavailable, match="has no access_token"):
        lab.run(lambda: lab.replay(**ELSEWHERE).ask("acquire_token_for_app", GRAPH))


def test_T127_a_request_that_was_not_recorded_names_the_nearest(lab: Lab) -> None:
    """T127: the error names the request and what there is; nobody is connected to."""
    write(lab, GOOD)
    with nothing_leaves(), pytest.raises(ReplayMismatch) as mismatch:
        lab.run(lambda: lab.replay(**ELSEWHERE).ask("acquire_token_for_app", "api://orders/.default"))
    message = str(mismatch.value)
    assert "no answer to client_credentials for api://orders/.default (tenant configured, client configured)" in message
    assert f"the nearest that it has: client_credentials for {GRAPH}" in message
    assert not mismatch.value.retryable


def test_T127_an_empty_recording_has_nothing(lab: Lab) -> None:
    """T127: it is a recording all the same."""
    lab.path.write_text('{"format": 1, "exchanges": []}')
    with pytest.raises(ReplayMismatch, match="nothing at all"):
        lab.run(lambda: lab.replay(**ELSEWHERE).ask("acquire_token_for_app", GRAPH))


class Network:
    """A port that notes what reaches it."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.urls.append(request.url)
        return HttpResponse(status=200)

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "POST"])
def test_T127_nothing_but_metadata_and_sign_ins_goes_out(lab: Lab, method: str) -> None:
    """T127: whatever else is sent is refused, also where it is no form of the provider's at all."""
    write(lab, GOOD)
    simulated = lab.replay().client._wiring._simulation.requests
    network = Network()
    port = simulated.http(network)
    with pytest.raises(ReplayMismatch):
        lab.run(lambda: port.send(HttpRequest(url="https://example.com/x", method=method, body=b"a=1")))
    assert network.urls == []
    lab.run(lambda: port.send(HttpRequest(url="https://example.com/keys")))
    assert network.urls == ["https://example.com/keys"]


def test_a_replay_never_writes(lab: Lab) -> None:
    """Replayed twice, the file is the same to the byte, and nothing is beside it."""
    write(lab, GOOD)
    before, changed = lab.path.read_bytes(), lab.path.stat().st_mtime_ns
    for _ in range(2):
        caller = lab.replay(**ELSEWHERE)
        lab.run(lambda caller=caller: caller.ask("acquire_token_for_app", GRAPH))
    assert (lab.path.read_bytes(), lab.path.stat().st_mtime_ns) == (before, changed)
    assert list(lab.path.parent.iterdir()) == [lab.path]


@pytest.mark.parametrize("path", ["", None, b"x"])
def test_a_path_that_is_none_is_refused(path: Any) -> None:
    """At once, with what to give."""
    with pytest.raises(ConfigurationError, match="the path of a recording is missing"):
        Replay(path)


STRANGER = 12345
OTHERS: list[Any] = [
    pytest.param(0o644, None, 0o700, None, id="its owner alone"),
    pytest.param(0o666, None, 0o700, "everybody on this machine", id="everybody"),
    pytest.param(0o644, None, 0o777, "everybody on this machine", id="everybody, by the folder"),
    pytest.param(0o644, None, 0o1777, None, id="a folder like /tmp"),
    pytest.param(0o664, None, 0o700, None, id="a group of one"),
    pytest.param(0o664, (-1, STRANGER), 0o700, "its group", id="a group"),
    pytest.param(0o644, (STRANGER, -1), 0o700, "another user, who owns it,", id="another owner"),
]


@pytest.mark.parametrize(("mode", "owner", "folder", "who"), OTHERS)
def test_T129_who_else_may_change_a_recording_is_told(
    tmp_path: Path, mode: int, owner: tuple[int, int] | None, folder: int, who: str | None
) -> None:
    """T129: nothing in it is secret, but whoever may change it decides what is replayed."""
    path = tmp_path / "tokens.json"
    path.write_text("{}")
    path.chmod(mode)
    if owner is not None:
        if os.geteuid() != 0:
            pytest.skip("only root gives files away")
        os.chown(path, *owner)
    elif path.stat().st_uid != path.stat().st_gid and who is None:
        path.chmod(mode & ~0o020)
    tmp_path.chmod(folder)
    assert who_else_may_change(path) == who


def test_T129_others_who_may_change_it_are_a_warning(lab: Lab) -> None:
    """T129: when the client is made; a link, which is refused anyway, is told as that alone."""
    write(lab, GOOD)
    lab.path.chmod(0o666)
    lab.replay(**ELSEWHERE)
    [message] = lab.events.messages("simulation.recording")
    assert message.startswith("everybody on this machine may change the recording")
    link = lab.path.with_name("link.json")
    link.symlink_to(lab.path)
    with pytest.raises(ConfigurationError, match="is a link"):
        lab.caller(Replay(link))
    assert len(lab.events.messages("simulation.recording")) == 1
    assert who_else_may_change(link.with_name("missing.json")) is None


def test_replays_are_equal_by_their_file(tmp_path: Path) -> None:
    """Settings with equal replays are equal, and settings with one can be copied."""
    with SimulatedTenant() as tenant:
        one, same = (tenant.settings(simulation=Replay(tmp_path / "a.json")) for _ in range(2))
    assert one.simulation == same.simulation
    assert hash(one.simulation) == hash(same.simulation)


def test_T127_a_long_request_is_told_shortly(lab: Lab) -> None:
    """T127: what was recorded may name many scopes."""
    write(lab, GOOD, scopes=[f"api://orders/{number:0>100}" for number in range(150)])
    with pytest.raises(ReplayMismatch) as mismatch:
        lab.run(lambda: lab.replay(**ELSEWHERE).ask("acquire_token_for_app", GRAPH))
    assert len(str(mismatch.value)) < 1500
