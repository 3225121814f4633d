import pytest

from policy.identifiers import bare_user
from tests.factories import case_record, decoded, event_record


@pytest.mark.parametrize(
    ("identifier", "user"),
    [
        ("wzy", "wzy"),
        ("WZY", "wzy"),
        ("org#app_wzy@easemob.com", "wzy"),
        ("org#app_wzy@easemob.com/android_1", "wzy"),
        ("Org#App_Wzy@EaseMob.com", "wzy"),
        ("org#app_wzy", "wzy"),
        ("org#app_wzy_huawei@easemob.com", "wzy_huawei"),
        ("org#apple_wzy@easemob.com", "org#apple_wzy@easemob.com"),
        ("a_b-c.d", "a_b-c.d"),
    ],
)
def test_ids_and_jids_name_the_same_user(identifier: str, user: str) -> None:
    """A bare id and a JID of the app name one lower-case user; a JID of another app is left whole."""
    assert bare_user(identifier, "org#app") == user


def test_the_app_keys_case_does_not_matter() -> None:
    """A JID is recognised whatever the case of the app key on either side."""
    assert bare_user("ORG#APP_bob@easemob.com", "Org#App") == "bob"


def test_receivers_are_named_once_in_the_order_given() -> None:
    """A receiver listed as an id, in another case and as a JID is one receiver."""
    to = ["bob", "Carol", "org#app_BOB@easemob.com", "carol", "dave"]
    assert decoded({"at": 0, "event": event_record(to=to)}).event.receivers == ["bob", "carol", "dave"]


def test_the_products_own_sample_is_read() -> None:
    """The event in the product's test suite is decided for the receiver its JID names."""
    sample = event_record(
        **{"from": "org#app_wzy@easemob.com", "to": "org#app_wzy_huawei@easemob.com"},
        host="localhost",
        direction="offline",
    )
    record = case_record()
    (decision,) = decoded({"at": record["at"], "event": sample}).decisions()
    assert (decision.user, decision.reason.value) == ("wzy_huawei", "no_binding")
