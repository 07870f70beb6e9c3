"""Use cases, written once as coroutines over ports: an event loop awaits them, a thread steps them."""
