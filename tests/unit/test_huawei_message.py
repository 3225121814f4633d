import json
from typing import Any

import pytest

from providers.huawei_message import HuaweiDefaults, v1_message, v3_message
from providers.notification import Notification, PushType

NOW = 1_790_000_000.0
ID = "8b0f3f5e-0f0b-4a53-9a6b-3a9b0a1c2d3e"
DATA = {"t": "bob", "e": {"em": 1}}


def notification(**members: Any) -> Notification:
    """Return a notification with these members."""
    return Notification(token="device", id=ID, **({"title": "Alice", "body": "hello"} | members))


def v1(defaults: HuaweiDefaults | None = None, **members: Any) -> dict[str, Any]:
    """Return the ``message`` of a v1 body."""
    message: dict[str, Any] = v1_message(notification(**members), "hello", defaults or HuaweiDefaults(), NOW)["message"]
    return message


def v3(defaults: HuaweiDefaults | None = None, **members: Any) -> dict[str, Any]:
    """Return a v3 body."""
    return v3_message(notification(**members), "hello", defaults or HuaweiDefaults(), NOW)


def test_the_least_v1_message() -> None:
    """A message holds the texts, what a tap does, and one token."""
    shown = {"title": "Alice", "body": "hello", "click_action": {"type": 3}}
    assert v1() == {"android": {"notification": shown}, "token": ["device"]}


def test_a_full_v1_message() -> None:
    """Data is a JSON string of strings; badge, tag, sound and time to live have Huawei's names."""
    given = v1(
        HuaweiDefaults("com.example.Main", "IM"),
        data=DATA,
        badge=5,
        collapse_id="c1",
        sound="/raw/ring",
        expires_at=int(NOW) + 60,
    )
    assert json.loads(given["data"]) == {"t": "bob", "e": '{"em":1}'}
    assert given["android"] == {
        "category": "IM",
        "ttl": "60s",
        "notification": {
            "title": "Alice",
            "body": "hello",
            "click_action": {"type": 3},
            "tag": "c1",
            "sound": "/raw/ring",
            "default_sound": False,
            "badge": {"class": "com.example.Main", "set_num": 5},
        },
    }


def test_the_least_v3_message() -> None:
    """A message holds category, texts, what a tap does, the id that hides repeats, and one token."""
    shown = {
        "category": "IM",
        "title": "Alice",
        "body": "hello",
        "clickAction": {"actionType": 0},
        "appMessageId": ID,
    }
    assert v3() == {"payload": {"notification": shown}, "target": {"token": ["device"]}}


def test_a_full_v3_message() -> None:
    """Data goes to the opened app as an object; equal collapse ids give equal notify ids."""
    members: dict[str, Any] = {"data": DATA, "badge": 5, "collapse_id": "c1", "sound": "ring.mp3"}
    given = v3(HuaweiDefaults(category="WORK"), expires_at=int(NOW) + 60, **members)
    shown = given["payload"]["notification"]
    assert shown["category"] == "WORK"
    assert shown["clickAction"] == {"actionType": 0, "data": DATA}
    assert shown["badge"] == {"setNum": 5}
    assert shown["sound"] == "ring.mp3"
    assert given["pushOptions"] == {"ttl": 60}
    assert shown["notifyId"] == v3(**members)["payload"]["notification"]["notifyId"]
    assert 0 <= shown["notifyId"] <= 2_147_483_647
    assert shown["notifyId"] != v3(collapse_id="c2")["payload"]["notification"]["notifyId"]


@pytest.mark.parametrize(("badge", "shown"), [(0, 0), (99, 99), (100, 99), (-1, 0)])
def test_the_badge_stays_in_huaweis_range(badge: int, shown: int) -> None:
    """0 clears, and what is above 99 is shown as 99."""
    defaults = HuaweiDefaults("com.example.Main")
    assert v1(defaults, badge=badge)["android"]["notification"]["badge"]["set_num"] == shown
    assert v3(badge=badge)["payload"]["notification"]["badge"] == {"setNum": shown}


def test_without_its_class_there_is_no_badge() -> None:
    """v1 needs the activity's name: half a badge would count up by one."""
    assert "badge" not in v1(badge=5)["android"]["notification"]


@pytest.mark.parametrize(("left", "ttl"), [(60, 60), (0, 1), (-5, 1), (10**9, 1_296_000)])
def test_the_time_to_live_stays_in_huaweis_range(left: int, ttl: int) -> None:
    """Expiry becomes seconds from now, at least one and at most fifteen days."""
    expires_at = int(NOW) + left
    assert v1(expires_at=expires_at)["android"]["ttl"] == f"{ttl}s"
    assert v3(expires_at=expires_at)["pushOptions"]["ttl"] == ttl


def test_a_background_push_shows_nothing() -> None:
    """It is a data message under v1 and a background message under v3."""
    background: dict[str, Any] = {"push_type": PushType.BACKGROUND, "data": DATA}
    assert v1(**background) == {"data": '{"t":"bob","e":"{\\"em\\":1}"}', "token": ["device"]}
    assert v3(**background) == {"payload": {"extraData": '{"t":"bob","e":{"em":1}}'}, "target": {"token": ["device"]}}


def test_the_messages_own_members_win() -> None:
    """em_android_push_ext's Huawei members override the channel's."""
    android = {
        "huawei_category": "VOIP",
        "huawei_receipt_id": "RCP1",
        "huawei_click_action": "com.example.OPEN",
        "huawei_channel_id": "urgent",
        "huawei_target_user_type": 1,
    }
    first = v1(HuaweiDefaults(category="IM"), android=android)["android"]
    assert (first["category"], first["receipt_id"], first["target_user_type"]) == ("VOIP", "RCP1", 1)
    assert first["notification"]["click_action"] == {"type": 1, "action": "com.example.OPEN"}
    assert first["notification"]["channel_id"] == "urgent"
    third = v3(HuaweiDefaults(category="IM"), android=android)
    assert third["payload"]["notification"]["category"] == "VOIP"
    assert third["payload"]["notification"]["clickAction"] == {"actionType": 1, "action": "com.example.OPEN"}
    assert third["pushOptions"] == {"receiptId": "RCP1", "testMessage": True}


def test_empty_and_odd_members_count_as_absent() -> None:
    """Easemob's own sample sends empty strings; they leave the channel's values in force."""
    android = {
        "huawei_category": "",
        "huawei_receipt_id": 5,
        "huawei_click_action": None,
        "huawei_channel_id": [],
        "huawei_target_user_type": [1],
    }
    assert v1(HuaweiDefaults(category="IM"), android=android) == v1(HuaweiDefaults(category="IM"))
    assert v3(HuaweiDefaults(category="IM"), android=android) == v3(HuaweiDefaults(category="IM"))


@pytest.mark.parametrize("sound", ["default", "ring.caf"])
def test_another_vendors_sound_is_left_out(sound: str) -> None:
    """A file the phone does not have would make it silent."""
    assert v1(sound=sound) == v1()
    assert v3(sound=sound) == v3()
