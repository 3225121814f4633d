"""Entries that no worker lived to settle: after so many deliveries they are buried instead of killing another one."""

from collections.abc import Iterable

from worker.codec import Fault
from worker.store.stream import Entry

#: ``reclaim.lua`` gives an entry its fifth worker alone, so that nobody is buried for the company it was in. It gets
#: three more: workers also die of what has nothing to do with it (``kill -9``, memory), and may do so in a row.
MOST_DELIVERIES = 8
#: Workers after whose deaths an entry is suspected.
_DEATHS = 2


def without_poison(entries: Iterable[Entry]) -> tuple[list[Entry], list[tuple[Entry, Fault]]]:
    """Return the entries to work on, and those to bury."""
    sound: list[Entry] = []
    poison: list[tuple[Entry, Fault]] = []
    for entry in entries:
        if entry.deliveries <= MOST_DELIVERIES:
            sound.append(entry)
        else:
            fault = Fault("$", f"given to {entry.deliveries - 1} workers, none of which lived to settle it")
            poison.append((entry, fault))
    return sound, poison


def are_suspect(entries: Iterable[Entry]) -> bool:
    """Return whether these killed so many workers that whatever is in flight beside them would be suspected too."""
    return any(entry.deliveries > _DEATHS for entry in entries)
