"""A session with h2 as its server, which raises at whatever the RFC forbids a client."""

import itertools

import pytest
from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from hypothesis import given
from hypothesis import strategies as st

from providers.http2.exchange import Exchange
from providers.http2.frames import DATA, END_HEADERS, END_STREAM, HEADERS, LARGEST_31, frame
from providers.http2.session import LONGEST_BODY, Session
from providers.transport import Ambiguous, Answer, NotSent
from providers.wire_outcome import Returned
from tests.unit.http2.server import Server, new_session, outcome_of, request, settle

BODY = b"0123456789abcdef"


def begun(*exchanges: Exchange, size: int = 1_000_000, **settings: int) -> tuple[Session, Server]:
    """Return a session whose requests have arrived, as far as the server's settings allow."""
    session, server = new_session(), Server({SettingCodes[name]: value for name, value in settings.items()})
    session.sending.waiting.extend(exchanges)
    settle(session, server, size)
    return session, server


@pytest.mark.parametrize("size", [1, 2, 3, 8, 9, 10, 31, 1000])
def test_bytes_may_come_in_any_pieces(size: int) -> None:
    """Requests and answers are whole, wherever the network cuts what carries them."""
    exchanges = [request(BODY * number, f"/{number}", [("apns-id", str(number))]) for number in range(20)]
    session, server = begun(*exchanges, size=size)
    assert [bytes(asked.body) for asked in server.asked.values()] == [BODY * number for number in range(20)]
    assert [dict(asked.headers)[":path"] for asked in server.asked.values()] == [f"/{n}" for n in range(20)]
    for number, stream in enumerate(server.asked):
        server.answer(stream, 200 + number, b"x" * number, apns_id=f"a{number}", date="whenever")
    settle(session, server, size)
    assert [outcome_of(exchange) for exchange in exchanges] == [
        Answer(200 + number, {"apns-id": f"a{number}"}, b"x" * number) for number in range(20)
    ]
    assert not list(session.live())


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=6), st.integers(0, 50), st.data())
def test_windows_are_kept(bodies: list[bytes], window: int, data: st.DataObject) -> None:
    """Whatever the server's window is and becomes, no byte is sent too many, and every body gets through in the end."""
    exchanges = [request(body) for body in bodies]
    session, server = begun(*exchanges, INITIAL_WINDOW_SIZE=window)
    for size in data.draw(st.lists(st.integers(0, 60), max_size=4)):
        server.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: size})
        settle(session, server)
    server.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 500})
    settle(session, server)
    assert [bytes(asked.body) for asked in server.asked.values()] == bodies
    assert all(asked.is_whole for asked in server.asked.values())


def test_large_bodies_wait_for_credit() -> None:
    """Bodies of half a megabyte fill the window, and go on with each WINDOW_UPDATE; what has no room is not begun."""
    large, small = [request(BODY * 32_768) for _ in range(3)], request(BODY)
    session, server = new_session(), Server(gives_credit=False)
    session.sending.waiting.extend([*large, small])
    settle(session, server)
    assert sum(len(asked.body) for asked in server.asked.values()) == 65_535
    assert (len(server.asked), small.stream) == (1, 0)
    for stream in itertools.cycle((1, 3, 5, 7)):
        if len(server.asked) == 4 and all(asked.is_whole for asked in server.asked.values()):
            break
        server.h2.increment_flow_control_window(50_000)
        if stream in server.asked and not server.asked[stream].is_whole:
            server.h2.increment_flow_control_window(50_000, stream)
        settle(session, server)
    assert [len(asked.body) for asked in server.asked.values()] == [*[len(BODY) * 32_768] * 3, len(BODY)]


def test_a_frame_may_be_as_large_as_the_server_allows() -> None:
    """MAX_FRAME_SIZE bounds DATA and header blocks; a long block goes on in CONTINUATION."""
    long = [("x-long", "v" * 50_000)]
    for size in (16_384, 20_000, 200_000):
        session, server = begun(MAX_FRAME_SIZE=size, MAX_HEADER_LIST_SIZE=100_000)
        session.sending.waiting.append(request(BODY * 3000, headers=long))
        settle(session, server)
        (asked,) = server.asked.values()
        assert (len(asked.body), dict(asked.headers)["x-long"]) == (48_000, "v" * 50_000)


def test_streams_wait_for_the_server_s_limit() -> None:
    """Nothing is begun before the server's SETTINGS, then no more than they allow, the oldest first."""
    exchanges = [request(path=f"/{number}") for number in range(5)]
    session, server = new_session(), Server({SettingCodes.MAX_CONCURRENT_STREAMS: 2})
    session.sending.waiting.extend(exchanges)
    session.sending.pump(1_000_000)
    assert [exchange.stream for exchange in exchanges] == [0] * 5
    settle(session, server)
    for stream in (1, 3, 5, 7, 9):
        assert list(server.asked)[-1] == min(stream + 2, 9)
        server.answer(stream)
        settle(session, server)
    assert all(isinstance(outcome_of(exchange), Answer) for exchange in exchanges)


