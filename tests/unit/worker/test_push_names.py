"""Names of pushes: UUIDs that every worker, of any version, makes alike, so that repeats are known as such."""

import uuid

import msgspec

from policy.decide import decide
from tests.factories import NOW, PHONE, case_record, decoded
from worker.console import Console
from worker.notifications import Wording

#: Of all versions: a repeat across an upgrade must not show twice.
NAMESPACE = uuid.UUID("5f0c7a0e-6a4f-5c0b-9d1e-0ff11e9c0de5")


def test_names_are_those_of_the_uuid_module() -> None:
    """The push's id is a version 5 UUID of what makes it one push, the collapse id one of its message."""
    case = decoded(case_record({"app": {"appkey": "org#app"}}))
    for msg_id in map(str, range(500)):
        event = msgspec.structs.replace(case.event, msg_id=msg_id)
        message = msgspec.structs.replace(case.message(), event=event)
        (receiver,) = case.receivers()
        (job,) = Wording(message, Console(case.app)).jobs(decide(message, receiver, case.app, NOW))
        parts = (event.appkey, msg_id, receiver.user, PHONE["notifier"], PHONE["device_id"])
        assert job.notification.id == str(uuid.uuid5(NAMESPACE, "\n".join(parts)))
        assert job.notification.collapse_id == uuid.uuid5(NAMESPACE, f"{event.appkey}\n{msg_id}").hex
