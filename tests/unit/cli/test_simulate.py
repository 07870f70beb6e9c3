"""`azuread-auth simulate` as a process: what it prints, what its page says and mints, and for whom."""

import json
import os
import shlex
import signal
import socket
import ssl
import stat
import subprocess
from pathlib import Path

import httpx2
import pytest

from azuread_auth import AzureAdClient, AzureAdSettings
from azuread_auth.errors import TokenRejected
from azuread_auth.simulation.faults import FAULTS
from azuread_auth.simulation.users import DEFAULT_USERS
from tests.conftest import PLAIN_HTTP
from tests.unit.cli.conftest import PROGRAM, is_hung_up

TIMEOUT = 20.0
ORDER = {
    "user": "adele",
    "scopes": "Files.Read Files.Write",
    "roles": "",
    "version": 2,
    "expires_in": 600,
    "fault": "",
}


class Simulation:
    """A simulation in a process of its own."""

    def __init__(self, *arguments: str, before: tuple[str, ...] = ()) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
        self.process = subprocess.Popen(
            [*before, *PROGRAM, "simulate", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
        )

    def notice(self) -> dict:
        """What --json prints."""
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(self.process.communicate()[1])
        return json.loads(line)

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal; gives the exit code and what was printed since."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, out, err


@pytest.fixture
def start():
    """Start `azuread-auth simulate` with these arguments."""
    started: list[Simulation] = []

    def begin(*arguments: str) -> Simulation:
        started.append(Simulation(*arguments))
        return started[-1]

    yield begin
    for each in started:
        if each.process.returncode is None:
            each.end()


@pytest.fixture(scope="module")
def running():
    """The notice of a simulation that the tests of this file share, over plain HTTP."""
    simulation = Simulation("--json", "--port", "0")
    yield simulation.notice()
    assert simulation.end() == (0, "", "")


@pytest.fixture
def http(running):
    """A client for its page."""
    with httpx2.Client(base_url=running["url"], timeout=TIMEOUT, trust_env=False, verify=PLAIN_HTTP) as client:
        yield client


@pytest.fixture
def mint(running, http):
    """Order a token as the page does, with changes to the order and to the headers."""
    own = {"origin": running["provider"], "sec-fetch-site": "same-origin", "content-type": "application/json"}

    def order(headers=None, **changes):
        named = {name: value for name, value in (own | (headers or {})).items() if value is not None}
        return http.post("/simulation/tokens", content=json.dumps(ORDER | changes), headers=named)

    return order


@pytest.fixture
def validator(running):
    """The client of an application that has the environment which was printed."""
    with AzureAdClient(AzureAdSettings.from_env(running["environ"]), environ={}) as client:
        yield client


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_it_cleanly(start, number):
    """Ctrl-C, SIGTERM and a closed terminal end it with 0 and without a word, also while a connection is kept open."""
    simulation = start("--json", "--port", "0")
    port = int(simulation.notice()["provider"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as silent:
        assert simulation.end(number) == (0, "", "")
        assert is_hung_up(silent)


def test_T131_environment_is_in_a_file_while_it_runs(start, tmp_path):
    """The file is its owner's alone, whole once it is there, and gone afterwards; one that a crash left is replaced."""
    path = tmp_path / "simulated.env"
    path.write_text("# azuread-auth simulate: left over\n", encoding="utf-8")
    simulation = start("--json", "--port", "0", "--env-file", str(path))
    notice = simulation.notice()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    words = shlex.split(path.read_text(encoding="utf-8"), comments=True)
    assert dict(word.split("=", 1) for word in words if word != "export") == notice["environ"]
    assert simulation.end(signal.SIGHUP) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["taken.txt", "nowhere/simulated.env", "."])
def test_T131_no_other_file_is_overwritten(start, tmp_path, place):
    """Neither somebody's file nor a folder; nothing is served then."""
    (tmp_path / "taken.txt").write_text("mine", encoding="utf-8")
    simulation = start("--port", "0", "--env-file", str(tmp_path / place))
    out, err = simulation.process.communicate(timeout=TIMEOUT)
    assert (simulation.process.returncode, out) == (2, "")
    assert "--env-file" in err
    assert "Traceback" not in err
    assert (tmp_path / "taken.txt").read_text(encoding="utf-8") == "mine"


def test_file_of_another_run_is_left(start, tmp_path):
    """Who wrote it last owns it."""
    path = tmp_path / "simulated.env"
    first = start("--json", "--port", "0", "--env-file", str(path))
    first.notice()
    second = start("--json", "--port", "0", "--env-file", str(path))
    second.notice()
    first.end()
    assert path.exists()
    second.end()
    assert not path.exists()


def test_hang_up_that_is_ignored_stays_so():
    """`nohup` keeps it running."""
    simulation = Simulation("--json", "--port", "0", before=("nohup",))
    url = simulation.notice()["url"]
    simulation.process.send_signal(signal.SIGHUP)
    assert httpx2.get(url, trust_env=False).status_code == 200
    assert simulation.end()[0] == 0


def test_port_that_was_asked_for_is_insisted_on(start):
    """A port that somebody names and that is taken is an error that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        simulation = start("--tls", "--port", str(taken.getsockname()[1]))
        out, err = simulation.process.communicate(timeout=TIMEOUT)
    assert (simulation.process.returncode, out) == (2, "")
    assert "is taken; choose another with --port" in err
    assert "Traceback" not in err


def test_usual_port_is_not_insisted_on(start):
    """Two run side by side without an option."""
    first, second = (start("--json").notice()["provider"] for _ in range(2))
    assert first != second


def test_environment_can_be_read_by_a_shell(start):
    """What is printed without --json sets the variables in a shell, and is a comment otherwise."""
    simulation = start("--tls", "--port", "0")
    lines = [simulation.process.stdout.readline() for _ in range(9)]
    script = "".join(lines) + 'printf "%s\\n" "$AZURE_AUTHORITY_HOST" "$SSL_CERT_FILE"'
    shell = subprocess.run(["/bin/sh", "-eu", "-c", script], capture_output=True, text=True, check=True)
    host, authority = shell.stdout.split()
    assert lines[0].startswith(f"# azuread-auth simulate: nothing here is real. The page is {host}/")
    assert all(shlex.split(line)[0] == "export" and line.endswith("'\n") for line in lines[1:])
    assert authority.endswith("authority.pem")


def test_T131_certificate_is_of_this_run_and_gone_with_it(start):
    """The authority is in a file for its owner's folder, the key in none, and nothing is left in the end."""
    simulation = start("--tls", "--certificate", "--json", "--port", "0")
    notice = simulation.notice()
    environ = notice["environ"]
    files = ("AZURE_AD_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    authority, certificate = Path(environ["SSL_CERT_FILE"]), Path(environ["AZURE_CLIENT_CERTIFICATE_PATH"])
    assert {environ[name] for name in files} == {str(authority)}
    assert "PRIVATE KEY" not in authority.read_text(encoding="utf-8")
    assert [each.name for each in authority.parent.iterdir()] == ["authority.pem"]
    assert stat.S_IMODE(authority.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(certificate.stat().st_mode) == 0o600
    with AzureAdClient(AzureAdSettings.from_env(environ), environ={}) as client:
        assert client.acquire_token_for_app("api://orders/.default").reveal()
    assert simulation.end() == (0, "", "")
    assert not authority.parent.exists()
    assert not certificate.parent.exists()


def test_tls_is_checked_by_whoever_trusts_the_authority_alone(start):
    """The certificate is good for those who trust the file, and for nobody else."""
    notice = start("--tls", "--json", "--port", "0").notice()
    trust = ssl.create_default_context(cafile=notice["environ"]["SSL_CERT_FILE"])
    by_name = notice["url"].replace("127.0.0.1", "localhost")
    assert httpx2.get(notice["url"], verify=trust, trust_env=False).status_code == 200
    assert httpx2.get(by_name, verify=trust, trust_env=False).status_code == 200
    with pytest.raises(httpx2.ConnectError, match="certificate"):
        httpx2.get(notice["url"], trust_env=False)


def test_page_is_whole(running, http):
    """Accounts, registration, endpoints and environment are on the page, which says that nothing is real."""
    page = http.get("/").text
    assert "Simulated tenant &ndash; not Microsoft" in page
    for user in DEFAULT_USERS.values():
        assert user.object_id in page
    assert running["environ"]["AZURE_TENANT_ID"] in page
    assert f"export AZURE_AUTHORITY_HOST=&#x27;{running['provider']}&#x27;" in page
    assert running["client_secret"] in page
    assert all(f'value="{name}"' in page for name in FAULTS)


def test_page_runs_its_own_files_alone(http):
    """Nothing inline, nothing from elsewhere, nothing kept, nothing that other pages may show or read."""
    page = http.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    for path, media_type in {
        "/": "text/html",
        "/simulation/console.css": "text/css",
        "/simulation/console.js": "text/javascript",
        "/simulation/requests": "application/json",
    }.items():
        response = http.get(path, headers={"origin": "https://elsewhere.test"})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(media_type)
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert "no-store" in response.headers["cache-control"]
        assert "access-control-allow-origin" not in response.headers


def test_minted_token_is_good(mint, validator):
    """The page's token is what was ordered, and passes the checks of an application."""
    minted = mint().json()
    caller = validator.validate_token(minted["token"])
    assert caller.object_id == DEFAULT_USERS["adele"].object_id
    assert caller.scopes == {"Files.Read", "Files.Write"}
    assert minted["claims"]["exp"] - minted["claims"]["iat"] == 600
    assert minted["header"]["alg"] == "RS256"


def test_application_gets_a_token_of_its_own(mint, validator):
    """Without a user the roles are the application's."""
    caller = validator.validate_token(
        mint(user="application", scopes="", roles="Files.Read.All", version=1).json()["token"]
    )
    assert (caller.kind, caller.roles, caller.token_version) == ("app", {"Files.Read.All"}, "1.0")


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_can_be_ordered(mint, validator, fault):
    """Each fault that the page lists is in the token, and shown where it can still be read."""
    minted = mint(fault=fault).json()
    assert minted.keys() == {"token", "header", "claims"}
    if FAULTS[fault].reason is not None:
        with pytest.raises(TokenRejected) as refused:
            validator.validate_token(minted["token"])
        assert refused.value.reason == FAULTS[fault].reason


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"user": "nobody"}, id="unknown user"),
        pytest.param({"user": None}, id="user that is no text"),
        pytest.param({"fault": "nothing"}, id="unknown fault"),
        pytest.param({"version": 3}, id="unknown version"),
        pytest.param({"version": True}, id="version that is no number"),
        pytest.param({"expires_in": "600"}, id="lifetime as text"),
        pytest.param({"expires_in": True}, id="lifetime that is no number"),
        pytest.param({"expires_in": 10**12}, id="lifetime without measure"),
        pytest.param({"claims": {}}, id="member too many"),
    ],
)
def test_order_that_makes_no_sense_is_explained(mint, changes):
    """The page is told what is wrong."""
    refused = mint(**changes)
    assert refused.status_code == 400
    assert refused.json()["problem"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"origin": "https://elsewhere.test", "sec-fetch-site": "cross-site"}, id="of another site"),
        pytest.param({"origin": "null"}, id="of no site"),
        pytest.param({"origin": None}, id="of nobody"),
        pytest.param({"sec-fetch-site": "same-site"}, id="of another port"),
        pytest.param({"origin": "http://127.0.0.1:1"}, id="of another port of an old browser"),
        pytest.param({"host": "localhost"}, id="to another name than it is from"),
    ],
)
def test_T131_other_pages_get_no_token(mint, headers):
    """A page elsewhere, or one of another program on this machine, cannot have tokens minted."""
    refused = mint(headers)
    assert refused.status_code == 403
    assert "token" not in refused.json()


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_T131_forms_get_no_token(mint, media_type):
    """What a browser sends without asking first is no order."""
    assert mint({"content-type": media_type}).status_code == 415


