"""The decision: walk the table, first suppression wins."""

from collections.abc import Hashable

from policy.app import AppPolicy
from policy.catch_up import CatchUpPolicy
from policy.decision import Decision, Outcome, Reason, Text, Trace, TraceRow, VerdictKind
from policy.message import Message
from policy.receiver import Receiver
from policy.render import render, render_fold
from policy.rules import RULES
from policy.situation import Situation
from policy.usual import usual_case

#: Why nothing is sent, if so, and what each rule said.
Ruling = tuple[Reason | None, Trace]
_NO_TEXT = Text()
#: By usual case.
_RULINGS: dict[Hashable, Ruling] = {}
#: What the trace says of the rules after each row of the table.
_NOT_REACHED = tuple(TraceRow(rule.name, VerdictKind.NOT_REACHED) for rule in RULES)


def decide(message: Message, receiver: Receiver, app: AppPolicy, now_ms: int) -> Decision:
    """Decide for one receiver. Pure: the same arguments give the same decision, byte for byte."""
    situation = Situation(message, receiver, app, now_ms)
    reason, trace = _ruling(situation)
    is_counted = is_offline_message(situation)
    text, catch_up = _NO_TEXT if reason else render(situation), situation.catch_up
    is_folded = catch_up is CatchUpPolicy.FOLD and not reason
    event = message.event
    return Decision(
        msg_id=event.msg_id,
        appkey=event.appkey,
        user=receiver.user,
        at=now_ms,
        outcome=Outcome.SUPPRESS if reason else Outcome.PUSH,
        reason=reason or Reason.PUSHED,
        badge=_badge(situation, is_counted),
        is_counted=is_counted,
        text=text,
        devices=situation.devices,
        trace=trace,
        catch_up=catch_up,
        fold=render_fold(situation, text) if is_folded else None,
    )


def is_offline_message(situation: Situation) -> bool:
    """Whether the message joins the receiver's offline messages: stored, from somebody else, receiver offline.

    A suppressed message counts too: the badge is the number of offline messages, not of notifications.
    """
    receiver, message = situation.receiver, situation.message
    is_own = receiver.user.lower() == message.sender
    return message.is_stored and not is_own and not receiver.is_online(situation.now_ms)


def _ruling(situation: Situation) -> Ruling:
    """Return what the rules say. Of a usual case they were asked before, unless it is the first of its kind."""
    case = usual_case(situation)
    if case is None:
        return _walk(situation)
    return _RULINGS.get(case) or _RULINGS.setdefault(case, _walk(situation))


def _walk(situation: Situation) -> Ruling:
    """Return why nothing is sent, if so, and what each rule said."""
    rows = []
    for rule in RULES:
        verdict = rule.judge(situation)
        rows.append(TraceRow(rule.name, verdict.kind, verdict.because))
        if verdict.reason:
            return verdict.reason, Trace((*rows, *_NOT_REACHED[len(rows) :]))
    return None, Trace(rows)


def _badge(situation: Situation, is_counted: bool) -> int:
    override = situation.message.extension.badge
    return situation.receiver.badge + is_counted if override is None else override
