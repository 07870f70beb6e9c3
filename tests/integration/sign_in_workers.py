"""What tests of sign-in behind real servers share: an application with two workers, and a browser that visits it."""

import base64
import json
import signal
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2

from azuread_auth.simulation import SimulatedTenant
from tests.conftest import Clock
from tests.integration.conftest import PATIENCE_SECONDS, Server, StartServer
from tests.web.login_browser import LOCAL, Browser, Reply

KINDS: Final = {
    "uvicorn-h11": ("sign_in_asgi:app", "--timeout-keep-alive"),
    "gunicorn-gthread": ("sign_in_wsgi:app", "--keep-alive"),
}
# Without certificates, which take longer to load than all that these clients ask for.
PLAIN: Final[dict[str, Any]] = {
    "timeout": PATIENCE_SECONDS,
    "trust_env": False,
    "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
}
OLD, NEW = b"o" * 32, b"n" * 32
USERNAME: Final = "adele@contoso.onmicrosoft.com"


def printed(keys: Sequence[bytes]) -> str:
    """Keys as environment variables have them."""
    return ",".join(base64.b64encode(key).decode() for key in keys)


class ServedTenant(SimulatedTenant):
    """A tenant that tells its application more than where it is."""

    def __init__(self) -> None:
        self.turned = Clock()
        super().__init__(now=self.turned.now)
        self.more: dict[str, str] = {}
        self.set_front_channel_logout(f"{LOCAL}/auth/frontchannel-logout")

    def environ(self) -> dict[str, str]:
        """The environment of an application whose clock is this one's."""
        login = {"AZURE_AD_BASE_URL": LOCAL, "AZURE_AD_SCOPES": "api://orders/Orders.Read"}
        ahead = {"SIGN_IN_CLOCK_AHEAD": str(self.turned.now() - time.time())}
        return super().environ() | login | ahead | self.more


def codes(tenant: SimulatedTenant) -> int:
    """How many codes of sign-ins were exchanged for tokens."""
    return [entry.grant_type for entry in tenant.token_requests].count("authorization_code")


