"""An entry that kills every worker which touches it is set aside, and nobody is set aside with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.integration.configuration import APNS, APPKEY, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from tests.integration.script_calls import pending
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from worker.embedded import EmbeddedServer
from worker.poison import MOST_DELIVERIES
from worker.processes import Children
from worker.store.stream import GROUP

#: More than the third worker takes over at a time, so that the poison's company is not all of them.
INNOCENT = 40


@pytest.fixture
def deadly(
    redis_server: EmbeddedServer, vendors: Vendors, session_children: Children, tmp_path: Path
) -> Iterator[Deployment]:
    """A deployment whose worker the test starts and kills."""
    path = tmp_path / "config.toml"
    write_configuration(path, redis_server.url, channels_of(vendors), lease_s=1)
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        vendors.reset()
        worker = WorkerProcess(session_children, path)
        yield Deployment(client, vendors, worker)
        worker.gone()
        vendors.rules("apns")


def why(workers: int) -> bytes:
    """Return the reason of a burial."""
    return f"given to {workers} workers, none of which lived to settle it".encode()


def deliveries(deployment: Deployment, stream: str, entry_id: bytes) -> int:
    """Return to how many workers an entry was given; 0 when it is not pending."""
    found = [entry for entry in pending(deployment.client, stream) if entry["message_id"] == entry_id]
    return int(found[0]["times_delivered"]) if found else 0


def test_a_push_that_kills_is_buried_after_eight_workers(deadly: Deployment) -> None:
    """Each worker dies the moment it holds the push, with all it has in flight; only that push is given up."""
    outbox = deadly.keys.outbox(APPKEY, APNS)
    users = [fresh("bob") for _ in range(INNOCENT + 1)]
    tokens = {user: deadly.bind(user) for user in users}
    poison = users[INNOCENT // 2]
    # What kills is never answered, what is innocent is in flight for a while.
    deadly.vendors.rules(
        "apns",
        {"when": {"token": tokens[poison]}, "do": {"action": "black_hole"}},
        {"when": {}, "do": {"action": "delay", "seconds": 0.2}},
    )
    messages = {user: deadly.say(user) for user in users}
    lives, entry_id = 0, b""
    while lives < MOST_DELIVERIES:
        deadly.worker.start()
        entry_id = held(deadly, outbox, tokens[poison], lives)
        deadly.worker.kill()
        # One more than before; or two, if it held the push for longer than the lease before it was killed.
        lives = deliveries(deadly, outbox, entry_id)
    deadly.worker.started()
    eventually(lambda: deadly.backlog() == 0, deadline_s=30)
    letters = deadly.dead()
    assert {(letter[b"id"], letter[b"reason"]) for letter in letters} == {(entry_id, why(lives))}
    assert {letter[b"field"] for letter in letters} == {b"job", b"badge"}
    for user in users:
        state = deadly.delivery(messages[user])[f"{user}\n{APNS}\napns_1".encode()]
        assert state.startswith(b"sending, attempt 1, by " if user == poison else b"accepted ")
    assert deadly.worker.stop() == 0


def held(deployment: Deployment, outbox: str, token: str, lives: int) -> bytes:
    """Wait until the push to a token was given to more workers than these; return its id."""

    def given() -> bytes:
        entries: Any = deployment.client.xrange(outbox)
        ids = [entry_id for entry_id, fields in entries if token.encode() in fields[b"job"]]
        return ids[0] if ids and deliveries(deployment, outbox, ids[0]) > lives else b""

    eventually(lambda: deployment.client.exists(outbox))
    return eventually(given, deadline_s=30)


def test_an_event_that_killed_eight_workers_is_buried(deadly: Deployment) -> None:
    """The ninth worker sets it aside without looking into it; the events around it are decided."""
    users = [fresh("bob") for _ in range(5)]
    for user in users:
        deadly.bind(user)
    messages = [deadly.say(user) for user in users]
    deadly.client.xgroup_create(deadly.keys.events, GROUP, id="0")
    read: Any = deadly.client.xreadgroup(GROUP, "dead", {deadly.keys.events: ">"})
    ids = [entry_id for _, entries in (read.items() if isinstance(read, dict) else read) for entry_id, _ in entries]
    deadly.client.xclaim(
        deadly.keys.events, GROUP, "dead", 0, [ids[2]], idle=10_000, retrycount=MOST_DELIVERIES, justid=True
    )
    deadly.worker.started()
    eventually(lambda: deadly.backlog() == 0, deadline_s=30)
    (letter,) = deadly.dead()
    assert (letter[b"id"], letter[b"field"], letter[b"reason"]) == (ids[2], b"message", why(MOST_DELIVERIES))
    assert [bool(deadly.delivery(msg_id)) for msg_id in messages] == [True, True, False, True, True]
    assert deadly.worker.stop() == 0
