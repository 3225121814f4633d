"""A running system under test: a Redis server, the fake vendors and one worker, spoken to as a producer does."""

import itertools
import json
import time
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import redis

from tests.integration.configuration import APPKEY, NOTIFIERS
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from worker.store.keys import Keys
from worker.store.stream import GROUP

#: Distinct for the whole run: a module's tests share a server and a simulator.
_NUMBERS = itertools.count(1)


def fresh(prefix: str) -> str:
    """Return a name nobody else has."""
    return f"{prefix}{next(_NUMBERS)}"


def fresh_token() -> str:
    """Return a device token nobody else has, in the form of all three vendors."""
    return f"{next(_NUMBERS):064x}"


def now_ms() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass
class Deployment:
    """What a test asks of the system. All of it is public contract: XADD in, Redis keys and vendor requests out."""

    client: redis.Redis
    vendors: Vendors
    worker: WorkerProcess
    keys: Keys = field(default_factory=Keys)

    def bind(self, user: str, vendor: str = "apns", token: str = "", **members: Any) -> str:
        """Give a user one more device; return its token."""
        token = token or fresh_token()
        device = {"device_id": f"{vendor}_1", "notifier": NOTIFIERS[vendor], "token": token, "bound_at": 1, **members}
        self.client.hset(self.keys.user(APPKEY, user), "d", json.dumps([*self.stored(user, "d"), device]))
        self.client.hsetnx(self.keys.user(APPKEY, user), "s", '{"style": 1}')
        return token

    def vendors_rules(self, vendor: str, *rules: dict[str, Any]) -> None:
        """Let these faults strike at a vendor, and no others."""
        self.vendors.rules(vendor, *rules)

    def stored(self, user: str, member: str) -> list[dict[str, Any]]:
        """Return a list of the user's hash: ``d`` devices, ``r`` retired, ``p`` presence."""
        text: Any = self.client.hget(self.keys.user(APPKEY, user), member)
        return json.loads(text) if text else []

    def badge(self, user: str) -> int:
        """Return the user's badge counter."""
        count: Any = self.client.hget(self.keys.user(APPKEY, user), "b")
        return int(count or 0)

    def say(self, to: str | list[str], text: str = "Hello", **members: Any) -> str:
        """Add a message of alice; return its id."""
        payload = {"bodies": [{"type": "txt", "msg": text}], **members.pop("payload", {})}
        head = {"appkey": APPKEY, "msg_id": fresh("m"), "timestamp": now_ms(), "chat_type": "chat", "from": "alice"}
        event = {**head, "to": to, "payload": payload, **members}
        self.add("message", event)
        return str(event["msg_id"])

    def presence(self, user: str, state: str, **members: Any) -> None:
        """Add a presence event of one connection."""
        head = {"appkey": APPKEY, "user": user, "resource": "web_1", "state": state, "timestamp": now_ms()}
        self.add("presence", {**head, **members})

    def add(self, kind: str, event: Any) -> bytes:
        """Add an entry with one field; return its id."""
        entry_id: Any = self.client.xadd(self.keys.events, {kind: json.dumps(event)})
        return bytes(entry_id)

    def delivery(self, msg_id: str) -> dict[bytes, bytes]:
        """Return a message's ledger."""
        fields: Any = self.client.hgetall(self.keys.message(APPKEY, msg_id))
        return dict(fields)

    def settled(self, msg_id: str, user: str, deadline_s: float = 30.0) -> None:
        """Wait until every push of a message to a user has its final state."""
        prefix = f"{user}\n".encode()

        def states() -> list[bytes]:
            ledger = self.delivery(msg_id)
            pushes = [state for name, state in ledger.items() if name.startswith(prefix)]
            return pushes if user.encode() in ledger else [b"planned"]

        open_words = (b"planned", b"waiting", b"sending", b"retry")
        eventually(states, lambda found: not any(state.startswith(open_words) for state in found), deadline_s)

    def journal(self) -> list[dict[str, Any]]:
        """Return every decision record, oldest first."""
        entries: Any = self.client.xrange(self.keys.journal)
        return [json.loads(fields[b"record"]) for _, fields in entries]

    def decision(self, msg_id: str, user: str) -> dict[str, Any]:
        """Wait for the decision on one receiver of one message; return its record."""
        entry_id: Any = eventually(lambda: self.delivery(msg_id).get(user.encode()))
        entries: Any = self.client.xrange(self.keys.journal, entry_id, entry_id)
        record: dict[str, Any] = json.loads(entries[0][1][b"record"])
        return record

    def statistics(self) -> dict[bytes, int]:
        """Return what is counted of the app. A test may run over midnight: of all days together."""
        counted: dict[bytes, int] = {}
        for key in self.client.keys(self.keys.statistics(APPKEY, "*").replace("{", "?").replace("}", "?")):
            fields: Any = self.client.hgetall(key)
            for name, number in fields.items():
                counted[name] = counted.get(name, 0) + int(number)
        return counted

    def dead(self) -> list[dict[bytes, bytes]]:
        """Return the dead letters, oldest first."""
        entries: Any = self.client.xrange(self.keys.dead)
        return [fields for _, fields in entries]

    def outboxes(self) -> list[str]:
        """Return the names of the three outboxes."""
        return [self.keys.outbox(APPKEY, notifier) for notifier in NOTIFIERS.values()]

    def pending(self, stream: str) -> int:
        """Return how many entries of a stream are read and not settled."""
        summary: Any = self.client.xpending(stream, GROUP)
        return int(summary["pending"])

    def backlog(self) -> int:
        """Return how much is not done: events, pushes waiting or in flight, retries, late pushes.

        All is counted at one moment: a push that goes from its schedule to its outbox would be missed between two.
        """
        keys, channels = self.keys, [(APPKEY, name) for name in NOTIFIERS.values()]
        streams = (keys.events, keys.siding(APPKEY), *self.outboxes())
        kinds = (keys.retry, keys.late_ready, keys.late_folding)
        pipe = self.client.pipeline(transaction=True)
        for name in streams:
            pipe.xlen(name)
        for kind, channel in product(kinds, channels):
            pipe.zcard(kind(*channel))
        return sum(pipe.execute())
