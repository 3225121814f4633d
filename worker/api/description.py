"""The description of the API, OpenAPI: every operation of an app with all its refusals, which no route need repeat."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from worker.api import refusals
from worker.api.refusals import Fault, Refusal

_OF_AN_APP = "/{org}/{app}/"
_SCHEMA = "#/components/schemas/Fault"
#: What any operation may be refused with: what it means, and what it looks like.
_REFUSALS: Mapping[int, tuple[str, Callable[[], Refusal]]] = {
    400: ("a value is not allowed, or the body is no JSON", lambda: refusals.invalid("type")),
    401: ("no token, or none that is valid for this app", refusals.not_authenticated),
    403: ("the token does not reach so far, or the app has not got the feature", refusals.forbidden),
    404: ("no such app", lambda: refusals.unknown_app("org", "app", "/org/app/users")),
    413: ("the body is larger than 1 MiB", lambda: Refusal(413, "request_entity_too_large", "more than 1048576 bytes")),
    429: ("the app has used up its requests; Retry-After says when to come again", lambda: refusals.too_many(1_000)),
    500: ("a fault of ours", refusals.internal),
    503: ("Redis does not answer; nothing was changed", refusals.unavailable),
}


def install(app: FastAPI) -> None:
    """Describe an app when it is first asked for."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(described())
        return described()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _complete(schema: dict[str, Any]) -> None:
    """Add the refusals to what FastAPI knows; its 422 is our 400."""
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    schemas["Fault"] = Fault.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in schema["paths"].items():
        for operation in operations.values() if path.startswith(_OF_AN_APP) else ():
            responses: dict[str, Any] = operation["responses"]
            responses.pop("422", None)
            refusals_of_all = {status: each for status, each in _described().items() if status not in responses}
            responses.update(refusals_of_all)


def _described() -> dict[str, Any]:
    return {str(status): _response(text, make()) for status, (text, make) in _REFUSALS.items()}


def _response(text: str, refusal: Refusal) -> dict[str, Any]:
    example = refusals.answer(refusal, 1) | {"timestamp": 1_790_000_000_000}
    phrase = HTTPStatus(refusal.status_code).phrase
    content = {"application/json": {"schema": {"$ref": _SCHEMA}, "example": example}}
    return {"description": f"{phrase}: {text}", "content": content}
