"""HTTP/1.1 as uvicorn speaks it by httptools, with the bounds that httptools leaves to a proxy in front."""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from worker.api.joined_writes import JoinedWrites

#: Of a head, or of what else is no body: nobody else stops who sends one without end.
LONGEST_HEAD = 65_536
#: Requests that are sent before the one in front of them is answered. Neither browsers nor proxies do that.
MOST_WAITING = 100


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    #: Bytes since the last head that was complete, or the last of a body.
    _bytes_of_head = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(JoinedWrites(cast("asyncio.Transport", transport), self.loop))

    def data_received(self, data: bytes) -> None:
        """Read what has come; end a connection that sends what nobody needs to send."""
        self._bytes_of_head += len(data)
        super().data_received(data)
        if self._bytes_of_head > LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")
        if len(self.pipeline) > MOST_WAITING:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """Take a request.

        Raises:
            ValueError: it does not say which host it is for, or says it twice (RFC 9112, section 3.2).
        """
        self._bytes_of_head = 0
        if sum(name == b"host" for name, _ in self.headers) != 1 and self.parser.get_http_version() == "1.1":
            raise ValueError("one Host is needed")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take some of a body; how long it may be is judged by whoever reads it."""
        self._bytes_of_head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        self._bytes_of_head = 0
        super().on_message_complete()
