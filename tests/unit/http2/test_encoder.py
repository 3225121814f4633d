"""Our header blocks, read by the hpack library's decoder."""

import pytest
from hpack import Decoder
from hypothesis import given
from hypothesis import strategies as st

from providers.http2.encoder import Encoder

NEVER, PASSING = (":path", "authorization"), ("apns-id", "content-length")
NAMES = (*NEVER, *PASSING, ":method", "apns-topic", "content-type", "user-agent", "x" * 200)
VALUES = st.one_of(
    st.sampled_from(["", "POST", "a", "application/json", "v" * 126, "v" * 127, "v" * 300, "v" * 5000]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
BLOCKS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=12)
SIZES = st.integers(0, 9000)


class Reader:
    """A server: its decoder, whose table is bounded by its own SETTINGS."""

    def __init__(self) -> None:
        self.decoder = Decoder(max_header_list_size=10**6)

    def limit(self, size: int) -> None:
        """Announce a size that the client has acknowledged."""
        self.decoder.max_allowed_table_size = size

    def read(self, block: bytes) -> list[tuple[str, str]]:
        """Decode; hpack raises when the client has not kept to the size."""
        return [(str(name), str(value)) for name, value in self.decoder.decode(block)]

    @property
    def entries(self) -> list[tuple[str, str]]:
        """What the table holds, the newest first."""
        return [(name.decode(), value.decode()) for name, value in self.decoder.header_table.dynamic_entries]


@given(st.lists(st.tuples(st.lists(SIZES, max_size=3), BLOCKS), max_size=8))
def test_blocks_mean_what_was_meant(steps: list[tuple[list[int], list[tuple[str, str]]]]) -> None:
    """Whatever the headers and however the table shrinks and grows, a decoder reads what was given."""
    encoder, server = Encoder(NEVER, PASSING), Reader()
    for sizes, headers in steps:
        for size in sizes:
            encoder.resize(size)
        if sizes:
            server.limit(sizes[-1])
        assert server.read(encoder.encode(headers)) == headers


@given(st.lists(BLOCKS, max_size=8))
def test_what_shall_not_be_kept_is_not(blocks: list[list[tuple[str, str]]]) -> None:
    """No table holds a value that is never to be kept, nor a second value of a name whose values pass."""
    encoder, server = Encoder(NEVER, PASSING), Reader()
    for headers in blocks:
        server.read(encoder.encode(headers))
        names = [name for name, _ in server.entries]
        assert not set(names) & set(NEVER)
        assert all(names.count(name) <= 1 for name in PASSING)


def test_a_path_is_marked_for_the_next_hop() -> None:
    """The path holds the token: its representation says that nobody on the way may index it (RFC 7541 6.2.3)."""
    (header,) = Decoder().decode(Encoder((":path",)).encode([(":path", "/t")]))
    assert not header.indexable


def test_the_second_block_is_short() -> None:
    """What repeats takes a byte each; a passing value takes its own length, and its name a byte or two."""
    encoder = Encoder((":path",), ("apns-id",))
    headers = [(":method", "POST"), ("apns-topic", "com.example.app"), ("apns-priority", "10")]
    assert len(encoder.encode([*headers, ("apns-id", "x" * 36)])) > 80
    assert len(encoder.encode([*headers, ("apns-id", "y" * 36)])) == 3 + 2 + 1 + 36


@pytest.mark.parametrize("size", [0, 40])
def test_a_table_that_holds_nothing(size: int) -> None:
    """A server without a table, or a tiny one, gets literals."""
    encoder, server = Encoder(), Reader()
    encoder.resize(size)
    server.limit(size)
    for _ in range(3):
        assert server.read(encoder.encode([("apns-topic", "com.example.app")])) == [("apns-topic", "com.example.app")]
        assert server.entries == []


def test_an_older_entry_makes_room() -> None:
    """The table holds the newest entries that fit, and forgotten ones are entered again."""
    encoder, server = Encoder(), Reader()
    encoder.resize(100)
    server.limit(100)
    for topic in ("one", "two", "three", "one"):
        assert server.read(encoder.encode([("apns-topic", topic)])) == [("apns-topic", topic)]
    assert server.entries == [("apns-topic", "one"), ("apns-topic", "three")]


@given(st.lists(st.tuples(SIZES, BLOCKS, st.integers(0, 2)), max_size=10), st.lists(BLOCKS, min_size=3, max_size=3))
def test_what_comes_again_means_the_same(
    steps: list[tuple[int, list[tuple[str, str]], int]], runs: list[list[tuple[str, str]]]
) -> None:
    """A run that is put together once is still read as it was given, whatever the table has met meanwhile."""
    encoder, server, lasting = Encoder(NEVER, PASSING), Reader(), [tuple(run) for run in runs]
    for size, headers, chosen in steps:
        encoder.resize(size)
        server.limit(size)
        run = lasting[chosen]
        assert server.read(encoder.encode(run, headers, run)) == [*run, *headers, *run]
