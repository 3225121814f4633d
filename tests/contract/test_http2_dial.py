"""Reaching a host that has several addresses."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from providers.http2.dial import HEAD_START_S, _alternating, _race, dial
from tests.contract.lateness import LOOP_CLOCK_S
from tests.contract.plain_server import drain, serving
from tests.contract.wire import Run
from tests.hard.peers import unreachable


def address(port: int) -> tuple[int, int, int, str, Any]:
    """Return what a resolver says of a port of this machine."""
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))


@contextmanager
def closed_port() -> Iterator[int]:
    """Give a port where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


@pytest.fixture
def mute() -> Iterator[int]:
    """Give a port that answers no SYN."""
    with unreachable() as origin:
        yield int(origin.rpartition(":")[2])


def test_an_address_that_does_not_answer_costs_a_moment(run: Run, mute: int) -> None:
    """The next address is tried while the first still says nothing, and what tried on is closed."""

    async def scenario() -> None:
        with serving(drain) as port:
            started = time.perf_counter()
            with await _race([address(mute), address(port), address(mute)]) as found:
                assert time.perf_counter() - started > HEAD_START_S - LOOP_CLOCK_S
                assert found.getpeername() == ("127.0.0.1", port)
                assert len(asyncio.all_tasks()) == 1

    run(scenario())


def test_an_address_that_refuses_costs_nothing(run: Run) -> None:
    """After a refusal the next address is tried at once."""

    async def scenario() -> None:
        with ExitStack() as stack:
            closed, port = stack.enter_context(closed_port()), stack.enter_context(serving(drain))
            found = stack.enter_context(await _race([address(closed), address(port)]))
            assert found.getpeername() == ("127.0.0.1", port)

    run(scenario())


def test_no_address_answers(run: Run) -> None:
    """What the last one said is raised."""

    async def scenario() -> None:
        with closed_port() as port:
            with pytest.raises(ConnectionRefusedError):
                await _race([address(port), address(port)])
            with pytest.raises(ConnectionRefusedError):
                await dial("localhost", port)

    run(scenario())


def test_a_limit_ends_every_attempt(run: Run, mute: int) -> None:
    """A caller that gives up leaves no attempt behind."""

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * HEAD_START_S):
                await _race([address(mute), address(mute)])
        assert len(asyncio.all_tasks()) == 1

    run(scenario())


def test_families_take_turns() -> None:
    """A broken family costs one attempt, not all of its addresses."""
    six, four = (socket.AF_INET6, 1, 6, "", "six"), (socket.AF_INET, 1, 6, "", "four")
    assert _alternating([six, six, four, four, four]) == [six, four, six, four, four]
    assert _alternating([four]) == [four]
