"""What a message's ``ext`` says about its own push, read once and defensively.

Senders spell these members in many ways: booleans as ``true``, ``"true"`` and ``"YES"``, objects as JSON strings,
``all`` in three cases and two places. Whatever cannot be understood is treated as not said: a message is never
lost over a push hint. Source: https://doc.easemob.com/document/server-side/push_extension.html
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from policy.event import MessageEvent
from policy.identifiers import bare_user
from policy.redacted import Redacted

_TRUE = frozenset({"true", "yes", "1"})
_DIGITS = re.compile(r"\s*\d{1,10}\s*", re.ASCII)
_ROUTE_ONLINE = frozenset({"route_online", "1"})
_EVERYONE = "all"
#: No phone shows a larger badge; what is larger is a mistake, not a number of messages.
_LARGEST_BADGE = 2**31 - 1
_INT64 = 2**63
#: Members of the old ``em_apns_ext`` that steer the push and are not handed to the app as ``e``.
_APNS_STEERING = frozenset(
    {"em_push_title", "em_push_content", "em_push_name", "em_push_channel_id", "em_huawei_push_badge_class"}
)


class PushFilter(msgspec.Struct, frozen=True):
    """``em_push_filter``: which bindings may be lit. An empty accept list accepts everything."""

    accept_device_id: frozenset[str] = frozenset()
    ignore_device_id: frozenset[str] = frozenset()
    accept_notifier_name: frozenset[str] = frozenset()
    ignore_notifier_name: frozenset[str] = frozenset()

    def refuses(self, device_id: str, notifier: str) -> str | None:
        """Return which list refuses this binding, or None."""
        checks = (
            ("accept_device_id", bool(self.accept_device_id) and device_id not in self.accept_device_id),
            ("ignore_device_id", device_id in self.ignore_device_id),
            ("accept_notifier_name", bool(self.accept_notifier_name) and notifier not in self.accept_notifier_name),
            ("ignore_notifier_name", notifier in self.ignore_notifier_name),
        )
        return next((name for name, refused in checks if refused), None)


class TemplateCall(Redacted, msgspec.Struct, frozen=True):
    """A use of a push template: its name, and the values that fill ``{0}``, ``{1}`` and so on."""

    name: str
    title_args: tuple[str, ...] = ()
    content_args: tuple[str, ...] = ()


class Extension(Redacted, msgspec.Struct, frozen=True):
    """The push hints of one message."""

    mentions: frozenset[str] = frozenset()
    mentions_everyone: bool = False
    ignore: bool = False
    force: bool = False
    online_only: bool = False
    filter: PushFilter | None = None
    title: str | None = None
    content: str | None = None
    group_user_nickname: str | None = None
    template: TemplateCall | None = None
    directed_template: TemplateCall | None = None
    directed_to: frozenset[str] = frozenset()
    badge: int | None = None
    sound: str | None = None
    silent: bool = False
    category: str | None = None
    mutable_content: bool = False
    content_available: bool = False
    collapse_key: str | None = None
    call: bool = False
    #: Handed to the app as ``e``; None when the message brings nothing.
    custom: Any = None
    #: ``em_android_push_ext`` as it came.
    android: dict[str, Any] = {}


#: Every member of ``ext`` that is read below.
_HINTS = frozenset(
    {
        "em_apns_ext",
        "em_push_ext",
        "em_push_template",
        "em_android_push_ext",
        "em_at_list",
        "em_ignore_notification",
        "em_force_notification",
        "em_push_filter",
        "routetype",
        "deliverOnlineOnly",
    }
)
NO_HINTS = Extension()


def read_extension(event: MessageEvent) -> Extension:
    """Read every push hint of a message."""
    ext = event.payload.ext or {}
    if _HINTS.isdisjoint(ext) and not _has_route(event):
        return NO_HINTS
    apns, push = _object(ext.get("em_apns_ext")), _object(ext.get("em_push_ext"))
    template, android = _object(ext.get("em_push_template")), _object(ext.get("em_android_push_ext"))
    directed = _object(template.get("directed_template"))
    named = [*_mentioned(ext.get("em_at_list")), *_mentioned(apns.get("em_at_list"))]
    return Extension(
        mentions=frozenset(bare_user(name, event.appkey) for name in named),
        mentions_everyone=any(name.lower() == _EVERYONE for name in named),
        ignore=_is_true(ext.get("em_ignore_notification")),
        force=_is_true(ext.get("em_force_notification")),
        online_only=_is_online_only(event, ext),
        filter=_filter(_object(ext.get("em_push_filter"))),
        title=_first_text(push.get("title"), apns.get("em_push_title"), apns.get("em_push_name")),
        content=_first_text(push.get("content"), apns.get("em_push_content")),
        group_user_nickname=_first_text(push.get("group_user_nickname")),
        template=_template(template),
        directed_template=_template(directed),
        directed_to=frozenset(_texts(directed.get("target"))),
        badge=_integer(apns.get("em_push_badge")),
        sound=_first_text(push.get("sound"), apns.get("em_push_sound"), android.get("em_push_sound")),
        silent=_is_true(apns.get("em_push_ignore_sound")),
        category=_first_text(apns.get("em_push_category")),
        mutable_content=_is_true(apns.get("em_push_mutable_content")),
        content_available=_is_true(apns.get("em_push_content_available")),
        collapse_key=_first_text(apns.get("em_push_collapse_key")),
        call=_first_text(push.get("type")) == "call",
        custom=_custom(push, apns),
        android=android,
    )


def _is_true(value: Any) -> bool:
    return value.strip().lower() in _TRUE if isinstance(value, str) else isinstance(value, int) and value == 1


def _object(value: Any) -> dict[str, Any]:
    """Return an object that came as itself or as a JSON string."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _parsed(value)
    return value if isinstance(value, dict) else {}


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _text(value: Any) -> str | None:
    """Return a text, also when it came as a number; None for what is neither, or too large to be meant."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and abs(value) < _INT64 else None


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else ()
    return tuple(text for item in items if (text := _text(item)) is not None)


def _arguments(value: Any) -> tuple[str, ...]:
    """Return a template's arguments. One that cannot be read is empty, and the others keep their places."""
    return tuple(_text(item) or "" for item in value) if isinstance(value, list) else ()


