"""The answers of the sign-in routes."""

import json

import pytest

from azuread_auth._web.login_replies import LoginReplies
from azuread_auth.web_login import LoginProblem

REPLIES = LoginReplies(error_page=None)
PROBLEM = LoginProblem(status=503, title="No", detail="not now")


def all_replies(replies):
    """One of each kind."""
    return [
        replies.redirect("/", ["a=1"]),
        replies.page("<p>"),
        replies.problem(PROBLEM, is_page=True),
        replies.problem(PROBLEM, is_page=False),
        replies.problem(LoginProblem(status=403, title="No", detail="no", scopes=("A",)), is_page=True),
        replies.document({"a": 1}),
        replies.document({}, status=401),
        replies.framed(),
        replies.not_allowed("GET"),
    ]


@pytest.mark.parametrize("replies", [REPLIES, LoginReplies(error_page=lambda problem: problem.title)])
def test_T100_no_answer_is_kept_or_guessed_at(replies):
    """no-store, nosniff and a referrer policy on each, and the length of its body."""
    for reply in all_replies(replies):
        headers = dict(reply.headers)
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-length"] == str(len(reply.body))


def test_cookies_have_a_header_each():
    """They cannot be joined."""
    reply = REPLIES.problem(PROBLEM, is_page=True, cookies=["a=1", "b=2"])
    assert [value for name, value in reply.headers if name == "set-cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "1"), (7.4, "8"), (90.0, "90")])
def test_when_to_come_back_is_in_whole_seconds(seconds, text):
    """At least one."""
    for is_page in (True, False):
        reply = REPLIES.problem(PROBLEM, is_page=is_page, retry_after=seconds)
        assert dict(reply.headers)["retry-after"] == text


def test_documents_of_errors_are_problem_documents():
    """RFC 9457."""
    assert dict(REPLIES.document({}, status=401).headers)["content-type"] == "application/problem+json"
    assert json.loads(REPLIES.document({"a": 1}).body) == {"a": 1}


def test_T98_the_framed_page_may_be_framed():
    """And loads nothing."""
    assert dict(REPLIES.framed().headers)["content-security-policy"] == "default-src 'none'"


def test_T100_memory_is_emptied_where_that_is_said():
    """Beside all that the answer has."""
    reply = REPLIES.emptying_memory(REPLIES.redirect("/", ["a=1"]))
    assert reply.headers == (*REPLIES.redirect("/", ["a=1"]).headers, ("clear-site-data", '"cache"'))


def test_consent_that_is_missing_may_have_an_address_to_give_it():
    """For administrators."""
    problem = LoginProblem(status=403, title="No", detail="no", scopes=("A",))
    assert b"/auth/consent" in REPLIES.problem(problem, is_page=True, admin_consent_url="/auth/consent").body


def test_who_shows_no_page_gets_a_problem_document():
    """In our form or the application's; a page of its own is for people."""
    reply = LoginReplies(error_page=lambda problem: problem.title).problem(PROBLEM, is_page=False, cookies=["a=1"])
    assert (reply.status, dict(reply.headers)["content-type"]) == (503, "application/problem+json")
    assert json.loads(reply.body) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "not now",
    }
    assert ("set-cookie", "a=1") in reply.headers
    own = LoginReplies(error_page=None, render_problem=lambda problem: ("text/x-own", problem.detail.encode()))
    reply = own.problem(PROBLEM, is_page=False)
    assert (dict(reply.headers)["content-type"], reply.body) == ("text/x-own", b"not now")
    assert dict(own.problem(PROBLEM, is_page=True).headers)["content-type"] == "text/html; charset=utf-8"
