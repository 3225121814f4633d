"""Everything one decision is made from."""

from dataclasses import dataclass

from policy.app import AppPolicy
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
    def settings(self) -> Settings:
        """The receiver's settings; none while the app's advanced features are off."""
        return self.receiver.settings if self.app.advanced else _NO_SETTINGS

    @property
    def conversation(self) -> ConversationSetting:
        """The receiver's override for this conversation; none while the app's advanced features are off."""
        return self.receiver.conversation if self.app.advanced else _NO_OVERRIDE
