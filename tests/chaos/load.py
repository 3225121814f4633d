"""The load: users with their devices, the messages they get, and the pushes that must come of them."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from redis import Redis

from tests.chaos.keys import user_key
from tests.integration.configuration import APPKEY, NOTIFIERS

#: Which vendors the devices of each user belong to, in turn.
DEVICES = (("apns",), ("fcm",), ("huawei",), tuple(NOTIFIERS))
_GROUP_SIZE = 20
_SETTINGS = '{"style": 1}'


class Push(NamedTuple):
    """What one device must show once."""

    token: str
    msg_id: str


class Message(NamedTuple):
    """One event: to a user, or to several as members of a group."""

    msg_id: str
    receivers: tuple[int, ...]
    #: How long before it is added the IM server had it, in milliseconds.
    age_ms: int = 0

    def pushes(self) -> Iterator[Push]:
        """Yield what must come of it."""
        return (Push(token_of(user, vendor), self.msg_id) for user in self.receivers for vendor in vendors_of(user))

    def event(self, added_ms: int) -> bytes:
        """Return the event's JSON."""
        names = [name_of(user) for user in self.receivers]
        head = {"appkey": APPKEY, "msg_id": self.msg_id, "timestamp": added_ms - self.age_ms, "from": "alice"}
        address = {"chat_type": "chat", "to": names[0]} if len(names) == 1 else _GROUP | {"to": names}
        body: dict[str, Any] = {"payload": {"bodies": [{"type": "txt", "msg": "Hello"}]}}
        return json.dumps(head | address | body).encode()


_GROUP: dict[str, Any] = {"chat_type": "groupchat", "group_id": "77"}


def now_ms() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def name_of(user: int) -> str:
    """Return a user's id: found again wherever it is written."""
    return f"user{user:06}"


def vendors_of(user: int) -> tuple[str, ...]:
    """Return the vendors of a user's devices, one device each."""
    return DEVICES[user % len(DEVICES)]


def token_of(user: int, vendor: str) -> str:
    """Return a device token that is one for all three vendors: 64 hexadecimal digits."""
    return f"{list(NOTIFIERS).index(vendor) + 1:02x}{user:062x}"


def vendor_of(token: str) -> str:
    """Return the vendor that a token is of."""
    return list(NOTIFIERS)[int(token[:2]) - 1]


def bind(client: Redis, users: Iterable[int]) -> None:
    """Give the users their devices."""
    pipe = client.pipeline(transaction=False)
    for user in users:
        devices = [
            {"device_id": f"{vendor}_1", "notifier": NOTIFIERS[vendor], "token": token_of(user, vendor), "bound_at": 1}
            for vendor in vendors_of(user)
        ]
        pipe.hset(user_key(name_of(user)), mapping={"d": json.dumps(devices), "s": _SETTINGS})
    pipe.execute()


def chat(number: int, user: int) -> Message:
    """Return a message to one user."""
    return Message(f"msg{number:08}", (user,))


def messages(chance: Random, users: range, notifications: int) -> list[Message]:
    """Return messages of which that many notifications or a few more come; one in twenty is to a group."""
    written: list[Message] = []
    while notifications > 0:
        size = _GROUP_SIZE if chance.random() < 1 / _GROUP_SIZE else 1
        written.append(Message(f"msg{len(written):08}", tuple(chance.sample(users, size))))
        notifications -= sum(len(vendors_of(user)) for user in written[-1].receivers)
    return written


def redelivered(chance: Random, written: list[Message], share: float, within: int) -> list[Message]:
    """Return the messages with a share of them a second time: right behind, or up to ``within`` messages later."""
    rows = [(float(place), message) for place, message in enumerate(written)]
    again = chance.sample(rows, int(len(rows) * share))
    rows += [(place + chance.choice((0.5, chance.uniform(1, within))), message) for place, message in again]
    return [message for _, message in sorted(rows)]


def badges_of(written: Iterable[Message]) -> Counter[int]:
    """Return what each user's badge must come to."""
    return Counter(user for message in written for user in message.receivers)
