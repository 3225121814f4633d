"""A worker of several apps, for which more waits than it works off at a time: it sorts that by app."""

import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.integration.configuration import NOTIFIERS, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh, fresh_token, now_ms
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from worker.embedded import EmbeddedServer
from worker.processes import Children
from worker.store.stream import GROUP

#: Messages to the one user of each app: fewer than a batch, more than one, and more than two.
APPS = {"org#one": 30, "org#two": 230, "org#three": 450}


@pytest.fixture
def stopped(
    redis_server: EmbeddedServer, vendors: Vendors, session_children: Children, database: redis.Redis, tmp_path: Path
) -> Iterator[Deployment]:
    """A deployment of three apps whose worker was not started yet."""
    write_configuration(tmp_path / "config.toml", redis_server.url, channels_of(vendors), appkeys=tuple(APPS))
    vendors.reset()
    worker = WorkerProcess(session_children, tmp_path / "config.toml")
    yield Deployment(database, vendors, worker)
    assert worker.stop() == 0


def test_each_app_has_its_messages_in_order(stopped: Deployment) -> None:
    """Among presence and what cannot be read, every message is pushed once, with the badge of its place."""
    users = {appkey: fresh("bob") for appkey in APPS}
    tokens = {appkey: _bound(stopped, appkey, user) for appkey, user in users.items()}
    messages = [[_message(appkey, users[appkey], number) for number in range(count)] for appkey, count in APPS.items()]
    row = [message for each in zip_longest(*messages) for message in each if message]
    pipe = stopped.client.pipeline(transaction=False)
    for number, message in enumerate(row):
        pipe.xadd(stopped.keys.events, {"message": json.dumps(message)})
        if number == len(row) - 100:
            pipe.xadd(stopped.keys.events, {"message": "{"})
    # Who comes online in the end, on a phone's own connection, is not pushed to from then on: order within the app.
    online = {"appkey": "org#two", "user": users["org#two"], "resource": "ios_1", "device_id": "apns_1"}
    pipe.xadd(stopped.keys.events, {"presence": json.dumps({**online, "state": "online", "timestamp": now_ms()})})
    pipe.xadd(stopped.keys.events, {"message": json.dumps(_message("org#two", users["org#two"], 1000))})
    pipe.execute()
    stopped.worker.started()
    eventually(lambda: _left(stopped), lambda left: left == 0, 60)
    sent = stopped.vendors.requests()
    for appkey, count in APPS.items():
        mine = [push["payload"] for push in sent if push["token"] == tokens[appkey]]
        badges = {payload["m"]: payload["aps"]["badge"] for payload in mine}
        assert len(mine) == count
        assert badges == {_msg_id(appkey, number): number + 1 for number in range(count)}
    assert len(stopped.dead()) == 1
    assert stopped.client.xpending(stopped.keys.events, GROUP)["pending"] == 0


def _left(deployment: Deployment) -> int:
    """Return how many events and pushes are not done, counted at one moment."""
    pipe = deployment.client.pipeline(transaction=True)
    for stream in (deployment.keys.events, *(deployment.keys.outbox(appkey, NOTIFIERS["apns"]) for appkey in APPS)):
        pipe.xlen(stream)
    return sum(pipe.execute())


def _bound(deployment: Deployment, appkey: str, user: str) -> str:
    """Give an app's user a phone; return its token."""
    token, key = fresh_token(), deployment.keys.user(appkey, user)
    device = {"device_id": "apns_1", "notifier": NOTIFIERS["apns"], "token": token, "bound_at": 1}
    deployment.client.hset(key, mapping={"d": json.dumps([device]), "s": '{"style": 1}'})
    return token


def _message(appkey: str, user: str, number: int) -> dict[str, Any]:
    payload = {"bodies": [{"type": "txt", "msg": "Hello"}]}
    head = {"appkey": appkey, "msg_id": _msg_id(appkey, number), "timestamp": now_ms(), "chat_type": "chat"}
    return {**head, "from": "alice", "to": user, "payload": payload}


def _msg_id(appkey: str, number: int) -> str:
    return f"{appkey.partition('#')[2]}-{number}"
