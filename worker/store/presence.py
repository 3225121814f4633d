"""Presence: connections that come, go and are kicked, applied in stream order."""

from collections.abc import Sequence

from policy.identifiers import bare_user
from worker.codec import PresenceEvent
from worker.store.keys import Keys
from worker.store.scripts import Argument, Scripts
from worker.store.stream import GROUP, added_ms


class PresenceStore:
    """Applies presence events."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        """Bind to one partition."""
        self._scripts, self._keys = scripts, keys

    async def apply(self, events: Sequence[tuple[bytes, PresenceEvent]]) -> int:
        """Apply (entry id, event) pairs and acknowledge them; return how many were new.

        A lease cannot begin later than its entry was added: a gateway whose clock is ahead must not keep its users
        online for as long.
        """
        users = [self._keys.user(event.appkey, bare_user(event.user, event.appkey)) for _, event in events]
        arguments: list[Argument] = [GROUP]
        for entry_id, event in events:
            at_ms = min(event.timestamp, added_ms(entry_id))
            lease_end = at_ms + event.lease_s * 1000
            arguments += [entry_id, event.state, event.resource, event.device_id or "", at_ms, lease_end]
        return int(await self._scripts.run("presence", [self._keys.events, *users], arguments))
