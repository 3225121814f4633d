"""The counts of a preview: a few numbers for each configured app, however much waits."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from policy.catch_up import CatchUpPolicy
from policy.decision import Decision, Outcome, Reason
from worker.codec import Event, Fault, PresenceEvent, ReadEvent
from worker.console import Console
from worker.job import Job
from worker.preview.distinct import Distinct
from worker.store.hand_off import HandOff

#: All apps that are not configured: their names are the producers'.
UNKNOWN_APP = "(not configured)"
#: Name of each age, and where it ends, in milliseconds.
AGES: Mapping[str, float] = {
    "<1min": 60_000,
    "<5min": 300_000,
    "<1h": 3_600_000,
    "<1day": 86_400_000,
    "older": float("inf"),
}
#: Why a push goes another way than straight to its outbox.
_REASONS: Mapping[CatchUpPolicy, str] = {
    policy: "" if policy is CatchUpPolicy.PUSH else f"late: catch_up {policy.value}" for policy in CatchUpPolicy
}
_DROPPED = f"{Reason.EXPIRED.value}: catch_up drop"
_KINDS: Mapping[type[Event | Fault], str] = {PresenceEvent: "presence", ReadEvent: "read", Fault: "malformed"}


class Fate(NamedTuple):
    """What would become of a message for one receiver. ``outcome`` is push, suppress or repeat."""

    outcome: str
    reason: str


class Road(NamedTuple):
    """The way of pushes: their channel, and what becomes of them for their age."""

    app: str
    notifier: str
    provider: str
    catch_up: CatchUpPolicy


@dataclass
class Tally:
    """Counts of events by (app, kind, age), of decisions by (app, fate), of pushes by road."""

    consoles: Mapping[str, Console]
    events: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    fates: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    pushes: Counter[Road] = field(default_factory=Counter)
    #: What the pushes of a road are folded into.
    folds: dict[Road, Distinct] = field(default_factory=dict)

    def add_event(self, event: Event | Fault, age_ms: int) -> None:
        """Count one entry of an events stream."""
        app = UNKNOWN_APP if isinstance(event, Fault) else self._app(event.appkey)
        age = next(name for name, end_ms in AGES.items() if age_ms < end_ms)
        self.events[app, _KINDS.get(type(event), "message"), age] += 1

    def add(self, hand_off: HandOff, event_ms: int, *, is_known: bool) -> None:
        """Count what one receiver's decision would lead to; ``event_ms`` is the message's time."""
        decision = hand_off.decision
        self.fates[self._app(decision.appkey), self._fate(decision, event_ms, is_known=is_known)] += 1
        if not is_known:
            providers = {verdict.device.notifier: verdict.provider for verdict in decision.devices}
            for job in hand_off.jobs:
                draft = job.draft
                road = Road(draft.appkey, draft.notifier, providers[draft.notifier], decision.catch_up)
                self._add_push(job, road)

    def notifications(self, road: Road) -> int:
        """Return how many notifications the pushes of a road are."""
        return len(self.folds[road]) if road in self.folds else self.pushes[road]

    def _add_push(self, job: Job, road: Road) -> None:
        self.pushes[road] += 1
        if road.catch_up is CatchUpPolicy.FOLD:
            self.folds.setdefault(road, Distinct()).add(job.late_member(road.catch_up))

    def _fate(self, decision: Decision, event_ms: int, *, is_known: bool) -> Fate:
        if is_known:
            return Fate("repeat", "handed over before")
        if decision.outcome is Outcome.PUSH:
            return Fate("push", _REASONS[decision.catch_up])
        console = self.consoles.get(decision.appkey)
        is_young = console is not None and decision.at - event_ms <= console.policy.max_age_s * 1000
        is_dropped = decision.reason is Reason.EXPIRED and is_young
        return Fate("suppress", _DROPPED if is_dropped else decision.reason.value)

    def _app(self, appkey: str) -> str:
        return appkey if appkey in self.consoles else UNKNOWN_APP
