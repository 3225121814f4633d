"""A push as it is shown on its own phone, and as it is shown on many."""

import uuid

import msgspec

from providers.notification import Notification
from tests.jobs import push_job
from worker.job import Job

DATA = {"f": "alice", "m": "1", "g": "77"}
JOB = push_job(token="t-ios", badge=3, title="T", body="B", data=DATA, collapse_id="c")


def test_one_phone_s_own() -> None:
    """Token, name, badge and the member that tells the app its user are added; the rest is the draft's."""
    name = JOB.addressed().id
    assert JOB.addressed() == Notification(
        token="t-ios", id=name, badge=3, title="T", body="B", data={"t": "bob", **DATA}, collapse_id="c"
    )
    assert str(uuid.UUID(name)) == name


def test_a_name_for_each_push() -> None:
    """It differs for every device, channel, user and message, and no attempt changes it."""
    names = {"device_id": "d2", "notifier": "n2", "user": "carol", "msg_id": "2", "appkey": "org#other"}
    found = {push_job(**{member: value}).addressed().id for member, value in names.items()}
    assert len({*found, push_job().addressed().id}) == len(names) + 1
    assert push_job(attempt=5, token="new", badge=9).addressed().id == push_job().addressed().id


def test_what_many_phones_have_in_common() -> None:
    """No token and no user; its name is the message's, or none."""
    assert JOB.shared() == Notification(id="c", badge=3, title="T", body="B", data=DATA, collapse_id="c")
    assert push_job().shared().id == ""


def test_a_job_is_the_same_after_its_wait() -> None:
    """Written to an outbox and read again, and short: what is as usual is not written."""
    text = msgspec.json.encode(JOB)
    assert msgspec.json.decode(text, type=Job) == JOB
    assert b"attempt" not in text
    assert b"fold" not in text