@pytest.mark.parametrize(
    "host", ["elsewhere.test", "127.0.0.1.elsewhere.test:8402", "localhost.elsewhere.test", "[::2]"]
)
def test_T131_name_that_leads_here_is_not_answered(http, mint, host):
    """Somebody's own name for this machine opens neither page nor token nor the tenant itself (DNS rebinding)."""
    for path in ("/", "/simulation/requests", "/common/discovery/v2.0/keys"):
        refused = http.get(path, headers={"host": host})
        assert refused.status_code == 421
        assert "keys" not in refused.text
    assert mint({"host": host, "origin": f"http://{host}"}).status_code == 421


def test_wrong_methods_are_refused(http):
    """Each address says what it takes; asking first, as browsers do for other origins, is not among that."""
    assert http.get("/simulation/tokens").headers["allow"] == "POST"
    assert http.post("/").headers["allow"] == "GET, HEAD"
    assert http.options("/simulation/tokens").status_code == 405
    assert http.get("/nothing").status_code == 404


def test_log_is_told(running, http):
    """Requests to the tenant are listed with what came of them and without secrets, the page's own are not."""
    form = {
        "grant_type": "client_credentials",
        "client_id": running["environ"]["AZURE_CLIENT_ID"],
        "client_secret": "a wrong one",
        "scope": "api://orders/.default",
    }
    assert http.post(f"/{running['environ']['AZURE_TENANT_ID']}/oauth2/v2.0/token", data=form).status_code == 401
    log = http.get("/simulation/requests").json()
    newest = log["entries"][0]
    assert newest["request"] == "POST /{tenant}/oauth2/v2.0/token"
    assert newest["answer"] == "401 AADSTS7000215"
    assert (newest["grant"], newest["scopes"]) == ("client_credentials", "api://orders/.default")
    assert "a wrong one" not in json.dumps(log)
    assert not [entry for entry in log["entries"] if "/simulation" in entry["request"]]
    assert http.get(f"/simulation/requests?{log['state']}").json() == {"state": log["state"]}


