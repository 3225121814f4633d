"""Answer bodies that wait for the client's credit: the server side of HTTP/2 flow control."""

from h2.connection import H2Connection


class BodyQueue:
    """Bodies on their way to the client, in the order of their answers.

    A body without credit of its own stream steps aside and delays nobody; a body without credit of the connection
    holds up all, as on a real server. https://www.rfc-editor.org/rfc/rfc9113#section-5.2
    """

    def __init__(self, h2: H2Connection) -> None:
        self._h2 = h2
        self._ready: dict[int, memoryview] = {}
        self._starved: dict[int, memoryview] = {}
        #: Stream -> its longest frame, for bodies that are to be spread over several.
        self._spread: dict[int, int] = {}

    def put(self, stream: int, body: bytes, data_frames: int = 1) -> None:
        """Queue the body of one stream; ``flush`` sends it, in ``data_frames`` about equal frames at least."""
        self._ready[stream] = memoryview(body)
        if data_frames > 1:
            self._spread[stream] = -(-len(body) // data_frames)

    def drop(self, stream: int) -> None:
        """Forget a stream that the client gave up."""
        self._ready.pop(stream, None)
        self._starved.pop(stream, None)
        self._spread.pop(stream, None)

    def credit(self, stream: int) -> None:
        """Let a stream try again after its WINDOW_UPDATE."""
        if stream in self._starved:
            self._ready[stream] = self._starved.pop(stream)

    def credit_all(self) -> None:
        """Let every stream try again after a change of SETTINGS_INITIAL_WINDOW_SIZE."""
        self._ready |= self._starved
        self._starved.clear()

    def flush(self) -> list[int]:
        """Send what credit allows; return the streams whose bodies are complete."""
        done = []
        while self._ready and self._h2.outbound_flow_control_window > 0:
            stream = next(iter(self._ready))
            if self._send(stream):
                done.append(stream)
        return done

    def _send(self, stream: int) -> bool:
        body = self._ready[stream]
        while body and (room := self._room(stream)) > 0:
            self._h2.send_data(stream, bytes(body[:room]), end_stream=room >= len(body))
            body = body[room:]
        self._ready[stream] = body
        if not body:
            self.drop(stream)
        elif self._h2.outbound_flow_control_window > 0:
            self._starved[stream] = self._ready.pop(stream)
        return not body

    def _room(self, stream: int) -> int:
        longest = self._spread.get(stream, self._h2.max_outbound_frame_size)
        return min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size, longest)
