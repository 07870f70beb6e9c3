"""What the callback of a sign-in costs besides the network: from the request to the answer, without the provider."""

import asyncio
import statistics
import time
from collections.abc import Callable

from measure import interleave
from session_apps import asgi_putter, flask_with_login, new_tenant, starlette_with_login, wsgi_putter
from session_browser import Browser, Put
from table import Row, seconds_text

from azuread_auth import AzureAdSettings, MemoryStore
from azuread_auth._protocol.http import HttpRequest
from azuread_auth.credentials import ClientCertificate
from azuread_auth.ports import TransportAnswer

__all__ = ["measure_callbacks"]

_SIGN_INS = 9
"""In one round."""


class Provider:
    """The tenant, and how long it took for its answers."""

    def __init__(self) -> None:
        self.tenant = new_tenant()
        self.seconds = 0.0

    def answer(self, request: HttpRequest) -> TransportAnswer:
        started_at = time.process_time()
        try:
            return self.tenant.answer(request)
        finally:
            self.seconds += time.process_time() - started_at

    def settings(self) -> AzureAdSettings:
        return self.tenant.settings(transport=self)


def measure_callbacks(group: str, runner: asyncio.Runner, *, rounds: int) -> Row:
    """The row of the callback; keys and metadata are there since the first round, which does not count."""
    provider = Provider()
    settings = provider.settings()
    certified = provider.tenant.settings(
        transport=provider, credential=ClientCertificate(data=provider.tenant.make_certificate().pem)
    )
    asgi = {
        "ours": starlette_with_login(settings),
        "with a token for an API": starlette_with_login(settings, scopes=["User.Read"]),
        "session in a `MemoryStore`": starlette_with_login(settings, session_store=MemoryStore()),
        "application with a certificate": starlette_with_login(certified),
    }
    putters = {name: asgi_putter(runner, app) for name, app in asgi.items()}
    putters["Flask"] = wsgi_putter(flask_with_login(settings))
    found = interleave({name: _round(put, provider) for name, put in putters.items()}, rounds=rounds)
    ours = found.pop("ours")
    return Row(
        group=group,
        what="callback of a sign-in besides the network, Starlette",
        ours=seconds_text(ours.median),
        reference="",
        ratio=ours.median * 1e3,
        direction="≤",
        target=1.0,
        unit="ms",
        others={name: seconds_text(series.median) for name, series in found.items()},
    )


def _round(put: Put, provider: Provider) -> Callable[[], float]:
    """Seconds of the middle one: another process may well take the processor away during one of them."""

    def one_round() -> float:
        found: list[float] = []
        for _ in range(_SIGN_INS):
            browser = Browser(put)
            address = browser.callback_address(provider.tenant)
            provider.seconds = 0.0
            found.append(browser.come_back(address) - provider.seconds)
        return statistics.median(found)

    return one_round
