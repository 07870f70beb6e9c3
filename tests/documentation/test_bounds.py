"""The page of bounds, and that of versions, say what the code and the project say."""

import inspect
import re
import tomllib
from pathlib import Path

import httpx2
import pytest

from azuread_auth._adapters import async_runtime, blocking_runtime, command_runner, wire
from azuread_auth._core import (
    group_memberships,
    pauses,
    provider,
    refreshing,
    sender,
    shared_store,
    store_memory,
    tenant_rule,
    validator,
)
from azuread_auth._core.flows import exchange
from azuread_auth._core.known_groups import KnownGroups
from azuread_auth._core.local_tokens import LocalTokens
from azuread_auth._core.validated_tokens import ValidatedTokens
from azuread_auth._protocol import claims_request, jwk, jws, names, retry, strict_json
from azuread_auth._settings import plain
from azuread_auth._web import (
    cookies,
    login_form,
    next_path,
    pending_logins,
    recent_answers,
    sealed_sessions,
    session_admission,
    session_cookies,
    session_index,
    stored_sessions,
)
from azuread_auth._web.opened_sessions import OpenedSessions
from azuread_auth.credentials import identity_host, small_file, workload_identity
from azuread_auth.observability import logging as lines
from azuread_auth.observability.labels import BoundedLabels
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation import people, policies, request_details, request_log, server
from azuread_auth.simulation.grants.authorization_codes import AuthorizationCodes
from azuread_auth.simulation.grants.device_codes import DeviceCodes
from azuread_auth.simulation.grants.refresh_tokens import RefreshTokens
from azuread_auth.simulation.grants.replays import SeenAssertions
from azuread_auth.simulation.recordings import labels, recorder, recording_file
from azuread_auth.simulation.sign_in.provider_sessions import ProviderSessions
from azuread_auth.stores import redis
from azuread_auth.stores._redis import pool
from azuread_auth.stores.memory import MemoryStore

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
MIB = 1024 * 1024
FIGURE = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def default(callable_: object, name: str) -> int | float:
    """What an argument is when nobody says."""
    value: int | float = inspect.signature(callable_).parameters[name].default
    return value


BOUNDS = {
    "tokens of callers that were found good": [
        default(ValidatedTokens, "max_entries"),
        default(ValidatedTokens, "max_bytes") / MIB,
    ],
    "tokens for other APIs": [default(LocalTokens, "max_entries"), default(LocalTokens, "max_bytes") / MIB],
    "sessions in cookies that were opened": [
        default(OpenedSessions, "max_entries"),
        default(OpenedSessions, "max_bytes") / MIB,
    ],
    "entries of a `MemoryStore`": [default(MemoryStore, "max_entries"), default(MemoryStore, "max_bytes") / MIB],
    "what the shared store said or missed, while it may be away": [store_memory.MAX_REMEMBERED],
    "answers of a `tenants` rule": [tenant_rule._MAX_TENANTS],
    "who must not ask Entra again yet": [pauses._MAX_PAUSES],
    "answers of callbacks, for browsers that ask twice": [recent_answers._MAX_KEPT],
    "groups that Microsoft Graph told, of all callers together": [default(KnownGroups, "most_groups")],
    "callers and tenants for whom Graph is not asked again yet": [group_memberships._MOST_UNKNOWN],
    "sets of scopes, and of roles, that tokens have in common": [
        names._MAX_REMEMBERED,
        names._MAX_CHARACTERS,
        names._MAX_NAMES,
    ],
    "headers that tokens have in common": [validator._MAX_HEADERS, jws.MAX_HEADER_BYTES],
    "sessions whose refusal was logged": [session_admission._MOST_REPORTED],
    "kinds of log lines that are counted": [lines._MAX_KINDS],
    "tokens of managed identities, as digests, for when they are revoked": [identity_host._MAX_REMEMBERED],
    "a session": [stored_sessions._MOST_BYTES / 1024],
    "sessions of one user": [session_index._MOST_OF_USER],
    "sessions that came of one sign-in at Entra": [session_index._MOST_OF_SIGN_IN],
    "keys in a key set": [jwk.MAX_KEYS, provider._MAX_DOCUMENT_BYTES / MIB],
    "values of an attribute of a metric": [default(BoundedLabels, "limit")],
    "an access token": [jws.MAX_TOKEN_BYTES, 401],
    "its header": [jws.MAX_HEADER_BYTES, 401],
    "nesting of JSON in it": [strict_json.MAX_DEPTH, 401],
    "an answer of Entra": [exchange._MAX_ANSWER_BYTES / MIB],
    "a form that comes to the callback": [login_form.MAX_FORM_BYTES],
    "cookies of a request": [cookies._MAX_COOKIES],
    "`next` of a sign-in": [next_path._MAX_CHARACTERS],
    "a claims request": [claims_request._MAX_CLAIMS],
    "a federated token in a file": [workload_identity._MAX_TOKEN_BYTES],
    "any other credential in a file": [small_file.MAX_FILE_BYTES],
    "an RSA key": [jwk._MAX_RSA_BITS],
    "the cookies of a session": [
        len(session_cookies._PURPOSES),
        session_cookies._CHUNK_CHARACTERS,
        sealed_sessions._MOST_CHARACTERS,
    ],
    "sign-ins under way": [
        pending_logins._MAX_PENDING,
        pending_logins._MAX_COOKIE_BYTES,
        pending_logins._MAX_AGE_SECONDS / 60,
    ],
    "requests to Entra for the same thing": [1],
    "fetches for unknown key ids": [1, refreshing.RefreshPolicy().cool_down / 60],
    "one request to Entra": [
        AzureAdSettings.__dataclass_fields__["timeout_seconds"].default,
        plain._MAX_TIMEOUT_SECONDS,
    ],
    "repetitions of a token request": [len(sender._PAUSES), sender._LONGEST_SECONDS],
    "a wait that Entra asks for (`Retry-After`)": [retry.MAX_RETRY_AFTER_SECONDS],
    "one operation of Redis": [default(redis.RedisStore, "operation_seconds")],
    "one operation of another store": [shared_store._OPERATION_SECONDS],
    "threads of the async client": [async_runtime._MAX_THREADS, redis._MAX_THREADS],
    "background threads of the blocking client": [blocking_runtime._MAX_THREADS],
    "background tasks of the async client": [async_runtime._MAX_BACKGROUND],
    "connections to Entra and Graph": [
        wire._LIMITS["max_connections"],
        wire._LIMITS["max_keepalive_connections"],
        wire._LIMITS["keepalive_expiry"],
    ],
    "idle connections to Redis": [pool._MAX_IDLE, pool._MAX_IDLE_SECONDS],
    "commands of the Azure CLI": [command_runner._MAX_COMMANDS_AT_ONCE, command_runner._MAX_OUTPUT_BYTES],
    "log lines that are alike": [lines._MAX_PER_WINDOW, lines._WINDOW_SECONDS, lines._MAX_TEXT],
    "requests in its log": [request_log._MOST_REQUESTS, request_details._MAX_SCOPES],
    "its codes, device codes, browsers and strangers": [default(AuthorizationCodes, "most")],
    "consents of its users": [policies.MOST_CONSENTS],
    "identities that a recording tells apart": [labels._MOST_KEPT],
    "its refresh tokens": [default(RefreshTokens, "most")],
    "client assertions it has seen, that have not expired": [2 * default(SeenAssertions, "most")],
    "a body that is sent to it": [server._MAX_BODY_BYTES / MIB],
    "a connection that says nothing": [server._IDLE_SECONDS],
    "a recording": [recorder._MOST_ANSWERS, recording_file.MAX_FILE_BYTES],
}
WITHOUT_FIGURES = {"file descriptors", "threads", "room on the disk", "the right time"}
"""Rows that say what happens, of which other tests tell."""


