"""The simulator's own HTTP API: read the books, decide tokens' fates, script faults. It stands for no vendor.

| request | answer |
|---|---|
| ``GET /_sim/health`` | ``{"status": "ok"}`` |
| ``GET /_sim/requests[?vendor=apns][&since=N][&limit=N]`` | the ledger's entries, in order; ``x-next`` is the next N |
| ``POST /_sim/reset`` | empties the ledger and the counts, drops scripted rules; tokens keep their fates |
| ``POST /_sim/tokens`` | ``{"vendor", "token", "state", "timestamp"?}``; the timestamp in ms since 1970 |
| ``POST /_sim/rules`` | ``{"vendor", "rules": [{"when"?, "do", "times"?}], "seed"?}`` replaces the vendor's rules |
| ``GET /_sim/rules``, ``DELETE /_sim/rules`` | the rules with their hits, by vendor; drops them all |
| ``GET /_sim/statistics`` | the counts, by vendor |
| ``GET /_sim/attempts?vendor=apns[&token=T][&since=N][&limit=N]`` | attempts by token and message |
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from providers.simulator.exchange import Reply, Request
from providers.simulator.injector import Injector
from providers.simulator.ledger import Ledger
from providers.simulator.rules import Rule
from providers.simulator.vendors import FakeVendor

_Natural = Annotated[int, msgspec.Meta(ge=0)]
_encode = msgspec.json.Encoder().encode


class TokenFate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one push token from now on."""

    vendor: str
    token: str
    state: str
    #: Milliseconds since 1970.
    timestamp: int | None = None


class ScriptedRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of one vendor from now on."""

    vendor: str
    rules: tuple[Rule, ...]
    seed: int = 0


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a book is asked for: at most ``limit`` after the first ``since``."""

    vendor: str | None = None
    token: str | None = None
    since: _Natural = 0
    limit: _Natural | None = None


class Control:
    """The control API: implements Vendor, so that it is served like one, on a port of its own without TLS."""

    def __init__(self, ledger: Ledger, vendors: Mapping[str, FakeVendor], injectors: Mapping[str, Injector]) -> None:
        self._ledger = ledger
        self._vendors = vendors
        self._injectors = injectors
        self._routes: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("GET", "/_sim/health"): self._health,
            ("GET", "/_sim/requests"): self._requests,
            ("POST", "/_sim/reset"): self._reset,
            ("POST", "/_sim/tokens"): self._tokens,
            ("POST", "/_sim/rules"): self._put_rules,
            ("GET", "/_sim/rules"): self._rules,
            ("DELETE", "/_sim/rules"): self._drop_rules,
            ("GET", "/_sim/statistics"): self._statistics,
            ("GET", "/_sim/attempts"): self._attempts,
        }

    def __call__(self, request: Request) -> Reply:
        """Answer one request; 404 for an unknown method and path, 400 with the reason for a mistake."""
        route = self._routes.get((request.method, urlsplit(request.path).path))
        try:
            return route(request) if route else _json(404, {"error": "no such method and path"})
        except (msgspec.DecodeError, ValueError) as error:
            return _json(400, {"error": str(error)})

    def _health(self, _: Request) -> Reply:
        return _json(200, {"status": "ok"})

    def _requests(self, request: Request) -> Reply:
        page = _page(request)
        entries = self._ledger.entries(page.since, page.limit)
        wanted = [entry for entry in entries if page.vendor in {None, entry.vendor}]
        return _json(200, wanted, ("x-next", str(page.since + len(entries))))

    def _reset(self, _: Request) -> Reply:
        self._ledger.clear()
        for injector in self._injectors.values():
            injector.reset()
        return _json(200, {})

    def _tokens(self, request: Request) -> Reply:
        fate = msgspec.json.decode(request.body, type=TokenFate)
        self._known(self._vendors, fate.vendor).set_token(fate.token, fate.state, fate.timestamp)
        return _json(200, {})

    def _put_rules(self, request: Request) -> Reply:
        script = msgspec.json.decode(request.body, type=ScriptedRules)
        self._known(self._injectors, script.vendor).put_script(script.rules, script.seed)
        return _json(200, {})

    def _rules(self, _: Request) -> Reply:
        return _json(200, {name: injector.script() for name, injector in self._injectors.items()})

    def _drop_rules(self, _: Request) -> Reply:
        for injector in self._injectors.values():
            injector.put_script()
        return _json(200, {})

    def _statistics(self, _: Request) -> Reply:
        books = self._injectors.items()
        return _json(200, {name: book.attempts.as_data() | book.traffic.as_data() for name, book in books})

    def _attempts(self, request: Request) -> Reply:
        page = _page(request)
        book = self._known(self._injectors, page.vendor or "").attempts
        return _json(200, book.rows(page.token, page.since, page.limit))

    def _known(self, table: Mapping[str, Any], name: str) -> Any:
        if name not in table:
            raise ValueError(f"vendor must be one of {', '.join(table)}")
        return table[name]


def _page(request: Request) -> Page:
    return msgspec.convert(dict(parse_qsl(urlsplit(request.path).query)), Page, strict=False)


def _json(status: int, data: Any, *headers: tuple[str, str]) -> Reply:
    return Reply(status, _encode(data), (("content-type", "application/json"), *headers))
