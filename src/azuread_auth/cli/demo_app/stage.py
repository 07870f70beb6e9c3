"""Plays a case: sets the scene, sends the request over HTTP, and tells what each side saw."""

import asyncio
import contextlib
import json
import time
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Final

import httpx2

from azuread_auth.cli.demo_app.cases import Case, Scene
from azuread_auth.cli.demo_app.clock import MovableClock
from azuread_auth.cli.demo_app.journal import Journal, JournalEntry
from azuread_auth.cli.inspection.decoded_token import decode_token
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["Answer", "Performance", "Stage"]

_COOL_DOWN_SECONDS: Final = 301.0  # after that an unknown key is asked for anew
_HALF_A_DAY_SECONDS: Final = 43_200.0
_BACKGROUND_SECONDS: Final = 2.0
_SHOWN_HEADERS: Final = ("www-authenticate", "retry-after", "cache-control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API said to the caller."""

    status: int
    phrase: str
    headers: list[tuple[str, str]]
    body: str
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """One case, played."""

    request: str
    """As a command for a terminal, token included."""
    answer: Answer
    log: list[JournalEntry]
    """What the operator's log says, which is not part of the answer."""
    provider_requests: int
    minted_by: str | None
    header: dict[str, object] | None
    claims: dict[str, object] | None
    is_as_expected: bool

    def as_json(self) -> bytes:
        """For the page."""
        return json.dumps(asdict(self)).encode()


class Stage:
    """Plays one case at a time, because the scene is the same for all who watch."""

    def __init__(
        self,
        *,
        origin: str,
        http: httpx2.AsyncClient,
        tenant: SimulatedTenant,
        client: AsyncAzureAdClient,
        journal: Journal,
        clock: MovableClock,
    ) -> None:
        self._origin = origin
        self._tenant = tenant
        self._client = client
        self._journal = journal
        self._clock = clock
        self._turn = asyncio.Lock()
        self._http = http

    async def play(self, case: Case) -> Performance:
        """Set the scene, make the call, and put everything back. Raises httpx2.HTTPError when the API is gone."""
        async with self._turn:
            await self._set(case.scene)
            try:
                return await self._perform(case)
            finally:
                if case.scene != "normal":
                    await self._clear()

    async def _perform(self, case: Case) -> Performance:
        token = None if case.wishes is None else self._tenant.mint_token(**case.wishes)
        logged, asked = self._journal.count, self._tenant.request_count()
        answer = await self._call(case, token)
        log = await self._log_since(logged, case)
        decoded = decode_token(token or "")
        return Performance(
            request=_curl(case, f"{self._origin}{case.path}", token),
            answer=answer,
            log=log,
            provider_requests=self._tenant.request_count() - asked,
            minted_by=case.minted_by,
            header=dict(decoded.header) if decoded.header is not None else None,
            claims=dict(decoded.claims) if decoded.claims is not None else None,
            is_as_expected=answer.status == case.expected_status
            and (case.expected_reason is None or case.expected_reason in {entry.reason for entry in log}),
        )

    async def _call(self, case: Case, token: str | None) -> Answer:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        started_at = time.perf_counter()
        response = await self._http.request(case.method, case.path, headers=headers)
        milliseconds = (time.perf_counter() - started_at) * 1000
        return Answer(
            status=response.status_code,
            phrase=HTTPStatus(response.status_code).phrase,
            headers=[(name, response.headers[name]) for name in _SHOWN_HEADERS if name in response.headers],
            body=response.text,
            milliseconds=milliseconds,
        )

    async def _log_since(self, logged: int, case: Case) -> list[JournalEntry]:
        """What was logged. A refresh in the background may fail a moment after the answer has gone out."""
        if case.expected_reason is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._journal.wait_for_news(logged), _BACKGROUND_SECONDS)
        return self._journal.since(logged)

    async def _set(self, scene: Scene) -> None:
        """Let the cool-down pass, so that each case finds things as if it were the first."""
        self._clock.advance(_COOL_DOWN_SECONDS)
        if scene == "normal":
            return
        await self._client.engine.provider.keys(2).renew()
        self._clock.advance(_HALF_A_DAY_SECONDS if scene == "provider-down" else _COOL_DOWN_SECONDS)
        self._tenant.go_down()

    async def _clear(self) -> None:
        self._tenant.come_up()
        self._clock.advance(_COOL_DOWN_SECONDS)
        await self._client.engine.provider.keys(2).renew()


def _curl(case: Case, url: str, token: str | None) -> str:
    method = "" if case.method == "GET" else f" -X {case.method}"
    header = "" if token is None else f" \\\n  -H 'Authorization: Bearer {token}'"
    return f"curl -i{method} {url}{header}"
