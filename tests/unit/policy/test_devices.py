from itertools import combinations
from typing import Any

import pytest

from tests.factories import APNS, FCM, NOW, PHONE, TABLET, Sections, decided, online

TWO = {"devices": [PHONE, TABLET]}
ANY_OFFLINE = {"multi_device": "any-offline"}
BOTH = {"ios_1": "pushed", "android_2": "pushed"}


def _filter(**lists: Any) -> Sections:
    return {"ext": {"em_push_filter": lists}}


def _reasons(*changes: Sections, **parts: Any) -> dict[str, str]:
    return {row["device_id"]: row["reason"] for row in decided(*changes, **parts).record()["devices"]}


#: The filter, and which of the two bindings it leaves.
FILTERS: list[tuple[str, Sections, set[str]]] = [
    ("nothing listed", _filter(), {"ios_1", "android_2"}),
    (
        "the official sample, all empty",
        _filter(accept_device_id=[], ignore_device_id=[], accept_notifier_name=[], ignore_notifier_name=[]),
        {"ios_1", "android_2"},
    ),
    ("accept a device", _filter(accept_device_id=["ios_1"]), {"ios_1"}),
    ("accept an unknown device", _filter(accept_device_id=["x"]), set()),
    ("ignore a device", _filter(ignore_device_id=["ios_1"]), {"android_2"}),
    ("ignore both", _filter(ignore_device_id=["ios_1", "android_2"]), set()),
    ("ignore beats accept", _filter(accept_device_id=["ios_1"], ignore_device_id=["ios_1"]), set()),
    ("accept a notifier", _filter(accept_notifier_name=[FCM]), {"android_2"}),
    ("ignore a notifier", _filter(ignore_notifier_name=[APNS]), {"android_2"}),
    ("both lists must accept", _filter(accept_device_id=["ios_1"], accept_notifier_name=[FCM]), set()),
    ("notifier given as a number", _filter(accept_notifier_name=[int(FCM)]), {"android_2"}),
    ("junk in a list", _filter(accept_device_id=[None, {}, []]), {"ios_1", "android_2"}),
    ("a string for a list", _filter(accept_device_id="ios_1"), {"ios_1", "android_2"}),
    ("as a JSON string", {"ext": {"em_push_filter": '{"ignore_device_id":["ios_1"]}'}}, {"android_2"}),
    ("not an object", {"ext": {"em_push_filter": ["ios_1"]}}, {"ios_1", "android_2"}),
]

#: One binding, and what is wrong with it, in the order in which reasons win.
FAULTS: list[tuple[str, str, Sections, dict[str, Any]]] = [
    ("no token", "illegal_binding", {}, {"token": ""}),
    ("online", "device_online", {"app": ANY_OFFLINE}, {}),
    ("kicked", "device_kicked", {}, {"kicked": True}),
    ("filtered", "filtered", _filter(ignore_device_id=["ios_1"]), {}),
    ("unknown notifier", "no_notifier", {}, {"notifier": "nobody"}),
    ("disabled notifier", "notifier_disabled", {}, {"notifier": "off"}),
]
CHANNELS = [{"notifier": APNS, "provider": "apns"}, {"notifier": "off", "provider": "apns", "enabled": False}]
DETAILS = {
    "illegal_binding": "illegal binding",
    "filtered": "ignore push device id",
    "no_notifier": "no notifier exist",
    "notifier_disabled": "notifier disabled",
}


def _one_device(*faults: tuple[str, str, Sections, dict[str, Any]]) -> Any:
    device = dict(PHONE)
    is_online = any(reason == "device_online" for _, reason, _, _ in faults)
    for *_, members in faults:
        device.update(members)
    receiver = {"devices": [device], "presence": [online("ios_1")] if is_online else []}
    return decided(*(change for _, _, change, _ in faults), {"app": {"channels": CHANNELS}, "receiver": receiver})


@pytest.mark.parametrize(("_name", "change", "lit"), FILTERS, ids=[row[0] for row in FILTERS])
def test_the_push_filter(_name: str, change: Sections, lit: set[str]) -> None:
    """The push filter leaves exactly the bindings that every list allows; an empty list restricts nothing."""
    reasons = _reasons(change, receiver=TWO)
    assert reasons == {device: "pushed" if device in lit else "filtered" for device in BOTH}


@pytest.mark.parametrize(("_name", "reason", "change", "members"), FAULTS, ids=[row[1] for row in FAULTS])
def test_each_fault_of_a_binding(_name: str, reason: str, change: Sections, members: dict[str, Any]) -> None:
    """The only binding's fault suppresses the message, with Easemob's detail for it."""
    decision = _one_device((_name, reason, change, members))
    assert [row["reason"] for row in decision.record()["devices"]] == [reason]
    assert (decision.reason.value, decision.detail) == ("all_devices_skipped", DETAILS.get(reason, ""))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [pair for pair in combinations(FAULTS, 2) if {pair[0][1], pair[1][1]} != {"no_notifier", "notifier_disabled"}],
    ids=lambda row: str(row[1]),
)
def test_the_earlier_fault_is_named(earlier: Any, later: Any) -> None:
    """A binding with two faults is given the reason of the earlier one."""
    assert _one_device(earlier, later).devices[0].reason.value == earlier[1]


