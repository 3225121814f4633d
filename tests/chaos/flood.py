"""A backlog as an outage leaves it: events of three apps, most of them late, while a fourth app goes on living."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from redis import Redis

from tests.integration.configuration import APNS, FCM, HUAWEI, _table, channels_of
from tests.integration.vendors import Vendors
from worker.store.keys import Keys

KEYS = Keys()
FOLD, NEWEST, DROP, LIVE = "flood#fold", "flood#newest", "flood#drop", "live#app"
CHANNELS = {FOLD: APNS, NEWEST: FCM, DROP: APNS, LIVE: HUAWEI}
_POLICIES = {FOLD: "fold", NEWEST: "newest_first", DROP: "drop", LIVE: "push"}
#: A busy machine takes so long for a million events that what was said a moment before it began would become late.
AFTER_S = 1800
#: The outage began so long ago.
_OUTAGE_MS = 12 * 3_600_000
_SENDERS = ("alice", "carol")
_PIPE = 2000
_MANY = re.compile(r"(\d+) new messages")


class Said(NamedTuple):
    """One message of the backlog."""

    app: str
    number: int
    user: str
    sender: str
    at_ms: int
    is_late: bool

    @property
    def msg_id(self) -> str:
        """Its id."""
        return f"{self.app.partition('#')[2]}{self.number}"


class Size(NamedTuple):
    """How much waits."""

    events: int
    users: int
    newest: int


def configure(path: Path, redis_url: str, vendors: Vendors) -> Path:
    """Write the configuration of the four apps. The channel that sends the newest first sends one at a time."""
    sections = ["[redis]", *_table({"url": redis_url}), "[worker]", *_table({"lease_s": 5})]
    for app, notifier in CHANNELS.items():
        slow = {"concurrency": 1, "rate_per_s": 100} if app == NEWEST else {}
        sections += [f'[apps."{app}"]', 'locale = "en"', f'[apps."{app}".catch_up]']
        sections += _table({"policy": _POLICIES[app], "after_s": AFTER_S})
        sections += [f'[[apps."{app}".channels]]', *_table({**channels_of(vendors)[notifier], **slow})]
    path.write_text("\n".join(sections) + "\n")
    return path


def token_of(app: str, user: str) -> str:
    """Return the token of a user's only device."""
    return f"{list(CHANNELS).index(app) + 1:02x}{int(user[1:]):062x}"


def bind(client: Redis, app: str, users: int) -> None:
    """Give the users of an app a device each."""
    pipe = client.pipeline(transaction=False)
    for number in range(users):
        device = {"device_id": "d1", "notifier": CHANNELS[app], "token": token_of(app, f"u{number}"), "bound_at": 1}
        fields: Any = {"d": json.dumps([device]), "s": '{"style": 1}'}
        pipe.hset(KEYS.user(app, f"u{number}"), mapping=fields)
    pipe.execute()


