"""HTTP/2 as a server speaks it: h2 for the protocol, raw SETTINGS frames for the stream limit."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from h2.config import H2Configuration
from h2.connection import ConnectionInputs, H2Connection, H2ConnectionStateMachine
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError, StreamClosedError
from h2.settings import SettingCodes, Settings
from hyperframe.frame import Frame, GoAwayFrame, RstStreamFrame, SettingsFrame

from providers.simulator.codec import Arrived, text
from providers.simulator.exchange import Reply
from providers.simulator.flow_control import BodyQueue
from providers.simulator.pings import without_pongs
from providers.simulator.traffic import StreamCount

#: The limit h2 itself enforces. It answers an excess with the end of the connection; a vendor refuses the stream.
_NO_LIMIT = 2**31 - 1
_MAX_HEADER_LIST = 2**16
_KNOCK = b"heard me"


@dataclass(slots=True)
class _Stream:
    headers: tuple[tuple[str, str], ...]
    body: bytearray = field(default_factory=bytearray)


class _KeepsAnswering(H2ConnectionStateMachine):
    """After the client's GOAWAY h2 sends nothing more; a server answers what is open. RFC 9113, section 6.8."""

    def process_input(self, input_: ConnectionInputs) -> list[Event]:
        return [] if input_ is ConnectionInputs.RECV_GOAWAY else super().process_input(input_)


class _HearsEveryReset(H2Connection):
    """h2 says nothing of a RST_STREAM that crosses the answer, and that is how a client says it never read it."""

    def __init__(self) -> None:
        self.resets: list[int] = []
        super().__init__(H2Configuration(client_side=False, header_encoding=None))
        self.state_machine = _KeepsAnswering()

    def _receive_rst_stream_frame(self, frame: RstStreamFrame) -> tuple[list[Frame], list[Event]]:
        self.resets.append(frame.stream_id)
        return super()._receive_rst_stream_frame(frame)


