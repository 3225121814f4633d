"""The messages of each dimension: whose they are, and what they bring along."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.benchmarks.growth.mail import Mail, Message
from tests.benchmarks.growth.population import tokens_of
from tests.benchmarks.rig import event_of
from tests.benchmarks.turn import TEXT, message_id, token_of, user_of
from tests.integration.configuration import APPKEY

#: Codes of Azure Translator. https://learn.microsoft.com/azure/ai-services/translator/language-support
_CODES = "ar bg bn cs da de el en es fa fi fr he hi hu id it ja ko ms nl pl pt ru sv th tr uk vi zh-Hant"
LANGUAGES = tuple(_CODES.split())
#: Knuth's multiplier: numbers in a row are sent far from each other, and the same in each run.
_SCATTER = 2_654_435_761


def singly(users: range, number: int, notifications: int) -> Mail:
    """Return messages to users in turn."""
    return Mail([_single(number, place, users[place % len(users)]) for place in range(notifications)])


def anywhere(users: int, number: int, notifications: int) -> Mail:
    """Return messages to users far from each other, others in each turn."""
    places = range(number * notifications, (number + 1) * notifications)
    return Mail([_single(number, index, place * _SCATTER % 2**32 % users) for index, place in enumerate(places)])


def to_groups(users: range, size: int, number: int, notifications: int) -> Mail:
    """Return messages to whole groups, which together have all users."""
    messages = []
    for index, start in enumerate(range(0, notifications, size)):
        members = [users[place % len(users)] for place in range(start, start + size)]
        msg_id = message_id(number, index)
        event = event_of(msg_id, [user_of("apns", member) for member in members], is_group=True)
        messages.append(Message(msg_id, event, [token_of("apns", member) for member in members]))
    return Mail(messages)


def to_devices(users: range, devices: int, number: int, notifications: int) -> Mail:
    """Return messages to users in turn, each of whom has so many devices."""
    return Mail(
        [_single(number, place, users[place % len(users)], devices) for place in range(-(-notifications // devices))]
    )


def to_apps(appkeys: Sequence[str], users: int, number: int, notifications: int) -> Mail:
    """Return messages to apps in turn, and to each one's users in turn."""
    size = len(appkeys)
    return Mail([_single(number, at, at // size % users, appkey=appkeys[at % size]) for at in range(notifications)])


def translated(users: range, languages: int, number: int, notifications: int) -> Mail:
    """Return messages that come in so many languages, the receiver's last."""
    codes = LANGUAGES[len(LANGUAGES) - languages :]
    meta = {"translations": [{"code": code, "text": TEXT} for code in codes]}
    return Mail([_single(number, at, users[at % len(users)], meta=meta) for at in range(notifications)])


def _single(
    number: int,
    place: int,
    user: int,
    devices: int = 1,
    *,
    appkey: str = APPKEY,
    meta: Mapping[str, Any] | None = None,
) -> Message:
    msg_id = message_id(number, place)
    event = event_of(msg_id, [user_of("apns", user)], is_group=False, appkey=appkey, meta=meta)
    return Message(msg_id, event, tokens_of(user, devices))
