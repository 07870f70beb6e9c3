"""Which requests ask for tokens, and by what a recording finds their answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from azuread_auth._protocol.http import Document, HttpRequest, HttpResponse, json_document
from azuread_auth._protocol.outbound_scopes import OPENID_SCOPES
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth._settings.simulation_mode import SimulationSurroundings
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.simulation.recordings.harmless_values import REQUESTED_CLAIMS, SHARED_TENANTS
from azuread_auth.simulation.recordings.labels import Labels
from azuread_auth.simulation.recordings.recorded_exchange import RequestKey
from azuread_auth.simulation.recordings.scopes import recorded_scopes
from azuread_auth.simulation.recordings.unverified_token import claims_in, owner_in

__all__ = ["AUTHORIZATION_CODE", "AskedToken", "TokenForms", "recorded", "requested_claims"]

AUTHORIZATION_CODE: Final = "authorization_code"
_DEVICE_CODE_START: Final = "device_code_start"
_FLOWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "client_credentials": "client_credentials",
        "refresh_token": "refresh_token",
        "authorization_code": AUTHORIZATION_CODE,
        "urn:ietf:params:oauth:grant-type:jwt-bearer": "on_behalf_of",
        "urn:ietf:params:oauth:grant-type:device_code": "device_code",
        "device_code": "device_code",
    }
)
_PATHS: Final = ("/oauth2/v2.0/token", "/oauth2/v2.0/devicecode")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedToken:
    """A request for a token: what a recording calls it, and what of it an answer repeats."""

    key: RequestKey
    names: Mapping[str, str] = field(repr=False)
    """What a recording calls the scopes that were asked for."""
    correlation_id: str | None = field(default=None, repr=False)

    @property
    def scopes(self) -> tuple[str, ...]:
        """Those that were asked for."""
        return tuple(self.names)


class TokenForms:
    """Reads the requests of one application."""

    def __init__(self, surroundings: SimulationSurroundings, labels: Labels) -> None:
        self._client_id = surroundings.client_id.lower()
        self._tenants = surroundings.tenants
        self._labels = labels

    def read(self, request: HttpRequest) -> AskedToken | None:
        """What is asked for; None for what is none of the provider's forms, such as one for a managed identity."""
        path = urlsplit(request.url).path
        if request.method != "POST" or not path.endswith(_PATHS):
            return None
        form = _fields(request)
        flow = _FLOWS.get(form.text("grant_type"), "other")
        if path.endswith("/devicecode"):
            flow = _DEVICE_CODE_START
        names = self.names(form.text("scope").split())
        key = RequestKey(
            flow=flow,
            scopes=recorded(names),
            tenant=self.tenant(_spelled_tenant(path)),
            client=self.client(form.text("client_id")),
            user=self._user(flow, form),
            claims=requested_claims(form.text("claims")),
        )
        headers = {name.lower(): value for name, value in request.headers.items()}
        return AskedToken(key=key, names=names, correlation_id=headers.get("client-request-id"))

    def names(self, scopes: Iterable[str]) -> Mapping[str, str]:
        """The scopes, each once, and what recordings call them."""
        return recorded_scopes(scopes, client_id=self._client_id, labels=self._labels)

    def tenant(self, tenant: str | None) -> str:
        """As recordings name it."""
        name = (tenant or "").lower()
        if name in self._tenants:
            return "configured"
        return name if name in SHARED_TENANTS or not name else self._labels.label("tenant", name)

    def client(self, client_id: str) -> str:
        """As recordings name it."""
        name = client_id.lower()
        return "configured" if name == self._client_id else self._labels.label("client", name)

    def learn(self, asked: AskedToken, response: HttpResponse) -> None:
        """Whose refresh token is in the answer, so that a request with it is known as this user's."""
        document = _document(response)
        refresh_token = document.get("refresh_token")
        owner = owner_in(claims_in(document.get("id_token"))) or owner_in(claims_in(document.get("access_token")))
        if response.status != 200 or not isinstance(refresh_token, str):
            return
        user = asked.key.user if asked.key.flow == "refresh_token" else ""
        if not user and owner is not None:
            user = self._labels.label("user", *owner)
        if user:
            self._labels.belongs(user, "user", refresh_token)

    def _user(self, flow: str, form: "_Form") -> str:
        if flow == "on_behalf_of":
            owner = owner_in(claims_in(form.get("assertion")))
            return self._labels.label("user", *(owner or (form.text("assertion"),)))
        if flow == "refresh_token":
            return self._labels.label("user", form.text("refresh_token"))
        return self._labels.label("device", form.text("device_code")) if flow == "device_code" else ""


class _Form(Document):
    """Fields of a form, some of them secret."""

    def text(self, name: str) -> str:
        return str(self.get(name, ""))


def _fields(request: HttpRequest) -> _Form:
    return _Form(parse_qsl(request.body.decode("ascii", "replace"), keep_blank_values=True))


def _document(response: HttpResponse) -> Document:
    try:
        return json_document(response, what="token endpoint")
    except ProviderUnavailable:
        return Document()


def _spelled_tenant(path: str) -> str:
    for suffix in _PATHS:
        path = path.removesuffix(suffix)
    return path.strip("/")


def recorded(names: Mapping[str, str]) -> tuple[str, ...]:
    """The names in order, without those of OpenID Connect, which belong to no API."""
    return tuple(sorted({*names.values()} - OPENID_SCOPES))


def requested_claims(text: str | None) -> tuple[str, ...]:
    """The names of the claims that a request asks for, but for what the client is able to do."""
    try:
        sections = parse_object(text.encode()).values() if text else ()
    except (ValueError, RecursionError):
        return ("other",)
    names = {name for section in sections if isinstance(section, dict) for name in section} - {"xms_cc"}
    return tuple(sorted({name if name in REQUESTED_CLAIMS else "other" for name in names}))
