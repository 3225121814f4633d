"""A request that nobody awaits: a function is told what became of it."""

import asyncio
from collections import deque
from collections.abc import Callable

from providers.generation import Generation
from providers.wire import Headers, Wire
from providers.wire_outcome import Ambiguous, Answer, NotSent, Outcome, Returned

#: Path, headers and body, when it ends on the clock of the event loop, and the headers that last.
Request = tuple[str, Headers, bytes, float, Headers]
Tell = Callable[[Answer | NotSent | Ambiguous], None]


class Attempt:
    """A request on a wire: the promise of its outcome.

    Args:
        request: what was asked for.
        generation: where its slot is from.
        wire: what it is on.
        tell: whom to tell what became of it.
        ended: where to put it when its outcome is known.
    """

    __slots__ = ("_ended", "generation", "outcome", "request", "tell", "wire")

    def __init__(self, request: Request, generation: Generation, wire: Wire, tell: Tell, ended: "Ended") -> None:
        self.request, self.generation, self.wire, self.tell, self._ended = request, generation, wire, tell, ended
        #: Of an attempt that has not ended, that it was not processed.
        self.outcome: Outcome = _NONE

    def done(self) -> bool:
        """Tell whether its outcome is known."""
        return self.outcome is not _NONE

    def set_result(self, outcome: Outcome) -> None:
        """Take its outcome."""
        self.outcome = outcome
        self._ended.add(self)


_NONE = Returned("no outcome yet")


class Ended:
    """Attempts whose outcome has come: one callback takes all of a turn of the loop, outside of who reads answers."""

    def __init__(self, take: Callable[[Attempt], None]) -> None:
        """``take`` takes one."""
        self._take, self._attempts = take, deque[Attempt]()

    def add(self, attempt: Attempt) -> None:
        """Have it taken soon."""
        if not self._attempts:
            asyncio.get_running_loop().call_soon(self._take_all)
        self._attempts.append(attempt)

    def _take_all(self) -> None:
        attempts = self._attempts
        try:
            while attempts:
                self._take(attempts.popleft())
        finally:
            if attempts:  # one of them raised, which the loop reports
                asyncio.get_running_loop().call_soon(self._take_all)
