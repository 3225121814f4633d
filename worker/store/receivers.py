"""What other programs wrote about a receiver, read with care: badge and presence give way, the rest is needed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from policy.receiver import ConversationSetting, Device, Presence, Receiver, Settings
from worker.codec import Fault, decode
from worker.store.readable import list_of

#: Most users have the settings that many have.
_settings_of = lru_cache(maxsize=1024)(msgspec.json.Decoder(Settings).decode)
_DEVICES = msgspec.json.Decoder(list[Device])
_PRESENCE = msgspec.json.Decoder(list[Presence])
_OVERRIDE = msgspec.json.Decoder(ConversationSetting)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
#: The type of each field that is needed.
_KINDS: Mapping[str, Any] = {"settings": Settings, "devices": list[Device], "override": ConversationSetting}
#: ``hand_off.lua`` counts no further either.
_LARGEST_BADGE, _BADGE_DIGITS = 2**31 - 1, 20

#: The fields of a receiver: settings, devices, presence, badge, override. None: the key holds no hash.
Row = Sequence[bytes | None] | None


def receiver_of(user: str, row: Row) -> Receiver | Fault:
    """Return the receiver, or the fault of what is needed to decide: settings, devices, override.

    To decide without them would light a phone that wants silence, or leave one dark and forget the message.
    """
    if row is None:
        return Fault("", "the receiver's state is not a hash")
    settings, devices, presence, badge, override = row
    try:
        return Receiver(
            user,
            presence=connections_of(presence) if presence else [],
            devices=_DEVICES.decode(devices) if devices else [],
            settings=_settings_of(settings) if settings else Settings(),
            conversation=_OVERRIDE.decode(override) if override else ConversationSetting(),
            badge=badge_of(badge),
        )
    except _UNREADABLE:
        return _fault(settings=settings, devices=devices, override=override)


def nickname_of(settings: bytes | None) -> str | None:
    """Return the push nickname of a sender; none when the settings cannot be read, for no message is lost over it."""
    try:
        return _settings_of(settings).nickname if settings else None
    except _UNREADABLE:
        return None


def connections_of(text: bytes) -> list[Presence]:
    """Return the connections that can be read. Presence passes by itself: what is wrong is nobody's."""
    try:
        return _PRESENCE.decode(text)
    except _UNREADABLE:
        return list_of(text, Presence)


def devices_of(text: bytes | None) -> list[Device] | None:
    """Return the devices of a field that is ``b""`` when it is absent; None when they cannot be read."""
    try:
        return None if text is None else _DEVICES.decode(text or b"[]")
    except _UNREADABLE:
        return None


def badge_of(text: bytes | None) -> int:
    """Return the counter, 0 for what no phone can show."""
    count = int(text) if text and text.isdigit() and len(text) <= _BADGE_DIGITS else 0
    return count if count < _LARGEST_BADGE else 0


def _fault(**texts: bytes | None) -> Fault:
    """Return the fault of the first field that cannot be read; one of them is."""
    found = ((name, decode(text, _KINDS[name])) for name, text in texts.items() if text)
    faults = (f"the receiver's {name}: {read}" for name, read in found if isinstance(read, Fault))
    return Fault("", next(faults))
