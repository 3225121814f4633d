"""The simulator's own HTTP API: read the ledger, decide tokens' fates. It stands for no vendor.

| request | answer |
|---|---|
| ``GET /_sim/health`` | ``{"status": "ok"}`` |
| ``GET /_sim/requests[?vendor=apns]`` | the ledger's entries, oldest first |
| ``POST /_sim/reset`` | empties the ledger; tokens keep their fates |
| ``POST /_sim/tokens`` | ``{"vendor", "token", "state", "timestamp"?}``; the timestamp in ms since 1970 |
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from providers.simulator.exchange import Reply, Request
from providers.simulator.ledger import Ledger
from providers.simulator.vendors import FakeVendor


class TokenFate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one push token from now on."""

    vendor: str
    token: str
    state: str
    #: Milliseconds since 1970.
    timestamp: int | None = None


class Control:
    """The control API: implements Vendor, so that it is served like one, on a port of its own without TLS."""

    def __init__(self, ledger: Ledger, vendors: Mapping[str, FakeVendor]) -> None:
        self._ledger = ledger
        self._vendors = vendors
        self._routes: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("GET", "/_sim/health"): self._health,
            ("GET", "/_sim/requests"): self._requests,
            ("POST", "/_sim/reset"): self._reset,
            ("POST", "/_sim/tokens"): self._tokens,
        }

    def __call__(self, request: Request) -> Reply:
        """Answer one request; 404 for an unknown method and path."""
        route = self._routes.get((request.method, urlsplit(request.path).path))
        return route(request) if route else _json(404, {"error": "no such method and path"})

    def _health(self, _: Request) -> Reply:
        return _json(200, {"status": "ok"})

    def _requests(self, request: Request) -> Reply:
        wanted = parse_qs(urlsplit(request.path).query).get("vendor")
        entries = self._ledger.as_data()
        return _json(200, [entry for entry in entries if not wanted or entry["vendor"] in wanted])

    def _reset(self, _: Request) -> Reply:
        self._ledger.clear()
        return _json(200, {})

    def _tokens(self, request: Request) -> Reply:
        try:
            fate = msgspec.json.decode(request.body, type=TokenFate)
            self._vendor(fate.vendor).set_token(fate.token, fate.state, fate.timestamp)
        except (msgspec.DecodeError, ValueError) as error:
            return _json(400, {"error": str(error)})
        return _json(200, {})

    def _vendor(self, name: str) -> FakeVendor:
        if name not in self._vendors:
            raise ValueError(f"vendor must be one of {', '.join(self._vendors)}")
        return self._vendors[name]


def _json(status: int, data: Any) -> Reply:
    return Reply(status, json.dumps(data).encode(), (("content-type", "application/json"),))
