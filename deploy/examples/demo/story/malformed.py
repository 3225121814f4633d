"""Stream entries that no worker can read: each must end in the dead-letter stream with the place of its fault."""

from base64 import b64encode
from json import dumps
from typing import Any

from story.clock import BASE_MS

_SOUND: dict[str, Any] = {
    "appkey": "demo#chat",
    "msg_id": "1253170920500000001",
    "timestamp": BASE_MS - 60_000,
    "chat_type": "chat",
    "from": "lin",
    "to": "mei",
    "payload": {"from": "lin", "to": "mei", "bodies": [{"type": "txt", "msg": "这条消息坏掉了"}]},
}
_PRESENCE = {"appkey": "demo#chat", "user": "mei", "resource": "ios_1", "state": "away", "timestamp": BASE_MS - 60_000}


def _with(**members: Any) -> str:
    """Return the sound event with other members; None takes one out."""
    event = {name: value for name, value in {**_SOUND, **members}.items() if value is not None}
    return dumps(event, ensure_ascii=False, separators=(",", ":"))


def _entry(path: str, value: str, field: str = "message") -> dict[str, str]:
    return {"field": field, "value": value, "path": path}


MALFORMED: tuple[dict[str, str], ...] = (
    _entry("$", "你好，这不是 JSON"),
    _entry("$", _with()[:120]),
    _entry("$.timestamp", _with(timestamp="yesterday")),
    _entry("$.timestamp", _with(timestamp=-1)),
    _entry("$.to", _with(to=None)),
    _entry("$.to", _with(to=[])),
    _entry("$.chat_type", _with(chat_type="huddle")),
    _entry(
        "$", _with(chat_type="groupchat", to=["mei", "hao"], payload={"bodies": [{"type": "txt", "msg": "哪个群？"}]})
    ),
    _entry("$", _with(), field="massage"),
    _entry("$.state", dumps(_PRESENCE), field="presence"),
    {
        "field": "message",
        "value_base64": b64encode(_with().encode().replace(b'"lin"', b'"\xff\xfe"')).decode(),
        "path": "$",
    },
)