@dataclass(kw_only=True)
class Worker:
    """One worker process, as one connection reaches it that is kept.

    It is behind a proxy, as browsers see it: they ask for `base_url`, and the request may come to either worker. The
    provider is reached over the network too.
    """

    tenant: SimulatedTenant
    server: Server
    base_url: str = LOCAL
    pid: str = ""

    def __post_init__(self) -> None:
        self._http = httpx2.Client(**PLAIN, limits=httpx2.Limits(max_connections=1, keepalive_expiry=None))

    def meet(self) -> None:
        """Open the connection, and learn which worker took it."""
        self.pid = self._answer(httpx2.Request("GET", f"{LOCAL}/healthz")).headers["x-worker"]

    def send(self, request: httpx2.Request) -> Reply:
        """Put one request to it, or to the provider."""
        if not str(request.url).startswith(f"{self.base_url}/"):
            with httpx2.Client(**PLAIN) as http:
                return _reply(http.send(request))
        answer = self._answer(request)
        assert answer.headers["x-worker"] == self.pid, "the connection was not kept"
        return _reply(answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url.copy_with(host="127.0.0.1", port=self.server.port)
        headers = [(name, value) for name, value in request.headers.multi_items() if name != "content-length"]
        return self._http.send(httpx2.Request(request.method, url, headers=headers, content=request.read()))

    def close(self) -> None:
        """Hang up."""
        self._http.close()


@dataclass(kw_only=True)
class Proxy:
    """Workers behind a proxy that sends pages to one, the beginning of sign-ins and their end to others."""

    pages: Worker
    login: Worker
    callback: Worker
    base_url: str = LOCAL
    tenant: SimulatedTenant = field(init=False)

    def __post_init__(self) -> None:
        self.tenant = self.pages.tenant

    def send(self, request: httpx2.Request) -> Reply:
        """Put a request to the worker for it."""
        path = urlsplit(str(request.url)).path
        return {"/auth/login": self.login, "/auth/callback": self.callback}.get(path, self.pages).send(request)


def _reply(response: httpx2.Response) -> Reply:
    return Reply(status=response.status_code, headers=response.headers.multi_items(), text=response.text)


@dataclass
class Person(Browser):
    """A browser that goes to the provider and back over the network, and knows by cookies who is signed in there."""

    prompts: list[str | None] = field(default_factory=list)
    """How each sign-in was asked for at the provider; None where a page could have been shown."""

    def visit(self, address: str = "/", *, most: int = 30) -> Reply:
        """Open a page and follow wherever it leads; the site may be another each time."""
        reply = self.get(address)
        for _ in range(most):
            if not reply.location:
                return reply
            reply = self.follow(reply)
        message = "the redirects do not end"
        raise AssertionError(message)

    def follow(self, reply: Reply) -> Reply:
        """Take one step: to a page of the site, or to the provider and back."""
        provider = self.site.tenant.authority_host
        if not reply.location.startswith(provider):
            return self.get(reply.location)
        self.prompts.append(prompt := reply.asked.get("prompt"))
        at_once = "" if prompt == "none" else f"&{urlencode({'simulated_user': self.user})}"
        back = self.get(f"{reply.location}{at_once}")
        assert back.location.startswith(f"{LOCAL}/auth/callback?"), back.text
        return self.get(back.location, by=provider)

    def token(self, worker: Worker) -> str:
        """Which token the page at a worker has; without a redirect."""
        self.site = worker
        reply = self.get("/orders")
        assert reply.status == 200, reply.headers
        token: str = json.loads(reply.text)["token"]
        return token

    def statuses(self, *workers: Worker) -> list[int]:
        """What each worker answers to a page, to a script, and to the question who is signed in."""
        found = []
        for worker in workers:
            self.site = worker
            found += [reply.status for reply in (self.get("/"), self.fetch("/"), self.fetch("/auth/me"))]
        return found


SIGNED_IN, SIGNED_OUT, NOT_KNOWN = [200, 200, 200], [303, 401, 401], [503, 503, 503]
"""The statuses of one worker."""


class Application:
    """An application with two workers, which can be rolled out anew."""

    def __init__(self, kind: str, tenant: ServedTenant, start: StartServer) -> None:
        self.tenant = tenant
        self._kind = kind
        self._start = start
        self.servers: list[Server] = []
        self._connections: list[Worker] = []

    def roll_out(self, *cookie_keys: bytes, **more: str) -> tuple[Worker, Worker]:
        """Start it with these settings, beside what runs already; its two workers."""
        app, keep_alive = KINDS[self._kind]
        self.tenant.more |= {"AZURE_AD_COOKIE_KEYS": printed(cookie_keys), **more}
        server = self._start(self._kind, self.tenant, "--workers", "2", keep_alive, "60", app=app)
        self.servers.append(server)
        return self._both(server)

    def _both(self, server: Server) -> tuple[Worker, Worker]:
        found: dict[str, Worker] = {}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(found) < 2:
            time.sleep(0.01)
            assert time.monotonic() < deadline, f"one worker answers all, or none:\n{server.log}"
            worker = Worker(tenant=self.tenant, server=server)
            self._connections.append(worker)
            # uvicorn tells its port before a worker listens.
            with suppress(httpx2.ConnectError):
                worker.meet()
                found.setdefault(worker.pid, worker)
        first, second = found.values()
        return first, second

    def stop_oldest(self) -> None:
        """End what was rolled out first, in good order."""
        server = self.servers.pop(0)
        for worker in self._connections:
            if worker.server is server:
                worker.close()
        assert server.stop() in {0, -signal.SIGTERM}
        assert "Traceback" not in server.log

    def close(self) -> None:
        """Hang up; nothing went wrong that no answer tells."""
        for worker in self._connections:
            worker.close()
        for server in self.servers:
            assert "Traceback" not in server.log
