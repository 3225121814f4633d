"""The rules, one function each, and the ordered table that says which reason wins.

A rule looks at a Situation and says PASS, FORCE (it would have suppressed, but the sender forced the notification) or
SUPPRESS. The first SUPPRESS decides. policy/README.md has the same table for people; a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass

from policy.app import ForceBeats, MultiDevice
from policy.catch_up import CatchUpPolicy
from policy.decision import Reason, Verdict, VerdictKind
from policy.devices import judge_devices
from policy.event import ChatType
from policy.quiet_hours import clock_text, minute_of_day, parse_interval
from policy.receiver import RemindType
from policy.situation import Situation

Judge = Callable[[Situation], Verdict]


def _passed(because: str) -> Verdict:
    return Verdict(VerdictKind.PASS, because)


def _suppressed(reason: Reason, because: str) -> Verdict:
    return Verdict(VerdictKind.SUPPRESS, because, reason)


def _suppressed_unless_forced(situation: Situation, reason: Reason, because: str) -> Verdict:
    """Suppress, unless the sender forced this notification and the app lets force beat this reason."""
    reminds = reason in {Reason.REMIND_NONE, Reason.NOT_MENTIONED}
    beats = situation.message.extension.force and (not reminds or situation.app.force_beats is ForceBeats.ALL)
    return Verdict(VerdictKind.FORCE, f"{because}; forced by the sender") if beats else _suppressed(reason, because)


def expired(situation: Situation) -> Verdict:
    """Suppress a message older than the app's limit (one day): the product calls it ``expire message``.

    And a late one, younger than that, where the app drops what is late.
    """
    age_ms, app, catch_up = situation.age_ms, situation.app, situation.catch_up
    age = f"{age_ms // 1000} s old"
    if age_ms > app.max_age_s * 1000:
        return _suppressed(Reason.EXPIRED, f"{age}, limit {app.max_age_s} s")
    if catch_up is CatchUpPolicy.PUSH:
        return _passed("young enough")
    because = f"{age}, late after {app.catch_up.after_s} s: catch_up {catch_up.value}"
    return _suppressed(Reason.EXPIRED, because) if catch_up is CatchUpPolicy.DROP else _passed(because)


def ignored_by_sender(situation: Situation) -> Verdict:
    """Suppress when the sender asked for silence: it wins over the sender's own force."""
    if situation.message.extension.ignore:
        return _suppressed(Reason.IGNORED_BY_SENDER, "em_ignore_notification")
    return _passed("not asked for")


def command_message(situation: Situation) -> Verdict:
    """Suppress cmd messages: they are for the app, not for a person."""
    if situation.message.is_command:
        return _suppressed(Reason.COMMAND_MESSAGE, "all bodies are cmd")
    return _passed("has something to show")


def online_only(situation: Situation) -> Verdict:
    """Suppress messages that are delivered to online devices only."""
    if situation.message.extension.online_only:
        return _suppressed(Reason.ONLINE_ONLY, "routetype ROUTE_ONLINE")
    return _passed("routed to everyone")


def chat_type(situation: Situation) -> Verdict:
    """Suppress chat rooms: the product has no offline push for them."""
    kind = situation.message.event.chat_type
    return _suppressed(Reason.CHAT_TYPE, "chat room") if kind is ChatType.ROOM else _passed(kind.value)


def group_too_large(situation: Situation) -> Verdict:
    """Suppress messages to groups above the app's limit (3000)."""
    count, limit = situation.message.receiver_count, situation.app.group_limit
    if situation.message.event.chat_type is ChatType.GROUP and count > limit:
        return _suppressed(Reason.GROUP_TOO_LARGE, f"{count} receivers, limit {limit}")
    return _passed("within the limit")


def own_message(situation: Situation) -> Verdict:
    """Suppress the sender's own message on the sender's other devices."""
    if situation.receiver.user.lower() == situation.message.sender:
        return _suppressed(Reason.SELF, "sender and receiver are the same user")
    return _passed("from somebody else")


