"""The Django project on real servers: a person signs in and out, and programs call with tokens."""

import os
import re
import subprocess
import sys
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
import pytest

from azuread_auth.simulation import SimulatedTenant

PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}
SERVERS = {
    "gunicorn": [
        *("gunicorn", "--bind", "127.0.0.1:0", "--workers", "2", "--threads", "4", "-k", "gthread"),
        *("--no-control-socket", "tests.web.django_site.wsgi:application"),
    ],
    "uvicorn": ["uvicorn", "--port", "0", "--lifespan", "off", "tests.web.django_site.asgi:application"],
}
PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def provider():
    """A tenant on loopback."""
    with SimulatedTenant() as tenant:
        yield tenant


def started(command, environ, log):
    """A server, once it says where it listens."""
    process = subprocess.Popen([sys.executable, "-m", *command], env=environ, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", log_of(log))
        if found and int(found[1]):
            return process, f"http://localhost:{found[1]}"
        time.sleep(0.05)
    process.kill()
    raise AssertionError(log_of(log))


def log_of(log):
    """What the server has written."""
    log.flush()
    with open(log.name, encoding="utf-8") as file:  # noqa: PTH123 - an open file's name
        return file.read()


@pytest.fixture(
    scope="module", params=[(kind, mode) for kind in SERVERS for mode in ("query", "form_post")], ids="-".join
)
def site(request, provider, tmp_path_factory):
    """The address of the project on a server, and what the server logs."""
    kind, mode = request.param
    folder = tmp_path_factory.mktemp("django")
    environ = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environ |= provider.environ() | {
        "DATABASE_FILE": str(folder / "site.sqlite3"),
        "DJANGO_SETTINGS_MODULE": "tests.web.django_site.settings",
        "ORDERS_SCOPE": f"api://{provider.register_app().client_id}/Orders.Read",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "RESPONSE_MODE": mode,
    }
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=environ, check=True)
    with (folder / "log").open("w", encoding="utf-8") as log:
        process, address = started(SERVERS[kind], environ, log)
        yield address, mode
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        assert "Traceback" not in log_of(log)
        assert "Warning" not in log_of(log)
        assert "eyJ" not in log_of(log)


@pytest.fixture
def browser(site):
    """Keeps cookies as browsers do, which send those marked Secure to localhost too."""
    cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
    with httpx2.Client(base_url=site[0], cookies=cookies, trust_env=False, headers=PAGE) as client:
        yield client


def opened(browser, site, provider, path):
    """The page in the end, after a sign-in where one is asked for."""
    answer = browser.get(path)
    for _ in range(10):
        if not answer.has_redirect_location:
            return answer
        location = answer.headers["location"]
        if not location.startswith(provider.authority_host):
            answer = browser.get(location)
        elif site[1] == "query":
            answer = browser.get("/auth/callback", params=provider.sign_in(location, "megan"))
        else:
            origin = {"Origin": provider.authority_host, "Sec-Fetch-Site": "cross-site"}
            answer = browser.post("/auth/callback", data=provider.sign_in(location, "megan"), headers=origin)
    raise AssertionError(answer)


def test_a_person_signs_in_and_out(browser, site, provider):
    """Through the provider to the page that was asked for, to the next API, to Django's administration, and out."""
    me = opened(browser, site, provider, "/me")
    assert me.json()["user"] == me.json()["principal"]
    for _ in range(6):  # whichever worker answers
        assert browser.get("/async/me").json()["user"] == me.json()["user"]
    assert opened(browser, site, provider, "/orders").text == "ey"
    assert browser.get("/async/orders").text == "ey"
    assert opened(browser, site, provider, "/step-up").text == "stepped up"
    assert "Site administration" in browser.get("/admin/").text
    assert browser.post("/me").status_code == 403
    signed_out = browser.post("/auth/logout", headers={"Origin": site[0], "Sec-Fetch-Site": "same-origin"})
    assert signed_out.headers["location"].startswith(provider.authority_host)
    assert browser.get("/me").headers["location"] == "/auth/login?next=%2Fme"


def test_the_provider_signs_a_person_out(browser, site, provider):
    """Signing out elsewhere ends the session here, whichever worker is told."""
    provider.set_front_channel_logout(f"{site[0]}/auth/frontchannel-logout")
    provider.sign_out()
    opened(browser, site, provider, "/me")
    (url,) = provider.sign_out("megan")
    assert httpx2.get(url, trust_env=False).status_code == 200
    for _ in range(4):  # whichever worker answers
        assert browser.get("/me").status_code == 303


def test_programs_call_with_tokens(browser, site, provider):
    """Good tokens are let in, others are not, and none of them has a session."""
    good = provider.headers(scopes=["Files.Read"])
    with httpx2.Client(base_url=site[0], trust_env=False) as client:
        for path in ("/me", "/async/me", "/files", "/async/files", "/api"):
            assert client.get(path, headers=good).status_code == 200
            assert client.get(path).status_code == 401
            assert client.get(path, headers=provider.headers(fault="expired")).status_code == 401
        assert client.get("/files", headers=provider.headers()).status_code == 403
        assert client.post("/me", headers=good).status_code == 200
        assert not client.cookies
