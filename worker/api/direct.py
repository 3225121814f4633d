"""Routes that FastAPI describes and does not run: it takes longer over a request than everything else together.

What is asked, in which order, and what is said of it is the same; a test compares the two.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from worker.api.caller_first import CallerFirst
from worker.api.json_body import json_body
from worker.api.refusing import refused
from worker.api.steps import NO_BODY, steps_of, taken

_encoded = msgspec.json.Encoder().encode


class DirectRoute(CallerFirst):
    """A route that answers a dict. Without ``steps`` FastAPI runs it after all: it takes what they do not know."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **described: Any) -> None:
        super().__init__(path, endpoint, **described)
        self.steps = steps_of(self.dependant)

    async def answered(self, request: Request) -> Response:
        """Return the answer to a request, which may refuse it."""
        try:
            await self.caller.find_out(request)
            body = await json_body(request) if self.body_field else NO_BODY
            answer = await taken(self.steps, request, body)
        except (HTTPException, RequestValidationError, RedisError) as error:
            return await refused(request, error)
        return Response(_encoded(answer), media_type="application/json")


def direct_router(tag: str) -> APIRouter:
    """Return a router of direct routes."""
    return APIRouter(tags=[tag], route_class=DirectRoute)


class DirectRoutes:
    """ASGI middleware that serves direct routes, and leaves to FastAPI what leads to another route or to none."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        #: Method -> all routes in their order; None for those of FastAPI.
        self._routes: dict[str, list[tuple[re.Pattern[str], DirectRoute | None]]] = {}
        for route in (each for each in routes if isinstance(each, APIRoute)):
            direct = route if isinstance(route, DirectRoute) and route.steps else None
            for method in route.methods or ():
                self._routes.setdefault(method, []).append((route.path_regex, direct))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        route = self._route(scope) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        response = await route.answered(Request(scope, receive, send))
        await response(scope, receive, send)

    def _route(self, scope: Scope) -> DirectRoute | None:
        """Return the route of a request if it is a direct one; its parameters are in the scope then."""
        path = scope["path"]
        for pattern, route in self._routes.get(scope["method"], ()):
            if found := pattern.match(path):
                scope["path_params"] = found.groupdict()
                return route
        return None
