"""The usual case, of nearly every push: nothing about message, receiver or app that a rule would have to look into.

All rules pass then, and say the same words whenever the few things are the same that their words depend on. So the
table is walked once for each such case. What is not surely usual is walked every time; a test holds both ways together.
"""

from policy.app import AppPolicy
from policy.catch_up import CatchUpPolicy
from policy.decision import DeviceReason, DeviceVerdict
from policy.event import ChatType
from policy.extension import NO_HINTS
from policy.message import Message
from policy.receiver import Device, Receiver, RemindType

_PUSHED = DeviceReason.PUSHED
_REMINDED_OF_ALL = frozenset({None, RemindType.ALL, RemindType.DEFAULT})
#: What is kept has a bound: a case for each number of devices.
_MOST_DEVICES = 16


def is_usual_message(message: Message, app: AppPolicy, now_ms: int) -> bool:
    """Whether nothing about the message needs a look, whoever receives it."""
    age_ms = now_ms - message.event.timestamp
    return (
        message.extension is NO_HINTS
        and not message.is_command
        and app.catch_up.of(age_ms) is CatchUpPolicy.PUSH
        and age_ms <= app.max_age_s * 1000
        and _is_for_few_enough(message, app.group_limit)
    )


def is_usual_receiver(receiver: Receiver, message: Message, app: AppPolicy) -> bool:
    """Whether nothing about the receiver needs a look, the devices apart."""
    return (
        not receiver.presence
        and receiver.user.lower() != message.sender
        and (not app.advanced or _has_usual_settings(receiver))
    )


def all_lit(devices: list[Device], app: AppPolicy) -> tuple[DeviceVerdict, ...]:
    """Return the verdicts of a usual receiver's devices if all may be lit; none if there are none, or too many."""
    lit = []
    for device in devices:
        channel = app.channel(device.notifier)
        if not channel or not channel.enabled or device.kicked or not device.notifier or device.token == "":
            return ()
        lit.append(DeviceVerdict(device, channel.provider, _PUSHED))
    return tuple(lit) if len(lit) <= _MOST_DEVICES else ()


def _has_usual_settings(receiver: Receiver) -> bool:
    settings, conversation = receiver.settings, receiver.conversation
    return (
        not settings.ignore_interval
        and not settings.ignore_duration
        and settings.type in _REMINDED_OF_ALL
        and conversation.type is None
        and not conversation.ignore_duration
    )


def _is_for_few_enough(message: Message, group_limit: int) -> bool:
    kind = message.event.chat_type
    return kind is ChatType.CHAT or (kind is ChatType.GROUP and message.receiver_count <= group_limit)
