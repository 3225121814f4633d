"""Dead tokens, nonsense and silence from vendors: what is retired, repeated, given up, and what is kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.configuration import APPKEY, HUAWEI, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh, now_ms
from tests.integration.eventually import eventually
from tests.integration.outage import Outage, outage
from tests.loopback import ask
from tests.ports import own_port
from worker.embedded import EmbeddedServer
from worker.store.stream import GROUP

HOUR_MS = 3_600_000
LEASE_MS = 3_000


@pytest.fixture(scope="module")
def huawei(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    """A Huawei that is up and well."""
    with outage(tmp_path_factory.mktemp("huawei")) as vendor:
        yield vendor


@pytest.fixture(autouse=True)
def _well(huawei: Outage) -> None:
    """Begin with vendors that are well, whatever became of the test before."""
    huawei.well()


@pytest.fixture(scope="module")
def metrics_port() -> int:
    """A free port for the worker's metrics."""
    return own_port()


@pytest.fixture(scope="module")
def deployment(
    idle: Deployment, redis_server: EmbeddedServer, configuration: Path, huawei: Outage, metrics_port: int
) -> Iterator[Deployment]:
    """A running worker whose Huawei channel leads to the troubled one."""
    channels = {**channels_of(idle.vendors), HUAWEI: huawei.channel}
    limits: dict[str, Any] = {
        "lease_s": LEASE_MS // 1000,
        "retry_attempts": 3,
        "send_deadline_s": 20.0,
        "metrics_port": metrics_port,
    }
    write_configuration(configuration, redis_server.url, channels, **limits)
    idle.worker.started()
    yield idle
    assert idle.worker.stop() == 0


def test_a_token_apple_calls_dead_is_retired(deployment: Deployment) -> None:
    """410 with a date after the binding: the token moves aside, with the reason."""
    user, bound_at = fresh("bob"), now_ms() - 2 * HOUR_MS
    token = deployment.bind(user, bound_at=bound_at)
    deployment.vendors.set_token("apns", token, "unregistered", bound_at + HOUR_MS)
    deployment.settled(deployment.say(user), user)
    assert deployment.stored(user, "d") == []
    (retired,) = deployment.stored(user, "r")
    assert (retired["token"], retired["reason"], retired["bound_at"]) == (token, "Unregistered", bound_at)
    assert abs(retired["retired_at"] - now_ms()) < HOUR_MS


def test_a_token_bound_after_it_died_is_kept(deployment: Deployment) -> None:
    """410 with a date before the binding speaks of an earlier installation: the token stays."""
    user, bound_at = fresh("bob"), now_ms() - HOUR_MS
    token = deployment.bind(user, bound_at=bound_at)
    deployment.vendors.set_token("apns", token, "unregistered", bound_at - HOUR_MS)
    deployment.settled(deployment.say(user), user)
    assert [device["token"] for device in deployment.stored(user, "d")] == [token]
    assert deployment.stored(user, "r") == []


def test_a_token_google_calls_unregistered_is_retired_alone(deployment: Deployment) -> None:
    """UNREGISTERED retires that one binding; the user's other devices stay and are pushed."""
    user = fresh("bob")
    dead, alive = deployment.bind(user, "fcm"), deployment.bind(user, "apns")
    deployment.vendors.set_token("fcm", dead, "unregistered")
    deployment.settled(deployment.say(user), user)
    assert [device["token"] for device in deployment.stored(user, "d")] == [alive]
    assert [(device["token"], device["reason"]) for device in deployment.stored(user, "r")] == [(dead, "UNREGISTERED")]


def test_a_token_huawei_calls_invalid_is_retired(deployment: Deployment, huawei: Outage) -> None:
    """80300007 retires the token; the next message finds no binding."""
    user = fresh("bob")
    token = deployment.bind(user, "huawei")
    huawei._vendor.set_token(token, "invalid")
    deployment.settled(deployment.say(user), user)
    assert [device["reason"] for device in deployment.stored(user, "r")] == ["80300007"]
    assert deployment.decision(deployment.say(user), user)["reason"] == "no_binding"


def test_a_binding_renewed_while_the_push_waits_is_kept(deployment: Deployment, huawei: Outage) -> None:
    """A token that was bound again after the push was made is not retired by what became of that push."""
    user = fresh("bob")
    token = deployment.bind(user, "huawei")
    huawei.down()
    msg_id = deployment.say(user)
    eventually(lambda: retry_states(deployment, msg_id))
    deployment.client.hdel(deployment.keys.user(APPKEY, user), "d")
    deployment.bind(user, "huawei", token, bound_at=now_ms())
    huawei._vendor.set_token(token, "invalid")
    huawei.up()
    deployment.settled(msg_id, user, 60)
    assert [entry.outcome for entry in huawei.pushes_to(token)] == ["80300007"]
    assert [device["token"] for device in deployment.stored(user, "d")] == [token]