class Http2:
    """One HTTP/2 connection: implements Codec. ``key`` is the stream's id.

    A stream counts as open until its answer is wholly sent, so a client that gives no credit uses up its streams.
    https://www.rfc-editor.org/rfc/rfc9113
    """

    def __init__(self, streams: int) -> None:
        self.closing = False
        self.answers_pings = True
        self.is_heard = False
        self.count = StreamCount()
        #: After GOAWAY, from either side: nothing new begins; below, no stream above ``_last`` is looked at.
        self._is_leaving, self._last = False, _NO_LIMIT
        self._h2 = _HearsEveryReset()
        self._bodies = BodyQueue(self._h2)
        self._streams: dict[int, _Stream] = {}
        self._complete: deque[Arrived] = deque()
        self._limit = streams
        self._out = bytearray()
        self._open_connection()

    @property
    def streams(self) -> int:
        """The limit that was last announced."""
        return self._limit

    @property
    def now_open(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def is_open(self, key: int) -> bool:
        """Return whether a stream still waits for its answer."""
        return key in self._streams

    def receive(self, data: bytes) -> None:
        """Take bytes from the client. A protocol error answers GOAWAY and closes."""
        try:
            events = self._h2.receive_data(data)
        except ProtocolError:
            self.closing = True
            return
        for event in events:
            _HANDLERS.get(type(event), _ignore)(self, event)
        self._flush()

    def requests(self) -> Iterator[Arrived]:
        """Yield complete requests: all of one read, so that the limit saw them together before the first answer."""
        while self._complete:
            arrived = self._complete.popleft()
            if arrived.key in self._streams:
                yield arrived

    def given_up(self) -> list[int]:
        """Return the streams that the client has reset since the last call, answered ones too."""
        resets, self._h2.resets = self._h2.resets, []
        return resets

    def knock(self) -> bool:
        """Send a PING: its answer comes when the client has read what was written before."""
        self._h2.ping(_KNOCK)
        return True

    def reply(self, key: int, reply: Reply, data_frames: int = 1) -> None:
        """Answer one stream; its body waits for credit if it must."""
        if key not in self._streams:
            return
        headers = [(":status", str(reply.status)), *reply.headers]
        self._h2.send_headers(key, headers, end_stream=not reply.body)
        if reply.body:
            self._bodies.put(key, reply.body, data_frames)
            self._flush()
        else:
            del self._streams[key]

    def reset(self, key: int, code: int) -> None:
        """Answer one stream with RST_STREAM."""
        if self._streams.pop(key, None) is not None:
            self._h2.reset_stream(key, code)
            self.count.refused += code == ErrorCodes.REFUSED_STREAM

    def go_away(self, last: int, code: int, debug: bytes) -> None:
        """Send GOAWAY, drop the streams above ``last``, and close when the others are answered."""
        self._is_leaving, self._last = True, min(self._last, last)
        for stream in [stream for stream in self._streams if stream > self._last]:
            self._give_up(stream)
        self._drain()
        # Not h2's own: after it, h2 refuses to answer the streams below.
        self._out += GoAwayFrame(0, last_stream_id=self._last, error_code=code, additional_data=debug).serialize()

    def allow_streams(self, count: int) -> None:
        """Advertise a new MAX_CONCURRENT_STREAMS after everything written so far."""
        self._limit = count
        self._raw_settings({SettingCodes.MAX_CONCURRENT_STREAMS: count})

    def take_output(self) -> bytes:
        """Return what must be written."""
        self._drain()
        self.closing |= self._is_leaving and not self._streams
        output, self._out = bytes(self._out), bytearray()
        return output

    def _open_connection(self) -> None:
        self._h2.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: _NO_LIMIT,
                SettingCodes.MAX_HEADER_LIST_SIZE: _MAX_HEADER_LIST,
            },
        )
        self._h2.initiate_connection()
        # Its SETTINGS frame names h2's limit, not the vendor's: ours takes its place.
        self._h2.clear_outbound_data_buffer()
        self._raw_settings(
            {
                SettingCodes.MAX_CONCURRENT_STREAMS: self._limit,
                SettingCodes.MAX_HEADER_LIST_SIZE: _MAX_HEADER_LIST,
            }
        )

    def _raw_settings(self, settings: dict[int, int]) -> None:
        self._drain()
        self._out += SettingsFrame(0, settings=settings).serialize()

    def _drain(self) -> None:
        output = self._h2.data_to_send()
        self._out += output if self.answers_pings else without_pongs(output)

    def _flush(self) -> None:
        for stream in self._bodies.flush():
            del self._streams[stream]

    def _opened(self, event: RequestReceived) -> None:
        if event.stream_id > self._last:
            return
        if len(self._streams) >= self._limit:
            self._refuse(event.stream_id)
        else:
            headers = tuple((text(bytes(name)), text(bytes(value))) for name, value in event.headers)
            self._streams[event.stream_id] = _Stream(headers)
            self.count.opened(len(self._streams))

    def _refuse(self, stream: int) -> None:
        self.count.refused += 1
        # h2 has read ahead: the client may have reset the stream already.
        with suppress(StreamClosedError):
            self._h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)

    def _data(self, event: DataReceived) -> None:
        if stream := self._streams.get(event.stream_id):
            stream.body += event.data
        self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def _ended(self, event: StreamEnded) -> None:
        if stream := self._streams.get(event.stream_id):
            self._complete.append(_arrived(event.stream_id, stream))

    def _reset(self, event: StreamReset) -> None:
        self._give_up(event.stream_id)

    def _give_up(self, stream: int) -> None:
        self._streams.pop(stream, None)
        self._bodies.drop(stream)

    def _heard(self, _: PingAckReceived) -> None:
        self.is_heard = True

    def _terminated(self, _: ConnectionTerminated) -> None:
        self._is_leaving = True

    def _credit(self, event: WindowUpdated) -> None:
        if event.stream_id:
            self._bodies.credit(event.stream_id)

    def _settings(self, event: RemoteSettingsChanged) -> None:
        if SettingCodes.INITIAL_WINDOW_SIZE in event.changed_settings:
            self._bodies.credit_all()


def _arrived(key: int, stream: _Stream) -> Arrived:
    pseudo = dict(stream.headers)
    fields = tuple(header for header in stream.headers if not header[0].startswith(":"))
    return Arrived(key, pseudo[":method"], pseudo[":path"], fields, bytes(stream.body))


def _ignore(_: Http2, __: Event) -> None:
    pass


_HANDLERS: dict[type[Event], Callable[[Http2, Any], None]] = {
    RequestReceived: Http2._opened,  # noqa: SLF001 - the table of the class above
    DataReceived: Http2._data,  # noqa: SLF001
    StreamEnded: Http2._ended,  # noqa: SLF001
    StreamReset: Http2._reset,  # noqa: SLF001
    WindowUpdated: Http2._credit,  # noqa: SLF001
    RemoteSettingsChanged: Http2._settings,  # noqa: SLF001
    ConnectionTerminated: Http2._terminated,  # noqa: SLF001
    PingAckReceived: Http2._heard,  # noqa: SLF001
}
