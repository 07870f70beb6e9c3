"""What the cookies of an application are called, and what seals them."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from azuread_auth._core.engine import Engine
from azuread_auth._web.cookies import CookieNames, app_digest
from azuread_auth._web.sealing import Sealer
from azuread_auth.secret import Secret
from azuread_auth.web_login import WebLogin

__all__ = ["cookie_names", "sealers"]

_DERIVATION: Final = b"azuread-auth cookie key of a loopback application\0"


def cookie_names(web_login: WebLogin, engine: Engine) -> CookieNames:
    """Names that only https may set, unless the application is one of this machine without it."""
    is_secure = not web_login.is_local or any(url.startswith("https:") for url in web_login.urls)
    return CookieNames(app_digest(engine.settings.client_id, web_login.urls), is_secure)


def sealers(web_login: WebLogin, engine: Engine, names: CookieNames) -> Callable[[str], Sealer]:
    """Makes what seals for a purpose of the application, under its authority."""
    keys = tuple(map(Secret, _keys(web_login, engine)))
    app = _sealed_for(engine, names)

    def sealer(purpose: str) -> Sealer:
        return Sealer(keys, purpose=purpose, app=app, random_bytes=engine.runtime.random_bytes)

    return sealer


def _sealed_for(engine: Engine, names: CookieNames) -> str:
    """The application and who signs its users in: what one directory or policy says of a user is nothing to another.

    Names of cookies do not tell, so that the cookies of an earlier authority are replaced and do not pile up. Nor do
    "common" and "organizations", which differ in whom they admit: that is asked of each session.
    """
    authority = engine.provider.authority
    place = ("", "") if engine.settings.is_multi_tenant else (authority.path.lower(), (authority.tenant or "").lower())
    return json.dumps([names.app, authority.kind.name, authority.origin, *place])


def _keys(web_login: WebLogin, engine: Engine) -> tuple[bytes, ...]:
    """The keys of the settings; on this machine alone, one that all workers with the same client secret have."""
    if web_login.cookie_keys:
        return tuple(key.reveal_bytes() for key in web_login.cookie_keys if isinstance(key, Secret))
    secret = getattr(engine.settings.credential, "secret", None)
    if isinstance(secret, Secret):
        return (sha256(_DERIVATION + secret.reveal_bytes()).digest(),)
    return (engine.runtime.random_bytes(32),)