def test_a_lowered_limit_ends_nothing() -> None:
    """When the server lowers its limit, what is open goes on and what waits waits longer."""
    exchanges = [request() for _ in range(6)]
    session, server = begun(*exchanges[:4], MAX_CONCURRENT_STREAMS=4)
    server.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    settle(session, server)
    session.sending.waiting.extend(exchanges[4:])
    for stream in (1, 3, 5):
        server.answer(stream)
        settle(session, server)
        assert len(server.asked) == 4
    server.answer(7)
    settle(session, server)
    assert list(server.asked) == [1, 3, 5, 7, 9]


def test_goaway_tells_what_was_looked_at() -> None:
    """Above the last stream and in the queue nothing was processed; what lies below is still answered."""
    exchanges = [request() for _ in range(5)]
    session, server = begun(*exchanges, MAX_CONCURRENT_STREAMS=4)
    server.h2.close_connection(ErrorCodes.NO_ERROR, b"SECRET", last_stream_id=3)
    session.receive(server.written())
    returned = Returned("the server sent GOAWAY: NO_ERROR")
    assert [outcome_of(exchange) for exchange in exchanges] == [None, None, returned, returned, returned]
    assert (session.is_leaving, session.is_done) == (True, False)
    session.end("connection lost", Returned("unbegun"))
    assert [outcome_of(exchange) for exchange in exchanges[:2]] == [Ambiguous("connection lost")] * 2


def test_goaway_with_an_error_is_no_reason_to_come_back() -> None:
    """With an error code what was not processed is NotSent: another connection at once is not what the server wants."""
    exchanges = [request() for _ in range(3)]
    session, server = begun(*exchanges, MAX_CONCURRENT_STREAMS=2)
    server.h2.close_connection(ErrorCodes.ENHANCE_YOUR_CALM, last_stream_id=1)
    session.receive(server.written())
    unsent = NotSent("the server sent GOAWAY: ENHANCE_YOUR_CALM")
    assert [outcome_of(exchange) for exchange in exchanges] == [None, unsent, unsent]


def test_two_goaways() -> None:
    """The first, of a server that shuts down gently, disowns nothing that is open; the second says what is left."""
    exchanges = [request() for _ in range(2)]
    session, server = begun(*exchanges)
    server.h2.close_connection(last_stream_id=LARGEST_31)
    session.receive(server.written())
    assert [outcome_of(exchange) for exchange in exchanges] == [None, None]
    session.receive(bytes.fromhex("000008 07 00 00000000 00000001 00000000"))
    assert [type(outcome_of(exchange)) for exchange in exchanges] == [type(None), Returned]


@pytest.mark.parametrize("code", ErrorCodes)
def test_a_reset_stream(code: ErrorCodes) -> None:
    """REFUSED_STREAM is given back; any other code leaves it open what was done. The other streams go on."""
    exchanges = [request() for _ in range(2)]
    session, server = begun(*exchanges)
    server.h2.reset_stream(1, code)
    server.answer(3)
    settle(session, server)
    refused = Returned("the server refused the stream unread")
    reset = Ambiguous(f"the server reset the stream: {code.name}")
    assert outcome_of(exchanges[0]) == (refused if code is ErrorCodes.REFUSED_STREAM else reset)
    assert isinstance(outcome_of(exchanges[1]), Answer)


@pytest.mark.parametrize("code", [ErrorCodes.REFUSED_STREAM, ErrorCodes.INTERNAL_ERROR, ErrorCodes.NO_ERROR])
def test_a_status_is_the_server_s_word(code: ErrorCodes) -> None:
    """When the body breaks off, the status stays."""
    exchange = request()
    session, server = begun(exchange)
    server.h2.send_headers(1, [(":status", "410"), ("apns-id", "7")])
    server.h2.send_data(1, b"half")
    server.h2.reset_stream(1, code)
    settle(session, server)
    assert outcome_of(exchange) == Answer(410, {"apns-id": "7"}, b"")


def test_interim_answers_and_trailers() -> None:
    """103 is passed over, trailers are not read."""
    exchange = request()
    session, server = begun(exchange)
    server.h2.send_headers(1, [(":status", "103"), ("link", "x")])
    server.h2.send_headers(1, [(":status", "200"), ("retry-after", "5")])
    server.h2.send_data(1, b"body")
    server.h2.send_headers(1, [("apns-id", "trailer")], end_stream=True)
    settle(session, server)
    assert outcome_of(exchange) == Answer(200, {"retry-after": "5"}, b"body")


