"""Whether a push that had to wait is still wanted: the world is looked at again before a late send."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from policy.app import MultiDevice
from policy.receiver import Presence


class Unwanted(str, Enum):
    """Why a late push is not sent any more; it ends as ``expired`` in the ledger. In the order in which they win."""

    TOO_OLD = "too_old"
    UNBOUND = "unbound"
    READ = "read"
    ONLINE = "online"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class LatePush:
    """A push that waited, and what has happened since. Times are milliseconds since 1970, 0 when there is none.

    ``event_ms`` is the message's time. Who came online after ``since_ms`` has seen it: that is when the push was
    decided, or the message's time if it was late by then. ``is_bound`` is false when the receiver has unbound the
    device meanwhile: somebody else may hold it now. ``read_ms`` is until when the receiver has read the conversation,
    ``latest_ms`` the time of the newest message whose push replaces this one.
    """

    device_id: str
    event_ms: int
    since_ms: int
    expires_ms: int
    multi_device: MultiDevice
    presence: Sequence[Presence] = field(default_factory=tuple)
    is_bound: bool = True
    read_ms: int = 0
    message_is_read: bool = False
    latest_ms: int = 0


def unwanted(push: LatePush, now_ms: int) -> Unwanted | None:
    """Return why the push must not be sent any more, or None."""
    checks = {
        Unwanted.TOO_OLD: is_too_old(push.expires_ms, now_ms),
        Unwanted.UNBOUND: not push.is_bound,
        Unwanted.READ: push.message_is_read or 0 < push.event_ms <= push.read_ms,
        Unwanted.ONLINE: any(_has_seen(entry, push, now_ms) for entry in _watched_of(push)),
        Unwanted.REPLACED: push.latest_ms > push.event_ms,
    }
    return next((why for why, holds in checks.items() if holds), None)


def is_too_old(expires_ms: int, now_ms: int) -> bool:
    """Return whether a push is worth nothing any more, late or not."""
    return expires_ms <= now_ms


def seen_ms(presence: Sequence[Presence], device_id: str, multi_device: MultiDevice) -> int:
    """Return when the receiver last came online: what was said before is known to them. Milliseconds since 1970."""
    return max((entry.seen_at for entry in _watched(presence, device_id, multi_device)), default=0)


def _watched_of(push: LatePush) -> Sequence[Presence]:
    return _watched(push.presence, push.device_id, push.multi_device)


def _watched(presence: Sequence[Presence], device_id: str, multi_device: MultiDevice) -> Sequence[Presence]:
    """Return the connections that count, as when it was decided: any under all-offline, else the device's own."""
    if multi_device is MultiDevice.ALL_OFFLINE:
        return presence
    # A device without a name is no connection's, as when it was decided.
    return [entry for entry in presence if device_id and device_id in {entry.resource, entry.device_id}]


def _has_seen(entry: Presence, push: LatePush, now_ms: int) -> bool:
    """Whether the connection is there, or came since then and went again: it was given the message."""
    return entry.is_live(now_ms) or entry.seen_at > push.since_ms
