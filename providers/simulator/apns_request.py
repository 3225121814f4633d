"""APNs' rules for one request on its own: method, path, headers and body size.

https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from providers.simulator.apns_options import Options
from providers.simulator.exchange import Request

#: The documented push types, and the suffix that their topics carry after the bundle id.
PUSH_TYPES = {
    "alert": "",
    "background": "",
    "complication": ".complication",
    "controls": ".push-type.controls",
    "fileprovider": ".pushkit.fileprovider",
    "liveactivity": ".push-type.liveactivity",
    "location": ".location-query",
    "mdm": "",
    "pushtotalk": ".voip-ptt",
    "voip": ".voip",
    "widgets": ".push-type.widgets",
}
_PATH = re.compile(r"/3/device(?:/(?P<token>[^/?#]*))?", re.ASCII)
_HEX_PAIRS = re.compile(r"(?:[0-9a-fA-F]{2})+", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_PRIORITIES = {"1", "5", "10"}
_LONGEST_COLLAPSE_ID = 64
_LARGEST_BODY, _LARGEST_VOIP_BODY = 4096, 5120


@dataclass(frozen=True)
class Push:
    """One request read as a push; nothing in it is known to be right."""

    request: Request
    options: Options

    @cached_property
    def headers(self) -> dict[str, str]:
        """The first value of every header."""
        return dict(reversed(self.request.headers))

    @cached_property
    def token(self) -> str | None:
        """The device token in the path: empty when left out, None when the path is another."""
        match = _PATH.fullmatch(self.request.path)
        return match and (match["token"] or "")

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The body as JSON; empty when it is no JSON object."""
        try:
            payload = json.loads(self.request.body)
        except (ValueError, RecursionError):
            return {}
        return payload if isinstance(payload, dict) else {}

    @property
    def is_addressed(self) -> bool:
        """Whether the path names a device token that can be one."""
        return bool(self.token) and device_token(self) is None

    @property
    def has_good_id(self) -> bool:
        """Whether ``apns-id`` is absent or a canonical UUID."""
        sent = self.headers.get("apns-id")
        if sent is not None and not self.options.require_lower_case_id:
            sent = sent.lower()
        return sent is None or _UUID.fullmatch(sent) is not None


def method(push: Push) -> str | None:
    """Only POST is allowed."""
    return None if push.request.method == "POST" else "MethodNotAllowed"


def path(push: Push) -> str | None:
    """The path is ``/3/device/<token>``."""
    if push.token is None:
        return "BadPath"
    return None if push.token else "MissingDeviceToken"


def device_token(push: Push) -> str | None:
    """The token is bytes in hexadecimal; their number is not fixed."""
    token = push.token or ""
    is_good = _HEX_PAIRS.fullmatch(token) and len(token) <= push.options.longest_token
    return None if is_good else "BadDeviceToken"


def duplicate_headers(push: Push) -> str | None:
    """No ``apns-`` header comes twice."""
    names = [name for name, _ in push.request.headers if name.startswith("apns-")]
    return None if len(names) == len(set(names)) else "DuplicateHeaders"


def message_id(push: Push) -> str | None:
    """``apns-id`` is a canonical UUID."""
    return None if push.has_good_id else "BadMessageId"


def expiration(push: Push) -> str | None:
    """``apns-expiration`` is seconds since 1970."""
    sent = push.headers.get("apns-expiration")
    return None if sent is None or _DIGITS.fullmatch(sent) else "BadExpirationDate"


def priority(push: Push) -> str | None:
    """``apns-priority`` is 1, 5 or 10, and not 10 for a background push."""
    sent = push.headers.get("apns-priority", "5")
    is_background = push.headers.get("apns-push-type") == "background"
    too_high = sent == "10" and is_background and push.options.refuse_background_priority_10
    return "BadPriority" if too_high or sent not in _PRIORITIES else None


def collapse_id(push: Push) -> str | None:
    """``apns-collapse-id`` has at most 64 bytes."""
    sent = push.headers.get("apns-collapse-id", "").encode("utf-8", "surrogateescape")
    return None if len(sent) <= _LONGEST_COLLAPSE_ID else "BadCollapseId"


def push_type(push: Push) -> str | None:
    """``apns-push-type`` is a documented one."""
    return None if push.headers.get("apns-push-type", "alert") in PUSH_TYPES else "InvalidPushType"


def topic_suffix(push: Push) -> str | None:
    """The topic ends as its push type asks."""
    topic, suffix = push.headers.get("apns-topic"), PUSH_TYPES[push.headers.get("apns-push-type", "alert")]
    if topic is None or not push.options.require_topic_suffix or topic.endswith(suffix):
        return None
    return "BadTopic"


def payload(push: Push) -> str | None:
    """The body is uncompressed JSON of at most 4096 bytes, 5120 for VoIP."""
    is_voip = push.headers.get("apns-push-type") == "voip"
    if len(push.request.body) > (_LARGEST_VOIP_BODY if is_voip else _LARGEST_BODY):
        return "PayloadTooLarge"
    is_readable = "content-encoding" not in push.headers and push.payload
    return None if is_readable else "PayloadEmpty"
