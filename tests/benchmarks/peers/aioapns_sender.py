"""The stock aioapns: so many notifications in flight, nothing else. ``uvloop`` in the job: on that loop."""

import asyncio
import ssl
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import uvloop
from aioapns import APNs, NotificationRequest, PushType
from aioapns.connection import APNsTLSClientProtocol

from tests.benchmarks.peers.control import IN_FLIGHT, job, serve_async
from tests.benchmarks.turn import BODY, TITLE, Turn

_DAY_S = 86_400


def client(options: dict[str, Any]) -> APNs:
    """Return a client whose host and port, class attributes in this library, are the sink's."""
    context = ssl.create_default_context(cafile=options["ca_file"])
    context.set_alpn_protocols(["h2"])  # Apple needs to be told nothing, nginx does
    key = Path(options["key_file"]).read_text()
    identity = {"key": key, "key_id": options["key_id"], "team_id": options["team_id"]}
    made = APNs(**identity, topic=options["topic"], ssl_context=context)
    members = {"APNS_SERVER": "localhost", "APNS_PORT": options["port"]}
    made.pool.protocol_class = type("Protocol", (APNsTLSClientProtocol,), members)
    return made


def requests(turn: Turn) -> Iterator[NotificationRequest]:
    """Yield what is to be sent."""
    for token, data in turn.notifications():
        aps = {"badge": 1, "alert": {"title": TITLE, "body": BODY}, "sound": "default"}
        yield NotificationRequest(
            token,
            {**data, "aps": aps},
            time_to_live=_DAY_S,
            priority=10,
            collapse_key=f"{data['m']:0>32}",
            push_type=PushType.ALERT,
        )


async def send(library: APNs, turn: Turn) -> int:
    """Send a turn; return how many notifications were not accepted."""
    waiting = requests(turn)

    async def refused(each: Iterator[NotificationRequest]) -> int:
        results = [await library.send_notification(request) for request in each]
        return sum(not result.is_successful for result in results)

    # One alone makes the connection: on a new one the library overruns the server's first window.
    first = await refused(islice(waiting, 1))
    return first + sum(await asyncio.gather(*(refused(waiting) for _ in range(IN_FLIGHT))))


async def main(options: dict[str, Any]) -> None:
    """Serve turns."""
    library = client(options)
    await serve_async(options["control"], lambda turn: send(library, turn))


if __name__ == "__main__":
    given = job()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if given.get("uvloop") else None) as runner:
        runner.run(main(given))
