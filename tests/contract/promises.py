"""What ``providers/base.py`` promises of every send, whatever the vendor does; checked around each one."""

import itertools
from collections.abc import Iterator
from typing import Any, Final

from providers.base import Provider
from providers.notification import Notification
from providers.result import Accepted, Rejected, Result, Retryable
from tests.contract.lateness import alarm

#: Seconds that scheduling may add to a deadline, in each of hundreds of sends: one that is not kept at all ends with
#: another result, or with the next limit, seconds later. How exactly it is kept, tests/hard/test_deadline.py asks.
SCHEDULING_S: Final = 1.0
#: What must never show: marks in the texts, and how keys, JWTs, Google's and Huawei's access tokens begin.
SECRETS: Final = ("SECRET", "PRIVATE KEY", "eyJ", "ya29.", "DQ/", "earer ")
_LONGEST_DETAIL: Final = 300
_numbers: Final = itertools.count(1)


def notification(**members: Any) -> Notification:
    """Return an alert for a device that no vendor has seen; its texts can be recognised wherever they leak."""
    number = next(_numbers)
    usual = {"token": f"{number:064x}", "id": f"00000000-0000-4000-8000-{number:012x}"}
    return Notification(**(usual | {"title": "SECRETtitle", "body": "SECRETbody 你好 👩‍👩‍👧"} | members))


async def send(provider: Provider, push: Notification, deadline: float) -> Result:
    """Send, and check what holds for every send: in time, a result and no exception, one short line without secrets."""
    with alarm(deadline) as passed:
        result = await provider.send(push, deadline)
        late_s = passed.late_s()
    assert late_s <= SCHEDULING_S, f"{late_s:.3f} s late"
    assert isinstance(result, Accepted | Rejected | Retryable)
    assert not [secret for secret in _secrets(push) if secret in repr(result)]
    if isinstance(result, Retryable):
        assert len(result.detail) <= _LONGEST_DETAIL
        assert "\n" not in result.detail
    return result


def _secrets(push: Notification) -> Iterator[str]:
    yield from SECRETS
    yield from filter(None, (push.token, push.title, push.body))
