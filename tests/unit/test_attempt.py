"""Requests that nobody awaits."""

import asyncio
from typing import Any, cast

from providers.attempt import Attempt, Ended
from providers.transport import Transport
from providers.wire_outcome import Ambiguous, NotSent

NOWHERE = cast("Any", None)


def attempt(ended: Ended) -> Attempt:
    """Return a request of which only the end matters."""
    return Attempt(("/", (), b"", 0.0, ()), NOWHERE, NOWHERE, lambda _: None, ended)


def test_what_raises_holds_up_no_other() -> None:
    """All that ended in one turn of the loop are taken in their order, and what one of them raises is reported."""
    taken, reported = list[Attempt](), list[BaseException]()

    def take(one: Attempt) -> None:
        taken.append(one)
        if one is attempts[1]:
            raise ZeroDivisionError

    ended = Ended(take)
    attempts = [attempt(ended) for _ in range(4)]

    async def act() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
        for one in attempts:
            assert not one.done()
            one.set_result(Ambiguous("lost"))
            assert one.done()
        assert taken == []
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(act())
    assert taken == attempts
    assert [type(error) for error in reported] == [ZeroDivisionError]


def test_what_cannot_begin_is_for_post() -> None:
    """Without a slot, without time, with a header that cannot travel, or once closed, nothing is begun and told."""
    told: list[object] = []

    async def act() -> None:
        transport = Transport("https://127.0.0.1:1", max_in_flight=1)
        assert not transport.begin("/", [("apns-id", "ä")], b"", 5, told.append)
        assert not transport.begin("/ ", [], b"", 5, told.append)
        assert not transport.begin("/", [], b"", 0, told.append)
        assert transport.begin("/", [], b"", 5, told.append)
        assert not transport.begin("/", [], b"", 5, told.append)
        async with asyncio.timeout(5):
            while not told:  # noqa: ASYNC110 - it is told to a function
                await asyncio.sleep(0.01)
        await transport.aclose()
        assert not transport.begin("/", [], b"", 5, told.append)

    asyncio.run(act())
    (outcome,) = told
    assert isinstance(outcome, NotSent)
