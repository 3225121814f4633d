"""Whether a token that a vendor calls dead is retired: not when so many die at once that the channel is suspected."""

import structlog

from policy.invalidation import Invalidation, InvalidationState
from policy.transition import Transition
from providers.result import Rejected, RejectionKind, Result
from worker.clock import Clock
from worker.metrics import TOKENS_KEPT

_log = structlog.get_logger(__name__)


class TokenDeaths:
    """Observes the answers of one channel."""

    def __init__(self, app: str, notifier: str, invalidation: Invalidation, clock: Clock) -> None:
        """``clock`` must not go back."""
        self._app, self._notifier, self._invalidation, self._clock = app, notifier, invalidation, clock

    def may_retire(self, result: Result) -> bool:
        """Note a failure; return False only if it is the word of a token's death that is not to be retired."""
        if not (type(result) is Rejected and result.kind is RejectionKind.TOKEN):
            return True
        now_ms = self._clock()
        if change := self._invalidation.observe(now_ms, has_died=True):
            self._say(change)
        may = self._invalidation.may_retire(now_ms)
        if not may:
            TOKENS_KEPT.labels(self._app, self._notifier).inc()
        return may

    def lived(self, pushes: int) -> None:
        """Note that so many pushes were accepted."""
        if change := self._invalidation.observe(self._clock(), has_died=False, lived=pushes):
            self._say(change)

    def _say(self, change: Transition) -> None:
        is_bad = change.after == InvalidationState.KEEPING.value
        say = _log.error if is_bad else _log.info
        what = "too many tokens die at once, they are kept" if is_bad else "dead tokens are retired again"
        say(what, app=self._app, notifier=self._notifier, why=change.why)
