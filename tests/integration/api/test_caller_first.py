"""Who calls is judged before anything is said about a body: on every route, those of tomorrow among them."""

import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from tests.integration.api.api_process import PATH, Api, callback_id
from tests.integration.api.callers import bearer, token
from tests.integration.api.operations import Operation, operations
from worker.api.app import build
from worker.api.caller_first import CallerFirst
from worker.config import load_config
from worker.embedded import EmbeddedServer
from worker.redis_access import connection_of

JSON = "application/json"
#: Bodies that no route takes -> what is said of them to those who may call.
BODIES: Mapping[str, tuple[bytes, str]] = {
    "half": (b'{"type":', JSON),
    "no text": (b"\xff\xfe", JSON),
    "too deep": (b"[" * 100_000, JSON),
    "a number that is too long": (b"1" * 5_000, JSON),
    "a list of nothing": (b"[null]", JSON),
    "nothing": (b"", JSON),
    "a form": (b"a=b", "application/x-www-form-urlencoded"),
    "no type": (b"{}", "x"),
    "too large": (b" " * 1_048_577, JSON),
}
#: Here the body says who calls.
BY_BODY = {"POST /{org}/{app}/token"}
#: Of the app's rates, as if they were used up.
RATES = ("push", "presence", "token", "status", "template", "console", "channel", "statistics")


def asked(api: Api, operation: Operation, body: str, headers: Mapping[str, str], app: str = "app") -> int:
    """Return the status of a request with such a body."""
    content, kind = BODIES[body]
    url = operation.url.replace("/org/app/", f"/org/{app}/", 1)
    sent = {"content-type": kind, **headers}
    return api.client.request(operation.method, url, content=content, headers=sent).status_code


def judged_by_token(api: Api) -> list[Operation]:
    """Return the operations whose callers are judged by their tokens."""
    return [each for each in operations(api) if str(each) not in BY_BODY]


#: Whose requests -> (their headers, what they are told).
CALLERS: dict[str, tuple[Callable[[], Mapping[str, str]], int]] = {
    "nobody": (dict, 401),
    "garbage": (lambda: bearer("garbage"), 401),
    "expired": (lambda: bearer(token(ttl_s=60, age_s=61)), 401),
    "another app": (lambda: bearer(token(appkey="org#other", secret="YXA6-the-secret-of-another-app")), 401),
    "another user": (lambda: bearer(token("eve")), 403),
}
#: What a token may do to itself, whosever it is.
OF_THE_TOKEN = {"DELETE /{org}/{app}/token"}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("headers", "status"), CALLERS.values(), ids=list(CALLERS))
def test_who_may_not_call(api: Api, body: str, headers: Callable[[], Mapping[str, str]], status: int) -> None:
    """They are told so, whatever they send."""
    sent = headers()
    found = {str(each): asked(api, each, body, sent) for each in judged_by_token(api) if str(each) not in OF_THE_TOKEN}
    assert found == dict.fromkeys(found, status)


@pytest.mark.parametrize("body", BODIES)
def test_an_app_that_nobody_has(api: Api, body: str) -> None:
    """404 of the app, for the token's own route too."""
    found = {str(each): asked(api, each, body, bearer(token()), app="nowhere") for each in operations(api)}
    assert found == dict.fromkeys(found, 404)


@pytest.fixture
def used_up(redis_server: EmbeddedServer) -> Iterator[None]:
    """An app that has used up all of its rates."""
    names = [f"push:{{p0}}:rate:org#app:{name}" for name in RATES]
    with redis.Redis.from_url(redis_server.url) as client:
        client.mset(dict.fromkeys(names, 10**18))
        yield
        client.delete(*names)


@pytest.mark.usefixtures("used_up")
@pytest.mark.parametrize("body", BODIES)
def test_an_app_without_requests_left(api: Api, body: str) -> None:
    """429, for the app's token and its user's."""
    for text in (token(), token("bob")):
        found = {str(each): asked(api, each, body, bearer(text)) for each in judged_by_token(api)}
        assert found == dict.fromkeys(found, 429)


@pytest.mark.parametrize("body", BODIES)
def test_those_who_may_call_hear_of_the_body(api: Api, body: str) -> None:
    """400 or 413 on every route that takes one: otherwise the tests above would show nothing."""
    wanted = 413 if body == "too large" else 400
    for each in judged_by_token(api):
        if each.body is not None:
            found = {asked(api, each, body, bearer(text)) for text in (token(), token("bob"))}
            assert wanted in found, str(each)
            assert found <= {wanted, 403}, str(each)


@pytest.mark.parametrize("body", BODIES)
def test_huawei_is_judged_first(api: Api, body: str) -> None:
    """A receipt without its signature, and one for a channel that is not there, in Huawei's shape."""
    content, kind = BODIES[body]
    headers = {"content-type": kind}
    signed = headers | {"x-huawei-callback-id": callback_id()}
    wrong = api.client.post(PATH, content=content, headers=headers)
    assert (wrong.status_code, wrong.json()["errno"]) == (401, 401)
    unknown = api.client.post(PATH.replace("app", "other"), content=content, headers=signed)
    assert (unknown.status_code, unknown.json()["errno"]) == (404, 404)
    assert api.client.post(PATH, content=content, headers=signed).status_code in {400, 413}


def test_nobody_s_body_is_not_read(api: Api) -> None:
    """A stranger who asks before sending is refused at once, and a body sent all the same disturbs no later request."""
    head = "PUT /org/app/users/bob HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 400000\r\n"
    with socket.create_connection(("127.0.0.1", api.client.base_url.port or 0), timeout=30) as wire:
        wire.sendall(f"{head}expect: 100-continue\r\n\r\n".encode())
        assert wire.recv(4096).startswith(b"HTTP/1.1 401")
    with socket.create_connection(("127.0.0.1", api.client.base_url.port or 0), timeout=30) as wire:
        wire.sendall(f"{head}\r\n".encode() + b" " * 400_000 + b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        answers = b""
        while b'{"status":"ok"}' not in answers:
            more = wire.recv(4096)
            assert more, "it hung up"
            answers += more
        assert answers.count(b"HTTP/1.1 401") == 1


def routes(found: list[BaseRoute]) -> Iterator[BaseRoute]:
    """Yield routes, those of included routers too."""
    for route in found:
        inner = getattr(route, "original_router", None)
        yield from routes(inner.routes) if inner is not None else [route]


def test_every_route_of_an_app_asks_who_calls(configuration: Path) -> None:
    """Whatever names an app in its path has a caller that is judged first."""
    config = load_config(configuration, {})
    found = list(routes(build(config, connection_of(config)).routes))
    of_apps = [route for route in found if "{app}" in getattr(route, "path", "")]
    assert len(of_apps) > 30
    assert [route for route in of_apps if not isinstance(route, CallerFirst)] == []


def test_a_route_without_a_caller_cannot_be_made() -> None:
    """It is refused where it is written."""
    router = APIRouter(route_class=CallerFirst)

    async def anybody(request: Request, body: dict[str, Any]) -> None:
        """Take a body from anybody."""

    with pytest.raises(TypeError, match="caller"):
        router.add_api_route("/{org}/{app}/anything", anybody)
    assert not [route for route in router.routes if isinstance(route, APIRoute)]
