"""Device tokens, nickname and muted groups from the Web SDK, seen again by the app's server."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.compatibility.losing_relay import losing_relay
from tests.compatibility.sdk import Client
from tests.compatibility.server import Server
from tests.integration.deployment import fresh, fresh_token

APNS, FCM = "com.example.app", "1234567890"
#: The SDK sends once and three times again, a second apart.
_ATTEMPTS = 4


def device(device_id: str, token: str, notifier: str = APNS) -> dict[str, str]:
    """Return the SDK's argument."""
    return {"deviceId": device_id, "deviceToken": token, "notifierName": notifier}


def bound(server: Server, user: str) -> set[tuple[str, str, str]]:
    """Return (device, notifier, token) of every binding, as the app's server reads them."""
    entities = server.done("GET", f"/users/{user}/push/binding")["entities"]
    found = {(each["device_id"], each["notifier_name"], each["device_token"]) for each in entities}
    assert len(found) == len(entities)
    return found


def details(server: Server, user: str) -> dict[str, Any]:
    """Return a user's details."""
    (entity,) = server.done("GET", f"/users/{user}")["entities"]
    return dict(entity)


@pytest.mark.parametrize("method", ["uploadPushToken", "uploadToken"])
def test_a_token_is_bound(bob: Client, server: Server, method: str) -> None:
    """By the method's name of today and of before; the SDK returns the user with all bindings."""
    token = fresh_token()
    data = bob.done(method, device("web_1", token))
    (info,) = data["pushInfo"]
    assert (info["device_Id"], info["device_token"], info["notifier_name"]) == ("web_1", token, APNS)
    assert bound(server, bob.user) == {("web_1", APNS, token)}


def test_a_token_is_bound_once(bob: Client, server: Server) -> None:
    """However often the page uploads it; a new token of the same device and certificate takes its place."""
    old, new = fresh_token(), fresh_token()
    for token in (old, old, new):
        bob.done("uploadPushToken", device("web_1", token))
    assert bound(server, bob.user) == {("web_1", APNS, new)}


def test_devices_and_certificates(bob: Client, server: Server) -> None:
    """A device has a token for each certificate, a user several devices."""
    given = {("web_1", APNS, fresh_token()), ("web_1", FCM, fresh_token()), ("pad_2", APNS, fresh_token())}
    for name, notifier, token in sorted(given):
        bob.done("uploadPushToken", device(name, token, notifier))
    assert bound(server, bob.user) == given


def test_a_certificate_that_nobody_has(bob: Client, server: Server) -> None:
    """It is not looked at before a push goes there: the upload succeeds, as the product's does."""
    token = fresh_token()
    bob.done("uploadPushToken", device("web_1", token, "no-such-certificate"))
    assert bound(server, bob.user) == {("web_1", "no-such-certificate", token)}


def test_a_device_is_unbound(bob: Client, server: Server) -> None:
    """The SDK names its own device and no certificate: all bindings of the device go, no other does."""
    kept = fresh_token()
    for notifier in (APNS, FCM):
        bob.done("uploadPushToken", device(bob.resource, fresh_token(), notifier))
    bob.done("uploadPushToken", device("pad_2", kept))
    bob.done("unbindPushToken")
    assert bound(server, bob.user) == {("pad_2", APNS, kept)}


def test_one_token_is_unbound(bob: Client, server: Server) -> None:
    """An empty token ends the binding of this device and certificate alone."""
    kept = fresh_token()
    bob.done("uploadPushToken", device("web_1", fresh_token(), APNS))
    bob.done("uploadPushToken", device("web_1", kept, FCM))
    bob.done("uploadPushToken", device("web_1", "", APNS))
    assert bound(server, bob.user) == {("web_1", FCM, kept)}


def test_nothing_to_unbind(bob: Client, server: Server) -> None:
    """A page may unbind what was never bound, twice too."""
    bob.done("unbindPushToken")
    bob.done("unbindPushToken")
    assert bound(server, bob.user) == set()


def test_a_lost_answer_is_asked_for_again(bob: Client, server: Server, api: str) -> None:
    """The upload is done and its answer lost, three times: the SDK repeats it, and there is one binding."""
    token = fresh_token()
    with losing_relay(api, lost=_ATTEMPTS - 1) as relay:
        bob.on(api=relay.url).done("uploadPushToken", device("web_1", token))
    assert relay.writes == _ATTEMPTS
    assert bound(server, bob.user) == {("web_1", APNS, token)}


def test_a_refused_upload_is_repeated_and_harmless(bob: Client, server: Server, api: str) -> None:
    """The SDK repeats what can never succeed, too: it is told why after the last, and nothing is bound."""
    with losing_relay(api, lost=0) as relay:
        kind, _ = bob.on(api=relay.url, user=fresh("eve")).rejected("uploadPushToken", device("web_1", fresh_token()))
    assert (kind, relay.writes) == (603, _ATTEMPTS)
    assert bound(server, bob.user) == set()


@pytest.mark.parametrize("name", ["Bob", "鲍勃 🙂", "x" * 100, ""])
def test_a_nickname_is_seen_in_the_details(bob: Client, server: Server, name: str) -> None:
    """Up to 100 characters, of any script."""
    bob.done("updateCurrentUserNick", name)
    assert details(server, bob.user).get("nickname", "") == name


def test_a_nickname_has_a_limit(bob: Client, server: Server) -> None:
    """A longer one is refused, and the old one stays."""
    bob.done("updateCurrentUserNick", "Bob")
    assert bob.rejected("updateCurrentUserNick", "x" * 101)[0] == 17
    assert details(server, bob.user)["nickname"] == "Bob"


def test_a_muted_group_of_the_old_kind(bob: Client, server: Server) -> None:
    """What `blockGroupMessages` sends is seen in the details; other groups are not touched."""
    bob.done("blockGroupMessages", {"groupId": "8472"})
    found = details(server, bob.user)
    assert {name: found[name] for name in found if name.startswith("notification_ignore_")} == {
        "notification_ignore_8472": True
    }


def test_uploads_leave_the_rest_alone(bob: Client, server: Server, log_in: Callable[[str], Client]) -> None:
    """Nickname, binding and muted group go to one address and do not overwrite each other, nor another user's."""
    eve, token = log_in(fresh("eve")), fresh_token()
    eve.done("updateCurrentUserNick", "Eve")
    bob.done("uploadPushToken", device("web_1", token))
    bob.done("updateCurrentUserNick", "Bob")
    bob.done("blockGroupMessages", {"groupId": "8472"})
    found = details(server, bob.user)
    assert (found["nickname"], found["notification_ignore_8472"]) == ("Bob", True)
    assert bound(server, bob.user) == {("web_1", APNS, token)}
    assert details(server, eve.user)["nickname"] == "Eve"
