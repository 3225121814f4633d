"""The hints that do not decide but travel with the notification: custom data, sound, category and the like."""

from typing import Any

import pytest

from policy.extension import Extension
from tests.factories import case_record, decoded


def _read(ext: dict[str, Any]) -> Extension:
    return decoded(case_record({"ext": ext})).message().extension


@pytest.mark.parametrize(
    ("ext", "custom"),
    [
        ({}, None),
        ({"em_push_ext": {"custom": {"a": 1}}}, {"a": 1}),
        ({"em_push_ext": {"custom": "text"}}, "text"),
        ({"em_push_ext": {"custom": {"a": 1}}, "em_apns_ext": {"extern": "old"}}, {"a": 1}),
        ({"em_apns_ext": {"extern": "old", "em_push_sound": "ring.caf"}}, "old"),
        ({"em_apns_ext": {"em_push_sound": "ring.caf"}}, {"em_push_sound": "ring.caf"}),
        ({"em_apns_ext": {"em_push_title": "T", "em_push_content": "C", "k": "v"}}, {"k": "v"}),
        ({"em_apns_ext": {"em_push_name": "T", "em_push_channel_id": "c", "em_huawei_push_badge_class": "B"}}, None),
        ({"em_apns_ext": '{"k":"v"}'}, {"k": "v"}),
        ({"em_push_ext": {"title": "T"}}, None),
    ],
    ids=str,
)
def test_what_the_app_receives(ext: dict[str, Any], custom: Any) -> None:
    """The app gets em_push_ext.custom, else em_apns_ext.extern, else em_apns_ext without what steers the push."""
    assert _read(ext).custom == custom


@pytest.mark.parametrize(
    ("ext", "sound"),
    [
        ({"em_push_ext": {"sound": "a"}, "em_apns_ext": {"em_push_sound": "b"}}, "a"),
        ({"em_apns_ext": {"em_push_sound": "b"}, "em_android_push_ext": {"em_push_sound": "c"}}, "b"),
        ({"em_android_push_ext": {"em_push_sound": "c"}}, "c"),
        ({"em_push_ext": {"sound": 7}}, None),
        ({}, None),
    ],
    ids=str,
)
def test_the_sound(ext: dict[str, Any], sound: str | None) -> None:
    """The newest place that names a sound wins."""
    assert _read(ext).sound == sound


@pytest.mark.parametrize(
    ("ext", "field", "value"),
    [
        ({"em_apns_ext": {"em_push_category": "chat"}}, "category", "chat"),
        ({"em_apns_ext": {"em_push_collapse_key": "k"}}, "collapse_key", "k"),
        ({"em_apns_ext": {"em_push_mutable_content": True}}, "mutable_content", True),
        ({"em_apns_ext": {"em_push_content_available": 1}}, "content_available", True),
        ({"em_apns_ext": {"em_push_content_available": 0}}, "content_available", False),
        ({"em_apns_ext": {"em_push_ignore_sound": True}}, "silent", True),
        ({"em_push_ext": {"type": "call"}}, "call", True),
        ({"em_push_ext": {"type": "other"}}, "call", False),
        ({"em_android_push_ext": {"fcm_options": {"a": 1}}}, "android", {"fcm_options": {"a": 1}}),
        ({"em_android_push_ext": '{"huawei_category":"IM"}'}, "android", {"huawei_category": "IM"}),
        ({"em_android_push_ext": [1]}, "android", {}),
    ],
    ids=str,
)
def test_each_hint_arrives(ext: dict[str, Any], field: str, value: Any) -> None:
    """Each documented hint is read under its documented name."""
    assert getattr(_read(ext), field) == value


@pytest.mark.parametrize("field", [name for name in Extension.__struct_fields__ if name != "custom"])
def test_nothing_is_said_by_an_empty_ext(field: str) -> None:
    """Without hints every member has its default."""
    assert getattr(_read({}), field) == getattr(Extension(), field)
