"""`azuread-auth token`: what is printed for people and programs, and what an error looks like."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from azuread_auth.simulation import SimulatedTenant
from tests.conftest import PLAIN_HTTP

GRAPH = "https://graph.microsoft.com/.default"
PERSONAL = ("Adele Vance", "adele@contoso.onmicrosoft.com", "5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41")
# As in a terminal: whoever runs the tests in the background may ignore Ctrl-C, and child processes inherit that.
INTERRUPTIBLE = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
RUN = "from azuread_auth.cli.main import main; sys.exit(main())"
PROGRAM = (sys.executable, "-W", "error", "-c", INTERRUPTIBLE + RUN)


@pytest.fixture
def directory():
    """A tenant of this test alone, over loopback HTTP; device codes may be asked after at any time."""
    with SimulatedTenant() as simulated:
        simulated.behaviour.device_interval_seconds = 0
        simulated.serve()
        yield simulated


class Browser:
    """Signs in as Adele would, by HTTP, and keeps what the listener answered."""

    def __init__(self, tenant, **changes):
        self.tenant = tenant
        self.changes = changes
        self.answers = []
        self.url = None

    def __call__(self, url):
        self.url = url
        parameters = self.tenant.sign_in(url) | self.changes
        self.go(f"/?{urlencode(parameters)}")
        return True

    def go(self, path):
        """Ask the listener for something."""
        redirect_uri = parse_qs(urlsplit(self.url).query)["redirect_uri"][0]
        with httpx2.Client(trust_env=False, verify=PLAIN_HTTP, timeout=10) as http:
            self.answers.append(http.get(f"{redirect_uri}{path}"))


def started(*arguments, environ):
    """The command in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    return subprocess.Popen(
        [*PROGRAM, "token", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean | environ,
    )


def code_in(line):
    """The user code in what is shown."""
    return line.split("code ", 1)[1].split()[0].rstrip(".")


def test_token_of_application_is_masked(run, directory):
    """What is printed says whom the token is for, and not the token."""
    outcome = run("token", "app", GRAPH, environ=directory.environ())
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("OK: a token for https://graph.microsoft.com, which expires in 59 minutes")
    assert directory.client_id in outcome.out
    assert "access_as_app" in outcome.out
    assert "eyJ" not in outcome.out
    assert directory.client_secret not in outcome.out


def test_revealed_token_is_alone_on_standard_output(run, directory):
    """--reveal prints the token for $(...), and the rest elsewhere."""
    outcome = run("token", "app", GRAPH, "--reveal", environ=directory.environ())
    token = outcome.out.removesuffix("\n")
    assert outcome.code == 0
    assert token.startswith("eyJ")
    assert not any(character.isspace() for character in token)
    assert "OK: a token for" in outcome.err
    assert token not in outcome.err


@pytest.mark.parametrize("is_revealed", [False, True])
def test_json_is_for_programs(run, directory, is_revealed):
    """--json has the facts, and the token only if it is to be revealed."""
    arguments = ("--json", *(["--reveal"] if is_revealed else []))
    outcome = run("token", "app", *arguments, GRAPH, environ=directory.environ())
    facts = json.loads(outcome.out)
    assert (facts["audience"], facts["application"]) == ("https://graph.microsoft.com", directory.client_id)
    assert facts["tenant_id"] == directory.tenant_id
    assert facts["roles"] == ["access_as_app"]
    assert facts["signed_in"] is None
    assert facts["simulated"] is False
    assert 3500 < facts["expires_in_seconds"] <= 3600
    assert (facts["token"] is not None) is is_revealed
    assert is_revealed or "eyJ" not in outcome.out


@pytest.fixture
def recorded(tmp_path):
    """A recording of a token for the application."""
    path = tmp_path / "tokens.json"
    request = {"flow": "client_credentials", "scopes": [GRAPH], "tenant": "configured", "client": "configured"}
    answer = {"status": 200, "expires_in": 3600, "token": {"claims": {"aud": "text"}}}
    path.write_text(json.dumps({"format": 1, "exchanges": [{"request": request, "answers": [answer]}]}))
    return path


@pytest.mark.parametrize("options", [(), ("--reveal",), ("--json",)])
def test_T125_a_replayed_token_is_told_as_such(run, directory, recorded, options):
    """T125: for people on standard error, for programs as a member too."""
    simulated = {"AZURE_AD_SIMULATION_MODE": "replay", "AZURE_AD_SIMULATION_FILE": str(recorded)}
    outcome = run("token", "app", *options, GRAPH, environ=directory.environ() | simulated)
    assert outcome.code == 0
    assert outcome.err.startswith("SIMULATED: AZURE_AD_SIMULATION_MODE is replay, so that the token is made up ")
    assert "SIMULATED" not in outcome.out
    assert "--json" not in options or json.loads(outcome.out)["simulated"] is True
    assert directory.request_count("token") == 0


def test_T125_a_sign_in_is_not_called_simulated(run, directory, recorded):
    """T125: its token is real in a replay too, and is good for something."""
    simulated = {"AZURE_AD_SIMULATION_MODE": "replay", "AZURE_AD_SIMULATION_FILE": str(recorded)}
    arguments = ("token", "user", "User.Read", "--json")
    environ = directory.environ() | simulated
    outcome = run(*arguments, environ=environ, platform="darwin", open_browser=Browser(directory))
    assert (outcome.code, json.loads(outcome.out)["simulated"]) == (0, False)
    assert "SIMULATED" not in outcome.err
    assert directory.request_count("token") == 1


@pytest.mark.parametrize("is_json", [False, True])
def test_a_recording_is_not_replaced(run, directory, recorded, is_json):
    """What the application has recorded stays what it is: the command is refused."""
    before = recorded.read_bytes()
    simulated = {"AZURE_AD_SIMULATION_MODE": "recording", "AZURE_AD_SIMULATION_FILE": str(recorded)}
    arguments = ("--json", GRAPH) if is_json else (GRAPH,)
    outcome = run("token", "app", *arguments, environ=directory.environ() | simulated)
    assert outcome.code == 2
    assert "AZURE_AD_SIMULATION_MODE is recording" in (outcome.out if is_json else outcome.err)
    assert recorded.read_bytes() == before
    assert directory.request_count("token") == 0


def test_each_token_is_newly_issued(run, directory):
    """Nothing is kept between two calls."""
    for _ in range(2):
        run("token", "app", GRAPH, environ=directory.environ())
    assert directory.request_count("token") == 2


def test_claims_are_passed_on(run, directory):
    """--claims gets to the provider."""
    browser = Browser(directory)
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
    arguments = ("token", "user", "User.Read", "--claims", claims)
    run(*arguments, environ=directory.environ(), platform="darwin", open_browser=browser)
    assert json.loads(parse_qs(urlsplit(browser.url).query)["claims"][0]) == json.loads(claims)


def test_opaque_token_is_told_as_such(run, directory):
    """A token that is no JSON Web Token is none of our business to read."""
    answer = {"access_token": "opaque-text", "token_type": "Bearer", "expires_in": 3600}
    directory.fail("token", status=200, body=answer, times=1)
    outcome = run("token", "app", GRAPH, environ=directory.environ())
    assert outcome.code == 0
    assert "The token is opaque" in outcome.out
    assert "opaque-text" not in outcome.out


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(({"AZURE_CLIENT_SECRET": "wrong-value"}, (GRAPH,), 1, "the client secret is wrong"), id="refused"),
        pytest.param(({"AZURE_CLIENT_SECRET": ""}, (GRAPH,), 2, "has no credential"), id="no credential"),
        pytest.param(({"AZURE_CLIENT_ID": "x"}, (GRAPH,), 2, "AZURE_CLIENT_ID is not a GUID"), id="wrong settings"),
        pytest.param(({}, (), 2, "no scope of an API was given"), id="no scope"),
        pytest.param(({}, ("User.Read",), 2, "/.default"), id="a user's scope"),
        pytest.param(({}, (GRAPH, "--claims", "x"), 2, "claims= is not"), id="no claims"),
        pytest.param(({}, (GRAPH, "--tenant", "../x"), 2, "tenant_id"), id="no tenant"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_error_says_what_to_do(run, directory, case, as_json):
    """Each kind of error has its exit code and a message; nothing secret is in it, and --json has it as an object."""
    change, arguments, code, told = case
    environ = directory.environ() | change
    outcome = run("token", "app", *arguments, *(["--json"] if as_json else []), environ=environ)
    assert outcome.code == code
    assert told in (outcome.out if as_json else outcome.err)
    assert (outcome.out == "") is not as_json
    for secret in filter(None, (directory.client_secret, environ["AZURE_CLIENT_SECRET"])):
        assert secret not in outcome.out + outcome.err


def test_unreachable_provider_is_unusable(run, directory):
    """Where something else answers in the provider's place, the command that looks closer is named."""
    directory.fail("token", status=200, body="a captive portal")
    outcome = run("token", "app", GRAPH, environ=directory.environ())
    assert (outcome.code, outcome.out) == (2, "")
    assert "azuread-auth doctor" in outcome.err


def test_json_error_has_what_support_asks_for(run, directory):
    """The object has the codes and ids of the provider's answer."""
    outcome = run("token", "app", GRAPH, "--json", environ=directory.environ() | {"AZURE_CLIENT_SECRET": "wrong"})
    error = json.loads(outcome.out)["error"]
    assert (error["code"], error["oauth_error"], error["aadsts"]) == ("client_rejected", "invalid_client", 7000215)
    assert error["correlation_id"]
    assert error["trace_id"]
    assert (error["has_claims"], error["retryable"]) == (False, False)


def test_missing_consent_says_what_to_do(run, directory):
    """A user who has to consent, or do more to sign in, is told how."""
    directory.fail("token", aadsts=65001, grant_type="authorization_code")
    arguments = ("token", "user", "User.Read", "--json")
    browser = Browser(directory)
    outcome = run(*arguments, environ=directory.environ(), platform="darwin", open_browser=browser)
    error = json.loads(outcome.out)["error"]
    assert (outcome.code, error["code"], error["aadsts"]) == (1, "interaction_required", 65001)
    assert "--prompt consent" in error["remedy"]
    directory.fail("token", aadsts=50076, grant_type="authorization_code", claims='{"access_token":{}}')
    outcome = run(*arguments, environ=directory.environ(), platform="darwin", open_browser=browser)
    error = json.loads(outcome.out)["error"]
    assert error["has_claims"] is True
    assert "--prompt login" in error["remedy"]


def test_device_code_of_a_strange_provider_is_shown_harmlessly(run, directory):
    """A message that could steer the terminal is not repeated; address and code are told in its place."""
    answer = {
        "device_code": "device-code",
        "user_code": "ABCD",
        "verification_uri": "https://example.com/device",
        "message": "\x1b[2J enter ABCD",
        "expires_in": 0,
        "interval": 0,
    }
    directory.fail("devicecode", status=200, body=answer)
    outcome = run("token", "device", "User.Read", environ=directory.environ())
    assert outcome.code == 1
    assert "open https://example.com/device in a browser and enter the code ABCD" in outcome.err
    assert "\x1b" not in outcome.err
    assert "device-code" not in outcome.err


def test_throttling_says_when_to_ask_again(run, directory):
    """A provider that has had enough is a refusal, with the time to wait."""
    directory.fail("token", status=429, retry_after=300)
    outcome = run("token", "app", GRAPH, "--json", environ=directory.environ())
    error = json.loads(outcome.out)["error"]
    assert outcome.code == 1
    assert (error["code"], error["retry_after"], error["retryable"]) == ("throttled", 300.0, True)


def test_user_signs_in_with_the_browser(run, directory):
    """The browser comes back to a loopback address, whatever the port, and the user's token is told of, masked."""
    browser = Browser(directory)
    outcome = run("token", "user", "User.Read", environ=directory.environ(), platform="darwin", open_browser=browser)
    assert outcome.code == 0, outcome.err
    assert "scopes       User.Read" in outcome.out
    assert "signed in    A*** (a***)" in outcome.out
    assert not any(value in outcome.out + outcome.err for value in PERSONAL)
    assert "http://localhost" in outcome.err
    asked = parse_qs(urlsplit(browser.url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert urlsplit(asked["redirect_uri"][0]).hostname == "localhost"


def test_T107_page_in_the_browser_is_bare(run, directory):
    """The page that is left says that it can be closed, is not kept, and loads nothing."""
    browser = Browser(directory)
    run("token", "user", "User.Read", environ=directory.environ(), platform="darwin", open_browser=browser)
    (answer,) = browser.answers
    assert answer.status_code == 200
    assert "You can close this page" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_port_and_hints_are_the_users_choice(run, directory):
    """--port, --login-hint and --prompt are what the sign-in is begun with."""
    browser = Browser(directory)
    options = ("--port", "0", "--login-hint", "adele", "--prompt", "select_account", "--json")
    environ = directory.environ()
    outcome = run("token", "user", "User.Read", *options, environ=environ, platform="darwin", open_browser=browser)
    asked = parse_qs(urlsplit(browser.url).query)
    assert (asked["login_hint"], asked["prompt"]) == (["adele"], ["select_account"])
    signed_in = {"name": "A***", "username": "a***", "tenant_id": directory.tenant_id}
    assert json.loads(outcome.out)["signed_in"] == signed_in


def test_declined_sign_in_is_refused(run, directory):
    """A user who cancels is a refusal; what the provider says in words is not repeated."""

    def decline(url):
        redirect_uri = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        httpx2.get(f"{redirect_uri}/?{urlencode(directory.decline_sign_in(url))}", trust_env=False)
        return True

    outcome = run("token", "user", "User.Read", environ=directory.environ(), platform="darwin", open_browser=decline)
    assert (outcome.code, outcome.out) == (1, "")
    assert "the provider ended the sign-in (access_denied" in outcome.err


def test_address_is_shown_where_no_browser_opens(run, directory):
    """Where the browser does not open, the address is printed, and works."""
    browser = Browser(directory)

    def fail_to_open(url):
        threading.Timer(0.3, browser, args=(url,)).start()
        return False

    outcome = run(
        "token", "user", "User.Read", environ=directory.environ(), platform="win32", open_browser=fail_to_open
    )
    assert outcome.code == 0
    assert "no browser could be opened; open this address" in outcome.err
    assert browser.url in outcome.err


@pytest.mark.parametrize(
    ("options", "display"),
    [pytest.param(("--no-browser",), ":0", id="not wanted"), pytest.param((), "", id="no display")],
)
def test_address_is_printed_without_a_desktop(directory, options, display):
    """Without a display, or with --no-browser, the address is printed for somebody to open."""
    screen = {"DISPLAY": display, "WAYLAND_DISPLAY": ""}
    process = started("user", "User.Read", *options, environ=directory.environ() | screen)
    while "redirect_uri" not in (line := process.stderr.readline()):
        assert line or process.poll() is None
    browser = Browser(directory)
    browser(line.strip())
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert out.startswith("OK: a token for https://graph.microsoft.com")


def test_what_browsers_print_is_not_the_result(directory, tmp_path):
    """A browser that talks, and goes on, neither gets into the output nor keeps the pipe open."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho opening\necho "$1" > {tmp_path}/part && mv {tmp_path}/part {tmp_path}/url\n')
    browser.chmod(0o755)
    screen = {"DISPLAY": ":0", "BROWSER": f"{browser} %s"}
    process = started("user", "User.Read", "--reveal", environ=directory.environ() | screen)
    deadline = time.monotonic() + 20
    while not (tmp_path / "url").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    Browser(directory)((tmp_path / "url").read_text().strip())
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert out.startswith("eyJ")
    assert "opening" not in out + err


def test_wrong_wishes_are_wrong_usage(run, directory):
    """What cannot be asked for is told before anybody has to sign in."""
    environ = directory.environ()
    assert run("token", "user", environ=environ).code == 2
    assert "prompt= is not known" in run("token", "user", "User.Read", "--prompt", "x", environ=environ).err
    assert "no scope" in run("token", "device", environ=environ).err


def test_user_signs_in_on_another_device(directory):
    """The code is shown, and when somebody has entered it the token is told of."""
    process = started("device", "User.Read", environ=directory.environ())
    shown = process.stderr.readline()
    assert "microsoft.com" in shown or "http" in shown
    directory.approve_device(code_in(shown))
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "signed in    A*** (a***)" in out


def test_T119_device_sign_in_ends_when_declined(directory):
    """A user who says no ends the waiting; of the codes only the user's own is shown."""
    process = started("device", "User.Read", "--json", environ=directory.environ())
    directory.decline_device(code_in(process.stderr.readline()))
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (1, "")
    assert json.loads(out)["error"]["code"] == "login_failed"


def test_T119_ctrl_c_gives_up(directory):
    """Ctrl-C ends the waiting for a device with 130 and without a traceback."""
    directory.behaviour.device_interval_seconds = 5
    process = started("device", "User.Read", environ=directory.environ())
    process.stderr.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")
