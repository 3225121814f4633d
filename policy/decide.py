"""The decision: walk the table, first suppression wins."""

from collections.abc import Hashable

from policy.app import AppPolicy
from policy.catch_up import CatchUpPolicy
from policy.decision import Decision, DeviceVerdict, Outcome, Reason, Text, Trace, TraceRow, VerdictKind
from policy.message import Message
from policy.receiver import Receiver
from policy.render import render, render_fold
from policy.rules import RULES
from policy.situation import Situation
from policy.usual import all_lit, is_usual_message, is_usual_receiver

_NO_TEXT = Text()
#: What the rules said, by usual case.
_USUAL: dict[Hashable, Trace] = {}
#: What the trace says of the rules after each row of the table.
_NOT_REACHED = tuple(TraceRow(rule.name, VerdictKind.NOT_REACHED) for rule in RULES)


class Deciding:
    """Decides for the receivers of one message: what they have in common is looked at once.

    Pure: the same arguments give the same decision, byte for byte.
    """

    __slots__ = ("_app", "_is_usual", "_message", "_now_ms", "_texts")

    def __init__(self, message: Message, app: AppPolicy, now_ms: int) -> None:
        """Look at the message. ``now_ms`` is in milliseconds since 1970."""
        self._message, self._app, self._now_ms = message, app, now_ms
        self._is_usual = is_usual_message(message, app, now_ms)
        #: What is shown in the usual case, by the settings that it depends on.
        self._texts: dict[Hashable, Text] = {}

    def decide(self, receiver: Receiver) -> Decision:
        """Decide for one receiver."""
        is_usual = self._is_usual and is_usual_receiver(receiver, self._message, self._app)
        devices = all_lit(receiver.devices, self._app) if is_usual else ()
        return self._usual(receiver, devices) if devices else self.walk(receiver)

    def walk(self, receiver: Receiver) -> Decision:
        """Decide by asking every rule."""
        message = self._message
        situation = Situation(message, receiver, self._app, self._now_ms)
        reason, trace = _walk(situation)
        is_counted = is_offline_message(situation)
        text, catch_up = _NO_TEXT if reason else render(message, receiver, self._app), situation.catch_up
        is_folded = catch_up is CatchUpPolicy.FOLD and not reason
        badge = message.extension.badge
        return Decision(
            msg_id=message.event.msg_id,
            appkey=message.event.appkey,
            user=receiver.user,
            at=self._now_ms,
            outcome=Outcome.SUPPRESS if reason else Outcome.PUSH,
            reason=reason or Reason.PUSHED,
            badge=receiver.badge + is_counted if badge is None else badge,
            is_counted=is_counted,
            text=text,
            devices=situation.devices,
            trace=trace,
            catch_up=catch_up,
            fold=render_fold(situation, text) if is_folded else None,
        )

    def _usual(self, receiver: Receiver, devices: tuple[DeviceVerdict, ...]) -> Decision:
        message = self._message
        is_counted = message.is_stored
        return Decision(
            msg_id=message.event.msg_id,
            appkey=message.event.appkey,
            user=receiver.user,
            at=self._now_ms,
            outcome=Outcome.PUSH,
            reason=Reason.PUSHED,
            badge=receiver.badge + is_counted,
            is_counted=is_counted,
            text=self._text(receiver),
            devices=devices,
            trace=self._trace(receiver, len(devices)),
        )

    def _text(self, receiver: Receiver) -> Text:
        settings = receiver.settings
        key = (settings.language, settings.style, settings.template)
        return self._texts.get(key) or self._texts.setdefault(key, render(self._message, receiver, self._app))

    def _trace(self, receiver: Receiver, lit: int) -> Trace:
        kind = receiver.settings.type if self._app.advanced else None
        case = (self._message.event.chat_type, self._app.multi_device, kind, lit)
        return _USUAL.get(case) or _USUAL.setdefault(case, self.walk(receiver).trace)


def decide(message: Message, receiver: Receiver, app: AppPolicy, now_ms: int) -> Decision:
    """Decide for one receiver; for those of one message, ``Deciding`` is quicker."""
    return Deciding(message, app, now_ms).decide(receiver)


def is_offline_message(situation: Situation) -> bool:
    """Whether the message joins the receiver's offline messages: stored, from somebody else, receiver offline.

    A suppressed message counts too: the badge is the number of offline messages, not of notifications.
    """
    receiver, message = situation.receiver, situation.message
    is_own = receiver.user.lower() == message.sender
    return message.is_stored and not is_own and not receiver.is_online(situation.now_ms)


def _walk(situation: Situation) -> tuple[Reason | None, Trace]:
    """Return why nothing is sent, if so, and what each rule said."""
    rows = []
    for rule in RULES:
        verdict = rule.judge(situation)
        rows.append(TraceRow(rule.name, verdict.kind, verdict.because))
        if verdict.reason:
            return verdict.reason, Trace((*rows, *_NOT_REACHED[len(rows) :]))
    return None, Trace(rows)
