"""The page for a refused page request."""

from azuread_auth._web.pages.frame import facts, link, page, sentence
from azuread_auth._web.problem import Problem

__all__ = ["problem_page"]


def problem_page(problem: Problem) -> str:
    """What was refused, and where a person can go from here."""
    return page(
        problem.title,
        sentence(problem.detail),
        link(problem.sign_in_url, "Sign in"),
        link(problem.other_account_url, "Sign in with another account"),
        facts({"Status": (str(problem.status),)}),
    )
