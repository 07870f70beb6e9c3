"""Parameters of requests, read as strictly as Entra reads them: each of them once."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.simulation.refusals import Refused

__all__ = ["form_of", "header_of", "parameters_of", "query_of", "required"]

_FORM: Final = "application/x-www-form-urlencoded"
_MAX_PARAMETERS: Final = 100


def header_of(request: HttpRequest, name: str) -> str | None:
    """A header, whatever the case of its name."""
    return next((value for each, value in request.headers.items() if each.lower() == name), None)


def form_of(request: HttpRequest) -> dict[str, str]:
    """The parameters in the body. Raises Refused when it is no form, or has a parameter twice."""
    media_type = (header_of(request, "content-type") or "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        raise Refused(900144, detail=f"The request body must be {_FORM} and contain the parameter: 'grant_type'.")
    return _unique(request.body)


def query_of(request: HttpRequest) -> dict[str, str]:
    """The parameters in the URL. Raises Refused when one is there twice."""
    return _unique(urlsplit(request.url).query.encode())


def parameters_of(request: HttpRequest) -> dict[str, str]:
    """The parameters of a request that may come as a form or as a link. Raises Refused when one is there twice."""
    return form_of(request) if request.method == "POST" else query_of(request)


def _unique(text: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            text.decode(), keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_MAX_PARAMETERS
        )
    except ValueError:
        raise Refused(900144, detail="The parameters are not properly encoded.") from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise Refused(9000411)
    return {name: value for name, value in parameters.items() if value}


def required(parameters: Mapping[str, str], name: str) -> str:
    """A parameter that must be there. Raises Refused."""
    value = parameters.get(name)
    if value is None:
        raise Refused(900144, detail=f"The request body must contain the following parameter: '{name}'.")
    return value
