"""Reads a Push Kit v1 or v2 body: ``{"validate_only", "message": {..., "token": [...]}}``.

https://developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-api-0000001050986197
"""

from collections.abc import Callable, Iterator
from typing import Any

from providers.simulator.huawei_answers import BAD_COLLAPSE_KEY, BAD_EXPIRY, BAD_STRUCTURE, SENSITIVE, TOKEN_COUNT
from providers.simulator.huawei_fields import (
    MAX_TTL,
    Document,
    Fault,
    Field,
    Reading,
    at,
    at_most,
    count_fault,
    decoded,
    first_fault,
    flag,
    json_object,
    named_tokens,
    one_of,
    seconds,
    size_fault,
    text,
    whole,
)

TARGETS = ("token", "topic", "condition")
PARTS = ("title", "body")
CATEGORIES = (
    *("IM", "VOIP", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE"),
    *("DEVICE_REMINDER", "MAIL", "PLAY_VOICE", "MARKETING"),
)
#: A text with this word is refused as sensitive (80100016); Huawei keeps its own list secret.
SENSITIVE_WORD = "sensitive-word"
#: The click actions: start a page of the app, open a URL, open the app.
PAGE, URL, APP = 1, 2, 3


def _not_past(ttl: Any) -> bool:
    given = seconds(ttl)
    return given is None or given >= 0


def _not_too_long(ttl: Any) -> bool:
    given = seconds(ttl)
    return given is not None and given <= MAX_TTL


FIELDS = (
    Field("data", text()),
    Field("notification", json_object),
    Field("android", json_object),
    Field("android.notification", json_object),
    Field("android.collapse_key", whole(-1, 100), BAD_COLLAPSE_KEY),
    Field("android.urgency", one_of("HIGH", "NORMAL")),
    Field("android.category", one_of(*CATEGORIES)),
    Field("android.ttl", _not_past, BAD_EXPIRY),
    Field("android.ttl", _not_too_long),
    Field("android.bi_tag", text()),
    Field("android.receipt_id", text()),
    Field("android.target_user_type", one_of(0, 1)),
    Field("android.data", text()),
    Field("android.notification.style", one_of(0, 1, 3)),
    Field("android.notification.inbox_content", at_most(5)),
    Field("android.notification.buttons", at_most(3)),
    Field("android.notification.vibrate_config", at_most(10)),
    Field("android.notification.profile_id", text(64)),
    Field("android.notification.importance", one_of("LOW", "NORMAL")),
    Field("android.notification.foreground_show", flag),
    Field("android.notification.badge", json_object),
    Field("android.notification.badge.add_num", whole(1, 99), msg="Illegal payload, badge add_num is from 1 to 99"),
    Field("android.notification.badge.set_num", whole(0, 99), msg="Illegal payload, badge set_num is from 0 to 99"),
    Field("android.notification.click_action", json_object),
    Field("android.notification.click_action.type", one_of(PAGE, URL, APP)),
)


def read(body: bytes) -> Reading:
    """Read a body; a message without tokens and without fault goes to a topic."""
    document = decoded(body)
    message = at(document, "message")
    if document is None or not isinstance(message, dict):
        # A misspelt "message" is answered like an empty token list.
        return Reading(fault=Fault(BAD_STRUCTURE if document is None else TOKEN_COUNT))
    tokens = named_tokens(message.get("token"))
    return Reading(
        tokens=tokens,
        payload={name: value for name, value in message.items() if name != "token"},
        collapse_id=_collapse_id(message),
        fault=_fault(message, body, tokens),
        validate_only=document.get("validate_only") is True,
    )


def _collapse_id(message: Document) -> str | None:
    names = (at(message, "android.notification.tag"), at(message, "android.notification.notify_id"))
    return next((str(name) for name in names if name is not None), None)


def _fault(message: Document, body: bytes, tokens: tuple[str, ...]) -> Fault | None:
    named = [name for name in TARGETS if message.get(name)]
    if len(named) > 1:
        return Fault(BAD_STRUCTURE, "Illegal payload, token, topic and condition exclude each other")
    counted = None if named in (["topic"], ["condition"]) else count_fault(tokens)
    rules = (fault for rule in RULES for fault in rule(message))
    return counted or size_fault(body, tokens) or first_fault(FIELDS, message) or next(rules, None)


def _badge_class(message: Document) -> Iterator[Fault]:
    badge = at(message, "android.notification.badge")
    if badge is not None and not badge.get("class"):
        yield Fault(BAD_STRUCTURE, "Illegal payload, badge class is required")


def _click_action(message: Document) -> Iterator[Fault]:
    if at(message, "notification") is None and at(message, "android.notification") is None:
        return
    action = at(message, "android.notification.click_action") or {}
    complete = {
        PAGE: bool(action.get("intent") or action.get("action")),
        URL: str(action.get("url", "")).startswith("https://"),
        APP: True,
    }
    if not complete.get(action.get("type", 0), False):
        yield Fault(BAD_STRUCTURE, "Illegal payload, click_action is missing or incomplete")


def _sensitive_word(message: Document) -> Iterator[Fault]:
    shown = [at(message, f"{where}.{part}") for where in ("notification", "android.notification") for part in PARTS]
    if any(SENSITIVE_WORD in str(part) for part in shown):
        yield Fault(SENSITIVE)


#: What no single field decides, asked after the fields.
RULES: tuple[Callable[[Document], Iterator[Fault]], ...] = (_badge_class, _click_action, _sensitive_word)
