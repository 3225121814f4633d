"""The table of routes in worker/README.md and the code say the same."""

from typing import Any

from fastapi.routing import APIRoute

from tests.unit.test_readmes import WORKER, keys, rows
from worker.api.caller_first import Judge, Judged
from worker.api.callers import _app, _own, _user
from worker.api.paths import APP
from worker.api.push import routers
from worker.clock import wall_clock
from worker.config import Config
from worker.store.connection import connect

#: What judges a route's callers -> the word for them.
WORDS: dict[Judge, str] = {_own: "own", _user: "user", _app: "app"}


def served_routes() -> dict[str, tuple[APIRoute, str]]:
    """Return each route of Easemob's interface and its token, by the request that it serves."""
    # Opens nothing before the first request.
    client = connect("redis://127.0.0.1:1").writer
    found = [route for router in routers(Config(), client, {}, wall_clock) for route in router.routes]
    routes = [route for route in found if isinstance(route, APIRoute)]
    assert len(routes) == len(found)
    return {request_of(route): (route, token_of(route)) for route in routes}


def request_of(route: APIRoute) -> str:
    """Return method and path below the app."""
    (method,) = sorted(route.methods or [])
    return f"{method} {route.path.removeprefix(APP).replace(':path}', '}')}"


def token_of(route: APIRoute) -> str:
    """Return whose token a route takes."""
    calls: list[Any] = [dependency.call for dependency in route.dependant.dependencies]
    (judge,) = [call.judge for call in calls if isinstance(call, Judged)]
    return WORDS[judge]


def test_the_table_of_routes() -> None:
    """It has each request once, with the token that it needs."""
    table = [row for row in rows(WORKER, "### Settings, devices, templates") if row[0].startswith("`")]
    documented = [(keys(row[0])[0], row[1]) for row in table if row[1] in WORDS.values()]
    assert sorted(documented) == sorted((request, token) for request, (_, token) in served_routes().items())