@pytest.mark.parametrize(
    ("presence", "expected"),
    [
        ([], BOTH),
        ([online("ios_1")], {**BOTH, "ios_1": "device_online"}),
        ([online("ios_resource", "ios_1")], {**BOTH, "ios_1": "device_online"}),
        ([online("webim_1")], BOTH),
        ([online("ios_1", until=NOW)], BOTH),
        ([online("ios_1"), online("x", "android_2")], {"ios_1": "device_online", "android_2": "device_online"}),
    ],
    ids=["offline", "by resource", "by device id", "only a web page", "lease ended now", "both online"],
)
def test_any_offline_lights_the_devices_that_are_offline(presence: Any, expected: dict[str, str]) -> None:
    """Under any-offline each binding is judged by its own connection, found by resource or device id."""
    assert _reasons(app=ANY_OFFLINE, receiver={**TWO, "presence": presence}) == expected


def test_all_devices_online_is_nothing_to_light() -> None:
    """Under any-offline a receiver whose devices are all online is not pushed."""
    presence = [online("ios_1"), online("android_2")]
    decision = decided(app=ANY_OFFLINE, receiver={**TWO, "presence": presence})
    assert (decision.reason.value, decision.detail) == ("all_devices_skipped", "")


def test_all_offline_is_the_default_and_lights_every_device() -> None:
    """Without a setting one connection keeps every device dark, and none of them lights them all."""
    assert decided(receiver={**TWO, "presence": [online("webim_1")]}).reason.value == "online"
    assert _reasons(receiver=TWO) == BOTH


def test_an_unnamed_connection_is_no_unnamed_device() -> None:
    """A connection without a name does not make a binding without a device id look online."""
    nameless = {"notifier": APNS, "token": "t"}
    decision = decided(app=ANY_OFFLINE, receiver={"devices": [nameless], "presence": [online("", "ios_9")]})
    assert decision.reason.value == "pushed"


@pytest.mark.parametrize("policy", ["all-offline", "any-offline"])
def test_a_kicked_device_stays_dark(policy: str) -> None:
    """A device that was kicked gets no push, whatever the multi-device policy; the others do."""
    devices = [{**PHONE, "kicked": True}, TABLET]
    reasons = _reasons(app={"multi_device": policy}, receiver={"devices": devices})
    assert reasons == {**BOTH, "ios_1": "device_kicked"}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"token": "t", "notifier": APNS}, "pushed"),
        ({"notifier": APNS}, "pushed"),
        ({"token": None, "notifier": APNS}, "pushed"),
        ({"token": "", "notifier": APNS}, "illegal_binding"),
        ({"token": "t", "notifier": ""}, "illegal_binding"),
        ({"token": "t"}, "illegal_binding"),
        ({}, "illegal_binding"),
    ],
    ids=str,
)
def test_what_a_legal_binding_is(members: dict[str, Any], reason: str) -> None:
    """A binding has a notifier and a token; a token that was not recorded is legal, an empty one is not."""
    assert _reasons(receiver={"devices": [{"device_id": "d", **members}]}) == {"d": reason}


@pytest.mark.parametrize(
    ("channels", "reason", "provider"),
    [
        (None, "pushed", "unknown"),
        ([], "no_notifier", ""),
        ([{"notifier": APNS, "provider": "apns"}], "pushed", "apns"),
        ([{"notifier": APNS.upper(), "provider": "apns"}], "no_notifier", ""),
        ([{"notifier": APNS, "provider": "apns", "enabled": False}], "notifier_disabled", "apns"),
    ],
    ids=["console not recorded", "no channel", "its channel", "another name", "disabled"],
)
def test_the_notifier_name_is_the_only_way_to_a_channel(channels: Any, reason: str, provider: str) -> None:
    """A binding reaches the channel of exactly its notifier's name; an unrecorded console has every channel."""
    row = decided(app={"channels": channels}).record()["devices"][0]
    assert (row["reason"], row["provider"]) == (reason, provider)


def test_one_lit_device_is_enough() -> None:
    """The message is pushed when one binding may be lit, and the record keeps the order of the bindings."""
    dark = {"device_id": "old", "notifier": "nobody", "token": "t"}
    record = decided(receiver={"devices": [dark, PHONE]}).record()
    assert record["reason"] == "pushed"
    assert [(row["device_id"], row["outcome"]) for row in record["devices"]] == [("old", "skip"), ("ios_1", "push")]
