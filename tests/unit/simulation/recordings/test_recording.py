"""Recording: what gets into the file, and what becomes of the file."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from azuread_auth._settings.simulation_mode import SimulationSurroundings
from azuread_auth.credentials import ManagedIdentity
from azuread_auth.errors import (
    ClientRejected,
    ConfigurationError,
)
from azuread_auth.simulation import Recording, Replay
from azuread_auth.stores.memory import MemoryStore
from tests.unit.simulation.recordings.conftest import GRAPH, Lab

OTHER = "0f1a2b3c-1111-4222-8333-444455556666"


def test_the_file_is_readable_and_small(lab: Lab) -> None:
    """An entry names the request and the structure of its answer; nothing of it is anybody's."""
    caller = lab.recording()
    lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH))
    document = json.loads(lab.path.read_text())
    assert document["format"] == 1
    [exchange] = document["exchanges"]
    assert exchange["request"] == {
        "flow": "client_credentials",
        "scopes": [GRAPH],
        "tenant": "configured",
        "client": "configured",
    }
    [answer] = exchange["answers"]
    assert (answer["status"], answer["expires_in"], answer["token"]["lifetime"]) == (200, 3600, 3600)
    assert answer["token"]["claims"]["roles"] == "list"
    assert answer["token"]["kept"] == {"azpacr": "1", "idtyp": "app", "ver": "2.0"}
    assert lab.path.read_text() == json.dumps(document, indent=2, sort_keys=True) + "\n"


def test_the_same_requests_make_the_same_file(lab: Lab) -> None:
    """What was recorded anew differs where the answers do, whatever order the requests came in."""

    def recorded(*scopes: str) -> bytes:
        caller = lab.recording()
        for scope in scopes:
            lab.run(lambda scope=scope: caller.ask("acquire_token_for_app", scope))
        return lab.path.read_bytes()

    assert recorded(GRAPH, "api://a/.default") == recorded("api://a/.default", GRAPH)


def test_the_first_answer_replaces_an_earlier_recording(lab: Lab) -> None:
    """Until something is recorded the earlier file stays; then it is replaced as a whole."""
    lab.path.write_text("earlier")
    caller = lab.recording()
    assert lab.path.read_text() == "earlier"
    lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH))
    assert len(lab.exchanges()) == 1


def test_clients_that_share_a_recording_add_to_it(lab: Lab) -> None:
    """Several clients of one application record into one file."""
    recording = Recording(lab.path)
    for scope in (GRAPH, "api://a/.default"):
        caller = lab.caller(recording)
        lab.run(lambda caller=caller, scope=scope: caller.ask("acquire_token_for_app", scope))
    twin = lab.callers[0].twin()
    twin.client.acquire_token_for_app("api://b/.default")
    assert len(lab.exchanges()) == 3


def test_T129_the_file_is_its_owners_alone(lab: Lab) -> None:
    """T129: mode 0600 whatever was there before, and nothing else in the folder."""
    lab.path.write_text("earlier")
    lab.path.chmod(0o666)
    caller = lab.recording()
    lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH))
    assert stat.S_IMODE(lab.path.stat().st_mode) == 0o600
    assert list(lab.path.parent.iterdir()) == [lab.path]


@pytest.mark.parametrize("path", ["", None, 5, "a\0b"])
def test_a_path_that_is_none_is_refused(path: Any) -> None:
    """At once, with what to give."""
    with pytest.raises(ConfigurationError, match="the path of a recording is missing"):
        Recording(path)


def test_T128_a_file_that_cannot_be_written_stops_the_start(lab: Lab, tmp_path: Path) -> None:
    """T128: no folder, a folder in the file's place, a link: told when the client is made."""
    link, folder = tmp_path / "link.json", tmp_path / "folder.json"
    link.symlink_to(tmp_path / "elsewhere.json")
    folder.mkdir()
    for path in (tmp_path / "missing" / "tokens.json", link, folder):
        with pytest.raises(ConfigurationError, match="the recording"):
            lab.caller(Recording(path))
    assert not (tmp_path / "elsewhere.json").exists()


def test_recordings_are_equal_by_their_file(tmp_path: Path) -> None:
    """Settings with equal recordings are equal."""
    one, same = Recording(tmp_path / "a.json"), Recording(str(tmp_path / "a.json"))
    assert (one, hash(one)) == (same, hash(same))
    assert one not in (Recording("b.json"), "a.json")
    assert repr(Recording("/b.json")) == "Recording('/b.json')"
    assert one.path == tmp_path / "a.json"


@pytest.mark.parametrize("kind", [Recording, Replay])
def test_a_relative_path_is_of_the_folder_of_now(kind: type[Recording | Replay]) -> None:
    """An application that changes its folder later still means the same file."""
    assert kind("tokens.json").path == Path.cwd() / "tokens.json"


def test_a_path_relative_to_nothing_is_refused(tmp_path: Path, run_forked: Any) -> None:
    """Where the current folder is gone, there is no telling which file it is."""

    def in_child() -> bytes:
        gone = tmp_path / "gone"
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()
        try:
            Recording("tokens.json")
        except ConfigurationError as error:
            return str(error).encode()
        return b""

    assert b"the current folder cannot be told" in run_forked(in_child)


