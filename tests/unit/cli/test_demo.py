"""`azuread-auth demo` as a process: real sockets, real signals."""

import io
import signal
import socket
import subprocess
import sys

import httpx2
import pytest

from azuread_auth.cli.demo import has_browser
from azuread_auth.cli.demo_app.cases import CASES, GROUPS
from azuread_auth.cli.surroundings import Surroundings
from tests.conftest import PLAIN_HTTP
from tests.unit.cli.conftest import is_hung_up

TIMEOUT = 20.0
TOKEN_HEADER = "Authorization: Bearer "


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def http(running_demo):
    """A browser of its own at the demonstration that these tests share."""
    with httpx2.Client(base_url=running_demo, timeout=TIMEOUT, trust_env=False, verify=PLAIN_HTTP) as http:
        yield http


@pytest.fixture
def demo(start_demo):
    """A demonstration for one test, which may end it, with a client for its page."""
    started = start_demo("--json", "--port", "0")
    with httpx2.Client(base_url=started.notice()["url"], timeout=TIMEOUT, trust_env=False, verify=PLAIN_HTTP) as http:
        started.http = http
        yield started


def token_of(performance):
    """The token in the request that the page shows."""
    _, found, rest = performance["request"].partition(TOKEN_HEADER)
    return rest.rstrip("'") if found else None


def test_page_is_served_whole(http):
    """The page and its parts are public, may load nothing from elsewhere and run no inline script."""
    for path, content_type in {
        "/": "text/html",
        "/demo/demo.js": "text/javascript",
        "/demo/demo.css": "text/css",
        "/demo/pages.css": "text/css",
        "/demo/icon.svg": "image/svg+xml",
    }.items():
        response = http.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(content_type)
        assert "'unsafe-inline'" not in response.headers["content-security-policy"]
        assert "default-src 'none'" in response.headers["content-security-policy"]


def test_all_but_the_page_is_protected(http):
    """Whatever is not the page needs a token, whether it exists or not."""
    protected = ("/files", "/docs", "/nowhere", "/demo", "/demo/..%2fcases.py", "/profile", "/mailbox/messages")
    assert [http.get(path).status_code for path in protected] == [401] * len(protected)
    assert http.get("/demo/nothing").status_code == 404
    assert http.post("/demo/cases/nothing").status_code == 404


def test_every_case_ends_as_it_says(http):
    """Each case gets its status and its reason, in whatever order they are played."""
    for name in [*CASES, *reversed(CASES)]:
        case = CASES[name]
        performance = http.post(f"/demo/cases/{name}").json()
        assert performance["is_as_expected"], performance
        assert performance["answer"]["status"] == case.expected_status
        reasons = [entry["reason"] for entry in performance["log"]]
        assert case.expected_reason is None or case.expected_reason in reasons


def test_reasons_stay_with_the_operator(http):
    """The reason code is in the log alone: the API answers every bad token alike."""
    bad = [name for name, case in CASES.items() if case.expected_status == 401 and case.wishes is not None]
    answers = []
    for name in bad:
        performance = http.post(f"/demo/cases/{name}").json()
        answers.append((performance["answer"]["headers"], performance["answer"]["body"]))
        (refusal,) = [entry for entry in performance["log"] if entry["reason"] == CASES[name].expected_reason]
        assert refusal["remedy"]
    assert len(bad) >= 6
    assert answers == [answers[0]] * len(answers)


def test_shown_request_is_the_one_that_counts(http):
    """The curl command's token does for anybody else what it did on the page."""
    for name in ("good", "expired", "missing-scope"):
        case = CASES[name]
        performance = http.post(f"/demo/cases/{name}").json()
        headers = {"Authorization": f"Bearer {token_of(performance)}"}
        assert http.request(case.method, case.path, headers=headers).status_code == case.expected_status


def test_missing_scope_is_named_to_the_caller(http):
    """Whoever lacks a permission is told which, by its full name."""
    answer = http.post("/demo/cases/missing-scope").json()["answer"]
    challenge = dict(answer["headers"])["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert "/Files.Write" in challenge


def test_outage_is_over_when_the_case_is(http):
    """After an outage was played things are as before: keys come, and unknown ones are refused for good."""
    assert http.post("/demo/cases/outage-unknown-key").json()["answer"]["status"] == 503
    assert http.post("/demo/cases/unknown-key").json()["answer"]["status"] == 401
    assert http.post("/demo/cases/good-v1").json()["answer"]["status"] == 200


def test_cases_are_listed_with_their_groups(http):
    """The page learns the cases in order, each in a group that exists."""
    listed = http.get("/demo/cases").json()
    assert [case["id"] for case in listed["cases"]] == list(CASES)
    assert {case["group"] for case in listed["cases"]} == set(GROUPS)


def sign_in(http, path, user):
    """Open a page; the simulated tenant signs the user in at once. Gives the page in the end."""
    response = http.get(path, headers={"Accept": "text/html"})
    while response.has_redirect_location:
        address = response.headers["location"]
        at_once = "&simulated_user=" + user if "/authorize?" in address else ""
        response = http.get(address + at_once, headers={"Accept": "text/html"})
    return response


def sign_out(http):
    """Press the button. Gives the page in the end."""
    origin = str(http.base_url).rstrip("/")
    return http.post("/auth/logout", headers={"Origin": origin}, follow_redirects=True)


def test_pages_are_for_whoever_signed_in(http):
    """Profile, mail of another API, a stronger sign-in: each page comes after the sign-in, in the user's name."""
    profile = sign_in(http, "/profile", "adele")
    assert (profile.status_code, profile.url.path) == (200, "/profile")
    assert "adele@contoso.onmicrosoft.com" in profile.text
    assert "Lunch on Thursday?" in sign_in(http, "/mail", "adele").text
    assert "You have confirmed that it is you" in sign_in(http, "/payslip", "adele").text
    assert "Adele Vance" in http.get("/").text
    assert http.get("/admin").status_code == 403
    assert sign_out(http).url.path == "/auth/signed-out"
    assert http.get("/profile").status_code == 401
    assert "Sign in" in http.get("/").text


def test_pages_are_kept_nowhere_and_run_nothing_inline(http):
    """What is private is not for caches, and what is on a page comes from its own origin."""
    headers = sign_in(http, "/admin", "megan").headers
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        pytest.param("nina", "Fabrikam", id="of another tenant"),
        pytest.param("gale", "more than a token lists", id="in many groups"),
        pytest.param("megan", "c3f1a2b4-5d6e-4f70-8192-a3b4c5d6e7f8", id="in one group"),
        pytest.param("pat", "You could not be signed in", id="of no tenant that is welcome"),
    ],
)
def test_profile_tells_who_it_is(http, user, expected):
    """Tenant and groups are on the page; whoever is not welcome has none."""
    assert expected in sign_in(http, "/profile", user).text


