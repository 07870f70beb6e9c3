"""A simulated tenant can neither be taken for a real one nor be misused by somebody else."""

import inspect
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from azuread_auth import AzureAdClient, AzureAdSettings, ConfigurationError, TokenRejected
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.ports import TransportAnswer
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.server import LoopbackServer
from tests.unit.simulation.conftest import Caller, parts_of

SOURCES = Path(__file__).parents[2] / "src"
REGISTERED = "http://localhost/auth/callback"
MICROSOFT = re.compile(r"(?:^|\.)(?:microsoft\w*|windows|azure|live|msft\w*)\.(?:com|net|us|cn|org)$")
PRINT_KIDS = (
    "import json; from azuread_auth.simulation import SimulatedTenant; from azuread_auth.ports import HttpRequest;"
    "tenant = SimulatedTenant(); url = f'{tenant.authority_host}/common/discovery/v2.0/keys';"
    "keys = json.loads(tenant.answer(HttpRequest(url=url)).response.body)['keys'];"
    "tenant.rotate_keys(); more = json.loads(tenant.answer(HttpRequest(url=url)).response.body)['keys'];"
    "print(*{each['kid'] for each in keys + more}, *{each['n'] for each in keys + more})"
)


def test_T124_keys_are_random_in_each_run():
    """No kid and no modulus of one run is another's, so no token of one is good in another."""
    runs = [
        subprocess.run([sys.executable, "-c", PRINT_KIDS], check=True, capture_output=True, text=True).stdout.split()
        for _ in range(2)
    ]
    assert len(runs[0]) == len(runs[1]) == 10
    assert not set(runs[0]) & set(runs[1])


def test_T124_no_key_is_shipped():
    """Nothing in the package looks like a private key, or like a token."""
    for path in SOURCES.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            data = path.read_bytes()
            assert not re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]", data), path
            assert not re.search(rb"eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.", data), path


@pytest.mark.parametrize("domain", ["contoso.onmicrosoft.com", "login.microsoftonline.com", "b2clogin.com"])
@pytest.mark.parametrize("served", [False, True], ids=["in process", "loopback"])
def test_T124_issuer_is_never_a_microsoft_host(domain, served):
    """Whatever the tenant is called, tokens of any kind come from a host that cannot exist, or from this machine."""
    with SimulatedTenant(domain=domain) as tenant:
        if served:
            tenant.serve()
        authorities = [None, tenant.b2c_authority_url(), tenant.external_id_authority_url]
        wishes = [{"version": 1}, {"version": 2}, {"kind": "app", "roles": "R"}, {"user": "pat"}, {"user": "nina"}]
        for wish in [*wishes, *({"authority_url": each} for each in authorities)]:
            host = urlsplit(str(parts_of(tenant.mint_token(**wish))[1]["iss"])).hostname or ""
            assert MICROSOFT.search(host) is None
            assert host == "127.0.0.1" if served else host.endswith(".azuread-auth.test")


