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
