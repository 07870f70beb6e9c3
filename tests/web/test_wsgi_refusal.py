"""The middleware's answer for frameworks that keep exceptions to themselves."""

import pytest
from flask import Flask, request

from azuread_auth import AzureAdError, ClientRejected, InteractionRequired, PermissionDenied, Scope
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.wsgi import AzureAdAuth, refusal


def _application(tenant: SimulatedTenant, error: Exception) -> Flask:
    app = Flask(__name__)
    app.wsgi_app = AzureAdAuth(app.wsgi_app, tenant.settings())  # type: ignore[method-assign]

    @app.errorhandler(AzureAdError)
    def refused(error: AzureAdError) -> object:
        return refusal(error, request.environ)

    @app.get("/")
    def index() -> str:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "status", "challenge"),
    [
        (PermissionDenied(Scope("Files.Write")), 403, "insufficient_scope"),
        (InteractionRequired("consent", error="consent_required", scopes=("User.Read",)), 403, "User.Read"),
        (InteractionRequired("more", error="interaction_required", claims='{"access_token":{}}'), 401, "claims="),
    ],
)
def test_flask_answers_as_the_middleware_does(error: Exception, status: int, challenge: str) -> None:
    """Status, challenge and problem document are those that a raised error gets elsewhere."""
    tenant = SimulatedTenant()
    headers = tenant.headers(claims={"xms_cc": ["cp1"]})
    answer = _application(tenant, error).test_client().get("/", headers=headers)
    assert answer.status_code == status
    assert challenge in answer.headers["WWW-Authenticate"]
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_the_application_s_stays_so() -> None:
    """An error that the middleware does not answer is raised again; so is any without the middleware."""
    tenant = SimulatedTenant()
    app = _application(tenant, ClientRejected("refused", error="invalid_client"))
    assert app.test_client().get("/", headers=tenant.headers()).status_code == 500
    with pytest.raises(PermissionDenied):
        refusal(PermissionDenied(Scope("Files.Read")), {})
