"""A small sender around one adapter: so many in flight, and every Retryable again after a back-off."""

import asyncio
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

from policy.causes import Cause
from policy.retry import GiveUp, RetryPolicy, plan_retry
from providers.base import Provider
from providers.notification import Notification
from providers.result import Accepted, Result, Retryable

#: Short, so that a run ends, and the same for every cause; the shape is the worker's.
RETRIES = RetryPolicy(attempts=20, rules=lambda _provider, _cause: Cause(first_s=0.05, cap_s=0.5))
#: FCM's documented minute without Retry-After would only make a run longer.
_LONGEST_WAIT_S = 2.0
_NEVER_MS = 2**62
#: What the wire says of its own deadline.
_TIMED_OUT = "operation timed out"
#: A run that takes longer hangs; uvloop waits where a test's own time-out cannot interrupt it.
_HUNG_S = 600.0


@dataclass(slots=True)
class Story:
    """What the sends of one notification came to."""

    results: list[Result] = field(default_factory=list)
    #: Seconds of its longest send.
    longest_s: float = 0.0

    @property
    def end(self) -> Result:
        """The last result."""
        return self.results[-1]

    @property
    def timed_out(self) -> int:
        """How many sends ended at their own deadline."""
        return sum(isinstance(result, Retryable) and result.detail == _TIMED_OUT for result in self.results)

    @property
    def maybe_sent(self) -> int:
        """How many sends ended with the word that the vendor may have taken it."""
        return sum(isinstance(result, Retryable) and result.maybe_sent for result in self.results)


def push(token: str) -> Notification:
    """Return a notification whose id is the same for every repeat."""
    return Notification(token=token, id=str(uuid5(NAMESPACE_URL, token)), title="alice", body="Hello", badge=1)


async def warm_up(provider: Provider) -> None:
    """Send until a connection carries pushes in the protocol that was agreed on."""
    for number in range(3):
        assert isinstance(await provider.send(push(f"{number:064}"), 10.0), Accepted)


class Driver:
    """Sends through one adapter.

    Args:
        provider: the adapter.
        in_flight: sends at a time; who backs off holds no place.
        deadline: seconds for each send.
    """

    def __init__(self, provider: Provider, *, in_flight: int = 200, deadline: float = 4.0) -> None:
        self._provider, self._deadline = provider, deadline
        self._places = asyncio.Semaphore(in_flight)

    async def deliver(self, tokens: Iterable[str]) -> dict[str, Story]:
        """Push to each token until there is a final answer or the attempts are used up.

        Raises:
            TimeoutError: a send hangs.
        """
        wanted = list(tokens)
        async with asyncio.timeout(_HUNG_S):
            stories = await asyncio.gather(*map(self._story, wanted))
        return dict(zip(wanted, stories, strict=True))

    async def _story(self, token: str) -> Story:
        story, notification = Story(), push(token)
        while True:
            result = await self._send(notification, story)
            pause = _pause(result, len(story.results))
            if pause is None:
                return story
            await asyncio.sleep(pause)

    async def _send(self, notification: Notification, story: Story) -> Result:
        async with self._places:
            started = time.perf_counter()
            result = await self._provider.send(notification, self._deadline)
        story.longest_s = max(story.longest_s, time.perf_counter() - started)
        story.results.append(result)
        return result


def _pause(result: Result, attempt: int) -> float | None:
    """Return the seconds until the next send, or None after the last one."""
    if not isinstance(result, Retryable):
        return None
    wait = min(result.retry_after or 0.0, _LONGEST_WAIT_S)
    chance = random.random()  # noqa: S311 - jitter
    plan = plan_retry(RETRIES, attempt, 0, _NEVER_MS, cause=result.cause, jitter=chance, retry_after_s=wait)
    return None if isinstance(plan, GiveUp) else plan.at_ms / 1000
