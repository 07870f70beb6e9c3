"""Users stay signed in: two workers that share nothing but a key, a restart, and a new key for the cookies."""

import copy

import pytest

from tests.integration.sign_in_workers import (
    NEW,
    OLD,
    SIGNED_IN,
    SIGNED_OUT,
    USERNAME,
    Application,
    Person,
    Proxy,
    Worker,
    codes,
)

pytest_plugins = ("tests.integration.sign_in_fixtures",)

# A session is renewed after half of so short a time. Machines' clocks may differ by a minute, so that what was rolled
# out before still knows a session that was renewed by what comes after it, so many seconds later.
IDLE_SECONDS = "100"
LATER_SECONDS = 52


def test_T104_a_worker_without_the_tokens_asks_once(application: Application, person: Person) -> None:
    """T104: signed in at one, signed in at the other; tokens come by one silent sign-in, and to pages alone."""
    first, second = application.roll_out(OLD)
    person.site = first
    assert USERNAME in person.visit("/").text
    assert person.statuses(first, second) == SIGNED_IN * 2
    token = person.token(first)
    assert codes(application.tenant) == len(application.tenant.token_requests) == 1

    person.site = second
    refused = person.fetch("/orders")
    assert (refused.status, "/auth/login?" in refused.text, refused.location) == (401, True, "")
    assert codes(application.tenant) == 1
    assert person.visit("/orders").status == 200
    assert person.prompts == [None, "none"]
    assert person.fetch("/orders").status == 200
    assert person.token(second) != token == person.token(first)
    assert codes(application.tenant) == len(application.tenant.token_requests) == 2


def test_T104_tokens_that_always_come_to_the_other_worker(application: Application, person: Person) -> None:
    """T104: the sign-ins end in a page after five, and the user is as signed in as before."""
    first, second = application.roll_out(OLD)
    person.site = Proxy(pages=second, login=first, callback=first)
    assert person.visit("/").status == 200
    reply = person.visit("/orders")
    assert (reply.status, "does not help" in reply.text) == (400, True)
    assert person.prompts == [None] + ["none"] * 4
    assert codes(application.tenant) == 5
    assert person.statuses(first, second) == SIGNED_IN * 2
    assert person.token(first)


@pytest.mark.slow
def test_R31_a_restart_and_a_key_rotation_sign_nobody_out(application: Application, person: Person) -> None:
    """R31, T92: whichever worker is asked while keys change; the old key alone opens nothing once it is gone."""
    workers = application.roll_out(OLD, AZURE_AD_SESSION_IDLE_SECONDS=IDLE_SECONDS)
    person.site = workers[0]
    assert person.visit("/").status == 200
    application.stop_oldest()
    workers = application.roll_out(OLD)
    assert person.statuses(*workers) == SIGNED_IN * 2
    assert_token_comes_silently(person, workers[1])

    workers = rolled_out_beside(application, person, workers, NEW, OLD)
    late = Person(workers[0], "megan")
    assert late.visit("/").status == 200
    kept = copy.deepcopy(late.jar)

    workers = rolled_out_beside(application, person, workers, OLD, NEW)
    assert late.statuses(*workers) == SIGNED_IN * 2
    assert session_of(late) != [cookie.value for name, cookie in kept.cookies.items() if "-session-" in name]

    workers = application.roll_out(NEW)
    application.stop_oldest()
    assert person.statuses(*workers) == late.statuses(*workers) == SIGNED_IN * 2
    assert_token_comes_silently(person, workers[1])
    late.jar = kept
    assert late.statuses(*workers) == SIGNED_OUT * 2
    assert late.visit("/").status == 200


def rolled_out_beside(
    application: Application, person: Person, running: tuple[Worker, Worker], *keys: bytes
) -> tuple[Worker, Worker]:
    """Roll out with other keys; for a while requests come to the old workers and to the new ones by turns."""
    application.tenant.turned.advance(LATER_SECONDS)
    workers = application.roll_out(*keys)
    assert person.statuses(running[0]) == SIGNED_IN
    before = session_of(person)
    assert person.statuses(workers[0], running[1], workers[1], running[0]) == SIGNED_IN * 4
    assert session_of(person) != before, "the session was not renewed"
    for beginning, end in ((workers[0], running[0]), (running[1], workers[1])):
        newcomer = Person(Proxy(pages=beginning, login=beginning, callback=end), "robin")
        assert newcomer.visit("/").status == 200
        assert newcomer.statuses(beginning, end) == SIGNED_IN * 2
    application.stop_oldest()
    assert_token_comes_silently(person, workers[1])
    return workers


def assert_token_comes_silently(person: Person, worker: Worker) -> None:
    """It was lost with the workers before; nobody is asked anything."""
    person.prompts.clear()
    before = codes(worker.tenant)
    person.site = worker
    assert person.fetch("/orders").status == 401
    assert person.visit("/orders").status == 200
    assert person.prompts == ["none"]
    assert codes(worker.tenant) == before + 1


def session_of(person: Person) -> list[str]:
    """What the browser has of its session."""
    return [person.jar.cookies[name].value for name in person.jar.named("session")]
