"""Clients of others, as they come, against `azuread-auth simulate --tls`: each grant that they have."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from azuread_auth.simulation.users import DEFAULT_USERS
from tests.integration.outbound import claims_of
from tests.integration.strangers.matrix import CLIENTS, GRANTS, MATRIX

pytestmark = pytest.mark.slow

PROGRAMS: Final = Path(__file__).parent / "strangers"
COMMAND: Final = (
    sys.executable,
    "-W",
    "error",
    "-c",
    "import sys; from azuread_auth.cli.main import main; sys.exit(main())",
)
PATIENCE_SECONDS: Final = 90.0
ADELE: Final = DEFAULT_USERS["adele"].object_id
WIRE_NAMES: Final = {
    "secret": "client_credentials",
    "certificate": "client_credentials",
    "code": "authorization_code",
    "refresh": "refresh_token",
    "device": "device_code",
    "obo": "on_behalf_of",
}
"""The grants as the tenant's log has them."""
AUDIENCES: Final = {"code": None, "refresh": "api://bills"}  # the others ask for api://orders


class Unavailable(Exception):
    """A client that cannot be had on this machine."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a client printed, and what its tenant was asked."""

    calls: Mapping[str, Mapping[str, str]]
    token_requests: list[Mapping[str, Any]]
    environ: Mapping[str, str]


def outcome_of(client: str, folder: Path) -> Outcome:
    """Run a client against a tenant of its own. Raises Unavailable where it cannot be installed."""
    command = (
        [node(), str(openid_client(folder))] if client == "openid-client" else [sys.executable, program_of(client)]
    )
    with subprocess.Popen(
        [*COMMAND, "simulate", "--tls", "--certificate", "--json", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=surroundings(),
    ) as simulation:
        try:
            notice = json.loads(simulation.stdout.readline())
            environ = {
                **surroundings(),
                **notice["environ"],
                "STRANGER_CLIENT_SECRET": notice["client_secret"],
                "BROWSER": f"{sys.executable} {PROGRAMS / 'obliging_browser.py'} %s &",
            }
            ran = subprocess.run(
                command, env=environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
            )
            assert ran.returncode == 0, ran.stderr
            asked = requests_of(notice)
        finally:
            simulation.send_signal(signal.SIGINT)
    assert simulation.returncode == 0
    return Outcome(calls=json.loads(ran.stdout), token_requests=asked, environ=notice["environ"])


def surroundings() -> dict[str, str]:
    """The environment without whatever points at a tenant already, and without proxies."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    return kept | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def program_of(client: str) -> str:
    """The program that uses a client, where it is one for Python."""
    names = {"ours": "our_client", "msal": "msal_client", "azure-identity": "azure_identity_client"}
    return str(PROGRAMS / f"{names[client]}.py")


def node() -> str:
    """Where Node.js is. Raises Unavailable."""
    found = shutil.which("node")
    if found is None:
        message = "no Node.js on the PATH"
        raise Unavailable(message)
    return found


def openid_client(folder: Path) -> Path:
    """The program, beside its package that npm has installed. Raises Unavailable."""
    npm = shutil.which("npm")
    if npm is None:
        message = "no npm on the PATH"
        raise Unavailable(message)
    for name in ("package.json", "openid_client.mjs"):
        shutil.copy(PROGRAMS / name, folder)
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
    try:
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        message = "npm takes too long to install openid-client"
        raise Unavailable(message) from error
    if ran.returncode != 0:
        message = f"npm cannot install openid-client: {ran.stderr.strip()[-300:]}"
        raise Unavailable(message)
    return folder / "openid_client.mjs"


def requests_of(notice: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The token requests that the tenant's page lists."""
    trust = ssl.create_default_context(cafile=notice["environ"]["SSL_CERT_FILE"])
    log = httpx2.get(f"{notice['url']}simulation/requests", verify=trust, trust_env=False).json()
    return [entry for entry in log["entries"] if entry["kind"] == "token"]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Outcome]]:
    """The outcome of a client; all of them run at the same time, because they mostly wait."""
    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        running: dict[str, Future[Outcome]] = {
            client: pool.submit(outcome_of, client, tmp_path_factory.mktemp(client)) for client in CLIENTS
        }

        def wait_for(client: str) -> Outcome:
            try:
                return running[client].result()
            except Unavailable as missing:
                if os.environ.get("CI"):
                    pytest.fail(str(missing))
                pytest.skip(str(missing))

        yield wait_for


@pytest.mark.parametrize("grant", GRANTS)
@pytest.mark.parametrize("client", CLIENTS)
def test_grant_is_completed(outcome, client, grant):
    """The call that the table names gets a token for whom and for what it was asked."""
    had = outcome(client)
    claims = claims_of(had.calls[grant]["token"])
    assert had.calls[grant]["call"] == MATRIX[client][grant]
    assert claims["iss"] == f"{had.environ['AZURE_AUTHORITY_HOST']}/{had.environ['AZURE_TENANT_ID']}/v2.0"
    assert claims["azp"] == had.environ["AZURE_CLIENT_ID"]
    assert claims["aud"] == (AUDIENCES.get(grant, "api://orders") or had.environ["AZURE_CLIENT_ID"])
    if grant in ("secret", "certificate"):
        assert (claims["idtyp"], claims["azpacr"]) == ("app", "1" if grant == "secret" else "2")
    else:
        assert claims["oid"] == ADELE


@pytest.mark.parametrize("client", CLIENTS)
def test_each_token_was_got_by_its_grant(outcome, client):
    """The tenant was asked once for each token, by the grant that it stands for, device codes aside."""
    asked = [entry["grant"] for entry in outcome(client).token_requests]
    assert sorted(set(asked)) == sorted({WIRE_NAMES[grant] for grant in MATRIX[client]})
    assert sorted(each for each in asked if each != "device_code") == sorted(
        WIRE_NAMES[grant] for grant in MATRIX[client] if grant != "device"
    )


def test_table_is_complete():
    """Each client of the table has a call for each grant."""
    assert {client: list(calls) for client, calls in MATRIX.items()} == {client: list(GRANTS) for client in CLIENTS}
