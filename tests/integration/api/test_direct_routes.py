"""Routes that FastAPI does not run: whatever is sent to them, they answer as FastAPI would."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from fastapi import FastAPI

from tests.integration.api.callers import bearer, credentials, lift_the_rate, token
from tests.integration.configuration import write_configuration
from worker.api.app import build
from worker.api.direct import DirectRoute, DirectRoutes
from worker.config import Config, load_config
from worker.embedded import EmbeddedServer
from worker.redis_access import connection_of

BOB = "/org/app/users/bob"
SETTING = f"{BOB}/notification/user/alice"
JSON, PLAIN = "application/json", "text/plain"
#: Method, path, body, its type.
Sent = tuple[str, str, bytes, str]


def changes(path: str, *bodies: Any) -> Iterator[Sent]:
    """Yield PUTs of a path."""
    for body in bodies:
        yield "PUT", path, body if isinstance(body, bytes) else json.dumps(body).encode(), JSON


REQUESTS: tuple[Sent, ...] = (
    *changes(SETTING, {"type": "AT"}, {"ignoreInterval": "22:00-07:30"}, {}, {"type": "DEFAULT", "more": 1}),
    *changes(SETTING, {"type": 1}, {"type": "at", "ignoreInterval": "x", "ignoreDuration": -1}, {"type": None}),
    *changes(SETTING, b"", b"null", b"[]", b"1", b'"x"', b"true", b" ", b"{", b"{}}", b'{"type": "AT",}'),
    # What Python's JSON takes, and what it does not.
    *changes(SETTING, b'{"x": NaN}', b"\xff\xfe{", b'{"x": "\xff"}', b"[" * 100_000, b"1" * 5_000, b'{"x": "\\ud800"}'),
    *changes(
        SETTING, '{"type": "AT"}'.encode("utf-16"), b'\xef\xbb\xbf{"type": "AT"}', b'{"type": "AT", "type": "ALL"}'
    ),
    *(
        ("PUT", SETTING, b'{"type": "NONE"}', kind)
        for kind in (
            *("", PLAIN, "application/merge-patch+json", "Application/JSON; charset=utf-8", "application/x+jsonx"),
            *("json", "application/", "text/json", "application/json, text/plain", ";", "multipart/form-data"),
        )
    ),
    *(
        ("GET", f"{BOB}/notification/{rest}", b"", "")
        for rest in (
            *(
                "user/alice",
                "user/bob",
                "user/BOB",
                "chatgroup/1",
                "chatgroup/a/b",
                "chatgroup/a%2Fb",
                "group/1",
                "user/",
            ),
            *(
                "user/%01",
                f"chatgroup/{'x' * 513}",
                "user/org%23app_@x",
                "chatgroup/%F0%9F%98%80",
                "user/a?b=c",
                "user",
            ),
            *("language", "template", "?user=alice,carol&group=1", f"?user={'a,b,c,d,' * 6}", "mute/type?limit=0", ""),
        )
    ),
    *changes(BOB, {"nickname": "鲍勃"}, {"nickname": 5}, {"entities": [{"nickname": "x"}, 7]}, {"device_id": "d"}, []),
    *changes(f"{BOB}/push/binding", {"device_id": "d", "device_token": "t", "notifier_name": "n"}, {"device_id": ""}),
    *changes(f"{BOB}/notification/language", {"translationLanguage": "zh-Hans"}, {"translationLanguage": "-"}, {}),
    ("GET", BOB, b"", ""),
    ("GET", f"{BOB}/offline_msg_count", b"", ""),
    ("GET", "/org/app/users/a%2Fb/notification/user/bob", b"", ""),
    ("GET", "/org/app/users/%01/notification/user/bob", b"", ""),
    ("GET", f"/org/app/users/{'x' * 300}/notification/user/bob", b"", ""),
    ("PUT", "/org/nothing/users/bob/notification/user/bob", b"{", JSON),
    ("GET", "/org/nothing/users/bob/notification/user/bob", b"", ""),
    ("DELETE", SETTING, b"", ""),
    ("HEAD", SETTING, b"", ""),
    ("GET", f"{SETTING[:-6]}", b"", ""),
)
CALLERS = {"the user": bearer(token("bob")), "another": bearer(token("eve")), "the app": bearer(token()), "nobody": {}}


@pytest.fixture
def config(redis_server: EmbeddedServer, database: redis.Redis, tmp_path: Path) -> Config:
    """An app, and an empty database."""
    assert database.ping()
    write_configuration(tmp_path / "config.toml", redis_server.url, {}, app=credentials(tmp_path))
    lift_the_rate(tmp_path / "config.toml")
    return load_config(tmp_path / "config.toml", {})


def by_fastapi(app: FastAPI) -> FastAPI:
    """Leave all routes of an app to FastAPI."""
    left = [each for each in app.user_middleware if getattr(each.cls, "__name__", "") != DirectRoutes.__name__]
    assert len(left) == len(app.user_middleware) - 1
    app.user_middleware = left
    return app


async def answers(config: Config, headers: Any) -> list[tuple[Sent, httpx.Response, httpx.Response]]:
    """Return each request with both answers, ours and FastAPI's."""
    connection = connection_of(config)
    ours = client_of(build(config, connection))
    theirs = client_of(by_fastapi(build(config, connection)))
    try:
        return [(sent, await answer(ours, sent, headers), await answer(theirs, sent, headers)) for sent in REQUESTS]
    finally:
        for each in (ours, theirs, connection):
            await each.aclose()


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """Return a client of an app in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api")


async def answer(client: httpx.AsyncClient, sent: Sent, headers: Any) -> httpx.Response:
    """Send one request."""
    method, path, content, kind = sent
    return await client.request(
        method, path, content=content, headers=headers | ({"content-type": kind} if kind else {})
    )


def essence(answer: httpx.Response) -> Any:
    """Return an answer without what depends on when it was given."""
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    body = {**answer.json(), "timestamp": 0, "duration": 0} if answer.content else None
    return answer.status_code, headers, body


@pytest.mark.parametrize("headers", CALLERS.values(), ids=list(CALLERS))
def test_they_answer_as_fastapi_does(config: Config, headers: Any) -> None:
    """Status, headers, words and order of judgement are the same, whatever is sent and whoever sends it."""
    statuses = set()
    for sent, ours, theirs in asyncio.run(answers(config, headers)):
        assert essence(ours) == essence(theirs), sent
        statuses.add(ours.status_code)
    assert len(statuses) >= 3


def test_which_they_are(config: Config) -> None:
    """All of Easemob's interface, but the one route that takes a query."""
    routes = [route for route in build(config, connection_of(config)).routes if isinstance(route, DirectRoute)]
    assert [route.name for route in routes if not route.steps] == ["muted"]
    assert len(routes) > 20
