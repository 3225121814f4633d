"""Pushes that had to wait: whether they are still wanted is looked at again before each further attempt."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
import redis

from tests.integration.cli.command import json_lines, offline_push
from tests.integration.configuration import APNS, APPKEY, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh, fresh_token, now_ms
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from tests.jobs import changed
from worker.embedded import EmbeddedServer
from worker.job import Job
from worker.processes import Children

DAY_S = 86_400
#: Tokens whose pushes fail as long as the story wants it.
TROUBLED = "dead"
#: Apple's word for an idle connection: the push is repeated soon, and nothing is wrong with the channel.
IDLE = {"action": "reply", "status": 400, "body": {"reason": "IdleTimeout"}}


@dataclass
class Receiver:
    """One user whose push waits, and what became of it."""

    deployment: Deployment
    user: str = field(default_factory=lambda: fresh("bob"))
    token: str = field(default_factory=lambda: TROUBLED + fresh_token()[len(TROUBLED) :])
    msg_id: str = ""

    def say(self, **ext: Any) -> str:
        """Send a message, with a collapse key if told."""
        return self.deployment.say(self.user, payload={"ext": ext})

    def connect(self, *states: str, **members: Any) -> None:
        """Let a connection come, go, or be kicked."""
        for state in states:
            self.deployment.presence(self.user, state, **members)

    def unbind(self) -> None:
        """Let the user unbind the device, as on logging out."""
        self.deployment.client.hdel(self.deployment.keys.user(APPKEY, self.user), "d")

    def bind_anew(self) -> None:
        """Let the device have another token, of which no push fails."""
        self.unbind()
        self.token = self.deployment.bind(self.user)

    def read(self, **members: Any) -> bytes:
        """Let the user read something."""
        return self.deployment.add("read", {"appkey": APPKEY, "user": self.user, **members})

    def state(self, msg_id: str = "") -> str:
        """Return what the ledger says of the push."""
        ledger = self.deployment.delivery(msg_id or self.msg_id)
        return ledger.get(f"{self.user}\n{APNS}\napns_1".encode(), b"").decode()

    def accepted(self) -> int:
        """Return how many pushes the vendor has taken."""
        return len([push for push in self.deployment.vendors.pushes_to(self.token) if push["outcome"] == "accepted"])


def collapse(key: str) -> dict[str, Any]:
    """Return the members of a message's ``ext`` that name a collapse key."""
    return {"em_apns_ext": {"em_push_collapse_key": key}}


def read_before(receiver: Receiver) -> None:
    """Read everything, and let a moment pass before the message is said."""
    at = int(receiver.read().split(b"-")[0])
    eventually(now_ms, lambda now: now > at)


