"""Devices of one user that write at the same moment: nothing that one of them sets is lost."""

from concurrent.futures import ThreadPoolExecutor

from tests.compatibility.sdk import Client
from tests.compatibility.server import Server
from tests.compatibility.test_conversations import about
from tests.compatibility.test_silent_mode import duration, interval, remind
from tests.integration.deployment import fresh_token

_ROUNDS = 10


def test_different_members_at_once(bob: Client) -> None:
    """Type, duration and interval of the app, each from another device: all three are there, in each of many rounds."""
    settings = (remind("AT"), duration(3_600_000), interval((9, 5), (18, 30)))
    for _ in range(_ROUNDS):
        with ThreadPoolExecutor(len(settings)) as devices:
            list(devices.map(lambda options: bob.done("setSilentModeForAll", options), settings))
        assert bob.done("getSilentModeForAll").keys() == {"type", "ignoreDuration", "ignoreInterval"}
        for options in (remind("ALL"), duration(0)):
            bob.done("setSilentModeForAll", options)


def test_different_conversations_at_once(bob: Client) -> None:
    """Each keeps its own setting."""
    names = [f"g{number}" for number in range(20)]
    with ThreadPoolExecutor(len(names)) as devices:
        list(
            devices.map(lambda name: bob.done("setSilentModeForConversation", about(name, options=remind("AT"))), names)
        )
    asked = {"conversationList": [{"id": name, "type": "groupChat"} for name in names]}
    assert bob.done("getSilentModeForConversations", asked)["group"] == {name: {"type": "AT"} for name in names}


def test_different_devices_at_once(bob: Client, server: Server) -> None:
    """Each is bound, beside a nickname and a language that are set meanwhile."""
    tokens = {f"web_{number}": fresh_token() for number in range(10)}
    uploads = [
        ("uploadPushToken", {"deviceId": device, "deviceToken": token, "notifierName": "com.example.app"})
        for device, token in tokens.items()
    ]
    calls = [*uploads, ("updateCurrentUserNick", "Bob"), ("setPushPerformLanguage", {"language": "en"})]
    with ThreadPoolExecutor(len(calls)) as devices:
        list(devices.map(lambda call: bob.done(*call), calls))
    bound = server.done("GET", f"/users/{bob.user}/push/binding")["entities"]
    assert {each["device_id"]: each["device_token"] for each in bound} == tokens
    (details,) = server.done("GET", f"/users/{bob.user}")["entities"]
    assert details["nickname"] == "Bob"
    assert bob.done("getPushPerformLanguage") == {"language": "en"}
