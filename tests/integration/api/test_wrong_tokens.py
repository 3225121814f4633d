"""Every route below ``/{org}/{app}/`` with every token that is not good enough for it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from starlette.routing import BaseRoute

from tests.integration.api.api_process import Api
from tests.integration.api.callers import OTHER_APPKEY, OTHER_SECRET, SECRET, bearer, token
from tests.integration.api.operations import USER, Operation, operations
from worker.api.app import build
from worker.config import load_config
from worker.embedded import EmbeddedServer
from worker.redis_access import connection_of

#: What a token may do to itself, whosever it is.
OF_THE_TOKEN = {"DELETE /{org}/{app}/token"}


@pytest.fixture
def clean(redis_server: EmbeddedServer) -> Iterator[redis.Redis]:
    """An empty database."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


def status(api: Api, operation: Operation, headers: Any) -> int:
    """Return the status of one request."""
    answer = api.client.request(operation.method, operation.url, json=operation.body, headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.status_code


def contents(client: redis.Redis) -> dict[bytes, bytes | None]:
    """Return all there is but the rates, of which a genuine token uses some wherever it is refused."""
    return {key: client.dump(key) for key in client.scan_iter() if b":rate:" not in key}


def revoked(api: Api) -> str:
    """Return a user's token that has ended itself."""
    text = token(USER)
    assert api.client.delete("/org/app/token", headers=bearer(text)).status_code == 200
    return text


def revoked_with_its_user(api: Api) -> str:
    """Return a user's token that was ended with all of that user."""
    text = token(USER)
    assert api.client.delete(f"/org/app/users/{USER}/token", headers=bearer(token())).status_code == 200
    return text


Header = Callable[[Api], Any]
#: Tokens that are worth nothing here.
WORTHLESS: dict[str, Header] = {
    "none": lambda _: {},
    "empty": lambda _: {"authorization": "Bearer"},
    "garbage": lambda _: bearer("garbage"),
    "another scheme": lambda _: {"authorization": f"Basic {token(USER)}"},
    "of another secret": lambda _: bearer(token(USER, secret="some-other-secret-00")),
    "an expired app token": lambda _: bearer(token(ttl_s=60, age_s=61)),
    "an expired user token": lambda _: bearer(token(USER, ttl_s=60, age_s=61)),
    "another app's": lambda _: bearer(token(appkey=OTHER_APPKEY, secret=OTHER_SECRET)),
    "another app's user of that name": lambda _: bearer(token(USER, appkey=OTHER_APPKEY, secret=OTHER_SECRET)),
    "another app's with this app's secret": lambda _: bearer(token(appkey=OTHER_APPKEY, secret=SECRET)),
    "revoked": lambda api: bearer(revoked(api)),
    "revoked with its user": lambda api: bearer(revoked_with_its_user(api)),
}


@pytest.mark.parametrize("header", WORTHLESS.values(), ids=list(WORTHLESS))
def test_a_worthless_token(api: Api, clean: redis.Redis, header: Header) -> None:
    """401 everywhere, and nothing has changed."""
    headers = header(api)
    before = contents(clean)
    found = {str(operation): status(api, operation, headers) for operation in operations(api)}
    assert found == dict.fromkeys(found, 401)
    assert contents(clean) == before


def test_another_user_s_token(api: Api, clean: redis.Redis) -> None:
    """It is genuine, and reaches nothing of this user and nothing of the app: 403, and nothing has changed."""
    others = [each for each in operations(api) if str(each) not in OF_THE_TOKEN]
    before, headers = contents(clean), bearer(token("eve"))
    found = {str(operation): status(api, operation, headers) for operation in others}
    assert found == dict.fromkeys(found, 403)
    assert contents(clean) == before


def test_somebody_is_let_in_everywhere(api: Api, clean: redis.Redis) -> None:
    """Each route lets in an app token or the user's own: otherwise the tests above would show nothing."""
    assert not clean.keys("*")
    for operation in operations(api):
        found = [status(api, operation, bearer(text)) for text in (token(), token(USER))]
        assert set(found) - {401, 403}, str(operation)


def test_every_route_is_described(api: Api, configuration: Path) -> None:
    """No route below an app is hidden from the description, which the tests above go through."""
    config = load_config(configuration, {})
    app = build(config, connection_of(config))
    described = {(operation.method, operation.template) for operation in operations(api)}
    assert {pair for pair in pairs(app.routes) if pair[1].startswith("/{org}/{app}/")} == described
    assert len(described) >= 3


def pairs(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Yield method and path of each route, of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from pairs(inner.routes)
        for method in (getattr(route, "methods", None) or set()) - {"HEAD"}:
            yield method, getattr(route, "path_format", "")
