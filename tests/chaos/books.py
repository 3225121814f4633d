"""The vendors' books: what each has accepted, and whether it is what was to be sent."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from tests.chaos.load import Push
from tests.integration.vendors import Vendors
from tests.loopback import ask

_PAGE = 5000
_MESSAGE = re.compile(rb"msg\d{8}")
#: How each vendor is told the number on the icon.
_BADGE = re.compile(rb'"(?:badge|notification_count|set_num)":(\d+)')


class _Line(msgspec.Struct):
    vendor: str
    token: str
    outcome: str
    vendor_id: str
    collapse_id: str | None
    payload: msgspec.Raw
    at: float


_DECODER = msgspec.json.Decoder(list[_Line])


class Sent(NamedTuple):
    """A push that a vendor accepted."""

    push: Push
    #: Seconds since 1970 when the vendor had the whole request.
    at: float
    #: What makes a repeat replace the first on the phone: the collapse id or tag, and APNs' own id.
    identity: tuple[str | None, str]
    badge: int


def accepted(books: Mapping[str, Vendors]) -> list[Sent]:
    """Return everything that the vendors accepted, each vendor's in order."""
    return [_sent(line) for vendors in books.values() for line in _lines(vendors) if line.outcome == "accepted"]


def _lines(vendors: Vendors) -> Iterator[_Line]:
    since = 0
    while True:
        query = {"since": since, "limit": _PAGE}
        answer = ask("GET", f"{vendors.ready['control']}/_sim/requests", params=query, timeout=60).raise_for_status()
        page = _DECODER.decode(answer.content)
        if not page:
            return
        yield from page
        since = int(answer.headers["x-next"])


def _sent(line: _Line) -> Sent:
    payload = bytes(line.payload)
    (message,) = set(_MESSAGE.findall(payload))
    own_id = line.vendor_id if line.vendor == "apns" else ""
    (badge,) = set(_BADGE.findall(payload))
    return Sent(Push(line.token, message.decode()), line.at, (line.collapse_id, own_id), int(badge))


@dataclass
class Account:
    """What was sent against what was to be sent."""

    expected: set[Push]
    sent: Iterable[Sent]
    #: Push -> how often it may have been sent again.
    allowed: Counter[Push] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Count."""
        self.times = Counter(sent.push for sent in self.sent)
        self.identities, self.badges = defaultdict[Push, set[object]](set), defaultdict[Push, set[int]](set)
        for sent in self.sent:
            self.identities[sent.push].add(sent.identity)
            self.badges[sent.push].add(sent.badge)

    @property
    def lost(self) -> set[Push]:
        """Pushes that no vendor has."""
        return self.expected - self.times.keys()

    @property
    def strange(self) -> set[Push]:
        """Pushes that nobody asked for."""
        return self.times.keys() - self.expected

    @property
    def duplicates(self) -> int:
        """How many were accepted beyond the first of each push."""
        return self.times.total() - len(self.times)

    @property
    def unexplained(self) -> dict[Push, int]:
        """Pushes that were accepted again more often than they may have been."""
        again = {push: times - 1 - self.allowed[push] for push, times in self.times.items()}
        return {push: excess for push, excess in again.items() if excess > 0}

    @property
    def shown_twice(self) -> set[Push]:
        """Pushes whose repeats would not replace the first, because they are named otherwise or count otherwise."""
        named = {push for push, identities in self.identities.items() if len(identities) > 1}
        return named | {push for push, badges in self.badges.items() if len(badges) > 1}
