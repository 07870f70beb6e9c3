"""`azuread-auth inspect` as a command: where the token comes from, what is printed, and the exit code."""

import io
import json

import pytest

from azuread_auth.cli.main import main
from azuread_auth.simulation.faults import FAULTS

PERSONAL = (
    "Adele Vance",
    "adele@contoso.onmicrosoft.com",
    "adele@contoso.test",
    "5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41",
)


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def environ(tenant):
    """The environment of an application that trusts the tenant."""
    return tenant.environ()


def test_good_token_is_explained(run, tenant, environ):
    """A good token is judged good, with who calls, and each check is ok."""
    outcome = run("inspect", stdin=tenant.mint_token(scopes=["Files.Read"]), environ=environ)
    assert outcome.code == 0
    assert outcome.out.startswith("GOOD: ")
    assert "it is of a user" in outcome.out
    assert "with Files.Read; it expires in 59 minutes" in outcome.out
    assert "Claims (verified)" in outcome.out
    assert "FAILED" not in outcome.out
    assert "not reached" not in outcome.out
    assert outcome.err == ""


def test_application_token_is_explained(run, tenant, environ):
    """An application's token is told apart from a user's."""
    outcome = run("inspect", stdin=tenant.mint_token(kind="app", roles=["Files.Read.All"]), environ=environ)
    assert outcome.code == 0
    assert "it is of an application" in outcome.out
    assert "with Files.Read.All" in outcome.out


def test_bad_token_is_explained(run, tenant, environ):
    """A refused token comes with the reason, the remedy, and the check that failed."""
    outcome = run("inspect", stdin=tenant.mint_token(fault="wrong-audience"), environ=environ)
    assert outcome.code == 1
    assert outcome.out.startswith("REFUSED: wrong_audience\n")
    assert "what to do: request a scope of this API" in outcome.out
    assert "FAILED          audience: " in outcome.out
    assert "who it is for: another API" in outcome.out


def test_all_that_is_wrong_is_told(run, tenant, environ):
    """Under a good signature every check is made, so that one run tells all that has to be mended."""
    token = tenant.mint_token(fault="expired", audience="api://other")
    outcome = run("inspect", "--json", stdin=token, environ=environ)
    failed = {check["check"]: check["reason"] for check in json.loads(outcome.out)["checks"] if check["reason"]}
    assert failed == {"audience": "wrong_audience", "lifetime": "expired"}


def test_unverified_claims_are_marked(run, tenant, environ):
    """Claims under a bad signature are shown, marked as nobody's word, and not judged."""
    outcome = run("inspect", stdin=tenant.mint_token(fault="bad-signature"), environ=environ)
    assert outcome.code == 1
    assert "Claims (NOT VERIFIED: anybody can write this)" in outcome.out
    assert "not reached     audience: " in outcome.out


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "Authorization: Bearer ", "authorization:bearer "])
@pytest.mark.parametrize("way", ["argument", "words", "dash", "input"])
def test_token_comes_from_anywhere(run, tenant, environ, prefix, way):
    """The token is an argument or on standard input, with whatever was copied along."""
    text = f"{prefix}{tenant.mint_token()}"
    ways = {
        "argument": lambda: run("inspect", text, environ=environ),
        "words": lambda: run("inspect", *text.split(), environ=environ),
        "dash": lambda: run("inspect", "-", stdin=f"\n {text}\r\n", environ=environ),
        "input": lambda: run("inspect", stdin=f"{text}\n", environ=environ),
    }
    assert ways[way]().code == 0


def test_nothing_on_input_is_wrong_usage(run, environ):
    """An empty input is told, with what to do."""
    outcome = run("inspect", stdin=" \n", environ=environ)
    assert (outcome.code, outcome.out) == (2, "")
    assert "there is no token" in outcome.err


