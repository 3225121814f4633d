"""One notification through one channel, now: whether the channel works, and what the vendor says."""

import time
import uuid
from typing import Any, assert_never

from providers.notification import Notification
from providers.result import Accepted, Rejected, Result, Retryable
from worker.channels import provider_of
from worker.overlay import LiveChannel

#: The Web SDK gives up after 15.
DEADLINE_S = 10.0


async def tried(live: LiveChannel, token: str, title: str, body: str) -> dict[str, Any]:
    """Send once, with connections of its own; return the outcome, and the milliseconds it took.

    Raises:
        CredentialError, ConfigError: the channel's credentials cannot be used.
    """
    provider = provider_of(live.channel, live.read)
    notification = Notification(token=token, id=str(uuid.uuid4()), title=title, body=body)
    began = time.perf_counter()
    try:
        result = await provider.send(notification, DEADLINE_S)
    finally:
        await provider.aclose()
    return {**_told(result), "took_ms": round((time.perf_counter() - began) * 1000)}


def _told(result: Result) -> dict[str, Any]:
    match result:
        case Accepted(vendor_id):
            return {"outcome": "accepted", "vendor_id": vendor_id}
        case Rejected(reason, kind):
            return {"outcome": "rejected", "reason": reason, "about": kind.value}
        case Retryable(cause, _, maybe_sent, detail):
            return {"outcome": "failed", "reason": cause, "detail": detail, "maybe_sent": maybe_sent}
        case _:
            assert_never(result)
