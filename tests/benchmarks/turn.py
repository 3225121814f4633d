"""What is sent in one turn of one subject: which user gets which message, on which device, and so what must arrive.

Used by the peers in interpreters of their own, too: nothing but the standard library here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

VENDORS = ("apns", "fcm", "huawei")
SENDER, NICKNAME = "alice", "Alice"
TEXT = "Lunch at noon? 我在楼下等你，bring the papers for the meeting."
#: What the worker makes of it, and so what the peers send.
TITLE, BODY = "您有一条新消息", f"{NICKNAME}：{TEXT}"


class Push(NamedTuple):
    """What one device must show once."""

    token: str
    msg_id: str


@dataclass(frozen=True, slots=True)
class Turn:
    """``count`` notifications to ``users`` users of a vendor in turn, from ``first`` on, each in a message of its own.

    With a ``group`` each message is for so many users at once. ``number`` is nobody else's, and part of each message
    id. ``vendors`` take turns.
    """

    number: int
    count: int
    users: int
    vendors: tuple[str, ...]
    group: int = 0
    first: int = 0

    def messages(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each message's id and receivers."""
        step = max(1, self.group)
        for start in range(0, self.count, step):
            places = range(start, min(start + step, self.count))
            yield self.msg_id(start // step), [self.user(place) for place in places]

    def pushes(self) -> Iterator[Push]:
        """Yield what must arrive."""
        step = max(1, self.group)
        for place in range(self.count):
            yield Push(self.token(place), self.msg_id(place // step))

    def notifications(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield each notification's token and the members that the app reads, as the worker writes them."""
        for place, push in enumerate(self.pushes()):
            yield push.token, {"t": self.user(place), "f": SENDER, "m": push.msg_id}

    def msg_id(self, number: int) -> str:
        """Return the id of a message."""
        return message_id(self.number, number)

    def user(self, place: int) -> str:
        """Return who gets a notification."""
        return user_of(*self._device(place))

    def token(self, place: int) -> str:
        """Return the device that a notification is for."""
        return token_of(*self._device(place))

    def _device(self, place: int) -> tuple[str, int]:
        turn, vendor = divmod(place, len(self.vendors))
        return self.vendors[vendor], self.first + turn % self.users


def message_id(turn: int, number: int) -> str:
    """Return the id of a turn's message: found again wherever it is written."""
    return f"m{turn:05}x{number:07}"


def user_of(vendor: str, number: int) -> str:
    """Return the id of a user with one device of a vendor."""
    return f"{vendor}{number:07}"


def token_of(vendor: str, number: int) -> str:
    """Return that device's token, which is one for any vendor: 64 hexadecimal digits."""
    return f"{VENDORS.index(vendor) + 1:02x}{number:062x}"
