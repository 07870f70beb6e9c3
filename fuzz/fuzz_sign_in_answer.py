"""A query or form of any bytes has the code of the sign-in that this browser began, or LoginFailed and its like.

The first byte chooses the provider: one tenant, of any tenant, or one that promises to name itself.
"""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

from azuread_auth._protocol.authorization import code_in_answer
from azuread_auth._protocol.metadata import Metadata
from azuread_auth._web.answer_parameters import AnswerParameters
from azuread_auth.errors import InteractionRequired, LoginFailed

CANARY = "Zq7~Canary"  # what the seeds have for a secret
STATE = "state-of-the-request"
TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
HOST = "https://login.microsoftonline.com"
ONE = Metadata(
    version=2,
    issuer=f"{HOST}/{TENANT}/v2.0",
    tenant_id=TENANT,
    jwks_uri=f"{HOST}/keys",
    cloud_instance_name=None,
    authorization_endpoint=None,
    token_endpoint=None,
)
MANY = replace(ONE, issuer=f"{HOST}/{{tenantid}}/v2.0", tenant_id=None)
PROVIDERS = (ONE, MANY, replace(ONE, promises_iss=True))
ISSUER = re.compile(rf"{re.escape(HOST)}/[0-9a-f-]{{36}}/v2\.0", re.ASCII)


def one_input(data: bytes) -> None:
    metadata = PROVIDERS[data[0] % len(PROVIDERS)] if data else ONE
    form = data[1:].decode("latin-1")
    try:
        parameters = AnswerParameters.read(form)
        assert CANARY not in repr(parameters), "the answer is shown"
        code = code_in_answer(parameters, state=STATE, metadata=metadata, scopes=("openid",))
    except (LoginFailed, InteractionRequired) as error:
        _assert_quiet(error)
        return
    text = code.reveal()
    assert text.isascii(), "a code was accepted that is none"
    assert text.isprintable(), "a code was accepted that is none"
    pairs = parse_qsl(form.removeprefix("?"), keep_blank_values=True)
    assert pairs.count(("code", text)) == 1, "the code came from nowhere"
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), "an answer was accepted that says something twice"
    assert ("state", STATE) in pairs, "the answer to another sign-in was accepted"
    assert "error" not in names, "an error was taken for a success"
    issuer = dict(pairs).get("iss")
    assert issuer is not None or not metadata.promises_iss, "the answer of nobody in particular was accepted"
    assert issuer in {None, ONE.issuer} or (metadata is MANY and ISSUER.fullmatch(issuer)), (
        "the answer of another provider was accepted"
    )


def _assert_quiet(error: Exception) -> None:
    shown = f"{error} {error!r}"
    assert CANARY not in shown, "an error tells what is in the answer"
    assert shown.isascii(), "an error has in it what the answer says"
    assert str(error).isprintable(), "an error can begin a line of its own in a log"
