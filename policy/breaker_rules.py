"""When a channel's circuit breaker opens, and for how long."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

from policy.sign import Sign
from policy.window import Counts

_LARGEST_EXPONENT = 63
#: What is bad for the share of failures, and what the share is taken of.
BAD: Final = frozenset({Sign.FAILED, Sign.THROTTLED})
COUNTED: Final = BAD | {Sign.GOOD}


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """The numbers; policy/README.md says what each is for."""

    failures: int = 10
    throttled: int = 5
    misconfigured: int = 5
    share: float = 0.5
    outcomes: int = 20
    window_s: float = 10.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    first_misconfigured_pause_s: float = 30.0
    longest_misconfigured_pause_s: float = 300.0
    calm_s: float = 60.0


@dataclass(slots=True)
class Run:
    """What has come since the last good outcome."""

    failed: int = 0
    throttled: int = 0
    misconfigured: int = 0
    #: The shortest delay that the vendor named: what all who named one agree on. Seconds.
    retry_after_s: float | None = None
    devices: set[Hashable] = field(default_factory=set)
    is_begun: bool = False

    def is_old_news(self, sign: Sign, device: Hashable) -> bool:
        """Whether this is one device throttled again, which says nothing about the channel."""
        return sign is Sign.THROTTLED and device in self.devices

    def add(self, sign: Sign, device: Hashable, retry_after_s: float | None) -> None:
        """Count one more that is not good."""
        self.is_begun = True
        self.failed += sign is Sign.FAILED
        self.throttled += sign is Sign.THROTTLED
        self.misconfigured += sign is Sign.MISCONFIGURED
        if sign is Sign.THROTTLED and device is not None:
            self.devices.add(device)
        if sign in BAD:
            named = [delay_s for delay_s in (self.retry_after_s, retry_after_s) if delay_s is not None]
            self.retry_after_s = min(named, default=None)

    def take_delay(self) -> float:
        """Return the delay that the vendor named, seconds, and forget it."""
        delay_s, self.retry_after_s = self.retry_after_s or 0.0, None
        return delay_s


def reason_to_open(policy: BreakerPolicy, sign: Sign, run: Run, recent: Counts, least: int) -> str | None:
    """Return why the latest sign opens the breaker, or None.

    ``recent`` is what the share of failures is taken of, ``least`` how many outcomes make it a share.
    """
    failures = run.failed + run.throttled
    rows = (
        (Sign.MISCONFIGURED, run.misconfigured, policy.misconfigured, "refused as misconfigured"),
        (Sign.THROTTLED, run.throttled, policy.throttled, "throttled"),
        (Sign.THROTTLED, failures, policy.failures, "failed or throttled"),
        (Sign.FAILED, failures, policy.failures, "failed or throttled"),
    )
    for kind, count, limit, what in rows:
        if kind is sign and count >= limit:
            return f"{count} in a row {what}"
    if sign in BAD and recent.are_bad(policy.share, least):
        return f"{recent.bad} of {recent.all} failed or throttled"
    return None


class Pauses:
    """The lengths of one pause after another: each twice the one before, and a part of it by chance."""

    def __init__(self, policy: BreakerPolicy) -> None:
        """Begin with the first."""
        self._misconfigured = (policy.first_misconfigured_pause_s, policy.longest_misconfigured_pause_s)
        self._usual = (policy.first_pause_s, policy.longest_pause_s)
        self._taken: dict[tuple[float, float], int] = {}

    def next_ms(self, sign: Sign, retry_after_s: float, jitter: float) -> int:
        """Return the next pause: what the vendor named, and half to all of the step on top, ``jitter`` in [0, 1)."""
        ladder = self._misconfigured if sign is Sign.MISCONFIGURED else self._usual
        taken = self._taken.get(ladder, 0)
        self._taken[ladder] = taken + 1
        first_s, longest_s = ladder
        step_s = min(longest_s, first_s * 2.0 ** min(taken, _LARGEST_EXPONENT))
        return int(1000 * (retry_after_s + step_s * (1 + jitter) / 2))

    def reset(self) -> None:
        """Begin with the first again."""
        self._taken.clear()
