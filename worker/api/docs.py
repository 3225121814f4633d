"""``/docs``: the description of the API as one plain page, with examples.

FastAPI's page loads its program from somebody else's server, into a page that is told tokens; this one loads nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from worker.api.docs_example import example_of
from worker.api.docs_members import members_of

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre,code{background:#8882;border-radius:4px}pre{padding:.6rem;overflow:auto}code{padding:0 .2rem}
h3{border-top:1px solid #8886;padding-top:1rem}td{padding:.1rem 1rem .1rem 0;vertical-align:top}
:root{color-scheme:light dark}"""
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def router(app: FastAPI) -> APIRouter:
    """Return the route that shows the description of an app."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs")
    async def docs() -> HTMLResponse:
        """Show every operation."""
        return HTMLResponse(page(app.openapi()), headers=_HEADERS)

    return routes


def page(schema: dict[str, Any]) -> str:
    """Return an OpenAPI description as HTML."""
    info, components = schema["info"], schema["components"]["schemas"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    body = "\n".join(_operation(*each, components) for each in _operations(schema))
    schemes = schema["components"].get("securitySchemes", {}).values()
    tokens = "".join(f"<p>{_text(scheme.get('description', ''))}</p>" for scheme in schemes)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>
<h1>{title}</h1><p>For programs: <a href="openapi.json">openapi.json</a></p>{tokens}
{body}</html>"""


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def _operation(method: str, path: str, operation: dict[str, Any], components: dict[str, Any]) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    parameters = _table(_parameter(each) for each in operation.get("parameters", []) if _says_more(each))
    answers = _table((status, answer["description"]) for status, answer in operation["responses"].items())
    return (
        f"<h3><code>{method} {escape(path)}</code></h3><p>{_text(operation.get('description', ''))}</p>"
        f"{parameters}"
        f"{''.join(_body(each, components) for each in body.get('oneOf', [body])) if body else ''}"
        f"{_answer(operation['responses'], components)}<details><summary>Answers</summary>{answers}</details>"
    )


def _body(schema: dict[str, Any], components: dict[str, Any]) -> str:
    examples = "".join(_json("Body", example) for example in examples_of(schema, components))
    return examples + _table(members_of(schema, components))


def _says_more(parameter: dict[str, Any]) -> bool:
    """Return whether the path alone does not say it."""
    return parameter["in"] != "path" or "description" in parameter


def _parameter(parameter: dict[str, Any]) -> tuple[str, str]:
    return f"{parameter['name']} ({parameter['in']})", parameter.get("description", "")


def examples_of(schema: dict[str, Any], components: dict[str, Any]) -> list[Any]:
    """Return the examples of a body: its own, else one that is made of its parts."""
    named = components.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
    return named.get("examples") or [example_of(schema, components)]


def _answer(responses: dict[str, Any], components: dict[str, Any]) -> str:
    content = responses.get("200", {}).get("content", {}).get("application/json", {})
    example = content.get("example") or example_of(content.get("schema", {}), components)
    return _json("Answer", example) if example else ""


def _json(title: str, value: Any) -> str:
    return f"<p>{title}</p><pre>{escape(json.dumps(value, ensure_ascii=False, indent=2))}</pre>"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = "".join(f"<tr><td><code>{escape(name)}</code></td><td>{_text(text)}</td></tr>" for name, text in rows)
    return f"<table>{lines}</table>" if lines else ""


def _text(text: str) -> str:
    """Return text with what stands between backquotes as code."""
    return re.sub(r"`+([^`]+)`+", r"<code>\1</code>", escape(text))
