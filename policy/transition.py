"""A change of a breaker's or brake's state, as a value: one line in the log, one sample in the metrics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transition:
    """From state to state, because of this. ``until_ms`` (of the clock that was given) is when it may change next."""

    before: str
    after: str
    why: str = ""
    until_ms: int | None = None
