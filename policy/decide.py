"""The decision: walk the table, first suppression wins."""

from policy.app import AppPolicy
from policy.catch_up import CatchUpPolicy
from policy.decision import Decision, Outcome, Reason, Text, Verdict
from policy.message import Message
from policy.receiver import Receiver
from policy.render import render, render_fold
from policy.rules import RULES
from policy.situation import Situation


def decide(message: Message, receiver: Receiver, app: AppPolicy, now_ms: int) -> Decision:
    """Decide for one receiver. Pure: the same arguments give the same decision, byte for byte."""
    situation = Situation(message, receiver, app, now_ms)
    verdicts = _walk(situation)
    reason = verdicts[-1][1].reason
    is_counted = is_offline_message(situation)
    text, catch_up = Text() if reason else render(situation), situation.catch_up
    is_folded = catch_up is CatchUpPolicy.FOLD and not reason
    return Decision(
        msg_id=message.event.msg_id,
        appkey=message.event.appkey,
        user=receiver.user,
        at=now_ms,
        outcome=Outcome.SUPPRESS if reason else Outcome.PUSH,
        reason=reason or Reason.PUSHED,
        badge=_badge(situation, is_counted),
        is_counted=is_counted,
        text=text,
        devices=situation.devices,
        verdicts=verdicts,
        not_reached=tuple(rule.name for rule in RULES[len(verdicts) :]),
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


def _walk(situation: Situation) -> tuple[tuple[str, Verdict], ...]:
    verdicts = []
    for rule in RULES:
        verdict = rule.judge(situation)
        verdicts.append((rule.name, verdict))
        if verdict.reason:
            break
    return tuple(verdicts)


def _badge(situation: Situation, is_counted: bool) -> int:
    override = situation.message.extension.badge
    return situation.receiver.badge + is_counted if override is None else override
