"""Connections of one age."""

from dataclasses import dataclass, field

from providers.slots import Slots
from providers.wire import Wire, Wires


@dataclass(slots=True)
class Generation:
    """Wires of one age; they are closed when their successors are made and the last request has ended."""

    maker: Wires
    slots: Slots
    ends_at: float
    widen_by: int
    wires: list[Wire] = field(default_factory=list)
    retired: bool = False

    async def close(self) -> None:
        """Close every wire."""
        for wire in self.wires:
            await wire.close()

    async def close_if_unused(self) -> None:
        """Close every wire if nobody has a slot."""
        if self.slots.are_free:
            await self.close()
