"""The authority of one run: good for this machine, and for nothing else."""

import ipaddress
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from azuread_auth.simulation.throw_away_authority import loopback_certificate

NOW = 1_795_600_000.0


@pytest.fixture(scope="module")
def made():
    """A certificate, made at NOW."""
    return loopback_certificate(now=NOW)


@pytest.fixture(scope="module")
def authority(made):
    """The authority's certificate."""
    return x509.load_pem_x509_certificate(made.authority_pem)


@pytest.fixture(scope="module")
def certificate(made):
    """The server's certificate."""
    return x509.load_pem_x509_certificate(made.pem)


def extension(certificate, kind):
    """An extension, with whether it must be understood."""
    found = certificate.extensions.get_extension_for_class(kind)
    return found.value, found.critical


@pytest.mark.parametrize("name", [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
def test_server_is_who_it_says(authority, certificate, name):
    """The certificate is good for the address and the name of this machine, by the rules of the web's certificates."""
    verifier = (
        PolicyBuilder().store(Store([authority])).time(certificate.not_valid_before_utc).build_server_verifier(name)
    )
    assert verifier.verify(certificate, []) == [certificate, authority]


@pytest.mark.parametrize("name", ["login.microsoftonline.com", "localhost.test", "app.localhost"])
def test_server_is_nobody_else(authority, certificate, name):
    """The certificate is good for no other name."""
    verifier = PolicyBuilder().store(Store([authority])).time(certificate.not_valid_before_utc)
    with pytest.raises(VerificationError):
        verifier.build_server_verifier(x509.DNSName(name)).verify(certificate, [])


def test_T131_authority_vouches_for_this_machine_alone(authority):
    """Whoever trusts it trusts nobody to be Microsoft: its certificate says what it may vouch for."""
    constraints, is_critical = extension(authority, x509.NameConstraints)
    assert is_critical
    assert set(constraints.permitted_subtrees) == {
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_network("127.0.0.1/32")),
    }
    assert extension(authority, x509.BasicConstraints) == (x509.BasicConstraints(ca=True, path_length=0), True)


def test_T131_authority_has_no_key_any_more(made, authority, certificate):
    """The only key that is left is the server's, which is no authority."""
    left = load_pem_private_key(made.pem, None)
    assert made.pem.count(b"PRIVATE KEY-----") == 2
    assert b"PRIVATE KEY" not in made.authority_pem
    assert left.public_key() == certificate.public_key() != authority.public_key()
    assert extension(certificate, x509.BasicConstraints) == (x509.BasicConstraints(ca=False, path_length=None), True)
    assert extension(certificate, x509.ExtendedKeyUsage)[0] == x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def test_key_is_shown_by_no_repr(made):
    """Neither repr nor the authority's file has it."""
    assert "PRIVATE" not in repr(made)


def test_it_is_good_for_a_month(authority, certificate):
    """From a day before, for clocks that are behind, to 30 days after."""
    for each in (authority, certificate):
        assert NOW - each.not_valid_before_utc.timestamp() == 86_400
        assert each.not_valid_after_utc.timestamp() - NOW == 30 * 86_400


def test_each_run_has_its_own(authority):
    """No key is shared between runs."""
    other = x509.load_pem_x509_certificate(loopback_certificate(now=time.time()).authority_pem)
    assert other.public_key() != authority.public_key()
