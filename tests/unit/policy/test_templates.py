"""Push templates: five sources, placeholders, directed templates."""

from itertools import chain, combinations
from typing import Any

import pytest

from policy.template import fill
from tests.factories import Sections, decided, group

NEW, CLICK = "您有一条新消息", "请点击查看"
NICKNAMED: Sections = {"case": {"sender": {"nickname": "爱丽丝"}}}


def _template(title: str, content: str) -> dict[str, str]:
    return {"title_pattern": title, "content_pattern": content}


TEMPLATES = {
    "default": _template("default title", "default body"),
    "mine": _template("receiver title", "receiver body"),
    "named": _template("named title", "named body"),
    "vip": _template("vip title", "vip body {0}"),
    "title": _template("only title", ""),
}
#: Low to high; every source but the first (the display style) may be absent.
SOURCES: dict[str, Sections] = {
    "default": {"app": {"templates": TEMPLATES}},
    "message": {"ext": {"em_push_ext": {"title": "message title", "content": "message body"}}},
    "receiver": {"settings": {"template": "mine"}},
    "named": {"ext": {"em_push_template": {"name": "named"}}},
}
WITHOUT_DEFAULT = {name: template for name, template in TEMPLATES.items() if name != "default"}
SUBSETS = list(chain.from_iterable(combinations(SOURCES, size) for size in range(len(SOURCES) + 1)))


def _text(*changes: Sections, **parts: Any) -> tuple[str, str]:
    record = decided(*changes, **parts).record()
    return record["title"], record["body"]


@pytest.mark.parametrize("present", SUBSETS, ids="+".join)
def test_the_highest_source_wins(present: tuple[str, ...]) -> None:
    """Of the sources that are there, the highest names title and body; with none the display style does."""
    base: Sections = {"app": {"templates": WITHOUT_DEFAULT}}
    expected = (f"{present[-1]} title", f"{present[-1]} body") if present else (NEW, CLICK)
    assert _text(base, *(SOURCES[name] for name in present)) == expected


def test_title_and_body_are_chosen_apart() -> None:
    """A source with a title only leaves the body to the next lower source."""
    assert _text(app={"templates": WITHOUT_DEFAULT}, settings={"template": "title"}) == ("only title", CLICK)
    push = {"em_push_ext": {"content": "body"}}
    assert _text(app={"templates": TEMPLATES}, settings={"template": "title"}, ext=push) == ("only title", "body")


@pytest.mark.parametrize(
    ("ext", "expected"),
    [
        ({"em_push_ext": {"title": "T", "content": "C"}}, ("T", "C")),
        ({"em_apns_ext": {"em_push_title": "T", "em_push_content": "C"}}, ("T", "C")),
        ({"em_apns_ext": '{"em_push_title":"T","em_push_content":"C"}'}, ("T", "C")),
        ({"em_apns_ext": {"em_push_name": "T"}}, ("T", CLICK)),
        ({"em_apns_ext": {"em_push_name": "old", "em_push_title": "T"}}, ("T", CLICK)),
        ({"em_push_ext": {"title": "T"}, "em_apns_ext": {"em_push_title": "old", "em_push_content": "C"}}, ("T", "C")),
        ({"em_push_ext": {"title": "", "content": 5}}, (NEW, CLICK)),
    ],
    ids=str,
)
def test_the_messages_own_title_and_content(ext: Any, expected: tuple[str, str]) -> None:
    """em_push_ext and the older em_apns_ext both name title and content; the newer one wins."""
    assert _text(ext=ext) == expected


@pytest.mark.parametrize("style", [0, 1, "0", "1"])
def test_each_display_style_has_its_template(style: int | str) -> None:
    """The app's templates default and detail stand in for the display styles 0 and 1, as numbers and as strings."""
    templates = {"default": _template("D0", "{$msg}"), "detail": _template("D1", "{$fromNickname} {$msg}")}
    expected = {0: ("D0", "Hello"), 1: ("D1", "爱丽丝 Hello")}[int(style)]
    assert _text(NICKNAMED, app={"templates": templates}, settings={"style": style}) == expected


@pytest.mark.parametrize(
    "parts",
    [
        {"settings": {"template": "gone"}},
        {"ext": {"em_push_template": {"name": "gone", "title_args": ["a"]}}},
        {"ext": {"em_push_template": {"name": "NAMED"}}},
        {"ext": {"em_push_template": {"name": 7}}},
        {"ext": {"em_push_template": ["named"]}},
    ],
    ids=str,
)
def test_a_template_that_does_not_exist_says_nothing(parts: Any) -> None:
    """A missing template leaves title and body to the next lower source."""
    assert _text(app={"templates": WITHOUT_DEFAULT}, **parts) == (NEW, CLICK)


def test_no_templates_without_advanced_features() -> None:
    """With the advanced features off no template speaks, but the message's own title and content do."""
    change = [*SOURCES.values()]
    app = {"advanced": False}
    assert _text(*change, app=app) == ("message title", "message body")
    assert _text(SOURCES["default"], SOURCES["receiver"], app=app) == (NEW, CLICK)


def test_arguments_without_a_name_fill_default() -> None:
    """em_push_template with arguments and no name uses the template default, above the receiver's own."""
    templates = {**TEMPLATES, "default": _template("{0}!", "{0} {1}")}
    call = {"em_push_template": {"title_args": ["A"], "content_args": ["B", "C"]}}
    assert _text(app={"templates": templates}, settings={"template": "mine"}, ext=call) == ("A!", "B C")