def _mentioned(value: Any) -> tuple[str, ...]:
    """Return the names of ``em_at_list``: a list, a JSON string of one, or names separated by commas."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _parsed(value)
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",")]
    return _texts(value)


def _first_text(*values: Any) -> str | None:
    return next((value for value in values if isinstance(value, str) and value), None)


def _integer(value: Any) -> int | None:
    """Return a badge number, also when it came as a string of digits."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return value if is_integer and 0 <= value <= _LARGEST_BADGE else None


def _has_route(event: MessageEvent) -> bool:
    payload = event.payload
    return bool(event.routetype or payload.routetype or (payload.meta and payload.meta.routetype))


def _is_online_only(event: MessageEvent, ext: Mapping[str, Any]) -> bool:
    meta_route = event.payload.meta.routetype if event.payload.meta else None
    routes = _texts([event.routetype, event.payload.routetype, meta_route, ext.get("routetype")])
    return any(route.lower() in _ROUTE_ONLINE for route in routes) or _is_true(ext.get("deliverOnlineOnly"))


def _filter(value: Mapping[str, Any]) -> PushFilter | None:
    lists = {name: frozenset(_texts(value.get(name))) for name in PushFilter.__struct_fields__}
    return PushFilter(**lists) if any(lists.values()) else None


def _template(value: Mapping[str, Any]) -> TemplateCall | None:
    """Return the template a message names; arguments without a name fill the template ``default``."""
    title_args, content_args = _arguments(value.get("title_args")), _arguments(value.get("content_args"))
    name = _first_text(value.get("name")) or ("default" if title_args or content_args else None)
    return TemplateCall(name, title_args, content_args) if name else None


def _custom(push: Mapping[str, Any], apns: Mapping[str, Any]) -> Any:
    """Return ``em_push_ext.custom``, else the old rule: ``extern``, else what is left of ``em_apns_ext``."""
    if push.get("custom") is not None:
        return push["custom"]
    if apns.get("extern") is not None:
        return apns["extern"]
    return {name: value for name, value in apns.items() if name not in _APNS_STEERING} or None
