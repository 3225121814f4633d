"""What a deleted channel leaves behind: nothing, and nobody's push is lost on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.configuration import APPKEY
from tests.integration.console.console import Console, apns_body, fcm_body
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from tests.integration.worker_process import WorkerProcess
from worker.processes import Children
from worker.store.keys import Keys

KEYS = Keys()
#: Ten seconds in which every worker hears of it, then lanes end, a read of a second at the longest.
DEADLINE_S = 60.0
#: Each waits for several of these.
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def second(deployment: Deployment, configuration: Path, session_children: Children) -> Iterator[WorkerProcess]:
    """A second worker of the same deployment."""
    own = configuration.with_name("second.toml")
    own.write_text(configuration.read_text())
    worker = WorkerProcess(session_children, own).started()
    assert deployment.worker.is_alive
    yield worker
    worker.gone()


def bound(deployment: Deployment, notifier: str, vendor: str = "apns") -> tuple[str, str]:
    """Return a fresh user with a device on a channel, and its token."""
    user = fresh("bob")
    return user, deployment.bind(user, vendor, notifier=notifier)


def planned(deployment: Deployment, user: str) -> str:
    """Say something to a user until it is pushed; return that message's id."""

    def said() -> tuple[str, str]:
        msg_id = deployment.say(user)
        return msg_id, str(deployment.decision(msg_id, user)["reason"])

    return eventually(said, lambda found: found[1] == "pushed")[0]


def left(deployment: Deployment, notifier: str) -> list[bytes]:
    """Return every key that names a channel, and the app's own field of it."""
    found: list[bytes] = list(deployment.client.scan_iter(f"push:*{notifier}"))
    return [*found, *([b"its record"] if deployment.client.hexists(KEYS.app(APPKEY), f"n:{notifier}") else [])]


@pytest.mark.usefixtures("second")
def test_nothing_is_left(deployment: Deployment, console: Console) -> None:
    """Outbox, record and secrets are gone, whichever worker had read it; a disabled channel's and a used one's."""
    names = [fresh("ended") for _ in range(4)]
    for name in names:
        console.channels("POST", body=apns_body(deployment.vendors, name))
    user, _ = bound(deployment, names[0])
    deployment.settled(planned(deployment, user), user)
    console.channels("PUT", f"channels/{names[1]}/enabled", {"enabled": False})
    eventually(
        lambda: [name for name in names if not deployment.client.exists(KEYS.outbox(APPKEY, name))],
        lambda none: not none,
    )
    for name in names:
        console.channels("DELETE", f"channels/{name}")
    eventually(lambda: [key for name in names for key in left(deployment, name)], lambda keys: not keys, DEADLINE_S)


@pytest.mark.usefixtures("second")
def test_a_channel_that_waits_long_is_there_as_long(deployment: Deployment, console: Console) -> None:
    """A push that its vendor does not want for longer than all grace is sent before anything is cleared away."""
    notifier = fresh("ended")
    console.channels("POST", body=fcm_body(deployment.vendors, notifier))
    user, token = bound(deployment, notifier, "fcm")
    rule = {"when": {"token": token}, "do": {"action": "reply", "status": 503, "retry_after_s": 12}, "times": 1}
    deployment.vendors_rules("fcm", rule)
    msg_id = planned(deployment, user)
    eventually(lambda: [state for state in deployment.delivery(msg_id).values() if state.startswith(b"retry")])
    console.channels("DELETE", f"channels/{notifier}")
    deployment.settled(msg_id, user, DEADLINE_S)
    assert [push["outcome"] for push in deployment.vendors.pushes_to(token)][-1] == "accepted"
    eventually(lambda: left(deployment, notifier), lambda keys: not keys, DEADLINE_S)


@pytest.mark.usefixtures("second")
def test_made_again_while_it_goes(deployment: Deployment, console: Console) -> None:
    """Deleted, and made again about when its outbox goes, many at a time: whatever is planned then arrives, once."""
    names = [fresh("ended") for _ in range(12)]
    users = {name: bound(deployment, name) for name in names}
    for name in names:
        console.channels("POST", body=apns_body(deployment.vendors, name))
    eventually(
        lambda: [name for name in names if not deployment.client.exists(KEYS.outbox(APPKEY, name))],
        lambda none: not none,
    )
    for name in names:
        console.channels("DELETE", f"channels/{name}")
    # The first of them is gone: the others go just now.
    eventually(
        lambda: sum(not deployment.client.exists(KEYS.outbox(APPKEY, name)) for name in names), deadline_s=DEADLINE_S
    )
    for name in names:
        console.channels("POST", body=apns_body(deployment.vendors, name))
    sent = {name: [planned(deployment, users[name][0]) for _ in range(3)] for name in names}
    for name, ids in sent.items():
        user, token = users[name]
        for msg_id in ids:
            deployment.settled(msg_id, user, DEADLINE_S)
        pushes = deployment.vendors.pushes_to(token)
        assert len({push["payload"]["m"] for push in pushes}) == len(pushes) >= len(ids)


def test_a_worker_that_dies_leaves_it_to_the_next(
    deployment: Deployment, console: Console, second: WorkerProcess
) -> None:
    """Both killed in the middle of it: what starts next clears away."""
    notifier = fresh("ended")
    console.channels("POST", body=apns_body(deployment.vendors, notifier))
    user, _ = bound(deployment, notifier)
    deployment.settled(planned(deployment, user), user)
    assert deployment.client.exists(KEYS.outbox(APPKEY, notifier))
    console.channels("DELETE", f"channels/{notifier}")
    second.kill()
    deployment.worker.kill()
    deployment.worker.started()
    eventually(lambda: left(deployment, notifier), lambda keys: not keys, DEADLINE_S)