def rows(page: str) -> dict[str, list[str]]:
    """The rows of all tables, by their first column, heads and rules left out."""
    found = {}
    for line in (REFERENCE / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] not in {"what", "without", "extra", "---", "version"}:
            found[cells[0]] = cells[1:]
    return found


@pytest.mark.parametrize("what", sorted(BOUNDS))
def test_bound_is_that_of_the_code(what):
    """The figures of the row are the constants, in their order."""
    figures = [float(figure.replace(",", "")) for figure in FIGURE.findall(" ".join(rows("bounds.md")[what]))]

    assert figures == BOUNDS[what]


def test_each_row_of_bounds_is_tested():
    """No figure stands there that nobody compares."""
    assert set(rows("bounds.md")) - WITHOUT_FIGURES == set(BOUNDS)


def test_the_simulation_keeps_as_much_of_each_kind():
    """What the page names together has one bound; connections of the async client have those of httpx2."""
    kinds = (AuthorizationCodes, DeviceCodes, ProviderSessions)
    assert {default(kind, "most") for kind in kinds} == {default(people.People, "most_strangers")}
    assert httpx2.Limits(**wire._LIMITS) == default(httpx2.AsyncHTTPTransport, "limits")


def as_cells(requirement: str) -> tuple[str, str, str]:
    """A requirement as the page has it: name, from, until."""
    name, floor, _, cap = re.fullmatch(r"([\w-]+)>=([\d.]+)(,<(\d+))?", requirement).groups()
    return name.lower(), floor, f"below {cap}" if cap else ""


def test_versions_are_those_of_the_project():
    """Each dependency and extra is listed with the versions that are declared, and no other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: needs for name, needs in project["optional-dependencies"].items() if name != "demo"}
    listed = {name: cells for name, cells in rows("versions.md").items() if name}
    python = listed.pop("Python")
    newest = listed.pop("the newest minor version")
    expected = {name: [floor, cap] for name, floor, cap in map(as_cells, project["dependencies"])}
    expected |= {f"`{name}`": list(as_cells(need)) for name, (need,) in extras.items()}

    assert {name if name.startswith("`") else name.lower(): cells for name, cells in listed.items()} == {
        **expected,
        "older": ["no", "no"],
    }
    assert f">={python[0]}" == project["requires-python"]
    assert newest[0] == "as patch versions"