def online(situation: Situation) -> Verdict:
    """Suppress under all-offline while any connection is online; under any-offline each device decides."""
    if situation.app.multi_device is MultiDevice.ANY_OFFLINE:
        return _passed("any-offline: each device decides")
    live = sorted(
        entry.resource or entry.device_id or "?"
        for entry in situation.receiver.presence
        if entry.is_live(situation.now_ms)
    )
    return _suppressed(Reason.ONLINE, f"online: {', '.join(live)}") if live else _passed("offline")


def dnd_interval(situation: Situation) -> Verdict:
    """Suppress inside the receiver's daily interval, read on the wall clock of the app's time zone."""
    interval = parse_interval(situation.settings.ignore_interval or "")
    if interval is None:
        return _passed("no interval")
    minute = minute_of_day(situation.now_ms, situation.app.zone)
    because = f"{interval} {situation.app.timezone}, now {clock_text(minute)}"
    if interval.covers(minute):
        return _suppressed_unless_forced(situation, Reason.DND_INTERVAL, because)
    return _passed(because)


def dnd_duration(situation: Situation) -> Verdict:
    """Suppress until the receiver's one-shot do-not-disturb ends."""
    return _until(situation, situation.settings.ignore_duration, Reason.DND_DURATION)


def dnd_conversation(situation: Situation) -> Verdict:
    """Suppress until the one-shot do-not-disturb of this conversation ends."""
    return _until(situation, situation.conversation.ignore_duration, Reason.DND_CONVERSATION)


def _until(situation: Situation, ends_ms: int | None, reason: Reason) -> Verdict:
    if not ends_ms:
        return _passed("none running")
    left_s = (ends_ms - situation.now_ms) / 1000
    if left_s > 0:
        return _suppressed_unless_forced(situation, reason, f"ends in {left_s:.0f} s")
    return _passed(f"ended {-left_s:.0f} s ago")


def remind_type(situation: Situation) -> Verdict:
    """Suppress by the remind type: the conversation's, else the app's, else ALL."""
    level, kind = _effective_remind_type(situation)
    if kind is RemindType.NONE:
        return _suppressed_unless_forced(situation, Reason.REMIND_NONE, f"NONE at {level} level")
    if kind is RemindType.AT and not _is_mentioned(situation):
        return _suppressed_unless_forced(situation, Reason.NOT_MENTIONED, f"AT at {level} level, not mentioned")
    return _passed(f"{kind.value} at {level} level")


def _effective_remind_type(situation: Situation) -> tuple[str, RemindType]:
    for level, kind in (("conversation", situation.conversation.type), ("app", situation.settings.type)):
        if kind not in {None, RemindType.DEFAULT}:
            return level, kind or RemindType.ALL
    return "default", RemindType.ALL


def _is_mentioned(situation: Situation) -> bool:
    extension = situation.message.extension
    return extension.mentions_everyone or situation.receiver.user.lower() in extension.mentions


def bindings(situation: Situation) -> Verdict:
    """Suppress when no device is bound."""
    count = len(situation.receiver.devices)
    return _passed(f"{count} bound") if count else _suppressed(Reason.NO_BINDING, "no device is bound")


def devices(situation: Situation) -> Verdict:
    """Judge each binding; suppress when none may be lit."""
    situation.devices = judge_devices(situation.message, situation.receiver, situation.app, situation.now_ms)
    lit = sum(verdict.is_pushed for verdict in situation.devices)
    if lit:
        return _passed(f"{lit} of {len(situation.devices)} may be lit")
    return _suppressed(
        Reason.ALL_DEVICES_SKIPPED, ", ".join(sorted({verdict.reason.value for verdict in situation.devices}))
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: the name in traces, and the function."""

    name: str
    judge: Judge


#: The order is the order in which reasons win.
RULES: tuple[Rule, ...] = (
    Rule("expired", expired),
    Rule("ignored_by_sender", ignored_by_sender),
    Rule("command_message", command_message),
    Rule("online_only", online_only),
    Rule("chat_type", chat_type),
    Rule("group_too_large", group_too_large),
    Rule("self", own_message),
    Rule("online", online),
    Rule("dnd_interval", dnd_interval),
    Rule("dnd_duration", dnd_duration),
    Rule("dnd_conversation", dnd_conversation),
    Rule("remind_type", remind_type),
    Rule("bindings", bindings),
    Rule("devices", devices),
)
