"""Waiting for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
_POLL_S = 0.02
#: Of what takes a second, a process and a lease included, on a machine that has other things to do.
_DEADLINE_S = 30.0


def eventually(
    read: Callable[[], Value], is_met: Callable[[Value], bool] = bool, deadline_s: float = _DEADLINE_S
) -> Value:
    """Return the first value that meets the condition.

    Raises:
        AssertionError: none did within ``deadline_s``; it names the last one.
    """
    deadline = time.monotonic() + deadline_s
    while not is_met(value := read()):
        assert time.monotonic() < deadline, f"still {str(value)[:2000]} after {deadline_s} s"
        time.sleep(_POLL_S)
    return value


def at_last(
    read: Callable[[], Value], is_met: Callable[[Value], bool] = bool, deadline_s: float = _DEADLINE_S
) -> Value:
    """Return the first value that meets the condition, or what there is when the time is over: to be reported."""
    try:
        return eventually(read, is_met, deadline_s)
    except AssertionError:
        return read()
