"""How the API says no: JSON, in the shape that those who call the path expect, and never with what was sent."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from worker.api import cors, receipts, refusals
from worker.api.duration import duration_of
from worker.api.faults import place_of, words_of
from worker.api.refusals import Refusal
from worker.store.trouble import is_passing

#: Segments of a path of Easemob's: org, app and something of it.
_SEGMENTS = 3
_MALFORMED, _NOT_FOUND, _NOT_ALLOWED = 400, 404, 405
#: What routing refuses, and what reading a body does, in Easemob's words.
_WORDS: Mapping[int, tuple[str, str]] = {
    _NOT_ALLOWED: ("method_not_allowed", "MethodNotAllowedException"),
    413: ("request_entity_too_large", "RequestEntityTooLargeException"),
}
_log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Make every refusal of an app one of these."""
    for kind, handler in _REFUSALS.items():
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(Exception, _broken)


def _receipt(_: Request, refusal: Refusal) -> dict[str, Any]:
    return receipts.answer(refusal.status_code, refusal.detail)


def _easemob(request: Request, refusal: Refusal) -> dict[str, Any]:
    return refusals.answer(refusal, duration_of(request))


def _plain(_: Request, refusal: Refusal) -> dict[str, Any]:
    return {"error": refusal.detail}


def _shape(path: str) -> Callable[[Request, Refusal], dict[str, Any]]:
    if path.startswith(receipts.PREFIX):
        return _receipt
    return _easemob if is_of_an_app(path) else _plain


def is_of_an_app(path: str) -> bool:
    """Return whether a path is one below ``/{org}/{app}/``."""
    return not path.startswith(receipts.PREFIX) and len(path.lstrip("/").split("/")) >= _SEGMENTS


def _answer(request: Request, refusal: Refusal) -> JSONResponse:
    content = _shape(request.url.path)(request, refusal)
    return JSONResponse(content, refusal.status_code, refusal.headers)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette gives each handler its own class only
    return _answer(request, error if isinstance(error, Refusal) else _in_our_words(request, error))


def _in_our_words(request: Request, error: HTTPException) -> Refusal:
    if error.status_code == _NOT_FOUND and is_of_an_app(request.url.path):
        return refusals.unknown_path()
    if error.status_code == _MALFORMED and is_of_an_app(request.url.path):
        return refusals.not_json()  # nested without end, or a number without end
    word, exception = _WORDS.get(error.status_code, ("error", "Exception"))
    headers = dict(error.headers or {}) | (_allowed(request) if error.status_code == _NOT_ALLOWED else {})
    return Refusal(error.status_code, word, error.detail, exception, headers)


def _allowed(request: Request) -> dict[str, str]:
    """Return all methods of a path: Starlette names those of the first of its routes only."""
    path = getattr(request.scope.get("route"), "path_format", "")
    methods = request.app.openapi()["paths"].get(path, {})
    return {"Allow": ", ".join(sorted(map(str.upper, methods)))} if methods else {}


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    fault = error.errors()[0]
    if not is_of_an_app(request.url.path):
        return _answer(request, Refusal(400, "", f"{place_of(fault)}: {words_of(fault)}"))
    is_json = "json" in request.headers.get("content-type", "")
    return _answer(request, refusals.not_json() if fault["type"] == "json_invalid" else _invalid(fault, is_json))


def _invalid(fault: Mapping[str, Any], is_json: bool) -> Refusal:
    place = place_of(fault)
    if place == "body" and not is_json:
        return refusals.invalid(place, "(must be JSON, and say so: Content-Type: application/json)")
    return refusals.invalid(place, f"({words_of(fault)})")


async def _redis(request: Request, error: Exception) -> JSONResponse:
    if not is_passing(error):
        raise error
    _log.warning("redis does not serve", error=type(error).__name__)
    return _answer(request, refusals.unavailable())


async def refused(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to what one of the exceptions below refuses.

    Raises:
        Exception: none of them does.
    """
    return await next(handler for kind, handler in _REFUSALS.items() if isinstance(error, kind))(request, error)


async def _broken(request: Request, _: Exception) -> JSONResponse:
    answer = _answer(request, refusals.internal())
    # Starlette sends this one past all middleware.
    answer.headers.update(cors.headers_for(request.url.path))
    return answer


_REFUSALS: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]] = {
    HTTPException: _http,
    RequestValidationError: _malformed,
    RedisError: _redis,
}
