"""Servers that break the protocol: the connection ends, every request gets the outcome that is true, nothing raises."""

import pytest
from hpack import Encoder as Hpack
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.http2 import frames
from providers.http2.answers import LONGEST_LIST, read
from providers.http2.errors import Code
from providers.http2.exchange import Exchange
from providers.http2.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    WITH_PRIORITY,
    frame,
    head,
)
from providers.http2.length import length_of
from providers.http2.session import LONGEST_BODY, Session
from providers.transport import Ambiguous, Answer, NotSent
from providers.wire_outcome import Returned
from tests.unit.http2.server import WANTED, new_session, outcome_of, pieces, request, written

HELLO = frames.settings([])
OK, NOT_FOUND, GOAWAY_SIZE = b"\x88", b"\x8d", 8
WHOLE = END_HEADERS | END_STREAM


def setting(name: int, value: int) -> bytes:
    """Return SETTINGS with one value."""
    return frames.settings([(name, value)])


#: What must end the connection, and the code that our GOAWAY names. Streams 1, 3 and 5 are open.
BROKEN = {
    "a frame too large": (head(16_385, DATA, 0, 1), Code.FRAME_SIZE_ERROR),
    "HEADERS on stream 0": (frame(HEADERS, WHOLE, 0, OK), Code.PROTOCOL_ERROR),
    "HEADERS on a stream of the server's": (frame(HEADERS, WHOLE, 2, OK), Code.PROTOCOL_ERROR),
    "HEADERS on a stream that is not open yet": (frame(HEADERS, WHOLE, 7, OK), Code.PROTOCOL_ERROR),
    "DATA on stream 0": (frame(DATA, 0, 0, b"x"), Code.PROTOCOL_ERROR),
    "DATA on a stream that is not open yet": (frame(DATA, 0, 99, b"x"), Code.PROTOCOL_ERROR),
    "RST_STREAM on a stream that is not open yet": (frames.reset(7, 0), Code.PROTOCOL_ERROR),
    "RST_STREAM of another size": (frame(RST_STREAM, 0, 1, b"xxx"), Code.FRAME_SIZE_ERROR),
    "PRIORITY on stream 0": (frame(PRIORITY, 0, 0, bytes(5)), Code.PROTOCOL_ERROR),
    "SETTINGS on a stream": (frame(SETTINGS, 0, 1), Code.PROTOCOL_ERROR),
    "SETTINGS of another size": (frame(SETTINGS, 0, 0, b"xxxxx"), Code.FRAME_SIZE_ERROR),
    "SETTINGS acknowledged with values": (frame(SETTINGS, ACK, 0, bytes(6)), Code.FRAME_SIZE_ERROR),
    "ENABLE_PUSH": (setting(frames.ENABLE_PUSH, 1), Code.PROTOCOL_ERROR),
    "INITIAL_WINDOW_SIZE": (setting(frames.INITIAL_WINDOW_SIZE, 2**31), Code.FLOW_CONTROL_ERROR),
    "MAX_FRAME_SIZE too small": (setting(frames.MAX_FRAME_SIZE, 16_383), Code.PROTOCOL_ERROR),
    "MAX_FRAME_SIZE too large": (setting(frames.MAX_FRAME_SIZE, 2**24), Code.PROTOCOL_ERROR),
    "PUSH_PROMISE": (frame(PUSH_PROMISE, END_HEADERS, 1, bytes(4)), Code.PROTOCOL_ERROR),
    "PING on a stream": (frame(PING, 0, 1, bytes(8)), Code.PROTOCOL_ERROR),
    "PING of another size": (frame(PING, 0, 0, bytes(7)), Code.FRAME_SIZE_ERROR),
    "GOAWAY on a stream": (frame(GOAWAY, 0, 1, bytes(8)), Code.PROTOCOL_ERROR),
    "GOAWAY too short": (frame(GOAWAY, 0, 0, bytes(7)), Code.FRAME_SIZE_ERROR),
    "WINDOW_UPDATE of another size": (frame(WINDOW_UPDATE, 0, 0, bytes(5)), Code.FRAME_SIZE_ERROR),
    "WINDOW_UPDATE of 0": (frames.window_update(0, 0), Code.PROTOCOL_ERROR),
    "WINDOW_UPDATE on a stream that is not open yet": (frames.window_update(7, 1), Code.PROTOCOL_ERROR),
    "a window too large": (frames.window_update(0, 2**31 - 1) * 2, Code.FLOW_CONTROL_ERROR),
    "CONTINUATION alone": (frame(CONTINUATION, END_HEADERS, 1, OK), Code.PROTOCOL_ERROR),
    "CONTINUATION of another stream": (
        frame(HEADERS, 0, 1, OK) + frame(CONTINUATION, END_HEADERS, 3, b""),
        Code.PROTOCOL_ERROR,
    ),
    "something between HEADERS and CONTINUATION": (
        frame(HEADERS, 0, 1, OK) + frame(PING, 0, 0, bytes(8)),
        Code.PROTOCOL_ERROR,
    ),
    "something unknown between HEADERS and CONTINUATION": (
        frame(HEADERS, 0, 1, OK) + frame(77, 0, 0, b""),
        Code.PROTOCOL_ERROR,
    ),
    "CONTINUATION without end": (
        frame(HEADERS, 0, 1, OK) + frame(CONTINUATION, 0, 1, bytes(16_384)) * 5,
        Code.ENHANCE_YOUR_CALM,
    ),
    "empty CONTINUATION without end": (
        frame(HEADERS, 0, 1, OK) + frame(CONTINUATION, 0, 1) * (LONGEST_LIST // 9 + 1),
        Code.ENHANCE_YOUR_CALM,
    ),
    "padding longer than DATA": (frame(DATA, PADDED, 1, b"\x05xxxx"), Code.PROTOCOL_ERROR),
    "padding longer than HEADERS": (frame(HEADERS, PADDED | END_HEADERS, 1, b"\x05" + OK), Code.PROTOCOL_ERROR),
    "PADDED without its length": (frame(HEADERS, PADDED | END_HEADERS, 1), Code.FRAME_SIZE_ERROR),
    "PRIORITY without its bytes": (frame(HEADERS, WITH_PRIORITY | END_HEADERS, 1, b"abcd"), Code.FRAME_SIZE_ERROR),
    "an index of a table that we forbid": (frame(HEADERS, WHOLE, 1, b"\x8d\xbe"), Code.COMPRESSION_ERROR),
    "a table that we forbid": (frame(HEADERS, WHOLE, 1, b"\x3f\xe1\x1f\x8d"), Code.COMPRESSION_ERROR),
    "half a header": (frame(HEADERS, WHOLE, 1, b"\x8d\x40\x0aabc"), Code.COMPRESSION_ERROR),
    "bad Huffman code": (frame(HEADERS, WHOLE, 1, b"\x8d\x0f\x0d\x84\xff\xff\xff\xff"), Code.COMPRESSION_ERROR),
}

#: What costs stream 1 only.
MALFORMED = {
    "no status": frame(HEADERS, WHOLE, 1, b""),
    "a status of four digits": frame(HEADERS, WHOLE, 1, b"\x08\x042000"),
    "a status that is no number": frame(HEADERS, WHOLE, 1, b"\x08\x03abc"),
    "two statuses": frame(HEADERS, WHOLE, 1, NOT_FOUND * 2),
    "two lengths": frame(HEADERS, WHOLE, 1, NOT_FOUND + b"\x0f\x0d\x011\x0f\x0d\x011"),
    "a length that is no number": frame(HEADERS, WHOLE, 1, NOT_FOUND + b"\x0f\x0d\x01x"),
    "an interim answer at the end": frame(HEADERS, WHOLE, 1, b"\x08\x03103"),
    "a body without headers": frame(DATA, END_STREAM, 1, b"x"),
    # Huffman code makes 25,856 zeros of each of the three.
    "headers too long": frame(HEADERS, 0, 1, NOT_FOUND)
    + b"".join(
        frame(CONTINUATION, END_HEADERS if part == 2 else 0, 1, (b"\x00\x01x\xff\xa1\x7d" + bytes(16_160)))
        for part in range(3)
    )
    + frame(DATA, END_STREAM, 1),
    "WINDOW_UPDATE of 0": frames.window_update(1, 0),
}

#: What the RFC allows, however odd.
ALLOWED = {
    "a frame of an unknown type": frame(77, 0xFF, 1, b"x" * 100),
    "an unknown setting": setting(0x99, 7),
    "flags that mean nothing": frame(PING, 0xFE, 0, bytes(8)),
    "PRIORITY": frame(PRIORITY, 0, 9, bytes(5)),
    "the reserved bit": frame(PING, 0, 2**31, bytes(8)),
    "PING's answer that nobody asked for": frame(PING, ACK, 0, bytes(8)),
    "WINDOW_UPDATE on a stream": frames.window_update(1, 2**31 - 1),
    "an interim answer": frame(HEADERS, END_HEADERS, 1, b"\x08\x03103"),
}


def opened(count: int = 3) -> tuple[Session, list[Exchange]]:
    """Return a session with so many open streams, whose greeting and requests are written."""
    session, exchanges = new_session(), [request() for _ in range(count)]
    session.receive(HELLO)
    session.sending.waiting.extend(exchanges)
    written(session)
    return session, exchanges


def farewell(session: Session) -> int:
    """Return the code of the GOAWAY at the end of what a session writes."""
    return frames.error_code(b"".join(session.sending.out)[-GOAWAY_SIZE:], 4)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_protocol_ends_the_connection(name: str) -> None:
    """GOAWAY says why; what was answered stays, the rest is Ambiguous, what waited is given back."""
    session, exchanges = opened()
    session.receive(frame(HEADERS, WHOLE, 5, OK))
    late = request()
    session.sending.waiting.append(late)
    data, code = BROKEN[name]
    session.receive(data)
    assert farewell(session) == code
    assert (session.is_over, session.is_done) == (True, True)
    assert outcome_of(exchanges[2]) == Answer(200, {}, b"")
    for exchange in exchanges[:2]:
        outcome = outcome_of(exchange)
        assert outcome == Answer(200, {}, b"") or (
            isinstance(outcome, Ambiguous) and outcome.cause.startswith("the server broke HTTP/2: ")
        )
    assert isinstance(outcome_of(late), Returned)
    session.receive(frame(HEADERS, WHOLE, 1, OK))


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_answer_costs_its_stream(name: str) -> None:
    """The stream is reset, its request Ambiguous; the others go on."""
    session, exchanges = opened()
    session.receive(MALFORMED[name] + frame(HEADERS, WHOLE, 3, OK))
    assert isinstance(outcome_of(exchanges[0]), Ambiguous)
    assert frames.reset(1, Code.PROTOCOL_ERROR) in session.sending.out
    assert outcome_of(exchanges[1]) == Answer(200, {}, b"")
    assert not session.is_over


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_is_borne(name: str) -> None:
    """What we have no use for is passed over, and the answer comes."""
    session, exchanges = opened()
    session.receive(ALLOWED[name] + frame(HEADERS, WHOLE, 1, OK))
    assert outcome_of(exchanges[0]) == Answer(200, {}, b"")


def test_headers_twice() -> None:
    """A second list of headers that is not the end is malformed; the status of the first stays."""
    session, exchanges = opened()
    session.receive(frame(HEADERS, END_HEADERS, 1, NOT_FOUND) * 2)
    assert outcome_of(exchanges[0]) == Answer(404, {}, b"")
    assert frames.reset(1, Code.PROTOCOL_ERROR) in session.sending.out


def test_padding_and_priority_are_taken_off() -> None:
    """Both may surround headers, padding a body too; flow control counts it."""
    session, exchanges = opened()
    session.receive(frame(HEADERS, END_HEADERS | PADDED | WITH_PRIORITY, 1, b"\x03" + bytes(5) + NOT_FOUND + bytes(3)))
    session.receive(frame(DATA, PADDED, 1, b"\x02body\x00\x00") + frame(DATA, END_STREAM | PADDED, 1, b"\x00"))
    assert outcome_of(exchanges[0]) == Answer(404, {}, b"body")


def test_a_flood_of_empty_frames_is_cut() -> None:
    """DATA without data has an end too: the status stays, the stream is cancelled."""
    session, exchanges = opened()
    session.receive(frame(HEADERS, END_HEADERS, 1, NOT_FOUND) + frame(DATA, 0, 1) * (LONGEST_BODY // 9 + 1))
    assert outcome_of(exchanges[0]) == Answer(404, {}, b"")
    assert frames.reset(1, Code.CANCEL) in session.sending.out


def test_a_block_in_many_frames() -> None:
    """CONTINUATION may cut a block anywhere, also inside a header."""
    session, exchanges = opened()
    block = Hpack().encode([(":status", "410"), ("apns-id", "0a1b"), ("retry-after", "7")])
    parts = list(pieces(block, 1))
    session.receive(frame(HEADERS, END_STREAM, 1, parts[0]))
    for part in parts[1:-1]:
        session.receive(frame(CONTINUATION, 0, 1, part))
    session.receive(frame(CONTINUATION, END_HEADERS, 1, parts[-1]))
    assert outcome_of(exchanges[0]) == Answer(410, {"apns-id": "0a1b", "retry-after": "7"}, b"")


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", frame(SETTINGS, ACK, 0), frame(PING, 0, 0, bytes(8)), b"\x00" * 64],
    ids=["HTTP/1.1", "an acknowledgement", "PING", "zeros"],
)
def test_who_does_not_begin_with_settings_speaks_no_http2(data: bytes) -> None:
    """Nothing was sent, and a person has to act."""
    session, exchange = new_session(), request()
    session.sending.waiting.append(exchange)
    session.receive(data)
    outcome = outcome_of(exchange)
    assert isinstance(outcome, NotSent)
    assert outcome.configuration
    assert outcome.cause.startswith("the server does not speak HTTP/2: ")


def test_more_data_than_the_window() -> None:
    """A server that ignores our window is left."""
    session, _ = opened()
    session._owed = 16 * 1024 * 1024
    session.receive(frame(DATA, 0, 1, b"x"))
    assert farewell(session) == Code.FLOW_CONTROL_ERROR


FRAMES = st.builds(
    frame,
    st.integers(0, 11),
    st.one_of(st.sampled_from([0, ACK, WHOLE, END_HEADERS, PADDED, PADDED | WHOLE]), st.integers(0, 255)),
    st.sampled_from([0, 1, 1, 3, 3, 5, 7, 2, 2**31 - 1]),
    st.one_of(
        st.sampled_from([b"", OK, NOT_FOUND, b"\x20\x88", bytes(4), bytes(8), b"\x00\x00\x00\x01", bytes(6)]),
        st.binary(max_size=40),
    ),
)


@given(st.lists(st.one_of(FRAMES, st.binary(max_size=30)), max_size=12), st.integers(1, 50))
@settings(max_examples=500)
def test_any_bytes(parts: list[bytes], size: int) -> None:
    """Whatever comes, nothing raises; when the connection is gone every request has exactly one outcome.

    An outcome is an answer only if a status came: no bytes turn what was sent into NotSent but GOAWAY and RST_STREAM.
    """
    session, exchanges = opened()
    late = request()
    data = b"".join(parts)
    for piece in pieces(data, size):
        session.receive(piece)
        session.sending.pump(1000)
    if not session.is_leaving:
        session.sending.waiting.append(late)
    session.end("connection lost", Returned("unbegun"))
    outcomes = [outcome_of(exchange) for exchange in exchanges]
    assert all(isinstance(outcome, Answer | Ambiguous | NotSent | Returned) for outcome in outcomes)
    if not any(part[3:4] in (b"\x03", b"\x07") for part in (data[at:] for at in range(len(data)))):
        assert all(isinstance(outcome, Answer | Ambiguous) for outcome in outcomes)
    assert not list(session.live())


PAIRS = st.lists(
    st.tuples(
        st.sampled_from(["content-type", "date", "apns-id", "server", "x-other"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200),
    ),
    max_size=6,
)


@given(PAIRS, PAIRS, st.integers(0, 10**15 - 1), st.booleans())
def test_a_length_is_found_among_other_headers(
    before: list[tuple[str, str]], behind: list[tuple[str, str]], length: int, huffman: bool
) -> None:
    """The length that is found without decoding is the one that decoding finds, and the other headers are too."""
    encoder = Hpack()
    encoder.header_table_size = 0
    headers = [(":status", "200"), *before, ("content-length", str(length)), *behind]
    block = encoder.encode(headers, huffman=huffman)
    assert length_of(block) == length
    status, fields, found = read(block, WANTED, is_whole=False)
    assert (status, found) == (200, length)
    wanted = {name: value for name, value in reversed(headers) if name in WANTED}
    assert fields == wanted
    assert length_of(encoder.encode([*before, *behind])) is None


@given(st.binary(max_size=60))
def test_a_length_is_looked_for_in_anything(block: bytes) -> None:
    """No block makes the search raise, and it finds a length that could be one or none."""
    found = length_of(block)
    assert found is None or 0 <= found < 10**15


def test_nobody_is_told_twice() -> None:
    """The first outcome stays."""
    exchange = request()
    exchange.end(Ambiguous("first"))
    exchange.end(Ambiguous("second"))
    assert outcome_of(exchange) == Ambiguous("first")
