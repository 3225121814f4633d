"""What a route needs before it is called, written down once: FastAPI looks for it with each request."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

#: Stands for a body that was not sent.
NO_BODY = object()
_MISSING = {"type": "missing", "loc": ("body",), "msg": "Field required", "input": None}
#: What else a dependency could ask for.
_OTHER_NEEDS = (
    *("query_params", "header_params", "cookie_params", "response_param_name", "websocket_param_name"),
    *("background_tasks_param_name", "security_scopes_param_name", "concurrency"),
)


@dataclass(frozen=True, slots=True)
class _Sent:
    """An argument that comes with the request. ``field`` judges it; None: any text will do."""

    name: str
    place: tuple[str, ...]
    field: ModelField | None

    def judged(self, value: Any, faults: list[Any]) -> Any:
        """Return what it is for the route, or add why it is not."""
        if self.field is None:
            return value
        if value is NO_BODY:
            faults.append(_MISSING)
            return None
        found, why_not = self.field.validate(value, loc=self.place)
        faults += why_not
        return found


@dataclass(frozen=True, slots=True)
class Step:
    """One call: a dependency's, or at the end the route's own.

    Its arguments are the results of earlier steps, by their numbers, parts of the path, the body, the request itself.
    """

    call: Callable[..., Awaitable[Any]]
    results: tuple[tuple[str, int], ...]
    path: tuple[_Sent, ...]
    body: _Sent | None
    request: str | None

    def arguments(self, request: Request, body: Any, results: Sequence[Any]) -> dict[str, Any]:
        """Return what to call it with.

        Raises:
            RequestValidationError: what was sent cannot be that.
        """
        found = {name: results[number] for name, number in self.results}
        faults: list[Any] = []
        parts = request.scope["path_params"]
        for part in self.path:
            found[part.name] = part.judged(parts[part.place[-1]], faults)
        if self.body:
            found[self.body.name] = self.body.judged(body, faults)
        if faults:
            raise RequestValidationError(faults, body=None if body is NO_BODY else body)
        return found | {self.request: request} if self.request else found


def steps_of(dependant: Dependant) -> tuple[Step, ...]:
    """Return the steps to a route in FastAPI's order; none: it needs something that is not known here."""
    steps: list[Step] = []
    return tuple(steps) if _add(dependant, steps, {}) else ()


async def taken(steps: Sequence[Step], request: Request, body: Any) -> Any:
    """Take the steps; return what the last one returns.

    Raises:
        RequestValidationError: what was sent is not what the route takes.
        Refusal: a dependency's, or the route's own.
    """
    results: list[Any] = []
    for step in steps:
        results.append(await step.call(**step.arguments(request, body, results)))
    return results[-1]


def _add(dependant: Dependant, steps: list[Step], numbers: dict[Any, int]) -> bool:
    """Add the steps that a dependency needs and that are not there yet, then its own; return whether that is all."""
    if not all(each.call in numbers or _add(each, steps, numbers) for each in dependant.dependencies):
        return False
    call = dependant.call
    if call is None or not _is_coroutine(call) or any(getattr(dependant, need, None) for need in _OTHER_NEEDS):
        return False
    numbers[call] = len(steps)
    results = tuple((each.name, numbers[each.call]) for each in dependant.dependencies if each.name)
    path = tuple(_Sent(field.name, ("path", field.alias), _judge(field)) for field in dependant.path_params)
    body = next((_Sent(field.name, ("body",), field) for field in dependant.body_params), None)
    steps.append(Step(call, results, path, body, dependant.request_param_name or dependant.http_connection_param_name))
    return True


def _is_coroutine(call: Callable[..., Any]) -> bool:
    return iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__)


def _judge(field: ModelField) -> ModelField | None:
    return None if field.field_info.annotation is str and not field.field_info.metadata else field
