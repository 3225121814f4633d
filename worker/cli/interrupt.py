"""SIGTERM, and Ctrl-C for commands that read or write their lines on the event loop's own thread."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

Value = TypeVar("Value")


def unwind_on_sigterm() -> None:
    """Make SIGTERM leave every block in order: children end and temporary directories go."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def run_interruptible(command: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine; Ctrl-C ends the process wherever it is, with the shell's status 130.

    asyncio's own handler asks the loop to cancel the task. A loop that is inside a read or a write hears that only
    once it has ended, which on a terminal or an idle pipe may be never. And an exception raised in the middle of the
    loop's own work would leave coroutines suspended, which Python then complains of. What these commands change is
    changed by single scripts, so that there is nothing to undo.
    https://docs.python.org/3/library/asyncio-runner.html#handling-keyboard-interruption
    """
    return asyncio.run(_interruptible(command))


async def _interruptible(command: Coroutine[Any, Any, Value]) -> Value:
    signal.signal(signal.SIGINT, lambda number, _: os._exit(128 + number))
    return await command
