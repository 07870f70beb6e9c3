"""The people and programs that use the application: what they ask for, and what they keep of the answers."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from azuread_auth.simulation import SimulatedTenant, SimulatedUser
from benchmarks.soak.wire import Answer, Broken, Wire
from benchmarks.soak.world import Kind, Seen, Subject, World

__all__ = ["RATES", "Traffic"]

RATES: dict[Kind, float] = {
    "repeat": 16.0,
    "new": 8.0,
    "bad": 3.0,
    "obo": 6.0,
    "obo new": 2.0,
    "page": 6.0,
    "orders": 2.0,
    "sign-in": 0.7,
}
"""How many in a second."""
_TOKENS, _ASSERTIONS, _PEOPLE = 200, 40, 40
_LONGEST_SECONDS = 60.0
_HOST = "localhost:8000"
_PAGE = {"host": _HOST, "accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}
_SKEW = 50
_OVERDUE = 30  # so that it is still good after the longest wait
_SKEWED_CLAIMS = ("ahead", "behind", "", "", "")
_BAD = ("expired", "bad-signature", "wrong-audience")


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with a browser."""

    user: SimulatedUser
    subject: Subject
    cookies: dict[str, str] = field(default_factory=dict)
    is_busy: bool = False

    def headers(self) -> dict[str, str]:
        return _PAGE | {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def take(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name == "set-cookie":
                pair, _, flags = value.partition(";")
                cookie, _, text = pair.partition("=")
                if "max-age=0" in flags.lower():
                    self.cookies.pop(cookie, None)
                else:
                    self.cookies[cookie] = text


class Traffic:
    """Makes the requests of each kind, and hands what came of them to `note`."""

    def __init__(
        self, tenant: SimulatedTenant, wire: Wire, world: World, note: Callable[[Seen], None], *, seed: int
    ) -> None:
        self._tenant = tenant
        self._wire = wire
        self._world = world
        self._note = note
        self._random = random.Random(seed)
        self.lateness: list[float] = []
        """How much later than it was due each request was begun: what the machine itself is to blame for."""
        self._tokens: list[Subject] = []
        self._assertions: list[Subject] = []
        self._people = [self._person() for _ in range(_PEOPLE)]
        self._work: dict[Kind, Callable[[float], Awaitable[None]]] = {
            "repeat": lambda due: self._ask("repeat", "/caller", self._random.choice(self._tokens), due),
            "new": self._new,
            "bad": self._bad,
            "obo": lambda due: self._ask("obo", "/downstream", self._random.choice(self._assertions), due),
            "obo new": self._obo_new,
            "page": lambda due: self._visit("page", due),
            "orders": lambda due: self._visit("orders", due),
            "sign-in": lambda due: self._sign_in(self._person(), due),
        }

    def renew_tokens(self) -> None:
        """Get other tokens for those who come again and again."""
        self._tokens = [self._minted() for _ in range(_TOKENS)]
        self._assertions = [self._minted() for _ in range(_ASSERTIONS)]

    async def begin(self) -> None:
        """Sign the people in, and let the application get its first tokens; in turn, as nothing is measured yet."""
        self.renew_tokens()
        for person in self._people:
            await self._sign_in(person, time.monotonic())
        for subject in self._assertions:
            await self._ask("obo", "/downstream", subject, time.monotonic())

    async def send(self, kind: Kind, due_at: float) -> None:
        """One request, or one sign-in, at its time."""
        await asyncio.sleep(due_at - time.monotonic())
        self.lateness.append(time.monotonic() - due_at)
        await self._work[kind](due_at)

    def _minted(self, **wishes: object) -> Subject:
        user = _somebody()
        text = self._tenant.mint_token(user=user, **wishes)  # type: ignore[arg-type]
        return Subject(text, user.object_id, self._world.keys)

    def _person(self) -> Person:
        user = _somebody()
        return Person(user, Subject("", user.object_id, self._world.keys))

    async def _new(self, due_at: float) -> None:
        now = int(self._tenant.clock())
        claims = {
            "ahead": {"nbf": now + _SKEW, "iat": now + _SKEW},
            "behind": {"exp": now - _OVERDUE, "nbf": now - 3600, "iat": now - 3600},
            "": {},
        }
        # Clocks of the tenant that are wrong already leave no room for more.
        is_apart = abs(now - time.time()) > 1
        sort = "" if is_apart else self._random.choice(_SKEWED_CLAIMS)
        await self._ask("new", "/caller", self._minted(claims=claims[sort]), due_at)

    async def _bad(self, due_at: float) -> None:
        await self._ask("bad", "/caller", self._minted(fault=self._random.choice(_BAD)), due_at)

    async def _obo_new(self, due_at: float) -> None:
        await self._ask("obo new", "/downstream", self._minted(), due_at)

    async def _ask(self, kind: Kind, path: str, subject: Subject, due_at: float) -> None:
        headers = {"host": _HOST, "authorization": f"Bearer {subject.text}"}
        answer = await self._seen(kind, path, headers, subject, due_at)
        if answer is not None and answer.status == 200 and path == "/downstream":
            self._hold(subject, answer)

    def _hold(self, subject: Subject, answer: Answer) -> None:
        subject.held_by.add(answer.pid)
        subject.known_at = min(subject.known_at, time.monotonic())

    async def _visit(self, kind: Kind, due_at: float) -> None:
        person = self._random.choice([each for each in self._people if not each.is_busy] or self._people)
        answer = await self._seen(kind, f"/{kind}", person.headers(), person.subject, due_at)
        if answer is None:
            return
        if answer.status == 200:
            person.take(answer)
            if kind == "orders":
                self._hold(person.subject, answer)
        elif answer.status == 303 and not person.is_busy:
            await self._sign_in(person, time.monotonic())

    async def _sign_in(self, person: Person, due_at: float) -> None:
        """All of it: to the provider, back, and to the page."""
        person.is_busy = True
        try:
            if await self._signed_in(person, due_at):
                await self._seen("sign-in", "/page", person.headers(), person.subject, time.monotonic(), step="page")
        finally:
            person.is_busy = False

    async def _signed_in(self, person: Person, due_at: float) -> bool:
        address = f"/auth/login?{urlencode({'next': '/page'})}"
        answer = await self._seen("sign-in", address, person.headers(), person.subject, due_at, step="login")
        if answer is None or answer.status != 303:
            return False
        person.take(answer)
        back = urlencode(self._tenant.sign_in(answer.header("location"), person.user))
        since = time.monotonic()
        answer = await self._seen(
            "sign-in", f"/auth/callback?{back}", person.headers(), person.subject, since, step="callback"
        )
        if answer is None or answer.status != 303 or urlsplit(answer.header("location")).path != "/page":
            return False
        person.take(answer)
        person.subject = Subject("", person.user.object_id, self._world.keys, made_at=since)
        return True

    async def _seen(
        self, kind: Kind, path: str, headers: dict[str, str], subject: Subject, due_at: float, *, step: str = ""
    ) -> Answer | None:
        answer, broken_pid = None, None
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                answer = await self._wire.get(path, headers)
        except Broken as broken:
            broken_pid = broken.pid
        except TimeoutError:
            pass
        self._note(
            Seen(
                kind=kind,
                step=step,
                subject=subject,
                due_at=due_at,
                ended_at=time.monotonic(),
                answer=answer,
                broken_pid=broken_pid,
            )
        )
        return answer


def _somebody() -> SimulatedUser:
    number = str(uuid.uuid4())
    return SimulatedUser(object_id=number, name="Adele Vance", username=f"{number[:8]}@contoso.onmicrosoft.com")
