"""Scripts that beat: a batch of large groups is many calls, and together they may take longer than a stall."""

from collections.abc import Sequence
from typing import Any

from worker.pulse import Pulse
from worker.store.scripts import Argument, Scripts


class BeatingScripts(Scripts):
    """The scripts as one part runs them: each answer is a beat of its pulse."""

    def __init__(self, scripts: Scripts, pulse: Pulse) -> None:
        """Run what ``scripts`` would."""
        self._behind, self._pulse = scripts, pulse

    async def run(self, name: str, keys: Sequence[str], arguments: Sequence[Argument], confirm: str = "") -> Any:
        """Run one script."""
        answer = await self._behind.run(name, keys, arguments, confirm)
        self._pulse.beat()
        return answer
