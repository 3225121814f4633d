"""SIGTERM, and Ctrl-C for commands that read or write their lines on the event loop's own thread."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

Value = TypeVar("Value")


def unwind_on_sigterm() -> None:
    """Make SIGTERM leave every block in order: children end and temporary directories go."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def run_interruptible(command: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine; Ctrl-C interrupts it wherever it is.

    asyncio's own handler asks the loop to cancel the task. A loop that is inside a read or a write hears that only
    once it has ended, which on a terminal or an idle pipe may be never.
    https://docs.python.org/3/library/asyncio-runner.html#handling-keyboard-interruption

    Raises:
        KeyboardInterrupt: at Ctrl-C.
    """
    return asyncio.run(_interruptible(command))


async def _interruptible(command: Coroutine[Any, Any, Value]) -> Value:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return await command