def test_two_recordings_of_the_same_are_the_same(lab: Lab) -> None:
    """Lifetimes that are counted from the clock are kept in whole minutes, and short ones as they are."""
    environ = lab.tenant.managed_identity_environ("app_service")

    def recorded() -> bytes:
        caller = lab.recording(credential=ManagedIdentity(), options={"environ": environ}, cache_enabled=False)
        lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH))
        return lab.path.read_bytes()

    before = recorded()
    lab.mode.clock.advance(7)
    assert recorded() == before


def test_the_host_of_an_identity_is_not_asked_twice(lab: Lab) -> None:
    """What a credential asks of this machine is no form of the provider; the token that comes of it is recorded."""
    environ = lab.tenant.managed_identity_environ("cloud_shell")
    caller = lab.recording(credential=ManagedIdentity(), options={"environ": environ})
    lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH))
    assert [exchange["request"]["flow"] for exchange in lab.exchanges()] == ["managed_identity"]


def test_a_recording_that_fails_costs_no_request(lab: Lab, tmp_path: Path) -> None:
    """The folder is gone: the token is there all the same, and the log says what to check."""
    folder = tmp_path / "gone"
    folder.mkdir()
    caller = lab.caller(Recording(folder / "tokens.json"))
    folder.rmdir()
    token = lab.run(lambda: caller.ask("acquire_token_for_app", GRAPH))
    assert token.reveal()
    [message] = lab.events.messages("simulation.recording")
    assert "cannot be written (No such file or directory)" in message


def test_threads_record_into_a_whole_file(lab: Lab) -> None:
    """Many at once: each answer is there, and the file can be read at any time."""
    recording = Recording(lab.path)
    caller = lab.caller(recording)
    scopes = [f"api://a{number}/.default" for number in range(10)]

    async def body() -> None:
        await lab.mode.gather(*(lambda scope=scope: caller.ask("acquire_token_for_app", scope) for scope in scopes))

    lab.run(body)
    assert len(lab.exchanges()) == 10


def test_requested_claims_are_part_of_the_request(lab: Lab) -> None:
    """A request with claims has other answers than one without; what the client is able to do is no difference."""
    recording = lab.recording(client_capabilities=("CP1",))
    lab.run(lambda: recording.ask("acquire_token_for_app", GRAPH))
    claims = {"access_token": {"acrs": {"value": "c1"}, "mine": None}}
    lab.run(lambda: recording.ask("acquire_token_for_app", GRAPH, claims=claims))
    assert [exchange["request"].get("claims") for exchange in lab.exchanges()] == [None, ["acrs", "other"]]


def test_other_tenants_and_clients_have_numbers(lab: Lab) -> None:
    """Their ids are not in the file."""
    recording = lab.recording()
    lab.tenant.fail("token", aadsts=90002)
    with pytest.raises(ClientRejected):
        lab.run(
            lambda: recording.ask("acquire_token_for_app", f"api://{lab.tenant.client_id}/.default", tenant_id=OTHER)
        )
    [exchange] = lab.exchanges()
    assert exchange["request"]["tenant"] == "tenant-1"
    assert exchange["request"]["scopes"] == ["api://{client}/.default"]


def test_a_mistake_of_the_application_is_not_recorded(lab: Lab) -> None:
    """It makes it again by itself."""
    environ = lab.tenant.managed_identity_environ("app_service")
    recording = lab.recording(credential=ManagedIdentity(client_id=OTHER), options={"environ": environ})
    with pytest.raises(ConfigurationError):
        lab.run(lambda: recording.ask("acquire_token_for_app", GRAPH, tenant_id=OTHER))
    assert not lab.path.exists()


def test_T125_a_shared_store_gets_no_token(lab: Lab) -> None:
    """T125: while requests are recorded or replayed, tokens are kept in memory, apart from everybody's real ones."""
    store = MemoryStore()
    for simulation in (lab.recording, lab.replay):
        caller = simulation(options={})
        caller.client = type(caller.client)(
            caller.client.settings, store, runtime=lab.mode.runtime, environ={}, observer=lab.events
        )
        lab.run(lambda caller=caller: caller.ask("acquire_token_for_app", GRAPH))
    assert not any(entries.cache for entries in store._by_process.values())


def test_T125_each_client_with_a_simulation_says_so(lab: Lab) -> None:
    """T125: loudly, when it is made."""
    lab.recording()
    [message] = lab.events.messages("simulation.on")
    assert message.startswith("token requests of this client are simulated by Recording(")
    assert "whom the application admits stays as it is" in message


def test_a_simulation_of_ones_own_is_used(lab: Lab) -> None:
    """Whatever stands between, it is told which client it is for."""
    begun: list[SimulationSurroundings] = []

    class Own:
        def begin(self, surroundings: SimulationSurroundings) -> Any:
            begun.append(surroundings)
            return self

        def http(self, http: Any) -> Any:
            return http

        def credential(self, credential: Any) -> Any:
            return credential

    lab.caller(Own())
    assert begun[0].client_id == lab.tenant.client_id
    assert begun[0].tenants == {lab.tenant.tenant_id}
