"""The stock firebase-admin for Python, asynchronous: 500 messages a call, its own limit, over HTTP/2."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Any

from firebase_admin import credentials, initialize_app, messaging

from tests.benchmarks.peers.control import job, serve_async
from tests.benchmarks.turn import BODY, TITLE, Turn

_AT_A_TIME = 500


def messages(turn: Turn) -> Iterator[Any]:
    """Yield what is to be sent."""
    for token, data in turn.notifications():
        shown = messaging.AndroidNotification(sound="default", tag=f"{data['m']:0>32}")
        android = messaging.AndroidConfig(priority="high", ttl=86_400, notification=shown)
        yield messaging.Message(data, messaging.Notification(TITLE, BODY), android=android, token=token)


async def send(turn: Turn) -> int:
    """Send a turn; return how many messages were not accepted."""
    waiting, failed = messages(turn), 0
    while batch := list(islice(waiting, _AT_A_TIME)):
        answer = await messaging.send_each_async(batch)
        failed += answer.failure_count
    return failed


def main() -> None:
    """Serve turns. The address is a class attribute of the library's."""
    options = job()
    initialize_app(credentials.Certificate(options["service_account_file"]))
    messaging._MessagingService.FCM_URL = f"{options['endpoint']}/v1/projects/{{0}}/messages:send"
    asyncio.run(serve_async(options["control"], send))


if __name__ == "__main__":
    main()
