"""Measures speed and memory beside other libraries, and prints a table. It judges nothing: read it, or compare two.

python benchmarks/run.py [--quick] [--only GROUP] [--json FILE] [--markdown FILE] [--plots FOLDER]
"""

import argparse
import json
import logging
import os
import platform
import sys
import time
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from page import write_page
from plots import write_plots
from table import Row, as_json, as_text
from tokens import Tokens

GROUPS = {
    "asgi": "in_process",
    "validation": "validation",
    "wsgi": "wsgi_requests",
    "mcp": "mcp_requests",
    "server": "served",
    "first": "first_requests",
    "outage": "outage",
    "start": "starting",
    "memory": "memory",
    "scaling": "scaling",
    "outbound": "outbound",
    "sessions": "sessions",
}
PACKAGES = (
    "starlette",
    "fastapi",
    "flask",
    "uvicorn",
    "cryptography",
    "pyjwt",
    "joserfc",
    "authlib",
    "fastapi-azure-auth",
    "msal",
    "azure-identity",
    "mcp",
)


def main() -> None:
    options = _options()
    # Others log each refusal and recommend each other; neither is to be measured.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    tokens = Tokens()
    rows: list[Row] = []
    for group in options.only or GROUPS:
        started_at = time.monotonic()
        rows += import_module(GROUPS[group]).measure(tokens, is_quick=options.quick)
        print(f"{group}: {time.monotonic() - started_at:.0f} s", file=sys.stderr)
    tokens.tenant.close()
    print(f"\n{_machine()}\n\n{as_text(rows)}")
    if options.json:
        document = {"machine": _machine(), "rows": as_json(rows)}
        options.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.markdown:
        write_page(options.markdown, _machine(), rows, tuple(GROUPS))
    if options.plots:
        write_plots(options.plots, rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few and short rounds: a minute, and figures that waver")
    parser.add_argument("--only", action="append", choices=GROUPS, metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--json", type=Path, help="write the rows to this file, for programs")
    parser.add_argument("--markdown", type=Path, help="write the rows to this page, and leave those of other groups")
    parser.add_argument("--plots", type=Path, help="draw each group as bench-GROUP.svg in this folder")
    return parser.parse_args()


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores; {packages}."


if __name__ == "__main__":
    main()
