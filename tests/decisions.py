"""Decisions on a message, with whatever people and producers may write, and the pushes that they lead to."""

from collections.abc import Sequence

from hypothesis import strategies as st

from policy.catch_up import CatchUpPolicy
from policy.decision import Decision, DeviceReason, DeviceVerdict, Outcome, Reason, Text, Trace, TraceRow, VerdictKind
from policy.receiver import Device
from providers.notification import Notification
from tests.factories import NOW
from tests.integration.configuration import APPKEY
from worker.job import Draft, Job
from worker.store.hand_off import HandOff

#: What is not itself in JSON, looks like a part of a record or a job, or has more bytes than characters.
AWKWARD = (
    "", '"', "\\", '\\"', "/", "</script>", "\x00", "\x1f\t\r", "\x7f", "\u2028\u2029", "李雷", "👨‍👩‍👧", "\uffff",
    "%s%b", ',"user":""', '"user":"","badge":0,"devices":[]', '{"device_id":""', '"}', "\\u0022", "null", "0", "1e999",
)  # fmt: skip
#: Ids and texts. A user id cannot hold a line break.
WORDS = st.sampled_from(AWKWARD) | st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=8)
#: Channel -> its provider; none of the last name exists.
PROVIDERS = {"apns app": "apns", "fcm/app": "fcm", "gone": ""}
#: Of all that are pushed; others have each their own.
_TRACE = Trace([TraceRow("a rule", VerdictKind.PASS, 'because "of it"'), TraceRow("devices", VerdictKind.PASS)])

_VERDICTS = st.builds(
    lambda device, reason: DeviceVerdict(device, PROVIDERS[device.notifier], reason),
    st.builds(Device, WORDS, st.sampled_from(list(PROVIDERS)), WORDS, st.integers(0, 2**53)),
    st.sampled_from(DeviceReason),
)
_DEVICES = st.lists(_VERDICTS, max_size=4, unique_by=lambda verdict: verdict.device.device_id)


def decision_of(user: str, text: Text, devices: Sequence[DeviceVerdict], **members: object) -> Decision:
    """Return the decision for a receiver with these devices."""
    is_pushed = any(verdict.is_pushed for verdict in devices)
    silent = Reason.ALL_DEVICES_SKIPPED if devices else Reason.NO_BINDING
    told = {
        "msg_id": "m",
        "appkey": APPKEY,
        "user": user,
        "at": NOW,
        "outcome": Outcome.PUSH if is_pushed else Outcome.SUPPRESS,
        "reason": Reason.PUSHED if is_pushed else silent,
        "badge": 0,
        "is_counted": True,
        "text": text,
        "devices": tuple(devices),
        "trace": _TRACE if is_pushed else Trace([TraceRow(user, VerdictKind.SUPPRESS)]),
    }
    return Decision(**{**told, **members})  # type: ignore[arg-type]


@st.composite
def messages(draw: st.DrawFn, policies: Sequence[CatchUpPolicy] = (CatchUpPolicy.PUSH,)) -> list[HandOff]:
    """Return what one message leads to for some receivers, who have its texts and its drafts in common."""
    msg_id, override = draw(WORDS), draw(st.none() | st.integers(0, 2**31 - 1))
    catch_up, conversation = draw(st.sampled_from(policies)), draw(WORDS)
    texts = draw(st.lists(st.builds(Text, WORDS, WORDS, WORDS), min_size=1, max_size=3))
    shown = [
        Notification(title=text.title, body=text.body, collapse_id=draw(WORDS), is_collapsible=draw(st.booleans()))
        for text in texts
    ]
    is_late = catch_up is not CatchUpPolicy.PUSH
    drafts = {
        (notifier, number): Draft(APPKEY, msg_id, notifier, each, NOW, NOW, conversation, is_late)
        for number, each in enumerate(shown)
        for notifier in PROVIDERS
    }
    found = []
    for user in draw(st.lists(WORDS, min_size=1, max_size=6, unique=True)):
        number, devices = draw(st.integers(0, len(texts) - 1)), draw(_DEVICES)
        counted = {"is_counted": draw(st.booleans()), "badge": draw(st.integers(0, 9))}
        decision = decision_of(user, texts[number], devices, msg_id=msg_id, catch_up=catch_up, **counted)
        lit = [verdict.device for verdict in devices if verdict.is_pushed]
        jobs = [
            Job(user, each.device_id, each.token or "", drafts[each.notifier, number], each.bound_at) for each in lit
        ]
        found.append(HandOff(decision, jobs, override))
    return found
