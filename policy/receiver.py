"""What is known of one receiver when a message arrives: connections, bindings, settings, badge."""

from enum import Enum

import msgspec

from policy.event import Milliseconds
from policy.redacted import Redacted


class RemindType(str, Enum):
    """Which messages remind a user. DEFAULT is valid for a conversation only: as the app says."""

    ALL = "ALL"
    AT = "AT"
    NONE = "NONE"
    DEFAULT = "DEFAULT"


class Presence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One connection: online until its lease ends (milliseconds since 1970); None: no end is known.

    ``seen_at`` is when it last said that it is online, also after it has gone.
    """

    resource: str = ""
    device_id: str | None = None
    online_until: Milliseconds | None = None
    seen_at: Milliseconds = 0

    def is_live(self, now_ms: int) -> bool:
        """Return whether the connection is online now."""
        return self.online_until is None or self.online_until > now_ms


class Device(Redacted, msgspec.Struct, frozen=True, omit_defaults=True):
    """One binding of a device to a channel. ``token`` None means it was not recorded; "" is an illegal binding."""

    device_id: str = ""
    notifier: str = ""
    token: str | None = None
    #: Milliseconds since 1970; 0 when unknown.
    bound_at: Milliseconds = 0
    kicked: bool = False


class Settings(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={"ignore_interval": "ignoreInterval", "ignore_duration": "ignoreDuration"},
):
    """The receiver's push settings at app level. ``ignore_duration`` is when it ends, milliseconds since 1970."""

    type: RemindType | None = None
    ignore_interval: str | None = None
    ignore_duration: Milliseconds | None = None
    language: str | None = None
    nickname: str | None = None
    #: 0: "you have a new message"; 1: sender and text. The product's clients send it as a number and as a string.
    style: int | str = 0
    template: str | None = None

    @property
    def shows_text(self) -> bool:
        """Whether the lock screen shows who wrote what (display style 1)."""
        return str(self.style) == "1"


class ConversationSetting(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={"ignore_interval": "ignoreInterval", "ignore_duration": "ignoreDuration"},
):
    """The receiver's override for one conversation. The interval is stored and echoed but has no effect."""

    type: RemindType | None = None
    ignore_interval: str | None = None
    ignore_duration: Milliseconds | None = None


_NOBODY: frozenset[str] = frozenset()


class Receiver(msgspec.Struct, frozen=True):
    """One receiver with everything a decision is made from."""

    user: str
    presence: list[Presence] = []
    devices: list[Device] = []
    settings: Settings = Settings()
    conversation: ConversationSetting = ConversationSetting()
    #: Offline messages before this one.
    badge: int = 0

    def online_names(self, now_ms: int) -> frozenset[str]:
        """Return the resources and device ids that are online now; an unnamed one is nobody's."""
        if not self.presence:
            return _NOBODY
        live = [entry for entry in self.presence if entry.is_live(now_ms)]
        return frozenset(name for entry in live for name in (entry.resource, entry.device_id) if name)

    def is_online(self, now_ms: int) -> bool:
        """Return whether any connection is online now."""
        return any(entry.is_live(now_ms) for entry in self.presence)
