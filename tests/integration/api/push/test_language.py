"""The language of pushes."""

from typing import Any

import pytest

from tests.integration.api.push.client import Caller
from tests.integration.api.push.stored import Stored

PATH = "/notification/language"


@pytest.mark.parametrize("code", ["en", "zh-Hans", "EU", "sr-Latn", "mn-Mong"])
def test_a_language_is_echoed(bob: Caller, stored: Stored, code: str) -> None:
    """Any code of the right form is kept as it is, where the worker looks for it, and `""` takes it back."""
    assert bob.put(PATH, {"translationLanguage": code})["data"] == {"language": code}
    assert bob.get(PATH)["data"] == {"language": code}
    assert stored.read(bob.user)["s"] == {"language": code}
    assert bob.put(PATH, {"translationLanguage": ""})["data"] == {}
    assert bob.get(PATH)["data"] == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"translationLanguage": None},
        {"translationLanguage": 5},
        {"translationLanguage": "zh_CN"},
        {"translationLanguage": "e"},
        {"translationLanguage": "x-y-z"},
        {"translationLanguage": "en\n"},
        {"translationLanguage": "a-1234567890"},
        {"translationLanguage": "英"},
        {"language": "en"},
        [],
    ],
)
def test_what_is_no_language(bob: Caller, body: Any) -> None:
    """400 names the member."""
    member = "translationLanguage" if isinstance(body, dict) else "body"
    assert bob.bad(PATH, body).startswith(f"parameters is invalid : {member}")


def test_without_the_advanced_features(plain: Caller) -> None:
    """Translation is none of them."""
    assert plain.put(PATH, {"translationLanguage": "en"})["data"] == {"language": "en"}
