"""The usual case, of nearly every push: nothing about message, receiver or app that a rule would have to look into.

All rules pass then, and say the same words whenever the few things are the same that their words depend on. So the
table is walked once for each such case. What is not surely usual is walked every time; a test holds both ways together.
"""

from collections.abc import Hashable

from policy.catch_up import CatchUpPolicy
from policy.decision import DeviceReason
from policy.devices import judge_devices
from policy.event import ChatType
from policy.extension import NO_HINTS
from policy.message import Message
from policy.receiver import RemindType
from policy.situation import Situation

_PUSHED = DeviceReason.PUSHED
_REMINDED_OF_ALL = frozenset({None, RemindType.ALL, RemindType.DEFAULT})
#: What is kept has a bound: a case for each number of devices.
_MOST_DEVICES = 16


def usual_case(situation: Situation) -> Hashable | None:
    """Return what the rules' words depend on in a usual case, and judge its devices; None for any other case."""
    if not (_is_usual_message(situation) and _is_usual_receiver(situation)):
        return None
    message, receiver, app = situation.message, situation.receiver, situation.app
    situation.devices = judge_devices(message, receiver, app, situation.now_ms)
    lit = [verdict for verdict in situation.devices if verdict.reason is _PUSHED]
    if len(lit) < len(situation.devices):
        return None
    return (message.event.chat_type, app.multi_device, situation.settings.type, len(lit))


def _is_usual_message(situation: Situation) -> bool:
    message, app = situation.message, situation.app
    return (
        message.extension is NO_HINTS
        and not message.is_command
        and situation.catch_up is CatchUpPolicy.PUSH
        and situation.age_ms <= app.max_age_s * 1000
        and _is_for_few_enough(message, app.group_limit)
    )


def _is_for_few_enough(message: Message, group_limit: int) -> bool:
    kind = message.event.chat_type
    return kind is ChatType.CHAT or (kind is ChatType.GROUP and message.receiver_count <= group_limit)


def _is_usual_receiver(situation: Situation) -> bool:
    receiver, settings, conversation = situation.receiver, situation.settings, situation.conversation
    return (
        not receiver.presence
        and not settings.ignore_interval
        and not settings.ignore_duration
        and settings.type in _REMINDED_OF_ALL
        and conversation.type is None
        and not conversation.ignore_duration
        and 0 < len(receiver.devices) <= _MOST_DEVICES
        and receiver.user.lower() != situation.message.sender
    )
