"""The page of a refusal."""

import pytest

from azuread_auth._web.pages.problem import problem_page
from azuread_auth._web.problem import Problem

EVIL = '"><script>alert(1)</script>'


def page(**changes):
    """A usual one."""
    return problem_page(Problem(**{"status": 403, "title": "Forbidden", "detail": "you may not", **changes}))


def test_it_says_what_and_no_more():
    """A heading, a sentence and the status; no link where none helps."""
    text = page()
    assert "<h1>Forbidden</h1>" in text
    assert "<p>You may not.</p>" in text
    assert "<dt>Status</dt>\n<dd>403</dd>" in text
    assert "href" not in text


@pytest.mark.parametrize(
    ("name", "label"), [("sign_in_url", "Sign in"), ("other_account_url", "Sign in with another account")]
)
def test_it_leads_on(name, label):
    """To paths of the application, and nowhere else."""
    assert f'<a href="/auth/login?next=%2F&amp;a=b">{label}</a>' in page(**{name: "/auth/login?next=%2F&a=b"})
    assert "href" not in page(**{name: "javascript:alert(1)"})


def test_T107_texts_stay_texts():
    """Whatever a problem has."""
    assert "<script" not in page(title=EVIL, detail=EVIL, sign_in_url=f"/{EVIL}", other_account_url=f"/{EVIL}")


def test_no_document_names_another_account():
    """A script would take it for a place to go to."""
    problem = Problem(status=403, title="Forbidden", detail="no", other_account_url="/auth/login")
    assert b"/auth/login" not in problem.as_json()
