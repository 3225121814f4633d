"""The habits of vendors that depend on what went before: quotas, shrinking stream limits, connections sent away.

Limits of one kind for all vendors are documented in ``profile``; what each does is documented here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from providers.simulator.addresses import Address
from providers.simulator.exchange import Reply, Request
from providers.simulator.faults import Answer, GoAway, Settings

_GONE = 410
_CLIENT_ERRORS = range(400, 500)
#: Windows remembered at most by one quota; the oldest is forgotten first.
_MOST_WINDOWS = 10_000


class Habit:
    """A habit that does nothing: implements Weather; the others differ from it in one respect."""

    def on_request(self, request: Request, address: Address) -> Iterable[Answer]:  # noqa: ARG002 - Weather's face
        """Return no fault."""
        return ()

    def on_answer(
        self,
        request: Request,  # noqa: ARG002 - Weather's face
        reply: Reply,  # noqa: ARG002
        streams: int,  # noqa: ARG002
    ) -> Iterable[Settings | GoAway]:
        """Return no fault."""
        return ()

    def disconnected(self, connection_id: int) -> None:
        """Forget nothing."""


#: The key and the cost of one request: each key has a window of its own.
Costs = Callable[[Address], Iterable[tuple[Hashable, int]]]


def per_request(address: Address) -> Iterable[tuple[Hashable, int]]:
    """Count requests that name a device."""
    return [("all", 1)] if address.tokens else []


def per_device(address: Address) -> Iterable[tuple[Hashable, int]]:
    """Count each device on its own."""
    return [(token, 1) for token in address.tokens]


def per_project_device(address: Address) -> Iterable[tuple[Hashable, int]]:
    """Count devices together, as Huawei's quota does."""
    return [("all", len(address.tokens))] if address.tokens else []


@dataclass(slots=True)
class _Window:
    until: float
    used: int = 0


class Quota(Habit):
    """So many in a window, then refusals until it is over; a window begins with its first request, not by the clock.

    Args:
        limit: what one window holds.
        window_s: its length in seconds.
        costs: what a request takes, and from whom.
        refusals: the answers beyond the limit, in turn. Retry-After, where an answer has one, names the window's end.
    """

    def __init__(self, limit: int, window_s: float, costs: Costs, refusals: tuple[Answer, ...]) -> None:
        self._limit, self._window_s, self._costs, self._refusals = limit, window_s, costs, refusals
        self._windows: dict[Hashable, _Window] = {}
        self._refused = 0

    def on_request(self, request: Request, address: Address) -> Iterator[Answer]:
        """Yield a refusal when the request does not fit; a refused one costs nothing."""
        costs = [(self._window(key, request.at), cost) for key, cost in self._costs(address)]
        full = next((window for window, cost in costs if window.used + cost > self._limit), None)
        if full is None:
            for window, cost in costs:
                window.used += cost
        else:
            yield self._refusal(full.until - request.at)

    def _window(self, key: Hashable, now: float) -> _Window:
        window = self._windows.get(key)
        if window is None or now >= window.until:
            window = self._windows[key] = _Window(now + self._window_s)
            if len(self._windows) > _MOST_WINDOWS:
                del self._windows[next(iter(self._windows))]
        return window

    def _refusal(self, left_s: float) -> Answer:
        answer = self._refusals[self._refused % len(self._refusals)]
        self._refused += 1
        if answer.retry_after_s is None:
            return answer
        return Answer(
            status=answer.status,
            body=answer.body,
            headers=answer.headers,
            retry_after_s=int(left_s) + 1,
            as_date=answer.as_date,
        )


class ShrinkingLimit(Habit):
    """Half the streams after every so many answers 4xx on a connection, and back again after as many good ones.

    410 does not count. https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
    """

    def __init__(self, errors: int, good: int) -> None:
        self._errors, self._good = errors, good
        self._tallies: defaultdict[int, _Tally] = defaultdict(_Tally)

    def on_answer(self, request: Request, reply: Reply, streams: int) -> Iterator[Settings]:
        """Yield the new limit when there is one."""
        tally = self._tallies[request.connection_id]
        if reply.status in _CLIENT_ERRORS and reply.status != _GONE:
            yield from self._worse(tally, streams)
        elif tally.limits:
            yield from self._better(tally)

    def disconnected(self, connection_id: int) -> None:
        """Forget a connection."""
        self._tallies.pop(connection_id, None)

    def _worse(self, tally: "_Tally", streams: int) -> Iterator[Settings]:
        tally.errors, tally.good = tally.errors + 1, 0
        if tally.errors % self._errors == 0 and streams > 1:
            tally.limits.append(streams)
            yield Settings(streams=streams // 2)

    def _better(self, tally: "_Tally") -> Iterator[Settings]:
        tally.good += 1
        if tally.good % self._good == 0:
            yield Settings(streams=tally.limits.pop())


@dataclass(slots=True)
class _Tally:
    errors: int = 0
    good: int = 0
    #: The limits that were halved, in turn.
    limits: list[int] = field(default_factory=list)


class SentAway(Habit):
    """GOAWAY for a connection after every so many answers of one kind.

    Args:
        number: how many.
        counts: which answers count.
        faults: what is sent, in turn.
    """

    def __init__(self, number: int, counts: Callable[[Reply], bool], faults: tuple[GoAway, ...]) -> None:
        self._number, self._counts, self._faults = number, counts, faults
        self._seen: Counter[int] = Counter()
        self._sent = 0

    def on_answer(self, request: Request, reply: Reply, streams: int) -> Iterator[GoAway]:  # noqa: ARG002 - as above
        """Yield GOAWAY when the number is full."""
        if not self._counts(reply):
            return
        self._seen[request.connection_id] += 1
        if self._seen[request.connection_id] % self._number == 0:
            self._sent += 1
            yield self._faults[(self._sent - 1) % len(self._faults)]

    def disconnected(self, connection_id: int) -> None:
        """Forget a connection."""
        self._seen.pop(connection_id, None)


def bad_device_token(reply: Reply) -> bool:
    """Return whether APNs said BadDeviceToken."""
    return b'"BadDeviceToken"' in reply.body


def any_answer(_: Reply) -> bool:
    """Return True."""
    return True
