"""The push hints of a message's ``ext``: as senders write them, and as nobody should.

Source: https://doc.easemob.com/document/server-side/push_extension.html
"""

import json
from random import Random
from typing import Any

from tests.fuzz.junk import junk, junk_name
from tests.fuzz.words import text
from tests.integration.configuration import APNS, FCM, HUAWEI

_NAMES = ("name", "title_args", "content_args")
#: The members that are looked for in each hint; () where the hint is a value by itself.
HINTS: dict[str, tuple[str, ...]] = {
    "em_at_list": (),
    "em_ignore_notification": (),
    "em_force_notification": (),
    "routetype": (),
    "deliverOnlineOnly": (),
    "em_push_filter": ("accept_device_id", "ignore_device_id", "accept_notifier_name", "ignore_notifier_name"),
    "em_push_template": (*_NAMES, "directed_template"),
    "em_push_ext": ("title", "content", "custom", "group_user_nickname", "type", "sound", "channel_id"),
    "em_apns_ext": (
        "em_push_title",
        "em_push_content",
        "em_push_name",
        "em_push_badge",
        "em_push_sound",
        "em_push_category",
        "em_push_mutable_content",
        "em_push_content_available",
        "em_push_collapse_key",
        "em_push_ignore_sound",
        "em_at_list",
        "extern",
    ),
    "em_android_push_ext": (
        "fcm_options",
        "fcm_channel_id",
        "em_push_sound",
        "huawei_category",
        "huawei_channel_id",
        "huawei_click_action",
        "huawei_receipt_id",
        "huawei_target_user_type",
    ),
    "em_harmony_push_ext": ("category", "click_action", "notify_id"),
}
#: What is almost right, by member.
_ODD: dict[str, tuple[Any, ...]] = {
    "em_push_collapse_key": (
        " ",
        " a",
        "a ",
        "a\tb",
        "a\r\nb: c",
        "\x7f",
        "\u00a0",
        "群",
        "x" * 64,
        "x" * 65,
        "a b",
        ":path",
    ),
    "em_push_badge": (-1, 0, 2**31 - 1, 2**31, "00", " 7 ", "٣", "1e3", 1.0, True, "99999999999"),
    "em_push_sound": ("../../ring", "/raw/", "ring.caf\u0000", "x" * 5000, "default"),
    "huawei_target_user_type": (1, "1", 2, True, 1.0),
    "fcm_options": ({"analytics_label": "x" * 51}, {"analytics_label": "ä"}, {"x": 1}, []),
}
_DEVICES = ("ios_1", "android_2", "hms_3")
#: Few in a message, so that most messages are pushed.
_AT_MOST = 3


def legal_hints(chance: Random) -> dict[str, Any]:
    """Return an ``ext`` that makes sense, with a member of the sender's own."""
    makers = chance.sample(list(_LEGAL), chance.randrange(_AT_MOST + 1))
    return {"weather": {"sun": True}, **{name: _LEGAL[name](chance) for name in makers}}


def hostile_hints(chance: Random) -> dict[str, Any]:
    """Return an ``ext`` whose hints hold what they should not."""
    names = chance.sample(list(HINTS), chance.randrange(1, _AT_MOST + 1))
    return {name: _hostile(chance, HINTS[name]) for name in names}


def _hostile(chance: Random, members: tuple[str, ...]) -> Any:
    if not members or chance.random() < 0.1:
        return junk(chance)
    value = {name: _hostile_member(chance, name) for name in chance.sample(members, chance.randrange(1, len(members)))}
    if chance.random() < 0.2:
        value[junk_name(chance)] = junk(chance)
    return json.dumps(value) if chance.random() < 0.2 else value


def _hostile_member(chance: Random, name: str) -> Any:
    if name == "directed_template" and chance.random() < 0.7:
        return {member: junk(chance) for member in ("target", *_NAMES)}
    if name in _ODD and chance.random() < 0.7:
        return chance.choice(_ODD[name])
    return text(chance) if chance.random() < 0.2 else junk(chance)


def _push(chance: Random) -> dict[str, Any]:
    custom = chance.choice([{"order": 7}, "x", 7, [1, {"a": None}], text(chance)])
    return {"title": text(chance), "content": text(chance), "custom": custom, "group_user_nickname": text(chance)}


def _apns(chance: Random) -> dict[str, Any]:
    return {
        "em_push_title": text(chance),
        "em_push_content": text(chance),
        "em_push_badge": chance.choice([0, 7, "12", 2**31 - 1]),
        "em_push_sound": chance.choice(["ring.caf", "/raw/ring.mp3"]),
        "em_push_mutable_content": chance.choice([True, 1, "true"]),
        "em_push_collapse_key": f"order-{chance.randrange(9)}",
        "extern": {"k": text(chance)},
    }


def _template(chance: Random) -> dict[str, Any]:
    directed = {"target": ["regular1"], "name": "detail", "content_args": [text(chance)]}
    name = chance.choice(["default", "detail", "odd", "gone"])
    return {"name": name, "title_args": ["{$fromNickname}", text(chance)], "directed_template": directed}


_LEGAL: dict[str, Any] = {
    "em_at_list": lambda chance: chance.choice(["ALL", "all", ["regular1", "regular2"], "regular1,regular2", []]),
    "em_ignore_notification": lambda chance: chance.choice([True, "YES", False, "NO", "false"]),
    "em_force_notification": lambda chance: chance.choice([True, "true", False]),
    "em_push_filter": lambda chance: {
        chance.choice(HINTS["em_push_filter"]): chance.choice([[*_DEVICES], [APNS, FCM]])
    },
    "em_push_template": _template,
    "em_push_ext": _push,
    "em_apns_ext": _apns,
    "em_android_push_ext": lambda chance: {
        "fcm_options": {"analytics_label": "a"},
        "fcm_channel_id": "chat",
        "huawei_category": chance.choice(["IM", HUAWEI]),
        "huawei_target_user_type": 1,
    },
}
