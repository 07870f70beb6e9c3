"""Each container that an object keeps has a bound, or a reason why it needs none: a new one has to be thought about."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.documentation.test_bounds import BOUNDS

PACKAGE = Path(__file__).parents[2] / "src" / "azuread_auth"
MAKERS = {"dict", "set", "list", "deque", "Counter", "OrderedDict", "defaultdict"} | {
    f"{kind}Cache" for kind in ("LRU", "TTL", "TLRU", "LFU", "FIFO")
}
CALLERS = "as much as is under way at the same time"
HOMES = "one for each event loop or process; those of closed loops are forgotten"
SETTINGS = "what the application or its settings have"
TESTS = "what a test, or whoever runs the simulation, has put in"

# By file and attribute: a row of docs/reference/bounds.md, or a reason.
CONTAINERS = {
    "_adapters/async_runtime.py": {
        "_tasks": CALLERS,
        "_background": "background tasks of the async client",
        "_thread_limits": HOMES,
        "_locks": HOMES,
    },
    "_adapters/blocking_runtime.py": {"_threads": "background threads of the blocking client", "_locks": HOMES},
    "_adapters/command_runner.py": {"_limiters": HOMES},
    "_adapters/httpx.py": {"_kept": HOMES},
    "_adapters/tls.py": {"_by_process": HOMES},
    "_adapters/wire.py": {"_by_way": SETTINGS},
    "_client/wiring.py": {"_own_store": SETTINGS, "_own_tokens": SETTINGS},
    "_core/engine.py": {"_tokens": SETTINGS, "_memberships": SETTINGS, "_sessions": SETTINGS},
    "_core/group_memberships.py": {
        "_unknown": "callers and tenants for whom Graph is not asked again yet",
        "_quiet": "callers and tenants for whom Graph is not asked again yet",
    },
    "_core/known_groups.py": dict.fromkeys(
        ("_older", "_younger"), "groups that Microsoft Graph told, of all callers together"
    ),
    "_core/local_tokens.py": dict.fromkeys(("_older", "_younger"), "tokens for other APIs"),
    "_core/pauses.py": {"_pauses": "who must not ask Entra again yet"},
    "_core/provider.py": {"_sources": "two versions of tokens"},
    "_core/single_flight.py": {"_running": CALLERS},
    "_core/store_memory.py": dict.fromkeys(
        ("seen", "unsaved"), "what the shared store said or missed, while it may be away"
    ),
    "_core/tenant_rule.py": {"_answers": "answers of a `tenants` rule"},
    "_core/validated_tokens.py": dict.fromkeys(("_older", "_younger"), "tokens of callers that were found good"),
    "_core/validator.py": {"_headers": "headers that tokens have in common"},
    "_protocol/names.py": dict.fromkeys(
        ("_scopes", "_sets"), "sets of scopes, and of roles, that tokens have in common"
    ),
    "_web/opened_sessions.py": dict.fromkeys(("_older", "_younger"), "sessions in cookies that were opened"),
    "_web/recent_answers.py": {"_runs": "answers of callbacks, for browsers that ask twice"},
    "_web/session_admission.py": {"_reported": "sessions whose refusal was logged"},
    "credentials/identity_assertion.py": {"_running": HOMES},
    "credentials/identity_host.py": {"_digests": "tokens of managed identities, as digests, for when they are revoked"},
    "observability/labels.py": {"_seen": "values of an attribute of a metric"},
    "observability/logging.py": {"_windows": "kinds of log lines that are counted"},
    "observability/opentelemetry.py": {"_keys_loaded_at": SETTINGS},
    "observability/tally.py": {
        "_sources": SETTINGS,
        "_by_process": HOMES,
        "totals": "values of an attribute of a metric",
        "_last": SETTINGS,
    },
    "stores/_redis/pool.py": {"_idle": "idle connections to Redis"},
    "stores/memory.py": {"_by_process": HOMES, "cache": "entries of a `MemoryStore`"},
    "stores/redis.py": {"_by_process": HOMES},
    "simulation/apps.py": {"_apps": TESTS},
    "simulation/failures.py": {"_by_kind": TESTS},
    "simulation/grants/authorization_codes.py": {"_codes": "its codes, device codes, browsers and strangers"},
    "simulation/grants/device_codes.py": {"_by_device_code": "its codes, device codes, browsers and strangers"},
    "simulation/grants/refresh_tokens.py": {"_kept": "its refresh tokens"},
    "simulation/grants/replays.py": {"_expiries": "client assertions it has seen, that have not expired"},
    "simulation/identities/identity.py": {"_user_assigned": TESTS},
    "simulation/people.py": {"_strangers": "its codes, device codes, browsers and strangers"},
    "simulation/policies.py": {
        "_consent": TESTS,
        "_mfa": TESTS,
        "_contexts": TESTS,
        "_consented": "consents of its users",
    },
    "simulation/recordings/labels.py": {"_known": "identities that a recording tells apart", "_counts": "a few kinds"},
    "simulation/recordings/process_lock.py": {"_by_process": HOMES},
    "simulation/recordings/recorded_answers.py": {"_given": "a recording"},
    "simulation/recordings/recording_text.py": {"_answers": "a recording", "_requests": "a recording"},
    "simulation/request_log.py": {"_entries": "requests in its log", "_counts": "a few kinds"},
    "simulation/revocations.py": {"_ended": TESTS, "_challenged": TESTS},
    "simulation/routes.py": {"_responses": TESTS},
    "simulation/server.py": {"_handling": CALLERS},
    "simulation/sign_in/provider_sessions.py": {
        "issuers": TESTS,
        "_by_cookie": "its codes, device codes, browsers and strangers",
    },
    "simulation/tenant_state.py": {"arc_keys": TESTS},
    "simulation/traffic.py": {"_delays": "a few kinds"},
}
VALUES = {
    "_protocol/grants.py": {"secrets"},
    "_protocol/http.py": {"headers"},
    "django/users.py": {"group_roles"},
    "simulation/graph/errors.py": {"headers"},
    "simulation/installing.py": {"_layers"},
    "simulation/strict_table.py": {"_asked"},
}
"""What ends with one request, one table or one `with` block, or is a setting."""
# By file and function: each keeps what it was asked for, and is asked for little.
CACHES = {
    "_adapters/client_auth.py": {"_kind"},
    "_protocol/roca.py": {"_powers"},
    "requirements.py": {"_short_name"},
    "django/configuration.py": {"configuration"},
    "simulation/grants/client_assertion.py": {"_thumbprint", "_certificate"},
    "simulation/keys.py": {"_generated"},
}
REASONS = {CALLERS, HOMES, SETTINGS, TESTS, "two versions of tokens", "a few kinds"}


def is_empty_container(value: ast.expr | None) -> bool:
    """Whether it is something that can grow."""
    if isinstance(value, ast.Dict | ast.List | ast.Set):
        return not ast.unparse(value).strip("{}[]")
    if not isinstance(value, ast.Call):
        return False
    name = called(value)
    factories = [called(each.value) for each in value.keywords if each.arg == "default_factory"]
    return name in MAKERS or (name == "field" and bool(MAKERS & set(factories)))


def called(node: ast.AST) -> str:
    """The last part of a name or of what a call calls."""
    node = node.func if isinstance(node, ast.Call) else node
    return str(getattr(node, "attr", getattr(node, "id", "")))


def kept_in(tree: ast.Module) -> Iterator[str]:
    """The containers that objects of a module's classes begin with, those of fields too, and the module's own."""
    for scope in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]:
        statements = scope.body if isinstance(scope, ast.Module) else ast.walk(scope)
        for node in statements:
            if isinstance(node, ast.Assign | ast.AnnAssign) and is_empty_container(node.value):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Attribute) or node in scope.body:
                        yield called(target)


def cached_in(tree: ast.Module) -> set[str]:
    """Functions that remember their results."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {each.name for each in functions if {called(d) for d in each.decorator_list} & {"cache", "lru_cache"}}


def found() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Containers and caches by file; commands end, and are left out."""
    containers, caches = {}, {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not name.startswith("cli/"):
            containers[name], caches[name] = set(kept_in(tree)), cached_in(tree)
    return {k: v for k, v in containers.items() if v}, {k: v for k, v in caches.items() if v}


def test_a_container_would_be_noticed():
    """The check finds what it looks for: in a class, in a field, in a module."""
    source = (
        "m = {}\nclass A:\n    f: list[int] = field(default_factory=list)\n    def g(self):\n        self.s = set()\n"
    )
    assert sorted(kept_in(ast.parse(source))) == ["f", "m", "s"]


def test_R19_every_container_is_accounted_for():
    """R19: what is kept anywhere is in the table above, and nothing else is."""
    known = {name: set(kept) for name, kept in CONTAINERS.items()} | VALUES
    assert found() == (known, CACHES)


def test_R19_every_bound_is_on_the_page():
    """R19: what a container is bounded by is a row of the page of bounds, which is compared with the code."""
    named = {row for kept in CONTAINERS.values() for row in kept.values()}
    assert named - REASONS <= set(BOUNDS)
