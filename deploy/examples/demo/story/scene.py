"""What can happen in a scene: somebody says something, or a phone goes online, offline, or is kicked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

EVERYONE = "*"


@dataclass(frozen=True, slots=True)
class Group:
    """A group or a chat room and its members. ``tells_sender``: the sender's other devices get the message too."""

    id: str
    members: tuple[str, ...]
    kind: str = "groupchat"
    tells_sender: bool = False

    def audience(self, sender: str) -> tuple[str, ...]:
        """Return who receives what this member says."""
        return tuple(user for user in self.members if self.tells_sender or user != sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message event, and what its author expects of it where it is not the ordinary thing."""

    sender: str
    to: tuple[str, ...]
    text: str
    group: Group | None = None
    #: Bodies that are not ``text``; ``text`` is then the word that stands for them on the lock screen.
    bodies: tuple[dict[str, Any], ...] = ()
    ext: dict[str, Any] = field(default_factory=dict)
    translations: dict[str, str] = field(default_factory=dict)
    #: Members of the event that are spelled in another way than usual; None leaves one out.
    spelled: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    age_hours: float = 0
    #: The event is delivered a second time after so many other entries; 0: only once.
    again_after: int = 0
    #: Reason by user, or for everyone.
    expect: dict[str, str] = field(default_factory=dict)
    #: Users who are mentioned, or everyone.
    called: tuple[str, ...] = ()
    #: (title, body) by user, or for everyone.
    shown: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Reason by device id, for devices that stay dark because of this message.
    dark: dict[str, str] = field(default_factory=dict)
    badge: int | None = None
    #: Whether offline receivers find it later: not for chat rooms and online-only messages.
    is_stored: bool = True


@dataclass(frozen=True, slots=True)
class Presence:
    """A connection changes: ``online``, ``offline`` or ``kicked``. ``device`` is None for a browser."""

    user: str
    state: str
    resource: str
    device: str | None = None


Event = Message | Presence


def say(sender: str, to: str, text: str, **more: Any) -> Message:
    """Say something to one user."""
    return Message(sender=sender, to=(to,), text=text, **more)


def post(group: Group, sender: str, text: str, **more: Any) -> Message:
    """Say something to a group."""
    return Message(sender=sender, to=group.audience(sender), text=text, group=group, **more)


def talk(pair: str, *lines: str) -> list[Event]:
    """Let two users speak in turns, the first one first."""
    first, second = pair.split()
    turns = cycle([(first, second), (second, first)])
    return [say(sender, to, line) for (sender, to), line in zip(turns, lines, strict=False)]


def discuss(group: Group, lines: Iterable[tuple[str, str]]) -> list[Event]:
    """Let members of a group speak, (who, what) after (who, what)."""
    return [post(group, sender, line) for sender, line in lines]


def online(user: str, device: str) -> Presence:
    """Let a phone or tablet of a user come online."""
    return Presence(user, "online", f"mobile_{device}", f"{device}_{user}")


def offline(user: str, device: str) -> Presence:
    """Let it go offline again."""
    return Presence(user, "offline", f"mobile_{device}", f"{device}_{user}")


def kicked(user: str, device: str) -> Presence:
    """Let another device of the same platform throw it out."""
    return Presence(user, "kicked", f"mobile_{device}", f"{device}_{user}")