def backlog(chance: Random, size: Size, now_ms: int) -> Iterator[Said]:
    """Yield the messages of twelve hours, oldest first; those of the last hour are not late."""
    newest = set(chance.sample(range(size.events * 9 // 10), size.newest))
    numbers = Counter[str]()
    for place in range(size.events):
        app = NEWEST if place in newest else chance.choices((FOLD, DROP), (9, 1))[0]
        age_ms = _OUTAGE_MS * (size.events - place) // size.events
        number = numbers[app]
        numbers[app] += 1
        user = f"u{number if app == NEWEST else chance.randrange(size.users)}"
        # Nothing is on the edge: a slow start makes nothing late that is not.
        at_ms = now_ms - (age_ms if age_ms > 2 * AFTER_S * 1000 else 0)
        yield Said(app, number, user, chance.choice(_SENDERS), at_ms, at_ms < now_ms)


def event_of(said: Said) -> bytes:
    """Return the event's JSON."""
    payload = {"bodies": [{"type": "txt", "msg": f"text {said.number}"}]}
    head = {"appkey": said.app, "msg_id": said.msg_id, "timestamp": said.at_ms, "chat_type": "chat"}
    return json.dumps({**head, "from": said.sender, "to": said.user, "payload": payload}).encode()


@dataclass
class Expected:
    """What must come of a backlog."""

    #: (token, sender) -> late messages of the conversation.
    folds: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: (token, message) of what is pushed by itself.
    singles: set[tuple[str, str]] = field(default_factory=set)
    badges: Counter[tuple[str, str]] = field(default_factory=Counter)

    def forget(self, said: Said) -> None:
        """Note that the receiver has seen everything up to this message."""
        token = token_of(said.app, said.user)
        self.badges[said.app, said.user] = 0
        for sender in _SENDERS:
            del self.folds[token, sender]

    def add(self, said: Said) -> None:
        """Note one message."""
        token = token_of(said.app, said.user)
        self.badges[said.app, said.user] += 1
        if said.app == FOLD and said.is_late:
            self.folds[token, said.sender] += 1
        elif said.app != DROP or not said.is_late:
            self.singles.add((token, said.msg_id))


def fill(client: Redis, messages: Iterator[Said], visits: Callable[[Said], bool] = lambda _: False) -> Expected:
    """Add the backlog, each event with the id of its time, as if nobody had read for twelve hours.

    After some messages the receiver looks in for a moment: what was said before is seen, the badge begins again.
    """
    expected, pipe, numbers = Expected(), client.pipeline(transaction=False), count(1)
    for said in messages:
        expected.add(said)
        pipe.xadd(KEYS.events, {"message": event_of(said)}, id=f"{said.at_ms}-{next(numbers)}")
        if said.app == FOLD and said.is_late and visits(said):
            expected.forget(said)
            for event in _visit(said):
                pipe.xadd(KEYS.events, {"presence": event}, id=f"{said.at_ms + 1}-{next(numbers)}")
        if len(pipe) >= _PIPE:
            pipe.execute()
    pipe.execute()
    return expected


def _visit(said: Said) -> Iterator[bytes]:
    for state in ("online", "offline"):
        members = {"appkey": said.app, "user": said.user, "resource": "web", "state": state}
        yield json.dumps({**members, "timestamp": said.at_ms + 1}).encode()


def badges_of(client: Redis, expected: Expected) -> dict[tuple[str, str], int]:
    """Return the badge counters of all users of a backlog."""
    pipe = client.pipeline(transaction=False)
    for user in expected.badges:
        pipe.hget(KEYS.user(*user), "b")
    return {user: int(badge or 0) for user, badge in zip(expected.badges, pipe.execute(), strict=True)}


def waiting(client: Redis) -> int:
    """Return how much of the flood is not done, counted at one moment."""
    pipe = client.pipeline(transaction=True)
    pipe.xlen(KEYS.events)
    for app, notifier in CHANNELS.items():
        pipe.xlen(KEYS.siding(app))
        pipe.xlen(KEYS.outbox(app, notifier))
        for shelf in (KEYS.late_ready, KEYS.late_folding, KEYS.retry):
            pipe.zcard(shelf(app, notifier))
    return int(sum(pipe.execute()))


class Shown(NamedTuple):
    """A push as its vendor has it."""

    app: str
    token: str
    msg_id: str
    title: str
    body: str
    badge: int
    #: Seconds since 1970.
    at: float


def shown(entry: Mapping[str, Any]) -> Shown:
    """Return what a vendor's book says of one accepted push."""
    payload, app = entry["payload"], list(CHANNELS)[int(entry["token"][:2], 16) - 1]
    if entry["vendor"] == "apns":
        alert, badge, data = payload["aps"]["alert"], payload["aps"]["badge"], payload
    elif entry["vendor"] == "fcm":
        alert = payload["notification"]
        badge, data = payload["android"]["notification"]["notification_count"], payload["data"]
    else:
        alert, badge, data = payload["android"]["notification"], 0, json.loads(payload["data"])
    return Shown(app, entry["token"], data["m"], alert["title"], alert["body"], int(badge), entry["at"])


def many(push: Shown) -> int:
    """Return how many messages a push stands for, 0 when it shows one message itself."""
    found = _MANY.fullmatch(push.body)
    return int(found[1]) if found else 0


def now_ms() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000
