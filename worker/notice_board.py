"""Redis trouble, said once for the whole process: when it begins, when it changes, when it is over."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from redis.exceptions import ResponseError

from worker.metrics import REDIS_TROUBLE_SECONDS

#: A trouble that lasts is brought back to mind this often, and one that comes and goes is said this often.
_REMIND_S, _QUIET_S = 60.0, 10.0
_NAMES_AT_MOST = 5
_log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Wait:
    """One call that Redis has not taken yet; ``who`` waits."""

    who: str
    attempts: int = 0


@dataclass(slots=True)
class Incident:
    """A time during which at least one part waited, without a gap."""

    began: float
    counted: float
    kind: str = ""
    who: dict[str, None] = field(default_factory=dict)
    #: When a line was written; None: none yet, so its end needs none either.
    said: float | None = None


class NoticeBoard:
    """Shared by everything that waits for Redis in this process: the first to meet trouble says so for all."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock`` is seconds of any origin."""
        self._clock = clock
        self._waiting: set[Wait] = set()
        self._incident: Incident | None = None
        #: Grows with each incident that begins.
        self.incidents = 0
        self._ended = float("-inf")
        #: Kind of trouble -> when it was said last, in this incident or an earlier one.
        self._said: dict[str, float] = {}

    @property
    def trouble(self) -> str:
        """Return how long somebody has been waiting and for what; empty when nobody is."""
        if not self._incident:
            return ""
        return f"waiting for {self._clock() - self._incident.began:.0f} s: {self._incident.kind}"

    def is_calm(self, seconds: float) -> bool:
        """Return whether there has been no trouble for so long."""
        return self._incident is None and self._clock() - self._ended >= seconds

    def met(self, wait: Wait, error: Exception) -> None:
        """Note that a call failed for a reason that passes."""
        now = self._clock()
        incident = self._incident or self._begun(now)
        wait.attempts += 1
        self._waiting.add(wait)
        self._count(incident, now)
        incident.kind, incident.who[wait.who] = kind_of(error), None
        self._say(incident, wait, error, now)

    def served(self, wait: Wait) -> None:
        """Note that a call was answered. Trouble is over when nobody waits any more."""
        if wait not in self._waiting:
            return
        self.left(wait, _announce_end)

    def left(self, wait: Wait, last: Callable[[Incident, float], None] | None = None) -> None:
        """Note that a call is given up, because the worker stops for instance."""
        self._waiting.discard(wait)
        if self._waiting or not self._incident:
            return
        now = self._clock()
        self._count(self._incident, now)
        if last:
            last(self._incident, now)
        self._incident, self._ended = None, now

    def _begun(self, now: float) -> Incident:
        self.incidents += 1
        self._incident = Incident(now, now)
        return self._incident

    def _say(self, incident: Incident, wait: Wait, error: Exception, now: float) -> None:
        said = self._said.get(incident.kind, float("-inf"))
        is_new = said < incident.began and now - said >= _QUIET_S
        if is_new:
            self._said[incident.kind] = incident.said = now
            detail = " ".join(str(error).split())[:200]
            _log.warning("redis trouble, waiting", who=wait.who, error=incident.kind, detail=detail)
        elif incident.said is not None and now - incident.said >= _REMIND_S:
            incident.said = now
            _log.warning("redis trouble goes on", **_summary(incident, now))

    def _count(self, incident: Incident, now: float) -> None:
        REDIS_TROUBLE_SECONDS.inc(max(0.0, now - incident.counted))
        incident.counted = now


def kind_of(error: Exception) -> str:
    """Return the error's class, and the condition where all conditions share a class: ``ResponseError MISCONF``."""
    name = type(error).__name__
    return f"{name} {str(error).partition(' ')[0]}" if type(error) is ResponseError else name


def _announce_end(incident: Incident, now: float) -> None:
    if incident.said is not None:
        _log.info("redis is back", **_summary(incident, now))


def _summary(incident: Incident, now: float) -> dict[str, object]:
    names = list(incident.who)
    more = {"and_others": len(names) - _NAMES_AT_MOST} if len(names) > _NAMES_AT_MOST else {}
    return {"lasted_s": round(now - incident.began, 1), "who": names[:_NAMES_AT_MOST], "error": incident.kind, **more}