def retry_states(deployment: Deployment, msg_id: str) -> list[bytes]:
    """Return the states of pushes that wait for another attempt."""
    return [state for state in deployment.delivery(msg_id).values() if state.startswith(b"retry ")]


def test_an_endpoint_that_was_down_gets_the_push_later(deployment: Deployment, huawei: Outage) -> None:
    """A refused connection costs a delay, not a push, and delays no other vendor."""
    user = fresh("bob")
    token, other = deployment.bind(user, "huawei"), deployment.bind(user, "apns")
    huawei.down()
    msg_id = deployment.say(user)
    eventually(lambda: deployment.vendors.pushes_to(other))
    eventually(lambda: retry_states(deployment, msg_id))
    huawei.up()
    deployment.settled(msg_id, user, 60)
    assert [entry.outcome for entry in huawei.pushes_to(token)] == ["accepted"]


def test_nonsense_is_counted_repeated_and_given_up(deployment: Deployment, huawei: Outage, metrics_port: int) -> None:
    """A web page in place of an answer is tried again as often as configured, then waits in the dead letters."""
    user = fresh("bob")
    token = deployment.bind(user, "huawei")
    huawei.nonsense, huawei.talks_nonsense = 0, True
    msg_id = deployment.say(user)
    eventually(lambda: deployment.client.zcard(deployment.keys.retry(APPKEY, HUAWEI)))
    deployment.settled(msg_id, user, 60)
    huawei.talks_nonsense = False
    assert huawei.nonsense == 3
    (letter,) = (letter for letter in deployment.dead() if token.encode() in letter[b"value"])
    assert letter[b"reason"] == b"unexpected_answer: 3 attempts"
    assert counted(metrics_port, 'offline_push_unexpected_answers_total{provider="huawei"}') == 3.0
    assert [device["token"] for device in deployment.stored(user, "d")] == [token]


def counted(port: int, metric: str) -> float:
    """Return one metric of the worker."""
    lines = ask("GET", f"http://127.0.0.1:{port}/metrics", timeout=30).text.splitlines()
    return float(next(line.rpartition(" ")[2] for line in lines if line.startswith(metric)))


def test_a_send_longer_than_the_lease_is_sent_once(deployment: Deployment, huawei: Outage) -> None:
    """While the vendor is still waited for, the push never looks abandoned, and no worker takes it over."""
    user, idle_ms = fresh("bob"), [0]
    token = deployment.bind(user, "huawei")
    huawei.answers.clear()
    msg_id = deployment.say(user)
    eventually(
        lambda: any(state.startswith(b"sending, attempt 1, by ") for state in deployment.delivery(msg_id).values())
    )

    def watch() -> int:
        idle_ms.extend(silences(deployment))
        return now_ms()

    until = now_ms() + 2 * LEASE_MS
    eventually(watch, lambda now: now > until)
    huawei.answers.set()
    deployment.settled(msg_id, user)
    assert 0 < max(idle_ms) < LEASE_MS
    assert [entry.outcome for entry in huawei.pushes_to(token)] == ["accepted"]


def silences(deployment: Deployment) -> list[int]:
    """Return for how long each pending push was neither read nor renewed, in milliseconds."""
    pending: Any = deployment.client.xpending_range(deployment.keys.outbox(APPKEY, HUAWEI), GROUP, "-", "+", 10)
    return [int(entry["time_since_delivered"]) for entry in pending]


def test_the_log_holds_no_text_and_no_token(deployment: Deployment) -> None:
    """Failed sends are logged without the token and without the text."""
    log = deployment.worker.log()
    tokens = [
        device["token"] for key in deployment.client.scan_iter("*:u:*") for device in every_device(deployment, key)
    ]
    assert "send failed" in log
    assert tokens
    assert [token for token in tokens if token in log] == []
    assert "Hello" not in log


def every_device(deployment: Deployment, key: Any) -> list[dict[str, Any]]:
    """Return a user's devices, the retired ones too."""
    user = key.decode().rpartition(":")[2]
    return [*deployment.stored(user, "d"), *deployment.stored(user, "r")]
