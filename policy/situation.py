"""Everything one decision is made from."""

from dataclasses import dataclass

from policy.app import AppPolicy
from policy.catch_up import CatchUpPolicy
from policy.decision import DeviceVerdict
from policy.message import Message
from policy.receiver import ConversationSetting, Receiver, Settings

_NO_SETTINGS, _NO_OVERRIDE = Settings(), ConversationSetting()


@dataclass(slots=True)
class Situation:
    """The inputs of the rules; ``devices`` is filled by the rule of that name."""

    message: Message
    receiver: Receiver
    app: AppPolicy
    now_ms: int
    devices: tuple[DeviceVerdict, ...] = ()

    @property
    def age_ms(self) -> int:
        """How long ago the IM server accepted the message; negative when its clock is ahead."""
        return self.now_ms - self.message.event.timestamp

    @property
    def catch_up(self) -> CatchUpPolicy:
        """What becomes of the message for its age. A call that waits behind others, or is one of many, is no call."""
        policy = self.app.catch_up.of(self.age_ms)
        is_kept_call = self.message.extension.call and policy is not CatchUpPolicy.DROP
        return CatchUpPolicy.PUSH if is_kept_call else policy

    @property
    def settings(self) -> Settings:
        """The receiver's settings; none while the app's advanced features are off."""
        return self.receiver.settings if self.app.advanced else _NO_SETTINGS

    @property
    def conversation(self) -> ConversationSetting:
        """The receiver's override for this conversation; none while the app's advanced features are off."""
        return self.receiver.conversation if self.app.advanced else _NO_OVERRIDE
