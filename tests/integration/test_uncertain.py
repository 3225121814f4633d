"""Pushes that the vendor may have: an app prefers that they come twice, or that they do not come."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.integration.configuration import APNS, APPKEY, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh, now_ms
from tests.integration.eventually import eventually
from tests.integration.hand_offs import hand_offs, hand_over
from tests.integration.script_calls import runner
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from worker.embedded import EmbeddedServer
from worker.processes import Children
from worker.store.hand_off import Memory
from worker.store.stream import GROUP

#: The vendor takes the push and never answers.
SWALLOW = {"action": "black_hole", "after_processing": True}


@pytest.fixture(scope="module", params=["duplicate", "loss"])
def prefers(request: pytest.FixtureRequest) -> str:
    """The app's choice."""
    return str(request.param)


@pytest.fixture(scope="module")
def running(
    redis_server: EmbeddedServer,
    vendors: Vendors,
    session_children: Children,
    tmp_path_factory: pytest.TempPathFactory,
    prefers: str,
) -> Iterator[Deployment]:
    """A running worker of an app that has chosen."""
    path: Path = tmp_path_factory.mktemp("uncertain") / "config.toml"
    app, channels = {"uncertain_prefers": prefers}, channels_of(vendors)
    write_configuration(path, redis_server.url, channels, app=app, lease_s=1, retry_attempts=5, send_deadline_s=5.0)
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        vendors.reset()
        deployment = Deployment(client, vendors, WorkerProcess(session_children, path).started())
        yield deployment
        vendors.rules("apns")
        assert deployment.worker.stop() == 0


def swallowed(running: Deployment) -> tuple[str, str, str]:
    """Say something that Apple takes and does not answer, once; return user, token and message."""
    user = fresh("bob")
    token = running.bind(user)
    running.vendors.rules("apns", {"when": {"token": token}, "do": SWALLOW, "times": 1})
    msg_id = running.say(user)
    eventually(lambda: running.vendors.pushes_to(token))
    return user, token, msg_id


def assert_came_as_preferred(running: Deployment, token: str, prefers: str) -> None:
    """Assert that the phone was told once, or twice with what makes it one notification."""
    pushes = running.vendors.pushes_to(token)
    assert [push["outcome"] for push in pushes] == ["accepted"] * (2 if prefers == "duplicate" else 1)
    assert len({(push["vendor_id"], push["collapse_id"]) for push in pushes}) == 1
    assert running.dead() == []


def state(running: Deployment, msg_id: str, user: str) -> str:
    """Return what the ledger says of the push."""
    return running.delivery(msg_id).get(f"{user}\n{APNS}\napns_1".encode(), b"").decode()


def test_a_vendor_that_never_answers(running: Deployment, prefers: str) -> None:
    """The push is repeated with the same ids, or ends as uncertain; it is never certain that it was lost."""
    user, token, msg_id = swallowed(running)
    running.settled(msg_id, user)
    assert state(running, msg_id, user).startswith("accepted " if prefers == "duplicate" else "uncertain ambiguous")
    assert_came_as_preferred(running, token, prefers)


def test_a_vendor_that_never_had_it(running: Deployment) -> None:
    """What provably did not reach the vendor is repeated whatever the app prefers."""
    user = fresh("bob")
    token = running.bind(user)
    running.vendors.rules("apns", {"when": {"token": token}, "do": {"action": "refuse_stream"}, "times": 4})
    msg_id = running.say(user)
    running.settled(msg_id, user)
    assert state(running, msg_id, user).startswith("accepted ")
    assert [push["outcome"] for push in running.vendors.pushes_to(token)] == ["accepted"]


def test_a_worker_killed_while_sending(running: Deployment, prefers: str) -> None:
    """Whoever takes the push over knows that the vendor may have it, and does as the app prefers."""
    user, token, msg_id = swallowed(running)
    running.worker.kill()
    assert state(running, msg_id, user).startswith("sending, attempt 1, by ")
    running.worker.started()
    running.settled(msg_id, user)
    assert state(running, msg_id, user).startswith("accepted " if prefers == "duplicate" else "uncertain taken_over")
    assert_came_as_preferred(running, token, prefers)


def test_a_worker_killed_before_it_sent(running: Deployment, redis_server: EmbeddedServer) -> None:
    """What was read and never begun is sent, once, whatever the app prefers: nobody can have it."""
    running.worker.kill()
    user = fresh("bob")
    (hand_off,) = hand_offs([user], now_ms(), msg_id=(msg_id := fresh("m")))
    hand_over(runner(redis_server.url), [hand_off], Memory())
    read: Any = running.client.xreadgroup(GROUP, "dead", {running.keys.outbox(APPKEY, APNS): ">"})
    assert read
    running.worker.started()
    running.settled(msg_id, user)
    pushes = running.vendors.pushes_to(hand_off.jobs[0].token)
    assert [push["outcome"] for push in pushes] == ["accepted"]
