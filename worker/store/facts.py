"""What is known of the receivers of a batch, in one round trip."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from policy.event import MessageEvent
from policy.identifiers import bare_user
from policy.receiver import ConversationSetting, Device, Presence, Receiver, Settings
from worker.store.keys import Keys, conversation_field
from worker.store.scripts import Scripts

_SETTINGS = msgspec.json.Decoder(Settings)
_DEVICES = msgspec.json.Decoder(list[Device])
_PRESENCE = msgspec.json.Decoder(list[Presence])
_OVERRIDE = msgspec.json.Decoder(ConversationSetting)


class Group(NamedTuple):
    """An event and those of its receivers that are asked for."""

    event: MessageEvent
    users: list[str]


class Facts(NamedTuple):
    """The receivers of one group as they are now, and the sender's bare id and push nickname."""

    receivers: list[Receiver]
    sender: str
    sender_nickname: str | None


class FactStore:
    """Reads facts."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        """Bind to one partition."""
        self._scripts, self._keys = scripts, keys

    async def gather(self, groups: Sequence[Group]) -> list[Facts]:
        """Return the facts of each group, all read by one script."""
        senders = [bare_user(event.sender, event.appkey) for event, _ in groups]
        pairs = [(event, user) for event, users in groups for user in users]
        keys = [self._keys.user(event.appkey, user) for event, user in pairs]
        keys += [self._keys.user(event.appkey, sender) for (event, _), sender in zip(groups, senders, strict=True)]
        fields = [conversation_field(event.conversation) for event, _ in pairs]
        rows = iter(await self._scripts.run("facts", keys, [len(pairs), *fields]))
        receivers = [[_receiver(user, next(rows)) for user in users] for _, users in groups]
        nicknames = [_nickname(row) for row in rows]
        return [Facts(*parts) for parts in zip(receivers, senders, nicknames, strict=True)]


def _receiver(user: str, row: Sequence[bytes | None]) -> Receiver:
    settings, devices, presence, badge, override = row
    return Receiver(
        user,
        presence=_PRESENCE.decode(presence) if presence else [],
        devices=_DEVICES.decode(devices) if devices else [],
        settings=_SETTINGS.decode(settings) if settings else Settings(),
        conversation=_OVERRIDE.decode(override) if override else ConversationSetting(),
        badge=int(badge) if badge else 0,
    )


def _nickname(settings: Any) -> str | None:
    return _SETTINGS.decode(settings).nickname if settings else None
