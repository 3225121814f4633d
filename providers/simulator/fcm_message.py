"""Reads an FCM request body: JSON, then the schema, then FCM's own rules; the first of these that fails answers.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from providers.simulator.exchange import Reply
from providers.simulator.fcm_errors import Violation, invalid, malformed
from providers.simulator.fcm_schema import SEND_REQUEST

Message = dict[str, Any]

TARGETS = ("fid", "token", "topic", "condition")
RESERVED_KEYS = frozenset({"from", "message_type"})
RESERVED_PREFIXES = ("google.", "gcm.notification.")
#: Four weeks, in seconds.
MAX_TTL = 2_419_200
#: Bytes of keys and values together.
MAX_PAYLOAD = 4096
MAX_TOPIC_PAYLOAD = 2048


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body said. ``message`` has canonical (snake_case) names; ``refusal`` is the answer if it broke a rule."""

    message: Message
    validate_only: bool = False
    refusal: Reply | None = None

    @property
    def token(self) -> str | None:
        """The one device named, by registration token or Firebase installation id."""
        named = self.message.get("token") or self.message.get("fid")
        return named if isinstance(named, str) else None

    @property
    def payload(self) -> Message:
        """The message without its device."""
        return {name: value for name, value in self.message.items() if name not in {"token", "fid"}}

    @property
    def collapse_id(self) -> str | None:
        """``android.collapse_key``, else the ``apns-collapse-id``."""
        keys = (_at(self.message, "android.collapse_key"), _at(self.message, "apns.headers.apns-collapse-id"))
        return next((key for key in keys if isinstance(key, str)), None)

    @property
    def replacement_id(self) -> str | None:
        """What a repeat replaces: the collapse id of a waiting message, else the tag of a shown notification."""
        tag = _at(self.message, "android.notification.tag")
        return self.collapse_id or (tag if isinstance(tag, str) else None)


def read(body: bytes) -> Reading:
    """Read a request body; whatever is wrong with it is in ``refusal``."""
    try:
        document = json.loads(body)
    except ValueError:
        return Reading({}, refusal=malformed([Violation("", "Invalid JSON payload received. Parser error.")]))
    faults: list[Violation] = []
    parsed = SEND_REQUEST(document, "", faults)
    if not isinstance(parsed, dict):
        return Reading({}, refusal=malformed(faults))
    return _judged(parsed, faults)


def _judged(parsed: dict[str, Any], faults: list[Violation]) -> Reading:
    message = parsed.get("message")
    message = message if isinstance(message, dict) else {}
    dry = parsed.get("validate_only") is True
    if faults:
        return Reading(message, dry, malformed(faults))
    broken = [violation for rule in RULES for violation in rule(message)]
    return Reading(message, dry, invalid(broken) if broken else None)


def _one_target(message: Message) -> Iterator[Violation]:
    named = [name for name in TARGETS if message.get(name)]
    if not named:
        yield Violation("message", "Recipient of the message is not set.")
    for name in named[1:]:
        text = f"Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '{name}'"
        yield Violation("message", text)


def _topic_name(message: Message) -> Iterator[Violation]:
    if str(message.get("topic", "")).startswith("/topics/"):
        yield Violation("message.topic", "Invalid topic name: it must not start with /topics/")


def _reserved_keys(message: Message) -> Iterator[Violation]:
    for path in ("data", "android.data", "webpush.data"):
        for key in _at(message, path) or {}:
            if key in RESERVED_KEYS or key.startswith(RESERVED_PREFIXES):
                yield Violation(f"message.{path}", f"Invalid data payload key: {key}")


def _time_to_live(message: Message) -> Iterator[Violation]:
    ttl = _at(message, "android.ttl")
    if ttl is not None and float(ttl.removesuffix("s")) > MAX_TTL:
        yield Violation("message.android.ttl", f"Invalid ttl: it must not exceed {MAX_TTL} seconds")


def _one_android(message: Message) -> Iterator[Violation]:
    if "android" in message and "android_v2" in message:
        yield Violation("message", "android and android_v2 exclude each other")


def _web_link(message: Message) -> Iterator[Violation]:
    link = _at(message, "webpush.fcm_options.link")
    if link is not None and not link.startswith("https://"):
        yield Violation("message.webpush.fcm_options.link", "Invalid link: it must be an https URL")


def _size(message: Message) -> Iterator[Violation]:
    limit = MAX_PAYLOAD if message.get("token") or message.get("fid") else MAX_TOPIC_PAYLOAD
    for platform in ("Android", "APNs", "Webpush"):
        if _bytes(_rendering(message, message.get(platform.lower(), {}))) > limit:
            yield Violation("message", f"{platform} message is too big")


Rule = Callable[[Message], Iterator[Violation]]
#: Every rule is asked, so that one answer names all violations.
RULES: tuple[Rule, ...] = (
    _one_target,
    _topic_name,
    _reserved_keys,
    _time_to_live,
    _one_android,
    _web_link,
    _size,
)


def _rendering(message: Message, platform: Message) -> list[Message]:
    """Return what one platform would carry: its own notification and data win over the common ones."""
    return [
        {**message.get("notification", {}), **platform.get("notification", {})},
        platform.get("data") or message.get("data", {}),
        platform.get("payload", {}),
    ]


def _bytes(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_bytes(key) + _bytes(member) for key, member in value.items())
    if isinstance(value, list):
        return sum(map(_bytes, value))
    # JSON can spell half a surrogate pair, which has no UTF-8.
    return len(value.encode(errors="surrogatepass")) if isinstance(value, str) else len(json.dumps(value))


def _at(message: Message, path: str) -> Any:
    value: Any = message
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
