"""A running system whose state is spread over partitions, spoken to as producers and operators do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tests.integration.cli.command import json_lines, offline_push, write_lines
from tests.integration.configuration import APPKEY, NOTIFIERS
from tests.integration.deployment import fresh, now_ms
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from worker.store.keys import Keys, Partitions

COUNT = 4
PARTITIONS = Partitions(COUNT)


def home(name: str) -> Keys:
    """Return the partition of a user or of a conversation."""
    return PARTITIONS.of(APPKEY, name)


def away(name: str) -> Keys:
    """Return a partition that is not the one of this user or conversation."""
    return PARTITIONS.all[(home(name).number + 1) % COUNT]


def spread_names(prefix: str, each: int = 1) -> list[str]:
    """Return fresh names, so many of each partition."""
    names: dict[Keys, list[str]] = {keys: [] for keys in PARTITIONS.all}
    while any(len(found) < each for found in names.values()):
        name = fresh(prefix)
        names[home(name)].append(name)
    return [name for found in zip(*(found[:each] for found in names.values()), strict=True) for name in found]


def token_of(user: str, vendor: str) -> str:
    """Return the token of a user's phone."""
    return f"{vendor}{user}".encode().hex().ljust(64, "0")


def message(sender: str, to: str | list[str], **members: Any) -> dict[str, Any]:
    """Return a message event."""
    head = {"appkey": APPKEY, "msg_id": fresh("m"), "timestamp": now_ms(), "chat_type": "chat", "from": sender}
    return {**head, "to": to, "payload": {"bodies": [{"type": "txt", "msg": "Hello"}]}, **members}


def presence(user: str, state: str, **members: Any) -> dict[str, Any]:
    """Return a presence event of one connection."""
    return {"appkey": APPKEY, "user": user, "resource": "web_1", "state": state, "timestamp": now_ms(), **members}


@dataclass
class Spread:
    """The system. Whatever is asked of one user is looked for in that user's partition alone."""

    client: redis.Redis
    vendors: Vendors
    worker: WorkerProcess
    folder: Path

    def load(self, *users: str, vendor: str = "apns") -> None:
        """Bind a phone to each user, with ``offline-push load``."""
        records = [self.record(user, vendor) for user in users]
        done = offline_push("load", write_lines(self.folder / "state.jsonl", records), *self.config)
        assert (done.returncode, done.stderr) == (0, f"{len(users)} records loaded\n")

    def record(self, user: str, vendor: str) -> dict[str, Any]:
        """Return a user's state record."""
        device = {"device_id": f"{vendor}_1", "notifier": NOTIFIERS[vendor], "token": token_of(user, vendor)}
        return {"appkey": APPKEY, "user": user, "devices": [device], "settings": {"style": 1}}

    def emit(self, *events: dict[str, Any]) -> None:
        """Add events with ``offline-push emit``, each to its own partition."""
        done = offline_push("emit", write_lines(self.folder / "events.jsonl", events), *self.config)
        assert (done.returncode, done.stderr) == (0, f"{len(events)} events emitted\n")

    def add(self, keys: Keys, kind: str, event: Any) -> None:
        """Add an event to a partition, the right one or not."""
        self.client.xadd(keys.events, {kind: json.dumps(event)})

    def done(self) -> None:
        """Wait until nothing is left to do in any partition."""
        eventually(self.backlog, lambda left: left == 0, 60)

    def backlog(self) -> int:
        """Return how much is not done: events, pushes, retries; all at one moment."""
        pipe = self.client.pipeline(transaction=True)
        for keys in PARTITIONS.all:
            pipe.xlen(keys.events)
            for name in NOTIFIERS.values():
                pipe.xlen(keys.outbox(APPKEY, name))
                pipe.zcard(keys.retry(APPKEY, name))
        return sum(pipe.execute())

    def pushes(self, user: str, vendor: str = "apns") -> list[dict[str, Any]]:
        """Return what the vendor got for a user."""
        return self.vendors.pushes_to(token_of(user, vendor))

    def state(self, user: str, msg_id: str, vendor: str = "apns") -> str:
        """Return what the ledger says of a push."""
        field = f"{user}\n{NOTIFIERS[vendor]}\n{vendor}_1"
        found: Any = self.client.hget(home(user).message(APPKEY, msg_id), field)
        return bytes(found or b"").decode()

    def badge(self, user: str) -> int:
        """Return a user's badge counter."""
        count: Any = self.client.hget(home(user).user(APPKEY, user), "b")
        return int(count or 0)

    def explain(self, user: str, *options: str) -> list[dict[str, Any]]:
        """Return what ``offline-push explain`` says."""
        done = offline_push("explain", "--app", APPKEY, "--user", user, "--json", *options, *self.config)
        return json_lines(done.stdout)

    def reason(self, user: str, msg_id: str) -> str:
        """Return why a message was pushed to a user, or why not."""
        entry_id: Any = self.client.hget(home(user).message(APPKEY, msg_id), user)
        entries: Any = self.client.xrange(home(user).journal, entry_id, entry_id)
        return str(json.loads(entries[0][1][b"record"])["reason"])

    def every_key(self) -> Iterator[str]:
        """Yield every key of the database."""
        for key in self.client.scan_iter(count=1000):
            yield bytes(key).decode()

    @property
    def config(self) -> tuple[str, str]:
        """The option that every command is given."""
        return ("--config", str(self.worker.configuration))