def test_T124_tokens_are_refused_by_others():
    """Another tenant of another run, and an application of real mode, do not know the key."""
    token = SimulatedTenant(tenant_id="3f6c2a10-8b4d-4e2f-9a7c-5d1e0f2b3c4d").mint_token()
    program = (
        "import sys; from azuread_auth import AzureAdClient, TokenRejected;"
        "from azuread_auth.simulation import SimulatedTenant;"
        "tenant = SimulatedTenant(tenant_id='3f6c2a10-8b4d-4e2f-9a7c-5d1e0f2b3c4d');"
        "azure = AzureAdClient(tenant.settings())\n"
        "try: azure.validate_token(sys.stdin.read())\n"
        "except TokenRejected as error: print(error.reason)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=token, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["key_unknown"]


class _NoNetwork:
    """Stands where the network would be: a real key set, which has not the key."""

    def __init__(self, tenant: SimulatedTenant) -> None:
        self._tenant = tenant

    def answer(self, request: HttpRequest) -> TransportAnswer:
        """What the real host would say, from a tenant with other keys, under the real name."""
        url = request.url.replace("https://login.microsoftonline.com", self._tenant.authority_host)
        answer = self._tenant.answer(HttpRequest(method=request.method, url=url))
        response = answer.response
        body = response.body.replace(self._tenant.authority_host.encode(), b"https://login.microsoftonline.com")
        changed = HttpResponse(status=response.status, headers=response.headers, body=body)
        return TransportAnswer(response=changed)


def test_T124_tokens_are_refused_in_real_mode():
    """An application of the real cloud refuses them for their issuer."""
    simulated = SimulatedTenant()
    settings = AzureAdSettings(
        tenant_id=simulated.tenant_id, client_id=simulated.client_id, transport=_NoNetwork(simulated)
    )
    with AzureAdClient(settings) as azure:
        for wishes in ({}, {"version": 1}):
            with pytest.raises(TokenRejected) as caught:
                azure.validate_token(simulated.mint_token(**wishes))
            assert caught.value.reason == "wrong_issuer"


REDIRECTS = [
    "https://evil.test/",
    "http://localhost.evil.test/auth/callback",
    "http://localhost@evil.test/auth/callback",
    "http://localhost:80@evil.test/auth/callback",
    "http://localhost:5000/auth/callback/",
    "http://localhost:5000/auth/callback?x=1",
    "http://localhost:5000/auth/callback#x",
    "http://localhost:5000/auth/callback/../x",
    "http://localhost:5000/auth/%63allback",
    "http://localhost:5000//evil.test/auth/callback",
    "http://localhost:5000/auth/Callback",
    "http://LOCALHOST:5000/auth/callback",
    "http://localhost:999999/auth/callback",
    "http://localhost:/auth/callback",
    "http://localhost:5000\\@evil.test/auth/callback",
    "http://localhost:5000/auth/callback\t",
    "http://localhost:5000/auth/callback\r\nset-cookie: x=1",
    " http://localhost:5000/auth/callback",
    "https://localhost:5000/auth/callback",
    "http://127.0.0.2:5000/auth/callback",
    "http://[::1]:5000/auth/callback",
    "https://app.azuread-auth.test:8443/auth/callback",
    "https://app.azuread-auth.test/auth/callback/",
    "https://app.azuread-auth.test./auth/callback",
    "https://app.azuread-auth.test/auth",
    "//evil.test",
    "/auth/callback",
    "javascript:alert(1)",
    "data:text/html,x",
]


@pytest.mark.parametrize("redirect_uri", REDIRECTS)
@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="question"),
        pytest.param({"simulated_user": "adele"}, id="signed in at once"),
        pytest.param({"simulated_decline": "1"}, id="declined"),
        pytest.param({"prompt": "none"}, id="silent"),
        pytest.param({"response_mode": "form_post", "simulated_user": "adele"}, id="form"),
        pytest.param({"response_type": "token"}, id="faulty"),
    ],
)
def test_T131_nobody_is_sent_elsewhere(redirect_uri, more):
    """A redirect URI that is not registered letter by letter gets a page, never a redirect or a form."""
    caller = Caller()
    url = caller.authorization_url(redirect_uri=redirect_uri, **more)
    response = caller.tenant.answer(HttpRequest(url=url)).response
    assert response.status == 400
    assert "location" not in response.headers
    assert "<form" not in response.body.decode()
    with pytest.raises(ConfigurationError, match="AADSTS50011"):
        caller.tenant.sign_in(url)
    for path in ("adminconsent", "v2.0/adminconsent"):
        consent = f"{caller.tenant.authority_host}/{caller.tenant.tenant_id}/{path}?{urlsplit(url).query}"
        answer = caller.tenant.answer(HttpRequest(url=consent)).response
        assert (answer.status, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("redirect_uri", REDIRECTS)
def test_T131_nobody_is_sent_elsewhere_after_signing_out(redirect_uri):
    """Neither with the application named nor with its session."""
    caller = Caller()
    caller.tenant.sign_in(caller.authorization_url())
    query = urlencode({"post_logout_redirect_uri": redirect_uri, "client_id": caller.tenant.client_id})
    response = caller.tenant.answer(HttpRequest(url=f"{caller.url('logout')}?{query}")).response
    assert "location" not in response.headers
    assert redirect_uri not in response.body.decode()


def test_T131_registered_address_is_taken():
    """The same question with the registered address, so that the refusals above are about the address."""
    caller = Caller()
    url = caller.authorization_url(redirect_uri=REGISTERED, simulated_user="adele")
    response = caller.tenant.answer(HttpRequest(url=url)).response
    assert response.status == 302
    assert response.headers["location"].startswith(f"{REGISTERED}?")
    assert dict(parse_qsl(urlsplit(response.headers["location"]).query))["state"] == "the-state"


def test_T131_it_binds_loopback_only():
    """The port is open on 127.0.0.1 alone, and nothing lets a caller choose another address."""
    with SimulatedTenant() as tenant:
        port = urlsplit(tenant.serve()).port
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
        for address in ("127.0.0.2", _own_address()):
            if address is not None:
                with pytest.raises(OSError, match="refused"), socket.create_connection((address, port), timeout=5):
                    pass
    for what in (SimulatedTenant, SimulatedTenant.serve, SimulatedTenant.from_file, LoopbackServer):
        assert not {"host", "address", "bind", "interface"} & set(inspect.signature(what).parameters)


def _own_address() -> str | None:
    try:
        found = socket.gethostbyname(socket.gethostname())
    except OSError:
        return None
    return None if found == "127.0.0.1" else found
