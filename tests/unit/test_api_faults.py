"""What is said of a request that is wrong: where, and what it would have to be, and never what was sent."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from worker.api.channel_body import ChannelBody, Enabled
from worker.api.faults import place_of, words_of
from worker.api.language import Language
from worker.api.nicknames import PushNicknames
from worker.api.silent_mode import SilentMode
from worker.api.templates import NamedPatterns
from worker.api.user_body import UserBody
from worker.policy_patch import PolicyPatch

SENT = "hunter2" * 20
PLAIN = {"title_pattern": "", "content_pattern": ""}
#: Model, what is sent, and what is said of it.
FAULTS: dict[str, tuple[Any, Any, str, str]] = {
    "interval": (SilentMode, {"ignoreInterval": SENT}, "ignoreInterval", "must be such as 22:00-07:30, or empty"),
    "type": (SilentMode, {"type": SENT}, "type", "must be 'ALL', 'AT', 'NONE' or 'DEFAULT'"),
    "duration": (SilentMode, {"ignoreDuration": -1}, "ignoreDuration", "must be greater than or equal to 0"),
    "language": (
        Language,
        {"translationLanguage": SENT},
        "translationLanguage",
        "must be a code such as zh-Hans, or empty",
    ),
    "nothing": (Language, {}, "translationLanguage", "Field required"),
    "name": (NamedPatterns, PLAIN | {"name": "a b"}, "name", "must be letters and digits"),
    "length": (NamedPatterns, PLAIN | {"name": ""}, "name", "must have at least 1 character"),
    "line end": (UserBody, {"device_id": "a\nb"}, "device_id", "must have no control characters"),
    "group": (
        UserBody,
        {f"notification_ignore_{SENT}": 1},
        "body",
        "notification_ignore_<group id> must be true or false",
    ),
    "kind": (PushNicknames, {"username": SENT}, "body", "must be a valid list"),
    "unknown": (PolicyPatch, {"colour": SENT}, "colour", "is not known here"),
    "zone": (PolicyPatch, {"timezone": SENT}, "timezone", "must be an IANA time zone such as Asia/Shanghai"),
    "no vendor": (ChannelBody, {"key": SENT}, "provider", "Field required"),
    "vendor": (ChannelBody, {"provider": SENT}, "provider", "must be one of 'apns', 'fcm', 'huawei'"),
    "text": (Enabled, {"enabled": SENT}, "enabled", "must be a valid boolean"),
}


def fault_of(model: Any, sent: Any) -> dict[str, Any]:
    """Return the first fault, with where it is in the request."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(model).validate_python(sent)
    fault: Any = caught.value.errors()[0]
    return {**fault, "loc": ("body", *fault["loc"])}


@pytest.mark.parametrize(("model", "sent", "place", "words"), FAULTS.values(), ids=list(FAULTS))
def test_where_and_what(model: Any, sent: Any, place: str, words: str) -> None:
    """The place, the words, and nothing of the value."""
    fault = fault_of(model, sent)
    assert (place_of(fault), words_of(fault)) == (place, words)
    assert "hunter2" not in place_of(fault) + words_of(fault)


def test_a_name_without_end_is_cut() -> None:
    """A member that is not known may be called anything: whoever sent it needs to see how it begins."""
    place = place_of(fault_of(PolicyPatch, {"x" * 100_000: 1}))
    assert place.startswith("xxx")
    assert len(place) < 70
