"""Which kind of sessions the settings want."""

import pytest

from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._web.sealed_sessions import SealedSessions
from azuread_auth._web.sessions import FoundSession, Sessions, sessions_for
from azuread_auth._web.stored_sessions import StoredSessions
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TokenStore
from azuread_auth.requirements import Scope
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.web_login import WebLogin
from tests.unit._web.session_browser import NAMES, NOW, Admitting, Browser, sealer, user

PREFIXES = frozenset({"api://orders"})


def _no_store() -> TokenStore:
    message = "there is no store"
    raise ConfigurationError(message)


def sessions(web_login: WebLogin, client_store: TokenStore | None = None) -> Sessions:
    """The sessions of an application with these settings."""
    rules = Admitting()
    return sessions_for(
        web_login,
        names=NAMES,
        sealer=sealer,
        client_store=_no_store if client_store is None else lambda: client_store,
        bind_store=lambda other: other,
        admission=rules.admission,
        scope_prefixes=PREFIXES,
        runtime=BlockingRuntime(),
        observer=rules,
    )


def found(made: Sessions) -> FoundSession:
    """What a user who signs in finds at the next request."""
    browser = Browser().take(run_blocking(made.begin(user(), [], now=NOW)))
    session = run_blocking(made.find(browser.headers, now=NOW))
    assert session is not None
    return session


def test_sessions_are_in_cookies_unless_there_is_a_store():
    """Each of the three ways to keep them."""
    assert isinstance(sessions(WebLogin()), SealedSessions)
    assert isinstance(sessions(WebLogin(session_store=MemoryStore())), StoredSessions)
    assert isinstance(sessions(WebLogin(session_store="client"), MemoryStore()), StoredSessions)


def test_the_store_that_was_given_is_used():
    """The client's own for "client", and the given one else."""
    for_client, given = MemoryStore(), MemoryStore()
    found(sessions(WebLogin(session_store="client"), for_client))
    assert len(for_client._entries().cache) > 0
    found(sessions(WebLogin(session_store=given), for_client))
    assert len(given._entries().cache) > 0


def test_a_client_without_a_store_has_none_for_sessions():
    """The client says so itself; it is not asked where another store was given, or none is needed."""
    with pytest.raises(ConfigurationError, match="there is no store"):
        sessions(WebLogin(session_store="client"))
    sessions(WebLogin())


@pytest.mark.parametrize("store", [None, MemoryStore()])
def test_limits_and_scopes_are_those_of_the_settings(store):
    """In either way to keep sessions."""
    web_login = WebLogin(
        session_store=store,
        session_scopes=["Orders.Read", "api://orders/Orders.Write"],
        session_idle_seconds=120,
        session_lifetime_seconds=600,
    )
    principal = found(sessions(web_login)).principal
    assert (principal.scopes, principal.expires_at) == ({"Orders.Read", "Orders.Write"}, NOW + 120)
    assert Scope("api://orders/Orders.Write").is_met_by(principal)
    assert not Scope("Orders.Delete").is_met_by(principal)


def test_a_session_has_no_scopes_unless_said():
    """Then no requirement of a scope is met."""
    assert found(sessions(WebLogin())).principal.scopes == frozenset()


def test_scopes_of_another_api_are_refused():
    """A session scope that no requirement could ever mean is told at the start."""
    with pytest.raises(ConfigurationError, match="scope of another API"):
        sessions(WebLogin(session_scopes=["https://graph.microsoft.com/User.Read"]))
