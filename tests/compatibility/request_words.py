"""What random requests are made of."""

from collections.abc import Sequence
from typing import Any

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "get", "FOO")
#: What stands where the description has a name.
NAMES = (
    *[
        "bob",
        "bob",
        "alice",
        "Bob%20B",
        "群组",
        "%2F",
        "..",
        "a/b",
        "%00",
        "%ff",
        "%",
        "user",
        "chatgroup",
        "org#app_bob",
        "7",
        "0",
        "-1",
        "2026-11-25",
        "2026-02-30",
    ],
    "x" * 300,
)
KNOWN = {
    "org": (*["org"] * 9, "ORG", "nowhere", ""),
    "app": (*["app"] * 9, "plain", "%61pp", "x%20y"),
}
QUERIES = (
    *[""] * 3,
    *[
        "?resource=web_1",
        "?user=a,b&group=1,2",
        "?limit=10",
        "?limit=0",
        "?limit=9e9&cursor=%00",
        "?cursor=zzz",
        "?platform=ALL",
    ],
    *["?platform=%F0%9F%99%82", "?a=b&a=c&&=&%%%", "?user=%ff&group"],
    f"?user={','.join('u' * 30)}&group=",
)
_JSON = "application/json"
TYPES = (
    *[_JSON] * 6,
    *["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"],
    f"{_JSON}; charset=utf-16",
)
#: Members that the API knows, so that a body gets past its first look.
MEMBERS = [
    "type",
    "ignoreDuration",
    "ignoreInterval",
    "translationLanguage",
    "device_id",
    "device_token",
    "notifier_name",
    "nickname",
    "entities",
    "notification_display_style",
    "notification_ignore_7",
    "notification_no_disturbing",
    "notification_no_disturbing_start",
    "notification_no_disturbing_end",
    "name",
    "title_pattern",
    "content_pattern",
    "templateName",
    "username",
    "push_nickname",
    "grant_type",
    "client_id",
    "client_secret",
    "ttl",
    "usernames",
    "events",
    "appkey",
    "user",
    "resource",
    "state",
    "timestamp",
]
_WORDS = [
    "ALL",
    "AT",
    "NONE",
    "DEFAULT",
    "8:30-15:45",
    "0:0-0:0",
    "99:99",
    "en",
    "inherit",
    "client_credentials",
    "bob",
    "{$msg}",
    "online",
    "offline",
    "1",
]
_NUMBERS = (0, 1, -1, 604_800_000, 604_800_001, 2**63, 2**64, 1e308, 0.5, -0.0)
_OTHERS: Sequence[Any] = (True, False, None, "", "x" * 5000, "\u0000", "\ud800", "🙂", [], {}, [None], {"": ""})
VALUES: Sequence[Any] = (*_WORDS, *_NUMBERS, *_OTHERS)
