"""What is written to a transport in one turn of the event loop."""

import asyncio

from worker.api.joined_writes import JoinedWrites


class Recorder(asyncio.Transport):
    """A transport that notes what it is told to do."""

    def __init__(self) -> None:
        """Note nothing yet."""
        super().__init__()
        self.told: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Note what is sent."""
        self.told.append(bytes(data))

    def close(self) -> None:
        """Note it."""
        self.told.append("close")

    def abort(self) -> None:
        """Note it."""
        self.told.append("abort")

    def is_closing(self) -> bool:
        """Say so when it was told."""
        return "close" in self.told or "abort" in self.told


async def joined() -> tuple[JoinedWrites, Recorder]:
    """Return a transport and what it stands for."""
    recorder = Recorder()
    return JoinedWrites(recorder, asyncio.get_running_loop()), recorder


def test_a_turn_is_one_write() -> None:
    """Head and body leave together at its end; what is written later leaves by itself."""

    async def test() -> None:
        transport, recorder = await joined()
        transport.write(b"head ")
        transport.write(b"body")
        assert recorder.told == []
        await asyncio.sleep(0)
        transport.write(b"more")
        await asyncio.sleep(0)
        assert recorder.told == [b"head body", b"more"]

    asyncio.run(test())


def test_much_does_not_wait() -> None:
    """Nothing piles up: a long answer goes on at once, in order."""

    async def test() -> None:
        transport, recorder = await joined()
        transport.write(b"head ")
        transport.write(b"x" * 100_000)
        assert recorder.told == [b"head " + b"x" * 100_000]
        transport.write(b"end")
        await asyncio.sleep(0)
        assert recorder.told[1:] == [b"end"]

    asyncio.run(test())


def test_what_is_written_is_sent_before_the_end() -> None:
    """A refusal that closes the connection arrives."""

    async def test() -> None:
        transport, recorder = await joined()
        transport.write(b"no")
        transport.close()
        transport.write(b"too late")
        await asyncio.sleep(0)
        assert recorder.told == [b"no", "close"]

    asyncio.run(test())


def test_an_abort_sends_nothing() -> None:
    """Whoever is cut off gets no more."""

    async def test() -> None:
        transport, recorder = await joined()
        transport.write(b"no")
        transport.abort()
        await asyncio.sleep(0)
        assert recorder.told == ["abort"]

    asyncio.run(test())
