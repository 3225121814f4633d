"""HTTP/1.1 as a server speaks it, by h11: one request at a time, keep-alive and pipelining."""

from collections.abc import Iterator

import h11

from providers.simulator.codec import Arrived, text
from providers.simulator.exchange import Reply
from providers.simulator.traffic import StreamCount

#: An HTTP/1.1 connection has one request in work: its key says nothing.
_ONLY = 0


class Http1:
    """One HTTP/1.1 connection: implements Codec.

    https://www.rfc-editor.org/rfc/rfc9112
    """

    def __init__(self) -> None:
        self.closing = False
        self.answers_pings = True
        self.count = StreamCount()
        self.streams = 1
        self._is_going = False
        self._h11 = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._out = bytearray()

    def receive(self, data: bytes) -> None:
        """Take bytes from the client."""
        self._h11.receive_data(data)

    def requests(self) -> Iterator[Arrived]:
        """Yield complete requests; the next one of a pipeline appears when this one is answered."""
        while not self.closing and (arrived := self._next()) is not None:
            yield arrived

    @property
    def now_open(self) -> int:
        """1 while a request waits for its answer, else 0."""
        return int(self.is_open(_ONLY))

    def given_up(self) -> list[int]:
        """Return nothing: HTTP/1.1 has no word for it but the end of the connection."""
        return []

    def is_open(self, key: int) -> bool:  # noqa: ARG002 - Codec's face; only one request is in work
        """Return whether the request in work waits for its answer."""
        return self._h11.our_state is h11.SEND_RESPONSE

    def reply(self, key: int, reply: Reply, data_frames: int = 1) -> None:  # noqa: ARG002 - as above
        """Answer the request in work; HTTP/1.1 has no frames."""
        headers = [*reply.headers, ("content-length", str(len(reply.body)))]
        self._send(h11.Response(status_code=reply.status, headers=headers))
        self._send(h11.Data(data=reply.body))
        self._send(h11.EndOfMessage())
        self._finish()

    def knock(self) -> bool:
        """Return False: HTTP/1.1 has no such question."""
        return False

    @property
    def is_heard(self) -> bool:
        """False: nothing was asked."""
        return False

    def reset(self, key: int, code: int) -> None:  # noqa: ARG002 - Codec's face
        """End the connection without an answer: HTTP/1.1 has no other way to fail one request."""
        self.closing = True

    def go_away(self, last: int, code: int, debug: bytes) -> None:  # noqa: ARG002 - Codec's face
        """End the connection after the answer in work, or now."""
        self._is_going = True
        self.closing |= not self.now_open

    def allow_streams(self, count: int) -> None:
        """Do nothing: HTTP/1.1 has one request at a time."""

    def take_output(self) -> bytes:
        """Return what must be written."""
        output, self._out = bytes(self._out), bytearray()
        return output

    def _next(self) -> Arrived | None:
        while True:
            match self._event():
                case h11.Request() as head:
                    self._head = head
                case h11.Data(data=data):
                    self._body += data
                case h11.EndOfMessage() if self._head is not None:
                    return self._arrived(self._head)
                case _:
                    return None

    def _event(self) -> object:
        try:
            return self._h11.next_event()
        except h11.RemoteProtocolError:
            self.closing = True
            return None

    def _arrived(self, head: h11.Request) -> Arrived:
        body, self._body = bytes(self._body), bytearray()
        self.count.opened(1)
        headers = tuple((text(name), text(value)) for name, value in head.headers)
        return Arrived(_ONLY, text(head.method), text(head.target), headers, body)

    def _send(self, event: h11.Event) -> None:
        self._out += self._h11.send(event) or b""

    def _finish(self) -> None:
        if self._is_going or self._h11.our_state is h11.MUST_CLOSE:
            self.closing = True
        else:
            self._h11.start_next_cycle()
