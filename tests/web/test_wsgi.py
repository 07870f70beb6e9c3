"""What only WSGI has: REMOTE_USER, generators, `exc_info`, servers that are not quite right."""

from wsgiref.util import setup_testing_defaults

import pytest

from azuread_auth.errors import ClaimsChallenge
from azuread_auth.requirements import Role
from azuread_auth.wsgi import AzureAdAuth


class Server:
    """A plain WSGI server: nothing is sent before the first part of the body that is not empty."""

    def __init__(self, application):
        self.application = application
        self.started = []
        self.sent = []
        self.is_closed = False

    def get(self, token=None, **environ):
        environ = {**({"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}), **environ}
        setup_testing_defaults(environ)
        body = self.application(environ, self.start_response)
        try:
            for part in body:
                self.sent.append(part)
        finally:
            getattr(body, "close", lambda: None)()
        return environ

    def start_response(self, status, headers, exc_info=None):
        if exc_info is not None and any(self.sent):
            raise exc_info[1]
        self.started.append((status, dict(headers)))
        return self.sent.append


def noting(environs):
    """An application that notes its environment."""

    def application(environ, start_response):
        environs.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"reached"]

    return application


@pytest.mark.parametrize("repeats", [1, 2])
def test_T17_remote_user_is_the_callers_identity(tenant, repeats):
    """`REMOTE_USER` is object id and tenant id of the token, whatever was there."""
    environs = []
    server = Server(AzureAdAuth(noting(environs), tenant.settings()))
    token = tenant.mint_token()

    for _ in range(repeats):
        server.get(token, REMOTE_USER="admin")

    principal = environs[-1]["azuread_auth.principal"]
    assert environs[-1]["REMOTE_USER"] == principal.identity == f"{principal.object_id}.{tenant.tenant_id}"


@pytest.mark.parametrize("options", [{"allow_anonymous": True}, {"public_paths": ("/*",)}])
def test_T17_an_anonymous_caller_has_no_remote_user(tenant, options):
    """What a server in front put into `REMOTE_USER` is taken out when nobody is signed in."""
    environs = []

    Server(AzureAdAuth(noting(environs), tenant.settings(), **options)).get(REMOTE_USER="admin", PATH_INFO="/x")

    assert "REMOTE_USER" not in environs[0]
    assert environs[0]["azuread_auth.principal"] is None


def test_T17_a_client_cannot_set_our_own_variables(tenant):
    """Whatever stands in the environment under our names is replaced."""
    environs = []
    forged = {"azuread_auth.principal": "admin", "azuread_auth.claims": {"roles": ["Admin"]}}

    Server(AzureAdAuth(noting(environs), tenant.settings(), allow_anonymous=True)).get(**forged)

    assert environs[0]["azuread_auth.principal"] is None
    assert environs[0]["azuread_auth.claims"] == {}


@pytest.mark.parametrize("value", ["Bearer \u20ac", "\u20ac", "Bearer {token}\u20ac", "Bearer \ud800"])
def test_T10_text_that_no_server_should_pass_on_is_malformed(tenant, value):
    """Characters beyond Latin-1 break PEP 3333; they are refused and never an error of ours."""
    server = Server(AzureAdAuth(noting([]), tenant.settings()))

    server.get(HTTP_AUTHORIZATION=value.replace("{token}", tenant.mint_token()))

    assert server.started[0][0] == "400 Bad Request"


def test_T06_headers_joined_by_a_comma_and_a_blank_are_refused(tenant):
    """As waitress joins what comes twice."""
    server = Server(AzureAdAuth(noting([]), tenant.settings()))
    token = tenant.mint_token()
    server.get(token)

    server.get(f"{token}, Bearer {token}")

    assert [status for status, _ in server.started] == ["200 OK", "400 Bad Request"]


@pytest.mark.parametrize("path", ["/\xff\xfe", "/gr\xc3\xb6\xc3\x9fe", "/\u20ac"])
def test_T16_paths_in_any_encoding_are_protected(tenant, path):
    """A path that is not UTF-8 is no error: it is no public one."""
    server = Server(AzureAdAuth(noting([]), tenant.settings(), public_paths=("/healthz", "/x/*")))

    server.get(PATH_INFO=path)

    assert server.started[0][0] == "401 Unauthorized"


class Streaming:
    """An application that is a generator, and may refuse at any point."""

    def __init__(self, *steps):
        self.steps = steps
        self.is_closed = False

    def __call__(self, environ, start_response):
        try:
            for step in self.steps:
                if step == "start":
                    start_response("200 OK", [("Content-Type", "text/plain")])
                elif step == "refuse":
                    Role("Admin").check(environ["azuread_auth.principal"])
                else:
                    yield step
        finally:
            self.is_closed = True


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(["refuse", "start", b"secret"], id="before it starts"),
        pytest.param(["start", "refuse", b"secret"], id="when it has started"),
        pytest.param(["start", b"", "refuse", b"secret"], id="before anything was sent"),
    ],
)
def test_a_generators_refusal_is_answered(tenant, steps):
    """A generator's first line runs when it is iterated; a refusal there replaces the answer that was begun."""
    application = Streaming(*steps)
    server = Server(AzureAdAuth(application, tenant.settings()))

    server.get(tenant.mint_token())

    status, headers = server.started[-1]
    assert status == "403 Forbidden"
    assert headers["Www-Authenticate"].startswith('Bearer error="insufficient_scope"')
    assert b"secret" not in b"".join(server.sent)
    assert application.is_closed


def test_a_refusal_after_the_answer_was_sent_goes_to_the_server(tenant):
    """What is on the wire cannot be taken back: the server aborts the connection and logs."""
    application = Streaming("start", b"some", "refuse", b"secret")
    server = Server(AzureAdAuth(application, tenant.settings()))

    with pytest.raises(Exception, match="Admin"):
        server.get(tenant.mint_token())

    assert server.sent == [b"some"]
    assert application.is_closed


def test_R26_a_stream_is_passed_on_part_by_part(tenant):
    """Parts reach the server when the application gives them; closing reaches the application."""
    application = Streaming("start", b"1", b"2", b"3")
    environ = {"HTTP_AUTHORIZATION": f"Bearer {tenant.mint_token()}"}
    setup_testing_defaults(environ)
    server = Server(None)

    body = AzureAdAuth(application, tenant.settings())(environ, server.start_response)

    assert next(iter(body)) == b"1"
    assert not application.is_closed
    body.close()
    assert application.is_closed


def test_R26_other_bodies_are_the_applications_own_objects(tenant):
    """A server's file wrapper must arrive as itself, or sendfile is lost."""
    parts = [b"reached"]

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return parts

    environ = {"HTTP_AUTHORIZATION": f"Bearer {tenant.mint_token()}"}
    setup_testing_defaults(environ)

    assert AzureAdAuth(application, tenant.settings())(environ, Server(None).start_response) is parts


def test_T71_a_challenge_replaces_an_answer_that_was_begun(tenant):
    """An application that called `start_response` and raises then: the refusal goes out in its place."""

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise ClaimsChallenge(acrs="c1")

    server = Server(AzureAdAuth(application, tenant.settings()))

    server.get(tenant.mint_token(claims={"xms_cc": ["cp1"]}))

    assert [status for status, _ in server.started] == ["200 OK", "401 Unauthorized"]
    assert 'error="insufficient_claims"' in server.started[-1][1]["Www-Authenticate"]
