"""A channel that is down, refused or suspected: it is paused, burns nothing, and comes back by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.configuration import APNS, APPKEY, HUAWEI, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from tests.integration.outage import Outage, outage
from worker.embedded import EmbeddedServer

PUSHES = 60
#: In flight at a time: what a fault can meet before it is known.
SLOTS = 4


@pytest.fixture(scope="module")
def huawei(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    """A Huawei that can be down."""
    with outage(tmp_path_factory.mktemp("huawei")) as vendor:
        vendor.up()
        yield vendor


@pytest.fixture(scope="module")
def deployment(
    idle: Deployment, redis_server: EmbeddedServer, configuration: Path, huawei: Outage
) -> Iterator[Deployment]:
    """A running worker whose channels have few slots."""
    channels = {**channels_of(idle.vendors), HUAWEI: huawei.channel}
    narrow = {notifier: {**channel, "concurrency": SLOTS} for notifier, channel in channels.items()}
    write_configuration(configuration, redis_server.url, narrow, lease_s=5)
    idle.worker.started()
    yield idle
    idle.vendors_rules("apns")
    assert idle.worker.stop() == 0


def flood(deployment: Deployment, vendor: str, **members: Any) -> dict[str, str]:
    """Send one message to each of many users; return user -> token."""
    tokens = {user: deployment.bind(user, vendor, **members) for user in (fresh("u") for _ in range(PUSHES))}
    for user in tokens:
        deployment.say(user)
    return tokens


def test_an_outage_burns_no_attempt(deployment: Deployment, huawei: Outage) -> None:
    """While a vendor is down its channel is paused with one line, and afterwards each push arrives once."""
    huawei.down()
    tokens = flood(deployment, "huawei")
    paused = eventually(lambda: paused_lines(deployment, HUAWEI))
    eventually(lambda: deployment.client.xlen(deployment.keys.outbox(APPKEY, HUAWEI)), lambda left: left > PUSHES // 2)
    huawei.up()
    eventually(deployment.backlog, lambda left: left == 0, 40)
    assert [len(huawei.pushes_to(token)) for token in tokens.values()] == [1] * PUSHES
    assert deployment.dead() == []
    assert len(paused) == 1


def paused_lines(deployment: Deployment, notifier: str) -> list[dict[str, Any]]:
    """Return the lines about a pause of this channel."""
    lines = deployment.worker.lines("channel paused, its pushes wait")
    return [line for line in lines if line["notifier"] == notifier]


def test_tokens_that_die_by_the_dozen_are_kept(deployment: Deployment) -> None:
    """A channel whose every token is called dead loses some twenty of them, not the database."""
    users = [fresh("u") for _ in range(PUSHES)]
    for user in users:
        deployment.vendors.set_token("fcm", deployment.bind(user, "fcm"), "unregistered")
    ids = {user: deployment.say(user) for user in users}
    for user, msg_id in ids.items():
        deployment.settled(msg_id, user)
    retired = [user for user in users if deployment.stored(user, "r")]
    kept = [user for user in users if deployment.stored(user, "d")]
    assert len(retired) + len(kept) == PUSHES
    assert len(retired) < 20 + SLOTS
    states = {state for msg_id in ids.values() for state in deployment.delivery(msg_id).values()}
    assert b"rejected UNREGISTERED, token kept" in states
    assert eventually(lambda: deployment.worker.lines("too many tokens die at once, they are kept"))


def test_a_wrong_credential_burns_neither_tokens_nor_messages(deployment: Deployment) -> None:
    """Refused for its credentials, the channel stops after a handful of requests; everything waits."""
    refusal = {"action": "reply", "status": 403, "body": {"reason": "InvalidProviderToken"}}
    deployment.vendors_rules("apns", {"do": refusal})
    tokens = flood(deployment, "apns")
    (line,) = eventually(lambda: paused_lines(deployment, APNS))
    assert line["pause_s"] >= 10
    outbox, schedule = deployment.keys.outbox(APPKEY, APNS), deployment.keys.retry(APPKEY, APNS)
    eventually(lambda: deployment.client.xlen(outbox) + deployment.client.zcard(schedule), lambda n: n == PUSHES)
    assert deployment.vendors.attempts("apns") <= 5 + 2 * SLOTS
    assert all(deployment.stored(user, "d") for user in tokens)
    assert deployment.dead() == []