def test_wrong_port_is_wrong_usage(run):
    """A port that is none ends the command with 2."""
    with pytest.raises(SystemExit) as ended:
        run("simulate", "--port", "70000")
    assert ended.value.code == 2


DIRECTORY = """
[[tenants]]
name = "Northwind"
id = "3f2a1b0c-4d5e-4f60-8a7b-9c8d7e6f5a4b"
domain = "northwind.test"

[[users]]
name = "kim"
display_name = "Kim <b>Young</b>"
about = "Paints & draws"
"""


def test_users_are_those_of_the_file(start, tmp_path):
    """The page has the tenant and the accounts of the file, as text, and mints tokens for them."""
    file = tmp_path / "directory.toml"
    file.write_text(DIRECTORY, encoding="utf-8")
    notice = start("--users", str(file), "--json", "--port", "0").notice()
    page = httpx2.get(notice["url"], trust_env=False).text
    order = httpx2.post(
        f"{notice['url']}simulation/tokens",
        json=ORDER | {"user": "kim"},
        headers={"origin": notice["provider"]},
        trust_env=False,
    )
    assert notice["environ"]["AZURE_TENANT_ID"] == "3f2a1b0c-4d5e-4f60-8a7b-9c8d7e6f5a4b"
    assert "Kim &lt;b&gt;Young&lt;/b&gt;: Paints &amp; draws" in page
    assert DEFAULT_USERS["adele"].object_id not in page
    assert order.json()["claims"]["name"] == "Kim <b>Young</b>"


@pytest.mark.parametrize("text", ["no TOML", None])
def test_file_that_is_no_directory_is_an_error(run, tmp_path, text):
    """What is wrong with the file is said before anything is served."""
    file = tmp_path / "directory.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    outcome = run("simulate", "--users", str(file), "--port", "0")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"azuread-auth simulate: {file}: ")
