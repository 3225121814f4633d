"""What was decided for one receiver, with every reason: the decision record of the design contract."""

from enum import Enum
from functools import cached_property
from typing import Any

import msgspec

from policy.catch_up import CatchUpPolicy
from policy.receiver import Device
from policy.redacted import Redacted
from policy.texts import Fold


class Outcome(str, Enum):
    """Whether anything is sent."""

    PUSH = "push"
    SUPPRESS = "suppress"


class Reason(str, Enum):
    """Why, for the receiver as a whole. The list is closed: dashboards and captures rely on it."""

    PUSHED = "pushed"
    EXPIRED = "expired"
    IGNORED_BY_SENDER = "ignored_by_sender"
    CHAT_TYPE = "chat_type"
    SELF = "self"
    ONLINE = "online"
    DND_INTERVAL = "dnd_interval"
    DND_DURATION = "dnd_duration"
    DND_CONVERSATION = "dnd_conversation"
    REMIND_NONE = "remind_none"
    NOT_MENTIONED = "not_mentioned"
    NO_BINDING = "no_binding"
    ALL_DEVICES_SKIPPED = "all_devices_skipped"
    GROUP_TOO_LARGE = "group_too_large"
    ONLINE_ONLY = "online_only"
    COMMAND_MESSAGE = "command_message"


class DeviceReason(str, Enum):
    """Why, for one binding."""

    PUSHED = "pushed"
    DEVICE_ONLINE = "device_online"
    DEVICE_KICKED = "device_kicked"
    FILTERED = "filtered"
    NO_NOTIFIER = "no_notifier"
    NOTIFIER_DISABLED = "notifier_disabled"
    ILLEGAL_BINDING = "illegal_binding"


class VerdictKind(str, Enum):
    """What one rule said. FORCE: it would have suppressed, but the sender forced the notification."""

    PASS = "pass"  # noqa: S105 - not a password
    SUPPRESS = "suppress"
    FORCE = "force"
    NOT_REACHED = "not reached"


#: Easemob's own strings (https://doc.easemob.com/document/server-side/callback_offline_push.html); the product
#: has none for the reasons left out.
DETAILS: dict[Reason | DeviceReason, str] = {
    Reason.EXPIRED: "expire message",
    Reason.IGNORED_BY_SENDER: "message ignore push",
    Reason.DND_INTERVAL: "user ignore push",
    Reason.DND_DURATION: "user ignore push",
    Reason.DND_CONVERSATION: "user ignore push",
    Reason.REMIND_NONE: "user ignore push",
    Reason.NOT_MENTIONED: "user ignore push",
    Reason.NO_BINDING: "no push binding",
    DeviceReason.ILLEGAL_BINDING: "illegal binding",
    DeviceReason.FILTERED: "ignore push device id",
    DeviceReason.NO_NOTIFIER: "no notifier exist",
    DeviceReason.NOTIFIER_DISABLED: "notifier disabled",
}


_JSON = msgspec.json.Encoder()
_NO_DEVICE = b'{"device_id":""'


class Verdict(msgspec.Struct, frozen=True):
    """What one rule said, and because of what. ``reason`` is set when it suppresses."""

    kind: VerdictKind
    because: str
    reason: Reason | None = None


class TraceRow(msgspec.Struct, frozen=True):
    """One row of the decision record's ``trace``."""

    rule: str
    verdict: VerdictKind
    because: str = ""


class Trace(tuple[TraceRow, ...]):  # noqa: SLOT001 - what is cached needs a dictionary
    """What each rule said, in the table's order. One that many decisions have in common is encoded once."""

    @cached_property
    def encoded(self) -> bytes:
        """The end of a decision record in JSON, from the comma before its last member."""
        return b',"trace":%b}' % _JSON.encode(tuple(self))


class DeviceRow(msgspec.Struct, frozen=True):
    """One row of the decision record's ``devices``."""

    device_id: str
    notifier: str
    provider: str
    outcome: str
    reason: DeviceReason

    def rest(self) -> bytes:
        """Return the row as JSON from behind the device id: others have it in common."""
        return _JSON.encode(msgspec.structs.replace(self, device_id=""))[len(_NO_DEVICE) :]


class DeviceVerdict(msgspec.Struct, frozen=True):
    """What was decided for one binding. ``provider`` is "" when no channel of that name exists."""

    device: Device
    provider: str
    reason: DeviceReason

    @property
    def is_pushed(self) -> bool:
        """Whether this device's phone should light up."""
        return self.reason is DeviceReason.PUSHED

    def row(self) -> DeviceRow:
        """Return the device's row of the decision record."""
        outcome = "push" if self.is_pushed else "skip"
        return DeviceRow(self.device.device_id, self.device.notifier, self.provider, outcome, self.reason)


class Text(Redacted, msgspec.Struct, frozen=True):
    """What the lock screen shows. ``language`` is the translation's code, or ``original``."""

    title: str = ""
    body: str = ""
    language: str = "original"


class Record(Redacted, msgspec.Struct, frozen=True):
    """The decision record of the design contract without its last member, ``trace``."""

    msg_id: str
    appkey: str
    user: str
    at: int
    outcome: Outcome
    reason: Reason
    detail: str
    badge: int
    title: str
    body: str
    language: str
    devices: list[DeviceRow]


class Decision(msgspec.Struct, frozen=True):
    """The decision for one receiver of one message."""

    msg_id: str
    appkey: str
    user: str
    #: Milliseconds since 1970.
    at: int
    outcome: Outcome
    reason: Reason
    #: The number for the icon after this message.
    badge: int
    #: Whether this message adds to the receiver's offline messages.
    is_counted: bool
    text: Text
    devices: tuple[DeviceVerdict, ...]
    #: One row per row of ``rules.RULES``, in its order; those after the deciding one were not reached.
    trace: Trace
    #: How its pushes go out.
    catch_up: CatchUpPolicy = CatchUpPolicy.PUSH
    #: What it says together with others of its conversation, where late messages are folded.
    fold: Fold | None = None

    @property
    def detail(self) -> str:
        """Easemob's own word for the reason, or "" where the product has none."""
        if self.reason is Reason.PUSHED:
            return ""
        if self.reason is Reason.ALL_DEVICES_SKIPPED:
            return next((DETAILS[verdict.reason] for verdict in self.devices if verdict.reason in DETAILS), "")
        return DETAILS.get(self.reason, "")

    def record(self) -> dict[str, Any]:
        """Return the decision record of the design contract, of JSON's own types."""
        record = self._record(self.user, self.badge, [verdict.row() for verdict in self.devices])
        found: dict[str, Any] = msgspec.to_builtins(record) | {"trace": msgspec.to_builtins(list(self.trace))}
        return found

    def frame(self) -> bytes:
        """Return the decision record as JSON without what is the receiver's own, and without ``trace``, its end.

        The receiver's own replaces ``"user":""``, ``"badge":0`` and ``"devices":[]``, in that order. No text can be
        taken for one of them: its quotes are escaped.
        """
        return _JSON.encode(self._record("", 0, []))[:-1]

    def _record(self, user: str, badge: int, devices: list[DeviceRow]) -> Record:
        text = self.text
        return Record(
            self.msg_id,
            self.appkey,
            user,
            self.at,
            self.outcome,
            self.reason,
            self.detail,
            badge,
            text.title,
            text.body,
            text.language,
            devices,
        )
