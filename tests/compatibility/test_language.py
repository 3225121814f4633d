"""The language of pushes from the Web SDK."""

import pytest

from tests.compatibility.sdk import Client
from tests.compatibility.server import Server


@pytest.mark.parametrize("code", ["zh-Hans", "en", "EU", "pt-PT", "sr-Cyrl"])
def test_a_language_is_read_back(bob: Client, code: str) -> None:
    """The code is answered and read back as it was written."""
    assert bob.done("setPushPerformLanguage", {"language": code}) == {"language": code}
    assert bob.done("getPushPerformLanguage") == {"language": code}


def test_a_user_who_chose_none(bob: Client) -> None:
    """The answer is an object that names no language."""
    assert not bob.done("getPushPerformLanguage").get("language")


def test_no_language_at_all(bob: Client, server: Server) -> None:
    """The SDK cannot send the documented empty text; REST can, and the SDK reads it."""
    bob.done("setPushPerformLanguage", {"language": "zh-Hans"})
    assert "language" in bob.threw("setPushPerformLanguage", {"language": ""})
    server.as_user(bob.user).done("PUT", f"/users/{bob.user}/notification/language", {"translationLanguage": ""})
    assert not bob.done("getPushPerformLanguage").get("language")


def test_the_language_leaves_the_settings_alone(bob: Client) -> None:
    """They are set apart and read apart."""
    bob.done("setSilentModeForAll", {"options": {"paramType": 0, "remindType": "AT"}})
    bob.done("setPushPerformLanguage", {"language": "en"})
    assert bob.done("getSilentModeForAll") == {"type": "AT"}


@pytest.mark.parametrize("code", ["not a language", "zh_Hans!", "x" * 200, "中文"])
def test_what_is_no_language(bob: Client, code: str) -> None:
    """The SDK checks nothing; the server does, and changes nothing."""
    bob.done("setPushPerformLanguage", {"language": "en"})
    assert bob.rejected("setPushPerformLanguage", {"language": code})[0] == 17
    assert bob.done("getPushPerformLanguage") == {"language": "en"}
