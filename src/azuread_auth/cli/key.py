"""`azuread-auth key`: a fresh key for settings that want one."""

import argparse
import base64
import json
import secrets
from typing import Final

from azuread_auth.cli.command import Command, ExitCode
from azuread_auth.cli.surroundings import Surroundings

__all__ = ["COMMAND"]

_KEY_BYTES: Final = 32  # AES-256 and HMAC-SHA-256 want as many


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON object with the member key")


def _run(arguments: argparse.Namespace, surroundings: Surroundings) -> ExitCode:
    key = base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    surroundings.say(json.dumps({"key": key}) if arguments.json else key)
    return ExitCode.OK


COMMAND: Final = Command(
    name="key",
    summary="print a fresh random key",
    description=(
        "Prints a fresh key: 32 random bytes in URL-safe base64, as the settings take it, for example in\n"
        "AZURE_AD_ENCRYPTION_KEYS. It is kept nowhere: put it where your other secrets are."
    ),
    configure=_configure,
    run=_run,
)
