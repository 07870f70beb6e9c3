"""Each flow with each credential, as a table."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuread_auth import AccessToken, Account, Principal
from azuread_auth.credentials import (
    AzureCli,
    AzureIdentity,
    ClientAssertion,
    ClientCertificate,
    ClientSecret,
    Credential,
    ManagedIdentity,
    ManagedIdentityAssertion,
    WorkloadIdentity,
)
from azuread_auth.credentials.arc_agent import ArcAgent
from azuread_auth.credentials.base import AppTokenSource, CredentialSurroundings
from azuread_auth.credentials.identity_host import IdentityHost
from azuread_auth.simulation import FederatedCredential
from tests.integration.outbound import BILLS, ORDERS, READ, Caller, Flow, World, claims_of, user_claims
from tests.integration.outbound_peers import azure_identity

SUBJECT: Final = "system:serviceaccount:shop:orders"
REDIRECT: Final = "http://localhost/auth/callback"
HOST_KINDS: Final = (
    "imds",
    "app_service",
    "app_service_2017",
    "azure_arc",
    "service_fabric",
    "azure_ml",
    "cloud_shell",
)


@dataclass(frozen=True, slots=True)
class ArcIdentity(Credential):
    """The managed identity of an Azure Arc machine whose agent keeps its keys in a folder of the test."""

    folder: Path

    def in_use(self, surroundings: CredentialSurroundings) -> AppTokenSource:
        """The host, with that folder."""
        selector = ManagedIdentity().in_use(surroundings)._selector
        return IdentityHost(selector, surroundings, agent=ArcAgent(None, self.folder))


def secret(world: World) -> ClientSecret:
    """The tenant's own."""
    return ClientSecret(world.tenant.client_secret)


def _pem_file(world: World) -> ClientCertificate:
    file = world.folder / "certificate.pem"
    file.write_bytes(world.tenant.make_certificate().encrypted_pem("password"))
    return ClientCertificate(path=file, password="password")


def _pkcs12(world: World) -> ClientCertificate:
    certificate = world.tenant.make_certificate(has_chain=True)
    return ClientCertificate(data=certificate.pkcs12("password"), password="password", send_chain=True)


def _trusted(world: World) -> str:
    """A token of a workload that proves the application."""
    trusted = FederatedCredential(subject=SUBJECT, issuer=world.tenant.external_issuer)
    world.tenant.add_federated_credential(trusted)
    return world.tenant.federated_token(subject=SUBJECT)


def _workload(world: World) -> WorkloadIdentity:
    file = world.folder / "federated-token"
    file.write_text(_trusted(world))
    return WorkloadIdentity(token_file=file)


def _assertion(world: World) -> ClientAssertion:
    token = _trusted(world)
    return ClientAssertion(lambda: token)


def _identity_assertion(world: World) -> ManagedIdentityAssertion:
    identity = world.tenant.add_managed_identity()
    world.tenant.add_federated_credential(identity)
    return ManagedIdentityAssertion(client_id=identity.client_id)


def _identity_claims(world: World) -> dict[str, object]:
    identity = world.tenant.system_assigned_identity
    assert identity is not None
    return {"aud": ORDERS, "oid": identity.object_id, "azp": identity.client_id}


def _cloud_shell_claims(world: World) -> dict[str, object]:
    return {"aud": ORDERS}


def _managed_identity(kind: str) -> Flow:
    def credential(world: World) -> Credential:
        return ArcIdentity(world.folder) if kind == "azure_arc" else ManagedIdentity()

    return Flow(
        credential=credential,
        environ=lambda world: world.tenant.managed_identity_environ(kind, key_folder=world.folder),
        claims=_cloud_shell_claims if kind == "cloud_shell" else _identity_claims,
        is_shared=False,
    )


def _azure_identity(world: World) -> AzureIdentity:
    return AzureIdentity(azure_identity(world.tenant))


def _cli_environ(world: World) -> dict[str, str]:
    """A PATH with a program `az` that notes each run and prints an answer."""
    program = world.folder / "az"
    token = world.tenant.mint_token(audience=ORDERS, user="megan", scopes="Orders.Read", client=world.tenant.client_id)
    expires_on = claims_of(token)["exp"]
    answer = world.folder / "az-answer"
    answer.write_text(json.dumps({"accessToken": token, "expires_on": expires_on, "tokenType": "Bearer"}))
    program.write_text(f'#!/bin/sh\necho "$@" >> {world.folder / "az-runs"}\nexec cat {answer}\n')
    program.chmod(0o755)
    return {"PATH": f"{world.folder}{os.pathsep}{os.defpath}"}


async def _on_behalf_of(world: World, caller: Caller) -> AccessToken:
    file = world.folder / "assertion"
    if not file.exists():
        file.write_text(world.tenant.mint_token(user="megan"))
    token: AccessToken = await caller.ask("acquire_token_on_behalf_of", file.read_text(), READ)
    return token


def megan(world: World) -> Account:
    """The user of these tests."""
    return Account(world.tenant.tenant_id, world.tenant.principal(user="megan").object_id)


async def for_megan(world: World, caller: Caller) -> AccessToken:
    """A token by what the user's sign-in brought."""
    token: AccessToken = await caller.ask("acquire_token_for_user", megan(world), READ)
    return token


async def _signed_in(world: World, caller: Caller) -> AccessToken:
    begun = await caller.ask("start_authorization", redirect_uri=REDIRECT, scopes=[READ, BILLS])
    answer = world.tenant.sign_in(begun.url, "megan")
    token = await caller.ask("acquire_token_by_authorization_code", begun, answer)
    _check_user(world, token.principal)
    return AccessToken(token=token.token, expires_at=token.expires_at, refresh_at=token.refresh_at, scopes=token.scopes)


async def _by_device(world: World, caller: Caller) -> AccessToken:
    world.tenant.behaviour.device_interval_seconds = 0
    device = await caller.ask("start_device_code", READ)
    world.tenant.approve_device(device.user_code, "megan")
    token: AccessToken = await caller.ask("acquire_token_by_device_code", device)
    return token


def _check_user(world: World, principal: Principal) -> None:
    assert (principal.tenant_id, principal.object_id) == (megan(world).tenant_id, megan(world).object_id)


def _public(_: World) -> None:
    """A public client has nothing to prove itself with."""


FLOWS: Final[Mapping[str, Flow]] = {
    "secret": Flow(credential=secret),
    "certificate as PEM file": Flow(credential=_pem_file),
    "certificate as PKCS#12": Flow(credential=_pkcs12),
    "workload identity": Flow(credential=_workload),
    "assertion by a callable": Flow(credential=_assertion),
    "managed identity as federated credential": Flow(
        credential=_identity_assertion, environ=lambda world: world.tenant.managed_identity_environ("imds")
    ),
    **{f"managed identity, {kind}": _managed_identity(kind) for kind in HOST_KINDS},
    "azure-identity": Flow(credential=_azure_identity, is_shared=False),
    "azure cli": Flow(credential=lambda _: AzureCli(), environ=_cli_environ, claims=user_claims, is_shared=False),
    "on behalf of": Flow(credential=secret, ask=_on_behalf_of, claims=user_claims),
    "on behalf of, by certificate": Flow(credential=_pem_file, ask=_on_behalf_of, claims=user_claims),
    "authorization code": Flow(credential=secret, begin=_signed_in, ask=for_megan, claims=user_claims),
    "authorization code of a public client": Flow(
        credential=_public, begin=_signed_in, ask=for_megan, claims=user_claims
    ),
    "device code": Flow(credential=_public, begin=_by_device, ask=for_megan, claims=user_claims),
}
