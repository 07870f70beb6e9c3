"""What Entra says for each AADSTS code (Microsoft, "Microsoft Entra authentication and authorization error codes")."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["CATALOGUE", "CataloguedError", "catalogued"]


@dataclass(frozen=True, slots=True)
class CataloguedError:
    """The OAuth error, the HTTP status and the sentence that go with a code."""

    error: str
    status: int
    text: str
    suberror: str | None = None


_STATUSES: Final = MappingProxyType({"invalid_client": 401, "temporarily_unavailable": 503, "server_error": 500})

_INTERACTION: Final = {
    50072: "The user must enrol in multi-factor authentication to reach the resource.",
    50074: "Strong authentication is required.",
    50076: "The administrator demands multi-factor authentication for the resource.",
    50078: "The multi-factor authentication presented has expired.",
    50079: "The user must enrol in multi-factor authentication.",
    50158: "An external security challenge was not satisfied.",
    53000: "The device is not compliant, and access policy requires one that is.",
    53001: "The device is not joined to the domain, and access policy requires one that is.",
    53002: "The application is not an approved one.",
    53003: "Access was blocked by Conditional Access policies.",
    530032: "Access was blocked by the security policy of the tenant.",
    700020: "Interaction is required.",
}
_SIGN_IN: Final = {
    16000: "Several identities are signed in; the user has to choose one.",
    50058: "A silent sign-in was asked for, but no user is signed in.",
}
_CONSENT: Final = {
    65001: "The user or administrator has not consented to use the application.",
    65004: "The user declined to consent to the application.",
    90094: "An administrator must consent to the permissions that the application asks for.",
}
_GRANT: Final = {
    50105: "The user is not assigned to a role of the application.",
    54005: "The authorization code was redeemed before.",
    50013: "The assertion is not valid: its signature, issuer or time is wrong.",
    50027: "The token is malformed.",
    50034: "The account does not exist in the tenant.",
    50057: "The account is disabled.",
    50089: "The sign-in has expired; the user must sign in again.",
    50132: "The session is not valid: the password was changed.",
    50133: "The session is not valid: the password expired or was changed.",
    50173: "The grant has expired because it was revoked.",
    50196: "The same request came too often within a short time; a loop was detected.",
    70000: "The grant is not valid.",
    70008: "The code or refresh token has expired.",
    70043: "The refresh token has expired because of sign-in frequency checks.",
    700005: "The code was issued for another tenant.",
    700082: "The refresh token has expired because it was not used.",
    700084: "The refresh token was issued to a single-page application and has expired.",
    500131: "The audience of the assertion is not the application that presents it.",
    500133: "The assertion is outside its valid time range.",
    501461: "The audience of the assertion is not verified for this kind of application.",
    501481: "The code verifier does not match the code challenge.",
    7000114: "The application may not make on-behalf-of calls with an application's token.",
    240002: "An ID token cannot be used as assertion of an on-behalf-of request.",
    50020: "The account of the identity provider does not exist in the tenant.",
    90072: "The account must be added to the tenant as a guest first.",
    51004: "The account does not exist in the directory.",
}
_CLIENT: Final = {
    50012: "The certificate could not be authenticated.",
    700021: "The application identifier of the client assertion is not the client_id parameter.",
    700023: "The audience of the client assertion is not this token endpoint.",
    700024: "The client assertion is outside its valid time range.",
    700025: "The client is public, so neither client_assertion nor client_secret may be presented.",
    700027: "The client assertion failed signature validation: no registered certificate matches.",
    700030: "The certificate chain is not valid: its subject name or issuer is not registered.",
    1000502: "The certificate is outside its validity window.",
    7000214: "The certificate has been revoked.",
    7000215: "The client secret is not one of the application's.",
    7000218: "The request body must contain client_assertion or client_secret.",
    7000222: "The client secret has expired.",
    7000274: "The certificate may no longer be used.",
    7000277: "The certificate could not be checked.",
    700211: "No federated identity record matches the issuer of the assertion.",
    700212: "No federated identity record matches the audience of the assertion.",
    700213: "No federated identity record matches the subject of the assertion.",
    700229: "Only app-only tokens can be federated credentials.",
}
_REQUEST: Final = {
    28000: "The scope contains more than one resource.",
    50011: "The redirect URI is not one of those registered for the application.",
    50194: "The application is not configured for several tenants.",
    70003: "The application asked for a grant that is not supported.",
    70011: "The scope is not valid.",
    90014: "A required field is missing.",
    90023: "The request is not valid.",
    90124: "The resource is not available over the shared endpoints.",
    90130: "The application is not supported over the shared endpoints.",
    100007: "Only managed identities and first-party applications may use the regional endpoint.",
    650053: "The scope does not exist on the resource.",
    650057: "The resource is not listed among the permissions of the application's registration.",
    700022: "The scope contains more than one resource.",
    700054: "The response type is not enabled for the application.",
    900144: "The request body must contain another parameter.",
    900971: "No redirect URI was provided.",
    901002: "The 'resource' request parameter is not supported.",
    1002012: "The scope of client credentials must be a resource with /.default after it.",
    9002326: "A page redeems codes of a redirect URI for single-page applications alone.",
    9002327: "Codes and refresh tokens of a single-page application are redeemed by the page, from its origin, alone.",
    501491: "The code challenge is not of a valid size.",
    9002325: "Proof Key for Code Exchange is required of this application.",
    9000411: "The request is not properly formatted: a parameter is duplicated.",
    9002331: "The application is for personal accounts only; use the /consumers endpoint.",
    9002346: "The application is for accounts of organizations only; do not use the /consumers endpoint.",
    9001023: "The grant is not supported over the shared endpoints; use the tenant's own.",
}
_OTHERS: Final = {
    50033: CataloguedError("server_error", 500, "A retryable error occurred."),
    50087: CataloguedError("temporarily_unavailable", 503, "A transient error occurred during sign-in."),
    51000: CataloguedError("invalid_request", 400, "Token binding is not enabled for the application."),
    70004: CataloguedError("invalid_request", 400, "The redirect URI of the request is not valid."),
    70012: CataloguedError("server_error", 500, "A server error occurred while authenticating the account."),
    70016: CataloguedError("authorization_pending", 400, "The user has not finished signing in yet."),
    70018: CataloguedError("bad_verification_code", 400, "The device code is not known."),
    70019: CataloguedError("expired_token", 400, "The device code has expired."),
    90002: CataloguedError("invalid_tenant", 400, "The tenant was not found. Check the tenant id and the cloud."),
    90006: CataloguedError("temporarily_unavailable", 503, "An external server answered with a retryable error."),
    90012: CataloguedError("temporarily_unavailable", 503, "The request timed out."),
    90024: CataloguedError("temporarily_unavailable", 503, "The request was throttled or is budgeted; retry later."),
    90033: CataloguedError("temporarily_unavailable", 503, "A transient error occurred. Please try again."),
    50049: CataloguedError("invalid_instance", 400, "The authority host is not known."),
    90055: CataloguedError("temporarily_unavailable", 429, "The tenant sent too many requests."),
    90090: CataloguedError("temporarily_unavailable", 503, "A directory service failed; please try again."),
    500011: CataloguedError("invalid_resource", 400, "The resource principal was not found in the tenant."),
    500208: CataloguedError("access_denied", 400, "The domain is not a valid login domain for the account type."),
    500212: CataloguedError("access_denied", 400, "Outbound access policy of the user's tenant blocks the resource."),
    500213: CataloguedError("access_denied", 400, "Inbound access policy of the resource's tenant blocks the user."),
    700011: CataloguedError("unauthorized_client", 400, "The application was not found in the directory."),
    700016: CataloguedError("unauthorized_client", 400, "The application was not found in the directory."),
    7000112: CataloguedError("unauthorized_client", 400, "The application is disabled."),
}
_UNLISTED: Final = CataloguedError("invalid_request", 400, "The request was refused.")


def _all_with(error: str, texts: Mapping[int, str], suberror: str | None = None) -> dict[int, CataloguedError]:
    status = _STATUSES.get(error, 400)
    return {code: CataloguedError(error, status, text, suberror) for code, text in texts.items()}


CATALOGUE: Final[Mapping[int, CataloguedError]] = MappingProxyType(
    _all_with("interaction_required", _INTERACTION, "basic_action")
    | _all_with("login_required", _SIGN_IN)
    | _all_with("invalid_grant", _CONSENT, "consent_required")
    | _all_with("invalid_grant", _GRANT)
    | _all_with("invalid_client", _CLIENT)
    | _all_with("invalid_request", _REQUEST)
    | _OTHERS
)
"""The codes that this tenant knows. Of several errors that Entra gives with a code, the one of the token endpoint."""


def catalogued(code: int) -> CataloguedError:
    """What goes with the code; a plain invalid_request for those that nobody listed."""
    return CATALOGUE.get(code, _UNLISTED)
