"""A user of the story: the devices, the settings, and what the author expects to happen to an ordinary message."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from story.app import App
from story.clock import hours
from story.tokens import token

_VENDORS = {
    "iphone": "apns",
    "ipad": "apns",
    "pixel": "fcm",
    "galaxy": "fcm",
    "mate": "huawei",
    "matepad": "huawei",
}
#: What a vendor says of a dead token.
DEAD = {"apns": "Unregistered", "fcm": "UNREGISTERED", "huawei": "80300007"}
_RETIRED_NOTIFIER = "com.example.retired"


class Fate(NamedTuple):
    """What becomes of a push to a device. ``reason`` is the closed list's word."""

    reason: str
    is_dead: bool = False


_FATES = {
    "": Fate("pushed"),
    "dead": Fate("pushed", is_dead=True),
    "kicked": Fate("device_kicked"),
    "retired": Fate("no_notifier"),
    "beta": Fate("notifier_disabled"),
    "tokenless": Fate("illegal_binding"),
}


@dataclass(frozen=True, slots=True)
class Device:
    """One binding. It is written ``iphone`` or ``iphone:kicked``: hardware, and what is wrong with it."""

    id: str
    vendor: str
    notifier: str
    token: str
    fate: Fate

    @classmethod
    def of(cls, word: str, app: App, user: str) -> "Device":
        """Read a device of a user."""
        hardware, _, flaw = word.partition(":")
        vendor = _VENDORS[hardware]
        special = {"retired": _RETIRED_NOTIFIER, "beta": app.disabled}
        value = "" if flaw == "tokenless" else token(vendor, f"{app.appkey}/{user}/{hardware}")
        return cls(f"{hardware}_{user}", vendor, special.get(flaw, app.notifiers[vendor]), value, _FATES[flaw])

    @property
    def outcome(self) -> str:
        """What the vendor answers: ``accepted`` or its code."""
        return DEAD[self.vendor] if self.fate.is_dead else "accepted"

    def record(self) -> dict[str, Any]:
        """Return the binding as the state record has it."""
        kicked = {"kicked": True} if self.fate.reason == "device_kicked" else {}
        return {"device_id": self.id, "notifier": self.notifier, "token": self.token, "bound_at": hours(-720), **kicked}


class Connection(NamedTuple):
    """A connection before the story begins; its lease ends so many hours after the base instant."""

    resource: str
    hours: float
    device: str | None = None

    def record(self) -> dict[str, Any]:
        """Return the connection as the state record has it."""
        named = {"device_id": self.device} if self.device else {}
        return {"resource": self.resource, **named, "online_until": hours(self.hours)}


@dataclass(frozen=True, slots=True)
class User:
    """One user. ``usually`` is the reason the author expects for a message that nothing special happens to."""

    id: str
    nickname: str = ""
    devices: str = ""
    usually: str = "pushed"
    view: str = "neutral"
    language: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    conversations: dict[str, dict[str, Any]] = field(default_factory=dict)
    presence: tuple[Connection, ...] = ()
    badge: int = 0

    def bindings(self, app: App) -> list[Device]:
        """Return the user's devices, in the order bound."""
        return [Device.of(word, app, self.id) for word in self.devices.split()]

    def record(self, app: App) -> dict[str, Any]:
        """Return the state record to load: everything this user has, nothing that was never set."""
        style = {"style": 1} if self.view == "detail" else {}
        named = {"nickname": self.nickname, "language": self.language}
        settings = {**{name: value for name, value in named.items() if value}, **style, **self.settings}
        members = {
            "presence": [connection.record() for connection in self.presence],
            "devices": [device.record() for device in self.bindings(app)],
            "settings": settings,
            "conversations": self.conversations,
            "badge": self.badge,
        }
        return {"appkey": app.appkey, "user": self.id, **{name: value for name, value in members.items() if value}}
