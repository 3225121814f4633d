"""How the API says no: JSON, in the shape that those who call the path expect, and never with what was sent."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from worker.api import receipts
from worker.store.trouble import is_passing

#: Beginning of the path -> what a status and a text look like there.
_SHAPES: Mapping[str, Callable[[int, str], Any]] = {receipts.PREFIX: receipts.answer}
_log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Make every refusal of an app one of these."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(RedisError, _redis)
    app.add_exception_handler(Exception, _broken)


def _refusal(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    path = request.url.path
    shape = next((shape for prefix, shape in _SHAPES.items() if path.startswith(prefix)), _plain)
    return JSONResponse(shape(status, text), status, headers)


def _plain(_: int, text: str) -> dict[str, str]:
    return {"error": text}


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette gives each handler its own class only
    return _refusal(request, error.status_code, error.detail, error.headers)


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    fault = error.errors()[0]
    path = ".".join(str(step) for step in fault["loc"][1:])
    return _refusal(request, 400, f"{path or 'body'}: {fault['msg']}")


async def _redis(request: Request, error: Exception) -> JSONResponse:
    if not is_passing(error):
        raise error
    _log.warning("redis does not serve", error=type(error).__name__)
    return _refusal(request, 503, "storage does not answer, try again later")


async def _broken(request: Request, _: Exception) -> JSONResponse:
    return _refusal(request, 500, "internal error")
