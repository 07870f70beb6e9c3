"""Fixtures for tests of sign-in behind real servers."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.conftest import StartServer
from tests.integration.sign_in_workers import KINDS, Application, Person, ServedTenant


@pytest.fixture(params=KINDS)
def application(request: pytest.FixtureRequest, start_server: StartServer) -> Iterator[Application]:
    """One behind a server of each kind, not started yet."""
    with ServedTenant() as tenant:
        tenant.serve()
        made = Application(request.param, tenant, start_server)
        yield made
        made.close()


@pytest.fixture
def person(application: Application) -> Person:
    """A browser that is nowhere yet."""
    nowhere: Any = None
    return Person(nowhere)
