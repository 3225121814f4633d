"""kill -9 of the real worker while pushes flow: nothing lost, nothing twice that was not in flight."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.hard.relay import Relay, relay
from tests.integration.configuration import NOTIFIERS, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from tests.integration.worker_process import WorkerProcess
from worker.embedded import EmbeddedServer
from worker.processes import Children

USERS, MESSAGES_EACH, KILLS = 240, 10, 6
GROUP_SIZE = 2000
#: Half a round trip to Redis, of a worker that is to be killed between two of them: seconds for four portions.
FAR_S = 0.2


@pytest.fixture(autouse=True)
def _stopped(idle: Deployment) -> Iterator[None]:
    """Start each test with nothing to do."""
    idle.client.flushall()
    idle.vendors.reset()
    yield
    idle.worker.gone()


def shown_badge(entry: dict[str, Any]) -> int | None:
    """Return the badge a vendor was asked to show, where the vendor can be asked for a number."""
    payload = entry["payload"]
    if entry["vendor"] == "apns":
        return int(payload["aps"]["badge"])
    if entry["vendor"] == "fcm":
        return int(payload["android"]["notification"]["notification_count"])
    return None


def name_on_the_device(entry: dict[str, Any]) -> str:
    """Return what makes a repeat replace what is shown: APNs' collapse id, Android's tag."""
    if entry["vendor"] == "apns":
        return str(entry["collapse_id"])
    return str(entry["payload"]["android"]["notification"]["tag"])


def message_of(entry: dict[str, Any]) -> tuple[str, str]:
    """Return the token and the message of an entry."""
    payload = entry["payload"]
    if entry["vendor"] == "apns":
        return entry["token"], payload["m"]
    data = payload["data"]
    return entry["token"], data["m"] if entry["vendor"] == "fcm" else data.partition('"m":"')[2].partition('"')[0]


def journal_length(deployment: Deployment) -> int:
    """Return how many decisions are handed over."""
    length: Any = deployment.client.xlen(deployment.keys.journal)
    return int(length)


def accepted(deployment: Deployment) -> int:
    """Return how many sends are settled."""
    return sum(number for name, number in deployment.statistics().items() if name.endswith(b":accepted"))


def in_flight(deployment: Deployment) -> int:
    """Return how many pushes were read from the outboxes and not settled."""
    return sum(deployment.pending(name) for name in deployment.outboxes() if deployment.client.exists(name))


def wait_for(deployment: Deployment, progress: Callable[[Deployment], int], mark: int) -> None:
    """Wait until this much is done."""
    eventually(lambda: progress(deployment), lambda count: count >= mark)


def test_nothing_is_lost_when_workers_are_killed(idle: Deployment) -> None:
    """Over six kill -9 every push arrives, repeats are pushes that were in flight, badges stay exact."""
    chance = random.Random(20261123)  # noqa: S311 - a reproducible moment, not a secret
    names = list(NOTIFIERS)
    users = [fresh("u") for _ in range(USERS)]
    tokens = {user: idle.bind(user, names[index % 3]) for index, user in enumerate(users)}
    total, repeats_allowed = USERS * MESSAGES_EACH, 0
    expected = {(tokens[user], idle.say(user)) for _ in range(MESSAGES_EACH) for user in users}
    marks = [0, *sorted(chance.sample(range(1, total - 200), KILLS))]
    for number, (low, high) in enumerate(pairwise(marks)):
        progress = accepted if number % 2 else journal_length
        idle.worker.start()
        wait_for(idle, progress, max(low + 1, high))
        idle.worker.kill()
        repeats_allowed += in_flight(idle)
    idle.worker.started()
    eventually(idle.backlog, lambda left: left == 0, 60)
    assert idle.worker.stop() == 0

    entries = idle.vendors.requests()
    pushes = Counter(message_of(entry) for entry in entries)
    assert set(pushes) == expected
    assert pushes.total() - total <= repeats_allowed
    assert len({name_on_the_device(entry) for entry in entries}) == total
    assert {idle.badge(user) for user in users} == {MESSAGES_EACH}
    badges = {(entry["token"], shown_badge(entry)) for entry in entries if shown_badge(entry) is not None}
    assert len(badges) == total * 2 // 3
    assert [idle.pending(name) for name in (idle.keys.events, *idle.outboxes())] == [0] * 4
    assert idle.dead() == []


def test_sigterm_drains(idle: Deployment) -> None:
    """A worker told to stop settles what it sends, leaves the rest where it was, and exits with 0."""
    users = [fresh("u") for _ in range(100)]
    tokens = {idle.bind(user) for user in users}
    for _ in range(10):
        for user in users:
            idle.say(user)
    idle.worker.start()
    eventually(lambda: accepted(idle), lambda count: count > 0, 30)
    assert idle.worker.stop() == 0
    assert [idle.pending(name) for name in (idle.keys.events, *idle.outboxes())] == [0] * 4
    left = idle.backlog()
    entries = [entry for entry in idle.vendors.requests() if entry["token"] in tokens]
    assert len(entries) + left == 1000
    assert len({entry["vendor_id"] for entry in entries}) == len(entries)
    assert idle.worker.lines("dispatch stopped")[-1]["drained"] is True


def killed_while_it_decides(deployment: Deployment, path: Relay, members: list[str]) -> str:
    """Say something to a group, and kill the worker when it has decided a first portion; return the message's id.

    Its way to Redis is longer than ours: each portion takes it some of these, and we come in between.
    """
    try:
        deployment.worker.started()
        path.delay_s = FAR_S
        deployment.client.xadd(deployment.keys.journal, {"record": "{}"})
        msg_id = deployment.say(members, chat_type="groupchat", group_id="77")
        wait_for(deployment, journal_length, 2)
    finally:
        deployment.worker.gone()
    return msg_id


def test_a_group_is_decided_once_each_when_killed_in_between(
    idle: Deployment, redis_server: EmbeddedServer, session_children: Children, tmp_path: Path
) -> None:
    """A worker killed between two portions of a large group leaves nobody out and decides nobody twice."""
    members = [fresh("member") for _ in range(GROUP_SIZE)]
    tokens = {idle.bind(member, "fcm") for member in members}
    with relay(redis_server.port) as path:
        url = redis_server.url.replace(f":{redis_server.port}", f":{path.own_port}")
        far = WorkerProcess(session_children, tmp_path / "far.toml")
        write_configuration(far.configuration, url, channels_of(idle.vendors), lease_s=2)
        msg_id = killed_while_it_decides(replace(idle, worker=far), path, members)
    assert 0 < journal_length(idle) - 1 < GROUP_SIZE, "killed too late to prove anything"
    repeats_allowed = in_flight(idle)
    idle.worker.started()
    eventually(idle.backlog, lambda left: left == 0, 60)
    decided = Counter(record.get("user") for record in idle.journal())
    assert decided == Counter([*members, None])
    assert {idle.badge(member) for member in members} == {1}
    entries = idle.vendors.pushes_to(*tokens)
    assert {entry["token"] for entry in entries} == tokens
    assert len(entries) - GROUP_SIZE <= repeats_allowed
    assert len(idle.delivery(msg_id)) == 2 * GROUP_SIZE
