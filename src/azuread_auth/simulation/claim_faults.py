"""Faults of what a token says, under a good signature."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.simulation.fault_case import Case, Fault, changed_claims, with_claims
from azuread_auth.simulation.signing import json_bytes, merged, sign, sign_bytes
from azuread_auth.simulation.users import DEFAULT_USERS

__all__ = ["ANOTHER_API", "ANOTHER_TENANT", "CLAIM_FAULTS"]

ANOTHER_TENANT: Final = "e7d6c5b4-a392-4817-8f60-5e4d3c2b1a09"
ANOTHER_API: Final = "f8e7d6c5-b4a3-4928-9170-6f5e4d3c2b1a"
_GRAPH: Final = "00000003-0000-0000-c000-000000000000"


def _tenant_changed(case: Case, tenant_id: str) -> dict[str, object]:
    issuer = str(case.draft.claims.get("iss"))
    return {"iss": issuer.replace(case.tenant_id, tenant_id), "tid": tenant_id}


def _of_another_tenant(case: Case) -> str:
    return with_claims(case, _tenant_changed(case, ANOTHER_TENANT))


def _of_a_personal_account(case: Case) -> str:
    claims = merged(case.draft.claims, _tenant_changed(case, PERSONAL_TENANT))
    key = case.keys.personal_accounts
    header = merged(case.draft.header, {"kid": key.kid})
    return sign(replace(case.draft, header=header, claims=claims, key=key))


def _issued_by(suffix: str) -> Callable[[Case], str]:
    return lambda case: with_claims(case, {"iss": f"{case.draft.claims.get('iss')}{suffix}"})


def _issuer_listed(case: Case) -> str:
    return with_claims(case, {"iss": [case.draft.claims.get("iss")]})


def _audience_object(case: Case) -> str:
    return with_claims(case, {"aud": {"value": case.draft.claims.get("aud")}})


def _shifted(seconds: int) -> Callable[[Case], str]:
    def spoil(case: Case) -> str:
        start = case.now + seconds
        return with_claims(case, {"iat": start, "nbf": start, "exp": start + 3600})

    return spoil


def _expiry(of: Callable[[int], object]) -> Callable[[Case], str]:
    return lambda case: with_claims(case, {"exp": of(case.now)})


def _expiry_as_written(number: str) -> Callable[[Case], str]:
    """JSON has numbers that Python does not write."""

    def spoil(case: Case) -> str:
        rest = json_bytes(merged(case.draft.claims, {"exp": None}))
        payload = rest[:-1] + b',"exp":' + number.encode() + b"}"
        return sign_bytes(json_bytes(case.draft.header), payload, case.draft.key, case.draft.algorithm)

    return spoil


def _scopes_listed(case: Case) -> str:
    return with_claims(case, {"scp": ["user_impersonation"]})


def _id_token(case: Case) -> str:
    changes = {"scp": None, "roles": None, "azp": None, "azpacr": None, "appid": None, "appidacr": None}
    return with_claims(case, changes | {"nonce": "n-0S6_WzA2Mj", "sid": "5f3c2b1a"})


def _guest(case: Case) -> str:
    home = DEFAULT_USERS["robin"].home_tenant_id
    return with_claims(case, {"acct": 1, "idp": f"{case.origin}/{home}/"})


_NAMES_AND_SOURCES: Final[Mapping[str, object]] = {
    "_claim_names": {"groups": "src1"},
    "_claim_sources": {"src1": {"endpoint": "https://graph.azuread-auth.test/me/getMemberObjects"}},
    "groups": None,
}

CLAIM_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "expired": Fault("expired an hour ago", _shifted(-7200), Reason.EXPIRED),
        "not-yet-valid": Fault("nbf is an hour ahead", _shifted(3600), Reason.NOT_YET_VALID),
        "missing-exp": Fault("has no exp", changed_claims(exp=None), Reason.INVALID_CLAIM),
        "string-exp": Fault("exp is text", _expiry(lambda now: str(now + 3600)), Reason.INVALID_CLAIM),
        "list-exp": Fault("exp is a list", _expiry(lambda now: [now + 3600]), Reason.INVALID_CLAIM),
        "bool-exp": Fault("exp is true", changed_claims(exp=True), Reason.INVALID_CLAIM),
        "negative-exp": Fault("exp is negative", changed_claims(exp=-1), Reason.INVALID_CLAIM),
        "distant-exp": Fault("exp is 1e300", _expiry_as_written("1e300"), Reason.INVALID_CLAIM),
        "overflowing-exp": Fault("exp is 1e999", _expiry_as_written("1e999"), Reason.MALFORMED),
        "infinite-exp": Fault("exp is Infinity", _expiry_as_written("Infinity"), Reason.MALFORMED),
        "nan-exp": Fault("exp is NaN", _expiry_as_written("NaN"), Reason.MALFORMED),
        "many-digits-exp": Fault("exp has 5000 digits", _expiry_as_written("9" * 5000), Reason.MALFORMED),
        "wrong-audience": Fault("is for another API", changed_claims(aud=ANOTHER_API), Reason.WRONG_AUDIENCE),
        "graph-audience": Fault("is for Microsoft Graph", changed_claims(aud=_GRAPH), Reason.WRONG_AUDIENCE),
        "object-audience": Fault("aud is an object", _audience_object, Reason.INVALID_CLAIM),
        "missing-audience": Fault("has no aud", changed_claims(aud=None), Reason.INVALID_CLAIM),
        "wrong-issuer": Fault(
            "was issued by another host",
            lambda case: with_claims(case, {"iss": "https://login.attacker.test/v2.0"}),
            Reason.WRONG_ISSUER,
        ),
        "issuer-with-slash": Fault("iss ends in one slash more", _issued_by("/"), Reason.WRONG_ISSUER),
        "issuer-with-suffix": Fault("iss goes on after its end", _issued_by(".attacker.test"), Reason.WRONG_ISSUER),
        "list-issuer": Fault("iss is a list", _issuer_listed, Reason.WRONG_ISSUER),
        "missing-issuer": Fault("has no iss", changed_claims(iss=None), Reason.WRONG_ISSUER),
        "wrong-tenant": Fault("is a good token of another tenant", _of_another_tenant, Reason.WRONG_TENANT),
        "personal-account": Fault("is a good token of a personal account", _of_a_personal_account, Reason.WRONG_TENANT),
        "mismatched-tid": Fault(
            "tid is not the tenant of iss", changed_claims(tid=ANOTHER_TENANT), Reason.WRONG_TENANT
        ),
        "missing-tid": Fault("has no tid", changed_claims(tid=None), Reason.INVALID_CLAIM),
        "malformed-tid": Fault("tid is no GUID", changed_claims(tid="contoso"), Reason.INVALID_CLAIM),
        "wrong-version": Fault("ver is 3.0", changed_claims(ver="3.0"), Reason.INVALID_CLAIM),
        "missing-version": Fault("has no ver", changed_claims(ver=None), Reason.INVALID_CLAIM),
        "no-permissions": Fault(
            "has neither scopes nor roles", changed_claims(scp=None, roles=None), Reason.NO_PERMISSIONS
        ),
        "list-scope": Fault("scp is a list", _scopes_listed, Reason.INVALID_CLAIM),
        "id-token": Fault("is an ID token", _id_token, Reason.ID_TOKEN),
        "cnf-bound": Fault("is bound to a key", changed_claims(cnf={"kid": "k"}), Reason.SENDER_CONSTRAINED),
        "device": Fault("is a device's token", changed_claims(idtyp="device"), Reason.UNSUPPORTED_CALLER),
        "guest": Fault("is a guest's token; allow_guests=False refuses it", _guest, None),
        "groups-overage": Fault(
            "leaves the groups out because they are too many", lambda case: with_claims(case, _NAMES_AND_SOURCES), None
        ),
    }
)
