"""The tenant steered over HTTP by another process of this machine, and by no web page."""

import http.client
import json
import time
from urllib.parse import urlsplit

import pytest

from azuread_auth import AzureAdClient
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.control_commands import COMMANDS, QUESTIONS
from tests.unit.simulation.conftest import Caller

CONTROL = "/simulation/control"


class Remote(Caller):
    """Asks a tenant that serves, and steers it."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.tenant = SimulatedTenant(now=lambda: self.now, control=True)
        self.origin = self.tenant.serve()
        self.host = urlsplit(self.origin).netloc

    def raw(
        self, path: str, *, method: str = "POST", headers: dict[str, str] | None = None, body: bytes = b"{}"
    ) -> HttpResponse:
        """The answer to a request with just these headers."""
        request = HttpRequest(method=method, url=f"{self.origin}{CONTROL}{path}", headers=headers or {}, body=body)
        answer = self.tenant.answer(request).response
        assert answer is not None
        return answer

    def command(self, name: str, **arguments: object) -> dict[str, object]:
        """What a command answers."""
        headers = {"host": self.host, "content-type": "application/json"}
        response = self.raw(f"/{name}", headers=headers, body=json.dumps(arguments).encode())
        return {"status": response.status} | json.loads(response.body)

    def question(self, name: str) -> dict[str, object]:
        """What a question is answered."""
        return json.loads(self.raw(f"/{name}", method="GET", headers={"host": self.host}).body)


@pytest.fixture
def remote():
    """A tenant that can be steered."""
    made = Remote()
    with made.tenant:
        yield made


def test_it_works_over_the_wire(remote):
    """A real connection, with nothing but the standard library."""
    connection = http.client.HTTPConnection(remote.host, timeout=10)
    headers = {"content-type": "application/json; charset=utf-8"}
    connection.request("POST", f"{CONTROL}/clock", body=b'{"advance": 60}', headers=headers)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())) == (200, {"now": remote.now + 60})
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
    connection.close()


def test_control_is_off_unless_it_is_switched_on(caller):
    """Nothing answers there, in process or served; and in process never."""
    request = HttpRequest(url=f"{caller.tenant.authority_host}{CONTROL}/requests")
    assert caller.tenant.answer(request).response.status == 404
    with caller.tenant as tenant:
        served = tenant.serve()
        headers = {"host": urlsplit(served).netloc, "content-type": "application/json"}
        refused = tenant.answer(
            HttpRequest(method="POST", url=f"{served}{CONTROL}/go_down", headers=headers, body=b"{}")
        )
        assert refused.response.status == 404
        assert tenant.answer(HttpRequest(url=caller.url("token"))).response is not None
    steerable = SimulatedTenant(control=True)
    inside = HttpRequest(url=f"{steerable.authority_host}{CONTROL}/requests", headers={"host": "localhost"})
    assert steerable.answer(inside).response.status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({}, 200, id="as it should be"),
        pytest.param({"host": "localhost:{port}"}, 200, id="localhost"),
        pytest.param({"host": "[::1]:{port}"}, 200, id="IPv6"),
        pytest.param({"host": "rebound.evil.test:{port}"}, 403, id="DNS rebinding"),
        pytest.param({"host": "127.0.0.1.evil.test:{port}"}, 403, id="a name that begins so"),
        pytest.param({"host": None}, 403, id="no host"),
        pytest.param({"origin": "http://127.0.0.1:{port}"}, 200, id="its own page"),
        pytest.param({"origin": "http://localhost:{port}"}, 403, id="a page of another name"),
        pytest.param({"origin": "https://127.0.0.1:{port}"}, 403, id="a page of another scheme"),
        pytest.param({"origin": "http://127.0.0.1:1"}, 403, id="a page of another port"),
        pytest.param({"origin": "https://evil.test"}, 403, id="a foreign page"),
        pytest.param({"origin": "null"}, 403, id="a page without origin"),
        pytest.param({"origin": ""}, 403, id="an empty origin"),
        pytest.param({"sec-fetch-site": "same-origin"}, 200, id="fetched by its own page"),
        pytest.param({"sec-fetch-site": "none"}, 200, id="by the user"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="fetched by a page of the machine"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="fetched by a foreign page"),
        pytest.param({"content-type": "text/plain"}, 415, id="what a form may send"),
        pytest.param({"content-type": "application/x-www-form-urlencoded"}, 415, id="a form"),
        pytest.param({"content-type": None}, 415, id="no content type"),
    ],
)
def test_T131_no_page_steers_it(remote, change, status):
    """Host, Origin, Sec-Fetch-Site and Content-Type tell a web page from a program of this machine."""
    port = remote.host.rpartition(":")[2]
    headers = {"host": remote.host, "content-type": "application/json"} | change
    named = {name: value.format(port=port) for name, value in headers.items() if value is not None}
    assert remote.raw("/go_down", headers=named).status == status
    is_down = remote.tenant.answer(HttpRequest(url=remote.url("token"))).response is None
    assert is_down is (status == 200)
    if status != 415:
        assert remote.raw("/requests", method="GET", headers=named).status == status


def test_it_stays_reachable_while_the_tenant_is_down(remote):
    """Else nobody could end the outage."""
    remote.command("go_down")
    assert remote.tenant.answer(HttpRequest(url=remote.url("token"))).response is None
    assert [each["status"] for each in remote.question("requests")["requests"]] == [None]
    remote.command("come_up")
    assert "access_token" in remote.for_app()


def test_troubles_are_made(remote, verdict):
    """Each command does what the method of its name does."""
    assert remote.command("fail", kind="token", aadsts=90033, times=1, retry_after=3)["status"] == 200
    assert verdict(remote.for_app())[1] == 90033
    remote.command("fail", kind="keys", status=200, body={"keys": []}, headers={"X-Test": "1"})
    url = f"{remote.origin}/{remote.tenant.tenant_id}/discovery/v2.0/keys"
    assert json.loads(remote.send(url).body) == {"keys": []}
    remote.command("fail", kind="discovery", status=500, body="oops", retry_after="soon", user=None)
    assert remote.send(f"{remote.origin}/common/.well-known/openid-configuration").headers["retry-after"] == "soon"
    remote.command("slow_down", seconds=2, kind="token")
    form = {"grant_type": "x"}
    request = HttpRequest(method="POST", url=remote.url("token"), body=b"")
    assert remote.tenant.answer(request).delay_seconds == 2
    remote.command("come_up")
    remote.command("require_mfa", user="megan")
    remote.command("require_consent", scope="User.Read")
    remote.command("require_authentication_context", context="c1")
    tenant = remote.tenant
    assert verdict(remote.on_behalf_of(tenant.mint_token(user="megan")))[1] == 50076
    assert verdict(remote.on_behalf_of(tenant.mint_token(), scope="User.Read"))[1] == 65001
    context = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    assert verdict(remote.on_behalf_of(tenant.mint_token(), claims=context))[1] == 50076
    remote.command("grant_consent", scope="User.Read")
    assert "access_token" in remote.on_behalf_of(tenant.mint_token(), scope="User.Read")
    assert remote.token(**form)


def test_sessions_are_revoked(remote, verdict):
    """For one user or for everybody."""
    scope = f"{remote.own_scope} offline_access"
    for command in ("revoke_refresh_tokens", "revoke_sessions"):
        tokens = remote.on_behalf_of(remote.tenant.mint_token(), scope=scope)
        remote.command(command, user="megan")
        assert "access_token" in remote.refresh(tokens["refresh_token"])
        remote.command(command)
        assert verdict(remote.refresh(tokens["refresh_token"]))[1] == 50173
    assert remote.command("challenge_tokens", user="adele")["status"] == 200


def test_keys_are_rotated(remote):
    """In one step or in two."""
    url = f"{remote.origin}/{remote.tenant.tenant_id}/discovery/v2.0/keys"
    kids = [each["kid"] for each in json.loads(remote.send(url).body)["keys"]]
    remote.command("publish_key")
    assert len(json.loads(remote.send(url).body)["keys"]) == len(kids) + 1
    remote.command("rotate_keys", keep_old=False)
    assert kids[0] not in [each["kid"] for each in json.loads(remote.send(url).body)["keys"]]


def test_tokens_are_minted(claims_of):
    """By the wishes of `mint_token`; a validator takes them for what they are."""
    remote = Remote()
    remote.tenant.clock.set(time.time())
    with remote.tenant:
        answer = remote.command(
            "mint_token", user="megan", scopes=["A", "B"], version=1, expires_in=60, claims={"acrs": ["c1"]}
        )
        claims = claims_of(answer["token"])
        assert (claims["scp"], claims["acrs"], claims["ver"]) == ("A B", ["c1"], "1.0")
        with AzureAdClient(remote.tenant.settings()) as azure:
            assert azure.validate_token(str(answer["token"])).roles == {"Admin"}
        assert claims_of(remote.command("mint_token", kind="app", roles=["R"])["token"])["roles"] == ["R"]


def test_users_act(remote):
    """They sign in and approve devices, for a test in another language."""
    callback = remote.command("sign_in", authorization_url=remote.authorization_url(), user="megan")["callback"]
    assert "access_token" in remote.redeem(callback["code"])
    assert remote.command("sign_in", authorization_url=remote.authorization_url())["callback"]["code"]
    for command, outcome in (("approve_device", "access_token"), ("decline_device", "error")):
        device = remote.device()
        remote.command(command, user_code=device["user_code"])
        assert outcome in remote.poll(device)


def test_clock_and_switches(remote):
    """Time moves and is set; switches are set, and all is put back."""
    assert remote.command("clock", advance=60)["now"] == remote.now + 60
    assert remote.command("clock", set=0)["now"] == 0
    switches = {"token_lifetime_seconds": 60, "sends_issuer_in_callback": True, "expires_on_form": "linux"}
    assert remote.command("behaviour", **switches)["status"] == 200
    assert remote.for_app()["expires_in"] == 59
    assert remote.command("behaviour", refresh_in_seconds=7)["status"] == 200
    assert remote.for_app()["refresh_in"] == 7
    remote.command("reset")
    assert remote.question("")["now"] == remote.now
    assert remote.for_app()["expires_in"] == 3599


def test_questions_are_answered(remote):
    """What there is, who there is, and what was asked since."""
    index = remote.question("")
    assert index["commands"] == list(COMMANDS)
    assert index["questions"] == [name for name in QUESTIONS if name]
    assert (index["tenant_id"], index["authority_host"]) == (remote.tenant.tenant_id, remote.origin)
    accounts = remote.question("accounts")["accounts"]
    assert [each["name"] for each in accounts][:2] == ["adele", "megan"]
    remote.for_app()
    first = remote.question("requests?since=0")
    assert [each["kind"] for each in first["requests"]] == ["token"]
    assert remote.tenant.client_secret not in json.dumps([index, first])
    assert remote.question(f"requests?since={first['next']}") == {"requests": [], "next": first["next"]}


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        pytest.param("go_down", {"x": 1}, "x: there is no such key; expected one of none", id="argument too many"),
        pytest.param("rotate_keys", {"keep_old": "no"}, "keep_old: expected true or false", id="no flag"),
        pytest.param("slow_down", {}, "seconds: expected a number", id="no seconds"),
        pytest.param("slow_down", {"seconds": -1}, "seconds: expected a number", id="negative"),
        pytest.param("slow_down", {"seconds": "1"}, "seconds: expected a number", id="text"),
        pytest.param("slow_down", {"seconds": 1, "kind": "x"}, "kind: expected one of discovery", id="no kind"),
        pytest.param("fail", {}, "kind: expected one of", id="kind is missing"),
        pytest.param("fail", {"kind": "token", "status": 99}, "status: expected an HTTP status", id="status"),
        pytest.param("fail", {"kind": "token", "body": 5}, "body: expected a table", id="body"),
        pytest.param("fail", {"kind": "token", "retry_after": []}, "retry_after: expected text", id="retry"),
        pytest.param("fail", {"kind": "token", "retry_after": "1\r\na: 2"}, "retry_after: expected", id="retry split"),
        pytest.param("fail", {"kind": "token", "headers": {"a": 1}}, "headers: expected", id="headers"),
        pytest.param("fail", {"kind": "token", "headers": {"a\n": "1"}}, "headers: expected", id="header name"),
        pytest.param("fail", {"kind": "token", "headers": {"a": "1\r\nb: 2"}}, "headers: expected", id="header split"),
        pytest.param("fail", {"kind": "token", "user": "nobody"}, "user= names nobody", id="user"),
        pytest.param("require_consent", {}, "scope: expected text, which must be there", id="scope"),
        pytest.param("clock", {}, "advance: expected a number of seconds, or set=", id="no time"),
        pytest.param("clock", {"advance": 1, "set": 1}, "advance: expected a number of", id="two times"),
        pytest.param("clock", {"advance": 1e15}, "the clock would be too far away", id="too far"),
        pytest.param("behaviour", {"token_lifetime_seconds": "1"}, "token_lifetime_seconds: expected a", id="switch"),
        pytest.param("behaviour", {"expires_on_form": "x"}, "expires_on_form: expected one of seconds", id="form"),
        pytest.param("mint_token", {"fault": "x"}, "fault= is none", id="fault"),
        pytest.param("mint_token", {"kind": "x"}, "kind= is none that tokens have", id="kind of token"),
        pytest.param("sign_in", {"authorization_url": "https://evil.test/"}, "authorization_url= is not", id="where"),
        pytest.param("approve_device", {"user_code": "X"}, "user_code= is none", id="code"),
    ],
)
def test_mistake_is_named(remote, name, arguments, said):
    """With what was expected; nothing is done."""
    answer = remote.command(name, **arguments)
    assert answer["status"] == 400
    assert str(answer["error"]).startswith(said)
    assert remote.tenant.answer(HttpRequest(url=remote.url("token"))).response is not None


def test_what_is_no_command_is_refused(remote):
    """Unknown names, other methods, bodies that are no JSON object, and parameters that are there twice."""
    headers = {"host": remote.host, "content-type": "application/json"}
    assert remote.command("explode")["status"] == 404
    assert "go_down" in str(remote.command("explode")["error"])
    assert remote.raw("/go_down", method="GET", headers=headers).status == 405
    assert remote.raw("/requests", headers=headers).status == 405
    assert remote.raw("/requests?since=1&since=2", method="GET", headers=headers).status == 400
    assert remote.raw("/requests?since=x", method="GET", headers=headers).status == 400
    for body in (b"[]", b"{", b"[" * 99_999, b"\xff"):
        assert remote.raw("/go_down", headers=headers, body=body).status == 400
    assert remote.raw("/come_up", headers=headers, body=b"").status == 200
    assert remote.raw("x/go_down", headers=headers).status == 404
