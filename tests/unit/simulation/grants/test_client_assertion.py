"""Assertions that prove an application by its certificate."""

import base64
import hashlib
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def url64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion(caller, certificate, *, algorithm="PS256", header=None, **changes):
    """An assertion as Microsoft specifies it; a change to None leaves the claim out."""
    thumbprints = {
        "PS256": {"x5t#S256": url64(hashlib.sha256(certificate.der).digest())},
        "RS256": {"x5t": url64(hashlib.sha1(certificate.der).digest())},
    }
    claims = {
        "aud": caller.url("token"),
        "iss": caller.tenant.client_id,
        "sub": caller.tenant.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": int(caller.now),
        "iat": int(caller.now),
        "exp": int(caller.now) + 600,
    } | changes
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None},
        certificate.private_key,
        algorithm=algorithm,
        headers=thumbprints[algorithm] if header is None else header,
    )


def ask(caller, text, **changes):
    """The answer to a request with the assertion."""
    proof = {"client_secret": "", "client_assertion": text, "client_assertion_type": ASSERTION_TYPE}
    return caller.for_app(**proof | changes)


@pytest.fixture
def certificate(caller):
    """A certificate that is registered on the tenant's own application."""
    return caller.tenant.make_certificate()


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
def test_T120_certificate_proves_the_application(caller, claims_of, certificate, algorithm):
    """Both forms prove it: PS256 with the SHA-256 thumbprint, RS256 with the SHA-1 one."""
    document = ask(caller, assertion(caller, certificate, algorithm=algorithm))
    assert claims_of(document["access_token"])["azpacr"] == "2"


@pytest.mark.parametrize("audience", ["{host}/{tenant}/v2.0", "{host}/{tenant}/"])
def test_issuer_is_an_audience_too(caller, certificate, audience):
    """Entra takes its issuers for the token endpoint."""
    aud = audience.format(host=caller.tenant.authority_host, tenant=caller.tenant.tenant_id)
    assert "error" not in ask(caller, assertion(caller, certificate, aud=aud))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"aud": "https://login.microsoftonline.com/x/oauth2/v2.0/token"}, 700023, id="another endpoint"),
        pytest.param({"aud": None}, 700023, id="no audience"),
        pytest.param({"sub": "8f1d2c3b-0000-4000-8000-000000000000"}, 700021, id="another subject"),
        pytest.param({"iss": "8f1d2c3b-0000-4000-8000-000000000000"}, 700021, id="another issuer"),
        pytest.param({"exp": 1_700_000_000 - 301}, 700024, id="expired"),
        pytest.param({"exp": 1_700_000_000 + 901}, 700024, id="good for too long"),
        pytest.param({"exp": None}, 700024, id="good for ever"),
        pytest.param({"nbf": 1_700_000_000 + 301}, 700024, id="not yet good"),
        pytest.param({"jti": None}, 50027, id="no id"),
        pytest.param({"algorithm": "RS256", "header": {"x5t#S256": ""}}, 700027, id="unknown certificate"),
        pytest.param({"header": {}}, 700027, id="no certificate named"),
    ],
)
def test_T120_wrong_assertion_is_refused(caller, verdict, certificate, changes, code):
    """Each flaw has its code, and all are the client's fault."""
    assert verdict(ask(caller, assertion(caller, certificate, **changes))) == ("invalid_client", code)


def test_T120_each_assertion_counts_once(caller, verdict, certificate):
    """An assertion that somebody saw proves nothing again."""
    text = assertion(caller, certificate, nbf=None)
    assert "error" not in ask(caller, text)
    assert verdict(ask(caller, text)) == ("invalid_client", 50027)


def test_T120_algorithm_belongs_to_the_thumbprint(caller, verdict, certificate):
    """SHA-1 does for RS256 alone, and PS256 wants SHA-256."""
    sha1 = {"x5t": url64(hashlib.sha1(certificate.der).digest())}
    assert verdict(ask(caller, assertion(caller, certificate, header=sha1))) == ("invalid_client", 700027)


def test_unregistered_certificate_is_refused(caller, verdict, certificate):
    """A certificate that nobody registered proves nothing; a key with another's thumbprint neither."""
    stranger = caller.tenant.make_certificate(register=False)
    assert verdict(ask(caller, assertion(caller, stranger))) == ("invalid_client", 700027)
    header = {"x5t#S256": url64(hashlib.sha256(certificate.der).digest())}
    assert verdict(ask(caller, assertion(caller, stranger, header=header))) == ("invalid_client", 700027)


def test_expired_certificate_is_refused(caller, verdict):
    """Entra looks at the dates of the certificate as well."""
    expired = caller.tenant.make_certificate(valid_seconds=-1)
    assert verdict(ask(caller, assertion(caller, expired))) == ("invalid_client", 1000502)


def test_request_must_say_what_it_sends(caller, verdict, certificate):
    """The type of the assertion is part of the request; text that is no token is not one."""
    text = assertion(caller, certificate)
    assert verdict(ask(caller, text, client_assertion_type="x")) == ("invalid_request", 900144)
    assert verdict(ask(caller, "nonsense")) == ("invalid_client", 50027)


def chain(*ders: bytes) -> dict[str, object]:
    """The header that sends a chain."""
    return {"x5t#S256": "", "x5c": [base64.b64encode(der).decode() for der in ders]}


def test_chain_proves_by_name_and_issuer(caller, verdict):
    """Any certificate of the registered name and issuer will do, if the chain comes along."""
    first = caller.tenant.make_certificate(has_chain=True)
    issuer = first.issuer.public_bytes(serialization.Encoding.DER)
    good = assertion(caller, first, header=chain(first.der, issuer))
    assert "error" not in ask(caller, good)
    assert verdict(ask(caller, assertion(caller, first))) == ("invalid_client", 700027)


@pytest.mark.parametrize("flaw", ["no issuer", "another name", "another issuer", "no list", "no base64", "empty"])
def test_wrong_chain_is_refused(caller, verdict, flaw):
    """What does not lead to the registered issuer proves nothing."""
    first = caller.tenant.make_certificate(has_chain=True)
    other = caller.tenant.make_certificate(has_chain=True, register=False)
    named = caller.tenant.make_certificate(register=False, subject_name="x")
    issuer, other_issuer = (each.issuer.public_bytes(serialization.Encoding.DER) for each in (first, other))
    headers = {
        "no issuer": chain(first.der),
        "another name": chain(named.der, issuer),
        "another issuer": chain(other.der, other_issuer),
        "no list": {"x5c": "x"},
        "no base64": {"x5c": ["?"]},
        "empty": {"x5c": []},
    }
    text = assertion(caller, first, header=headers[flaw])
    assert verdict(ask(caller, text)) == ("invalid_client", 700030)
