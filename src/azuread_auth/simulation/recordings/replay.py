"""Replay: token requests are answered out of a recording, and none is sent anywhere."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth._settings.simulation_mode import SimulatedRequests, SimulationSurroundings
from azuread_auth.credentials.base import AppTokenSource, ClientAuthentication, Credential
from azuread_auth.errors import ProviderUnavailable, ReplayMismatch
from azuread_auth.ports import Event, HttpPort
from azuread_auth.simulation.recordings.labels import Labels
from azuread_auth.simulation.recordings.mock_answers import mock_response
from azuread_auth.simulation.recordings.opened_recording import opened_recording
from azuread_auth.simulation.recordings.recorded_answers import RecordedAnswers
from azuread_auth.simulation.recordings.recording_file import recording_path, who_else_may_change
from azuread_auth.simulation.recordings.simulated_credential import (
    CredentialInUse,
    SimulatedCredential,
    asked_of_source,
)
from azuread_auth.simulation.recordings.source_outcomes import token_from_answer
from azuread_auth.simulation.recordings.token_form import AUTHORIZATION_CODE, AskedToken, TokenForms

__all__ = ["Replay"]


@dataclass(frozen=True, slots=True, init=False)
class Replay:
    """Answers the outbound token requests of a client out of what `Recording` has written.

    Each token is new, has the recorded structure and current times, and is good for nothing: its issuer is no
    provider's and its signature is random, so that no application admits it. A request that was not recorded is a
    ReplayMismatch and never sent. Each client begins at the first answers; the last answer to a request is repeated.
    No secret, certificate or host of a managed identity is needed. Browser sign-ins go to the provider as ever, and
    incoming tokens are judged as ever. Raises ConfigurationError for a path that is none, and when a client is made
    with it, for a file that is none or no recording.
    """

    path: Path

    def __init__(self, path: str | Path) -> None:
        object.__setattr__(self, "path", recording_path(path))

    def begin(self, surroundings: SimulationSurroundings) -> SimulatedRequests:
        """Answer the requests of a client."""
        others = who_else_may_change(self.path)
        if others is not None:
            message = f"{others} may change the recording {self.path}, and so what is replayed; take that right away"
            fields = {"path": str(self.path)}
            surroundings.observer.record(Event("simulation.recording", logging.WARNING, message, fields))
        return _ReplayedRequests(RecordedAnswers(opened_recording(self.path), name=str(self.path)), surroundings)


class _ReplayedRequests:
    """Those of one client."""

    def __init__(self, answers: RecordedAnswers, surroundings: SimulationSurroundings) -> None:
        self.answers = answers
        self.runtime = surroundings.runtime
        self.labels = Labels()
        self.forms = TokenForms(surroundings, self.labels)
        self._proof: ClientAuthentication | None = None

    def http(self, http: HttpPort) -> HttpPort:
        return _ReplayedHttp(http, self)

    def credential(self, credential: Credential) -> Credential:
        return SimulatedCredential(credential, self._in_place_of)

    def _in_place_of(self, used: CredentialInUse) -> CredentialInUse:
        if isinstance(used, AppTokenSource):
            return _ReplayedSource(used.flow, used.identity, self)
        self._proof = used
        return _NoProof(used)

    async def proved(self, request: HttpRequest) -> HttpRequest:
        """A sign-in's request with the proof that no replayed request needs."""
        if self._proof is None:
            return request
        client_id = parse_qs(request.body.decode("ascii", "replace")).get("client_id", [""])[0]
        proof = urlencode(await self._proof.fields(client_id=client_id, token_url=request.url)).encode()
        return replace(request, body=b"&".join((request.body, proof)))


class _ReplayedHttp:
    def __init__(self, http: HttpPort, requests: _ReplayedRequests) -> None:
        self._http = http
        self._requests = requests

    async def send(self, request: HttpRequest) -> HttpResponse:
        requests = self._requests
        if request.method == "GET":  # metadata and keys, by which incoming tokens and sign-ins are judged
            return await self._http.send(request)
        asked = requests.forms.read(request)
        if asked is None:
            message = "a request was to be sent that asks for no token of the provider; a replay has no answer to it"
            raise ReplayMismatch(message)
        if asked.key.flow == AUTHORIZATION_CODE:
            response = await self._http.send(await requests.proved(request))
            requests.forms.learn(asked, response)
            return response
        return self._answered(asked)

    def _answered(self, asked: AskedToken) -> HttpResponse:
        requests = self._requests
        answer = requests.answers.next_for(asked.key)
        if answer.status == "unreachable":
            message = "replayed: the provider did not answer when this was recorded"
            waiting = answer.error.retry_after if answer.error is not None else None
            raise ProviderUnavailable(message, retry_after=float(waiting or 0))
        if asked.key.flow == "device_code" and answer.token is not None:
            message = (
                f"{asked.key} ended with a sign-in when it was recorded, and nobody signs in by a replay: its ID token "
                "would have no good signature; use SimulatedTenant to test what comes after a sign-in"
            )
            raise ReplayMismatch(message)
        return mock_response(answer, asked, runtime=requests.runtime)

    async def aclose(self) -> None:
        await self._http.aclose()


@dataclass(frozen=True, slots=True)
class _NoProof:
    """Stands for the application's proof: its file, host or callable may not be there where a recording is replayed."""

    real: ClientAuthentication = field(repr=False)

    @property
    def client_id(self) -> str | None:
        return self.real.client_id

    async def fields(self, *, client_id: str, token_url: str) -> Mapping[str, str]:  # noqa: ARG002
        return {}

    def reload(self) -> bool:
        return self.real.reload()


@dataclass(frozen=True, slots=True)
class _ReplayedSource:
    flow: str
    identity: str
    requests: _ReplayedRequests

    async def token(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> ReceivedToken:
        requests = self.requests
        asked = asked_of_source(
            self, scopes, tenant_id=tenant_id, claims=claims, forms=requests.forms, labels=requests.labels
        )
        answer = requests.answers.next_for(asked.key)
        return token_from_answer(answer, asked, runtime=requests.runtime)
