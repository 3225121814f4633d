"""The Redis keys that worker/README.md documents, as a producer or an operator writes them."""

from tests.integration.configuration import APPKEY, NOTIFIERS

EVENTS = "push:{p0}:events"
JOURNAL = "push:{p0}:journal"
DEAD = "push:{p0}:dead"
#: Vendor -> the stream of pushes that wait for its channel.
OUTBOXES = {vendor: f"push:{{p0}}:out:{APPKEY}:{notifier}" for vendor, notifier in NOTIFIERS.items()}
#: Vendor -> the sorted set of its pushes to be sent again.
RETRIES = {vendor: f"push:{{p0}}:retry:{APPKEY}:{notifier}" for vendor, notifier in NOTIFIERS.items()}
#: Pattern of the hashes of counters; a bracket would begin a class of characters.
STATISTICS = f"push:?p0?:stat:{APPKEY}:*"


def user_key(user: str) -> str:
    """Return the hash of one receiver: ``d`` devices, ``s`` settings, ``b`` badge."""
    return f"push:{{p0}}:u:{APPKEY}:{user}"


def message_key(msg_id: str) -> str:
    """Return the hash of one message's ledger."""
    return f"push:{{p0}}:m:{APPKEY}:{msg_id}"
