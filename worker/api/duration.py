"""How long a request has taken so far: answers and the access log say it."""

import time

from starlette.requests import Request
from starlette.types import Scope

_STATE = "started"


def begin(scope: Scope) -> None:
    """Take down that a request has begun."""
    scope.setdefault("state", {})[_STATE] = time.perf_counter()


def elapsed_ms(scope: Scope) -> float:
    """Return the milliseconds since then; 0 where nobody took it down."""
    started: float | None = scope.get("state", {}).get(_STATE)
    return 0.0 if started is None else (time.perf_counter() - started) * 1000


def duration_of(request: Request) -> int:
    """Return the whole milliseconds that Easemob's answers name."""
    return round(elapsed_ms(request.scope))
