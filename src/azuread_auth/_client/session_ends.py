"""Signs a user out everywhere, for either client."""

from azuread_auth._core.engine import Engine
from azuread_auth.errors import ConfigurationError
from azuread_auth.principal import Account

__all__ = ["end_sessions"]


async def end_sessions(engine: Engine, account: Account) -> None:
    """End the user's sessions in all stores that middlewares of this client have, and drop the user's tokens.

    Sessions in cookies, of another middleware with this client, go on. Raises ConfigurationError where there is no
    store, and StoreUnavailable.
    """
    try:
        await engine.end_sessions(account)
    except ConfigurationError as error:
        message = (
            "no middleware that keeps sessions in a store uses this client; give its WebLogin a session_store, and the "
            "middleware this client as client="
        )
        raise ConfigurationError(message) from error
    await engine.tokens.forget_user(account)
