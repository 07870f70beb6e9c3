"""The page for a refused page request."""

from html import escape

from azuread_auth._web.problem import Problem

__all__ = ["problem_page"]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.125rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto 0; padding: 0 1.5rem; }}
h1 {{ font-size: 1.75rem; line-height: 1.2; }}
.status {{ color: GrayText; }}
</style>
</head>
<body>
<main>
<p class="status">{status}</p>
<h1>{title}</h1>
<p>{detail}</p>
</main>
</body>
</html>
"""


def problem_page(problem: Problem) -> bytes:
    """The problem as an HTML page, in UTF-8."""
    detail = escape(problem.detail)
    text = f"{detail[:1].upper()}{detail[1:]}."
    return _PAGE.format(status=problem.status, title=escape(problem.title), detail=text).encode()
