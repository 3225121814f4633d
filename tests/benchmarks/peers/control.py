"""How the benchmark speaks to a peer's process: a turn comes as a line of JSON, a line with what failed goes back.

Nothing but the standard library: peers run in interpreters of their own.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from tests.benchmarks.turn import Turn

#: Requests in flight at a time: at more, node-apn and aioapns take more for each.
IN_FLIGHT = 200


def job() -> dict[str, Any]:
    """Return what the peer was started with: addresses, credentials and ``control``, a descriptor."""
    found: dict[str, Any] = json.loads(sys.argv[1])
    return found


def serve(descriptor: int, send: Callable[[Turn], int]) -> None:
    """Send turns until the benchmark ends the process; ``send`` returns how many notifications failed."""
    with socket.socket(fileno=descriptor) as control, control.makefile() as lines:
        for line in lines:
            control.sendall(b"%d\n" % send(_turn(line)))


async def serve_async(descriptor: int, send: Callable[[Turn], Awaitable[int]]) -> None:
    """Send turns on the running loop; as ``serve``."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    while line := await reader.readline():
        writer.write(b"%d\n" % await send(_turn(line)))


def _turn(line: str | bytes) -> Turn:
    members = json.loads(line)
    return Turn(**{**members, "vendors": tuple(members["vendors"])})