def test_names_are_allowed_inside_arguments() -> None:
    """The official sample fills {0} and {1} with the sender's nickname and the message."""
    templates = {"sample": _template("{0}", "{0}: {1}")}
    call = {"name": "sample", "title_args": ["{$fromNickname}"], "content_args": ["{$fromNickname}", "{$msg}"]}
    assert _text(NICKNAMED, app={"templates": templates}, ext={"em_push_template": call}) == ("爱丽丝", "爱丽丝: Hello")


def test_msg_follows_the_translation() -> None:
    """{$msg} is the translated text for a receiver who reads a translation."""
    meta = {"translations": [{"code": "fr", "text": "Salut"}]}
    templates = {"default": _template("", "{$msg}")}
    assert _text(payload={"meta": meta}, settings={"language": "fr"}, app={"templates": templates})[1] == "Salut"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], "alice/alice"),
        ([NICKNAMED], "爱丽丝/爱丽丝"),
        ([{"event": group()}], "alice/alice"),
        ([NICKNAMED, {"event": group(), "ext": {"em_push_ext": {"group_user_nickname": "Al"}}}], "爱丽丝/Al"),
        ([{"event": group(), "ext": {"em_push_ext": {"group_user_nickname": "Al"}}}], "alice/Al"),
        ([NICKNAMED, {"ext": {"em_push_ext": {"group_user_nickname": "Al"}}}], "爱丽丝/爱丽丝"),
    ],
    ids=["id", "nickname", "group", "group, both", "group, group nickname", "single: group nickname has no effect"],
)
def test_the_names_of_the_sender(changes: list[Sections], expected: str) -> None:
    """{$fromNickname} is the push nickname, {$dynamicFrom} prefers the nickname in the group; else the user id."""
    templates = {"default": _template("", "{$fromNickname}/{$dynamicFrom}")}
    assert _text(*changes, app={"templates": templates})[1] == expected


DIRECTED = {"name": "named", "directed_template": {"target": ["bob"], "name": "vip", "content_args": ["x"]}}


@pytest.mark.parametrize(
    ("user", "event", "call", "title"),
    [
        ("bob", group(), DIRECTED, "vip title"),
        ("Bob", group(), DIRECTED, "vip title"),
        ("carol", group("carol"), DIRECTED, "named title"),
        ("bob", {}, DIRECTED, "named title"),
        ("bob", group(), {**DIRECTED, "directed_template": {"target": ["Bob"], "name": "vip"}}, "named title"),
        ("bob", group(), {"directed_template": {"target": ["bob"], "name": "vip"}}, "vip title"),
        ("carol", group("carol"), {"directed_template": {"target": ["bob"], "name": "vip"}}, "message title"),
        ("bob", group(), {**DIRECTED, "directed_template": {"target": "bob", "name": "vip"}}, "named title"),
        ("bob", group(), {**DIRECTED, "directed_template": {"target": ["bob"]}}, "named title"),
    ],
    ids=[
        "target",
        "receiver in another case",
        "others",
        "single chat",
        "target not in lower case",
        "alone",
        "alone, others",
        "target no list",
        "names no template",
    ],
)
def test_a_directed_template_is_for_its_targets(user: str, event: Any, call: Any, title: str) -> None:
    """In groups the targets get the directed template, everybody else the outer one or the message's own title."""
    ext = {"em_push_template": call, **SOURCES["message"]["ext"]}
    assert _text(app={"templates": WITHOUT_DEFAULT}, event=event, ext=ext, receiver={"user": user})[0] == title


def test_a_directed_template_has_its_own_arguments() -> None:
    """The directed template is filled with its own arguments."""
    assert _text(app={"templates": TEMPLATES}, event=group(), ext={"em_push_template": DIRECTED})[1] == "vip body x"


NAMES = {"msg": "{0} {$fromNickname}", "fromNickname": "Al", "dynamicFrom": "Al"}


@pytest.mark.parametrize(
    ("pattern", "arguments", "expected"),
    [
        ("{0} and {1}", ["a", "b"], "a and b"),
        ("{1}{0}{1}", ["a", "b"], "bab"),
        ("{0}{10}", [str(number) for number in range(11)], "010"),
        ("a {2} b", ["x"], "a  b"),
        ("{0}", [], ""),
        ("{$msg}", ["x"], "{0} {$fromNickname}"),
        ("{0}", ["{$msg}"], "{0} {$fromNickname}"),
        ("{0}", ["{1}", "x"], "{1}"),
        ("{$unknown} {} {a} {-1} {0", ["x"], "{$unknown} {} {a} {-1} {0"),
        ("${fromNickname}", [], "${fromNickname}"),
        ("100 % \\1 {0}", ["\\g<0>"], "100 % \\1 \\g<0>"),
        ("", ["x"], ""),
    ],
)
def test_placeholders(pattern: str, arguments: list[str], expected: str) -> None:
    """Placeholders are filled once: what people wrote is never read as a pattern; a missing argument is empty."""
    assert fill(pattern, arguments, NAMES) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["a", "b", "c"], "a|b|c"),
        (["a", None, "c"], "a||c"),
        (["a", {"x": 1}, "c"], "a||c"),
        ([1, 2.5, "c"], "1|2.5|c"),
        ([True, [], ""], "||"),
        ([10**40, "b"], "|b|"),
        ("abc", "||"),
    ],
    ids=str,
)
def test_an_unreadable_argument_keeps_the_others_in_place(arguments: Any, expected: str) -> None:
    """An argument that is no text is empty and moves no other argument to its number."""
    call = {"em_push_template": {"name": "three", "content_args": arguments}}
    assert _text(app={"templates": {"three": _template("", "{0}|{1}|{2}")}}, ext=call)[1] == expected
