"""A process that uses up its file descriptors, and gives them back later: what its application answers meanwhile.

Its arguments are the application ("wsgi" or "asgi"), "warm" or "cold", a token and another. It prints the statuses as
JSON, each with whether the answer says when to come back.
"""

import asyncio
import io
import json
import os
import resource
import sys
import time

READ = "api://orders/Orders.Read"
LIMIT = 64
HEALING_SECONDS = 2.5


class Files:
    """All that this process may open."""

    def __init__(self):
        self._held = []

    def use_up(self):
        """Open so many that not one more can be."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        try:
            while True:
                self._held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass

    def give_back(self):
        """Close them again."""
        while self._held:
            os.close(self._held.pop())


class Wsgi:
    """A Flask application, asked without a server."""

    def __init__(self):
        from flask import Flask  # noqa: PLC0415 - each has what it needs alone

        from azuread_auth.flask import AzureAdAuth, current_principal, user_token  # noqa: PLC0415

        self._app = Flask(__name__)
        AzureAdAuth(self._app)

        @self._app.get("/next")
        def next_api():
            return {"caller": current_principal.object_id, "expires_at": user_token(READ).expires_at}

    async def ask(self, token):
        """Status, and whether there is a Retry-After."""
        begun = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/next",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        body = self._app(environ, lambda status, headers, *_: begun.append((int(status[:3]), dict(headers))))
        b"".join(body)
        status, headers = begun[0]
        return status, "retry-after" in {name.lower() for name in headers}


class Asgi:
    """A Starlette application, asked without a server."""

    def __init__(self):
        from starlette.applications import Starlette  # noqa: PLC0415 - as above
        from starlette.responses import JSONResponse  # noqa: PLC0415
        from starlette.routing import Route  # noqa: PLC0415

        from azuread_auth import AsyncAzureAdClient  # noqa: PLC0415
        from azuread_auth.asgi import AzureAdAuth  # noqa: PLC0415

        client = AsyncAzureAdClient()

        async def next_api(request):
            token = await client.acquire_token_for_user(request.user, READ)
            return JSONResponse({"caller": request.user.object_id, "expires_at": token.expires_at})

        self._app = Starlette(routes=[Route("/next", next_api)])
        self._app.add_middleware(AzureAdAuth, client=client)
        self._app.middleware_stack = self._app.build_middleware_stack()  # as the first event of a server does

    async def ask(self, token):
        """Status, and whether there is a Retry-After."""
        begun = []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/next",
            "raw_path": b"/next",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"authorization", b"Bearer " + token.encode())],
            "server": ("localhost", 80),
            "client": ("127.0.0.1", 1),
        }

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                begun.append(message)

        await self._app(scope, receive, send)
        return begun[0]["status"], any(name == b"retry-after" for name, _ in begun[0]["headers"])


async def main(kind, state, known, other):
    """All in turn."""
    application, files, answers = {"wsgi": Wsgi, "asgi": Asgi}[kind](), Files(), []
    if state == "warm":
        answers.append(await application.ask(known))
    files.use_up()
    answers += [await application.ask(known), await application.ask(other)]
    files.give_back()
    time.sleep(HEALING_SECONDS)  # noqa: ASYNC251 - nothing else is to be done
    answers += [await application.ask(known), await application.ask(other)]
    print(json.dumps(answers))  # noqa: T201 - that is what it is for


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
