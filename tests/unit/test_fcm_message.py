from typing import Any

import pytest

from providers.fcm_message import FcmDefaults, FcmStyle, arguments
from providers.notification import Notification, PushType

NOW = 1_790_000_000.0
ID = "8b0f3f5e-0f0b-4a53-9a6b-3a9b0a1c2d3e"
DATA = {"t": "bob", "f": "alice", "m": "42", "e": {"em": 1}, "n": 7, "flag": True}
FLAT = {"t": "bob", "f": "alice", "m": "42", "e": '{"em":1}', "n": "7", "flag": "true"}


def build(style: FcmStyle = FcmStyle.BOTH, channel_id: str | None = None, **members: Any) -> dict[str, Any]:
    """Return the arguments for a notification with these members."""
    notification = Notification(token="device", id=ID, **({"title": "Alice", "body": "hello"} | members))
    return arguments(notification, notification.body, FcmDefaults(style, channel_id), NOW)


def android(**members: Any) -> dict[str, Any]:
    """Return the android part."""
    config: dict[str, Any] = build(**members)["android_config"]
    return config


@pytest.mark.parametrize(
    ("style", "texts", "data"),
    [
        (FcmStyle.NOTIFICATION, ("Alice", "hello"), {}),
        (FcmStyle.BOTH, ("Alice", "hello"), FLAT),
        (FcmStyle.DATA, (None, None), FLAT | {"title": "Alice", "alert": "hello"}),
    ],
)
def test_the_style_says_who_shows_it(
    style: FcmStyle, texts: tuple[str | None, str | None], data: dict[str, str]
) -> None:
    """The system gets the texts, the app the data, or the app both; data values are strings always."""
    built = build(style, data=DATA)
    assert (built["notification_title"], built["notification_body"]) == texts
    assert built["data_payload"] == data


@pytest.mark.parametrize("style", list(FcmStyle))
def test_a_background_push_shows_nothing(style: FcmStyle) -> None:
    """Whatever the style, a background push is data at normal priority."""
    built = build(style, data=DATA, push_type=PushType.BACKGROUND)
    assert built["notification_title"] is None
    assert built["data_payload"] == FLAT
    assert built["android_config"] == {"priority": "NORMAL"}


@pytest.mark.parametrize("key", ["from", "message_type", "google.x", "gcm.notification.title"])
def test_reserved_data_keys_are_left_out(key: str) -> None:
    """A key for which FCM would refuse the whole message costs only itself."""
    assert build(data={key: "x", "t": "bob"})["data_payload"] == {"t": "bob"}


@pytest.mark.parametrize(
    ("expires_in", "ttl"),
    [(3600, "3600s"), (0, "0s"), (-5, "0s"), (10**9, "2419200s")],
)
def test_the_time_to_live_stays_in_fcms_range(expires_in: int, ttl: str) -> None:
    """Expiry becomes seconds from now, never negative and at most four weeks."""
    assert android(expires_at=int(NOW) + expires_in)["ttl"] == ttl


def test_without_expiry_the_vendor_decides() -> None:
    """No expiry means no ttl member."""
    assert "ttl" not in android()


def test_a_repeat_replaces_what_is_shown() -> None:
    """The collapse id is the tag of the shown notification, and no collapse key: FCM rations those."""
    config = android(collapse_id="c1")
    assert config["notification"]["tag"] == "c1"
    assert "collapse_key" not in config


@pytest.mark.parametrize("style", list(FcmStyle))
def test_a_sender_s_own_key_collapses_what_waits_at_fcm(style: FcmStyle) -> None:
    """Where the sender named a key, FCM keeps only the newest message of it for a device that is away."""
    assert build(style, collapse_id="c1", is_collapsible=True)["android_config"]["collapse_key"] == "c1"


@pytest.mark.parametrize(
    ("badge", "shown"),
    [(None, {}), (0, {}), (3, {"notification_count": 3}), (2**40, {"notification_count": 2**31 - 1})],
)
def test_the_badge_is_a_count_fcm_takes(badge: int | None, shown: dict[str, int]) -> None:
    """0 is left out, because it makes the launcher count up; large numbers fit 32 bits."""
    assert android(badge=badge).get("notification", {}) == shown


@pytest.mark.parametrize(
    ("members", "channel"),
    [
        ({}, "default"),
        ({"android": {"fcm_channel_id": "urgent"}}, "urgent"),
        ({"android": {"fcm_channel_id": ""}}, "default"),
        ({"android": {"fcm_channel_id": 5}}, "default"),
    ],
)
def test_a_messages_channel_wins(members: dict[str, Any], channel: str) -> None:
    """The message's fcm_channel_id wins over the channel's own; empty and odd values count as absent."""
    assert build(channel_id="default", **members)["android_config"]["notification"]["channel_id"] == channel


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"analytics_label": "spring_sale"}, {"analytics_label": "spring_sale"}),
        ({"analytics_label": "spring_sale", "key": "value"}, {"analytics_label": "spring_sale"}),
        ({"analytics_label": "not allowed"}, None),
        ({"key": "value"}, None),
        ("text", None),
        (None, None),
    ],
)
def test_only_options_fcm_knows_are_sent(options: object, sent: dict[str, str] | None) -> None:
    """An option FCM would refuse the message for is left out."""
    assert android(android={"fcm_options": options}).get("fcm_options") == sent
