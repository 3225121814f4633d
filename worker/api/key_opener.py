"""Credentials that a stranger sent are opened in a process of their own (``worker.key_opening``), one at a time."""

import asyncio
import base64
import json
import sys
from collections.abc import Mapping
from typing import Any

from worker.api.refusals import Refusal, invalid

_PROGRAM = (sys.executable, "-P", "-m", "worker.key_opening")
#: Those that hold a key; from the others nothing is computed.
_HOLD_KEYS = frozenset({"key", "cert", "service_account"})
#: With the waiting for others' turns.
_DEADLINE_S = 10.0


class KeyOpener:
    """Whoever sends many keeps one core busy, not all of them."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def opened(self, secrets: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return secrets by name with every key in a form that is read at once.

        Raises:
            Refusal: one cannot be used, or takes too long.
        """
        if not _HOLD_KEYS & secrets.keys():
            return dict(secrets)
        answer = await self._answer(secrets)
        if "fault" in answer:
            raise invalid("channel", f"({answer['fault']})")
        if "opened" not in answer:
            raise _too_long()
        return {name: base64.b64decode(text) for name, text in answer["opened"].items()}

    async def _answer(self, secrets: Mapping[str, bytes]) -> dict[str, Any]:
        """Return what the program says; nothing if it was ended or has no end."""
        asked = json.dumps({name: base64.b64encode(data).decode() for name, data in secrets.items()})
        try:
            async with asyncio.timeout(_DEADLINE_S), self._turn:
                output = await _output(asked.encode())
        except TimeoutError:
            return {}
        found: dict[str, Any] = json.loads(output or b"{}")
        return found


async def _output(data: bytes) -> bytes:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*_PROGRAM, stdin=pipe, stdout=pipe, stderr=nothing)
    try:
        output, _ = await process.communicate(data)
    finally:
        if process.returncode is None:
            process.kill()
    return output


def _too_long() -> Refusal:
    return invalid("channel", "(its credential takes too long to open: make it anew, with fewer rounds)")
