"""Reads a Push Kit v3 body: ``{"payload", "target": {"token": [...]}, "pushOptions"}``.

https://developer.huawei.com/consumer/en/doc/harmonyos-references/push-scenariozed-api-request-struct
"""

from collections.abc import Callable, Iterator

from providers.simulator.huawei_answers import (
    BAD_COLLAPSE_KEY,
    BAD_EXPIRY,
    BAD_PARAMETER,
    BAD_STRUCTURE,
    SENSITIVE,
    TEST_TOKEN_COUNT,
    TOKEN_COUNT,
)
from providers.simulator.huawei_fields import (
    MAX_TTL,
    Document,
    Fault,
    Field,
    Reading,
    at,
    count_fault,
    decoded,
    first_fault,
    flag,
    json_object,
    named_tokens,
    size_fault,
    text,
    whole,
)
from providers.simulator.huawei_message import SENSITIVE_WORD

NOTIFICATION, CARD = "0", "1"
#: The values of the ``push-type`` header: notification, card, voice, background, live view, in-app call.
PUSH_TYPES = frozenset({NOTIFICATION, CARD, "2", "6", "7", "10"})
MAX_TEST_TOKENS = 10

FIELDS = (
    Field("pushOptions", json_object),
    Field("pushOptions.testMessage", flag),
    Field("pushOptions.ttl", lambda ttl: not isinstance(ttl, int) or ttl >= 0, BAD_EXPIRY),
    Field("pushOptions.ttl", whole(0, MAX_TTL)),
    Field("pushOptions.biTag", text(64)),
    Field("pushOptions.receiptId", text()),
    Field("pushOptions.collapseKey", whole(-1, 100), BAD_COLLAPSE_KEY),
    Field("payload.notification", json_object),
    Field("payload.notification.title", text()),
    Field("payload.notification.body", text()),
    Field("payload.notification.notifyId", whole(0, 2_147_483_647)),
    Field("payload.notification.badge", json_object),
    Field(
        "payload.notification.badge.addNum",
        whole(1, 99),
        msg="Illegal payload, badge addNum value ranges from 1 to 99",
    ),
    Field(
        "payload.notification.badge.setNum",
        whole(0, 99),
        msg="Illegal payload, badge setNum value ranges from 0 to 99",
    ),
)


def read(body: bytes, push_type: str | None) -> Reading:
    """Read a body sent with a ``push-type`` header."""
    document = decoded(body)
    if document is None:
        return Reading(fault=Fault(BAD_STRUCTURE))
    tokens = named_tokens(at(document, "target.token"))
    notify_id = at(document, "payload.notification.notifyId")
    return Reading(
        tokens=tokens,
        payload=_without_tokens(document),
        collapse_id=None if notify_id is None else str(notify_id),
        fault=_fault(document, body, tokens, push_type),
    )


def _without_tokens(document: Document) -> Document:
    target = document.get("target")
    if not isinstance(target, dict):
        return document
    return {**document, "target": {name: value for name, value in target.items() if name != "token"}}


def _fault(document: Document, body: bytes, tokens: tuple[str, ...], push_type: str | None) -> Fault | None:
    if push_type not in PUSH_TYPES:
        return Fault(BAD_PARAMETER, "Illegal push-type")
    rules = (fault for rule in RULES for fault in rule(document))
    return (
        count_fault(tokens)
        or _narrower_count_fault(document, tokens, push_type)
        or size_fault(body, tokens)
        or first_fault(FIELDS, document)
        or next(rules, None)
    )


def _narrower_count_fault(document: Document, tokens: tuple[str, ...], push_type: str) -> Fault | None:
    if push_type == CARD and len(tokens) > 1:
        return Fault(TOKEN_COUNT)
    is_test = at(document, "pushOptions.testMessage") is True
    return Fault(TEST_TOKEN_COUNT) if is_test and len(tokens) > MAX_TEST_TOKENS else None


def _payload(document: Document) -> Iterator[Fault]:
    if not isinstance(document.get("payload"), dict) or not document["payload"]:
        yield Fault(BAD_STRUCTURE, "Illegal payload, payload is required")


def _click_action(document: Document) -> Iterator[Fault]:
    notification = at(document, "payload.notification")
    if notification is not None and not isinstance(notification.get("clickAction"), dict):
        yield Fault(BAD_STRUCTURE, "Illegal payload, clickAction is required")


def _sensitive_word(document: Document) -> Iterator[Fault]:
    shown = (at(document, f"payload.notification.{part}") for part in ("title", "body"))
    if any(SENSITIVE_WORD in str(part) for part in shown):
        yield Fault(SENSITIVE)


#: What no single field decides, asked after the fields.
RULES: tuple[Callable[[Document], Iterator[Fault]], ...] = (_payload, _click_action, _sensitive_word)
