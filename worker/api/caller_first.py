"""Routes that know who calls before they read a body: a stranger is told nothing of one, and sends us none.

FastAPI reads the body before it looks at any dependency.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

#: Finds out who calls, by path and headers alone; raises a refusal.
Judge = Callable[[Request], Awaitable[Any]]


class Judged:
    """A dependency that gives a route what its judge has found out. Each kind names what the description is to show."""

    def __init__(self, judge: Judge, takes: str = "") -> None:
        """``takes`` says whose requests the judge lets in."""
        self.judge, self.takes = judge, takes

    async def find_out(self, request: Request) -> None:
        """Ask the judge, before anything reads the body.

        Raises:
            HTTPException: the caller may not call.
        """
        request.state.caller = await self.judge(request)


def found(request: Request) -> Any:
    """Return what the judge of a request's route has found out; nothing is found where nobody was asked."""
    return request.state.caller


class CallerFirst(APIRoute):
    """Calls its judge, then does what any route does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.description = f"{self.description} {self.caller.takes}".strip()

    @property
    def caller(self) -> Judged:
        """Who may call.

        Raises:
            TypeError: the route does not say.
        """
        taken: list[Any] = [each.call for each in self.dependant.dependencies]
        callers = [each for each in taken if isinstance(each, Judged)]
        if len(callers) != 1:
            raise TypeError(f"{self.path} must take exactly one kind of caller")
        return callers[0]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle, caller = super().get_route_handler(), self.caller

        async def judged(request: Request) -> Response:
            await caller.find_out(request)
            return await handle(request)

        return judged