def test_somebody_at_a_terminal_is_told_to_paste(run, tenant, environ):
    """Where input comes from a keyboard, a line says what is awaited."""
    outcome = run("inspect", stdin=Terminal(tenant.mint_token().encode()), environ=environ)
    assert outcome.code == 0
    assert "paste the token" in outcome.err


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x1b[2J", "é".encode(), b"a" * 300_000, b"...."])
def test_rubbish_is_refused(run, environ, data):
    """What is no token at all is refused like any other bad token."""
    outcome = run("inspect", stdin=data, environ=environ)
    assert outcome.code == 1
    assert "FAILED          form: " in outcome.out
    assert "\x1b" not in outcome.out


def test_terminal_escapes_are_neutralised(run, tenant, environ):
    """Claims of a hostile token cannot steer the terminal, nor flood it."""
    token = tenant.mint_token(claims={"tid": "\x1b]0;owned\x07", "roles": ["r" * 5000], "\x1b[31mclaim": "\u202e"})
    out = run("inspect", "--show-personal", stdin=token, environ=environ).out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert max(map(len, out.splitlines())) < 400


def test_personal_claims_are_masked(run, tenant, environ):
    """Names, addresses and object ids are shown by their first character, in text and JSON."""
    token = tenant.mint_token(version=1)
    for arguments in (("inspect",), ("inspect", "--json")):
        out = run(*arguments, stdin=token, environ=environ).out
        assert not [value for value in (*PERSONAL, "Vance", "192.0.2.1") if value in out]


def test_claims_nobody_knows_are_masked(run, tenant, environ):
    """A claim that the tenant made up may be personal, so it is masked whatever its type."""
    token = tenant.mint_token(claims={"x_a": "secret-text", "x_b": ["secret-item"], "x_c": {"k": "secret-member"}})
    assert "secret" not in run("inspect", stdin=token, environ=environ).out


def test_personal_claims_are_shown_on_demand(run, tenant, environ):
    """--show-personal shows them."""
    out = run("inspect", "--show-personal", stdin=tenant.mint_token(), environ=environ).out
    assert not [value for value in PERSONAL if value not in out]


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("format_arguments", [(), ("--json",)], ids=["text", "json"])
def test_token_is_never_printed(run, tenant, environ, fault, format_arguments):
    """No part of the token gets into the output, whatever is wrong with it."""
    token = tenant.mint_token(fault=fault)
    outcome = run("inspect", "--show-personal", *format_arguments, stdin=token, environ=environ)
    parts = [part for part in token.split(".") if len(part) >= 40]
    assert not [part for part in parts if part in outcome.out + outcome.err or part[-40:] in outcome.out + outcome.err]


def test_json_is_complete(run, tenant, environ):
    """--json gives the verdict, what was decoded, and each check in order."""
    outcome = run("inspect", "--json", stdin=tenant.mint_token(fault="expired"), environ=environ)
    document = json.loads(outcome.out)
    assert outcome.code == 1
    assert (document["verdict"], document["reason"]) == ("refused", "expired")
    assert document["remedy"].startswith("get a fresh token")
    assert document["signature_verified"] is True
    assert -3700 < document["expires_in_seconds"] < -3500
    assert document["caller"] is None
    assert document["claims"]["aud"] == tenant.client_id
    assert [check["check"] for check in document["checks"]][:3] == ["form", "algorithm", "payload"]


def test_json_names_the_caller(run, tenant, environ):
    """A good token's JSON says who calls."""
    document = json.loads(run("inspect", "--json", stdin=tenant.mint_token(), environ=environ).out)
    assert document["verdict"] == "good"
    assert document["caller"]["kind"] == "user"
    assert document["caller"]["scopes"] == ["user_impersonation"]
    assert document["reason"] is None


def test_without_settings_it_still_decodes(run, tenant):
    """Without configuration the token is decoded, the form judged, and the rest said to need settings."""
    outcome = run("inspect", stdin=tenant.mint_token())
    assert outcome.code == 2
    assert outcome.out.startswith("UNDECIDED: ")
    assert "AZURE_CLIENT_ID" in outcome.out
    assert "in 59 minutes" in outcome.out
    assert "ok              form: " in outcome.out
    assert "needs settings  signature: " in outcome.out


def test_without_settings_a_bad_form_is_refused(run, tenant):
    """What no settings could make good is refused without them."""
    outcome = run("inspect", stdin=tenant.mint_token(fault="two-parts"))
    assert outcome.code == 1
    assert outcome.out.startswith("REFUSED: malformed\n")
    assert "needs settings" not in outcome.out


def test_settings_come_from_options(run, tenant):
    """Tenant, client, authority and audience can be given as options."""
    options = ["--tenant-id", tenant.tenant_id, "--client-id", tenant.client_id]
    environ = {"AZURE_AD_ALLOW_LOOPBACK_HTTP": "true"}
    authority = ["--authority-host", tenant.authority_host]
    token = tenant.mint_token(audience="api://orders")
    assert run("inspect", *options, *authority, stdin=token, environ=environ).code == 1
    assert run("inspect", *options, *authority, "--audience", "api://orders", stdin=token, environ=environ).code == 0


def test_whole_authority_comes_from_an_option(run, tenant):
    """--authority-url serves B2C."""
    url = tenant.b2c_authority_url()
    token = tenant.mint_token(authority_url=url)
    environ = {"AZURE_AD_ALLOW_LOOPBACK_HTTP": "true"}
    arguments = ["--authority-url", url, "--tenant-id", tenant.tenant_id, "--client-id", tenant.client_id]
    assert run("inspect", *arguments, stdin=token, environ=environ).code == 0


def test_credential_of_the_application_does_not_matter(run, tenant, environ):
    """How the application proves itself is not looked at: two credentials would be a contradiction elsewhere."""
    both = {"AZURE_CLIENT_SECRET": "s", "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}
    assert run("inspect", stdin=tenant.mint_token(), environ=environ | both).code == 0


def test_provider_that_is_down_is_told(run, tenant, environ):
    """Without keys there is no verdict, and no log line beside the report."""
    token = tenant.mint_token()
    tenant.go_down()
    try:
        outcome = run("inspect", stdin=token, environ=environ)
    finally:
        tenant.come_up()
    assert outcome.code == 2
    assert outcome.out.startswith("UNDECIDED: the signature could not be checked\n")
    assert "cannot be reached" in outcome.out
    assert "not reached     key: " in outcome.out


def test_help_warns_of_the_shell_history(capsys):
    """The help says why a token should not be an argument."""
    with pytest.raises(SystemExit):
        main(["inspect", "--help"])
    assert "history" in capsys.readouterr().out
