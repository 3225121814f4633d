"""The yardstick: one Starlette route that answers JSON of the same size, and does nothing for it.

``python -m tests.benchmarks.bare`` prints the port. Loop and server are those of ``offline-push api``.
"""

import asyncio
import socket
import sys

import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from uvicorn import Config, Server

from worker.api.http_protocol import HttpProtocol

#: What the API answers about one setting, in members and bytes.
_ANSWER = {
    "path": "/users",
    "uri": "http://127.0.0.1:40000/org/app/users/bob/notification/user/bob",
    "timestamp": 1_795_643_690_166,
    "organization": "org",
    "application": "1ca69698-f900-50a0-876b-10620e4682f9",
    "data": {"type": "NONE"},
    "action": "put",
    "duration": 5,
    "applicationName": "app",
}


async def answer(request: Request) -> JSONResponse:
    """Read the body, if there is one, and answer."""
    await request.body()
    return JSONResponse(_ANSWER)


def main() -> None:
    """Serve until the process is ended."""
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "PUT"])])
    options = Config(
        app, http=HttpProtocol, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False
    )
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(Server(options).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
