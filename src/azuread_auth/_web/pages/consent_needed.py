"""The page for an application that an administrator has to consent to first."""

from azuread_auth._web.pages.frame import facts, link, page, paragraph, sentence
from azuread_auth.web_login import LoginProblem

__all__ = ["consent_needed_page"]

_ASK = "Show an administrator of your organization what this page says; when it is done, sign in again."


def consent_needed_page(problem: LoginProblem, *, admin_consent_url: str | None = None) -> str:
    """Who has to consent to what, and where."""
    return page(
        problem.title,
        sentence(problem.detail),
        paragraph(_ASK),
        link(admin_consent_url, "I am an administrator: review and consent"),
        link(problem.retry_url, "Try to sign in again"),
        facts({"Permissions": problem.scopes, "Correlation ID": (problem.correlation_id,)}),
    )
