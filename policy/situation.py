"""Everything one decision is made from."""

from policy.app import AppPolicy
from policy.catch_up import CatchUpPolicy
from policy.decision import DeviceVerdict
from policy.message import Message
from policy.receiver import ConversationSetting, Receiver, Settings

_NO_SETTINGS, _NO_OVERRIDE = Settings(), ConversationSetting()


class Situation:
    """The inputs of the rules, and what several of them ask for; ``devices`` is filled by the rule of that name.

    ``age_ms`` is how long ago the IM server accepted the message, negative when its clock is ahead. ``settings`` and
    ``conversation`` are the receiver's; none while the app's advanced features are off. ``catch_up`` is what becomes of
    the message for its age.
    """

    __slots__ = ("age_ms", "app", "catch_up", "conversation", "devices", "message", "now_ms", "receiver", "settings")

    def __init__(self, message: Message, receiver: Receiver, app: AppPolicy, now_ms: int) -> None:
        """Look once at what does not change while the rules are walked."""
        self.message, self.receiver, self.app, self.now_ms = message, receiver, app, now_ms
        self.age_ms = now_ms - message.event.timestamp
        is_advanced = app.advanced
        self.settings: Settings = receiver.settings if is_advanced else _NO_SETTINGS
        self.conversation: ConversationSetting = receiver.conversation if is_advanced else _NO_OVERRIDE
        self.catch_up = _catch_up(message, app, self.age_ms)
        self.devices: tuple[DeviceVerdict, ...] = ()


def _catch_up(message: Message, app: AppPolicy, age_ms: int) -> CatchUpPolicy:
    """Return the policy for a message of this age. A call that waits behind others, or is one of many, is no call."""
    policy = app.catch_up.of(age_ms)
    is_kept_call = message.extension.call and policy is not CatchUpPolicy.DROP
    return CatchUpPolicy.PUSH if is_kept_call else policy
