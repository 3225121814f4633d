"""The page that describes the API."""

import json
import re
from html import unescape

import pytest

from worker.api.app import build
from worker.api.docs import page
from worker.api.docs_example import example_of
from worker.config import Config
from worker.store.connection import connect

COMPONENTS = {"Colour": {"enum": ["red", "blue"]}, "Part": {"type": "object", "properties": {"n": {"type": "integer"}}}}
SCHEMAS = {
    "its own example": ({"type": "string", "examples": ["zh-Hans"], "default": "en"}, "zh-Hans"),
    "its default": ({"type": "integer", "default": 5}, 5),
    "one of a list": ({"$ref": "#/components/schemas/Colour"}, "red"),
    "only one": ({"const": "ok", "type": "string"}, "ok"),
    "maybe nothing": ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, True),
    "parts": ({"type": "array", "items": {"$ref": "#/components/schemas/Part"}}, [{"n": 0}]),
    "anything": ({}, {}),
}


@pytest.mark.parametrize(("schema", "example"), SCHEMAS.values(), ids=list(SCHEMAS))
def test_a_value_that_the_schema_allows(schema: dict[str, object], example: object) -> None:
    """The example is the schema's own where it has one, else made of its parts."""
    assert example_of(schema, COMPONENTS) == example


def described() -> tuple[dict[str, dict[str, object]], str]:
    """Return the paths of the API and its page."""
    schema = build(Config(), connect("redis://127.0.0.1:1/0")).openapi()
    return schema["paths"], page(schema)


def test_the_page_has_every_operation() -> None:
    """Method and path of each, and every example is JSON."""
    paths, text = described()
    headings = re.findall(r"<h3><code>(.*?)</code></h3>", text)
    assert sorted(headings) == sorted(f"{method.upper()} {path}" for path in paths for method in paths[path])
    examples = [json.loads(unescape(each)) for each in re.findall(r"<pre>(.*?)</pre>", text, re.DOTALL)]
    assert {"grant_type": "inherit", "username": "bob"} in examples


def test_the_page_says_what_a_body_may_be() -> None:
    """Each member with its meaning, choices and limits; each vendor's channel apart; and whose token it takes."""
    _, text = described()
    for words in (
        "<td><code>type</code></td><td>DEFAULT, of a conversation: as the app says; <code>ALL</code>, <code>AT</code>",
        "<td><code>ignoreDuration</code></td><td>milliseconds; 0 to 604800000</td>",
        "<td><code>rate_per_s</code></td><td>notifications a second, each process; more than 0 to 1000000</td>",
        "<td><code>name</code></td><td>required; letters and digits; up to 64 characters</td>",
        "Make a channel. Workers send for it within a second. Takes an app token.",
        "Takes the user&#x27;s token alone.",
    ):
        assert words in text
    channel = text.split("<code>POST /{org}/{app}/console/channels</code>")[1].split("<h3>")[0]
    assert channel.count("<pre>") == channel.count("<td><code>provider</code></td>") == 3


def test_the_page_loads_nothing() -> None:
    """No program, no picture, no font: what it shows is all in it."""
    _, text = described()
    assert not re.findall(r"<script|<img|<link|src=|@import|url\(", text)
    assert re.findall(r'href="(.*?)"', text) == ["openapi.json"]


def test_what_it_shows_is_escaped() -> None:
    """A description cannot become a part of the page."""
    operation = {"description": "<b>`x<y`</b>", "responses": {"200": {"description": "<i>"}}}
    text = page(
        {"info": {"title": "<t>", "version": "1"}, "components": {"schemas": {}}, "paths": {"/<u>": {"get": operation}}}
    )
    assert not re.findall(r"<[btiu]>", text)
    assert "&lt;b&gt;<code>x&lt;y</code>&lt;/b&gt;" in text
