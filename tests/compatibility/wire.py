"""One HTTP connection that sends whatever bytes it is given and reads the answer."""

import asyncio
from dataclasses import dataclass
from typing import Self

_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """Sends one request at a time, and connects anew when the server has closed."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        """Connect when there is something to send."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        self._close()

    async def ask(self, request: bytes) -> Reply:
        """Send a request; return the answer.

        Raises:
            TimeoutError: there is none.
            asyncio.IncompleteReadError: the server hung up without one.
        """
        async with asyncio.timeout(_PATIENCE_S):
            if self._writer is None:
                self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
            self._writer.write(request)
            reply = await self._reply(is_head=request.startswith(b"HEAD "))
        # A request that was cut or too long leaves bytes behind that would be taken for the next one.
        if reply.status >= 400 or reply.headers.get("connection") == "close":
            self._close()
        return reply

    async def _reply(self, *, is_head: bool) -> Reply:
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        if "transfer-encoding" in headers:
            return Reply(int(first.split()[1]), headers, await self._chunks())
        if headers.get("connection") == "close" and "content-length" not in headers:
            return Reply(int(first.split()[1]), headers, await self._reader.read())
        length = 0 if is_head else int(headers.get("content-length", 0))
        return Reply(int(first.split()[1]), headers, await self._reader.readexactly(length))

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readuntil(b"\r\n")
        return body

    def _close(self) -> None:
        if self._writer is not None:
            # Not close: it would first send what the server has already refused.
            self._writer.transport.abort()
            self._writer = None
