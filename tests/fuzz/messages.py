"""Messages as a good producer adds them: every chat type, every kind of body, every push hint."""

from random import Random
from typing import Any

from tests.fuzz.hints import legal_hints
from tests.fuzz.words import nobody, text
from tests.integration.configuration import APPKEY

#: Members of each kind of body, beside its type.
#: https://doc.easemob.com/document/server-side/message_single.html
BODIES: dict[str, dict[str, Any]] = {
    "txt": {},
    "img": {"filename": "a.png", "size": {"width": 480, "height": 640}, "url": "https://a/b", "secret": "s3"},
    "audio": {"filename": "a.amr", "length": 10, "url": "https://a/b", "secret": "s3"},
    "video": {"filename": "a.mp4", "length": 10, "thumb": "https://a/c", "thumb_secret": "s4", "file_length": 58},
    "file": {"filename": "a.zip", "file_length": 2**40, "url": "https://a/b"},
    "loc": {"addr": "西城区", "lat": 39.93, "lng": -0.0},
    "cmd": {"action": "refresh"},
    "custom": {"customEvent": "gift", "customExts": {"name": "flower"}},
    "combine": {"title": "chat history", "summary": "…", "combineLevel": 1},
    "unheard-of": {"x": [None, True, 1.5e-7]},
}
CHAT_TYPES = ("chat", "groupchat", "chatroom")
_ROUTES = ("ROUTE_ONLINE", "route_all", 1, 0)
_MINUTE_MS, _DAY_MS = 60_000, 86_400_000


def message(chance: Random, number: int, now_ms: int) -> dict[str, Any]:
    """Return a legal message, most often to nobody in particular."""
    kind = chance.choices(CHAT_TYPES, (6, 3, 1))[0]
    event: dict[str, Any] = {
        "appkey": APPKEY if chance.random() < 0.95 else "other#app",
        "msg_id": f"m{number}",
        "timestamp": _timestamp(chance, now_ms),
        "chat_type": kind,
        "from": f"alice{chance.randrange(50)}",
        "to": nobody(chance) if kind == "chat" else [nobody(chance) for _ in range(chance.randrange(1, 8))],
        "payload": _payload(chance),
    }
    if kind != "chat":
        _name_the_group(chance, event)
    if chance.random() < 0.05:
        chance.choice([event, event["payload"]])["routetype"] = chance.choice(_ROUTES)
    return event


def _timestamp(chance: Random, now_ms: int) -> int:
    """Return a time of the last minute, or one out of the ordinary."""
    if chance.random() < 0.9:
        return now_ms - chance.randrange(_MINUTE_MS)
    return chance.choice([0, 1, now_ms - 2 * _DAY_MS, now_ms + _DAY_MS, 99_999_999_999_999])


def _payload(chance: Random) -> dict[str, Any]:
    payload: dict[str, Any] = {"bodies": [_body(chance) for _ in range(chance.choice([1, 1, 1, 1, 1, 0, 2, 5]))]}
    if chance.random() < 0.4:
        payload["ext"] = legal_hints(chance)
    if chance.random() < 0.2:
        payload["meta"] = {"translations": [{"code": code, "text": text(chance)} for code in ("en", "ZH-Hans", "")]}
    return payload


def _body(chance: Random) -> dict[str, Any]:
    kind = chance.choices(list(BODIES), (8, *[1] * (len(BODIES) - 1)))[0]
    says = kind == "txt" or chance.random() < 0.1
    return {"type": kind, **BODIES[kind], **({"msg": text(chance)} if says else {})}


def _name_the_group(chance: Random, event: dict[str, Any]) -> None:
    group = str(chance.randrange(100))
    if chance.random() < 0.7:
        event["group_id"] = group
    else:
        event["payload"]["to"] = group
