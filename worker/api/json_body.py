"""The JSON of a request, read as FastAPI does it."""

import json
from email.message import Message
from functools import lru_cache
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from worker.api.steps import NO_BODY

_JSON = "application/json"


async def json_body(request: Request) -> Any:
    """Return what was sent: JSON if it says that it is, else the bytes, which are no value of any model.

    Raises:
        RequestValidationError: it says so and is not.
        HTTPException: it cannot be read.
    """
    try:
        content = await request.body()
        if not content:
            return NO_BODY
        kind = request.headers.get("content-type", "")
        return json.loads(content) if kind == _JSON or _is_json(kind) else content
    except json.JSONDecodeError as error:
        fault = {"type": "json_invalid", "loc": ("body", error.pos), "msg": "JSON decode error", "input": {}}
        raise RequestValidationError([fault], body=error.doc) from error
    except (ValueError, RecursionError, ClientDisconnect) as error:
        # Bytes that are no UTF-8, a number of thousands of digits, brackets in brackets, a caller who has gone.
        raise HTTPException(400, "There was an error parsing the body") from error


@lru_cache(maxsize=64)
def _is_json(kind: str) -> bool:
    """Return whether a media type is one of JSON's, ``application/…+json`` among them."""
    message = Message()
    message["content-type"] = kind
    main, _, sub = message.get_content_type().partition("/")
    return main == "application" and (sub == "json" or sub.endswith("+json"))
