"""Default texts, display styles and languages."""

from typing import Any

import pytest

from tests.factories import decided, group

NEW, CLICK = "您有一条新消息", "请点击查看"
NEW_ENGLISH, CLICK_ENGLISH = "You have a new message", "Click to check"
NICKNAMED = {"case": {"sender": {"nickname": "爱丽丝"}}}
DETAIL = {"style": 1}
TRANSLATIONS = {"meta": {"translations": [{"code": "zh-Hans", "text": "你好"}, {"code": "en", "text": "Hi"}]}}


def _text(**parts: Any) -> tuple[str, str]:
    record = decided(**parts).record()
    return record["title"], record["body"]


@pytest.mark.parametrize("settings", [{}, {"style": 0}, {"style": 2}, {"nickname": "Bob", "style": 0}], ids=str)
@pytest.mark.parametrize("event", [{}, group()], ids=["single", "group"])
def test_style_0_says_nothing_of_the_message(settings: Any, event: Any) -> None:
    """Without style 1 the lock screen shows neither who wrote nor what."""
    assert _text(event=event, settings=settings, **NICKNAMED) == (NEW, CLICK)


@pytest.mark.parametrize(
    ("parts", "body"),
    [
        (NICKNAMED, "爱丽丝：Hello"),
        ({}, "alice: Hello"),
        ({"event": {"from": "org#app_Alice@easemob.com"}}, "alice: Hello"),
        ({"case": {"sender": {"nickname": ""}}}, "alice: Hello"),
        ({"event": group()}, "77: Hello"),
        ({"event": group(), **NICKNAMED}, "77: Hello"),
        ({"settings": {"style": 1, "nickname": "Bob"}}, "alice: Hello"),
    ],
    ids=["nickname", "no nickname", "JID", "empty nickname", "group", "group, nickname", "not the receiver's nickname"],
)
def test_style_1_names_the_speaker(parts: dict[str, Any], body: str) -> None:
    """Style 1 shows the sender's push nickname with a full-width colon, else the user id; in groups the group id."""
    assert _text(**{"settings": DETAIL, **parts}) == (NEW, body)


@pytest.mark.parametrize(
    ("locale", "style", "expected"),
    [
        ("zh", 0, (NEW, CLICK)),
        ("zh", 1, (NEW, "alice: Hello")),
        ("en", 0, (NEW_ENGLISH, CLICK_ENGLISH)),
        ("en", 1, (NEW_ENGLISH, "alice: Hello")),
    ],
)
def test_the_apps_language_of_the_default_texts(locale: str, style: int, expected: tuple[str, str]) -> None:
    """The default texts are in the app's language, Chinese or English."""
    assert _text(app={"locale": locale}, settings={"style": style}) == expected


KINDS = {
    "img": ("[图片]", "[Image]"),
    "audio": ("[语音]", "[Voice]"),
    "video": ("[视频]", "[Video]"),
    "file": ("[文件]", "[File]"),
    "loc": ("[位置]", "[Location]"),
    "custom": ("[自定义消息]", "[Custom message]"),
    "hologram": ("[消息]", "[Message]"),
}


@pytest.mark.parametrize(("kind", "words"), KINDS.items(), ids=list(KINDS))
def test_a_body_without_text_is_named(kind: str, words: tuple[str, str]) -> None:
    """A message without text is shown as a word for its kind, in the app's language; an unknown kind has a word too."""
    payload = {"bodies": [{"type": kind, "url": "https://example.com/x", "filename": "x", "size": {"width": 1}}]}
    bodies = [_text(payload=payload, app={"locale": locale}, settings=DETAIL)[1] for locale in ("zh", "en")]
    assert bodies == [f"alice: {word}" for word in words]


@pytest.mark.parametrize(
    ("bodies", "text"),
    [
        ([{"type": "img"}, {"type": "txt", "msg": "look"}], "look"),
        ([{"type": "cmd"}, {"type": "txt", "msg": "look"}], "look"),
        ([{"type": "txt", "msg": ""}], "[消息]"),
        ([{"type": "txt"}], "[消息]"),
        ([{"type": "img", "msg": "not a text"}], "[图片]"),
        ([], "[消息]"),
    ],
    ids=str,
)
def test_the_first_text_is_shown(bodies: Any, text: str) -> None:
    """The first text body speaks; a message without any is named by its first body."""
    assert _text(payload={"bodies": bodies}, settings=DETAIL)[1] == f"alice: {text}"


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "Hi", "en"),
        ("EN", "Hi", "en"),
        ("zh-Hans", "你好", "zh-Hans"),
        ("ZH-HANS", "你好", "zh-Hans"),
        ("zh", "Hello", "original"),
        ("en-US", "Hello", "original"),
        ("zh-Hant", "Hello", "original"),
        ("fr", "Hello", "original"),
        ("", "Hello", "original"),
        (None, "Hello", "original"),
    ],
)
def test_the_receivers_language(language: str | None, text: str, code: str) -> None:
    """The translation of exactly the receiver's language is shown, in any case of its code; else the original."""
    record = decided(payload=TRANSLATIONS, settings={"style": 1, "language": language}).record()
    assert (record["body"], record["language"]) == (f"alice: {text}", code)


@pytest.mark.parametrize("meta", [None, {}, {"translations": None}, {"translations": []}], ids=str)
def test_a_message_without_translations_is_shown_as_it_is(meta: Any) -> None:
    """A receiver with a language gets the original when the sender translated nothing."""
    record = decided(payload={"meta": meta}, settings={"style": 1, "language": "en"}).record()
    assert (record["body"], record["language"]) == ("alice: Hello", "original")


def test_languages_and_styles_need_no_advanced_features() -> None:
    """With the advanced features off the display style and the language still hold."""
    app, settings = {"advanced": False}, {"style": 1, "language": "en"}
    assert _text(app=app, payload=TRANSLATIONS, settings=settings) == (NEW, "alice: Hi")
