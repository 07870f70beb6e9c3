"""ASGI, in both directions: requests as values, and answers as messages."""
