"""Run a simulator as a process: one line of JSON when it is ready, a clean end on SIGINT and SIGTERM."""

import asyncio
import json
import signal
import sys

import uvloop

from providers.simulator.simulator import Simulator


def serve(simulator: Simulator) -> None:
    """Serve until SIGINT or SIGTERM; print endpoints, CA file, control API and credentials as one line of JSON.

    Raises:
        OSError: an address or the directory cannot be used.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(simulator))


async def _serve(simulator: Simulator) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with simulator:
        sys.stdout.write(json.dumps(simulator.ready()) + "\n")
        sys.stdout.flush()
        await stopped.wait()
