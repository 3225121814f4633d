"""Case records for tests, in the form of the design contract (plain JSON members).

The base record is pushed: alice writes to bob, who is offline, has one bound device and no settings. Every test
names only what is different in its own case.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from policy.case import Case
from policy.decision import Decision

#: 2026-09-21 22:13:20 in Asia/Shanghai (UTC+8).
NOW = 1_790_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
APNS, FCM, HUAWEI = "com.example.app", "1234567890", "104410638"
PHONE = {"device_id": "ios_1", "notifier": APNS, "token": "t-ios"}
TABLET = {"device_id": "android_2", "notifier": FCM, "token": "t-android"}

#: What a record is made of: changes to the members of one part each.
Sections = Mapping[str, Mapping[str, Any]]


def event_record(**members: Any) -> dict[str, Any]:
    """Return a message event: alice writes "Hello" to bob."""
    payload = {"from": "alice", "to": "bob", "bodies": [{"type": "txt", "msg": "Hello"}]}
    base = {"appkey": "org#app", "msg_id": "1", "timestamp": NOW, "chat_type": "chat", "from": "alice", "to": "bob"}
    return {**base, "payload": payload, **members}


def app_record(**members: Any) -> dict[str, Any]:
    """Return a console with one channel per vendor and the defaults of the contract."""
    providers = {APNS: "apns", FCM: "fcm", HUAWEI: "huawei"}
    channels = [{"notifier": notifier, "provider": provider} for notifier, provider in providers.items()]
    return {"appkey": "org#app", "channels": channels, **members}


def receiver_record(**members: Any) -> dict[str, Any]:
    """Return bob, offline, with one device."""
    return {"user": "bob", "devices": [PHONE], **members}


def online(resource: str = "", device_id: str | None = None, until: int = NOW + HOUR) -> dict[str, Any]:
    """Return a connection that is online at NOW."""
    return {"resource": resource, "device_id": device_id, "online_until": until}


def case_record(*sections: Sections) -> dict[str, Any]:
    """Return a case record, changed by sections.

    A section is one of case, event, payload, ext, app, receiver, settings and conversation; later ones win.
    """
    parts = _merged(sections)
    payload = {**event_record()["payload"], **parts.get("payload", {}), "ext": parts.get("ext", {})}
    receiver = {name: parts[name] for name in ("settings", "conversation") if name in parts}
    return {
        "at": NOW,
        "event": event_record(payload=payload, **parts.get("event", {})),
        "app": app_record(**parts.get("app", {})),
        "recipients": [receiver_record(**receiver, **parts.get("receiver", {}))],
        **parts.get("case", {}),
    }


def _merged(sections: tuple[Sections, ...]) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for section in sections:
        for part, members in section.items():
            merged.setdefault(part, {}).update(members)
    return merged


def decoded(record: Mapping[str, Any]) -> Case:
    """Return the case that the record's JSON text decodes to."""
    return msgspec.json.decode(msgspec.json.encode(record), type=Case)


def decided(*changes: Sections, **parts: Mapping[str, Any]) -> Decision:
    """Return the decision for the only receiver of ``case_record``."""
    (decision,) = decoded(case_record(*changes, parts)).decisions()
    return decision


def group(*receivers: str, **members: Any) -> dict[str, Any]:
    """Return the event members of a message to group 77."""
    return {"chat_type": "groupchat", "group_id": "77", "to": list(receivers or ("bob",)), **members}