def test_a_body_without_end_is_cut() -> None:
    """A body longer than any vendor's is not kept: its status stays, its stream is cancelled, the others go on."""
    exchanges = [request() for _ in range(2)]
    session, server = begun(*exchanges)
    server.h2.send_headers(1, [(":status", "503")])
    sent = 0
    while server.asked[1].reset is None:
        server.h2.send_data(1, bytes(10_000))
        settle(session, server)
        sent += 10_000
    assert LONGEST_BODY - 10_000 <= sent <= LONGEST_BODY
    server.answer(3)
    settle(session, server)
    assert [outcome_of(exchange) for exchange in exchanges] == [Answer(503, {}, b""), Answer(200, {}, b"")]
    assert server.asked[1].reset == ErrorCodes.CANCEL


def test_credit_is_given_back() -> None:
    """A hundred megabytes of answers never stall, bodies of cancelled requests included."""
    session, server = begun()
    for number in range(200):
        exchange = request()
        session.sending.waiting.append(exchange)
        settle(session, server)
        stream = exchange.stream
        server.h2.send_headers(stream, [(":status", "410")])
        for _ in range(50):
            assert server.h2.local_flow_control_window(stream) >= 10_000
            server.h2.send_data(stream, bytes(10_000))
        if number % 2:
            session.sending.withdraw(exchange)
            session.receive(server.written())
            settle(session, server)
        else:
            server.h2.end_stream(stream)
            settle(session, server)
            assert outcome_of(exchange) == Answer(410, {}, bytes(500_000))


def test_an_answer_before_the_whole_request() -> None:
    """A server that answers before it has the body gets no more of it."""
    exchange = request(BODY * 10_000)
    session, server = new_session(), Server(gives_credit=False)
    session.sending.waiting.append(exchange)
    settle(session, server)
    server.answer(1, 413)
    settle(session, server)
    assert outcome_of(exchange) == Answer(413, {}, b"")
    assert server.asked[1].reset == ErrorCodes.CANCEL
    assert not session.sending.unfinished


def test_a_withdrawn_request() -> None:
    """Before it has begun it is forgotten; after that it is cancelled, and what still comes for it is ignored."""
    exchanges = [request(path=f"/{number}") for number in range(3)]
    session, server = begun(*exchanges, MAX_CONCURRENT_STREAMS=1)
    session.sending.withdraw(exchanges[1])
    session.sending.withdraw(exchanges[0])
    settle(session, server)
    session.receive(frame(HEADERS, END_HEADERS, 1, b"\x88") + frame(DATA, END_STREAM, 1, b"late"))
    settle(session, server)
    assert server.asked[1].reset == ErrorCodes.CANCEL
    assert [dict(asked.headers)[":path"] for asked in server.asked.values()] == ["/0", "/2"]
    assert [outcome_of(exchange) for exchange in exchanges] == [None] * 3


def test_an_overdue_request() -> None:
    """What has not begun is NotSent, what has is Ambiguous, and what has a status is an answer."""
    exchanges = [request() for _ in range(3)]
    session, server = begun(*exchanges, MAX_CONCURRENT_STREAMS=2)
    server.h2.send_headers(3, [(":status", "200")])
    settle(session, server)
    for exchange in list(session.live()):
        session.expire(exchange)
    settle(session, server)
    assert [outcome_of(exchange) for exchange in exchanges] == [
        Ambiguous("operation timed out"),
        Answer(200, {}, b""),
        NotSent("deadline passed before a free stream"),
    ]
    assert [asked.reset for asked in server.asked.values()] == [ErrorCodes.CANCEL] * 2


def test_the_last_number() -> None:
    """After the last stream's number none is begun."""
    session, server = begun()
    server.h2.highest_inbound_stream_id = session.sending.next_stream = LARGEST_31 - 2
    server.h2.highest_inbound_stream_id -= 2
    exchanges = [request() for _ in range(3)]
    session.sending.waiting.extend(exchanges)
    settle(session, server)
    assert [exchange.stream for exchange in exchanges] == [LARGEST_31 - 2, LARGEST_31, 0]
    assert session.sending.is_used_up
    session.leave("used up")
    assert outcome_of(exchanges[2]) == Returned("used up")


@given(st.lists(st.tuples(st.integers(0, 5000), st.booleans()), max_size=6))
def test_the_server_s_table(sizes: list[tuple[int, bool]]) -> None:
    """The server may change the size of its table whenever it likes; h2 raises when a block does not keep to it."""
    session, server = begun()
    for size, asks in sizes:
        server.h2.update_settings({SettingCodes.HEADER_TABLE_SIZE: size})
        settle(session, server)
        if asks:
            session.sending.waiting.append(request(headers=[("apns-topic", "com.example"), ("apns-id", str(size))]))
            settle(session, server)
    assert all(dict(asked.headers)["apns-topic"] == "com.example" for asked in server.asked.values())
