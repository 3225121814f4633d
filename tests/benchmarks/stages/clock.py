"""A clock for one event loop's thread: CPU time by stage, each moment in the innermost stage alone.

A coroutine's stage runs while the coroutine is stepped, not while it waits. What runs outside any stage is the loop's.
The cells are shared with whoever measures, who may read them at any time.
"""

import inspect
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from time import thread_time_ns
from types import TracebackType
from typing import Any

#: What runs outside any stage.
LOOP = "loop"
#: Cells of each stage: nanoseconds, steps, and steps of other stages right within it.
TIME, STEPS, WITHIN = range(3)
CELLS = 3


class StageClock:
    """Adds up CPU time of the thread that uses it; others must not."""

    def __init__(self, stages: Sequence[str], cells: "memoryview[int]") -> None:
        """``cells`` are ``CELLS`` 64-bit numbers for each stage; ``LOOP`` is one of the stages."""
        self._places = {name: place * CELLS for place, name in enumerate(stages)}
        self._cells, self._now_in, self._outer = cells, self._places[LOOP], list[int]()
        self._last = 0

    def timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """Return the function, or coroutine function, with its time in a stage."""
        place = self._places[stage]
        if inspect.iscoroutinefunction(function):
            return wraps(function)(lambda *arguments, **named: _Stepped(function(*arguments, **named), place, self))

        @wraps(function)
        def called(*arguments: Any, **named: Any) -> Any:
            self.enter(place)
            try:
                return function(*arguments, **named)
            finally:
                self.leave()

        return called

    def enter(self, place: int) -> None:
        """Begin a step; what is running meanwhile is stopped."""
        cells, outer = self._cells, self._now_in
        self._outer.append(outer)
        self._now_in = place
        cells[place + STEPS] += 1
        cells[outer + WITHIN] += 1
        now = thread_time_ns()
        cells[outer + TIME] += now - (self._last or now)
        self._last = now

    def leave(self) -> None:
        """End the step that began last; what it had stopped goes on."""
        now = thread_time_ns()
        self._cells[self._now_in + TIME] += now - self._last
        self._last = now
        self._now_in = self._outer.pop()


class _Stepped(Coroutine[Any, Any, Any]):
    """A coroutine whose steps are in a stage."""

    __slots__ = ("_clock", "_coroutine", "_place")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], place: int, clock: StageClock) -> None:
        self._coroutine, self._place, self._clock = coroutine, place, clock

    def send(self, value: Any) -> Any:
        """Step."""
        self._clock.enter(self._place)
        try:
            return self._coroutine.send(value)
        finally:
            self._clock.leave()

    def throw(
        self,
        kind: Any,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Any:
        """Step into an exception."""
        self._clock.enter(self._place)
        try:
            return self._coroutine.throw(kind, value, traceback) if value else self._coroutine.throw(kind)
        finally:
            self._clock.leave()

    def close(self) -> None:
        """End it."""
        self._coroutine.close()

    def __await__(self) -> "_Stepped":
        """Return itself: what awaits it steps it."""
        return self

    def __iter__(self) -> "_Stepped":
        """Return itself: awaiting is iterating."""
        return self

    def __next__(self) -> Any:
        """Step."""
        return self.send(None)
