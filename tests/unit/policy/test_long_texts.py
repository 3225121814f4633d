"""Texts longer than any notification: they are cut before they are multiplied."""

from typing import Any

import pytest

from policy.template import LONGEST, fill
from tests.factories import decided

LONG = "长" * 100_000
TEMPLATES = {"default": {"title_pattern": "{0}", "content_pattern": "{0}{0}{1}{$msg}{$msg}"}}


def shown(ext: dict[str, Any] | None = None, **settings: Any) -> tuple[int, int]:
    """Return the lengths of title and body of a very long message."""
    text = decided(
        payload={"bodies": [{"type": "txt", "msg": LONG}]},
        ext=ext or {},
        settings={"style": 1, **settings},
        app={"templates": TEMPLATES},
    ).text
    return len(text.title), len(text.body)


def test_a_long_message_is_cut() -> None:
    """The body is as long as the largest notification, whatever was written."""
    assert shown()[1] == LONGEST


@pytest.mark.parametrize("name", ["em_push_ext", "em_apns_ext"])
def test_a_long_title_of_the_sender_s_is_cut(name: str) -> None:
    """A title and a content that a message brings are cut too."""
    members = {"title": LONG, "content": LONG, "em_push_title": LONG, "em_push_content": LONG}
    assert shown({name: members}) == (LONGEST, LONGEST)


def test_arguments_do_not_multiply_the_text() -> None:
    """Arguments full of {$msg} do not fill the memory: 3 GB would be the whole of this one."""
    call = {"title_args": ["{$msg}" * 10_000], "content_args": ["{$msg}" * 10_000] * 3}
    assert shown({"em_push_template": call}) == (LONGEST, LONGEST)


def test_only_arguments_that_are_asked_for_are_filled() -> None:
    """A hundred thousand arguments cost nothing but their places."""
    assert fill("{999}{0}", ["{$msg}"] * 100_000, {"msg": "x"}) == "xx"
