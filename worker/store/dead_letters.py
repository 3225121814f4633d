"""The dead-letter stream: what could not be processed waits here, whole, with the fault."""

from collections.abc import Sequence

from worker.codec import Fault
from worker.store.keys import Keys
from worker.store.scripts import Argument, Scripts
from worker.store.stream import GROUP, Entry


class DeadLetterStore:
    """Moves entries out of the way without losing them."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        """Bind to one partition."""
        self._scripts, self._keys = scripts, keys

    async def bury(self, stream: str, faults: Sequence[tuple[Entry, Fault]], now_ms: int) -> list[bool]:
        """Move entries of a stream to the dead letters, each with its fault; tell which were still there.

        Each field of an entry becomes a dead letter of its own, so that an entry of several fields is kept whole.
        """
        arguments: list[Argument] = [GROUP, now_ms]
        for entry, fault in faults:
            arguments += [entry.id, fault.path, fault.reason, len(entry.fields)]
            arguments += [part for pair in entry.fields.items() for part in pair]
        flags = await self._scripts.run("dead_letter", [stream, self._keys.dead], arguments)
        return [bool(flag) for flag in flags]
