"""Recording: token requests go to the provider as ever, and what can be known of the answers is kept in a file."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth._settings.simulation_mode import SimulatedRequests, SimulationSurroundings
from azuread_auth.credentials.base import AppTokenSource, Credential
from azuread_auth.errors import AzureAdError, ConfigurationError, ProviderUnavailable
from azuread_auth.ports import HttpPort
from azuread_auth.simulation.recordings.recorded_exchange import RecordedAnswer, RequestKey
from azuread_auth.simulation.recordings.recorder import Recorder
from azuread_auth.simulation.recordings.recording_file import recording_path
from azuread_auth.simulation.recordings.scrubbing import Scrubber
from azuread_auth.simulation.recordings.simulated_credential import (
    CredentialInUse,
    SimulatedCredential,
    asked_of_source,
)
from azuread_auth.simulation.recordings.source_outcomes import document_of, failure_as_answer
from azuread_auth.simulation.recordings.token_form import AUTHORIZATION_CODE, AskedToken, TokenForms

__all__ = ["Recording"]


class Recording:
    """Records the outbound token requests of a client into a file, for `Replay`.

    The requests are real. Nothing secret and nobody's name gets into the file: entries are built from the few parts
    that are known to be harmless. The first answer replaces an earlier file as a whole; each further one is added. The
    file is JSON, readable by its owner alone, and complete at any time. Codes of browser sign-ins are not recorded.
    One process at a time may record into a file; its clients share the object. Raises ConfigurationError for a path
    that is none, and when a client is made with it, for a file that cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = recording_path(path)
        self._recorder = Recorder(self._path)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def __eq__(self, other: object) -> bool:
        return self._path == other.path if isinstance(other, Recording) else NotImplemented

    def __hash__(self) -> int:
        return hash((Recording, self._path))

    def __repr__(self) -> str:
        return f"Recording({str(self._path)!r})"

    def begin(self, surroundings: SimulationSurroundings) -> SimulatedRequests:
        """Record the requests of a client."""
        folder, path = self._path.parent, self._path
        if not os.access(folder, os.W_OK | os.X_OK) or not folder.is_dir():
            message = f"the recording {path} cannot be written; make its folder, and let this process write there"
            raise ConfigurationError(message)
        if path.is_symlink() or (path.exists() and not path.is_file()):
            message = f"the recording {path} is no file of its own; name a file, and no link or folder"
            raise ConfigurationError(message)
        return _RecordedRequests(self._recorder, surroundings)


class _RecordedRequests:
    """Those of one client."""

    is_answered_by_provider: ClassVar[bool] = True

    def __init__(self, recorder: Recorder, surroundings: SimulationSurroundings) -> None:
        self._recorder = recorder
        self._surroundings = surroundings
        self.forms = TokenForms(surroundings, recorder.labels)
        self.scrubber = Scrubber(recorder.labels)

    def http(self, http: HttpPort) -> HttpPort:
        return _RecordedHttp(http, self)

    def credential(self, credential: Credential) -> Credential:
        return SimulatedCredential(credential, self._observed)

    def _observed(self, used: CredentialInUse) -> CredentialInUse:
        return _RecordedSource(used, self) if isinstance(used, AppTokenSource) else used

    @property
    def now(self) -> Callable[[], float]:
        return self._surroundings.runtime.now

    def asked(
        self, source: AppTokenSource, scopes: tuple[str, ...], tenant_id: str | None, claims: str | None
    ) -> AskedToken:
        return asked_of_source(
            source, scopes, tenant_id=tenant_id, claims=claims, forms=self.forms, labels=self._recorder.labels
        )

    async def keep(self, key: RequestKey, answer: RecordedAnswer) -> None:
        keep = partial(self._recorder.keep, key, answer, observer=self._surroundings.observer)
        await self._surroundings.runtime.in_thread(keep)


class _RecordedHttp:
    def __init__(self, http: HttpPort, requests: _RecordedRequests) -> None:
        self._http = http
        self._requests = requests

    async def send(self, request: HttpRequest) -> HttpResponse:
        requests = self._requests
        asked = requests.forms.read(request)
        if asked is None:
            return await self._http.send(request)
        is_sign_in = asked.key.flow == AUTHORIZATION_CODE
        try:
            response = await self._http.send(request)
        except ProviderUnavailable as error:
            answer = failure_as_answer(error)
            if answer is not None and not is_sign_in:
                await requests.keep(asked.key, answer)
            raise
        requests.forms.learn(asked, response)
        if not is_sign_in:
            await requests.keep(asked.key, requests.scrubber.answer(asked, response, now=requests.now()))
        return response

    async def aclose(self) -> None:
        await self._http.aclose()


@dataclass(frozen=True, slots=True)
class _RecordedSource:
    source: AppTokenSource
    requests: _RecordedRequests

    @property
    def flow(self) -> str:
        return self.source.flow

    @property
    def identity(self) -> str:
        return self.source.identity

    async def token(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> ReceivedToken:
        requests = self.requests
        asked = requests.asked(self.source, scopes, tenant_id, claims)
        try:
            received = await self.source.token(scopes, tenant_id=tenant_id, claims=claims)
        except AzureAdError as error:
            answer = failure_as_answer(error)
            if answer is not None:
                await requests.keep(asked.key, answer)
            raise
        await requests.keep(asked.key, requests.scrubber.token(asked, document_of(received, now=requests.now())))
        return received
