"""What is kept of a user who signed in: who it is and since when, never a token. As bytes, and as a Principal."""

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.errors import LoginFailed
from azuread_auth.principal import Principal

__all__ = [
    "SESSION_ID_BYTES",
    "SessionRecord",
    "SessionRules",
    "checked_claims",
    "fitted",
    "new_record",
    "principal_in",
    "record_bytes",
    "record_in",
]

SESSION_ID_BYTES: Final = 16
_FORMAT: Final = 1
# Format, session id, started_at, seen_at, number of groups; these follow with 16 bytes each, then the rest as JSON. So
# a record's size does not change with its times, and 200 groups, which is all that Entra lists, take 3,200 bytes.
_HEAD: Final = struct.Struct(f">B{SESSION_ID_BYTES}sddI")
_GROUP_BYTES: Final = 16
_ID_BYTES: Final = 512
_TEXT_BYTES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("tid", "oid", "sub", "iss", "preferred_username", "email", "sid", "ver"), _ID_BYTES),
    "login_hint": 1024,
}
"""Claims that name something, with the most bytes each may take: half a name would be another name."""
_NAME_CHARACTERS: Final = 128
_CONTEXTS: Final = 99
# The clocks of machines that serve the same sessions differ.
_EARLY_SECONDS: Final = 60.0
_LEAST_RENEWAL_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One session. Times are in seconds since the epoch."""

    session_id: bytes = field(repr=False)
    started_at: float
    seen_at: float
    """When a request last renewed it."""
    tenant_id: str
    object_id: str
    is_guest: bool
    version: str
    claims: Mapping[str, object] = field(repr=False)
    """Those of the ID token that say who it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long sessions last and what they may."""

    idle_seconds: float
    lifetime_seconds: float
    scopes: frozenset[str] = frozenset()
    """What `Scope` finds in a session, by short names."""
    scope_prefixes: frozenset[str] = frozenset()

    def ends_at(self, record: SessionRecord) -> float:
        """When the session ends, unless a request renews it."""
        return min(self.ends_at_the_latest(record), record.seen_at + self.idle_seconds)

    def renews_at(self, record: SessionRecord) -> float:
        """From when on a request renews it: not at each, and not where that would win no time."""
        if record.seen_at + self.idle_seconds >= self.ends_at_the_latest(record):
            return math.inf
        # Half of a very short idle time: else none would be left to renew it in.
        return record.seen_at + min(max(self.idle_seconds / 10, _LEAST_RENEWAL_SECONDS), self.idle_seconds / 2)

    def begins_at(self, record: SessionRecord) -> float:
        """From when on it counts: a session of the future is the work of a wrong clock and would last too long."""
        return max(record.started_at, record.seen_at) - _EARLY_SECONDS

    def is_current(self, record: SessionRecord, now: float) -> bool:
        """Whether the session has not ended."""
        return self.begins_at(record) <= now < self.ends_at(record)

    def ends_at_the_latest(self, record: SessionRecord) -> float:
        """When the session ends, however often it is renewed."""
        return record.started_at + self.lifetime_seconds


def new_record(principal: Principal, *, session_id: bytes, now: float) -> SessionRecord:
    """A session that begins now, of the user in an ID token that was found good."""
    return SessionRecord(
        session_id=session_id,
        started_at=now,
        seen_at=now,
        tenant_id=principal.tenant_id,
        object_id=principal.object_id,
        is_guest=principal.is_guest,
        version=principal.token_version,
        claims=_trimmed(principal),
    )


def fitted(record: SessionRecord, fits: Callable[[SessionRecord], bool], *, remedy: str) -> SessionRecord:
    """The record, without its groups where it does not fit with them. Raises LoginFailed where that does not help.

    Groups are left out as Entra leaves them out when they are too many: nobody is in a group then. Roles never are.
    `remedy` is what else the operator can do.
    """
    if fits(record):
        return record
    claims = {name: value for name, value in record.claims.items() if name != "groups"}
    if "groups" in record.claims:
        smaller = replace(record, claims={**claims, "hasgroups": True})
        if fits(smaller):
            return smaller
    message = "the sign-in service says more of the user than a session can hold; have it send fewer claims"
    if "roles" in record.claims:
        message = "the user has more app roles than a session can hold; assign fewer of them"
    raise LoginFailed(message + remedy)


def record_bytes(record: SessionRecord) -> bytes:
    """The record in our form."""
    claims = dict(record.claims)
    packed, others = _packed(claims.pop("groups", None))
    if others:
        claims["groups"] = others
    rest = {
        "tenant": record.tenant_id,
        "user": record.object_id,
        "guest": record.is_guest,
        "version": record.version,
        "claims": claims,
    }
    head = _HEAD.pack(_FORMAT, record.session_id, record.started_at, record.seen_at, len(packed) // _GROUP_BYTES)
    return head + packed + _json(rest)


def record_in(data: bytes) -> SessionRecord | None:
    """The record in such bytes; None for what has another form, as that of another release may have."""
    if len(data) < _HEAD.size:
        return None
    form, session_id, started_at, seen_at, count = _HEAD.unpack_from(data)
    end = _HEAD.size + count * _GROUP_BYTES
    if form != _FORMAT or end > len(data) or not (math.isfinite(started_at) and math.isfinite(seen_at)):
        return None
    try:
        rest = parse_object(data[end:])
    except ValueError:
        return None
    match rest:
        case {
            "tenant": str(tenant_id),
            "user": str(object_id),
            "guest": bool(is_guest),
            "version": str(version),
            "claims": dict(claims),
        } if tenant_id and object_id:
            return SessionRecord(
                session_id=session_id,
                started_at=started_at,
                seen_at=seen_at,
                tenant_id=tenant_id,
                object_id=object_id,
                is_guest=is_guest,
                version=version,
                claims=_with_groups(claims, data[_HEAD.size : end]),
            )
        case _:
            return None


def checked_claims(record: SessionRecord, rules: SessionRules) -> CheckedClaims:
    """What a Principal of the session is made of."""
    return CheckedClaims(
        payload=_json(record.claims),
        expires_at=rules.ends_at(record),
        tenant_id=record.tenant_id,
        object_id=record.object_id,
        client_id=None,
        kind="user",
        is_app_proved=False,
        scopes=rules.scopes,
        roles=frozenset(_texts(record.claims.get("roles"))),
        is_guest=record.is_guest,
        version=record.version,
        scope_prefixes=rules.scope_prefixes,
    )


def principal_in(record: SessionRecord, rules: SessionRules) -> Principal:
    """The user of the session."""
    return Principal(checked_claims(record, rules), None, "session")


def _trimmed(principal: Principal) -> dict[str, object]:
    """The claims that say who it is, each within its size: nothing that anybody can make long fills a cookie."""
    claims = principal.claims
    kept: dict[str, object] = {}
    for name, limit in _TEXT_BYTES.items():
        value = claims.get(name)
        if isinstance(value, str) and len(_json(value)) <= limit:
            kept[name] = value
    if principal.name:
        kept["name"] = principal.name[:_NAME_CHARACTERS]
    auth_time = claims.get("auth_time")
    if isinstance(auth_time, int | float) and not isinstance(auth_time, bool):
        kept["auth_time"] = auth_time
    contexts = _contexts(claims.get("acrs"))
    lists = {"acrs": contexts, "roles": sorted(principal.roles), "groups": sorted(principal.groups)}
    if principal.groups_overage:
        lists["groups"] = []  # such a list is not complete, and does not count
        kept["hasgroups"] = True
    return kept | {name: items for name, items in lists.items() if items}


def _contexts(acrs: object) -> list[str]:
    """Authentication contexts, "c1" to "c99": a list, or one as bare text."""
    found = [acrs] if isinstance(acrs, str) else _texts(acrs)
    return [context for context in found if len(context) <= len("c99")][:_CONTEXTS]


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _packed(groups: object) -> tuple[bytes, list[str]]:
    """Groups that are GUIDs in lower case, as bytes, and the others."""
    guids: list[str] = []
    others: list[str] = []
    for group in _texts(groups):
        (guids if as_guid(group) == group else others).append(group)
    return b"".join(bytes.fromhex(guid.replace("-", "")) for guid in guids), others


def _with_groups(claims: dict[str, object], packed: bytes) -> dict[str, object]:
    texts = [packed[start : start + _GROUP_BYTES].hex() for start in range(0, len(packed), _GROUP_BYTES)]
    groups = ["-".join((guid[:8], guid[8:12], guid[12:16], guid[16:20], guid[20:])) for guid in texts]
    groups += _texts(claims.pop("groups", None))
    return {**claims, "groups": groups} if groups else claims


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
