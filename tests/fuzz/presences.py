"""What users do elsewhere: presence of every state and read marks, and what a confused or hostile gateway would say."""

from random import Random
from typing import Any

from tests.fuzz.junk import junk
from tests.fuzz.words import BAD_NAMES, ODD_NAMES, regular
from tests.integration.configuration import APPKEY

STATES = ("online", "offline", "kicked")
_RESOURCES = ("web_1", "ios_1", "android_2", "hms_3")
_MONTH_S = 30 * 86_400
_LAST_MS = 99_999_999_999_999


def presence(chance: Random, now_ms: int) -> dict[str, Any]:
    """Return a legal event of one of the regulars."""
    event = {
        "appkey": APPKEY,
        "user": regular(chance),
        "resource": chance.choice(_RESOURCES),
        "state": chance.choice(STATES),
        "timestamp": now_ms - chance.randrange(5000),
    }
    if chance.random() < 0.5:
        event["device_id"] = chance.choice([*_RESOURCES, "", None, "线\n\u0000"])
    if chance.random() < 0.5:
        event["lease_s"] = chance.choice([1, 60, 400, _MONTH_S])
    return event


def odd_presence(chance: Random, now_ms: int) -> dict[str, Any]:
    """Return an event that is legal by its form and makes little sense: clocks, leases and devices that contradict."""
    return presence(chance, now_ms) | {
        "user": chance.choice([regular(chance), chance.choice(ODD_NAMES)]),
        "resource": chance.choice([*_RESOURCES, *ODD_NAMES]),
        "timestamp": chance.choice([0, 1, now_ms + _MONTH_S * 1000, _LAST_MS, now_ms]),
        "lease_s": chance.choice([1, _MONTH_S]),
        "device_id": chance.choice([None, "ios_1", "x" * 5000, "\u0000\n", "队"]),
        "unknown": {"x": chance.choice([None, 1, "y"])},
    }


def wrong_presence(chance: Random, now_ms: int) -> dict[str, Any]:
    """Return an event that no worker may apply."""
    name, values = chance.choice(_WRONG)
    return presence(chance, now_ms) | {name: values[chance.randrange(len(values))]}


def strange_presence(chance: Random, now_ms: int) -> dict[str, Any]:
    """Return an event with one member that holds anything."""
    event = presence(chance, now_ms)
    return event | {chance.choice([*event, "device_id", "lease_s"]): junk(chance)}


def read_mark(chance: Random, number: int) -> dict[str, Any]:
    """Return a legal read mark of one of the regulars: of a message, of a conversation, of everything."""
    what = chance.choice(
        [{"msg_id": f"m{number - 1}"}, {"conversation": "user:alice1"}, {"conversation": "group:9"}, {}]
    )
    return {"appkey": APPKEY, "user": regular(chance), **what}


def strange_read_mark(chance: Random, number: int) -> dict[str, Any]:
    """Return a read mark with one member that holds anything."""
    event = read_mark(chance, number)
    return event | {chance.choice([*event, "conversation", "msg_id"]): junk(chance)}


_WRONG: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("appkey", ("app", "org#", "#app", "org#a:b", "org#app\n", "", None, 7)),
    ("user", (*BAD_NAMES, None, 7, ["bob"])),
    ("resource", (*(name for name in BAD_NAMES if not name.lower().startswith("org#app_")), None)),
    ("state", ("away", "ONLINE", "", None, 1)),
    ("timestamp", (-1, _LAST_MS + 1, 1.5, "now", None, 2**64)),
    ("lease_s", (0, -1, _MONTH_S + 1, 1.5, "400", 2**64)),
    ("device_id", (7, ["ios_1"], {})),
)
