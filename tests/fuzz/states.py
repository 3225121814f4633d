"""What other programs write about users: settings, devices, presence and badge as they should be, and as garbage."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from tests.fuzz.words import TEXT_CANARY, dead_tokens, token
from tests.integration.configuration import NOTIFIERS

_DEVICE_IDS = {"apns": "ios_1", "fcm": "android_2", "huawei": "hms_3"}
_INTERVALS = ("22:00-07:00", "8:30-15:45", "0:0-0:0", "7:9-7:9", "25:61-1:1", "x", "")
_TYPES = ("ALL", "AT", "NONE", "DEFAULT")
_LANGUAGES = ("en", "zh-Hans", "tlh", "")
#: How many users have tokens that are dead: few, as in life.
_DEAD = 0.02
_LATEST_MS = 99_999_999_999_999


def legal_state(chance: Random, number: int, now_ms: int) -> dict[str, bytes]:
    """Return the hash of a user; most of them can be pushed to."""
    vendors = chance.sample(list(NOTIFIERS), chance.choice([1, 1, 2]))
    own = chance.choice(dead_tokens()) if chance.random() < _DEAD else token(number)
    state = {"d": _json([_device(vendor, own) for vendor in vendors]), "s": _json(_settings(chance, now_ms))}
    if chance.random() < 0.3:
        state["b"] = str(chance.choice([0, 1, 98, 99, 100, 2**31 - 2])).encode()
    if chance.random() < 0.2:
        state["p"] = _json([{"resource": "web_1", "online_until": now_ms + chance.choice([-1000, 600_000])}])
    if chance.random() < 0.2:
        state[f"c:user:alice{chance.randrange(50)}"] = _json({"type": chance.choice(_TYPES)})
    return state


def hostile_state(chance: Random, number: int) -> dict[str, bytes]:
    """Return the hash of a user with a device, one to three of whose fields hold garbage."""
    state = {"d": _json([_device("apns", token(number))])}
    for name in chance.sample(list(GARBAGE), chance.randrange(1, 4)):
        values = GARBAGE[name]
        state[name] = values[chance.randrange(len(values))]
    return state


def _device(vendor: str, its_token: str = token(0)) -> dict[str, Any]:
    return {"device_id": _DEVICE_IDS[vendor], "notifier": NOTIFIERS[vendor], "token": its_token, "bound_at": 1}


def _settings(chance: Random, now_ms: int) -> dict[str, Any]:
    settings: dict[str, Any] = {"style": chance.choice([0, 1, "0", "1"]), "nickname": f"{TEXT_CANARY} Bob"}
    if chance.random() < 0.3:
        settings["type"] = chance.choice(_TYPES)
    if chance.random() < 0.2:
        settings["ignoreInterval"] = chance.choice(_INTERVALS)
    if chance.random() < 0.2:
        settings["ignoreDuration"] = chance.choice([0, now_ms - 1, now_ms + 600_000, _LATEST_MS])
    if chance.random() < 0.3:
        settings |= {"language": chance.choice(_LANGUAGES), "template": chance.choice(["default", "odd", "gone"])}
    return settings


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _devices(*changes: Mapping[str, Any]) -> tuple[bytes, ...]:
    return tuple(_json([{**_device("apns"), **change}]) for change in changes)


_NOT_JSON = (
    b"",
    b"\xff\xfe",
    b"{",
    b"[",
    b"NaN",
    b"nil",
    b"null",
    b"7",
    b'"x"',
    b"true",
    b"[" * 2000,
    b"\x00",
    b"\xed\xa0\x80",
)
_ANY = (*_NOT_JSON, b"[]", b"{}", b"[1]", b"[null]", b'["x"]', b"[[]]", b"[{}]", b'{"a":1}', b"[1e999]")
_SETTINGS = (
    *_ANY,
    b'{"type":"LOUD"}',
    b'{"type":"%s"}' % TEXT_CANARY.encode(),
    b'{"type":7}',
    b'{"style":{}}',
    b'{"style":null}',
    b'{"style":1e400}',
    b'{"ignoreInterval":7}',
    b'{"ignoreDuration":-1}',
    b'{"ignoreDuration":1e400}',
    b'{"ignoreDuration":"%s"}' % TEXT_CANARY.encode(),
    b'{"nickname":["%s"]}' % TEXT_CANARY.encode(),
    b'{"nickname":"\\ud800"}',
    b'{"language":7,"template":{}}',
    b'{"x":' + b"[" * 1100 + b"]" * 1100 + b"}",
)
#: Field of a user's hash -> what may stand there instead of what should.
GARBAGE: dict[str, tuple[bytes, ...]] = {
    "s": _SETTINGS,
    "c:user:alice": _SETTINGS,
    "d": (
        *_ANY,
        *_devices(
            {"device_id": 7},
            {"device_id": "a\nb:c#{p0}"},
            {"device_id": None},
            {"notifier": None},
            {"notifier": ""},
            {"token": None},
            {"token": ""},
            {"token": 7},
            {"token": f"{token(1)}/../\n\u0000 €"},
            {"token": token(1) * 30},
            {"token": token(1) * 2000},
            {"bound_at": -1},
            {"bound_at": "x"},
            {"bound_at": _LATEST_MS + 1},
            {"kicked": "yes"},
            {"kicked": None},
            {"unknown": {"x": [None]}},
        ),
        b'[{"device_id":"ios_1","x":1e999}]',
        b'[{"device_id":"ios_1","x":' + b"[" * 900 + b"]" * 900 + b"}]",
        _json([_device("apns")] * 50),
        _json([_device("apns"), 7, None, "x"]),
    ),
    "p": (
        *_ANY,
        b'[{"resource":7}]',
        b'[{"resource":"web_1","online_until":"soon"}]',
        b'[{"resource":"web_2","online_until":"soon"}]',
        b'[{"resource":"web_1","online_until":-1}]',
        b'[{"resource":"web_1","online_until":1e999}]',
        b'[{"resource":"web_2","online_until":1e999}]',
        b'[{"resource":"web_1","online_until":null}]',
        b'[{"resource":"web_1","gone_until":{}}]',
        b'[{"resource":"web_2","gone_until":{}}]',
        b'[{"resource":"web_1","id":7}]',
        b'[{"resource":"web_1","id":"x"}]',
        b'[{"resource":"web_1","id":""}]',
        b'[{"resource":"web_1","id":null}]',
        b'[{"resource":"web_1","id":"99999999999999-0"}]',
        b'[{"resource":"web_1","id":"99999999999999999999999-18446744073709551616"}]',
        b'[{"resource":"web_2","device_id":7}]',
        b'[{"resource":"web_2","x":' + b"[" * 900 + b"]" * 900 + b"}]",
        b'{"1":{"resource":"web_1"}}',
        _json([{"resource": f"r{index}"} for index in range(100)]),
    ),
    "b": (
        b"",
        b"x",
        b"-7",
        b"1.5",
        b"1e3",
        b" 7",
        b"+7",
        b"007",
        b"1_000",
        "٣".encode(),
        b"9223372036854775806",
        b"9223372036854775807",
        b"99999999999999999999",
        b"nan",
        b"\x00",
    ),
    "r": (*_ANY, b'{"1":2}', _json([{"device_id": "old", "reason": "Unregistered", "retired_at": 1}])),
}
#: What makes the user's key something else than a hash.
OTHER_TYPES = (("SET", "x"), ("RPUSH", "x"), ("SADD", "x"), ("ZADD", "1", "x"), ("XADD", "*", "message", "{}"))
