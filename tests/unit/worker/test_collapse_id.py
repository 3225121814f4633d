"""Collapse keys of senders: one that no header can carry is not used, and costs no message."""

import pytest

from policy.decide import decide
from providers.notification import Notification
from tests.factories import NOW, case_record, decoded
from worker.console import Console
from worker.notifications import Wording


def notification(key: str) -> Notification:
    """Return the notification of a message with this collapse key."""
    case = decoded(case_record({"ext": {"em_apns_ext": {"em_push_collapse_key": key}}}))
    (receiver,) = case.receivers()
    (job,) = Wording(case.message(), Console(case.app)).jobs(decide(case.message(), receiver, case.app, NOW))
    return job.draft.notification


@pytest.mark.parametrize("key", ["order-7", "a b", "x" * 64])
def test_a_key_that_apns_can_carry_is_used(key: str) -> None:
    """The sender's key is what a later push replaces this one by."""
    assert notification(key).collapse_id == key


@pytest.mark.parametrize("key", [" ", " a", "a ", "a\tb", "a\r\nb", "群", "\x7f", "\u00a0", "x" * 65, ""])
def test_another_key_is_not(key: str) -> None:
    """The message's own name stands in: an HTTP/2 server answers a malformed header by closing the whole connection."""
    assert notification(key).collapse_id == notification("").collapse_id
