"""The vocabulary of the contract suite: what a vendor does, and what every adapter must make of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec

from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable

#: Vendor pages: the reasons for rows that differ.
APPLE = "https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns"
GOOGLE = "https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode"
GOOGLE_SCALE = "https://firebase.google.com/docs/cloud-messaging/scale-fcm"
HUAWEI = "https://developer.huawei.com/consumer/cn/doc/HMSCore-References/https-send-api-0000001050986197"
HUAWEI_V3 = "https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-scenariozed-api-response"

#: One fault of the simulator's vocabulary, as ``POST /_sim/rules`` takes it.
Fault = Mapping[str, Any]
#: One ``{"do": …, "when"?: …, "times"?: …}``.
Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an adapter must return, and what the vendor must have seen.

    ``result`` is compared without ``vendor_id`` and ``detail``. ``seen`` counts the whole requests that reached the
    vendor for this device, ``taken`` the pushes that it accepted. ``page`` is why a row differs from the others.
    """

    result: Result
    seen: int = 1
    taken: int = 0
    page: str = ""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row: a vendor's behaviour, the outcome for every provider, and the rows that differ by vendor or channel.

    Args:
        name: the row's name, also its pytest id.
        faults: what the vendor does to requests that name the device; nothing is also a behaviour.
        outcome: for every provider that has no row of its own; None: only the providers named in ``but`` have it.
        but: vendor or channel name -> outcome; the channel's own row wins.
        deadline: seconds for the send.
        times: how often the fault strikes; None is always.
    """

    name: str
    faults: tuple[Fault, ...]
    outcome: Outcome | None
    but: Mapping[str, Outcome] = field(default_factory=lambda: MappingProxyType({}))
    deadline: float = 5.0
    times: int | None = None

    def __str__(self) -> str:
        """Return the name, for pytest's ids."""
        return self.name

    def expected(self, channel: str, vendor: str) -> Outcome | None:
        """Return what is expected of one channel; None when this row is not about it."""
        return self.but.get(channel) or self.but.get(vendor) or self.outcome

    def rules(self, token: str) -> tuple[Rule, ...]:
        """Return the script that lets the faults strike the pushes to one device."""
        limit = {} if self.times is None else {"times": self.times}
        return tuple({"when": {"token": token}, "do": fault, **limit} for fault in self.faults)


def taken(seen: int = 1) -> Outcome:
    """Return the outcome of a push that the vendor took and said so."""
    return Outcome(Accepted(), seen, 1)


def token(reason: str, since: int | None = None, seen: int = 1, page: str = "") -> Outcome:
    """Return the outcome of a dead token."""
    return Outcome(Rejected(reason, RejectionKind.TOKEN, since), seen, 0, page)


def message(reason: str, seen: int = 1, page: str = "") -> Outcome:
    """Return the outcome of a message that can never pass."""
    return Outcome(Rejected(reason, RejectionKind.MESSAGE), seen, 0, page)


def configuration(reason: str, seen: int = 1, page: str = "") -> Outcome:
    """Return the outcome of a channel that a person has to mend."""
    return Outcome(Rejected(reason, RejectionKind.CONFIGURATION), seen, 0, page)


def later(cause: str, after_s: float | None = None, *, maybe: bool = False, page: str = "") -> Outcome:
    """Return the outcome of an answer that asks for another try."""
    return Outcome(Retryable(cause, after_s, maybe), 1, 0, page)


def not_sent(seen: int = 1) -> Outcome:
    """Return the outcome of a push that provably was not processed; ``seen`` may count what was refused unread."""
    return Outcome(Retryable("not_sent"), seen)


def ambiguous(*, was_taken: bool) -> Outcome:
    """Return the outcome of a push whose answer never came."""
    return Outcome(Retryable("ambiguous", maybe_sent=True), 1, int(was_taken))


def bare(result: Result) -> Result:
    """Return a result without what is free to differ: the vendor's id, and the words for people."""
    match result:
        case Accepted():
            return Accepted()
        case Rejected():
            return result
        case Retryable():
            return msgspec.structs.replace(result, detail="")


def reply(status: int, body: object = "", **members: Any) -> tuple[Fault, ...]:
    """Return the faults of one scripted answer; ``members`` are the simulator's, such as ``retry_after_s``."""
    return ({"action": "reply", "status": status, "body": body, **members},)


def cells(behaviours: Iterable[Behaviour], channels: Mapping[str, str]) -> list[tuple[Behaviour, str]]:
    """Return every cell of table x channels that a row is about; ``channels`` maps names to vendors."""
    return [(row, name) for row in behaviours for name, vendor in channels.items() if row.expected(name, vendor)]
