"""The worker process over HTTP: metrics for Prometheus, probes for orchestrators.

Served by threads of their own, so that they answer also when the event loop does not turn.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import make_wsgi_app

from worker.health import Health

#: A client that neither asks nor reads keeps its thread no longer.
_CLIENT_S = 10.0
_METHODS = ("GET", "HEAD")
_JSON = "application/json"

Route = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class HealthServer(ThreadingMixIn, WSGIServer):
    """Listens from its construction on; a thread for each request."""

    daemon_threads = True

    def __init__(self, health: Health, host: str, port: int) -> None:
        """Port 0: the system chooses.

        Raises:
            OSError: the address cannot be listened on.
        """
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)
        self.set_app(application(health))

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as the standard library would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""

    def start(self) -> None:
        """Serve until the process ends."""
        threading.Thread(target=self.serve_forever, name="health http", daemon=True).start()


class _Handler(WSGIRequestHandler):
    timeout = _CLIENT_S

    def log_message(self, *_: Any) -> None:
        """Log no request: probes come every few seconds."""


def application(health: Health) -> Route:
    """Return the WSGI application."""
    routes = _routes(health)

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, route = environ["REQUEST_METHOD"], routes.get(environ["PATH_INFO"])
        if route is None:
            return _answer(environ, start_response, HTTPStatus.NOT_FOUND, {"error": "not found"})
        if method not in _METHODS:
            return _answer(environ, start_response, HTTPStatus.METHOD_NOT_ALLOWED, {"error": "method not allowed"})
        return route(environ, start_response)

    return serve


def _routes(health: Health) -> Mapping[str, Route]:
    exposition = make_wsgi_app()

    def healthz(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if health.is_alive:
            return _answer(environ, start_response, HTTPStatus.OK, {"status": "ok"})
        return _answer(environ, start_response, HTTPStatus.SERVICE_UNAVAILABLE, {"error": "event loop stands still"})

    def readyz(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        report = health.readiness()
        if not report.reasons:
            return _answer(environ, start_response, HTTPStatus.OK, {"status": "ok", "parts": dict(report.parts)})
        body = {"error": "; ".join(report.reasons), "reasons": report.reasons, "parts": dict(report.parts)}
        return _answer(environ, start_response, HTTPStatus.SERVICE_UNAVAILABLE, body)

    def metrics(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = exposition({**environ, "REQUEST_METHOD": "GET"}, start_response)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body

    return {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}


def _answer(
    environ: WSGIEnvironment, start_response: StartResponse, status: HTTPStatus, content: Mapping[str, Any]
) -> Iterable[bytes]:
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = [("Content-Type", _JSON), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("Allow", ", ".join(_METHODS)))
    start_response(f"{status.value} {status.phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
