"""Names of pushes: every worker makes them alike, so that repeats are known as such."""

import uuid
from hashlib import sha1

import msgspec

from policy.decide import decide
from tests.factories import NOW, PHONE, case_record, decoded
from worker.console import Console
from worker.notifications import Wording

#: Of all versions: a repeat across an upgrade must not show twice.
NAMESPACE = uuid.UUID("5f0c7a0e-6a4f-5c0b-9d1e-0ff11e9c0de5")


def test_names_are_digests() -> None:
    """The push's id is a version 5 UUID of what makes it one push; the collapse id, of its message, need not be one."""
    case = decoded(case_record({"app": {"appkey": "org#app"}}))
    for msg_id in map(str, range(500)):
        event = msgspec.structs.replace(case.event, msg_id=msg_id)
        message = msgspec.structs.replace(case.message(), event=event)
        (receiver,) = case.receivers()
        (job,) = Wording(message, Console(case.app)).jobs(decide(message, receiver, case.app, NOW))
        parts = (event.appkey, msg_id, receiver.user, PHONE["notifier"], PHONE["device_id"])
        assert job.addressed().id == str(uuid.uuid5(NAMESPACE, "\n".join(parts)))
        digits = sha1(NAMESPACE.bytes + f"{event.appkey}\n{msg_id}".encode(), usedforsecurity=False).hexdigest()
        assert job.addressed().collapse_id == digits[:32]
