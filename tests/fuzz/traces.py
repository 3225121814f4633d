"""What an entry that was not buried must have left behind, told without the product's own decoding."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from policy.identifiers import bare_user
from tests.fuzz.sample import Fields
from worker.store.keys import Keys

_OPEN = (b"planned", b"sending", b"retry")
_ID = re.compile(rb"(\d+)-(\d+)")
_DEFAULT_LEASE_S = 400
#: Python refuses to read longer numbers, and no trace depends on one.
_DIGITS = 100


@dataclass(frozen=True, slots=True)
class MessageTrace:
    """A message is decided when its ledger names every receiver."""

    verb: ClassVar[str] = "decided"
    key: str
    receivers: tuple[bytes, ...]

    def ask(self, pipe: Any) -> None:
        """Ask for the ledger."""
        pipe.hgetall(self.key)

    def fault(self, ledger: Mapping[bytes, bytes], _now_ms: int) -> str:
        """Return what is missing."""
        missing = sum(receiver not in ledger for receiver in self.receivers)
        return f"{missing} of {len(self.receivers)} receivers are not decided" if missing else ""

    @staticmethod
    def is_open(ledger: Mapping[bytes, bytes]) -> bool:
        """Return whether a push of the message has no final state yet."""
        return any(state.startswith(_OPEN) for name, state in ledger.items() if b"\n" in name)


@dataclass(frozen=True, slots=True)
class PresenceTrace:
    """A presence event is applied when its connection is known with it or a later one, as long as its lease runs."""

    verb: ClassVar[str] = "applied"
    key: str
    resource: str
    entry_id: bytes
    lease_end_ms: int

    def ask(self, pipe: Any) -> None:
        """Ask for the connections."""
        pipe.hget(self.key, "p")

    def fault(self, connections: bytes | None, now_ms: int) -> str:
        """Return what is missing."""
        ids = _ids(connections or b"[]", self.resource)
        is_known = any(order(each) >= order(self.entry_id) for each in ids)
        return "" if is_known or self.is_over(now_ms) else f"resource {self.resource!r} is not known"

    def is_over(self, now_ms: int) -> bool:
        """Return whether the lease is over, so that the event may be forgotten."""
        return self.lease_end_ms <= now_ms


@dataclass(frozen=True, slots=True)
class ReadTrace:
    """A read mark is noted when it is there."""

    verb: ClassVar[str] = "applied"
    key: str
    mark: str

    def ask(self, pipe: Any) -> None:
        """Ask for the mark."""
        pipe.hexists(self.key, self.mark)

    def fault(self, is_there: bool, _now_ms: int) -> str:
        """Return what is missing."""
        return "" if is_there else f"mark {self.mark!r} is not noted"


Trace = MessageTrace | PresenceTrace | ReadTrace


@dataclass(slots=True)
class Superseded:
    """Connections whose latest event may be forgotten: it took the place of those before it, and its lease is over."""

    _latest: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def note(self, trace: PresenceTrace, now_ms: int) -> None:
        """Remember an event that may be forgotten."""
        if trace.is_over(now_ms):
            before = self._latest.get((trace.key, trace.resource), b"")
            self._latest[trace.key, trace.resource] = max(before, trace.entry_id, key=order)

    def explains(self, trace: PresenceTrace) -> bool:
        """Return whether an event that left no trace was superseded by one that may be forgotten."""
        return order(self._latest.get((trace.key, trace.resource), b"")) > order(trace.entry_id)


def trace_of(entry_id: bytes, fields: Fields, keys: Keys) -> Trace | None:
    """Return what to look for; None: nothing that could have been read as an event is in this entry."""
    value = next(((name, value) for name, value in fields if name in _MAKERS), None)
    try:
        return _MAKERS[value[0]](entry_id, _parsed(value[1]), keys) if value else None
    except (ValueError, LookupError, TypeError):
        return None


def _parsed(value: bytes) -> Any:
    return json.loads(value.decode("utf-8", "replace"), strict=False, parse_int=_number)


def order(entry_id: bytes) -> tuple[int, int]:
    """Return a stream id as something that can be compared; what is none is before all."""
    found = _ID.fullmatch(entry_id)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _number(digits: str) -> int:
    return int(digits) if len(digits) < _DIGITS else 0


def _message(_: bytes, event: Any, keys: Keys) -> MessageTrace:
    named = [event["to"]] if isinstance(event["to"], str) else event["to"]
    receivers = {bare_user(user, event["appkey"]).encode() for user in named}
    return MessageTrace(keys.message(event["appkey"], event["msg_id"]), tuple(receivers))


def _presence(entry_id: bytes, event: Any, keys: Keys) -> PresenceTrace:
    key = keys.user(event["appkey"], bare_user(event["user"], event["appkey"]))
    at_ms = min(event["timestamp"], order(entry_id)[0])
    lease_ms = event.get("lease_s", _DEFAULT_LEASE_S) * 1000
    return PresenceTrace(key, event["resource"], entry_id, at_ms + lease_ms)


def _read(_: bytes, event: Any, keys: Keys) -> ReadTrace:
    key = keys.read_marks(event["appkey"], bare_user(event["user"], event["appkey"]))
    if of_message := event.get("msg_id"):
        return ReadTrace(key, f"m:{of_message}")
    conversation = event.get("conversation") or "*"
    kind, name = conversation.partition(":")[::2]
    return ReadTrace(key, f"user:{bare_user(name, event['appkey'])}" if kind == "user" else conversation)


_MAKERS: Mapping[bytes, Callable[[bytes, Any, Keys], Trace]] = {
    b"message": _message,
    b"presence": _presence,
    b"read": _read,
}


def _ids(connections: bytes, resource: str) -> list[bytes]:
    """Return the ids of the latest events of a resource, whatever else stands beside them."""
    try:
        items = json.loads(connections)
    except ValueError:
        return []
    records = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [str(record.get("id")).encode() for record in records if record.get("resource") == resource]
