"""Pours entries onto the stream, a bounded number ahead of the worker, and accounts for each."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.fuzz.account import Account
from tests.fuzz.generator import Generator
from tests.fuzz.producer import add
from tests.fuzz.sample import Sample
from tests.integration.deployment import Deployment
from tests.integration.eventually import eventually

#: Entries added and accounted for at a time, and how many such loads may wait for the worker: memory stays bounded.
_LOAD, _LOADS_AHEAD = 2000, 4
#: A worker that has not come further for so long is stuck.
_STUCK_S = 300.0

Added = Mapping[bytes, Sample]


def pour(
    deployment: Deployment, generator: Generator, entries: int, account: Account, tick: Callable[[], None]
) -> None:
    """Add entries, wait for the worker, account for them; ``tick`` is called after each load."""
    waiting: deque[Added] = deque()
    for numbers in _loads(entries):
        waiting.append(add(deployment.client, deployment.keys, [generator.sample(number) for number in numbers]))
        if len(waiting) > _LOADS_AHEAD:
            _close(deployment, waiting.popleft(), account, tick)
    while waiting:
        _close(deployment, waiting.popleft(), account, tick)
    eventually(deployment.backlog, lambda left: left == 0, _STUCK_S)
    account.letters.read()
    account.judge()


def _loads(entries: int) -> Iterator[range]:
    for start in range(0, entries, _LOAD):
        yield range(start, min(start + _LOAD, entries))


def _close(deployment: Deployment, added: Added, account: Account, tick: Callable[[], None]) -> None:
    last = list(added)[-1]
    eventually(lambda: _left(deployment, last), lambda left: not left, _STUCK_S)
    account.close(added)
    tick()


def _left(deployment: Deployment, last: bytes) -> Any:
    """Return the first entry up to ``last`` that is still on the stream."""
    return deployment.client.xrange(deployment.keys.events, max=last, count=1)