def outlive(receiver: Receiver) -> None:
    """Let the push's day pass."""
    client, schedule = receiver.deployment.client, receiver.deployment.keys.retry(APPKEY, APNS)

    def caught() -> list[Job]:
        members: list[Any] = client.zrange(schedule, 0, -1)
        jobs = [(member, msgspec.json.decode(member, type=Job)) for member in members]
        return [job for member, job in jobs if job.user == receiver.user and client.zrem(schedule, member)]

    (job,) = eventually(caught)
    ended = changed(job, expires_at=now_ms() // 1000 - 1)
    client.zadd(schedule, {msgspec.json.encode(ended): now_ms()})


@dataclass(frozen=True)
class Story:
    """What happens while a push waits, and its end for an app that wants all devices offline, or any."""

    happens: Callable[[Receiver], Any]
    all_offline: str
    any_offline: str
    before: Callable[[Receiver], Any] = lambda _: None
    ext: dict[str, Any] = field(default_factory=dict)

    def end(self, multi_device: str) -> str:
        """Return what the ledger says in the end."""
        return self.all_offline if multi_device == "all-offline" else self.any_offline


SENT, ONLINE, READ, REPLACED = "accepted", "expired online", "expired read", "expired replaced"
UNBOUND = "expired unbound"
OWN = {"resource": "apns_1"}
OWN_BY_ID = {"resource": "mobile_xyz", "device_id": "apns_1"}
STORIES: dict[str, Story] = {
    "nothing": Story(lambda _: None, SENT, SENT),
    "comes online elsewhere": Story(lambda bob: bob.connect("online"), ONLINE, SENT),
    "came online elsewhere and went": Story(lambda bob: bob.connect("online", "offline"), ONLINE, SENT),
    "comes online with the device": Story(lambda bob: bob.connect("online", **OWN), ONLINE, ONLINE),
    "came online with the device and went": Story(
        lambda bob: bob.connect("online", "offline", **OWN_BY_ID), ONLINE, ONLINE
    ),
    "goes once more": Story(lambda bob: bob.connect("offline", **OWN), SENT, SENT),
    "was here before": Story(lambda _: None, SENT, SENT, before=lambda bob: bob.connect("online", "offline", **OWN)),
    "is kicked": Story(lambda bob: bob.connect("kicked", **OWN), SENT, SENT),
    "unbinds the device": Story(lambda bob: bob.unbind(), UNBOUND, UNBOUND),
    "binds another token": Story(lambda bob: bob.bind_anew(), SENT, SENT),
    "reads everything": Story(lambda bob: bob.read(), READ, READ),
    "reads the conversation": Story(lambda bob: bob.read(conversation="user:Alice"), READ, READ),
    "reads the message": Story(lambda bob: bob.read(msg_id=bob.msg_id), READ, READ),
    "reads another conversation": Story(lambda bob: bob.read(conversation="user:carol"), SENT, SENT),
    "reads a group of that name": Story(lambda bob: bob.read(conversation="group:alice"), SENT, SENT),
    "reads another message": Story(lambda bob: bob.read(msg_id="another"), SENT, SENT),
    "read everything before": Story(lambda _: None, SENT, SENT, before=read_before),
    "is sent a newer one of its key": Story(
        lambda bob: bob.say(**collapse("score")), REPLACED, REPLACED, ext=collapse("score")
    ),
    "is sent a newer one of another key": Story(
        lambda bob: bob.say(**collapse("weather")), SENT, SENT, ext=collapse("score")
    ),
    "is sent a newer one without a key": Story(lambda bob: bob.say(), SENT, SENT),
    "outlives it": Story(outlive, "expired too_old", "expired too_old"),
}


@pytest.fixture(scope="module", params=["all-offline", "any-offline"])
def multi_device(request: pytest.FixtureRequest) -> str:
    """The app's device policy."""
    return str(request.param)


@pytest.fixture(scope="module")
def waiting(
    redis_server: EmbeddedServer,
    vendors: Vendors,
    session_children: Children,
    tmp_path_factory: pytest.TempPathFactory,
    multi_device: str,
) -> Iterator[Deployment]:
    """A running worker, and an Apple that fails the troubled tokens."""
    path = tmp_path_factory.mktemp("waiting") / "config.toml"
    app = {"multi_device": multi_device}
    write_configuration(path, redis_server.url, channels_of(vendors), app=app, lease_s=5, retry_attempts=1000)
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        vendors.reset()
        vendors.rules("apns", {"when": {"token_prefix": TROUBLED}, "do": IDLE})
        deployment = Deployment(client, vendors, WorkerProcess(session_children, path).started())
        yield deployment
        vendors.rules("apns")
        assert deployment.worker.stop() == 0


def hurry(deployment: Deployment) -> None:
    """Let the time of every repeat come."""
    schedule = deployment.keys.retry(APPKEY, APNS)
    members: list[Any] = deployment.client.zrange(schedule, 0, -1)
    for member in members:
        deployment.client.zadd(schedule, {member: now_ms()}, xx=True)


@pytest.fixture(scope="module")
def told(waiting: Deployment, multi_device: str) -> dict[str, Receiver]:
    """Tell all stories at once; return each one's receiver at its end."""
    found = {name: Receiver(waiting) for name in STORIES}
    for name, receiver in found.items():
        waiting.bind(receiver.user, token=receiver.token)
        STORIES[name].before(receiver)
        receiver.msg_id = receiver.say(**STORIES[name].ext)
    for receiver in found.values():
        eventually(receiver.state, lambda state: state.startswith("retry "))
    for name, receiver in found.items():
        STORIES[name].happens(receiver)
    eventually(lambda: waiting.client.xlen(waiting.keys.events), lambda left: left == 0)
    ends = {
        name: story.all_offline if multi_device == "all-offline" else story.any_offline
        for name, story in STORIES.items()
    }

    def unended() -> list[str]:
        hurry(waiting)
        return [name for name, end in ends.items() if end != SENT and found[name].state() != end]

    eventually(unended, lambda names: not names)
    waiting.vendors.rules("apns")

    def unsent() -> int:
        hurry(waiting)
        return waiting.backlog()

    eventually(unsent, lambda left: left == 0)
    return found


@pytest.mark.parametrize("name", STORIES)
def test_a_push_waits_and_the_receiver(told: dict[str, Receiver], multi_device: str, name: str) -> None:
    """What the receiver has seen, read, or been sent anew meanwhile is not pushed, and the ledger says why."""
    receiver, end = told[name], STORIES[name].end(multi_device)
    assert receiver.state().startswith(end)
    newer = name.startswith("is sent a newer")
    assert receiver.accepted() == (end == SENT) + newer


def test_support_is_told_why(waiting: Deployment, told: dict[str, Receiver]) -> None:
    """``explain`` shows the end beside the decision that was made before."""
    receiver = told["reads the message"]
    where = ("--app", APPKEY, "--user", receiver.user, "--msg", receiver.msg_id)
    (record,) = json_lines(offline_push("explain", *where, "--json", "--config", waiting.worker.configuration).stdout)
    assert (record["reason"], record["devices"][0]["delivery"]) == ("pushed", "expired read")


def test_nothing_unwanted_is_a_dead_letter(waiting: Deployment, told: dict[str, Receiver]) -> None:
    """Nobody has to look after what nobody wants; it is counted."""
    assert told
    assert waiting.dead() == []
    counted = waiting.statistics()
    for why in ("online", "read", "replaced", "too_old", "unbound"):
        assert counted[f"apns:expired:{why}".encode()] >= 1
