"""How much a killed Redis forgets of what it answered, by ``appendfsync``. No worker takes part."""

import re
import time
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
import redis

from tests.chaos.conftest import StartServer
from tests.chaos.keys import EVENTS
from tests.chaos.load import chat
from tests.chaos.producer import Producer, at_once, producing
from tests.figures import Figure
from tests.integration.eventually import eventually
from tests.integration.restartable_server import RestartableServer
from worker.embedded import Backend

SEED = 20261127
#: More than are added between two kills.
MOST = 200_000
_MESSAGE = re.compile(rb"msg\d{8}")


@dataclass(frozen=True)
class Window:
    """What one kill cost: events answered, how many of them are gone, and how old the oldest of these was."""

    answered: int
    lost: int
    oldest_ms: float
    #: Nothing that is gone is older than anything that is there.
    is_newest: bool


def stored(client: redis.Redis) -> set[str]:
    """Return the messages in the stream."""
    entries: Any = client.xrange(EVENTS)
    return {_MESSAGE.findall(fields[b"message"])[0].decode() for _, fields in entries}


def killed(server: RestartableServer, after_s: float) -> Window:
    """Kill the server under a producer at full speed and start it again with what it has kept."""
    with server.client() as client:
        client.delete(EVENTS)
        with producing(Producer(client, [chat(number, 0) for number in range(MOST)], at_once)) as producer:
            eventually(producer.has_added(1))  # its thread may begin late
            time.sleep(after_s)  # the moment of the kill, thrown by dice
            killed_ms = time.time() * 1000
            server.kill()
        server.start()
        kept = stored(client)
    lost = {message.msg_id: at for message, at in producer.answered.items() if message.msg_id not in kept}
    oldest_ms = killed_ms - min(lost.values(), default=killed_ms)
    return Window(len(producer.answered), len(lost), oldest_ms, not lost or min(lost) > max(kept, default=""))


@pytest.mark.parametrize("appendfsync", ["always", "everysec"])
def test_only_the_newest_events_are_lost(
    backend: Backend, appendfsync: str, start_server: StartServer, figure: Figure, is_long: bool
) -> None:
    """With ``always`` nothing that was answered is lost, with ``everysec`` the newest events at most."""
    chance, kills = Random(SEED), 10 if is_long else 2  # noqa: S311 - dice, not secrets
    with start_server(backend, appendfsync=appendfsync) as server:
        windows = [killed(server, chance.uniform(0.2, 2.0 if is_long else 1.0)) for _ in range(kills)]
    figure(
        f"kill -9 of {backend}, appendfsync {appendfsync}: {len(windows)} kills,"
        f" {sum(window.answered for window in windows)} events answered; lost at a kill: at most"
        f" {max(window.lost for window in windows)}, the oldest added {max(window.oldest_ms for window in windows):.0f}"
        f" ms before"
    )
    assert min(window.answered for window in windows) > 0
    assert all(window.is_newest for window in windows)
    assert appendfsync == "everysec" or not any(window.lost for window in windows)
