"""A network that loses answers: requests arrive and are done, and the caller's connection ends without a word."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import httpx

from tests.loopback import ask

#: What belongs to one connection, and not to the message.
_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "content-encoding"})


class LosingRelay:
    """Passes requests on to an API, one at a time; the answers to the first ``lost`` PUTs never come back."""

    def __init__(self, api: str, lost: int) -> None:
        self.api, self._lost = api, lost
        #: PUTs that were passed on.
        self.writes = 0
        self._one_at_a_time = Lock()
        relay = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def handle(self) -> None:
                """Answer one request a connection."""
                self.handle_one_request()

            def _relay(self) -> None:
                relay.pass_on(self)

            do_GET = do_OPTIONS = do_PUT = _relay  # noqa: N815 - names of http.server

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def start(self) -> None:
        """Take connections."""
        self._thread.start()

    def stop(self) -> None:
        """Take none any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        """Ask the API; answer, or lose the answer."""
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN}
        with self._one_at_a_time:
            answer = ask(request.command, self.api + request.path, content=body, headers=headers, timeout=30)
            self.writes += request.command == "PUT"
            is_lost = request.command == "PUT" and self.writes <= self._lost
        if not is_lost:
            _answer(request, answer)


def _answer(request: BaseHTTPRequestHandler, answer: httpx.Response) -> None:
    request.send_response(answer.status_code)
    for name, value in answer.headers.items():
        if name not in _OWN:
            request.send_header(name, value)
    request.send_header("content-length", str(len(answer.content)))
    request.end_headers()
    request.wfile.write(answer.content)


@contextmanager
def losing_relay(api: str, lost: int) -> Iterator[LosingRelay]:
    """Run a relay for the length of the block."""
    relay = LosingRelay(api, lost)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()
