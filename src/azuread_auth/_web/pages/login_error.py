"""The page for a sign-in that came to no good end."""

from azuread_auth._web.pages.frame import facts, link, page, paragraph, sentence
from azuread_auth.web_login import LoginProblem

__all__ = ["login_error_page"]

_REGISTER = (
    "For the administrator: the address below is not registered for this application. In the Microsoft Entra admin "
    "center, add it under App registrations, Authentication, as a redirect URI of the platform Web, exactly as it is "
    "written here."
)


def login_error_page(problem: LoginProblem) -> str:
    """What happened, how to go on, and what an administrator needs."""
    return page(
        problem.title,
        sentence(problem.detail),
        paragraph(_REGISTER) if problem.redirect_uri else "",
        link(problem.retry_url, "Try again"),
        facts(
            {
                "Redirect URI": (problem.redirect_uri,),
                "Permissions": problem.scopes,
                "Correlation ID": (problem.correlation_id,),
            }
        ),
    )
