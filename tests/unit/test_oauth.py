import asyncio
from collections.abc import Awaitable, Callable

from providers.oauth import AccessToken, Grant, OAuthError


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Endpoint:
    """A token address with a list of answers; it answers when ``open`` is set."""

    def __init__(self, *answers: Grant | OAuthError) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self) -> Grant | OAuthError:
        """Give the next answer."""
        answer = self.answers[self.calls]
        self.calls += 1
        await self.open.wait()
        return answer


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scenario on a loop of its own."""

    async def whole() -> None:
        await scenario()

    asyncio.run(whole())


A, B = Grant("a", 3600.0), Grant("b", 3600.0)
DOWN = OAuthError("down")


def test_waiters_share_one_fetch() -> None:
    """A hundred who need a token at once cost one call."""

    async def scenario() -> None:
        endpoint = Endpoint(A)
        tokens = AccessToken(endpoint, clock=Clock())
        assert await asyncio.gather(*(tokens.get() for _ in range(100))) == ["a"] * 100
        assert endpoint.calls == 1

    run(scenario)


def test_nobody_waits_for_an_early_renewal() -> None:
    """Five minutes before expiry the old token is still given out while one renewal is under way."""

    async def scenario() -> None:
        clock, endpoint = Clock(), Endpoint(A, B)
        tokens = AccessToken(endpoint, clock=clock)
        await tokens.get()
        clock.now += 3299
        assert await tokens.get() == "a"
        assert endpoint.calls == 1
        endpoint.open.clear()
        clock.now += 2
        assert [await tokens.get(), await tokens.get()] == ["a", "a"]
        endpoint.open.set()
        tokens.invalidate("a")
        assert await tokens.get() == "b"
        assert endpoint.calls == 2

    run(scenario)


def test_a_short_life_is_renewed_a_third_early() -> None:
    """A token of 30 seconds is used for 20 before it is renewed."""

    async def scenario() -> None:
        clock, endpoint = Clock(), Endpoint(Grant("a", 30.0), B)
        tokens = AccessToken(endpoint, clock=clock)
        await tokens.get()
        clock.now += 19
        await tokens.get()
        assert endpoint.calls == 1
        clock.now += 2
        await tokens.get()
        await asyncio.sleep(0)
        assert endpoint.calls == 2

    run(scenario)


def test_an_outage_before_expiry_is_not_noticed() -> None:
    """While the old token is valid, a failing token address costs no send."""

    async def scenario() -> None:
        clock, endpoint = Clock(), Endpoint(A, DOWN, B)
        tokens = AccessToken(endpoint, clock=clock)
        await tokens.get()
        clock.now += 3400
        assert await tokens.get() == "a"
        await asyncio.sleep(0)
        assert await tokens.get() == "a"
        clock.now += 300
        assert await tokens.get() == "b"

    run(scenario)


def test_a_failed_address_is_given_a_pause() -> None:
    """Within a second of a failure the queued sends get that failure instead of asking again."""

    async def scenario() -> None:
        clock, endpoint = Clock(), Endpoint(DOWN, A)
        tokens = AccessToken(endpoint, clock=clock)
        assert [await tokens.get(), await tokens.get()] == [DOWN, DOWN]
        assert endpoint.calls == 1
        clock.now += 1
        assert await tokens.get() == "a"

    run(scenario)


def test_an_expired_token_is_never_given_out() -> None:
    """When renewal fails after expiry there is an error, not the old token."""

    async def scenario() -> None:
        clock, endpoint = Clock(), Endpoint(A, DOWN)
        tokens = AccessToken(endpoint, clock=clock)
        await tokens.get()
        clock.now += 3600
        assert await tokens.get() == DOWN

    run(scenario)


def test_only_the_current_token_can_be_invalidated() -> None:
    """A late complaint about an old token does not cost the new one."""

    async def scenario() -> None:
        endpoint = Endpoint(A, B)
        tokens = AccessToken(endpoint, clock=Clock())
        await tokens.get()
        tokens.invalidate("a")
        assert await tokens.get() == "b"
        tokens.invalidate("a")
        assert await tokens.get() == "b"
        assert endpoint.calls == 2

    run(scenario)


def test_a_waiter_who_leaves_does_not_stop_the_others() -> None:
    """Cancelling one waiter leaves the fetch to the next."""

    async def scenario() -> None:
        endpoint = Endpoint(A)
        endpoint.open.clear()
        tokens = AccessToken(endpoint, clock=Clock())
        leaver, stayer = asyncio.ensure_future(tokens.get()), asyncio.ensure_future(tokens.get())
        await asyncio.sleep(0)
        leaver.cancel()
        endpoint.open.set()
        assert await stayer == "a"
        assert endpoint.calls == 1

    run(scenario)


def test_closing_abandons_a_fetch() -> None:
    """A fetch that hangs does not outlive its owner."""

    async def scenario() -> None:
        endpoint = Endpoint(A)
        endpoint.open.clear()
        tokens = AccessToken(endpoint, clock=Clock())
        waiter = asyncio.ensure_future(tokens.get())
        await asyncio.sleep(0)
        await tokens.aclose()
        assert await asyncio.wait([waiter])
        assert waiter.cancelled()

    run(scenario)


def test_a_token_is_not_printed() -> None:
    """The repr of a grant, which could reach a log, does not hold the token."""
    assert "secret" not in repr(Grant("secret", 1.0))