def test_sign_ins_are_in_the_log(demo):
    """The operator reads who came and went, on standard error and on the administrators' page."""
    sign_in(demo.http, "/profile", "adele")
    sign_out(demo.http)
    page = sign_in(demo.http, "/admin", "megan").text
    assert page.index("a user signed in") < page.index("a user signed out")
    _, _, err = demo.end()
    assert err.count("INFO a user signed in") == 2
    assert err.count("INFO a user signed out") == 1
    assert "eyJ" not in err + page


def test_mailbox_takes_tokens_of_its_own_alone(http):
    """A token for the application is no good at the API behind it."""
    token = token_of(http.post("/demo/cases/good").json())
    assert http.get("/mailbox/messages", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_cleanly(demo, number):
    """Ctrl-C and SIGTERM end it with 0, nothing on standard error but the log, also while a connection is kept open."""
    assert demo.http.get("/").status_code == 200
    with socket.create_connection(("127.0.0.1", demo.http.base_url.port)) as silent:
        code, out, err = demo.end(number)
        assert (code, out) == (0, "")
        assert is_hung_up(silent)
    assert "Traceback" not in err
    assert "ERROR" not in err


def test_operators_log_is_printed(demo):
    """What the page shows on the right-hand side is on standard error."""
    demo.http.post("/demo/cases/expired")
    _, _, err = demo.end()
    assert "WARNING token rejected: expired (exp): " in err


def test_taken_ports_are_avoided(start_demo):
    """Two run side by side: the usual ports are not insisted on."""
    notices = [start_demo("--json").notice() for _ in range(2)]
    assert notices[0]["url"] != notices[1]["url"]
    assert notices[0]["provider"] != notices[1]["provider"]
    for notice in notices:
        with httpx2.Client(timeout=TIMEOUT, trust_env=False, verify=PLAIN_HTTP) as http:
            assert http.post(f"{notice['url']}demo/cases/good").json()["is_as_expected"]


def test_port_that_was_asked_for_is_insisted_on(start_demo):
    """A port that somebody names and that is taken is an error that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        demo = start_demo("--port", str(taken.getsockname()[1]))
        code, out, err = demo.wait()
    assert (code, out) == (2, "")
    assert "is taken; choose another with --port" in err
    assert "Traceback" not in err


def test_notice_says_where_to_look(start_demo):
    """Without --json the address is in plain words, and a headless run opens nothing."""
    demo = start_demo("--port", "0")
    lines = [demo.process.stdout.readline() for _ in range(4)]
    assert "open this page     http://localhost:" in "".join(lines)
    assert demo.end()[0] == 0


def test_missing_extra_is_named():
    """Without FastAPI or uvicorn the message is the command that installs them."""
    for module in ("fastapi", "uvicorn"):
        # None in sys.modules is how Python itself marks a module that cannot be imported.
        code = f"import sys; sys.modules['{module}'] = None; from azuread_auth.cli.main import main; sys.exit(main())"
        result = subprocess.run([sys.executable, "-c", code, "demo"], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout) == (2, "")
        assert 'pip install "azuread-auth[demo]"' in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("stdout", "platform", "environ", "expected"),
    [
        pytest.param(Screen(), "linux", {"DISPLAY": ":0"}, True, id="X11"),
        pytest.param(Screen(), "linux", {"WAYLAND_DISPLAY": "wayland-0"}, True, id="Wayland"),
        pytest.param(Screen(), "linux", {}, False, id="no display"),
        pytest.param(Screen(), "darwin", {}, True, id="macOS"),
        pytest.param(Screen(), "win32", {}, True, id="Windows"),
        pytest.param(io.StringIO(), "darwin", {}, False, id="no terminal"),
        pytest.param(io.StringIO(), "linux", {"DISPLAY": ":0"}, False, id="no terminal but a display"),
    ],
)
def test_browser_is_opened_only_where_somebody_sits(stdout, platform, environ, expected):
    """A browser is opened on a desktop, from a terminal."""
    assert has_browser(Surroundings(stdout=stdout, platform=platform, environ=environ)) is expected
