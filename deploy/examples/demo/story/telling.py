"""Tell a story: put its events on the clock and keep the author's books of badges, connections and expectations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from story.app import App
from story.clock import HOUR_MS
from story.scene import EVERYONE, Event, Message, Presence
from story.user import Device, User

Record = dict[str, Any]
_LEASE_S = 6 * 3600
_KICKED = "device_kicked"


@dataclass(slots=True)
class Telling:
    """One app's books while its story is told."""

    app: App
    users: dict[str, User]
    #: Resource to device id, by user, of those who are online.
    connected: dict[str, dict[str, str | None]] = field(default_factory=dict)
    kicked: set[str] = field(default_factory=set)
    badges: dict[str, int] = field(default_factory=dict)
    expected: list[Record] = field(default_factory=list)
    skipped: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with what the state records say."""
        for user in self.users.values():
            self.badges[user.id] = user.badge
            self.connected[user.id] = {entry.resource: entry.device for entry in user.presence if entry.hours > 0}
            self.kicked |= {device.id for device in user.bindings(self.app) if device.fate.reason == _KICKED}

    def tell(self, event: Event, msg_id: str, at_ms: int) -> Record:
        """Write down one event and what must come of it; return its stream entry."""
        if isinstance(event, Presence):
            return {"presence": self._connect(event, at_ms)}
        for user in event.to:
            self._expect(event, msg_id, self.users.get(user, User(user)))
        return {"message": self._wire(event, msg_id, at_ms)}

    def _connect(self, event: Presence, at_ms: int) -> Record:
        live, device = self.connected[event.user], event.device or event.resource
        if event.state == "online":
            live[event.resource] = event.device
            self.badges[event.user] = 0
            self.kicked.discard(device)
        else:
            live.pop(event.resource, None)
        if event.state == "kicked":
            self.kicked.add(device)
        return self._presence(event, at_ms)

    def _presence(self, event: Presence, at_ms: int) -> Record:
        named = {"device_id": event.device} if event.device else {}
        lease = {"lease_s": _LEASE_S} if event.state == "online" else {}
        entry = {"appkey": self.app.appkey, "user": event.user, "resource": event.resource, **named}
        return {**entry, "state": event.state, "timestamp": at_ms, **lease}

    def _expect(self, message: Message, msg_id: str, user: User) -> None:
        self.badges.setdefault(user.id, 0)
        self.badges[user.id] += self._is_counted(message, user)
        badge = self.badges[user.id] if message.badge is None else message.badge
        reason = self._reason(message, user)
        lit = list(self._lit(message, msg_id, user)) if reason == "pushed" else []
        if reason == "pushed" and not lit:
            reason = "all_devices_skipped"
        for device in lit:
            self.expected.append({"push": self._push(message, msg_id, user, device, badge)})
        self.expected.append({"decision": {"msg_id": msg_id, "user": user.id, "reason": reason, "badge": badge}})

    def _is_counted(self, message: Message, user: User) -> bool:
        """Badges count what is stored for a user who is away."""
        return message.is_stored and user.id != message.sender and not self.connected.get(user.id)

    def _reason(self, message: Message, user: User) -> str:
        """Return the author's expectation: for the whole message, then for the user, then what is usual."""
        if EVERYONE in message.expect:
            return message.expect[EVERYONE]
        if user.id == message.sender:
            return "self"
        if self.app.is_all_offline and self.connected.get(user.id):
            return "online"
        usual = user.usually if user.devices or user.usually != "pushed" else "no_binding"
        if usual == "not_mentioned" and {EVERYONE, user.id} & set(message.called):
            usual = "pushed"
        return message.expect.get(user.id, usual)

    def _lit(self, message: Message, msg_id: str, user: User) -> Iterator[Device]:
        for device in user.bindings(self.app):
            reason = self._device_reason(message, user, device)
            if reason == "pushed":
                yield device
            else:
                self.skipped.append({"msg_id": msg_id, "user": user.id, "device_id": device.id, "reason": reason})

    def _device_reason(self, message: Message, user: User, device: Device) -> str:
        live = self.connected[user.id]
        if device.id in live or device.id in live.values():
            return "device_online"
        if device.id in self.kicked:
            return _KICKED
        usual = "pushed" if device.fate.reason == _KICKED else device.fate.reason
        return message.dark.get(device.id, usual)

    def _push(self, message: Message, msg_id: str, user: User, device: Device, badge: int) -> Record:
        title, body, language = self._screen(message, user)
        who = {"msg_id": msg_id, "user": user.id, "device_id": device.id}
        seen = {"title": title, "body": body, "badge": badge, "language": language}
        return {"vendor": device.vendor, "token": device.token, **who, **seen, "outcome": device.outcome}

    def _screen(self, message: Message, user: User) -> tuple[str, str, str]:
        """Return title, body and language: written for this message, or what this user chose to see."""
        codes = {code.lower(): code for code in message.translations}
        code = codes.get(user.language.lower())
        text = message.translations[code] if code else message.text
        title, body = message.shown.get(user.id) or message.shown.get(EVERYONE) or self.app.views[user.view]
        words = {"text": text, "sender": self._nickname(message), "speaker": self._speaker(message)}
        return title.format(**words), body.format(**words), code or "original"

    def _nickname(self, message: Message) -> str:
        return self.users[message.sender].nickname or message.sender

    def _speaker(self, message: Message) -> str:
        if message.group:
            return f"{message.group.id}: "
        nickname = self.users[message.sender].nickname
        return f"{nickname}：" if nickname else f"{message.sender}: "

    def _wire(self, message: Message, msg_id: str, at_ms: int) -> Record:
        """Return the event in the shape of Easemob's push service."""
        group, alone = message.group, message.to[0]
        event = {
            "appkey": self.app.appkey,
            "msg_id": msg_id,
            "timestamp": at_ms - int(message.age_hours * HOUR_MS),
            "chat_type": group.kind if group else "chat",
            "from": message.sender,
            "to": list(message.to) if group else alone,
            "group_id": group.id if group else None,
            "payload": _payload(message, group.id if group else alone),
            **message.spelled,
        }
        return {name: value for name, value in event.items() if value is not None}


def _payload(message: Message, to: str) -> Record:
    bodies = list(message.bodies) or [{"type": "txt", "msg": message.text}]
    translations = [{"code": code, "text": text} for code, text in message.translations.items()]
    extras = {"ext": message.ext, "meta": {"translations": translations} if translations else {}}
    said = {name: value for name, value in extras.items() if value}
    return {"from": message.sender, "to": to, "bodies": bodies, **said, **message.payload}
