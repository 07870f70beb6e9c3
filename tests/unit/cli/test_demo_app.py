"""The parts of the demonstration that its pages alone do not show."""

import httpx2
import pytest
from fastapi import HTTPException

from azuread_auth.cli.demo_app.journal import Journal
from azuread_auth.cli.demo_app.mailbox import MAILBOX_ID, fetch_mail
from azuread_auth.cli.demo_app.markup import facts, items, log, page, paragraph
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.ports import Event
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.users import DEFAULT_USERS, SimulatedUser

HOSTILE = '<script>alert("1")</script>'
START = 1_750_000_000.0


class Silence:
    def record(self, event: Event) -> None:
        """Nothing is passed on."""


@pytest.fixture
def journal():
    """An empty one, whose clock stands still."""
    return Journal(Silence(), now=lambda: START)


async def test_mailbox_that_does_not_answer_is_told():
    """What goes wrong behind the application is 502 in front of it."""
    tenant = SimulatedTenant()
    tenant.register_app(MAILBOX_ID)
    transport = httpx2.MockTransport(lambda _: httpx2.Response(503))
    async with (
        AsyncAzureAdClient(tenant.settings()) as azure,
        httpx2.AsyncClient(base_url="http://127.0.0.1", transport=transport) as http,
    ):
        with pytest.raises(HTTPException) as raised:
            await fetch_mail(http, azure, tenant.principal())
    assert raised.value.status_code == 502


def test_latest_entries_come_first(journal):
    """As many as are wanted, with whom they are about, and without what the event leaves empty."""
    for number in range(4):
        journal.record(Event("login.failed", 30, f"event {number}", {"path": f"/{number}", "correlation_id": ""}))
    assert [entry.message for entry in journal.latest(3)] == ["event 3", "event 2", "event 1"]
    assert [entry.details for entry in journal.latest(9)] == ["path=/3", "path=/2", "path=/1", "path=/0"]
    assert {entry.at for entry in journal.latest(9)} == {START}


def test_nothing_from_elsewhere_becomes_markup(journal):
    """Names, claims and log lines are text, whatever is in them."""
    user = SimulatedUser(object_id=DEFAULT_USERS["adele"].object_id, name=HOSTILE, username=HOSTILE)
    journal.record(Event(HOSTILE, 5, HOSTILE, {"path": HOSTILE}))
    parts = (facts({HOSTILE: HOSTILE}), items([HOSTILE]), paragraph(HOSTILE, "granted"), log(journal.latest(1)))
    made = page("/profile", HOSTILE, *parts, user=SimulatedTenant().principal(user=user), tenant=HOSTILE)
    assert "<script" not in made
    assert made.count("&lt;script&gt;") == 11
    assert "alert(&quot;1&quot;)" in made
